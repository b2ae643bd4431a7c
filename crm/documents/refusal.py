"""How the child process says that a file is not taken in."""


class Refusal(Exception):
    """The file is not taken in; `reason` is a key of `crm.documents.reasons.REASONS`, `source` which file of a job."""

    def __init__(self, reason: str, source: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.source = source
