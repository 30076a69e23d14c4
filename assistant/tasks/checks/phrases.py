"""Rules of the kind `exists`: words that no correct report has."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from assistant.knowledge.checks import CheckRule
from assistant.report.results import Issue
from assistant.tasks.checks.homophones import homophones
from assistant.tasks.checks.spelling import misspelt
from assistant.tasks.checks.subject import Subject

_BACK = 90
"""Characters in front of a match that `unless_before` looks at."""
_MOST = 25
"""Issues of one rule in one report; more is one fault said too often."""


def exists(about: Subject, rule: CheckRule) -> Iterator[Issue]:
    """Issues of a rule that looks for words."""
    if rule.language and not _has_language(about, rule.language):
        return
    if rule.hint and not any(h in about.shadow for h in rule.hint):
        return
    if rule.slips:
        yield from _slips(about, rule)
    elif rule.homophones:
        yield from homophones(about, rule)
    elif rule.words:
        yield from misspelt(about, rule)
    else:
        yield from _patterns(about, rule)


def _has_language(about: Subject, language: str) -> bool:
    return about.language == language or (language == "zh" and not about.shadow.isascii())


def _patterns(about: Subject, rule: CheckRule) -> Iterator[Issue]:
    if rule.unless_pattern and rule.unless_pattern.search(about.shadow):
        return
    count = 0
    plain = about.shadow.isascii()
    for pattern in rule.pattern:
        if plain and _is_chinese(pattern.pattern):
            continue
        for found in pattern.finditer(about.shadow):
            start, end = _bad(found)
            if rule.unless_before and rule.unless_before.search(about.shadow, max(0, start - _BACK), start):
                continue
            while end > start and about.shadow[end - 1] in " \n\t":
                end -= 1
            if end > start:
                yield about.issue(rule, start, end)
                if (count := count + 1) >= _MOST:
                    return


@functools.cache
def _is_chinese(pattern: str) -> bool:
    """Whether a pattern can only match Chinese words."""
    return any("一" <= c <= "鿿" for c in pattern) and not re.search(r"[a-z]{3}", re.sub(r"\?P<\w+>", "", pattern))


def _bad(found: re.Match[str]) -> tuple[int, int]:
    """The group that holds the wrong words; without one, the whole match."""
    for name, value in found.groupdict().items():
        if name.startswith("bad") and value is not None:
            return found.span(name)
    return found.span()


def _slips(about: Subject, rule: CheckRule) -> Iterator[Issue]:
    assert rule.slips is not None
    prefix = rule.slips + "."
    entries = about.checks.slips[rule.slips]
    for label, spans in about.spans.get("text", {}).items():
        if label.startswith(prefix) and label[len(prefix) :].isdigit():
            for start, end in spans:
                yield about.issue(rule, start, end, expected=entries[int(label[len(prefix) :])].right)
