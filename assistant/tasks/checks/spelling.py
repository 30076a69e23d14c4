"""Misspelt English words: no words, and one slip away from a term."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from rapidfuzz import process
from rapidfuzz.distance import OSA

from assistant.knowledge.checks import CheckRule, load_checks
from assistant.knowledge.lexicon import load_lexicon
from assistant.report.results import Issue
from assistant.rooms import room
from assistant.tasks.checks.subject import Subject

_SHORTEST = 6
"""Letters of the shortest English word that is looked at; shorter ones have too many neighbours."""
_WORD = re.compile(r"(?<![\w.@/'-])[a-z]{6,24}(?![\w@/]|-[a-z]|'[a-rt-z])")
_MOST = 12
"""Misspelt words in one report above which it is in another language, or not prose."""


@functools.cache
def _words() -> tuple[frozenset[str], list[str], frozenset[str]]:
    """Known words, the terms that others are slips of, and the surest of these; all in one spelling for British and American."""
    folder = room("knowledge_base") / "checks"
    known: set[str] = set()
    terms: set[str] = set()
    for line in (folder / "words_en.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        words = line.lower().lstrip("*").split()
        known |= {_plain(w) for w in words}
        if line.startswith("*"):
            terms |= {_plain(w) for w in words if len(w) >= _SHORTEST}
    sure = frozenset(terms)
    for word in set(re.findall(r"[a-z]{4,}", "\n".join(load_lexicon().phrases()))):
        known.add(plain := _plain(word))
        if len(word) >= _SHORTEST:
            terms.add(plain)
    return frozenset(known), sorted(terms), sure


def _plain(word: str) -> str:
    """One spelling for words that British and American English spell differently."""
    word = word.replace("ae", "e").replace("oe", "e").replace("isation", "ization").replace("yse", "yze")
    if word.endswith(("ise", "ised", "ises", "ising")):
        word = word[: word.rindex("is")] + "iz" + word[word.rindex("is") + 2 :]
    for british, american in _BRITISH:
        word = word.replace(british, american)
    return word


_BRITISH = (("our", "or"), ("centre", "center"), ("metre", "meter"), ("litre", "liter"), ("abell", "abel"), ("odell", "odel"))


def _is_known(word: str, known: frozenset[str]) -> bool:
    """Whether a word, or what is left of it without a common ending or beginning, is known."""
    if word in known:
        return True
    for ending in load_checks().word_endings:
        if word.endswith(ending):
            stem = word[: -len(ending)]
            if stem in known or stem + "e" in known or stem + "y" in known or (stem[-1:] == "i" and stem[:-1] + "y" in known):
                return True
            if len(stem) > 3 and stem[-1] == stem[-2] and stem[:-1] in known:
                return True
    fronts = (f for f in load_checks().word_fronts if word.startswith(f) and len(word) - len(f) >= 4)
    return any(_is_tail(word[len(front) :], known) for front in fronts)


def _is_tail(word: str, known: frozenset[str]) -> bool:
    return word in known or (word.endswith("s") and word[:-1] in known) or (word.endswith("ly") and word[:-2] in known)


@functools.lru_cache(maxsize=8192)
def _meant(word: str) -> str:
    """The term that a word is one slip away from, or "" where it is a word itself or nothing is near."""
    known, terms, sure = _words()
    word = _plain(word)
    if _is_known(word, known):
        return ""
    near = process.extract(word, terms, scorer=OSA.distance, score_cutoff=1 if len(word) < 10 else 2, limit=4)
    near = [n for n in near if n[0][0] == word[0] or n[1] == 1]
    if not near:
        return ""
    best = min(near, key=lambda n: n[1])
    if best[1] > 1 and (best[0] not in sure or len(best[0]) < 10 or sum(1 for n in near if n[1] == best[1]) > 2):
        return ""
    # "nodular" is no slip of "nodule", nor "calcific" of "calcified": another ending is another word.
    same_stem = best[0][:-1] in (word[:-1], word) or word[:-1] == best[0] or (best[1] > 1 and best[0][:-3] == word[: len(best[0]) - 3])
    return "" if same_stem else best[0]


def misspelt(about: Subject, rule: CheckRule) -> Iterator[Issue]:
    """English words that are no words, one slip away from a term."""
    seen: dict[str, int] = {}
    text = about.text
    found: list[Issue] = []
    for match in _WORD.finditer(about.shadow):
        word, start = match.group(), match.start()
        if word in seen:
            continue
        seen[word] = start
        # A capital inside a sentence is a name.
        if text[start].isupper() and not text[start : match.end()].isupper() and not _opens(about.shadow, start):
            continue
        if meant := _meant(word):
            found.append(about.issue(rule, start, match.end(), expected=meant))
    if len(found) <= _MOST:
        yield from found


def _opens(shadow: str, start: int) -> bool:
    before = shadow[max(0, start - 4) : start].rstrip(" \t")
    return not before or before[-1] in ".\n:;!?)-•0123456789" or start == 0
