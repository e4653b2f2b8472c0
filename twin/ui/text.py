"""How is a count said?"""


def counted(number: int, noun: str) -> str:
    """Return ``1 problem`` or ``2 problems``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
