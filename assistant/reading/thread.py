"""The thread of a report: which lesions, which place and which organ the sentence in hand is about."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from itertools import pairwise
from operator import attrgetter

from assistant.reading import lesions
from assistant.reading.assertion import Judged
from assistant.reading.lesions import Linker, related
from assistant.report.facts import Clause, Measurement, Mention, Place, Sentence, Track
from assistant.report.findings import Laterality
from assistant.report.text import SourceName

FOLLOWED = frozenset({"liver", "lung", "kidney", "pancreas", "adrenal_gland", "thyroid", "breast", "spleen", "prostate", "ovary"})
"""Organs whose parts with a size alone ("RLL 3 mm solid") name a lesion."""
_start = attrgetter("start")
_HELD = 64
"""Mentions that one clause may hold; longer runs are no prose, and are read in pieces so that the cost stays linear."""


@dataclass(slots=True)
class Line:
    """One sentence with all that was found in it, in order of the text."""

    sentence: Sentence
    index: int
    mentions: list[Mention]
    sizes: list[Measurement]
    places: list[Place]
    judged: dict[int, Judged]
    """By start of the mention."""

    def told(self, name: Mention) -> bool:
        """Whether a name is said to be there, in this patient."""
        judged = self.judged.get(name.start)
        return judged is None or (judged.assertion != "absent" and judged.experiencer == "patient")

    def clauses(self) -> tuple[Clause, ...]:
        """The sentence's clauses, those that hold too much cut up."""
        out: list[Clause] = []
        for clause in self.sentence.clauses:
            inside = self.mentions_in(clause)
            cuts = [clause.start, *(m.start for m in inside[_HELD::_HELD]), clause.end]
            out += [Clause(a, b) for a, b in pairwise(cuts)] if len(inside) > _HELD else [clause]
        return tuple(out)

    def mentions_in(self, clause: Clause) -> list[Mention]:
        """The mentions that a clause holds."""
        return self.mentions[bisect_left(self.mentions, clause.start, key=_start) : bisect_left(self.mentions, clause.end, key=_start)]

    def places_in(self, clause: Clause) -> list[Place]:
        """The places that a clause holds."""
        return self.places[bisect_left(self.places, clause.start, key=_start) : bisect_left(self.places, clause.end, key=_start)]

    def sizes_in(self, clause: Clause, kind: str = "length") -> list[Measurement]:
        """The measurements of one kind that a clause holds."""
        first, last = bisect_left(self.sizes, clause.start, key=_start), bisect_left(self.sizes, clause.end, key=_start)
        return [m for m in self.sizes[first:last] if m.kind == kind]


@dataclass(slots=True)
class Thread:
    """What has been spoken of so far."""

    shadows: dict[SourceName, str]
    linker: Linker
    place: Place | None = None
    """The place that the current line or label set: the topic."""
    since: int = -1
    """The sentence that set the topic by the way; it holds for the next one only. -1: a label set it, it holds until the next label."""
    labelled: bool = False
    """The sentence in hand has a label of its own that names a part ("S6: 19 mm")."""
    default_organ: str = ""
    """The one organ that the examination is of, if it is of one."""
    default_side: Laterality = "none"
    """The one side of it that is examined ("ultrasound of the right breast")."""
    turned: bool = False
    """The report has turned from the lesion in hand to something else."""
    section: tuple[SourceName, str] = field(default=("text", ""))

    def shadow(self, line: Line) -> str:
        """The folded text that the line stands in."""
        return self.shadows[line.sentence.source]

    def fits(self, track: Track, place: Place) -> bool:
        """Whether words about a place can be said of the track: a related organ, and not another part of its own."""
        return related(track, place.organ) and lesions.place_fit(track.place, place, self.linker.lexicon) >= 0

    def side(self, organ: str) -> Laterality:
        """The side that the topic sets for an organ."""
        if self.place and self.place.organ == organ and self.place.laterality != "none":
            return self.place.laterality
        return self.default_side if organ == self.default_organ else "none"

    def sided(self, place: Place) -> Place:
        """A place of a paired organ with the side of the topic, where it has none of its own: "Right breast: mass at 9 o'clock"."""
        if place.organ not in lesions.SIDED or place.laterality != "none":
            return place
        known = self.linker.lexicon.concepts
        if any(p in known and known[p].attrs.get("midline") for p in place.parts):
            return place
        return replace(place, laterality=self.side(place.organ))

    def home(self, names: list[Mention], own: list[Place]) -> Place | None:
        """The place of a name that says none itself: the line's label, the topic, or what the word implies."""
        if own:
            return None
        implied = next((n.concept.attrs["place"] for n in names if n.concept.attrs.get("place")), "")
        if self.place and (not implied or self.place.organ == implied):
            return self.place
        if implied:
            return Place(organ=implied, laterality=self.side(implied))
        return (
            Place(organ=self.default_organ, laterality=self.default_side)
            if self.default_organ and names and not lesions.entities(names)
            else None
        )
