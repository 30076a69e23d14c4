"""The `read:` part of a guideline's input: how the rules reader finds its value, as data.

A rule either takes a value `from` a closed list of named sources, or gives a `value` where frames match `when`.
Rules are tried in order; the first that holds gives the value, so the more specific way of saying it stands first.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Source = Literal[
    "lesion.longest_mm",
    "lesion.longest_cm",
    "lesion.shortest_mm",
    "lesion.mean_mm",
    "lesion.long_axis_mm",
    "lesion.solid_mm",
    "lesion.wall_mm",
    "lesion.depth_mm",
    "lesion.distance_mm",
    "lesion.short_axis_mm",
    "lesion.prior_longest_mm",
    "lesion.growth_mm",
    "lesion.doubling_days",
    "lesion.prior_mean_mm",
    "lesion.interval_months",
    "lesion.growth_mm_per_year",
    "lesion.prior_modality",
    "lesion.change",
    "exam.modality",
    "exam.agent",
    "exam.multiphase",
    "exam.contrast",
    "exam.interval_months",
    "exam.lesion_count",
    "exam.max_longest_mm",
    "exam.max_longest_cm",
    "exam.suv_lesion",
    "exam.suv_liver",
    "exam.suv_blood_pool",
    "exam.sum_baseline_mm",
    "exam.sum_nadir_mm",
    "exam.sum_now_mm",
    "patient.age",
    "patient.sex",
]
"""Everything that a rule may take a value from; closed, so that no data file can name code."""

Assertion = Literal["present", "absent", "possible", "historical"]

Scope = Literal["lesion", "exam", "report", "dominant", "organ"]
"""Whose frames are looked at: the lesion's own; those of no lesion; all of the report with exam and indication; or all of the
report, but only for the dominant lesion (tumour in a vein belongs to the main mass); or what is said of the guideline's organ
(`lesions.organ`) from its naming to that of the next one, so that "no extravasation" in the sentence after "splenic laceration" is
the spleen's."""


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class When(BaseModel):
    """A pattern over one frame. Every field given must match.

    `concept`, `organ`, `part` and `source` take a name or a list (any of). `concept` matches the frame's concept or a broader one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    concept: str | tuple[str, ...]
    assertion: tuple[Assertion, ...] = ("present",)
    organ: str | tuple[str, ...] | None = None
    part: str | tuple[str, ...] | None = None
    source: str | tuple[str, ...] | None = None
    section: str | tuple[str, ...] | None = None
    certainty: str | tuple[str, ...] | None = None
    laterality: str | tuple[str, ...] | None = None
    """Side of the frame's place: right, left, bilateral, none."""
    side: Literal["same", "opposite", "both", "unsaid"] | None = None
    """The side of the frame's place beside that of the lesion that the guideline is about: of a node, ipsi- or contralateral to the
    tumour; `both`: bilateral; `unsaid`: one of the two has no side."""
    scope: Scope | None = None
    """Where to look, if elsewhere than the rule says."""
    change: str | tuple[str, ...] | None = None
    has: dict[str, Any] = Field(default_factory=dict)
    """Modifier name to a value, a list (any of), `{not: ...}` or null (the modifier must be missing)."""

    @field_validator("assertion", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else _tuple(value)

    @field_validator("concept", "organ", "part", "source", "section", "certainty", "change", "laterality", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return _tuple(value)


class Number(BaseModel):
    """A number written after a word: `PS 1`, `Child-Pugh B`, `ECOG score of 2`. The pattern's group 1 is the value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after: str
    """Concept whose mention the value follows."""
    sections: tuple[str, ...] = ()
    """Only in these sections; empty: anywhere."""
    pattern: str
    """Regular expression on the folded text right after the mention; group 1 is the value. With a group named `unit`, cm become mm."""
    values: dict[str, Any] = Field(default_factory=dict)
    """Written form to value; a form that is missing here is taken as a number."""

    @field_validator("sections", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return _tuple(value)


class Lab(BaseModel):
    """A laboratory value or score with its number: bilirubin in µmol/L, PSA in ng/mL. Units: lexicon/reading_labs.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str
    """The value's concept (lab_bilirubin)."""
    unit: str
    """The unit that the number is wanted in."""
    bands: dict[str, Any] = Field(default_factory=dict)
    """Condition on the number (">=20") to value, where the input is no number; several hold: several values stay possible."""
    words: dict[str, Any] = Field(default_factory=dict)
    """What "normal", "high" and "low" mean, where the report has only a word."""
    less: tuple[float, float] | None = None
    """What is taken off first, between these two: the normal value that a prolongation is counted from."""


class Measured(BaseModel):
    """A quantity and what it is of: the width of a septum, the attenuation before contrast, how many septa.

    It must stand in a sentence about what the rule's scope looks at. Where `of` is given, the nearest part, lesion or organ that the
    sentence names beside the number must be one of these concepts. The value is the number in the library's unit (mm, HU, percent), a
    condition ("<2") where the report has a bound, or what `bands` makes of it. A rule that also has `when` needs those frames as well.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["length", "hu", "percent", "count", "suv", "interval"]
    of: tuple[str, ...] = ()
    phase: tuple[str, ...] = ()
    """Only where the nearest phase is one of these; "unsaid": no phase stands beside it."""
    take: Literal["first", "largest", "smallest"] = "first"
    above: float | None = None
    """Only numbers above it."""
    bands: dict[str, Any] = Field(default_factory=dict)
    """Condition on the number (">=60") to value, where the input is no number."""

    @field_validator("of", "phase", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else _tuple(value)


class NodeRule(BaseModel):
    """The number of lymph nodes that the report judges metastatic."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outside: tuple[str, ...]
    """Concepts of anatomy that is not the tumour's region."""
    beyond: bool = False
    """Those outside the region, which count as distant."""
    value: Any = True
    """With an input that is no number: what it is if there is one."""


class Extent(BaseModel):
    """How far a thing goes, in the words around its name: the depth of a laceration, the share of a surface that a haematoma covers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str | tuple[str, ...]
    """Its concept, or concepts."""
    kind: Literal["length", "percent", "suv"] = "length"
    roles: tuple[str, ...] = ("",)
    """What the words call it (depth, diameter; "": nothing), in the order of preference; others do not count."""
    per: float = 1.0
    """Millimetres to one of the input's unit: 10 for cm."""
    single: bool = False
    """A size of several axes is no such measure."""

    @field_validator("of", "roles", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return _tuple(value)


class ReadRule(BaseModel):
    """One way in which a report says a value."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    value: Any = None
    when: tuple[When, ...] = ()
    """One frame pattern, or several that must all be met."""
    unless: tuple[When, ...] = ()
    """No frame may match any of these."""
    given: dict[str, Any] = Field(default_factory=dict)
    """What must hold of the examination: {agent: gadoxetate}, {modality: [CT, MR]}, {agent: {not: gadoxetate}}; numbers by a condition,
    {exam.interval_months: ">=12"}."""
    source: Source | None = Field(default=None, alias="from")
    map: dict[str, Any] = Field(default_factory=dict)
    """With `from`: what a source's value is called here; `*`: every other value."""
    number: Number | None = None
    lab: Lab | None = None
    measure: Measured | None = None
    nodes: NodeRule | None = None
    extent: Extent | None = None
    """The largest where there are several."""
    scope: Scope = "lesion"
    sure: bool = True
    """False: the words leave room; the value stays one of several that are possible."""
    among: tuple[Any, ...] = ()
    """With `sure: false`: the values that stay possible; empty: every value of the input. Of flags: lists of flags."""

    @field_validator("when", "unless", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, dict) else _tuple(value)

    @field_validator("among", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return _tuple(value)


class LesionRules(BaseModel):
    """Which tracks a guideline is decided for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    organ: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Concepts, one of which must name it; empty: any."""
    never: tuple[str, ...] = ()
    """Concepts that, naming it or said of it, exclude it."""
    needs: tuple[str, ...] = ()
    """Concepts, one of which must be said of it or name it; empty: none needed."""
    empty_when: tuple[When, ...] = ()
    """With a list of lesions: frames, one of which must say that there is none before an empty list is decided."""
    empty_unless: tuple[When, ...] = ()
    """Frames, none of which may be there: something is named that could not be followed."""
    alone_when: tuple[When, ...] = ()
    """Per lesion: frames, one of which gives the examination an answer though no lesion is described (tumour in a vein, no mass)."""
    side_when: tuple[When, ...] = ()
    """Per lesion, of a paired organ: frames on a side without a lesion, one of which gives that side an answer of its own."""
    size_or_place: bool = True
    """It must have a size or a place of its own to be more than a passing word."""
    unplaced: bool = False
    """Where none in the organ has a size, one that the report places nowhere counts ("3 cm mass" in a report on the pancreas)."""


class Offer(BaseModel):
    """When the guideline is offered at all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    modality: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    """Languages of the reports that it is customary in; empty: any."""
    named: tuple[When, ...] = ()
    """Frames that ask for it by name, whatever the language."""
    all_of: tuple[tuple[When, ...], ...] = ()
    """Groups of patterns; of every group one must match somewhere in the report."""
    none_of: tuple[When, ...] = ()


class DecisionReading(BaseModel):
    """How a report gives what a sub-decision asks, where it is answered as an entry of its own (rectal_mri.mrf)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    offer: Offer | None = None
    """None: offered where the guideline is."""
    lesions: LesionRules | None = None
    """None: as the guideline's."""
    per: Literal["lesion", "dominant", "exam", "patient"] | None = None
    """None: as the guideline."""
    inputs: dict[str, tuple[ReadRule, ...]] = Field(default_factory=dict)
    """Besides those that it shares with the guideline."""


class ReadingRules(BaseModel):
    """reading.yaml of a guideline: how reports say what guideline.yaml asks. Kept apart so that a new wording does not undo the
    signature of the clinician who compared guideline.yaml with the printed page.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    offer: Offer = Offer()
    lesions: LesionRules = LesionRules()
    inputs: dict[str, tuple[ReadRule, ...]] = Field(default_factory=dict)
    decisions: dict[str, DecisionReading] = Field(default_factory=dict)
    """The sub-decisions that reports are given an answer of."""
