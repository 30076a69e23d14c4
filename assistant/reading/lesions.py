"""Lesions: mentions of focal things linked across sentences and sections into tracks.

A mention joins a track by place, size, number, pronoun or section; where two tracks fit equally the link is left open
(`uncertain_link`) and nothing is decided on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assistant.knowledge.lexicon import Lexicon
from assistant.report.facts import Measurement, Mention, Place, SizeAt, Track
from assistant.report.text import Report, SourceName

_SIZE_TOLERANCE_MM = 1.5
_MERGE, _REJECT, _SAME_PART = 2.0, -9.0, 3.0
_TRACKS_MAX = 60
"""No report follows more lesions one by one; text that names more is left unlinked beyond it."""
NEAR = {"lung": frozenset({"pleura", "bronchus", "airway", "fissure", "diaphragm", "trachea", "airways"})}
"""Organs that are said of a lesion's surroundings rather than of something else."""
_ONE = {"adnexa": "ovary", "fallopian_tube": "ovary"}
"""Organs that reports use for one another: a cyst of the left adnexa is the one of the left ovary."""

_SIDE_TELLS = frozenset({"ovary", "adnexa", "fallopian_tube"})
"""Organs so small that the side alone says which lesion is meant."""


def same_organ(one: str, other: str) -> bool:
    """Whether two names of organs can be of the same place."""
    return _ONE.get(one, one) == _ONE.get(other, other)


SIDED = frozenset({"thyroid", "breast"})
"""Organs whose parts (upper pole, 3 o'clock) are there on both sides: only the side tells them apart."""


@dataclass(slots=True)
class Slot:
    """One lesion that a clause names: its words, place, sizes."""

    names: list[Mention] = field(default_factory=list)
    place: Place | None = None
    sizes: list[Measurement] = field(default_factory=list)
    definite: bool = False
    another: bool = False
    predicate: bool = False
    """The clause says what the lesion in hand is."""
    larger: str = ""
    number: str = ""
    count: int | None = 1
    background: bool = False
    start: int = 0
    end: int = 0


def is_lesion_name(mention: Mention) -> bool:
    """Whether the mention names something focal that is followed as a lesion."""
    concept = mention.concept
    return mention.kind == "observation" and (concept.attrs.get("focal") == "true" or not concept.parents.isdisjoint(_FOCAL))


_FOCAL = frozenset({"focal", "lesion", "malignancy", "carcinoma", "tumour"})
_ENTITIES = frozenset({"benign_entity", "lymph_node", "polyp", "calculus", "cyst", "haemangioma", "calcification"})


def entities(names: Iterable[Mention]) -> set[str]:
    """What the names say that the thing is, where they say more than nodule, mass, lesion or cancer."""
    named = {n.id for n in names if n.concept.attrs.get("benign") == "true" or not n.concept.parents.isdisjoint(_ENTITIES)}
    return named | {"cyst" for n in names if n.concept.is_a("cyst")}


def place_fit(one: Place | None, other: Place | None, lexicon: Lexicon) -> float:
    """How well two places can be the same: 3 same part, 2 one within the other, 0 unknown, -9 apart."""
    if one is None or other is None or not one.organ or not other.organ:
        return 0.0
    if not same_organ(one.organ, other.organ):
        return _REJECT
    if one.organ in SIDED and {one.laterality, other.laterality} == {"left", "right"}:
        return _REJECT
    if one.organ in SIDED and {one.laterality, other.laterality} == {"left", "right"}:
        return _REJECT
    mine, theirs = _firm(one, lexicon), _firm(other, lexicon)
    if _apart(mine, theirs, lexicon):
        return _REJECT
    if one.organ in SIDED and one.laterality == other.laterality and one.laterality in ("left", "right"):
        return 3.0 if _facets(mine, lexicon) & _facets(theirs, lexicon) else 2.0
    if not mine or not theirs:
        if one.parts & other.parts or (one.laterality == other.laterality != "none" and one.organ in _SIDE_TELLS):
            return 2.0
        return 0.0 if "none" in (one.laterality, other.laterality) or one.laterality == other.laterality else _REJECT
    if mine & theirs:
        return 3.0
    return 2.0 if _wider(mine, lexicon) & theirs or _wider(theirs, lexicon) & mine else _REJECT


