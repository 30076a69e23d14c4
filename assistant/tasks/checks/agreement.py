"""Findings against impression: the same thing on the other side, of another size, or said to be there and not to be there."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from assistant.knowledge.checks import CheckRule
from assistant.report.facts import Concept, Frame, Measurement
from assistant.report.findings import Laterality
from assistant.report.results import Issue
from assistant.tasks.checks.same_thing import alike, is_vague
from assistant.tasks.checks.subject import Range, Subject

_OTHER = {"left": "right", "right": "left"}
_ZH = {"left": "左侧", "right": "右侧"}
_LENGTH_ROLES = frozenset({"", "mean", "long_axis", "diameter", "max", "short_axis"})
_MOST = 150
"""Statements of an impression that are compared; more is no impression."""
_MOST_NAMED = 16
"""Observations in one sentence that a size may be of."""
_MOST_SIZES = 4
"""Sizes that the findings may give for things of the kind and place before the comparison says nothing."""


@dataclass(frozen=True, slots=True)
class Said:
    """An observation with where the report itself puts it, in the same sentence."""

    frame: Frame
    organ: str
    side: str
    parts: frozenset[str]

    @property
    def concept(self) -> Concept:
        return self.frame.concept

    @property
    def is_there(self) -> bool:
        return self.frame.assertion in ("present", "possible")


@dataclass(frozen=True, slots=True)
class Pages:
    """The observations of a report, by where they stand."""

    body: list[Said] = field(default_factory=list)
    impression: list[Said] = field(default_factory=list)
    by_sentence: dict[int, list[Said]] = field(default_factory=lambda: defaultdict(list))


def pages(about: Subject) -> Pages:
    """Observations of the patient in findings and impression."""
    out = Pages()
    has_impression = any(s.name == "impression" for s in about.reading.sections)
    if not has_impression and not any(k.startswith("sign_") for k in about.spans.get("text", ())):
        return out
    for frame in about.reading.frames:
        if frame.source != "text" or frame.concept.kind != "observation" or frame.experiencer != "patient":
            continue
        said = _said_of(about, frame)
        if frame.section == "impression":
            out.impression.append(said)
        elif about.in_part(frame.word_start, "body"):
            out.body.append(said)
        else:
            continue
        out.by_sentence[frame.sentence].append(said)
    return out


def _said_of(about: Subject, frame: Frame) -> Said:
    """A place that an earlier sentence set is no statement of this one; then the only side that the sentence names counts."""
    sentence = about.reading.sentences[frame.sentence]
    place = frame.place
    implied = frame.concept.attrs.get("place", "")
    if place is not None and sentence.start <= place.start < sentence.end:
        side = place.laterality
        if side == "none":
            side = _only_side(about, frame.start, frame.end)
        return Said(frame, place.organ or implied, side, place.parts)
    return Said(frame, implied, _only_side(about, sentence.start, sentence.end), frozenset())


_SIDES: dict[str, Laterality] = {"left": "left", "right": "right", "both": "bilateral"}


def _only_side(about: Subject, start: int, end: int) -> Laterality:
    named = [side for word, side in _SIDES.items() if about.within(f"sides.{word}", start, end)]
    return named[0] if len(named) == 1 else "none"


# --- side


def sides(about: Subject, rule: CheckRule, told: Pages) -> Iterator[Issue]:
    """Observations that the impression puts on the side on which the findings have nothing of the kind."""
    seen: set[Range] = set()
    for said in told.impression[:_MOST]:
        if said.side not in _OTHER or not said.is_there:
            continue
        other = _OTHER[said.side]
        like = [f for f in told.body if alike(f.concept, said.concept)]
        same = [f for f in like if f.is_there and f.organ == said.organ]
        if not same or any(f.side != other for f in same):
            continue
        # The kind anywhere on the side, or anything worth a name in the same part there, bears the impression out.
        if any(f.side in (said.side, "bilateral") and f.frame.assertion != "absent" for f in like):
            continue
        here = (f for f in told.body if f.side == said.side and f.is_there and not is_vague(f.concept))
        if any(f.organ == said.organ and (not f.parts or not said.parts or f.parts & said.parts) for f in here):
            continue
        start, end = _side_words(about, said)
        if (start, end) in seen:
            continue
        seen.add((start, end))
        expected = _ZH[other] if about.language == "zh" else other
        yield about.issue(rule, start, end, expected=expected, related=[_side_words(about, f) for f in same[:3]])


def _side_words(about: Subject, said: Said) -> Range:
    """The side with its place, else with the observation; the side word alone where these are far."""
    frame = said.frame
    sentence = about.reading.sentences[frame.sentence]
    hits = about.between(f"sides.{said.side}", sentence.start, sentence.end)
    if not hits:
        return frame.word_start, frame.word_end
    side = min(hits, key=lambda s: abs(s[0] - frame.word_start))
    place = frame.place
    if place is not None and sentence.start <= place.start < sentence.end and side[0] - 2 <= place.end <= side[0] + 60:
        return min(side[0], place.start), max(side[1], place.end)
    return (side[0], frame.word_end) if 0 <= frame.word_end - side[0] <= 60 else side


# --- size


@dataclass(frozen=True, slots=True)
class Sized:
    """A length with what it may be the length of."""

    size: Measurement
    of: tuple[Said, ...]


def _sized(about: Subject, told: Pages, *, concluded: bool) -> list[Sized]:
    out: list[Sized] = []
    for n, sentence in enumerate(about.reading.sentences):
        if sentence.source != "text" or (sentence.section == "impression") is not concluded or not about.reading.measurements[n]:
            continue
        if not concluded and not about.in_part(sentence.start, "body"):
            continue
        said = [f for f in told.by_sentence.get(n, ()) if f.frame.assertion != "absent"]
        for size in about.reading.measurements[n]:
            if size.kind == "length" and size.values and not size.is_prior and size.role in _LENGTH_ROLES and not size.bound:
                around = _around(size, said)
                out.append(Sized(size, tuple(_nearest(about, size, around) if concluded else around)))
    return out


def _around(size: Measurement, said: list[Said]) -> list[Said]:
    """The observations of a sentence next to a size; all of them in any sentence that somebody wrote."""
    if len(said) <= _MOST_NAMED:
        return said
    at = bisect_left(said, size.start, key=lambda s: s.frame.word_start)
    return said[max(0, at - _MOST_NAMED // 2) : at + _MOST_NAMED // 2]


def _nearest(about: Subject, size: Measurement, said: list[Said]) -> list[Said]:
    """The observation that an impression's size is said of: the nearest one of its clause, else of those before it."""
    low, high = about.clause(size.start)
    inside = [f for f in said if low <= f.frame.word_start < high]
    # "Cyst of the right lobe, 12 mm": a size alone in its clause is of what was named just before.
    inside = inside or [f for f in said if f.frame.word_end <= size.start]
    return sorted(inside, key=lambda f: min(abs(f.frame.word_start - size.end), abs(size.start - f.frame.word_end)))[:1]


