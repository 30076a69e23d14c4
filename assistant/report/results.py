"""Claim, Category, Issue, Explanation, Review: what each verb hands back."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from assistant.report.findings import Lesion, Structured
from assistant.report.text import Evidence, Frozen, Span

Value = bool | int | float | str | tuple[str, ...] | None
InputState = Literal["stated", "negated", "uncertain", "assumed", "not_stated"]
Severity = Literal["error", "warning", "suggestion"]
Confidence = Literal["verified", "verified_secondary", "known", "unsure"]


class Claim(Frozen):
    """What a reader says about one input of a guideline, with its proof.

    `values` has one member when the reader is sure, several when it has read something that leaves those open.
    """

    input: str
    values: tuple[Value, ...]
    state: InputState
    evidence: tuple[Evidence, ...] = ()
    reader: str = "rules"


class InputReading(Frozen):
    """An input as the category shows it."""

    value: Value = None
    state: InputState
    evidence: tuple[Evidence, ...] = ()


class WhatIf(Frozen):
    """What one further statement would make of the category."""

    input: str
    value: Value
    category: str | None
    possible: tuple[str, ...] = ()


class WouldChange(Frozen):
    """The shortest list of inputs that would move the category, and to what."""

    inputs: dict[str, Value]
    """Input name to the value that would have to be reported; for numbers a condition such as "<20"."""
    category: str
    why: Literal["not_stated", "hedged", "close"]
    """The input is not stated; the report speaks of it in doubt; or its number lies within a measurement's scatter of a threshold."""


class LesionRef(Frozen):
    """Which lesion a category is about, and the size the guideline compares."""

    id: str
    label: str
    size_mm: float | None = None


class Category(Frozen):
    """A guideline's answer with its proof; `category` is None exactly when `possible` has more than one member."""

    guideline: str
    lesion: LesionRef | None = None
    category: str | None
    label: str | bool | tuple[str, ...] | None = None
    possible: tuple[str, ...]
    missing: tuple[str, ...] = ()
    stated: str | None = None
    stated_evidence: tuple[Evidence, ...] = ()
    adjusted: str | None = None
    inputs: dict[str, InputReading] = Field(default_factory=dict)
    if_reported: tuple[WhatIf, ...] = ()
    would_change: tuple[WouldChange, ...] = ()
    """What would settle an open answer or move a borderline one, fewest inputs first; only where it was asked for."""
    rows: tuple[str, ...] = ()
    confidence: str = "verified"
    reason: str | None = None
    """Why, in a sentence, where the answer is NOT_APPLICABLE or needs words."""
    management: str = ""
    citation: str = ""


class Issue(Frozen):
    """One likely slip; the span is the wrong words, not the sentence."""

    type: str
    severity: Severity
    start: int
    end: int
    quote: str
    expected: str | None = None
    related: tuple[Span, ...] = ()
    message: str
    rule: str


class ExplanationSentence(Frozen):
    """A sentence of the explanation and the places of the report that it says again."""

    text: str
    evidence: tuple[Span, ...] = ()


class GlossaryEntry(Frozen):
    """A medical term in plain words."""

    term: str
    plain: str


class Explanation(Frozen):
    """The report in plain words, proven against its source, or withheld with the reason."""

    language: str
    text: str
    grade: float | None = None
    """US school grade (Flesch-Kincaid) of an English text; None where there is no such measure."""
    sentences: tuple[ExplanationSentence, ...] = ()
    glossary: tuple[GlossaryEntry, ...] = ()
    withheld: str | None = None


class Provenance(Frozen):
    """Who and what made these results: enough to make them again."""

    reader: str = "rules"
    versions: dict[str, str] = Field(default_factory=dict)
    text_sha256: str = ""
    notes: tuple[str, ...] = ()


class Review(Frozen):
    """Everything about one report. Parts not asked for are None."""

    id: str
    language: str
    structured: Structured | None = None
    lesions: tuple[Lesion, ...] = ()
    categories: tuple[Category, ...] | None = None
    issues: tuple[Issue, ...] | None = None
    explanation: Explanation | None = None
    provenance: Provenance = Field(default_factory=Provenance)

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of the contract; parts not asked for are left out."""
        out = self.model_dump(mode="json")
        return {k: v for k, v in out.items() if v is not None}