def _apart(mine: set[str], theirs: set[str], lexicon: Lexicon) -> bool:
    """Whether both name the same facet (level, hour, quadrant) and differ in it."""
    facets = {f for p in mine if (f := lexicon.concepts[p].attrs.get("facet"))}
    return any(
        there and not there & {p for p in mine if lexicon.concepts[p].attrs.get("facet") == facet}
        for facet in facets
        for there in ({p for p in theirs if lexicon.concepts[p].attrs.get("facet") == facet},)
    )


def _facets(parts: set[str], lexicon: Lexicon) -> set[str]:
    return {p for p in parts if lexicon.concepts[p].attrs.get("facet")}


def _wider(parts: set[str], lexicon: Lexicon) -> set[str]:
    return {a for p in parts for a in lexicon.concepts[p].parents}


def _firm(place: Place, lexicon: Lexicon) -> set[str]:
    """The most specific parts that exclude one another; a dome or a capsule says little."""
    known = {p for p in place.parts if p in lexicon.concepts}
    outer = {a for p in known for a in lexicon.concepts[p].parents if a != p}
    return {p for p in known - outer if lexicon.concepts[p].attrs.get("loose") != "true"}


def loose(place: Place, lexicon: Lexicon) -> bool:
    """Whether a place has only parts that do not exclude others (a level, a surface)."""
    return bool(place.parts) and not _firm(place, lexicon)


def _nodes(slot: Slot) -> bool:
    return bool(slot.names) and all(n.concept.is_a("lymph_node") for n in slot.names)


