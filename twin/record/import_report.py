"""What did an import do?"""

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class UnusedCode:
    """A code that is kept in the record but not used here, and how often it came."""

    table: str
    system: str
    code: str
    display: str
    count: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    Every resource read is counted once: ``read = stored + replaced + unchanged + superseded + set_aside +
    not used``. `released` counts others: what earlier imports had set aside for want of its patient.
    `quarantined` counts rows by reason, and a row is a value or a component: of a resource with one bad component
    the others are stored.
    """

    import_id: int | None
    files: int
    read: int
    stored: int = 0
    replaced: int = 0
    unchanged: int = 0
    superseded: int = 0  # an older version than the record or the import itself holds
    set_aside: int = 0  # resources of which every row is in quarantine
    quarantined: dict[str, int] = field(default_factory=dict)
    flagged: dict[str, int] = field(default_factory=dict)
    not_used: dict[str, int] = field(default_factory=dict)
    by_type: dict[str, dict[str, int]] = field(default_factory=dict)
    released: int = 0  # resources set aside by earlier imports, whose patient is known now: not of those read
    unused_codes: tuple[UnusedCode, ...] = ()
    dangling: dict[str, int] = field(default_factory=dict)
    patients: int = 0
    seconds: float = 0.0
    cancelled: bool = False

    def to_json(self) -> dict:
        """Return the report as plain data."""
        return asdict(self)
