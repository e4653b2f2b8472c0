"""What went wrong, said once for the clinician and once for the log?"""


class TwinError(Exception):
    """An error with two messages: one for the screen, one for the log.

    Parameters
    ----------
    message
        For the log: names, limits, positions. Never a patient's name or identifier.
    clinical
        For the screen: what is wrong and what to do, in a clinician's words.
    code
        Stable code shown beside the clinical message.
    """

    code = "TWN-E000"

    def __init__(self, message: str, *, clinical: str, code: str | None = None) -> None:
        super().__init__(message)
        self.clinical = clinical
        self.code = code or self.code


class OutOfValidityRange(TwinError):
    """A value lies outside the range an equation, a variable or a trial covers."""

    code = "TWN-E001"


class MissingInput(TwinError):
    """A required input is not in the record."""

    code = "TWN-E002"


class UnknownUnit(TwinError):
    """A unit that cannot be converted to the variable's canonical unit."""

    code = "TWN-E003"


class UnknownName(TwinError):
    """A variable, equation, therapy, plan or patient that does not exist here."""

    code = "TWN-E004"


class BadFile(TwinError):
    """A file that cannot be read as what it claims to be; nothing was changed."""

    code = "TWN-E005"


class BadEvidence(TwinError):
    """A card or coefficient table that contradicts itself or lacks its source."""

    code = "TWN-E006"


class NotAllowed(TwinError):
    """The session's role or purpose does not permit this."""

    code = "TWN-E007"


class BrokenAudit(TwinError):
    """The audit chain does not verify."""

    code = "TWN-E008"


class StoreUnavailable(TwinError):
    """The record's database cannot be opened: in use, of a newer version, or damaged."""

    code = "TWN-E009"
