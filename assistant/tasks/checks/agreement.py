"""Findings against impression: the same thing on the other side, of another size, or said to be there and not to be there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from assistant.knowledge.checks import CheckRule
from assistant.report.facts import Frame, Measurement
from assistant.report.results import Issue
from assistant.tasks.checks.same_thing import alike, is_vague
from assistant.tasks.checks.subject import Range, Subject

_OTHER = {"left": "right", "right": "left"}
_ZH = {"left": "左侧", "right": "右侧"}
_LENGTH_ROLES = frozenset({"", "mean", "long_axis", "diameter", "max", "short_axis"})
_MOST_SIZES = 4
"""Sizes that the findings may give for things of the kind and place before the comparison says nothing."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The observations of a report, by where they stand."""

    body: list[Frame] = field(default_factory=list)
    impression: list[Frame] = field(default_factory=list)
    by_sentence: dict[int, list[Frame]] = field(default_factory=lambda: defaultdict(list))


def pages(about: Subject) -> Pages:
    """Observations of the patient in findings and impression."""
    out = Pages()
    for frame in about.reading.frames:
        if frame.source != "text" or frame.concept.kind != "observation" or frame.experiencer != "patient":
            continue
        if frame.section == "impression":
            out.impression.append(frame)
        elif about.in_part(frame.word_start, "body"):
            out.body.append(frame)
        else:
            continue
        out.by_sentence[frame.sentence].append(frame)
    return out


def _organ(frame: Frame) -> str:
    return (frame.place.organ if frame.place else "") or frame.concept.attrs.get("place", "")


def _side(frame: Frame) -> str:
    return frame.place.laterality if frame.place else "none"


def _there(frame: Frame) -> bool:
    return frame.assertion in ("present", "possible")


# --- side


def sides(about: Subject, rule: CheckRule, told: Pages) -> Iterator[Issue]:
    """Observations that the impression puts on the side on which the findings have nothing of the kind."""
    seen: set[Range] = set()
    for frame in told.impression:
        side = _side(frame)
        if side not in _OTHER or not _there(frame) or frame.place is None or not 0 <= frame.place.start:
            continue
        organ = _organ(frame)
        same = [f for f in told.body if _there(f) and alike(f.concept, frame.concept) and _organ(f) == organ]
        if not same or any(_side(f) != _OTHER[side] for f in same):
            continue
        if any(_side(f) in (side, "bilateral") and _organ(f) == organ and _there(f) and not is_vague(f.concept) for f in told.body):
            continue
        start, end = _side_words(about, frame, side)
        if (start, end) in seen:
            continue
        seen.add((start, end))
        expected = _ZH[_OTHER[side]] if about.language == "zh" else _OTHER[side]
        yield about.issue(rule, start, end, expected=expected, related=[_side_words(about, f, _OTHER[side]) for f in same[:3]])


def _side_words(about: Subject, frame: Frame, side: str) -> Range:
    """The place with its side, from the word of the side on."""
    assert frame.place is not None
    start, end = (frame.place.start, frame.place.end) if frame.place.start >= 0 else (frame.word_start, frame.word_end)
    near = [s for s in about.hits(f"sides.{side}") if start - 30 <= s[0] < end]
    return (min(start, near[-1][0]), end) if near else (start, end)


# --- size


@dataclass(frozen=True, slots=True)
class Sized:
    """A length with what it may be the length of."""

    size: Measurement
    frames: tuple[Frame, ...]


def _sized(about: Subject, told: Pages, *, concluded: bool) -> list[Sized]:
    out: list[Sized] = []
    for n, sentence in enumerate(about.reading.sentences):
        if sentence.source != "text" or (sentence.section == "impression") is not concluded or not about.reading.measurements[n]:
            continue
        if not concluded and not about.in_part(sentence.start, "body"):
            continue
        frames = [f for f in told.by_sentence.get(n, ()) if _there(f) or f.assertion == "historical"]
        for size in about.reading.measurements[n]:
            if size.kind == "length" and size.values and not size.is_prior and size.role in _LENGTH_ROLES and not size.bound:
                out.append(Sized(size, tuple(_nearest(about, size, frames) if concluded else frames)))
    return out


def _nearest(about: Subject, size: Measurement, frames: list[Frame]) -> list[Frame]:
    """The observation that an impression's size is said of: in its clause, the nearest one."""
    low, high = about.clause(size.start)
    inside = [f for f in frames if low <= f.word_start < high]
    return sorted(inside, key=lambda f: min(abs(f.word_start - size.end), abs(size.start - f.word_end)))[:1]


def _same_place(one: Frame, two: Frame) -> bool:
    """Whether two observations can be in one place: same organ, no other side, no other part."""
    if _organ(one) and _organ(two) and _organ(one) != _organ(two):
        return False
    sides_seen = {_side(one), _side(two)}
    if sides_seen == {"left", "right"}:
        return False
    parts = [f.place.parts if f.place else frozenset() for f in (one, two)]
    return not parts[0] or not parts[1] or bool(parts[0] & parts[1])


def _candidates(about: Subject, told: Pages, wanted: Sized) -> list[Sized]:
    found = []
    for sized in _sized(about, told, concluded=False):
        if any(alike(f.concept, w.concept) and _same_place(f, w) for f in sized.frames for w in wanted.frames):
            found.append(sized)
    return found


def _agrees(one: float, two: float) -> bool:
    """Equal but for rounding to a whole millimetre or centimetre."""
    return abs(one - two) <= max(1.01, 0.1 * min(one, two)) or (one >= 10 and abs(round(one / 10) * 10 - two) < 0.6) or (two >= 10 and abs(round(two / 10) * 10 - one) < 0.6)


