"""Reading to categories: which guidelines apply, what the report says of their inputs, and what the tables make of it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.knowledge import decide as engine
from assistant.knowledge.catalogue import Catalogue
from assistant.knowledge.decide import Decision, Filled
from assistant.knowledge.guideline import Guideline, Input
from assistant.knowledge.moves import moves
from assistant.knowledge.predicates import LesionRules, ReadRule, When
from assistant.knowledge.rows import shown_label
from assistant.knowledge.shelf import guideline
from assistant.knowledge.stated import chosen_by_letters, find_stated
from assistant.readers.fitting import lesion_refused, offer_refused
from assistant.readers.rules import FrameIndex, Views, claim
from assistant.reading.exam import current_size, exam_facts, lesion_facts, total_count
from assistant.reading.organs import said_of
from assistant.reading.spread import spread
from assistant.report.facts import Reading, SizeAt, Track
from assistant.report.results import Category, Claim, InputReading, LesionRef, Value, WhatIf, WouldChange
from assistant.report.text import Evidence


@dataclass(slots=True)
class _Case:
    """One report against one decision: a guideline, or one of its sub-decisions."""

    guideline: Guideline
    part: str
    """The sub-decision; empty: the guideline itself."""
    per: str
    asked: Mapping[str, Input]
    read: Mapping[str, Sequence[ReadRule]]
    lesions: LesionRules
    reading: Reading
    facts: dict[str, Any]
    report: FrameIndex
    exam: FrameIndex
    tracks: list[Track]
    """Those that it is decided for."""
    what_if: bool
    letters: bool = False
    """The report's own T, N and M choose among what its findings leave open."""
    organ: FrameIndex = field(default_factory=FrameIndex)
    """What is said of its organ, where it asks for that."""

    def __post_init__(self) -> None:
        """Follows the organ through the report, where it is asked for."""
        if any(pattern.scope == "organ" for pattern in self.lesions.alone_when):
            self.organ = FrameIndex.of(said_of(self.reading, self.lesions.organ))

    def answers_alone(self) -> bool:
        """Whether something gives the examination an answer though no lesion is described."""
        where = {"organ": self.organ}
        return any(where.get(p.scope or "", self.report).matching(p, p.assertion) for p in self.lesions.alone_when)

    @property
    def id(self) -> str:
        """The dotted id."""
        return f"{self.guideline.id}.{self.part}" if self.part else self.guideline.id

    @property
    def list_name(self) -> str | None:
        """What a guideline calls its list of lesions; sub-decisions have none."""
        return None if self.part else self.guideline.list_name


def categorise(reading: Reading, catalogue: Catalogue, *, what_if: bool = False) -> tuple[Category, ...]:
    """The categories of every guideline that fits the report, each with its proof; with `what_if` also what would change it.

    A guideline is offered only where its reading.yaml says so; an answer that is certainly NOT_APPLICABLE is given with its reason.
    """
    facts = exam_facts(reading) | {"spread": functools.cache(lambda: spread(reading))}
    whole = FrameIndex.of(reading.frames)
    loose = FrameIndex.of(f for f in reading.frames if f.lesion is None)
    out: list[Category] = []
    for name, rules in catalogue.readable():
        offered = not offer_refused(rules.offer, whole, facts)
        asked = {p: d for p, d in rules.decisions.items() if d.answered}
        parts = [p for p, d in asked.items() if (offered if d.offer is None else not offer_refused(d.offer, whole, facts))]
        if not (offered or parts):
            continue
        known = guideline(name)
        if offered and known.decides:
            tracks = _tracks(rules.lesions, reading, whole)
            out += _decided(
                _Case(
                    known,
                    "",
                    known.applies.per,
                    known.inputs,
                    rules.inputs,
                    rules.lesions,
                    reading,
                    facts,
                    whole,
                    loose,
                    tracks,
                    what_if,
                    rules.letters,
                )
            )
        for part in parts:
            own = rules.decisions[part]
            lesions = own.lesions or rules.lesions
            tracks = _tracks(lesions, reading, whole)
            read = {**rules.inputs, **own.inputs}
            out += _decided(
                _Case(
                    known,
                    part,
                    own.per or known.applies.per,
                    known.asked(part),
                    read,
                    lesions,
                    reading,
                    facts,
                    whole,
                    loose,
                    tracks,
                    what_if,
                )
            )
    return tuple(out)


def _tracks(rules: LesionRules, reading: Reading, whole: FrameIndex) -> list[Track]:
    """The lesions that a decision is about."""
    found = [t for t in reading.tracks if not lesion_refused(t, rules, reading, whole)]
    if rules.unplaced and not any(current_size(t) for t in found):
        anywhere = rules.model_copy(update={"organ": ("",)})
        found += [t for t in reading.tracks if current_size(t) and not lesion_refused(t, anywhere, reading, whole)]
    return found


