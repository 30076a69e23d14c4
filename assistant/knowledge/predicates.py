"""The `read:` part of a guideline's input: how the rules reader finds its value, as data.

A rule either takes a value `from` a closed list of named sources, or gives a `value` where a frame matches `when`.
All rules of an input are looked at; rules earlier in the list win over later ones on the same words.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Source = Literal[
    "lesion.longest_mm",
    "lesion.mean_mm",
    "lesion.solid_mm",
    "lesion.wall_mm",
    "lesion.prior_longest_mm",
    "lesion.prior_mean_mm",
    "lesion.interval_months",
    "lesion.prior_modality",
    "lesion.is_new",
    "exam.modality",
    "exam.multiphase",
    "exam.lesion_count",
    "exam.max_longest_mm",
    "exam.max_longest_cm",
    "patient.age",
]
"""Everything that a rule may take a value from; closed, so that no data file can name code."""

Scope = Literal["lesion", "exam", "report"]
"""Whose frames are looked at: the lesion's own; those of no lesion; all of the report with exam and indication."""


class When(BaseModel):
    """A pattern over one frame. Every field given must match.

    A field's value is a name, a list (any of), or {not: name or list}. `concept` matches the frame's concept or a broader one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    concept: str | tuple[str, ...]
    assertion: tuple[str, ...] = ("present",)
    organ: str | tuple[str, ...] | None = None
    part: str | tuple[str, ...] | None = None
    has: dict[str, Any] = Field(default_factory=dict)
    """Modifier name to what it must be: {phase: arterial, direction: high, extent: {not: rim}}."""

    @field_validator("concept", "assertion", "organ", "part", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


class ReadRule(BaseModel):
    """One way in which a report says a value."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    value: Any = None
    when: When | None = None
    source: Source | None = Field(default=None, alias="from")
    scope: Scope = "lesion"
    sure: bool = True
    """False: the words leave room; the value is added to what is possible, it does not settle the input."""
    but: Any = None
    """With `sure: false`: the other values that stay possible besides `value`; None: every value of the input."""
