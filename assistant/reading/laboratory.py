"""Laboratory values with their units: what a report says of bilirubin, AFP or PSA, converted to the unit that is asked for."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.knowledge.lab_units import lab_units
from assistant.reading.cues import alternation, load, spellings
from assistant.report.facts import Mention, Reading, Sentence
from assistant.report.text import Evidence

_WINDOW = 80
_AHEAD = 30
_FIGURE = re.compile(r"(?<![\d.,/])(?<!\d-)\d+(?:,\d{3})*(?:\.\d+)?(?!\d)")
_RANGE = re.compile(r"\s{0,2}(?:-|~|to|至|到)\s{0,2}(\d+(?:,\d{3})*(?:\.\d+)?)(?!\d)")
_BETWEEN_NAMES = re.compile(r"[\s,、/&]{0,3}(?:and|or|及|和|与)?[\s,、]{0,2}")


@dataclass(frozen=True, slots=True)
class LabValue:
    """What one place of a report says of a laboratory value."""

    numbers: tuple[float | str, ...]
    """In the unit asked for: a number, or a condition (">400"); several where the missing unit leaves them open; none: only words."""
    level: str
    """ "normal", "high" or "low" where only words say it."""
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit of one value."""

    name: str
    pattern: re.Pattern[str] | None
    factor: float
    bare: tuple[float, float] | None
    bare_zh: tuple[float, float] | None
    ahead: bool = False
    """The number may stand in front of the name."""


def _behind(word: str) -> str:
    """The pattern of a word that may stand right behind a number."""
    return re.escape(word) + (r"(?![a-z0-9])" if word[-1].isascii() and word[-1].isalnum() else "")


@functools.cache
def _units() -> dict[str, tuple[_Unit, ...]]:
    out = {}
    for concept, rows in lab_units().items():
        units = []
        for name, row in rows.items():
            ends = [_behind(word) for word in spellings(row["as"])]
            pattern = re.compile(rf"[\s(]{{0,2}}(?:{'|'.join(ends)})") if ends else None
            bare, bare_zh = row.get("bare"), row.get("bare_zh", row.get("bare"))
            spans = (tuple(bare) if bare else None, tuple(bare_zh) if bare_zh else None)
            units.append(_Unit(name, pattern, float(row["factor"]), *spans, bool(row.get("ahead"))))
        out[concept] = tuple(units)
    return out


@dataclass(frozen=True, slots=True)
class _Words:
    filler: re.Pattern[str]
    earlier: re.Pattern[str]
    bounds: tuple[tuple[str, re.Pattern[str]], ...]
    other: re.Pattern[str]
    levels: tuple[tuple[str, re.Pattern[str]], ...]


@functools.cache
def _words() -> _Words:
    data: Mapping[str, Any] = load("labs")
    signs = {">=": "at_least", "<=": "at_most", ">": "more_than", "<": "less_than"}
    bound = alternation([w for key in signs.values() for w in data[key]])
    return _Words(
        filler=re.compile(rf"(?:[\s:=,()\[\]\-]|{alternation(data['fillers'])}|{bound})*"),
        earlier=re.compile(rf".*{alternation(data['earlier'])}[\s:=(]{{0,2}}(?:of |at |为|约|的)?", re.DOTALL),
        bounds=tuple((sign, re.compile(rf".*{alternation(data[key])}\s{{0,2}}", re.DOTALL)) for sign, key in signs.items()),
        other=re.compile(rf"[\s-]{{0,2}}(?:{'|'.join(_behind(w) for w in spellings(data['not_a_value']))})|[./-]\d"),
        levels=tuple(
            (str(k), re.compile("|".join([alternation(v["words"]), *map(re.escape, v["signs"])]))) for k, v in data["levels"].items()
        ),
    )


def lab_value(reading: Reading, concept: str, unit: str, within: set[int] | None = None) -> LabValue | None:
    """What the report says of a value: its first number, else the first words about it; None where it says nothing.

    Args:
        reading: of the report.
        concept: names the value; narrower ones count too.
        unit: that the number is wanted in.
        within: only in these sentences.
    """
    said: LabValue | None = None
    for number, (sentence, mentions) in enumerate(zip(reading.sentences, reading.mentions, strict=True)):
        for at, mention in enumerate(mentions if within is None or number in within else ()):
            if not mention.concept.is_a(concept):
                continue
            found = _number(reading, sentence, mentions, at, unit, concept)
            if found is not None:
                return found
            said = said or _level(reading, sentence, mentions, at)
    return said


def _limit(sentence: Sentence, mentions: tuple[Mention, ...], at: int) -> int:
    """Where the next value's name stands, or the sentence ends."""
    following = (m.start for m in mentions[at + 1 :] if m.id in _units() and m.start >= mentions[at].end and m.id != mentions[at].id)
    return min(next(following, sentence.end), sentence.end, mentions[at].end + _WINDOW)