class Linker:
    """Builds tracks from slots in reading order."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.tracks: list[Track] = []
        self.current: list[Track] = []
        self.numbers: dict[str, Track] = {}

    def resolve(self, slot: Slot, source: SourceName, section: str, same_sentence: bool) -> Track | None:
        """The track that a slot is about; a new one where nothing fits; None where two fit equally well."""
        if slot.number and slot.number in self.numbers:
            return self.numbers[slot.number]
        slot.another = slot.another or bool(slot.number and self.numbers)  # the first "lesion 2" after a lesion 1
        organ = slot.place.organ if slot.place else ""
        specific = bool(slot.place and slot.place.parts)
        alive = [t for t in self.tracks if not organ or not t.organ or same_organ(t.organ, organ)]
        pointed = self._pointed(slot, alive, specific, same_sentence) or (self._foretold(slot, specific) if source == "text" else None)
        if pointed is not None:
            return pointed
        if slot.definite and not specific and not slot.another:
            here = [t for t in self.current if t in alive and not self._clash(t, slot) and not self._renames(t, slot)]
            if here:
                return here[-1]
        if slot.larger and not slot.names and not specific and self.current:
            return self.current[-1]
        scored = sorted(((self._score(t, slot, section), n, t) for n, t in enumerate(alive)), key=lambda s: (-s[0], s[1]))
        if scored and scored[0][0] >= _MERGE:
            tie = len(scored) > 1 and scored[1][0] == scored[0][0] and section == "impression" and not specific
            return None if tie else scored[0][2]
        if section == "impression" and not specific and not slot.another:
            fits = [t for s, _, t in scored if (s > -1.0 and not t.sizes) or s >= 0.0]
            fits = [t for t in fits if (not organ or same_organ(t.organ, organ)) and not self._renames(t, slot)]
            if fits:
                return fits[0] if len(fits) == 1 else None
        return self.open(slot) if len(self.tracks) < _TRACKS_MAX else None

    def _pointed(self, slot: Slot, alive: Sequence[Track], specific: bool, same_sentence: bool) -> Track | None:
        """The track that the words point at: "this is a cyst", "the latter", "the larger one"."""
        if slot.larger in ("former", "latter") and len(self.tracks) >= 2:
            return self.tracks[-2] if slot.larger == "former" else self.tracks[-1]
        if not self.current:
            return None
        last = self.current[-1]
        if slot.predicate and not specific and not slot.sizes:
            return last
        if slot.larger in ("larger", "smaller") and not specific:
            peers = [t for t in alive if t.organ == last.organ and t.sizes]
            if last.count != 1:
                return last
            if len(peers) > 1 and not slot.sizes:
                return (max if slot.larger == "larger" else min)(peers, key=lambda t: max(t.sizes[-1].axes_mm, default=0.0))
        if slot.larger == "larger" and last.count != 1 and last.organ in ("", slot.place.organ if slot.place else ""):
            return last
        if _nodes(slot) and last.organ not in ("", "lymph_node"):
            return None  # "head carcinoma with venous contact; nodal disease"
        return last if same_sentence and not specific and not slot.sizes and not slot.another else None

    def _foretold(self, slot: Slot, specific: bool) -> Track | None:
        """ "The treated lesion", where the indication says which."""
        organ = slot.place.organ if slot.place else ""
        asked = [t for t in self.tracks if t.sections <= {"indication"} and (not t.organ or same_organ(t.organ, organ or t.organ))]
        waiting = [t for t in asked if t.place and t.place.parts]
        told = any(t for t in self.tracks if not t.sections <= {"indication"} and t.organ == (organ or t.organ))
        if specific or told or len(waiting) != 1 or self._clash(waiting[0], slot) or entities(slot.names):
            return None
        return waiting[0]

    def _size_fit(self, track: Track, slot: Slot) -> float:
        """2 where a size agrees, -2 where sizes disagree, 0 where one is not known."""
        now = [m.values for m in slot.sizes if not m.is_prior and m.kind == "length" and m.role not in PART_ROLES]
        if not now or not track.sizes:
            return 0.0
        for axes in now:
            for size in track.sizes:
                if size.is_prior:
                    continue
                both = (max(axes), sum(axes) / len(axes))
                if any(abs(a - b) <= _SIZE_TOLERANCE_MM for a in both for b in (max(size.axes_mm), sum(size.axes_mm) / len(size.axes_mm))):
                    return 2.0
        return -2.0

    def _score(self, track: Track, slot: Slot, section: str) -> float:
        score = place_fit(track.place, slot.place, self.lexicon)
        if score <= _REJECT:
            return score
        if track.kinds and _nodes(slot) and not any("lymph" in kind for kind in track.kinds):
            return _REJECT  # a node behind the pancreatic head is not the tumour of the head
        if score == 0.0 and section != "impression" and not slot.definite and slot.place and slot.place.parts:
            return _REJECT  # only the size agrees: "9 x 7 mm nodule" and, elsewhere, "7 mm cyst"
        if score < _SAME_PART and not slot.definite and self._renames(track, slot) and (track.kinds or track.sizes):
            return _REJECT  # "a shunt in the right lobe" after a lesion of segment 5: another thing, not what the lesion is
        score += self._size_fit(track, slot)
        if self._clash(track, slot):
            score -= 2.0
        elif entities(slot.names) & track.entities:
            score += 0.5
        elif (
            track.organ in SIDED and section != "impression" and slot.names and entities(slot.names) and not track.entities and track.kinds
        ):
            score -= 1.0  # "left breast: mass at 3 o'clock, cyst": two things
        if slot.another or (slot.count != 1 and track.count == 1):
            score -= 2.0
        if slot.definite and track in self.current:
            score += 1.0
        return score

    @staticmethod
    def _renames(track: Track, slot: Slot) -> bool:
        """Whether the names would make something else of a track: "liver cyst" said after a nodule is another thing."""
        mine = entities(slot.names)
        return bool(mine) and not mine & track.entities

    @staticmethod
    def _clash(track: Track, slot: Slot) -> bool:
        """Whether the names cannot be of the same thing: a cyst and a haemangioma, a cyst and a cancer."""
        mine = entities(slot.names)
        cancer = any(n.concept.is_a("malignancy") or n.id == "tumour" for n in slot.names)
        return bool(track.entities) and (bool(mine and not mine & track.entities) or (cancer and not mine))

    def open(self, slot: Slot) -> Track:
        """A new track for a slot."""
        organ = slot.place.organ if slot.place else ""
        if not organ:
            organ = next((n.concept.attrs["place"] for n in slot.names if n.concept.attrs.get("place")), "")
        track = Track(id=f"L{len(self.tracks) + 1}", organ=organ, place=None, count=slot.count)
        self.tracks.append(track)
        if slot.number:
            self.numbers[slot.number] = track
        return track


PART_ROLES = frozenset({"solid_component", "wall", "distance", "thickness", "depth", "short_axis", "lumen"})


def _without_nodes(names: Sequence[Mention]) -> Sequence[Mention]:
    """ "Right lower lobe tumour and hilar node": the tumour is no node."""
    if any(n.concept.is_a("tumour") or n.concept.is_a("mass") or n.concept.is_a("carcinoma") for n in names):
        return [n for n in names if not n.concept.is_a("lymph_node")]
    return names


def absorb(track: Track, slot: Slot, source: SourceName, section: str) -> None:
    """Adds to a track what a slot says of it."""
    track.kinds |= {n.id for n in _without_nodes(slot.names)}
    track.entities |= entities(_without_nodes(slot.names))
    if slot.names and track.named is None:
        track.named = source, slot.names[0].start, slot.names[0].end
    if slot.place and (track.place is None or (not track.place.parts and slot.place.parts)):
        track.place, track.located = slot.place, source
        track.organ = track.organ or slot.place.organ
    if slot.count != 1 and track.count == 1 and not track.sizes:
        track.count = slot.count
    if slot.background:
        track.kinds.add("background_nodules")
    track.mentions.append((source, slot.start, slot.end))
    track.sections.add(section if source == "text" else source)
    for size in slot.sizes:
        add_size(track, size, source)


def add_size(track: Track, size: Measurement, source: SourceName) -> None:
    """Adds a length to the track's sizes, once."""
    if size.kind != "length" or not size.values or size.role in ("distance", "depth"):
        return
    axes = tuple(sorted(size.values, reverse=True))
    entry = SizeAt(axes, size.months_before, size.date, size.start, size.end, source, size.role, size.is_prior)
    if not any((s.start, s.source) == (entry.start, entry.source) for s in track.sizes):
        track.sizes.append(entry)


