"""The working types of the structure verb: a sentence with all that was found in it, and what is seen in it before merging."""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.reading.assertion import Judged
from assistant.report.facts import Clause, Concept, Measurement, Mention, Place, Sentence
from assistant.report.findings import Change, Laterality


@dataclass(slots=True)
class Seen:
    """One thing said of one place."""

    concept: Concept
    ids: tuple[str, ...]
    spans: list[tuple[int, int]]
    """Its words; more than one where they stand apart ("enlarged ... nodes")."""
    clause: Clause
    sentence: int
    section: str
    judged: Judged
    place: Place | None = None
    where: Concept | None = None
    """The most specific anatomy of the place."""
    laterality: Laterality = "none"
    size: Measurement | None = None
    change: Change | None = None
    resolved: bool = False
    evidence: list[tuple[int, int]] = field(default_factory=list)
    lesion: str | None = None
    measured: str = ""
    """The dimension, where the finding is an organ's measurement."""
    named_by: list[tuple[int, int]] = field(default_factory=list)
    """Where its words stand, if in an earlier sentence."""
    told_apart: bool = False
    """Several things that later sentences tell one by one."""
    suspected: bool = False
    """Made of the word "suspicious", which names no malignancy itself."""

    @property
    def start(self) -> int:
        return self.spans[0][0]

    @property
    def end(self) -> int:
        return self.spans[-1][1]

    @property
    def is_normal(self) -> bool:
        return self.concept.attrs.get("default_assertion") == "absent"


@dataclass(slots=True)
class Line:
    """One sentence with what is needed of it."""

    index: int
    sentence: Sentence
    mentions: tuple[Mention, ...]
    sizes: tuple[Measurement, ...]
    places: list[Place]
    judged: dict[int, Judged]
    chinese: bool
    seen: list[Seen] = field(default_factory=list)