def _same_place(one: Said, two: Said) -> bool:
    """Whether two observations can be in one place: same organ, no other side, no other part."""
    if one.organ and two.organ and one.organ != two.organ:
        return False
    if {one.side, two.side} == {"left", "right"}:
        return False
    return not one.parts or not two.parts or bool(one.parts & two.parts)


def _candidates(body: list[Sized], wanted: Sized) -> list[Sized]:
    """Sizes of the findings that may be of the same thing; one too many ends the search."""
    found: list[Sized] = []
    for sized in body:
        if len(found) > _MOST_SIZES:
            break
        if any(alike(f.concept, w.concept) and _same_place(f, w) for f in sized.of for w in wanted.of):
            found.append(sized)
    return found


def _agrees(one: float, two: float) -> bool:
    """Equal but for rounding to a whole millimetre or centimetre."""
    if abs(one - two) <= max(1.01, 0.1 * min(one, two)):
        return True
    return any(a >= 10 and abs(round(a / 10) * 10 - b) < 0.6 for a, b in ((one, two), (two, one)))


def _match(wanted: Sized, offered: Sized) -> bool:
    goal, axes = wanted.size.values, offered.size.values
    mean = sum(axes) / len(axes)
    if not any(_agrees(max(goal), a) for a in (*axes, mean)):
        return False
    return len(goal) < 2 or len(axes) < 2 or all(any(_agrees(g, a) for a in axes) for g in goal)


