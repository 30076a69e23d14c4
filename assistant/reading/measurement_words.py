"""The units of quantities and the words around them, built once from knowledge_base/lexicon/reading_measurements.yaml."""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ahocorasick_rs import AhoCorasick

from assistant.reading.cues import alternation, load, spellings
from assistant.reading.number_words import CHINESE, ENGLISH


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as written: what kind of quantity it makes and its factor into the library's unit."""

    kind: str
    factor: float


@functools.cache
def units() -> dict[str, Unit]:
    """Every unit as written, folded."""
    out: dict[str, Unit] = {}
    for kind, rows in load("measurements")["units"].items():
        for phrase, factor in rows.items():
            for spelling in spellings([phrase]):
                out[spelling] = Unit(str(kind), float(factor))
    return out


def _unit_pattern() -> str:
    """Units behind a number. One that ends in a letter ends the word, unless an "x" and the next axis follow."""
    return "|".join(
        re.escape(u).replace(r"\ ", r"[ \t\n]{1,3}") + (r"(?![a-wyz]|x[a-z])" if u[-1].isascii() and u[-1].isalpha() else "")
        for u in sorted(units(), key=len, reverse=True)
    )


@functools.cache
def figures() -> re.Pattern[str]:
    """A number in figures and its unit."""
    return re.compile(rf"(?P<n>\d+(?:[.,]\d+)*)(?:[ \t\n-]{{0,3}}(?P<u>{_unit_pattern()}))?")


@functools.cache
def english_numbers() -> re.Pattern[str]:
    """A number in English words and its unit."""
    more = rf"[ \t\n-]{{1,3}}(?:and[ \t](?:a[ \t])?)?{ENGLISH}"
    return re.compile(rf"(?:^|[\s(,;:~<>=.'\"/-])(?P<n>{ENGLISH}(?:{more}){{0,9}})(?:[ \t\n-]{{1,3}}(?P<u>{_unit_pattern()}))?")


@functools.cache
def chinese_numbers() -> re.Pattern[str]:
    """A number in Chinese characters in front of a unit or a counting word."""
    zh = "|".join(re.escape(u) for u in sorted(units(), key=len, reverse=True) if not u.isascii())
    counted = "|".join(spellings(load("measurements")["zh_countable"]))
    return re.compile(rf"(?P<n>{CHINESE}{{1,8}})(?=[ ]?(?:{zh}|mm|cm|{counted}))[ ]?(?P<u>{zh}|mm|cm)?")


