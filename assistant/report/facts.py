"""What reading hands on: concepts, mentions, measurements, sentences, clauses, frames, lesion tracks.

These are internal and made by the hundred for every report, so they are slotted dataclasses, not pydantic models.
Offsets are half-open code points of the named source text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from assistant.report.findings import Assertion, Change, Laterality
from assistant.report.text import Report, Section, SourceName

Certainty = Literal["definite", "probable", "possible"]
MeasurementKind = Literal["length", "area", "volume", "hu", "suv", "percent", "angle", "interval", "date", "count", "age", "adc", "lab"]


@dataclass(frozen=True, slots=True, eq=False)
class Concept:
    """An entry of the lexicon: an id, what kind of word it is, and the attributes it brings along."""

    id: str
    kind: str
    attrs: dict[str, str] = field(default_factory=dict)
    parents: frozenset[str] = frozenset()
    """Ids of every broader concept, its own included."""

    def is_a(self, other: str) -> bool:
        return other in self.parents


@dataclass(frozen=True, slots=True)
class Mention:
    """A lexicon phrase found in the text."""

    concept: Concept
    start: int
    end: int

    @property
    def id(self) -> str:
        return self.concept.id

    @property
    def kind(self) -> str:
        return self.concept.kind


@dataclass(frozen=True, slots=True)
class Measurement:
    """A quantity read from the text.

    `values` are in mm for lengths (order as written), mm2, mm3, HU, SUV, percent, degrees, months for intervals, years for ages.
    """

    kind: MeasurementKind
    values: tuple[float, ...]
    start: int
    end: int
    unit: str = ""
    """The unit as written."""
    is_prior: bool = False
    """The wording next to it makes it an earlier value ("previously 11 mm", "原约1.1cm")."""
    is_range: bool = False
    """"1.0-1.5 cm": two bounds of one axis, not two axes."""
    is_approximate: bool = False
    bound: Literal["", "<", "<=", ">", ">="] = ""
    role: str = ""
    """What is measured where the wording says so: short_axis, long_axis, mean, thickness, depth, distance, solid_component, wall, ..."""
    months_before: float | None = None
    """For a prior value: how long ago, where the wording says so."""
    date: str | None = None
    """ISO date (or year-month) for kind "date", and for a prior value with a stated date."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of a sentence that makes one statement."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its clauses; `section` is the canonical section name, "" outside any."""

    source: SourceName
    start: int
    end: int
    section: str
    language: str
    clauses: tuple[Clause, ...]
    paragraph: int = 0
    """Counts blocks separated by line breaks; list items are blocks."""
    subject: str = ""
    """A line label in front ("Liver:", "肝脏："), in the report's words."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where: an organ, its parts in the lexicon's ids, the side, and the words."""

    organ: str = ""
    parts: frozenset[str] = frozenset()
    """Part ids: "liver_s8", "lung_rul", "lung_rul_apical", ..."""
    laterality: Laterality = "none"
    words: str = ""
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True)
class Frame:
    """One thing that a clause says: a concept with its modifiers, place, assertion and time."""

    concept: Concept
    source: SourceName
    start: int
    end: int
    """Evidence: the clause or phrase."""
    word_start: int
    word_end: int
    """The concept's own words."""
    sentence: int
    section: str
    assertion: Assertion = "present"
    certainty: Certainty = "definite"
    experiencer: str = "patient"
    place: Place | None = None
    attrs: dict[str, frozenset[str]] = field(default_factory=dict)
    """Modifier name to its values: phase, sequence, direction, extent, comparator, margin, shape, ..."""
    sizes: tuple[Measurement, ...] = ()
    change: Change | None = None
    lesion: str | None = None
    """Id of the lesion it is said of."""


@dataclass(frozen=True, slots=True)
class SizeAt:
    """A lesion's axes at one time."""

    axes_mm: tuple[float, ...]
    """Longest first."""
    months_before: float | None
    """None: this examination."""
    date: str | None
    start: int
    end: int
    source: SourceName = "text"
    role: str = ""
    is_prior: bool = False


@dataclass(slots=True)
class Track:
    """A lesion as the report tells it: where, what, its sizes over time and every frame said of it."""

    id: str
    organ: str
    place: Place | None
    kinds: set[str] = field(default_factory=set)
    """Concept ids that name it: nodule, mass, cyst, ..."""
    entities: set[str] = field(default_factory=set)
    """Those of them that say what it is rather than how it looks: cyst, haemangioma, lymph_node, ..."""
    named: tuple[SourceName, int, int] | None = None
    """Where it was first called something."""
    located: SourceName = "text"
    """The source that `place` stands in."""
    label: str = ""
    """What the report calls it, in its own words."""
    sizes: list[SizeAt] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    mentions: list[tuple[SourceName, int, int]] = field(default_factory=list)
    sections: set[str] = field(default_factory=set)
    """Canonical names of the sections that name it."""
    count: int | None = 1
    """How many it stands for: 1, n ("three nodules"), or None for "multiple"."""
    uncertain_link: bool = False


@dataclass(slots=True)
class Reading:
    """One report, read: everything that the verbs need, computed once."""

    report: Report
    language: str
    shadow: dict[SourceName, str]
    """Each source folded for matching, same length as the source."""
    sections: tuple[Section, ...]
    sentences: tuple[Sentence, ...]
    mentions: tuple[tuple[Mention, ...], ...]
    """Per sentence, in order."""
    measurements: tuple[tuple[Measurement, ...], ...]
    """Per sentence, in order."""
    frames: tuple[Frame, ...]
    tracks: tuple[Track, ...]
    places: tuple[tuple[Place, ...], ...] = ()
    """Per sentence, in order."""
    judged: tuple[dict[int, Any], ...] = ()
    """Per sentence: what is said of each mention (`reading.assertion.Judged`), by the mention's start."""
