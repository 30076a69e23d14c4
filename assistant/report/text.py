"""Report, Span, Evidence, Section: the text as received and places in it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.errors import InputError

MAX_CHARS = 200_000
"""Longest report text read. The longest real reports are under 20,000 characters."""

SourceName = Literal["text", "exam", "indication"]
Sex = Literal["M", "F"]


class Frozen(BaseModel):
    """Immutable and strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(Frozen):
    """A half-open range of Unicode code points of one source text."""

    start: int
    end: int


class Evidence(Frozen):
    """A verbatim piece of the report that a statement rests on: `quote == source[start:end]`."""

    source: SourceName = "text"
    start: int
    end: int
    quote: str


class Section(Frozen):
    """A part of the report: canonical name and the trimmed extent of its body."""

    name: str
    start: int
    end: int
    heading: Span | None = None


class PriorReport(Frozen):
    """An earlier report of the same patient."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = ""
    date: str | None = None
    text: str = ""


class Report(BaseModel):
    """One report as received. The text is never changed; every offset points into it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    text: str
    language: str | None = None
    """As stated by the sender; None: detected."""
    date: str | None = None
    exam: str = ""
    """What was ordered or performed, in words; read together with the text."""
    indication: str = ""
    """Why; read together with the text."""
    modality: str | None = None
    sex: Sex | None = None
    age: float | None = None
    """Years."""
    reader: str | None = None
    site: str | None = None
    prior: tuple[PriorReport, ...] = Field(default=())

    def source(self, name: SourceName) -> str:
        """The source text that evidence of that name points into."""
        return {"text": self.text, "exam": self.exam, "indication": self.indication}[name]

    def quote(self, start: int, end: int, source: SourceName = "text") -> Evidence:
        """Evidence for a range, with its verbatim quote."""
        return Evidence(source=source, start=start, end=end, quote=self.source(source)[start:end])


def readable(text: str) -> str:
    """The same text, or why it cannot be read.

    Raises:
        InputError: empty, too long, or mostly not text.
    """
    if not text.strip():
        raise InputError("The report is empty.", code="empty_report", hint="Send the report's text; nothing but white space arrived.")
    if len(text) > MAX_CHARS:
        raise InputError(
            f"The report has {len(text):,} characters; at most {MAX_CHARS:,} are read.",
            code="too_long",
            hint="Is this one report? Split a file of several reports and use `radassist batch`.",
        )
    odd = sum(1 for c in text if (ord(c) < 32 and c not in "\t\n\r\f\v") or c == "\ufffd" or 0xD800 <= ord(c) <= 0xDFFF)
    if odd > 0.05 * len(text):
        raise InputError("This is not text.", code="not_text", hint="Give the report as plain text; export PDF or Word files to text first.")
    return text
