"""Who is asking, in which role and for which purpose?"""

from dataclasses import dataclass
from enum import StrEnum

from twin.errors import NotAllowed


class Role(StrEnum):
    """What a person may do here."""

    CLINICIAN = "clinician"
    NURSE = "nurse"
    RESEARCHER = "researcher"
    GOVERNANCE = "governance"
    ADMIN = "admin"


class Purpose(StrEnum):
    """Why the record is opened; FHIR's purpose-of-use terms in words."""

    TREATMENT = "treatment"
    RESEARCH = "research"
    OPERATIONS = "operations"


_IDENTIFIED = frozenset({Role.CLINICIAN, Role.NURSE, Role.ADMIN})
_IMPORTERS = frozenset({Role.CLINICIAN, Role.NURSE, Role.ADMIN})
_CORRECTORS = frozenset({Role.CLINICIAN, Role.NURSE})


@dataclass(frozen=True, slots=True)
class Session:
    """One person's visit; every store is opened through one, and every audit row names it.

    Until sign-in exists, `demo_session` is the only way to get one in the app, and the app serves
    the loopback address only.
    """

    user: str
    role: Role
    purpose: Purpose

    def require_identified(self) -> None:
        """Refuse a role that may see only de-identified data.

        Raises
        ------
        NotAllowed
            For a role without access to identified patients.
        """
        if self.role not in _IDENTIFIED:
            raise NotAllowed(
                f"role {self.role} may not open identified patients",
                clinical=f"The role “{self.role}” cannot open identified patients.",
            )

    def require_import(self) -> None:
        """Refuse a role that may not bring data in.

        Raises
        ------
        NotAllowed
            For a role without the right to import.
        """
        if self.role not in _IMPORTERS:
            raise NotAllowed(
                f"role {self.role} may not import",
                clinical=f"The role “{self.role}” cannot import records.",
            )

    def require_correction(self) -> None:
        """Refuse a role that does not treat: only who does can say that a value is wrong.

        Raises
        ------
        NotAllowed
            For a role without the right to correct a record.
        """
        if self.role not in _CORRECTORS:
            raise NotAllowed(
                f"role {self.role} may not correct",
                clinical=f"The role “{self.role}” cannot correct a record.",
            )


def demo_session() -> Session:
    """Return the demo identity: a clinician treating synthetic patients."""
    return Session(user="demo", role=Role.CLINICIAN, purpose=Purpose.TREATMENT)


def command_line_session() -> Session:
    """Return the identity of the command line: the operator of this installation."""
    return Session(user="command line", role=Role.ADMIN, purpose=Purpose.OPERATIONS)


def program_session() -> Session:
    """Return the identity of the program itself, for what nobody asked it to do."""
    return Session(user="counterpart", role=Role.ADMIN, purpose=Purpose.OPERATIONS)