def _decided(case: _Case) -> Iterable[Category]:
    if _in_passing(case):
        return
    if case.per == "lesion":
        dominant = _dominant(case.tracks)
        for track in case.tracks:
            yield from _one(case, track, track is dominant)
        if not case.tracks and case.answers_alone():
            yield from _one(case, None, True)
        elif case.tracks and case.lesions.side_when:
            yield from _empty_sides(case)
    elif case.per == "dominant":
        yield from _leading(case)
    elif case.list_name:
        yield from _listed(case)
    elif case.tracks or case.answers_alone():
        yield from _one(case, None, True)


def _in_passing(case: _Case) -> bool:
    """Whether all that is described is a passing remark that nobody asked about."""
    names = set(case.lesions.in_passing)
    if not names or not case.tracks or any(not t.kinds or t.kinds - names for t in case.tracks):
        return False
    asked = (f.place.organ for f in case.reading.frames if f.source in ("exam", "indication", "clinical") and f.place)
    return not any(organ in case.lesions.organ for organ in asked)


def _empty_sides(case: _Case) -> Iterable[Category]:
    """The answer of a side in which no lesion is described and the report says so ("left breast: no mass")."""
    told = {t.place.laterality if t.place else "none" for t in case.tracks}
    for side in ("right", "left"):
        if told & {side, "bilateral", "none"}:
            continue
        frames = [f for f in case.reading.frames if f.place and f.place.laterality == side and f.source == "text"]
        here = FrameIndex.of(frames, side)
        if not _any(here, case.lesions.side_when):
            continue
        words = next((f.place.words for f in frames if f.place and f.place.words), side)
        alone = replace(case, report=here, exam=here, tracks=[])
        for answer in _one(alone, None, True):
            yield answer.model_copy(update={"lesion": LesionRef(id=side, label=words, size_mm=None)})


def _leading(case: _Case) -> Iterable[Category]:
    """The answer of the most severe lesion, of the larger where two are alike; that of the examination where none is described."""
    rank = {name: i for i, name in enumerate(case.guideline.categories)}

    def severity(one: Category) -> tuple[int, int, float]:
        ranks = [rank.get(c, -1) for c in one.possible]
        return max(ranks, default=-1), min(ranks, default=-1), (one.lesion.size_mm or 0.0) if one.lesion else 0.0

    main = _dominant(case.tracks)
    answers = [answer for track in case.tracks for answer in _one(case, track, track is main)]
    if answers:
        yield max(answers, key=severity)
    elif case.answers_alone():
        yield from _one(case, None, True)


def _dominant(tracks: Sequence[Track]) -> Track | None:
    """The largest lesion that is nothing benign."""
    serious = [t for t in tracks if not t.entities] or list(tracks)
    return max(serious, key=lambda t: size.axes_mm[0] if (size := current_size(t)) else 0.0, default=None)


_MAIN = frozenset({"mass", "tumour", "malignancy", "carcinoma", "lung_cancer_named"})


def _primary(tracks: Sequence[Track]) -> Track | None:
    """The lesion that the patient is staged by: the largest, parts that are measured alone counted too."""
    serious = [t for t in tracks if not t.entities] or list(tracks)

    def size(track: Track) -> float:
        whole = current_size(track)
        return max(
            [whole.axes_mm[0] if whole else 0.0, *(s.axes_mm[0] for s in track.sizes if s.role == "solid_component" and not s.is_prior)]
        )

    return max(serious, key=lambda t: (size(t), bool(t.kinds & _MAIN), bool(t.place and t.place.parts)), default=None)


def _claims(case: _Case, track: Track | None, names: Iterable[str], *, dominant: bool) -> dict[str, Claim]:
    main = track or _primary(case.tracks)
    facts = case.facts | _burden(case.tracks, case.reading)
    if main is not None:
        facts = facts | lesion_facts(main, case.reading, case.facts)
    if track is not None:
        facts |= _part_change(case, track)
    elif "lesion.side" not in facts and (one := _one_side(case)):
        facts["lesion.side"] = one
    nothing = FrameIndex()
    side = _side(main)
    facts = facts | {"place": main.place if main else None}
    exam, report = (replace(index, side=side) for index in (case.exam, case.report))
    own = FrameIndex.of(track.frames, side, track.id) if track else report
    views = Views(lesion=own, exam=exam, report=report, dominant=report if dominant else nothing, organ=case.organ)
    if main is not None and track is None:
        views.primary = FrameIndex.of(main.frames, side)
    return {n: claim(n, case.asked[n], case.read.get(n, ()), views, facts, case.reading) for n in names}


