"""The shape of guideline.yaml: a radiologist can read the file beside the printed page, the engine runs it as it stands.

Nothing in the file can name code. Conditions are a literal, a list (any of), or `<`, `<=`, `>`, `>=` joined by ` and `; for flags
also `any`, `none`, and names joined by ` and ` (all of them). Arithmetic is a closed list of derivations.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

NOT_APPLICABLE = "NOT_APPLICABLE"

Scalar = bool | int | float | str
Condition = Scalar | tuple[Scalar, ...]
Conditions = dict[str, Condition]
Mark = Literal["V", "V1", "V2", "K+", "M+", "K?", "M?"]
"""How well a row is attested: read in the source (V, V1), in secondary sources (V2), known (K+, M+), unsure (K?, M?)."""

CONFIDENCE: dict[str, str] = {
    "V": "verified",
    "V1": "verified",
    "V2": "verified_secondary",
    "K+": "known",
    "M+": "known",
    "K?": "unsure",
    "M?": "unsure",
}
CONFIDENCE_ORDER = ("verified", "verified_secondary", "known", "unsure")


class Part(BaseModel):
    """Immutable and strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Words(Part):
    """A text in both languages, in our own words."""

    en: str
    zh: str


class Otherwise(Part):
    """How an input that the report does not give follows from others that it gives."""

    given: tuple[str, ...]
    """Applies only when all of these are given."""
    mean: tuple[str, ...] = ()
    """Its value is the mean of these. A table with `fills` does the same for anything else."""


class Assume(Part):
    """What silence means under a condition that the report does meet."""

    when: Conditions
    value: Scalar
    why: Words


class Input(Part):
    """One thing that the guideline asks about."""

    title: Words
    ask: str
    """The question for a reader or a model, in our own words."""
    type: Literal["choice", "flags", "bool", "number", "integer"]
    values: tuple[str, ...] = ()
    """For choice and flags."""
    unit: str | None = None
    min: float | None = None
    max: float | None = None
    step: float | None = None
    """The smallest difference that the guideline's bands show: "below 10" then means up to the step before 10, not 9.99."""
    scope: Literal["lesion", "exam", "patient"] = "lesion"
    default: Any = None
    """What omission means in the closed world and what `absent` means; None: there is no such value."""
    silence: Literal["unknown", "absent"] = "unknown"
    """What a report that does not speak of it leaves: unknown, or the default (shown as assumed)."""
    hedge: Literal["absent", "unknown", "present"] = "unknown"
    """What "possible", "cannot be excluded" make of it."""
    only_if_said: tuple[str, ...] | str = ()
    """Values that no report leaves unsaid, so silence never stands for them; for numbers a condition such as "<18"."""
    several: Literal["max", "min"] | None = None
    """A list of numbers counts as its largest, or smallest; an empty one as not given."""
    at_most: str | None = None
    """Another number that this one cannot exceed (a solid part, its nodule)."""
    otherwise: Otherwise | None = None
    assume: tuple[Assume, ...] = ()
    """The first that holds gives the value where a report does not; within every completion of what else is unknown."""
    if_null: Any = None
    """What an explicit null means in the closed world ("not usable", "no node"); None: it leaves the input open."""
    insufficient: str | None = None
    """What INSUFFICIENT: calls it in closed-world labels, where not by its own name."""
    cite: str

    @model_validator(mode="after")
    def _coherent(self) -> Input:
        if self.type in ("choice", "flags") and not self.values:
            raise ValueError("a choice or flags input lists its values")
        if self.silence == "absent" and self.default is None:
            raise ValueError("silence: absent needs a default")
        if self.assume and self.default is None:
            raise ValueError("assume needs a default, for the closed world")
        return self


class Row(Part):
    """One printed line: if all conditions hold, this is what follows."""

    id: str
    when: Conditions = Field(default_factory=dict)
    then: Condition | None = None
    """The table's outcome, which later steps read. Several: the source leaves it open, a person must choose."""
    decide: str | tuple[str, ...] | None = None
    """The guideline's answer at once."""
    label: str | None = None
    """The closed-world label where it is not the answer itself."""
    reason: Words | None = None
    cite: str
    mark: Mark
    note: str = ""

    @model_validator(mode="after")
    def _one_outcome(self) -> Row:
        if (self.then is None) == (self.decide is None):
            raise ValueError("a row has either `then` or `decide`")
        if CONFIDENCE[self.mark] == "unsure" and not isinstance(self.outcome, tuple):
            raise ValueError("a row marked K? or M? may not decide by itself: list what it could be")
        return self

    @property
    def outcome(self) -> Condition:
        """`then` or `decide`, whichever it has."""
        out = self.decide if self.then is None else self.then
        assert out is not None
        return out


class Table(Part):
    """Rows; `unique`: exactly one may match, `first`: the first that matches."""

    table: str
    hit: Literal["unique", "first"]
    rows: tuple[Row, ...]
    otherwise: Scalar | None = Field(default=None, alias="else")
    """The outcome when no row matches; None: the rows leave no hole."""
    fills: str | None = None
    """The outcome becomes the value of this input when the report does not give it but gives all of `given`."""
    given: tuple[str, ...] = ()


class PointItem(Part):
    """So many points if the conditions hold."""

    id: str
    when: Conditions
    add: float
    cite: str
    mark: Mark


class Points(Part):
    """A sum of points; a later table bands it."""

    points: str
    items: tuple[PointItem, ...]


class Product(Part):
    """A grid: one outcome per combination of the axes. Keys joined by ` | ` share a cell; `*` is every value; the first that fits holds."""

    product: str
    axes: tuple[str, ...]
    cells: dict[str, Any]
    cite: str
    mark: Mark


