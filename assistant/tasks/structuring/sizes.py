"""Sizes: which measurement is of which thing, and measurements that are findings of their own ("right lobe 48 x 18 x 16 mm")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.knowledge.lexicon import Lexicon
from assistant.reading.assertion import Judged
from assistant.report.facts import Concept, Measurement
from assistant.tasks.structuring.seen import Seer
from assistant.tasks.structuring.things import Line, Seen

_NOT_SIZES = frozenset({"distance", "depth", "solid_component", "lumen", "slice"})
_BREAK = re.compile(r"[,;:。，；]|\b(?:with|and|which|that|but)\b|伴|及")
_SIZED = re.compile(
    r"(?:measur\w*|size\w*|diameter|to|of|now|axis|is|was|大小|直径|短径|长径|径|约|宽|厚|大者|者|the largest)"
    r"\s*(?:约|为|of|about|approximately|up to|up)?\s*$"
)
_POINTS = re.compile(
    r"[\s-]*(?:it|this|these|they|which|the (?:largest|larger|lesion|nodule|mass)|largest|measur\w*|size|大小|直径|最大|较大|其|约|范围|长)"
)
_CHANNEL = frozenset(
    {
        "bile_duct",
        "artery",
        "aorta",
        "pulmonary_artery",
        "vein",
        "portal_vein",
        "pancreatic_duct",
        "ureter",
        "vessel",
        "spinal_canal",
        "inferior_vena_cava",
    }
)
_GREW_MM = 1.0
"""A difference of the longest axis that is called growth or shrinkage where the report only gives two sizes."""


def add_sizes(line: Line, previous: Line | None, seer: Seer, lexicon: Lexicon) -> None:
    """Gives the lengths of a sentence to its things; what is left over becomes the measurement of an organ or of the thing before."""
    shadow = seer.shadow
    things = [s for s in line.seen if not s.is_normal and s.judged.assertion != "absent"]
    for size in line.sizes:
        if size.kind not in ("length", "volume") or size.role in _NOT_SIZES or not size.values:
            continue
        if size.kind == "volume":
            if not things:
                _measured(line, size, seer, lexicon, "volume")
            continue
        owner = _owner(shadow, size, things, line.sizes, chinese=line.chinese)
        if size.bound.startswith("<"):
            continue  # "all below 10 mm" is a limit, not a size
        if owner is None and not any(p.words for p in line.places if p.start < size.start) and _POINTS.match(shadow, line.sentence.start):
            owner = _carried(line, previous)
        if owner is None:
            if not size.is_prior and not any(s.clause.start <= size.start < s.clause.end for s in things):
                _measured(line, size, seer, lexicon, "")
        elif size.is_prior and owner.judged.assertion != "historical":
            _compare(owner, size)
        elif owner.size is None:
            _give(line, owner, size)
    for seen in things:
        _compare_all(seen, line.sizes)


def _owner(shadow: str, size: Measurement, things: Sequence[Seen], sizes: Sequence[Measurement], *, chinese: bool) -> Seen | None:
    before = [s for s in things if s.end <= size.start]
    after = [s for s in things if s.start >= size.end]
    last = before[-1] if before else None
    if after and not size.is_prior:
        gap = shadow[size.end : after[0].start]
        reach = 14 if chinese else 48
        crowded = any(size.end <= m.start < after[0].start and m.kind == "length" for m in sizes)
        if len(gap) <= reach and not _BREAK.search(gap) and not crowded:
            sized = last is not None and last.clause.start == after[0].clause.start and _SIZED.search(shadow, last.end, size.start)
            if last is None or last.size is not None or not sized:
                return after[0]
    return last


def _carried(line: Line, previous: Line | None) -> Seen | None:
    """The last thing of the sentence before, where this one has neither thing nor place: "It measures 12 mm."."""
    if previous is None or line.seen or previous.sentence.section != line.sentence.section:
        return None
    things = [s for s in previous.seen if not s.is_normal and s.judged.assertion != "absent" and s.size is None]
    return things[-1] if things else None


def _give(line: Line, owner: Seen, size: Measurement) -> None:
    owner.size = size
    clause = next((c for c in line.sentence.clauses if c.start <= size.start < c.end), None)
    if clause is not None and (clause.start != owner.clause.start or owner.sentence != line.index):
        owner.evidence.append((clause.start, clause.end))


def _compare(owner: Seen, earlier: Measurement) -> None:
    if owner.size is None or owner.change is not None:
        return
    difference = max(owner.size.values) - max(earlier.values)
    owner.change = "larger" if difference >= _GREW_MM else "smaller" if difference <= -_GREW_MM else "stable"


def _compare_all(seen: Seen, sizes: Sequence[Measurement]) -> None:
    """A size before its earlier value in the text is compared even where the earlier one came first."""
    if seen.size is None or seen.change is not None:
        return
    earlier = [m for m in sizes if m.is_prior and m.kind == "length" and seen.clause.start <= m.start and m.values]
    if len(earlier) == 1 and abs(earlier[0].start - seen.size.start) < 120:
        _compare(seen, earlier[0])


def _measured(line: Line, size: Measurement, seer: Seer, lexicon: Lexicon, dimension: str) -> None:
    """An organ's dimension as a finding; a lesion where the lines before speak of several."""
    clause = next((c for c in line.sentence.clauses if c.start <= size.start < c.end), line.sentence.clauses[0])
    named = [p for p in line.places if p.words and p.start < size.start]
    places = [p for p in named if p.start >= clause.start] or named
    places = places or seer.labelled(line.sentence, line.places)
    if not places or any(s.measured and s.clause.start == clause.start for s in line.seen):
        return
    place = seer.resolved(places[-1])
    where = seer.anatomy_of(place)
    if where is None:
        return
    if (topic := seer.plural) is not None and topic.sentence != line.index and not dimension:
        # "Two lesions. Right base 12 mm. Left apex 7 mm.": each size is one of them.
        made = Seen(topic.concept, topic.ids, [(place.start, place.end)], clause, line.index, line.sentence.section, Judged(), place, where)
        made.laterality, made.size, made.named_by = place.laterality, size, topic.spans
        topic.told_apart = True
        line.seen.append(made)
        return
    word = next((m for m in line.mentions if m.concept.attrs.get("dimension") and clause.start <= m.start <= size.start), None)
    kind = dimension or (word.concept.attrs["dimension"] if word else "") or "size"
    if kind == "size" and place.organ in _CHANNEL:
        kind = "calibre"
    start = word.start if word else place.start
    concept = Concept(f"{kind}_of_organ", "observation", {}, frozenset({f"{kind}_of_organ"}))
    seen = Seen(
        concept,
        (f"{kind}_of_organ",),
        [(start, word.end if word else place.end)],
        clause,
        line.index,
        line.sentence.section,
        Judged(),
        place,
        where,
    )
    seen.laterality, seen.measured = place.laterality, kind
    if size.kind == "length":
        seen.size = size
    line.seen.append(seen)
    line.seen.sort(key=lambda s: s.start)


def axes(size: Measurement | None) -> tuple[float, ...]:
    """The axes in mm, longest first; of a range the upper bound."""
    if size is None:
        return ()
    values = sorted((round(v, 1) for v in size.values), reverse=True)
    return tuple(values[:1] if size.is_range else values)
