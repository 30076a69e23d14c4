"""The category that a report states itself, found as each guideline's file says how reports write it."""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.knowledge.guideline import Guideline, Stated

_ROMAN = {"i": "ⅰ", "ii": "ⅱ", "iii": "ⅲ", "iv": "ⅳ", "v": "ⅴ", "vi": "ⅵ"}
_ROMAN_VALUE = re.compile(r"(iv|vi|v|i{1,3})([a-d]?[0-9]?)")
_GAP = r"[\s\-‐‑–—_:：=()（）\[\]【】\"“”'‘’,，.。]{0,4}"
_JOIN = r"\s{0,2}(?:/|、|-|–|~|～|或者?|至|到|和|or|to|and)\s{0,2}"
_NO_UNIT = r"(?!\s{0,2}(?:mm|cm|毫米|厘米|months?|weeks?|years?|个月|周|年|%|x|×|\*)|[.．]\d)"
_AFTER = r"(?:\s?[类期级])?"


def find_stated(guideline: Guideline, folded: str) -> list[tuple[str, int, int]]:
    """Every category that the text states, with its half-open place, in order.

    Args:
        guideline: whose categories.
        folded: the text in lower case, half width, simplified Chinese, at the length of the original, so that places fit.

    A joint statement ("LR-4/5", "3 or 4A") gives both, each with its own place. Whether it is about now or about an earlier
    examination is for the caller to judge from the words around it.
    """
    if guideline.stated is None:
        return []
    found: dict[int, tuple[str, int, int]] = {}
    pattern, joined, phrases = _patterns(_Key(guideline.stated))
    matches = list(pattern.finditer(folded))
    starts = {match.start("value") for match in matches}
    for match in matches:
        found[match.start()] = (_category(guideline.stated, match["value"]), match.start(), match.end())
        end = match.end("value")
        while (more := joined.match(folded, end)) and more.start("value") not in starts:
            found[more.start("value")] = (_category(guideline.stated, more["value"]), more.start("value"), more.end())
            end = more.end("value")
    if phrases is not None:
        for match in phrases.finditer(folded):
            category = next(name for name, listed in guideline.stated.phrases.items() if match[0] in listed)
            found.setdefault(match.start(), (category, match.start(), match.end()))
    return [found[place] for place in sorted(found)]


class _Key:
    """Lets a compiled pattern be kept for a part of a file that has no hash of its own."""

    def __init__(self, stated: Stated) -> None:
        self.stated = stated

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.stated is self.stated

    def __hash__(self) -> int:
        return id(self.stated)


@lru_cache(maxsize=128)
def _patterns(key: _Key) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str] | None]:
    stated = key.stated
    prefixes = "|".join(_word(p) for p in sorted(stated.prefixes, key=len, reverse=True))
    between = "|".join(_word(b) for b in sorted(stated.between, key=len, reverse=True))
    values = sorted({v for listed in stated.values.values() for v in listed}, key=len, reverse=True)
    suffix = f"(?:{_GAP}{re.escape(stated.suffix)}(?![a-z0-9]))?" if stated.suffix else ""
    value = "(?P<value>" + "|".join(_value(v, stated.suffix) for v in values) + ")" + _NO_UNIT + suffix + _AFTER
    middle = f"(?:{_GAP}(?:{between})){{0,4}}{_GAP}" if between else _GAP
    pattern = re.compile(f"(?<![a-z0-9])(?:{prefixes}){middle}{value}")
    joined = re.compile(_AFTER + _JOIN + f"(?:(?:{prefixes}){_GAP})?" + value)
    phrases = sorted({p for listed in stated.phrases.values() for p in listed}, key=len, reverse=True)
    return pattern, joined, re.compile("|".join(map(re.escape, phrases))) if phrases else None


def _word(text: str) -> str:
    """A prefix or filler: hyphens and blanks in it are interchangeable, Latin words end where they end."""
    body = r"[\s\-‐‑–—_]?".join(re.escape(part) for part in re.split(r"[\s\-]", text) if part)
    return body + (r"(?![a-z])" if text[-1].isascii() and text[-1].isalpha() else "")


def _value(text: str, suffix: str) -> str:
    roman = _ROMAN_VALUE.fullmatch(text)
    if roman:
        number, letter = roman.groups()
        body = f"(?:{number}|{_ROMAN[number]})" + (rf"[\s\-]?{letter}" if letter else "")
    else:
        body = r"[\s\-]?".join(re.escape(part) for part in re.split(r"[\s\-]", text) if part)
    if not text[-1].isascii():
        return body
    tail = rf"(?!(?!{re.escape(suffix)}(?![a-z0-9]))[a-z0-9])" if suffix else r"(?![a-z0-9])"
    return body + tail


def _category(stated: Stated, value: str) -> str:
    plain = re.sub(r"[\s\-]", "", value)
    for one, many in ((v, k) for k, v in _ROMAN.items()):
        plain = plain.replace(one, many)
    return next(name for name, listed in stated.values.items() if any(re.sub(r"[\s\-]", "", v) == plain for v in listed))


_LETTER = r"[cp]?(t(?:x|is|0|1mi|[1-4][abcd]?)|n(?:x|[0-3][abc]?)|m(?:x|0|1[abcd]?[12]?))"
_LETTERS = re.compile(rf"(?<![a-z0-9]){_LETTER}(?:[\s,/]{{0,2}}{_LETTER})?(?:[\s,/]{{0,2}}{_LETTER})?(?![a-z0-9])")
_SAYS = re.compile(
    r"(?:considered|consider|suggest\w*|suspici\w+ (?:for|of)|correspond\w*|staged?|stage|class\w*"
    r"|category|indicat\w*|represent\w*|likely|equals?|meets?|clinical|tnm|分期|考虑|为|属|属于|符合|诊断|相当于)"
    r"[\s:(]*(?:as |to be |to |for |a |an |at least |least |is |it |of )*$"
)
_NOT_LETTERS = re.compile(
    r"\s*(?:vertebra|vertebral|level|nerve|root|body|-?weighted|wi\b|signal|hyper|hypo|sequence|spinal|rib|加权|信号|椎)"
)


def chosen_by_letters(possible: tuple[str, ...], shadow: str) -> tuple[str, ...]:
    """Of TNM answers those that agree with the T, N and M that the report gives; all of them where that leaves none.

    A single letter counts only behind a word of judgement ("considered T3"): T4 is a vertebra too.
    """
    found: dict[str, str] = {}
    for match in _LETTERS.finditer(shadow):
        letters = [g for g in match.groups() if g]
        alone = len(letters) == 1
        if (alone and not _SAYS.search(shadow, max(0, match.start() - 40), match.start())) or _NOT_LETTERS.match(shadow, match.end()):
            continue
        found |= {letter[0]: letter for letter in letters}
    left = possible
    for name, letter in found.items():
        kept = tuple(
            p for p in left if any(w.lstrip("cyp").lower().startswith(letter) for w in p.split() if w.lstrip("cyp")[:1].lower() == name)
        )
        left = kept or left
    return left
