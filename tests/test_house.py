"""Does every import run down the stairs, and does only ``ui`` know the screen?"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FLOORS = [
    {"errors", "data_files", "variables", "units", "words"},
    {"evidence", "governance"},
    {"record"},
    {"physiology", "risk"},
    {"plans", "monitoring", "surgery", "trials", "demo"},
    {"proof", "meeting"},
    {"figures"},
    {"ui"},
    {"cli", "__main__", "pages", "app", "router"},
]
# A room of these may use its neighbour on the same floor, never the other way round.
NEIGHBOURS = {
    ("variables", "errors"),
    ("variables", "data_files"),
    ("units", "variables"),
    ("units", "errors"),
    ("units", "data_files"),
    ("cli", "__main__"),
    ("__main__", "cli"),
}


def room_of(module: str) -> str | None:
    """Return the room a dotted module name belongs to, or ``None`` outside the house."""
    parts = module.split(".")
    if parts[0] in ("pages", "app"):
        return parts[0]
    if parts[0] != "twin":
        return None
    if parts[:3] == ["twin", "ui", "router"]:
        return "router"
    return parts[1] if len(parts) > 1 else "errors"


def floor_of(room: str) -> int:
    """Return the floor of a room; every room must have one."""
    for number, rooms in enumerate(FLOORS):
        if room in rooms:
            return number
    raise AssertionError(f"{room} has no floor: give it one in tests/test_house.py and in the README")


def sources() -> list[Path]:
    """Return every Python file of the house."""
    return [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "twin").rglob("*.py"))]


def imports_of(path: Path) -> list[str]:
    """Return the dotted names a file imports, at any depth of its code."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides the floor"
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


def own_room(path: Path) -> str:
    """Return the room a file belongs to."""
    relative = path.relative_to(ROOT).with_suffix("")
    return room_of(".".join(relative.parts))


@pytest.mark.parametrize("path", [p for p in sources() if p.exists()], ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_run_down(path):
    here = own_room(path)
    wrong = []
    for name in imports_of(path):
        there = room_of(name)
        if there in (None, here) or name == "twin.__version__" or name == "twin":
            continue
        runs_down = floor_of(there) < floor_of(here)
        if not runs_down and (here, there) not in NEIGHBOURS:
            wrong.append(name)
    assert wrong == []


def test_only_ui_imports_streamlit():
    allowed = {ROOT / "app.py", *(ROOT / "twin" / "ui").rglob("*.py")}
    offenders = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.exists() and path not in allowed and any(n.split(".")[0] == "streamlit" for n in imports_of(path))
    ]
    assert offenders == []


def test_every_floor_is_walked():
    assert {own_room(p) for p in sources() if p.exists()} >= {"errors", "evidence", "record"}


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda p: p.name)
def test_a_page_is_a_table_of_contents(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60
    assert not any(isinstance(node, ast.FunctionDef) for node in ast.walk(ast.parse("\n".join(lines))))