def _one_side(case: _Case) -> str:
    """The one side that everything said of the guideline's organs lies on, where the main lesion has none of its own."""
    sides = {
        f.place.laterality
        for f in case.reading.frames
        if f.place is not None and f.place.organ in case.lesions.organ and f.assertion != "absent" and f.concept.kind == "observation"
    }
    return next(iter(sides - {"none"})) if len(sides - {"none"}) == 1 and "bilateral" not in sides else ""


def _side(track: Track | None) -> str:
    return track.place.laterality if track and track.place else "none"


def _burden(tracks: Sequence[Track], reading: Reading) -> dict[str, Any]:
    """How many lesions there are and the largest diameter, with the words that say so."""
    out: dict[str, Any] = {"exam.has_lesions": True} if tracks else {}
    counts = [t.count if t.count is not None else total_count(t, reading) for t in tracks]
    if counts and all(c is not None for c in counts):
        out["exam.lesion_count"] = sum(c for c in counts if c is not None)
    elif counts:
        out["exam.lesion_count"] = f">={max(2, sum(c or 1 for c in counts))}"
    sizes = [s for t in tracks if (s := current_size(t))]
    if sizes:
        largest = max(sizes, key=lambda s: s.axes_mm[0])
        proof = (reading.report.quote(largest.start, largest.end, largest.source),)
        out |= {"exam.max_longest_mm": largest.axes_mm[0], "exam.max_longest_cm": round(largest.axes_mm[0] / 10, 3)}
        out |= {"exam.max_longest_mm.evidence": proof, "exam.max_longest_cm.evidence": proof}
    return out


def _known(claims: Mapping[str, Claim]) -> dict[str, Any]:
    return {name: (c.values[0] if len(c.values) == 1 else c.values) for name, c in claims.items() if c.values}


def _one(case: _Case, track: Track | None, dominant: bool) -> Iterable[Category]:
    claims = _claims(case, track, case.asked, dominant=dominant)
    filled = engine.fill_silence(case.id, _known(claims))
    yield _category(case, track, filled, claims, {name for where, name in filled.assumed_at if where is None})


def _listed(case: _Case) -> Iterable[Category]:
    spec = case.asked
    outer = _claims(case, None, [n for n, i in spec.items() if i.scope != "lesion"], dominant=True)
    if not case.tracks and not _may_be_empty(case, outer):
        return
    dominant = _dominant(case.tracks)
    inner = [_claims(case, t, [n for n, i in spec.items() if i.scope == "lesion"], dominant=t is dominant) for t in case.tracks]
    filled = engine.fill_silence(case.id, _known(outer) | {str(case.list_name): [_known(c) for c in inner]})
    chosen = engine.decide(case.id, filled.known).dominant
    track = case.tracks[chosen] if chosen is not None and case.tracks else None
    claims = outer | (inner[chosen] if chosen is not None and inner else {})
    yield _category(case, track, filled, claims, {name for where, name in filled.assumed_at if where in (None, chosen)})


def _any(frames: FrameIndex, patterns: Sequence[When]) -> bool:
    return any(frames.matching(p, p.assertion) for p in patterns)


def _may_be_empty(case: _Case, outer: Mapping[str, Claim]) -> bool:
    """Whether "no lesion" is what the report says, and not only what was understood of it."""
    if any(c.values == (True,) and case.asked[n].type == "bool" for n, c in outer.items()):
        return True
    rules = case.lesions
    return _any(case.report, rules.empty_when) and not _any(case.report, rules.empty_unless)


def _category(case: _Case, track: Track | None, filled: Filled, claims: Mapping[str, Claim], assumed: set[str]) -> Category:
    decision = engine.decide(case.id, filled.known)
    if case.letters and decision.category is None:
        left = chosen_by_letters(decision.possible, case.reading.shadow["text"])
        if len(left) < len(decision.possible):
            decision = replace(decision, possible=left, category=left[0] if len(left) == 1 else None)
    adjusted = None if case.part else engine.adjusted(case.id, filled.known)
    known, language = case.guideline, case.reading.language
    stated, proof = (None, ()) if case.part else _stated(case, track)
    # a TNM answer is managed by its stage group, the last word of its label
    text = known.categories.get(decision.category or "") or known.categories.get(str(decision.label).rpartition(" ")[2])
    management = text.management if text else None
    return Category(
        guideline=case.id,
        lesion=_reference(case, track) if track else None,
        category=decision.category,
        label=shown_label(decision),
        possible=decision.possible,
        missing=tuple(decision.missing),
        stated=stated,
        stated_evidence=proof,
        adjusted=(adjusted.category or " | ".join(adjusted.possible)) if adjusted else None,
        inputs=_inputs(claims, assumed, case.asked),
        if_reported=tuple(
            WhatIf(input=w.input, value=_plain(w.value), category=w.category, possible=tuple(w.possible)) for w in decision.if_reported
        ),
        would_change=_would_change(case, filled, claims, decision) if case.what_if else (),
        rows=tuple(decision.rows),
        confidence=decision.confidence,
        reason=getattr(decision.reason, language if language == "zh" else "en", None) if decision.reason else None,
        management=getattr(management, "zh" if language == "zh" else "en") if management else "",
        citation=f"{known.source.publisher}, {known.source.edition} ({known.source.year})",
    )