def _match(wanted: Sized, offered: Sized) -> bool:
    goal, axes = wanted.size.values, offered.size.values
    mean = sum(axes) / len(axes)
    return any(_agrees(max(goal), a) for a in (*axes, mean)) and (len(goal) < 2 or len(axes) < 2 or all(any(_agrees(g, a) for a in axes) for g in goal))


def sizes(about: Subject, rule: CheckRule, told: Pages, *, scale: bool) -> Iterator[Issue]:
    """Sizes of the impression that no size of the same thing in the findings bears out.

    Args:
        about: The report.
        rule: The rule that asks.
        told: Its observations.
        scale: Only those that differ by the factor ten of a wrong unit; False: only the others.
    """
    for wanted in _sized(about, told, concluded=True):
        if not wanted.frames or all(is_vague(f.concept) and not (f.place and f.place.parts) for f in wanted.frames):
            continue
        offered = _candidates(about, told, wanted)
        if not 0 < len(offered) <= _MOST_SIZES or any(_match(wanted, o) for o in offered):
            continue
        ten = [o for o in offered if _by_ten(max(wanted.size.values), max(o.size.values))]
        if bool(ten) is not scale:
            continue
        best = (ten or offered)[0]
        start, end = wanted.size.start, wanted.size.end
        other = (best.size.start, best.size.end)
        if scale and max(best.size.values) > max(wanted.size.values):
            (start, end), other = other, (start, end)
        yield about.issue(rule, start, end, expected=about.text[other[0] : other[1]], related=[other])


def _by_ten(one: float, two: float) -> bool:
    low, high = sorted((one, two))
    return low > 0 and abs(high / low - 10) < 0.2


# --- presence

_QUALIFIED = re.compile(
    r"\b(?:acute|new|significant|suspicious|large|other|further|additional|definite|obvious|enlarged|patholog\w+|active|recurrent|residual|focal|discrete|measurable|"
    r"convincing|worrisome|concerning|gross|overt|clear|dominant|evolving|progressi\w+|interval|discernible|second|more|drainable|displaced|complete|sizeable|sizable|frank|"
    r"high[ -]grade|severe|critical|central|large[ -]vessel|hemodynamically|haemodynamically|superimposed|underlying|associated|complicating|generali[sz]ed|diffuse|free|"
    r"distant|regional|pathological|bulky|solid|calcified|spiculated|underlying|loculated|tension|likely)\b|急性|其他|其它|新发|明显|明确|可疑|异常|确切|大量|活动性|远处|余|实性|肿大|局灶|多余|典型"
)
_HERE = re.compile(r"[^.;。;\n]{0,40}$")


def presence(about: Subject, rule: CheckRule, told: Pages) -> Iterator[Issue]:
    """Observations that findings and impression, both without doubt, affirm and deny for the same place."""
    done: set[tuple[str, str]] = set()
    for frame in told.impression:
        key = (frame.concept.id, _organ(frame))
        if key in done or is_vague(frame.concept) or not _firm(about, frame):
            continue
        opposite = "present" if frame.assertion == "absent" else "absent"
        body = [f for f in told.body if _comparable(f, frame)]
        against = [f for f in body if f.assertion == opposite and _firm(about, f)]
        if not against or any(f.assertion != opposite for f in body) or _softened(about, told, frame):
            continue
        done.add(key)
        other = against[0]
        yield about.issue(
            rule, *_said(about, frame), expected=" ".join(about.text[slice(*_said(about, other))].split()), related=[_said(about, other)]
        )


def _comparable(one: Frame, two: Frame) -> bool:
    """Whether two observations are of one thing in one place, as far as they say."""
    if not (one.concept.id == two.concept.id or one.concept.is_a(two.concept.id) or two.concept.is_a(one.concept.id)):
        return False
    organs = _organ(one), _organ(two)
    if not organs[0] or not organs[1] or organs[0] != organs[1] or not _same_place(one, two):
        return False
    # "No left effusion" and "bilateral effusions were seen" differ; an unsided denial covers both sides.
    return _side(one) == _side(two) or "none" in (_side(one), _side(two))


def _firm(about: Subject, frame: Frame) -> bool:
    """Asserted or denied outright, and of the plain thing rather than of a qualified kind of it."""
    if frame.assertion not in ("present", "absent") or frame.certainty != "definite" or frame.change is not None:
        return False
    before = about.shadow[max(frame.start, frame.word_start - 45) : frame.word_start]
    return not _QUALIFIED.search(before) and not _QUALIFIED.search(about.shadow[frame.word_end : min(frame.end, frame.word_end + 6)])


def _softened(about: Subject, told: Pages, frame: Frame) -> bool:
    """Whether the impression itself says both, so that the denial is of something narrower."""
    return any(f is not frame and f.concept.id == frame.concept.id and f.assertion != frame.assertion for f in told.impression)


def _said(about: Subject, frame: Frame) -> Range:
    """The denial or statement in as few words as make it: from its denial word or place to the observation."""
    found = _DENIAL.search(about.shadow, frame.start, frame.word_start)
    start = found.start() if found and frame.assertion == "absent" else frame.word_start
    if frame.place and 0 <= frame.place.start < frame.word_start and frame.word_start - frame.place.start < 25:
        start = min(start, frame.place.start) if frame.place.start >= frame.start else start
    return (start if frame.word_end - start <= 60 else frame.word_start), frame.word_end


_DENIAL = re.compile(r"\b(?:no|not|without|negative for|absence of|there is|there are)\b|未见|未|无")
