"""Which language a report and each of its sentences is written in."""

from __future__ import annotations

import functools
import re
import string
from typing import Any

from assistant.reading.cues import load

_HAN = re.compile("[\u3400-\u9fff]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_LATIN = re.compile("[a-z]")
_WORD = re.compile(r"[^\W\d_]+")

_HAN_WEIGHT = 2.5
"""A Chinese character carries about as much as two or three Latin letters."""
_ENGLISH_SHARE = 0.2
"""English reports have at least this share of the listed words; telegraphic ones the least."""
_SAMPLE = 1500
"""Characters looked at: enough to be sure, and bounded."""


@functools.cache
def _english() -> frozenset[str]:
    return frozenset(word for line in load("languages")["en"] for word in str(line).split())


@functools.cache
def _identifier() -> Any:
    # Importing py3langid takes about a second; only texts that do not look English pay for it.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([str(code) for code in load("languages")["others"]])
    return identifier


def _count(pattern: re.Pattern[str], text: str) -> int:
    return len(pattern.findall(text))


def _script(sample: str) -> str | None:
    """zh, ja or ko where the script decides, "" where it is Latin or another alphabet, None where there are no letters."""
    if sample.isascii():
        return "" if any(c in string.ascii_lowercase for c in sample) else None
    han, kana, hangul = (_count(p, sample) for p in (_HAN, _KANA, _HANGUL))
    latin = _count(_LATIN, sample)
    if (han + kana) * _HAN_WEIGHT >= latin and han + kana:
        return "ja" if kana * 12 >= han + kana and kana > 3 else "zh"
    if hangul * _HAN_WEIGHT >= latin and hangul:
        return "ko"
    return "" if _WORD.search(sample) else None


def report_language(text: str, shadow: str, stated: str | None = None) -> str:
    """The language of a text (and its folded shadow) as an ISO 639-1 code: stated, or by script and words; English in doubt."""
    if stated:
        return stated.split("-")[0].split("_")[0].lower() or "en"
    sample = shadow[:_SAMPLE]
    script = _script(sample)
    if script:
        return script
    words = _WORD.findall(sample)
    if script is None or not words:
        return "en"
    english = sum(1 for word in words if word in _english()) / len(words)
    # A few words without one English function word may be either; a longer text shows its language.
    if english >= (_ENGLISH_SHARE if len(words) >= 12 else 0.08) or len(words) < 5:
        return "en"
    code, sure = _identifier().classify(sample)
    return str(code) if sure > 0.7 else "en"


def sentence_language(words: str, report: str) -> str:
    """The language of one folded sentence inside a report of the given language (mixed reports are common)."""
    if words.isascii():
        if report in ("zh", "ja", "ko"):
            return "en" if _count(_LATIN, words) >= 8 and " " in words.strip() else report
        return report
    script = _script(words)
    if script in ("zh", "ja", "ko"):
        return report if script == "zh" and report == "ja" else script
    return "en" if report in ("zh", "ja", "ko") and script == "" and _count(_LATIN, words) >= 8 else report
