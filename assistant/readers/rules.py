"""The rules reader: a guideline's `read:` patterns over the frames of a reading, each claim with its evidence."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.knowledge.guideline import Input
from assistant.knowledge.intervals import comparisons
from assistant.knowledge.predicates import Number, ReadRule, When
from assistant.readers.extents import largest_extent
from assistant.readers.laboratory import from_laboratory
from assistant.readers.measured import from_measurement, meets
from assistant.readers.nodes import from_nodes
from assistant.report.facts import Frame, Measurement, Place, Reading, Sentence
from assistant.report.results import Claim, Value
from assistant.report.text import Evidence

Facts = Mapping[str, Any]
"""Named values of the examination, the patient and the lesion in hand, for `from:` and `given:`."""


@dataclass(slots=True)
class FrameIndex:
    """Frames by concept, broader ones included."""

    by_concept: dict[str, list[Frame]] = field(default_factory=dict)
    sentences: set[int] = field(default_factory=set)
    """Numbers of the sentences that the frames stand in."""
    side: str = "none"
    """Of the lesion that the guideline is about: right or left, for patterns that compare with it."""
    lesion: str | None = None
    """The one lesion that the frames are of."""

    @classmethod
    def of(cls, frames: Iterable[Frame], side: str = "none", lesion: str | None = None) -> FrameIndex:
        """An index of these frames, in order."""
        index = cls(side=side, lesion=lesion)
        for frame in frames:
            if frame.experiencer == "patient":
                index.sentences.add(frame.sentence)
                for name in (*frame.concept.parents, "any"):
                    index.by_concept.setdefault(name, []).append(frame)
        return index

    def named(self, concepts: str | tuple[str, ...]) -> list[Frame]:
        """The frames that tell of one of these concepts as present, or as possibly so."""
        wanted = (concepts,) if isinstance(concepts, str) else concepts
        return [f for name in wanted for f in self.by_concept.get(name, ()) if f.assertion in ("present", "possible")]

    def matching(self, when: When, assertion: Sequence[str]) -> Frame | None:
        """The first frame that meets a pattern with one of these assertions."""
        concepts = (when.concept,) if isinstance(when.concept, str) else when.concept
        for concept in concepts:
            for frame in self.by_concept.get(concept, ()):
                if frame.assertion in assertion and _fits(frame, when, self.side):
                    return frame
        return None


@dataclass(slots=True)
class Views:
    """What each scope of a read rule looks at."""

    lesion: FrameIndex
    exam: FrameIndex
    report: FrameIndex
    dominant: FrameIndex
    organ: FrameIndex

    def scope(self, name: str) -> FrameIndex:
        """The frames of that scope."""
        return {"lesion": self.lesion, "exam": self.exam, "report": self.report, "dominant": self.dominant, "organ": self.organ}[name]


def _among(value: str | None, wanted: str | tuple[str, ...] | None) -> bool:
    return wanted is None or value == wanted or (isinstance(wanted, tuple) and value in wanted)


def beside(place: Place | None, side: str) -> str:
    """How the side of a place lies to a given one: same, opposite, both, or unsaid where either has none."""
    own = place.laterality if place else "none"
    if own == "bilateral":
        return "both"
    if own == "none" or side not in ("right", "left"):
        return "unsaid"
    return "same" if own == side else "opposite"


def _fits(frame: Frame, when: When, side: str) -> bool:
    if not (_among(frame.source, when.source) and _among(frame.section, when.section)):
        return False
    if not (_among(frame.change, when.change) and _among(frame.certainty, when.certainty)):
        return False
    if when.organ is not None and not _among(frame.place.organ if frame.place else "", when.organ):
        return False
    if when.laterality is not None and not _among(frame.place.laterality if frame.place else "none", when.laterality):
        return False
    if when.side is not None and beside(frame.place, side) != when.side:
        return False
    if when.part is not None:
        parts = frame.place.parts if frame.place else frozenset()
        if not any(p in parts for p in ((when.part,) if isinstance(when.part, str) else when.part)):
            return False
    return all(_has(frame.attrs.get(name, _NONE), wanted) for name, wanted in when.has.items())


_NONE: frozenset[str] = frozenset()


def _has(values: frozenset[str], wanted: Any) -> bool:
    if wanted is None:
        return not values
    if isinstance(wanted, dict):
        return not _has(values, wanted["not"])
    options = wanted if isinstance(wanted, (list, tuple)) else (wanted,)
    return any(str(o) in values for o in options) or (None in options and not values)


def given(facts: Facts, conditions: Mapping[str, Any]) -> bool:
    """Whether named facts are as a rule demands."""
    for name, wanted in conditions.items():
        value = facts.get(name)
        refused = isinstance(wanted, dict)
        options = wanted["not"] if refused else wanted
        options = options if isinstance(options, (list, tuple)) else (options,)
        met = not value.isdisjoint(options) if isinstance(value, frozenset) else any(value == o or _within(value, o) for o in options)
        if met == refused:
            return False
    return True


def _within(value: Any, condition: Any) -> bool:
    """Whether a number meets a condition; False for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isinstance(condition, str):
        return False
    return comparisons(condition) is not None and meets(value, condition)