class Cues:
    """Where the cue words of one text stand, by what they say ("prior", "role:mean", "bound:<", ...)."""

    __slots__ = ("_places",)

    def __init__(self, shadow: str) -> None:
        self._places: dict[str, tuple[list[int], list[int]]] = {}
        automaton, guards, names = _automaton()
        size = len(shadow)
        for index, start, end in automaton.find_matches_as_indexes(shadow, overlapping=True):
            front, back = guards[index]
            if (front and start and _latin(shadow[start - 1])) or (back and end < size and _latin(shadow[end])):
                continue
            for name in names[index]:
                starts, ends = self._places.setdefault(name, ([], []))
                starts.append(start)
                ends.append(end)
        for name, (starts, ends) in self._places.items():
            order = sorted(range(len(starts)), key=starts.__getitem__)
            self._places[name] = [starts[i] for i in order], [ends[i] for i in order]

    def within(self, name: str, low: int, high: int) -> Iterator[tuple[int, int]]:
        """The (start, end) of each such cue that lies in the range, in order."""
        places = self._places.get(name)
        if places:
            starts, ends = places
            for i in range(bisect_left(starts, low), len(starts)):
                if starts[i] >= high:
                    return
                if ends[i] <= high:
                    yield starts[i], ends[i]

    def leads_to(self, name: str, shadow: str, low: int, at: int, gap: re.Pattern[str]) -> bool:
        """Whether such a cue stands in front of a place with no more than the gap's words between."""
        return any(gap.fullmatch(shadow, end, at) for _, end in self.within(name, low, at))

    def follows(self, name: str, shadow: str, at: int, high: int, gap: re.Pattern[str]) -> int:
        """Where the longest such cue behind a place ends, with no more than the gap's words between; -1 where none stands there."""
        return max((end for start, end in self.within(name, at, high) if gap.fullmatch(shadow, at, start)), default=-1)


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _rows(data: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    for role, row in data["roles"].items():
        yield f"role:{role}", row["before"]
        yield f"role_behind:{role}", row.get("behind", [])
    for sign, phrases in data["bounds"].items():
        yield f"bound:{sign}", phrases
    for sign, phrases in data["bounds_behind"].items():
        yield f"bound_behind:{sign}", phrases
    for name in ("prior", "not_anatomy", "given"):
        yield name, data[name]["before"]
        yield f"{name}_behind", data[name]["behind"]
    yield "seen", data["prior"]["seen_before"]
    for name in _PLAIN:
        yield name, data[name]


_PLAIN = (
    *("approximate", "approximate_behind", "change_verbs", "zh_from", "zh_change", "no_change_from", "just_said", "said_then", "said_now"),
    *("labs", "suv", "hu_words", "adc", "countable", "small_words", "identifiers"),
)


@functools.cache
def _automaton() -> tuple[AhoCorasick, list[tuple[bool, bool]], list[tuple[str, ...]]]:
    found: dict[str, list[str]] = {}
    for name, phrases in _rows(load("measurements")):
        for spelling in spellings(phrases):
            found.setdefault(spelling, []).append(name)
    guards = [(_latin(p[0]), _latin(p[-1])) for p in found]
    return AhoCorasick(list(found)), guards, [tuple(dict.fromkeys(names)) for names in found.values()]


@dataclass(frozen=True, slots=True)
class Gaps:
    """What may stand between numbers, and between a cue and its number."""

    axes: re.Pattern[str]
    bounds: re.Pattern[str]
    members: re.Pattern[str]
    nothing: re.Pattern[str]
    measuring: re.Pattern[str]
    value: re.Pattern[str]
    lab: re.Pattern[str]
    slices: re.Pattern[str]
    description: re.Pattern[str]
    few: re.Pattern[str]
    zh_counted: re.Pattern[str]


_MEASURING = (
    r"(?:[\s:(,=~<>]|measur(?:ed|ing|ement|ements)|size|sized|diameter|was|were|is|being|of|at|about|approximately|approx|around|only|to|"
    r"long axis|short axis|mean|average|volume|suv|max|约|为|大小|直径|径|长|短|最大|大者|较|测|量|值|是|病灶|结节|肿块)*"
)


@functools.cache
def gaps() -> Gaps:
    """The patterns between words and numbers."""
    d = load("measurements")
    names = alternation(d["axis_names"])
    value = alternation(d["value_fillers"], whole_words=False)
    skip = alternation(d["not_anatomy"]["behind_fillers"])
    counted, uncounted = (alternation(d[name]) for name in ("zh_countable", "zh_not_counted"))
    return Gaps(
        axes=re.compile(rf"\s*(?:\(?{names}\)?\s*)?{alternation(d['between_axes'], whole_words=False)}\s*(?:约\s*)?(?:\(?{names}\)?\s*)?"),
        bounds=re.compile(rf"\s*{alternation(d['between_bounds'], whole_words=False)}\s*(?:约\s*|about\s*)?"),
        members=re.compile(rf"\s*{alternation(d['between_members'])}\s*(?:约\s*|about\s*|approximately\s*)?"),
        nothing=re.compile(r"[\s(]*"),
        measuring=re.compile(_MEASURING),
        value=re.compile(rf"[\s(]*(?:{value}[\s(]*){{0,5}}"),
        lab=re.compile(rf"[\s(]*(?:{alternation(d['lab_fillers'], whole_words=False)}[\s(]*){{0,5}}"),
        slices=re.compile(rf"(?:[\s-]{{1,2}}{skip}){{0,4}}[\s-]{{0,2}}"),
        description=re.compile(
            r"\s{1,3}(?:(?!and |or |of |in |to |with )[a-z][a-z-]{1,17} |[\d.]{1,5}(?: ?x ?[\d.]{1,5}){0,2}[ -]?(?:mm|cm) ){0,4}"
        ),
        few=re.compile(r"[^,;。\n]{0,12}"),
        zh_counted=re.compile(rf"\s?{counted}(?!{uncounted})"),
    )