def sizes(about: Subject, rule: CheckRule, told: Pages, *, scale: bool) -> Iterator[Issue]:
    """Sizes of the impression that no size of the same thing in the findings bears out.

    Args:
        about: The report.
        rule: The rule that asks.
        told: Its observations.
        scale: Only those that differ by the factor ten of a wrong unit; False: only the others.
    """
    concluded = _sized(about, told, concluded=True)[:_MOST]
    body = _sized(about, told, concluded=False) if concluded else []
    for wanted in concluded:
        if not wanted.of or all(is_vague(f.concept) and not f.parts for f in wanted.of):
            continue
        offered = _candidates(body, wanted)
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


def presence(about: Subject, rule: CheckRule, told: Pages) -> Iterator[Issue]:
    """Observations that findings and impression, both without doubt, affirm and deny for the same place."""
    done: set[tuple[str, str]] = set()
    for said in told.impression[:_MOST]:
        key = (said.concept.id, said.organ)
        if key in done or is_vague(said.concept) or not _firm(about, said.frame):
            continue
        opposite = "present" if said.frame.assertion == "absent" else "absent"
        body = [f for f in told.body if _comparable(f, said)]
        against = [f for f in body if f.frame.assertion == opposite and _firm(about, f.frame)]
        if not against or any(f.frame.assertion != opposite for f in body) or _softened(told, said):
            continue
        done.add(key)
        other = _words_of(about, against[0].frame)
        yield about.issue(rule, *_words_of(about, said.frame), expected=" ".join(about.text[slice(*other)].split()), related=[other])
    yield from _signs(about, rule, told)


def _signs(about: Subject, rule: CheckRule, told: Pages) -> Iterator[Issue]:
    """Denials of what a sign elsewhere in the report cannot go without ("the lung is compressed by 40 %")."""
    for said in (*told.impression, *told.body):
        if not about.hits(f"sign_{said.concept.id}") or said.frame.assertion != "absent" or not _firm(about, said.frame):
            continue
        for start, end in about.hits(f"sign_{said.concept.id}"):
            low, high = about.clause(start)
            side = _only_side(about, low, high)
            denied = about.checks.patterns["sign_denied"].search(about.shadow, low, start)
            if denied or said.side != side or not about.in_part(start, "body"):
                continue
            yield about.issue(rule, *_words_of(about, said.frame), expected=about.text[start:end], related=[(start, end)])
            break


def _comparable(one: Said, two: Said) -> bool:
    """Whether two observations are of one thing in one place, as far as they say."""
    if not (one.concept.id == two.concept.id or one.concept.is_a(two.concept.id) or two.concept.is_a(one.concept.id)):
        return False
    if one.organ != two.organ or not _same_place(one, two):
        return False
    if not one.organ and one.concept.id != two.concept.id:
        return False
    # "No left effusion" and "bilateral effusions were seen" differ; an unsided denial covers both sides.
    return one.side == two.side or "none" in (one.side, two.side)


def _firm(about: Subject, frame: Frame) -> bool:
    """Asserted or denied outright, and of the plain thing rather than of a qualified kind of it."""
    if frame.assertion not in ("present", "absent") or frame.certainty != "definite" or frame.change is not None:
        return False
    before = about.shadow[max(frame.start, frame.word_start - 45) : frame.word_start]
    after = about.shadow[frame.word_end : min(frame.end, frame.word_end + 6)]
    qualified = about.checks.patterns["qualified"]
    return not qualified.search(before) and not qualified.search(after)


def _softened(told: Pages, said: Said) -> bool:
    """Whether the impression itself says both, so that the denial is of something narrower."""
    return any(f is not said and f.concept.id == said.concept.id and f.frame.assertion != said.frame.assertion for f in told.impression)


def _words_of(about: Subject, frame: Frame) -> Range:
    """The denial or statement in as few words as make it: from its denial word or place to the observation."""
    found = about.checks.patterns["denial_or_opening"].search(about.shadow, frame.start, frame.word_start)
    start = found.start() if found and frame.assertion == "absent" else frame.word_start
    if frame.place and 0 <= frame.place.start < frame.word_start and frame.word_start - frame.place.start < 25:
        start = min(start, frame.place.start) if frame.place.start >= frame.start else start
    return (start if frame.word_end - start <= 60 else frame.word_start), frame.word_end