def claim(name: str, spec: Input, rules: Sequence[ReadRule], views: Views, facts: Facts, reading: Reading) -> Claim:
    """What the report says of one input.

    Returns:
        A claim with one value (stated or negated), with several (the words leave it open), or of state `not_stated` with none.
    """
    hedged: tuple[ReadRule, list[Frame]] | None = None
    flags: dict[str, list[Frame]] = {}
    none_of_them: list[Frame] = []
    one_of_them: tuple[ReadRule, list[Frame]] | None = None
    for rule in rules:
        if not given(facts, rule.given):
            continue
        if rule.source is not None:
            value = facts.get(rule.source)
            if value is not None:
                value = rule.map.get(str(value), rule.map.get("*", value)) if rule.map else value
                return _made(name, spec, (value,), "stated", facts.get(f"{rule.source}.evidence") or ())
            continue
        if rule.number is not None:
            found = _number(rule.number, reading, None if rule.scope == "report" else views.scope(rule.scope).sentences)
            if found is not None:
                return _made(name, spec, (found[0],), "stated", (found[1],))
            continue
        if rule.lab is not None:
            tested = from_laboratory(rule.lab, spec, reading)
            if tested is not None:
                return _made(name, spec, tested[0], "stated" if len(tested[0]) == 1 else "uncertain", tested[1])
            continue
        if rule.extent is not None:
            size = largest_extent(rule.extent, views.scope(rule.scope).named(rule.extent.of), reading)
            if size is not None:
                return _made(name, spec, (size[0],), "stated", size[1])
            continue
        if rule.nodes is not None:
            counted = from_nodes(rule.nodes, spec, reading)
            if counted is not None:
                sure = len(counted[0]) == 1 and not (isinstance(counted[0][0], str) and spec.type in ("number", "integer"))
                return _made(name, spec, counted[0], "stated" if sure else "uncertain", counted[1])
            continue
        if any(views.scope(pattern.scope or rule.scope).matching(pattern, pattern.assertion) for pattern in rule.unless):
            continue
        if rule.measure is not None:
            if rule.when and _all(views, rule.scope, rule.when, soft=False) is None:
                continue
            quantity = from_measurement(rule.measure, reading, _said_of(views, rule.scope, reading))
            if quantity is not None:
                return _made(name, spec, (quantity[0],), "stated", quantity[1])
            continue
        frames = _all(views, rule.scope, rule.when, soft=False)
        if frames is None:
            if hedged is None and (soft := _all(views, rule.scope, rule.when, soft=True)):
                hedged = rule, soft
            continue
        if spec.type == "flags":
            if not rule.sure:
                one_of_them = one_of_them or (rule, frames)
            elif isinstance(rule.value, (list, tuple)):
                none_of_them = none_of_them or frames
            else:
                flags.setdefault(str(rule.value), frames)
            continue
        negated = all(f.assertion == "absent" for f in frames)
        if not rule.sure:
            return _made(name, spec, rule.among or _domain(spec), "uncertain", _proof(frames, reading))
        return _made(name, spec, (rule.value,), "negated" if negated else "stated", _proof(frames, reading))
    if flags:
        return _made(name, spec, (tuple(sorted(flags)),), "stated", _proof([f for fs in flags.values() for f in fs], reading))
    if one_of_them is not None:
        return _made(name, spec, one_of_them[0].among, "uncertain", _proof(one_of_them[1], reading))
    if none_of_them:
        return _made(name, spec, ((),), "negated", _proof(none_of_them, reading))
    if hedged is not None:
        rule, frames = hedged
        hedge: dict[str, tuple[Value, ...]] = {"absent": (spec.default,), "present": (rule.value,), "unknown": _domain(spec)}
        if spec.type == "flags":
            hedge["present"] = ((str(rule.value),),)
            hedge["unknown"] = ((), (str(rule.value),))
        return _made(name, spec, hedge[spec.hedge], "uncertain", _proof(frames, reading))
    return Claim(input=name, values=(), state="not_stated")


