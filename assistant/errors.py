"""Every error the library raises on purpose.

AssistantError
 ├ InputError          the report cannot be read: empty, too long, not text
 ├ UnknownName         no such guideline, task, template; the nearest names are in the hint
 └ SetupError          something on this machine must change; the hint says what
     └ KnowledgeError  a file of knowledge_base/ is wrong: file, line, field
"""

from __future__ import annotations


class AssistantError(Exception):
    """Root of the tree: a stable `code`, a message for people, and a `hint` that says what to do."""

    code = "error"
    hint = ""

    def __init__(self, message: str, *, hint: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if hint is not None:
            self.hint = hint
        if code is not None:
            self.code = code

    def as_dict(self) -> dict[str, str]:
        """The error object of the contract: code, message, hint."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class InputError(AssistantError):
    """The report cannot be read."""

    code = "unreadable_report"
    hint = "Give the report as plain text (UTF-8, UTF-16 or GB18030)."


class UnknownName(AssistantError):
    """A name that nothing here has."""

    code = "unknown_name"


class SetupError(AssistantError):
    """Something on this machine must change before this can work."""

    code = "setup"


class KnowledgeError(SetupError):
    """A file of the knowledge base is wrong."""

    code = "knowledge"

    def __init__(
        self,
        message: str,
        *,
        file: str = "",
        line: int | None = None,
        hint: str | None = None,
        others: tuple[KnowledgeError, ...] = (),
    ) -> None:
        place = f"{file}:{line}" if line else file
        super().__init__(f"{place}: {message}" if place else message, hint=hint)
        self.file = file
        self.line = line
        self.others = others
        """What else is wrong with the same file."""
