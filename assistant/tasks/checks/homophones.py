"""Chinese terms with one character replaced by another that sounds or looks alike.

Text and terms are both rewritten with one character for each group of like ones; a term found in the rewritten text whose
characters differ from the text's own in one place is a slip.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import yaml
from ahocorasick_rs import AhoCorasick

from assistant.knowledge.checks import CheckRule, Vocabulary
from assistant.knowledge.lexicon import load_lexicon
from assistant.report.results import Issue
from assistant.rooms import room
from assistant.tasks.checks.subject import Subject

_LONGEST = 8


@dataclass(frozen=True)
class _Alike:
    """One way of being alike: the rewriting, and the automaton of rewritten terms."""

    rewrite: dict[int, str]
    automaton: AhoCorasick
    terms: tuple[str, ...]


@dataclass(frozen=True)
class _Sounds:
    ways: tuple[_Alike, ...]
    right: AhoCorasick
    common: frozenset[str]
    sure: Vocabulary
    meant: tuple[str, ...]
    interchangeable: dict[str, frozenset[str]]


@functools.cache
def _sounds() -> _Sounds:
    data = yaml.load((room("knowledge_base") / "checks" / "homophones_zh.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    phrases = {p for p in load_lexicon().phrases() if len(p) >= 2 and min(p) >= "一" and max(p) <= "鿿"} | set(data["terms"])
    terms = tuple(sorted(p for p in phrases if len(p) <= _LONGEST))
    ways = tuple(_way(groups, terms) for groups in (data["syllables"].values(), data["lookalikes"]))
    sure = {wrong: term for wrong, term in data["sure"].items() if wrong not in phrases}
    meant = tuple(dict.fromkeys(sure.values()))
    number = {term: str(n) for n, term in enumerate(meant)}
    vocabulary = Vocabulary([("innocent", data["innocent"]), *((number[t], [w]) for w, t in sure.items())])
    free: dict[str, frozenset[str]] = {}
    for group in data["interchangeable"]:
        for char in group:
            free[char] = free.get(char, frozenset()) | frozenset(group)
    right = AhoCorasick(sorted(phrases | set(data["innocent"])))
    common = frozenset(data["common"]).union(*phrases)
    return _Sounds(ways, right, common, vocabulary, meant, free)


def _way(groups: object, terms: tuple[str, ...]) -> _Alike:
    rewrite: dict[int, str] = {}
    for group in groups:  # type: ignore[attr-defined]
        for char in group:
            rewrite.setdefault(ord(char), group[0])
    return _Alike(rewrite, AhoCorasick([t.translate(rewrite) for t in terms]), terms)


def homophones(about: Subject, rule: CheckRule) -> Iterator[Issue]:
    """Issues for terms with one wrong character."""
    sounds, shadow = _sounds(), about.shadow
    right: list[tuple[int, int]] | None = None
    found: dict[tuple[int, int], str] = {}
    for way in sounds.ways:
        for index, start, end in way.automaton.find_matches_as_indexes(shadow.translate(way.rewrite), overlapping=True):
            term = way.terms[index]
            wrong = [n for n, char in enumerate(term) if shadow[start + n] != char]
            if len(wrong) != 1 or not _could(sounds, term, wrong[0], shadow[start + wrong[0]]):
                continue
            if right is None:
                right = _right(sounds, shadow)
            at = start + wrong[0]
            if not any(s <= at < e for s, e in right):
                found.setdefault((start, end), term)
    for label, spans in sounds.sure.scan(shadow).items():
        for start, end in spans:
            if right is None:
                right = _right(sounds, shadow)
            if not all(any(s <= at < e for s, e in right) for at in range(start, end)):
                found.setdefault((start, end), sounds.meant[int(label)])
    reach = -1
    for (start, end), term in sorted(found.items(), key=lambda f: (f[0][0], -f[0][1])):
        if start >= reach:
            reach = end
            yield about.issue(rule, start, end, expected=term)


def _right(sounds: _Sounds, shadow: str) -> list[tuple[int, int]]:
    return [(s, e) for _, s, e in sounds.right.find_matches_as_indexes(shadow, overlapping=True)]


def _could(sounds: _Sounds, term: str, place: int, char: str) -> bool:
    """Whether the character can only stand there by mistake: rare in reports, or inside a term of three or more."""
    if char in sounds.interchangeable.get(term[place], ()):
        return False
    return "一" <= char <= "鿿" and (char not in sounds.common or (len(term) >= 3 and 0 < place < len(term) - 1))
