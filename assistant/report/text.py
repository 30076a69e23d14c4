"""Report, Span, Evidence, Section: the text as received and places in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from assistant.errors import InputError

MAX_CHARS = 200_000
"""Longest report text read. The longest real reports are under 20,000 characters."""

SourceName = Literal["text", "exam", "indication", "clinical", "prior"]
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


def _spoken(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


_ODD = re.compile("[\x00-\x08\x0e-\x1f\ufffd\ud800-\udfff]")
"""Characters that text does not have: control characters, what could not be decoded, lone surrogates."""
_SEX = {"m": "M", "male": "M", "man": "M", "男": "M", "男性": "M", "f": "F", "female": "F", "woman": "F", "女": "F", "女性": "F", "w": "F"}
_AGE = re.compile(r"0*(\d+(?:\.\d+)?)\s*(y|m|w|d|years?|yrs?|yo|months?|weeks?|days?|岁|周岁|个?月|周|天)?(?:\s*old)?")
_YEARS = dict.fromkeys(("y", "year", "years", "yr", "yrs", "yo", "岁", "周岁"), 1.0)
_YEARS |= dict.fromkeys(("m", "month", "months", "月", "个月"), 1 / 12)
_YEARS |= dict.fromkeys(("w", "week", "weeks", "周"), 7 / 365.25) | dict.fromkeys(("d", "day", "days", "天"), 1 / 365.25)


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
    clinical: str = ""
    """What is known of the patient besides (performance status, Child-Pugh, PSA); read together with the text. A mapping of names to
    values is written out: {"ps": 1, "bilirubin": "34 umol/L"} is "ps: 1; bilirubin: 34 umol/L"."""
    modality: str | None = None
    sex: Sex | None = None
    age: float | None = None
    """Years."""
    reader: str | None = None
    site: str | None = None
    prior: tuple[PriorReport, ...] = Field(default=())

    @field_validator("clinical", mode="before")
    @classmethod
    def _clinical(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            return "; ".join(f"{str(name).replace('_', ' ')}: {_spoken(said)}" for name, said in value.items() if said is not None)
        return "" if value is None else value

    @field_validator("sex", mode="before")
    @classmethod
    def _sex(cls, value: Any) -> Any:
        """M or F from what hospital systems write; anything else (O, U, unknown) is not known."""
        return _SEX.get(str(value).strip().lower()) if value is not None else None

    @field_validator("age", mode="before")
    @classmethod
    def _age(cls, value: Any) -> Any:
        """Years from 58, "58", "058Y", "58岁", "8 months"; what cannot be read is not known."""
        if value is None or isinstance(value, bool):
            return None
        if isinstance(value, int | float):
            return float(value) if 0 <= value <= 130 else None
        found = _AGE.fullmatch(str(value).strip().lower())
        if not found:
            return None
        years = float(found.group(1)) * _YEARS[found.group(2) or "y"]
        return round(years, 2) if years <= 130 else None

    def source(self, name: SourceName) -> str:
        """The source text that evidence of that name points into."""
        if name == "prior":
            return "\n".join(p.text for p in self.prior)
        return {"text": self.text, "exam": self.exam, "indication": self.indication, "clinical": self.clinical}[name]

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
    if len(_ODD.findall(text)) > 0.05 * len(text):
        hint = "Give the report as plain text; export PDF or Word files to text first."
        raise InputError("This is not text.", code="not_text", hint=hint)
    return text