def _said_of(views: Views, scope: str, reading: Reading) -> Callable[[int, Measurement], bool]:
    """Which measurements are said of what a scope looks at: for a lesion those beside its frames and in no other lesion's clause."""
    view = views.scope(scope)
    if scope == "report" or (scope == "dominant" and view.by_concept):
        return lambda index, size: True
    if view.lesion is None:
        return lambda index, size: index in view.sentences
    spans: dict[int, list[tuple[bool, int, int]]] = {}
    for frame in reading.frames:
        if frame.lesion is not None:
            spans.setdefault(frame.sentence, []).append((frame.lesion == view.lesion, frame.start, frame.end))

    def mine(index: int, size: Measurement) -> bool:
        here = spans.get(index)
        if here is None:  # "CT值12HU。" goes on about the lesion of the sentence before
            before = max((n for n in spans if n < index), default=None)
            if before is None or index - before > 1 or reading.sentences[before].section != reading.sentences[index].section:
                return False
            return all(own for own, _, _ in spans[before])
        owners = [own for own, start, end in here if start <= size.start and size.end <= end]
        return all(owners) if owners else all(own for own, _, _ in here)

    return mine


def _domain(spec: Input) -> tuple[Value, ...]:
    return (True, False) if spec.type == "bool" else tuple(spec.values)


def _made(name: str, spec: Input, values: Iterable[Any], state: Any, evidence: Iterable[Evidence]) -> Claim:
    frozen = tuple(tuple(v) if isinstance(v, list) else v for v in values)
    return Claim(input=name, values=frozen, state=state, evidence=tuple(evidence))


def _all(views: Views, scope: str, patterns: Sequence[When], *, soft: bool) -> list[Frame] | None:
    """A frame for every pattern; with `soft`, hedged frames count too."""
    out: list[Frame] = []
    for pattern in patterns:
        frame = views.scope(pattern.scope or scope).matching(pattern, (*pattern.assertion, "possible") if soft else pattern.assertion)
        if frame is None:
            return None
        out.append(frame)
    return out or None


def _proof(frames: Sequence[Frame], reading: Reading) -> tuple[Evidence, ...]:
    spans = dict.fromkeys((f.source, f.start, f.end) for f in frames)
    return tuple(reading.report.quote(start, end, source) for source, start, end in spans)


_CENTIMETRES = ("cm", "厘米", "公分")


def _where(sentence: Sentence) -> str:
    if sentence.source == "text":
        return sentence.section
    return "indication" if sentence.source == "clinical" else sentence.source


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _number(rule: Number, reading: Reading, within: set[int] | None) -> tuple[Value, Evidence] | None:
    """The value written right after a mention, e.g. "PS 1"; `within`: only in these sentences."""
    pattern = _compiled(rule.pattern)
    for index, (sentence, mentions) in enumerate(zip(reading.sentences, reading.mentions, strict=True)):
        if (within is not None and index not in within) or (rule.sections and _where(sentence) not in rule.sections):
            continue
        shadow = reading.shadow[sentence.source]
        for mention in mentions:
            if mention.id != rule.after:
                continue
            found = pattern.match(shadow, mention.end, min(len(shadow), mention.end + 40))
            if found is None:
                continue
            written = found.group(1)
            value = rule.values.get(written)
            if value is None and written.replace(".", "", 1).isdigit():
                value = float(written) if "." in written else int(written)
                if found.groupdict().get("unit") in _CENTIMETRES:
                    value = round(float(value) * 10, 3)
            if value is not None:
                return value, reading.report.quote(mention.start, found.end(1), sentence.source)
    return None
