"""What the exporter says when it cannot, or should not, go on."""


class ExportError(Exception):
    """One line of what is wrong, and where it is known one of what to do."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, or its type."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
