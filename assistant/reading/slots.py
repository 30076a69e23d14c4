"""Slots: which lesions a clause names, each with its words, place and sizes, before it is known which of them are old acquaintances."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from assistant.reading import lesions
from assistant.reading.frames import Statement
from assistant.reading.lesions import Slot, is_lesion_name, related
from assistant.reading.place_sets import in_lung, merge_same, nearest, union
from assistant.reading.thread import FOLLOWED, Line, Thread
from assistant.report.facts import Clause, Measurement, Mention, Place
from assistant.report.findings import Laterality

_POINTERS = frozenset({"larger", "smaller", "former", "latter"})
_MANY = frozenset({"multiple", "several", "few", "many", "innumerable", "numerous", "scattered"})
_THEN = re.compile(
    r"\b(?:on|at|in|by) (?:the |that )?(?:previous|prior|earlier|last|preceding|old|outside|baseline)\b"
    r"[^.;]{0,40}\b(?:was|were|measured|had)\b"
    r"|\bhad (?:been|measured)\b|(?:前片|前次|上次|既往|原片|旧片)[^。;,]{0,12}(?:约|为|大小|直径)"
)
"""A clause about an earlier examination: its sizes are earlier sizes."""
_NO_PRIOR = re.compile(r"\bno (?:prior|previous)|\bnow\b|今|本次|现")
_GROWTHS = frozenset({"tumour", "mass", "malignancy"})
_VESSELS = frozenset({"vessel", "aorta", "inferior_vena_cava"})
_INTO = re.compile(
    r"\b(?:inva\w+|infiltrat\w+|involv\w+|abut\w*|contact\w*|encas\w+|touch\w*|extend\w*|extension|reach\w*|adjacent|inseparable|toward)\b[^,.;]*$"
)
_COMMA = re.compile(r"[,;]")
_AND = re.compile(r"\band\b|及|和|、|,|;")
_LARGEST = re.compile(r"(?:largest|biggest|larger|maximum|dominant)\b[^,;.]*$|(?:最大|较大|大者|大的|大小为)[^,;]{0,4}$")
_PLURAL = re.compile(r"(?:nodules|lesions|masses|foci|cysts|observations|opacities|metastases|nodes)$")
_PREDICATE = re.compile(
    r"\W*(?:(?:it|this|these|the (?:lesion|nodule|appearance|appearances|features|findings))\b"
    r"|考虑|符合|为|系|是|提示|首先考虑|倾向|诊断|应为|多为)"
)
"""A clause that says what the lesion in hand is ("this is a haemangioma", 考虑血管瘤)."""
_IT_IS = re.compile(r"\b(?:it|this) (?:is|was|appears as|represents|corresponds to|manifests as|forms) (?:an? |the )?(?:[\w-]+[, ]+){0,6}$")
"""Before a name: the lesion in hand is called by another name ("on T2 it is a circumscribed focus")."""
_SIDE_FIRST = re.compile(
    r"\W*(?:(left|right)(?: side| one| mass| lesion)?\s*(?:[:,(]|(?=\d)|measures|is\b|about)"
    r"|([左右])侧?(?:者|肿块|肿物|包块|病灶)?(?:大小)?[:,约为]*(?=\d|[:]))"
)
_PAIRED = frozenset({"ovary", "adnexa", "fallopian_tube", "kidney", "breast", "adrenal_gland"})
_INSIDE = re.compile(r"\W*(?:其|囊|瘤|腔|病灶|肿块|包块|肿物|囊肿)?内(?:部|壁)?(?:可|未|隐约|局部|部分)?(?:见|示|探及)")
_OTHERS = re.compile(r"(?:\b(?:other|background|surrounding|remaining|neighbou?ring)\s*(?:\w+\s*)?|其他|其余|其它|余)$")
"""Before a name: what the lesion is compared with, not a lesion of its own."""


_BESIDE = re.compile(
    r"\b(?:(?:in)?separable|distinguishable|indistinct|contiguous|continuous|fused|conglomerate) (?:from|with)\b[^,;]{0,40}$"
)
"""Before nodes: what a tumour merges with is not the tumour."""


@dataclass(slots=True)
class _Clause:
    """What a clause holds that bears on which lesions it names."""

    clause: Clause
    line: Line
    said: Sequence[Statement]
    shadow: str
    places: list[Place]
    names: list[Mention]
    sizes: list[Measurement]
    cues: set[str]
    number: str

    @property
    def now(self) -> list[Measurement]:
        """Sizes of this examination, of whole lesions."""
        return [m for m in self.sizes if not m.is_prior and m.role not in lesions.PART_ROLES]

    @property
    def pointer(self) -> str:
        """ "The larger", "the latter" where the clause says so."""
        return next((c for c in self.cues if c in _POINTERS), "")


def find_slots(thread: Thread, line: Line, clause: Clause, said: Sequence[Statement]) -> list[Slot]:
    """The lesions that a clause names, or leaves to be understood from a part with a size ("S6: 19 mm")."""
    sentence = line.sentence
    if sentence.source == "exam" or (sentence.section == "exam" and not any(m.kind == "length" for m in line.sizes)):
        return []
    it = _gathered(thread, line, clause, said)
    parts: list[Place] = []
    side = _side_label(thread, line, clause)
    if side is not None and not it.names and it.now:
        parts = it.places = [side]  # "Bilateral adnexal masses. Left 92 mm: ..., Right 41 mm: ..."
    elif not it.names:
        parts = [p for p in it.places if p.parts and p.organ in FOLLOWED]
        if not parts and thread.labelled and thread.place and thread.place.parts and thread.place.organ in FOLLOWED:
            parts = [thread.place]
        if _whole(thread, it, parts) or (not _understood(it, parts) and not (it.number and it.number in thread.linker.numbers)):
            return []
    if not lesions.entities(it.names):
        it.places = [in_lung(p) for p in it.places]
    if _THEN.search(it.shadow, clause.start, clause.end) and not _NO_PRIOR.search(it.shadow, clause.start, clause.end):
        months = next((m.values[0] for m in line.sizes_in(clause, "interval") if m.values), None)
        it.sizes = [m if m.is_prior else replace(m, is_prior=True, months_before=m.months_before or months) for m in it.sizes]
    if it.names and all(n.concept.parents & _GROWTHS for n in it.names) and thread.default_organ:
        # "the tumour involves the hepatic artery, with invasion of the duodenum" lies in neither
        it.places = [
            p
            for p in it.places
            if p.organ not in _VESSELS
            and (p.organ == thread.default_organ or not _INTO.search(it.shadow, max(clause.start, p.start - 40), p.start))
        ]
    if side is not None and it.names:
        it.places = [
            replace(p, laterality=side.laterality) if p.laterality == "none" and lesions.same_organ(p.organ, side.organ) else p
            for p in it.places
        ] or [side]
    own = [thread.sided(p) for p in ([p for p in it.places if p.parts] or it.places)]
    if thread.labelled and thread.place:
        # "PZ: right base, 8 mm": a level says little, the zone before the colon says the rest
        own = [
            union([thread.place, p]) or p if lesions.loose(p, thread.linker.lexicon) and p.organ == thread.place.organ else p for p in own
        ]
    home = thread.home(it.names, own) if it.names or parts or it.number else None
    slots = _shared_out(it, own, home)
    for slot in slots:
        _describe(slot, it, thread, len(slots))
    return slots


def _side_label(thread: Thread, line: Line, clause: Clause) -> Place | None:
    """The side that a line begins with where the report speaks of a paired organ ("Right: dilated tube", 左侧约92mm)."""
    found = _SIDE_FIRST.match(thread.shadow(line), line.sentence.start)
    if found is None or clause.start > found.end() or not thread.linker.tracks:
        return None
    organ = next((t.organ for t in reversed(thread.linker.tracks) if t.organ), "")
    side: Laterality = "left" if (found.group(1) or found.group(2)) in ("left", "左") else "right"
    if organ not in _PAIRED:
        return None
    return Place(organ=organ, laterality=side, words=found.group().strip(), start=found.start(), end=found.end())


def _gathered(thread: Thread, line: Line, clause: Clause, said: Sequence[Statement]) -> _Clause:
    sentence, shadow = line.sentence, thread.shadow(line)
    places = [p for p in line.places_in(clause) if p.organ]
    names = [
        s.head
        for s in said
        if is_lesion_name(s.head)
        and line.told(s.head)
        and not _OTHERS.search(shadow, max(0, s.head.start - 14), s.head.start)
        and not (s.head.concept.is_a("lymph_node") and _BESIDE.search(shadow, clause.start, s.head.start))
    ]
    unseen = next((m.end for m in line.mentions_in(clause) if m.concept.attrs.get("names") == "current"), None)
    if unseen is not None:
        names = [n for n in names if n.start < unseen]  # 既往CT未见结节 speaks of the nodule in hand
    current = thread.linker.current
    if names and places and current and not any(related(t, p.organ) for t in current for p in places):
        # "soft tissue in the portal vein in continuity with the mass" speaks of the vein and only points at the mass
        names = [n for n in names if not lesions.is_definite(shadow, clause.start, n, sentence.language)]
    if current and _INSIDE.match(shadow, clause.start):
        names = []  # 内见团块状强回声 tells what the lesion in hand contains
    sizes = [m for m in line.sizes_in(clause) if not any(p.start <= m.start < p.end for p in places)]
    cues = {m.concept.attrs.get("type", "") for m in line.mentions_in(clause) if m.kind == "cue"}
    number = lesions.label_number(shadow, sentence.start, clause.end) if clause.start <= sentence.clauses[0].start else ""
    return _Clause(clause, line, said, shadow, places, names, part_roles(sizes, said), cues, number)


def _whole(thread: Thread, it: _Clause, parts: list[Place]) -> bool:
    """Whether the sizes are those of a whole lobe and not of something in it ("right lobe 48 x 18 x 16 mm")."""
    known = thread.linker.lexicon.concepts
    lobes = bool(parts) and all(known[q].attrs.get("lobe") for p in parts for q in p.parts if q in known)
    return lobes and not any(s.head.concept.attrs.get("makes_lesion") for s in it.said)


def _understood(it: _Clause, parts: list[Place]) -> bool:
    """Whether a clause that names no lesion is about one all the same."""
    first = it.sizes[0].start if it.sizes else it.clause.start
    others = any(
        s.head.kind == "observation"
        and not is_lesion_name(s.head)
        and not s.head.concept.is_a("opacity")
        and not _COMMA.search(it.shadow, min(first, s.head.start), max(first, s.head.start))
        for s in it.said
    )
    denied = any(is_lesion_name(s.head) and not it.line.told(s.head) for s in it.said)
    sized = (parts and (it.sizes or it.number)) or (it.number and (it.sizes or it.said))
    return bool((sized and not others and not denied) or (it.pointer and (it.sizes or parts or it.said)))


def _shared_out(it: _Clause, own: list[Place], home: Place | None) -> list[Slot]:
    """One slot, or one for each place or name where the clause speaks of several lesions."""
    span = it.clause.start, it.clause.end
    distinct = merge_same(own)
    apart = len(distinct) >= 2 and any(
        s.head.kind == "treatment" and distinct[0].end <= s.head.start <= distinct[-1].start for s in it.said
    )  # "HCC in segment VI (ablated) and segment VIII (TACE)"
    if len(distinct) >= 2 and (len(it.now) >= 2 or len(it.names) >= 2 or apart or "distributive" in it.cues):
        slots = [Slot(place=p, start=span[0], end=span[1]) for p in distinct]
        each = len(it.now) == len(slots)
        for n, size in enumerate(it.sizes):
            slots[n if each and not size.is_prior and n < len(slots) else nearest(size.start, distinct)].sizes.append(size)
        for n, name in enumerate(it.names):
            if len(it.names) == 1:
                for slot in slots:
                    slot.names.append(name)
            else:
                slots[n if len(it.names) == len(slots) else nearest(name.start, distinct)].names.append(name)
        return slots
    if len(it.names) >= 2 and len(it.now) == len(it.names) and "the_larger" not in it.cues and _joined(it.shadow, it.names):
        place = union(own) or home
        return [Slot(names=[n], place=place, sizes=[s], start=span[0], end=span[1]) for n, s in zip(it.names, it.now, strict=True)]
    return [Slot(names=list(it.names), place=union(distinct) or home, sizes=it.sizes, start=span[0], end=span[1])]


def _describe(slot: Slot, it: _Clause, thread: Thread, slots: int) -> None:
    start = it.clause.start
    first = slot.names[0] if slot.names else None
    slot.definite = bool(first and lesions.is_definite(it.shadow, start, first, it.line.sentence.language))
    slot.another = "another" in it.cues
    slot.predicate = bool(
        first
        and not thread.turned
        and (
            (lesions.entities(slot.names) and _PREDICATE.match(it.shadow, start))
            or _IT_IS.search(it.shadow, max(start, first.start - 120), first.start)
        )
    )
    slot.larger = it.pointer
    if not slot.larger and slot.sizes and _LARGEST.search(it.shadow, max(start, slot.sizes[0].start - 16), slot.sizes[0].start):
        slot.larger = "larger"
    slot.number = it.number if slots == 1 else ""
    slot.count = _count(it, slots)
    slot.background = any(m.id == "background_nodules" for m in it.line.mentions_in(it.clause))


def _count(it: _Clause, slots: int) -> int | None:
    """How many lesions one slot stands for; None: several, not said how many."""
    if slots > 1:
        return 1
    places = it.line.places_in(it.clause)
    written = [m for m in it.line.sizes_in(it.clause, "count") if m.values]
    counted = next((m for m in written if not any(p.start <= m.start < p.end for p in places)), None)
    if counted is not None:
        return max(1, int(counted.values[-1]))
    for word in it.line.mentions_in(it.clause):
        if word.kind != "count":
            continue
        number = word.concept.attrs.get("number", "")
        if number.isdigit():
            return int(number)
        if number or word.concept.attrs.get("count") in _MANY or word.id in _MANY:
            return None
    plural = any(_PLURAL.search(it.shadow, n.start, n.end) for n in it.names) or any("lungs_both" in p.parts for p in places)
    return None if plural and it.names and it.line.sentence.section != "impression" else 1


def _joined(shadow: str, names: Sequence[Mention]) -> bool:
    return all(_AND.search(shadow, one.end, two.start) for one, two in pairwise(names))


def part_roles(sizes: list[Measurement], said: Sequence[Statement]) -> list[Measurement]:
    """A size right after "solid component" is the component's, whatever else it is called (mean, long axis)."""
    parts = [s.head.end for s in said if s.head.id.startswith("solid_component")]
    names = [s.head.end for s in said if is_lesion_name(s.head)]
    out = []
    for m in sizes:
        last = max((e for e in parts if e <= m.start), default=-1)
        name = max((e for e in names if e <= m.start), default=-1)
        mine = last > name and m.start - last <= 30
        if m.role == "solid_component" and 0 <= last < name:
            m = replace(m, role="")  # 伴实性成分的磨玻璃结节(1.9cm)
        before = any(s.head.id == "solid_component" and 0 <= s.head.start - m.end <= 1 for s in said)
        out.append(replace(m, role="solid_component") if mine or before else m)
    return out
