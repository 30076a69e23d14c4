"""Reading to categories: which guidelines apply, what the report says of their inputs, and what the tables make of it."""

from __future__ import annotations

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
from assistant.knowledge.stated import find_stated
from assistant.readers.fitting import lesion_refused, offer_refused
from assistant.readers.rules import FrameIndex, Views, claim
from assistant.reading.exam import current_size, exam_facts, lesion_facts
from assistant.reading.organs import said_of
from assistant.report.facts import Reading, Track
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
    facts = exam_facts(reading)
    whole = FrameIndex.of(reading.frames)
    loose = FrameIndex.of(f for f in reading.frames if f.lesion is None)
    out: list[Category] = []
    for name, rules in catalogue.readable():
        offered = not offer_refused(rules.offer, whole, facts)
        parts = [p for p, d in rules.decisions.items() if (offered if d.offer is None else not offer_refused(d.offer, whole, facts))]
        if not (offered or parts):
            continue
        known = guideline(name)
        if offered and known.decides:
            tracks = _tracks(rules.lesions, reading)
            out += _decided(
                _Case(
                    known, "", known.applies.per, known.inputs, rules.inputs, rules.lesions, reading, facts, whole, loose, tracks, what_if
                )
            )
        for part in parts:
            own = rules.decisions[part]
            lesions = own.lesions or rules.lesions
            tracks = _tracks(lesions, reading)
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


def _tracks(rules: LesionRules, reading: Reading) -> list[Track]:
    """The lesions that a decision is about."""
    found = [t for t in reading.tracks if not lesion_refused(t, rules, reading)]
    if rules.unplaced and not any(current_size(t) for t in found):
        anywhere = rules.model_copy(update={"organ": ("",)})
        found += [t for t in reading.tracks if current_size(t) and not lesion_refused(t, anywhere, reading)]
    return found


def _decided(case: _Case) -> Iterable[Category]:
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


def _claims(case: _Case, track: Track | None, names: Iterable[str], *, dominant: bool) -> dict[str, Claim]:
    facts = case.facts | _burden(case.tracks)
    if track is not None:
        facts = facts | lesion_facts(track, case.reading, case.facts)
    nothing = FrameIndex()
    side = _side(track or _dominant(case.tracks))
    exam, report = (replace(index, side=side) for index in (case.exam, case.report))
    own = FrameIndex.of(track.frames, side, track.id) if track else report
    views = Views(lesion=own, exam=exam, report=report, dominant=report if dominant else nothing, organ=case.organ)
    return {n: claim(n, case.asked[n], case.read.get(n, ()), views, facts, case.reading) for n in names}


def _side(track: Track | None) -> str:
    return track.place.laterality if track and track.place else "none"


def _burden(tracks: Sequence[Track]) -> dict[str, Any]:
    """How many lesions there are and the largest diameter."""
    out: dict[str, Any] = {}
    counts = [t.count for t in tracks]
    if counts and all(c is not None for c in counts):
        out["exam.lesion_count"] = sum(c for c in counts if c is not None)
    elif counts:
        out["exam.lesion_count"] = f">={max(2, sum(c or 1 for c in counts))}"
    sizes = [s.axes_mm[0] for t in tracks if (s := current_size(t))]
    if sizes:
        out["exam.max_longest_mm"] = max(sizes)
        out["exam.max_longest_cm"] = round(max(sizes) / 10, 3)
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
    size = facts.get("lesion.mean_mm" if mean else "lesion.longest_mm")
    return LesionRef(id=track.id, label=track.label, size_mm=size)


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