def _number(reading: Reading, sentence: Sentence, mentions: tuple[Mention, ...], at: int, unit: str, concept: str) -> LabValue | None:
    shadow, mention = reading.shadow[sentence.source], mentions[at]
    low, high = mention.end, _limit(sentence, mentions, at)
    units = _units()[concept]
    timed = any(u.ahead for u in units)
    words = _words()
    for figure in _FIGURE.finditer(shadow, low, high):
        if figure.start() < low:
            continue
        end, top = figure.end(), None
        if not timed and words.earlier.fullmatch(shadow, low, figure.start()):
            low = next((m.end() for u in units if u.pattern and (m := u.pattern.match(shadow, end, end + 16))), end)
            continue
        if (span := _RANGE.match(shadow, end, end + 16)) is not None and _plain(span[1]) > _plain(figure[0]):
            end, top = span.end(), _plain(span[1])
        written = next(((u, m.end()) for u in units if u.pattern and (m := u.pattern.match(shadow, end, end + 16))), None)
        fits = tuple(u for u, _ in [written]) if written else ()
        if not fits and words.filler.fullmatch(shadow, low, figure.start()) and not words.other.match(shadow, end, end + 12):
            fits = tuple(_meant(units, _plain(figure[0]), sentence.language))
        if fits:
            sign = next((s for s, p in words.bounds if p.fullmatch(shadow, low, figure.start())), "")
            asked = next(u for u in units if u.name == unit).factor
            numbers = tuple(_converted(_plain(figure[0]), top, sign, u.factor / asked) for u in fits)
            return LabValue(numbers, "", reading.report.quote(mention.start, written[1] if written else end, sentence.source))
    return _ahead(reading, sentence, mention, units, unit) if any(u.ahead for u in units) else None


def _ahead(reading: Reading, sentence: Sentence, mention: Mention, units: tuple[_Unit, ...], unit: str) -> LabValue | None:
    """A number with its unit that stands in front of the name, the nearest one ("at 75 s it washes out")."""
    shadow, low = reading.shadow[sentence.source], max(sentence.start, mention.start - _AHEAD)
    for figure in reversed(list(_FIGURE.finditer(shadow, low, mention.start))):
        for u in units:
            if u.pattern and (behind := u.pattern.match(shadow, figure.end(), min(figure.end() + 16, mention.start))):
                asked = next(other for other in units if other.name == unit).factor
                sign = next((s for s, p in _words().bounds if p.fullmatch(shadow, low, figure.start())), "")
                number = _converted(_plain(figure[0]), None, sign, u.factor / asked)
                return LabValue((number,), "", reading.report.quote(figure.start(), max(behind.end(), mention.end), sentence.source))
    return None


def _meant(units: tuple[_Unit, ...], value: float, language: str) -> Iterator[_Unit]:
    """The units that a bare number may be in."""
    for unit in units:
        span = unit.bare_zh if language == "zh" else unit.bare
        if span is not None and span[0] <= value <= span[1]:
            yield unit


def _plain(figure: str) -> float:
    return float(figure.replace(",", ""))


def _converted(value: float, top: float | None, sign: str, factor: float) -> float | str:
    number = round(value * factor, 4)
    if top is not None:
        return f">={number:g} and <={round(top * factor, 4):g}"
    if sign:
        return f"{sign}{number:f}".rstrip("0").rstrip(".")
    return int(number) if number == int(number) else number


def _level(reading: Reading, sentence: Sentence, mentions: tuple[Mention, ...], at: int) -> LabValue | None:
    """A value in words: behind its name and the names of others in the same list, else in front of it."""
    shadow, mention = reading.shadow[sentence.source], mentions[at]
    listed = mention.end
    for other in mentions[at + 1 :]:
        if other.start >= listed and other.id in _units() and _BETWEEN_NAMES.fullmatch(shadow, listed, other.start):
            listed = other.end
    following = (m.start for m in mentions[at + 1 :] if m.id in _units() and m.start >= listed)
    high = min(next(following, sentence.end), sentence.end, listed + _AHEAD)
    for low, top in ((listed, high), (max(sentence.start, mention.start - _AHEAD), mention.start)):
        behind = low == listed
        found = [(m, name) for name, pattern in _words().levels for m in pattern.finditer(shadow, low, top)]
        near = [(m, n) for m, n in found if not re.search(r"[;。.]", shadow[low : m.start()] if behind else shadow[m.end() : top])]
        if not behind:
            near = [(m, n) for m, n in near if not re.search(r"[,\d]", shadow[m.end() : top]) and mention.start - m.end() <= 8]
        if near:
            word, level = near[0]
            start, end = min(mention.start, word.start()), max(mention.end, word.end())
            return LabValue((), level, reading.report.quote(start, end, sentence.source))
    return None


__all__ = ["LabValue", "lab_value"]
