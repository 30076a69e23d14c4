"""How hard an English text is to read: the US school grade of Flesch and Kincaid."""

from __future__ import annotations

import functools
import re
from typing import Any

_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*|\d[\d.,]*")
_SENTENCE = re.compile(r"[.!?:](?=\s|$|”)|\n")


@functools.cache
def _hyphens() -> Any:
    from pyphen import Pyphen

    return Pyphen(lang="en_US", left=1, right=2)


@functools.lru_cache(maxsize=8192)
def syllables(word: str) -> int:
    """Syllables of a word, by its hyphenation points; a number counts as one."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    if not letters:
        return 1
    pieces = str(_hyphens().inserted(letters)).split("-")
    # Hyphenation leaves out breaks that look bad in print, so groups of vowels are counted as well.
    groups = len(re.findall(r"[aeiouy]+", letters))
    spoken = letters.endswith(("ee", "ye")) or re.search(r"[^aeiouy]le$", letters)
    silent = letters.endswith("e") and not spoken and groups > 1
    # Pieces without a vowel, and a last one whose only vowel is silent, are not spoken by themselves.
    by_hyphens = sum(1 for p in pieces if re.search(r"[aeiouy]", p)) - bool(silent and re.fullmatch(r"[^aeiouy]+e", pieces[-1]))
    return max(by_hyphens, groups - bool(silent), 1)


def grade(text: str) -> float | None:
    """The grade of a text, one decimal; None where there are no words.

    Source: Kincaid and others, 1975 (0.39 words per sentence + 11.8 syllables per word - 15.59).
    """
    words = _WORD.findall(text)
    if not words:
        return None
    sentences = sum(1 for part in _SENTENCE.split(text) if _WORD.search(part))
    return round(0.39 * len(words) / max(1, sentences) + 11.8 * sum(syllables(w) for w in words) / len(words) - 15.59, 1)
