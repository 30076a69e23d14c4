"""Quantities with what they are of: the width of a septum, the attenuation before contrast, how many septa."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from assistant.knowledge.intervals import comparisons
from assistant.knowledge.predicates import Measured
from assistant.reading.lesions import is_lesion_name
from assistant.report.facts import Measurement, Mention, Reading, Sentence
from assistant.report.results import Value
from assistant.report.text import Evidence

_BREAK = re.compile(r"[,;:，；：、。]|\b(?:and|with|plus)\b (?:an?|one)\b|及|伴")
_DENIED = re.compile(r"\b(?:no|without|nor)\b|无|未见")
_BREAK_COSTS, _LATE_COSTS = 12, 3
_FAR = 90
_WHOLE = re.compile(r"(?:大小|范围|径线|\bsized?)[^,;。]{0,6}$")
_WIDEST = 20.0
"""mm; no wall or septum is wider."""
_WIDTHS = frozenset({"wall", "septum"})
_LINKED = re.compile(r"[\s(]*(?:(?:in|on|at|during|the|post|when)\b\s*)*")
_PHRASE = re.compile(
    r"[\s-]*(?:(?:thick|thin|thickened|smooth|irregular|regular|enhancing|nonenhancing|non-enhancing|mural|wall|septal|nodular|cyst|soft|tissue|solid"
    r"|papillary|single|internal|inner|outer|calcified|obtuse|acute|round|rounded|[a-z]+ly)\b[\s,-]*){0,4}"
)
_FROM = re.compile(r"\s*(?:(?:away|short|clear|deep)\s+)?(?:from|to|of|off)\s+(?:the\s+|its\s+)?")
_STOP = re.compile(r"[,;:。]|\.\s")
_AFTER = re.compile(r"\s*\)?\s*(?:after|post)\b")
_HOLDS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


def from_measurement(
    rule: Measured, reading: Reading, within: Callable[[int, Measurement], bool]
) -> tuple[Value, tuple[Evidence, ...]] | None:
    """The value of the quantity that a rule asks for, with its proof; None where the report has none.

    Args:
        rule: What is asked for.
        reading: The report, read.
        within: whether a measurement of a sentence (by number) is said of what the rule looks at.
    """
    found = []
    for index, (sentence, sizes) in enumerate(zip(reading.sentences, reading.measurements, strict=True)):
        for size in sizes:
            if size.kind != rule.kind or (size.is_prior and size.kind != "hu") or not size.values or not within(index, size):
                continue
            if rule.above is not None and max(size.values) <= rule.above:
                continue
            if rule.of and not _is_of(rule.of, size, _near(reading, index), reading.shadow[sentence.source]):
                continue
            if rule.phase and _phase(size, sentence, reading.mentions[index], reading.shadow[sentence.source]).isdisjoint(rule.phase):
                continue
            found.append((size, sentence.source))
    if not found:
        return None
    size, source = found[0]
    if rule.take != "first":
        size, source = (max if rule.take == "largest" else min)(found, key=lambda f: max(f[0].values))
    number = max(size.values)
    proof = (reading.report.quote(size.start, size.end, source),)
    if rule.bands:
        value = next((v for condition, v in rule.bands.items() if meets(number, condition)), None)
        return None if value is None else (value, proof)
    if size.bound:
        return f"{size.bound}{number:g}", proof
    return (int(number) if rule.kind == "count" else number), proof


def meets(number: float, condition: str) -> bool:
    """Whether a number meets a condition such as ">=20 and <30"."""
    return all(_HOLDS[sign](number, float(bound)) for sign, bound in comparisons(condition) or ())


def _distance(shadow: str, size: Measurement, mention: Mention) -> int:
    if mention.end <= size.start:
        between = shadow[mention.end : size.start]
        late = 0
    else:
        between = shadow[size.end : mention.start]
        late = _FAR if _DENIED.search(between) else _LATE_COSTS
    return len(between) + late + _BREAK_COSTS * len(_BREAK.findall(between))


def _owners(mentions: Sequence[Mention]) -> Iterator[Mention]:
    for mention in mentions:
        if mention.concept.attrs.get("part_of") or mention.kind == "anatomy" or is_lesion_name(mention):
            yield mention


def _near(reading: Reading, index: int) -> Sequence[Mention]:
    """The mentions of a sentence; where it names nothing that a size could be of, those of the sentence before: "Thickness 1 mm."."""
    here = reading.mentions[index]
    if index and not any(_owners(here)) and reading.sentences[index - 1].section == reading.sentences[index].section:
        return [m for m in reading.mentions[index - 1] if m.concept.attrs.get("part_of")][-1:]
    return here


def _is_of(wanted: Sequence[str], size: Measurement, mentions: Sequence[Mention], shadow: str) -> bool:
    near = [m for m in _owners(mentions) if not (m.start < size.end and size.start < m.end)]
    if size.kind == "count":  # "two thin septa": what is counted follows the number, where anything does
        near = [m for m in near if m.start >= size.end and not _BREAK.search(shadow, size.end, m.start)] or near
    elif size.kind == "length" and (
        (len(size.values) > 1 and not size.is_range)
        or max(size.values) > _WIDEST
        or _WHOLE.search(shadow, max(0, size.start - 12), size.start)
    ):
        near = [m for m in near if m.concept.attrs.get("part_of") not in _WIDTHS]  # "wall calcified, 30 x 20 mm": no width is told so
    behind = min((m for m in near if m.start >= size.end), key=lambda m: m.start, default=None)
    if behind is not None and _PHRASE.fullmatch(shadow, size.end, behind.start):
        return any(behind.concept.is_a(w) for w in wanted)  # "5 mm thick enhancing wall"
    linked = [m for m in near if m.start >= size.end and _FROM.fullmatch(shadow, size.end, m.start)]  # "4 mm from the fascia"
    near = linked or near
    nearest = min((_distance(shadow, size, m) for m in near), default=_FAR + 1)
    owners = [m for m in near if _distance(shadow, size, m) == nearest]
    return nearest <= _FAR and any(m.concept.is_a(w) for m in owners for w in wanted)


def _phase(size: Measurement, sentence: Sentence, mentions: Sequence[Mention], shadow: str) -> frozenset[str]:
    """The phases that the nearest phase beside a number means."""
    if _AFTER.match(shadow, size.end, size.end + 12):
        return frozenset({"all"})
    timed = [m for m in mentions if m.kind == "phase" and m.concept.attrs.get("phase")]
    before = [m for m in timed if m.end <= size.start]
    behind = [m for m in timed if m.start >= size.end and not _STOP.search(shadow, size.end, m.start)]
    if sentence.language in ("zh", "ja"):
        timed = before or [m for m in behind if m.start - size.end <= 3]
    else:
        linked = [m for m in behind if _LINKED.fullmatch(shadow, size.end, m.start)]
        timed = linked or before + behind
    nearest = min(timed, key=lambda m: _distance(shadow, size, m), default=None)
    if nearest is None or _distance(shadow, size, nearest) > _FAR:
        return frozenset({"unsaid"})
    return frozenset(nearest.concept.attrs["phase"].split())