def related(track: Track, organ: str) -> bool:
    """Whether words about that organ can be said of the track."""
    return not organ or not track.organ or same_organ(organ, track.organ) or organ in NEAR.get(track.organ, ())


_LABEL = re.compile(
    r"(?:^|[\s(:.])(?:(?:lesion|nodule|observation|target|mass|finding|number|no\.?)\s*#?\s*|#\s*|(?:病灶|结节|病变|肿块)\s*)([1-9]|[a-e])(?![\w.]|\s*(?:mm|cm|x))"
    r"|^\W*([a-e])(?:[.):]\s|\s(?:is|was|measures|and)\b)"
    r"|^\W*(?:the )?(first|second|third|fourth|fifth)\b(?! (?:study|exam|scan|screen|round|phase|rib|ct|mri|time|part|portion|look))"
)
_ORDINALS = {"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5"}
_DETERMINER = re.compile(
    r"\b(the|this|that|these|those|its|said|aforementioned|an?|one|another|second|third|further|new|two|three|four|several|multiple)\b"
)
_DEFINITE = frozenset({"the", "this", "that", "these", "those", "its", "said", "aforementioned"})
_ZH_OPENS = re.compile(r"单发|多发|孤立|弥漫|见|示|有|发现|探及|新发|出现|存在|一|两|多")
_ZH_TO = re.compile(r"(?:与|同|和|及|自|于|由)(?:肝内|原|主|上述|邻近|其)?$")
_ZH_POINTS = re.compile(r"该|此|上述|其|所述|两")


def is_definite(shadow: str, clause_start: int, name: Mention, language: str) -> bool:
    """Whether the words before a name point back ("the nodule", 该结节) rather than introduce ("a nodule", 见结节)."""
    before = shadow[clause_start : name.start]
    if language == "zh":
        before = before[max(before.rfind(","), before.rfind(";"), before.rfind(":")) + 1 :].strip()
        return bool(_ZH_POINTS.search(before[-6:])) or not _ZH_OPENS.search(before) or bool(_ZH_TO.search(before))
    found = _DETERMINER.findall(before)
    return bool(found) and found[-1] in _DEFINITE


def label_number(shadow: str, start: int, end: int) -> str:
    """The number or letter by which the report itself calls a lesion ("lesion 2", "#1", 病灶3), or ""."""
    found = _LABEL.search(shadow[start:end])
    if not found:
        return ""
    return found.group(1) or found.group(2) or _ORDINALS[found.group(3)]


def label(track: Track, report: Report, language: str) -> str:
    """What the report calls a lesion: where it is and what it is, in the report's own words."""
    place, words = track.place, []
    if place is not None and 0 <= place.start < place.end:
        words.append(" ".join(report.source(track.located)[place.start : place.end].split()))
    if track.named is not None and not (place and track.named[0] == track.located and place.start <= track.named[1] < place.end):
        words.append(report.source(track.named[0])[track.named[1] : track.named[2]])
    return ("" if language == "zh" else " ").join(words) or track.id


def unique(tracks: Iterable[Track]) -> list[Track]:
    """Each track once, in order."""
    return list({t.id: t for t in tracks}.values())