class Fold(Part):
    """State and observation to state, over the list in order. Rows read the state under the aggregate's own name."""

    start: str
    rows: tuple[Row, ...]


class Aggregate(Part):
    """What is kept of a list once every member has been decided."""

    into: str
    worst: str | None = None
    """Highest in `order` (else in the guideline's categories) of this outcome."""
    order: tuple[str, ...] = ()
    sum: str | None = None
    max: str | None = None
    count: Conditions | None = None
    distinct: str | None = None
    """How many different values of this choice or outcome."""
    fold: Fold | None = None
    empty: str | None = None
    """For worst: the outcome of an empty list."""


class ForEach(Part):
    """Steps for every member of the guideline's list, then what is kept of them."""

    for_each: str
    steps: tuple[Step, ...]
    keep: tuple[Aggregate, ...]


def _kind(data: Any) -> str | None:
    names = data if isinstance(data, dict) else vars(data)
    return next((k for k in ("table", "points", "product", "for_each") if k in names), None)


Step = Annotated[
    Annotated[Table, Tag("table")]
    | Annotated[Points, Tag("points")]
    | Annotated[Product, Tag("product")]
    | Annotated[ForEach, Tag("for_each")],
    Discriminator(_kind),
]


class Derived(Part):
    """A named derivation; exactly one is set."""

    mean: tuple[str, ...] = ()
    sum: tuple[str, ...] = ()
    difference: tuple[str, str] | None = None
    percent_change: tuple[str, str] | None = None
    """(now, before): (now - before) / before x 100."""
    months_between: tuple[str, str] | None = None
    """(later, earlier), both in days."""
    round_half_up: str | tuple[str, float] | None = None
    """A name, to whole units; or (name, step), to multiples of the step."""
    max: tuple[str, ...] = ()
    min: tuple[str, ...] = ()
    scale: tuple[str, float] | None = None
    """(name, factor): a change of unit."""
    count: tuple[Conditions, ...] = ()
    """How many of these hold."""

    @model_validator(mode="after")
    def _one(self) -> Derived:
        if len(self.model_fields_set) != 1:
            raise ValueError("a derivation is exactly one of the named ones")
        return self


class Result(Part):
    """Which outcomes make the answer: "{exam}", "{t} {n} {m}"."""

    category: str
    label: str | None = None
    form: Literal["text", "bool", "list"] = "text"
    """How the label is given: as it stands, as true or false, or as the list of its words."""


class Decidable(Part):
    """Inputs, derivations and steps that end in one answer."""

    inputs: dict[str, Input] = Field(default_factory=dict)
    derived: dict[str, Derived] = Field(default_factory=dict)
    impossible: tuple[Conditions, ...] = ()
    """Combinations that no patient has; unknown inputs are never completed to one of them."""
    steps: tuple[Step, ...] = ()
    result: Result | None = None

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.steps and self.result is None:
            raise ValueError("steps end in a result")
        return self


class SubDecision(Decidable):
    """A decision of its own under the guideline's dotted id."""

    title: Words
    share: tuple[str, ...] = ()
    """Names of the guideline's own inputs that it reads."""
    derive: tuple[str, ...] = ()
    """Names of the guideline's own derivations that it reads."""
    run: tuple[str, ...] = ()
    """Names of the guideline's own steps that it runs, before its own."""

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if self.result is None:
            raise ValueError("a decision has a result")
        return self


class CategoryText(Part):
    """One category in words."""

    title: Words
    management: Words | None = None


class Source(Part):
    """Where the rules are printed."""

    publisher: str
    edition: str
    year: int
    url: str | None = None
    licence: str
    read: str = ""
    """What was read to encode it, and when."""
    sections: dict[str, str]


class Applies(Part):
    """Which reports it is offered for."""

    modality: tuple[str, ...]
    organ: tuple[str, ...]
    per: Literal["lesion", "dominant", "exam", "patient"]
    """dominant: every lesion is decided by itself and the answer of the most severe one is given."""


class Stated(Part):
    """How reports write the category.

    A prefix, optional `between` words, one of a category's `values`; or one of a category's `phrases` as it stands. All in
    folded text: lower case, half width, simplified Chinese. Roman numerals match their one-character forms too.
    """

    prefixes: tuple[str, ...]
    between: tuple[str, ...] = ()
    values: dict[str, tuple[str, ...]]
    phrases: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    suffix: str = ""
    """A letter that may follow the value and is no part of the category (Lung-RADS S)."""


class Guideline(Decidable):
    """A guideline of one edition, complete."""

    id: str
    title: Words
    edition: str
    source: Source
    applies: Applies
    categories: dict[str, CategoryText] = Field(default_factory=dict)
    """From the least to the most severe; empty where there are only sub-decisions."""
    list_name: str | None = None
    """What the list of lesions is called in features ("nodules"); inputs of scope lesion belong to its members."""
    adjusted_by: dict[str, str] = Field(default_factory=dict)
    """Input applied -> input merely described: what the answer would be if the described ones were applied."""
    stated: Stated | None = None
    decisions: dict[str, SubDecision] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.result is None and not self.decisions:
            raise ValueError("a guideline has steps and a result, or decisions")
        if self.result is not None and not self.categories:
            raise ValueError("a guideline has categories")
        return self

    @property
    def decides(self) -> bool:
        """Whether it has an answer of its own and not only sub-decisions."""
        return self.result is not None

    def spec(self, part: str) -> Decidable:
        """The guideline itself, or one of its sub-decisions."""
        return self.decisions[part] if part else self

    def asked(self, part: str) -> dict[str, Input]:
        """The inputs of the guideline itself or of a sub-decision, those that it shares included."""
        if not part:
            return self.inputs
        sub = self.decisions[part]
        return {name: self.inputs[name] for name in sub.share} | sub.inputs


ForEach.model_rebuild()
