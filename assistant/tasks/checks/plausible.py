"""Rules of the kind `plausible`: sizes that cannot be."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.knowledge.checks import Bound, CheckRule
from assistant.report.facts import Measurement
from assistant.report.results import Issue
from assistant.tasks.checks.subject import Range, Subject

_DIRECT_GAP = 28
_NOT_DIRECT = re.compile(r"[.;。]|,.*\b(?:with|contains?|and)\b|\bwith\b|\band\b|及|伴|内见|见")
_FROM = re.compile(r" (?:from|away|above|below|proximal to|distal to)\b")
_NOT_NEAR = re.compile(r"[.;。\n]")


def plausible(about: Subject, rule: CheckRule) -> Iterator[Issue]:
    """Lengths outside the bounds for what they measure."""
    assert rule.bounds is not None
    bounds = [b for b in about.checks.bounds[rule.bounds] if about.hits(f"{rule.bounds}.{b.id}.what")]
    if not bounds:
        return
    for n, sentence in enumerate(about.reading.sentences):
        if sentence.source != "text":
            continue
        for size in about.reading.measurements[n]:
            if size.kind != "length" or not size.values or size.role == "distance" or _FROM.match(about.shadow, size.end):
                continue
            for bound in bounds:
                if _out(bound, size) and _meant(about, rule.bounds, bound, size, (sentence.start, sentence.end)):
                    yield about.issue(rule, size.start, size.end, expected=_range(bound))
                    break


def _out(bound: Bound, size: Measurement) -> bool:
    longest = max(size.values)
    return (bound.max_mm is not None and longest > bound.max_mm) or (bound.min_mm is not None and longest < bound.min_mm)


def _range(bound: Bound) -> str:
    low = f"{bound.min_mm:g}" if bound.min_mm is not None else ""
    high = f"{bound.max_mm:g}" if bound.max_mm is not None else ""
    return f"{low}-{high} mm" if low and high else f"<= {high} mm" if high else f">= {low} mm"


def _meant(about: Subject, file: str, bound: Bound, size: Measurement, sentence: Range) -> bool:
    """Whether the size is one of what the bound speaks of."""
    label = f"{file}.{bound.id}"
    low, high = sentence
    if about.within(f"{label}.except", low, high):
        return False
    if bound.organ is not None and not about.within(f"{label}.organ", *_organ_scope(about, sentence)):
        return False
    words = [s for s in about.hits(f"{label}.what") if low <= s[0] and s[1] <= high]
    if bound.direct:
        near = [s for s in words if s[1] <= size.start <= s[1] + _DIRECT_GAP]
        return any(not _NOT_DIRECT.search(about.shadow, s[1], size.start) for s in near)
    return any(_is_near(about, s, size) for s in words)


def _is_near(about: Subject, word: Range, size: Measurement) -> bool:
    """Whether a word and a size belong together: no sentence end and no other length between them."""
    low, high = min(word[1], size.end), max(word[0], size.start)
    return not _NOT_NEAR.search(about.shadow, low, high) and not _LENGTH.search(about.shadow, low, high)


_LENGTH = re.compile(r"\d ?(?:mm|cm)")


def _organ_scope(about: Subject, sentence: Range) -> Range:
    """The sentence, or the whole text before it on the same line where a label names the organ."""
    line = about.shadow.rfind("\n", 0, sentence[0])
    return max(line, sentence[0] - 200, 0), sentence[1]
