"""Finding, Lesion and the structured report: what was seen, where, how big, and whether it changed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assistant.report.text import Evidence, Frozen

Assertion = Literal["present", "absent", "possible", "historical"]
Laterality = Literal["right", "left", "bilateral", "none"]
Change = Literal["new", "stable", "larger", "smaller"]


class Finding(Frozen):
    """One abnormality said to be present, absent, possible or past."""

    anatomy: str = ""
    """Where, in the report's own words and language."""
    laterality: Laterality = "none"
    observation: str = ""
    """What, in the report's own words and language."""
    concepts: tuple[str, ...] = ()
    """Our concept ids, e.g. ("nodule", "lung")."""
    assertion: Assertion = "present"
    size_mm: tuple[float, ...] = ()
    """Longest axis first."""
    change: Change | None = None
    lesion_id: str | None = None
    evidence: tuple[Evidence, ...] = ()


class TimePoint(Frozen):
    """A lesion's size at one time; date None is this examination."""

    date: str | None = None
    size_mm: tuple[float, ...] = ()
    months_before: float | None = None
    evidence: tuple[Evidence, ...] = ()


class Lesion(Frozen):
    """One lesion across sentences, sections and time."""

    id: str
    label: str
    size_mm: float | None = None
    """The size that matters most for it, mm; longest axis unless a guideline says otherwise."""
    timeline: tuple[TimePoint, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class Structured(Frozen):
    """The report as template, sections and findings."""

    template: str = ""
    sections: dict[str, str] = Field(default_factory=dict)
    """Canonical name to exact trimmed substring of the text."""
    findings: tuple[Finding, ...] = ()