def _would_change(case: _Case, filled: Filled, claims: Mapping[str, Claim], decision: Decision) -> tuple[WouldChange, ...]:
    member = decision.dominant if case.list_name else None
    own = {n for n, i in case.asked.items() if i.scope == "lesion"} if case.list_name else set()
    hedged = [(member if n in own else None, n) for n, c in claims.items() if c.state == "uncertain"]
    found = moves(case.id, filled.known, decision, hedged)
    return tuple(WouldChange(inputs={n: _plain(v) for n, v in m.inputs}, category=m.category, why=m.why) for m in found)


def _plain(value: Any) -> Value:
    return tuple(value) if isinstance(value, (list, frozenset, set)) else value


def _inputs(claims: Mapping[str, Claim], assumed: set[str], asked: Mapping[str, Input]) -> dict[str, InputReading]:
    out: dict[str, InputReading] = {}
    for name, c in claims.items():
        if c.state != "not_stated":
            value = c.values[0] if len(c.values) == 1 else None
            out[name] = InputReading(value=_plain(value), state=c.state, evidence=c.evidence)
        elif name in assumed:
            out[name] = InputReading(value=_plain(asked[name].default), state="assumed")
        else:
            out[name] = InputReading(value=None, state="not_stated")
    return out


def _reference(case: _Case, track: Track) -> LesionRef:
    facts = lesion_facts(track, case.reading, case.facts)
    mean = "mean_mm" in case.asked
    size = max((s.axes_mm[0] for s in _part_sizes(case, track) if not s.is_prior), default=None) or facts.get(
        "lesion.mean_mm" if mean else "lesion.longest_mm"
    )
    return LesionRef(id=track.id, label=track.label, size_mm=size)


def _part_change(case: _Case, track: Track) -> dict[str, Any]:
    """Whether the part that is measured instead of the whole is larger, smaller or the same, by its sizes now and before."""
    mine = _part_sizes(case, track)
    now = max((s.axes_mm[0] for s in mine if not s.is_prior), default=None)
    before = max((s.axes_mm[0] for s in mine if s.is_prior), default=None)
    if now is None or before is None:
        return {}
    return {"lesion.part_change": "stable" if abs(now - before) <= 1 else "larger" if now > before else "smaller"}


def _part_sizes(case: _Case, track: Track) -> list[SizeAt]:
    """The sizes of a part of the lesion that a guideline measures instead of the whole: right in front of its name, or behind it."""
    out = []
    for frame in track.frames:
        if frame.assertion == "absent" or not any(frame.concept.is_a(c) for c in case.lesions.measured):
            continue
        shadow = case.reading.shadow[frame.source]
        for size in track.sizes:
            if size.source == frame.source and frame.start <= size.start < frame.end:
                behind = size.start >= frame.word_start
                if behind or not _STOP.search(shadow, size.end, frame.word_start):
                    out.append(size)
    return out


_STOP = re.compile(r"[,;:.。、()]")


def _stated(case: _Case, track: Track | None) -> tuple[str | None, tuple[Evidence, ...]]:
    """The category that the report itself gives to the lesion (or to the examination)."""
    shadow = case.reading.shadow["text"]
    found = find_stated(case.guideline, shadow)
    if not found:
        return None, ()
    if track is not None and case.per in ("lesion", "dominant"):
        mine = []
        for category, start, end in found:
            owner = _owner(case, start)
            if owner is track or (owner is None and len(case.tracks) == 1):
                mine.append((category, start, end))
        found = mine
    if not found:
        return None, ()
    category, start, end = found[-1]
    return category, (case.reading.report.quote(start, end),)


def _owner(case: _Case, position: int) -> Track | None:
    """The lesion last named before a place in the text, in the same sentence or, failing that, the one before."""
    sentences = case.reading.sentences
    at = next((n for n, s in enumerate(sentences) if s.source == "text" and s.start <= position < s.end), None)
    if at is None:
        return None
    here = sentences[at]
    before_it = [s for s in sentences[max(0, at - 1) : at] if (s.source, s.section) == (here.source, here.section)]
    for s in (here, *before_it):
        inside = [(start, t) for t in case.tracks for source, start, _ in t.mentions if source == "text" and s.start <= start < s.end]
        before = [pair for pair in inside if pair[0] <= position] or inside
        if before:
            return max(before, key=lambda p: p[0])[1]
    return None
