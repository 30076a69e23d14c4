"""The patterns around numbers, built once from knowledge_base/lexicon/reading_measurements.yaml."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

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


@functools.cache
def atoms() -> re.Pattern[str]:
    """A number, in figures (`d`) or words (`w` English, `z` Chinese), with the unit (`u`) that follows it."""
    ends = "|".join(
        # A unit that ends in a letter ends the word; one that Chinese text runs into does not matter.
        re.escape(u).replace(r"\ ", r"[ \t\n]{1,3}") + (r"(?![a-wyz]|x[a-z])" if u[-1].isascii() and u[-1].isalpha() else "")
        for u in sorted(units(), key=len, reverse=True)
    )
    zh = "|".join(re.escape(u) for u in sorted(units(), key=len, reverse=True) if not u.isascii())
    zh_count = "|".join(spellings(load("measurements")["zh_countable"]))
    number = r"\d+(?:[.,]\d+)*"
    english = rf"(?<![a-z]){ENGLISH}(?:[ \t\n-]{{1,3}}(?:and[ \t]+(?:a[ \t]+)?(?=half|[a-z]+(?:teen|ty)|{ENGLISH}))?{ENGLISH}){{0,9}}"
    chinese = rf"{CHINESE}{{1,8}}(?=[ ]?(?:{zh}|mm|cm|{zh_count}))"
    return re.compile(rf"(?:(?P<d>{number})|(?P<w>{english})|(?P<z>{chinese}))(?:[ \t\n-]{{0,3}}(?P<u>{ends}))?")


@dataclass(frozen=True, slots=True)
class Words:
    """Compiled patterns: `_left` ones are searched in the words in front of a number, `_right` ones match behind it."""

    axes: re.Pattern[str]
    bounds: re.Pattern[str]
    members: re.Pattern[str]
    identifier_left: re.Pattern[str]
    approximate_left: re.Pattern[str]
    approximate_right: re.Pattern[str]
    bound_left: re.Pattern[str]
    bound_right: re.Pattern[str]
    role_left: re.Pattern[str]
    role_right: re.Pattern[str]
    prior_left: re.Pattern[str]
    seen_left: re.Pattern[str]
    prior_right: re.Pattern[str]
    from_left: re.Pattern[str]
    just_said_left: re.Pattern[str]
    growth_left: re.Pattern[str]
    zh_change_right: re.Pattern[str]
    no_change_left: re.Pattern[str]
    not_anatomy_left: re.Pattern[str]
    not_anatomy_right: re.Pattern[str]
    given_left: re.Pattern[str]
    given_right: re.Pattern[str]
    lab_left: re.Pattern[str]
    suv_left: re.Pattern[str]
    hu_left: re.Pattern[str]
    adc_left: re.Pattern[str]
    count_right: re.Pattern[str]
    zh_count_right: re.Pattern[str]
    small: re.Pattern[str]
    roles: tuple[str, ...]
    bound_signs: tuple[str, ...]


_MEASURING = (
    r"(?:[\s:(,=~<>]|measur(?:ed|ing|ement|ements)|size|sized|diameter|was|were|is|being|of|at|about|approximately|approx|around|only|to|"
    r"long axis|short axis|mean|average|volume|suvmax|约|为|大小|直径|径|长|短|最大|大者|较|测|量|值|是|病灶|结节|肿块){0,7}$"
)


def _numbered(rows: dict[str, Any], key: str | None) -> str:
    return "|".join(f"(?P<g{i}>{alternation(row[key] if key else row)})" for i, row in enumerate(rows.values()) if not key or row.get(key))


@functools.cache
def words() -> Words:
    """All patterns of the file."""
    d = load("measurements")
    names = alternation(d["axis_names"])
    approximate = alternation(d["approximate"])
    fillers = rf"(?:[\s(]*{alternation(d['value_fillers'], whole_words=False)}){{0,5}}[\s(]*$"
    prior = alternation(d["prior"]["before"])
    skip = alternation(d["not_anatomy"]["behind_fillers"])
    nouns = alternation(d["countable"])
    return Words(
        axes=re.compile(rf"\s*(?:\(?{names}\)?\s*)?{alternation(d['between_axes'], whole_words=False)}\s*(?:约\s*)?(?:\(?{names}\)?\s*)?"),
        bounds=re.compile(rf"\s*{alternation(d['between_bounds'], whole_words=False)}\s*(?:约\s*|about\s*)?"),
        members=re.compile(rf"\s*{alternation(d['between_members'])}\s*(?:约\s*|about\s*|approximately\s*)?"),
        identifier_left=re.compile(rf"{alternation(d['identifiers'])}[\s:.#-]{{0,2}}$|[l-t]\d{{1,2}}\s?[,、/-]\s?$"),
        approximate_left=re.compile(rf"{approximate}\s*$|[~≈±]\s*$"),
        approximate_right=re.compile(rf"\s*{alternation(d['approximate_behind'])}"),
        bound_left=re.compile(rf"(?:{_numbered(d['bounds'], None)})\s*(?:{approximate}\s*)?$"),
        bound_right=re.compile(rf"\s*(?:{_numbered(d['bounds_behind'], None)})"),
        role_left=re.compile(_numbered(d["roles"], "before")),
        role_right=re.compile(rf"\s*\(?\s*(?:{_numbered(d['roles'], 'behind')})"),
        prior_left=re.compile(rf"{prior}{_MEASURING}|[较与][^,;。]{{0,20}}\($"),
        seen_left=re.compile(rf"{alternation(d['prior']['seen_before'])}(?:\s+(?:an?|the|at|as|of))?\s*$"),
        prior_right=re.compile(rf"[\s(]{{0,3}}{alternation(d['prior']['behind'])}"),
        from_left=re.compile(rf"(?:(?<![a-z])from|{alternation(d['zh_from'])})\s*(?:{approximate}\s*|an? |its |原来|原)?$"),
        just_said_left=re.compile(rf"(?:[(,;]|[(,;] ?(?:it|this|which)|and)\s*{alternation(d['just_said'])}\s*(?:{approximate}\s*)?$"),
        growth_left=re.compile(alternation(d["change_verbs"])),
        zh_change_right=re.compile(rf"[\s),]{{0,3}}{alternation(d['zh_change'])}"),
        no_change_left=re.compile(alternation(d["no_change_from"])),
        not_anatomy_left=re.compile(rf"{alternation(d['not_anatomy']['before'])}[\s:=(]{{0,3}}(?:of |was |is |with |at |a |为|约)?\s?$"),
        not_anatomy_right=re.compile(rf"(?:[\s-]{{1,2}}{skip}){{0,4}}[\s-]{{0,2}}{alternation(d['not_anatomy']['behind'])}"),
        given_left=re.compile(rf"{alternation(d['given']['before'])}[^,;。\n]{{0,12}}$"),
        given_right=re.compile(rf"\s*{alternation(d['given']['behind'])}"),
        lab_left=re.compile(rf"{alternation(d['labs'])}(?:\s*{alternation(d['lab_fillers'], whole_words=False)}){{0,5}}\s*\(?$"),
        suv_left=re.compile(rf"{alternation(d['suv'])}{fillers}"),
        hu_left=re.compile(rf"{alternation(d['hu_words'])}{fillers}"),
        adc_left=re.compile(rf"{alternation(d['adc'])}{fillers}"),
        count_right=re.compile(rf"\s{{1,3}}(?:(?!and |or |of |in |to |with )[a-z][a-z-]{{1,17}} |[\d.]{{1,5}}(?: ?x ?[\d.]{{1,5}}){{0,2}}[ -]?(?:mm|cm) ){{0,4}}{nouns}"),
        zh_count_right=re.compile(rf"\s?{alternation(d['zh_countable'])}(?!{alternation(d['zh_not_counted'])})"),
        small=re.compile(alternation(d["small_words"])),
        roles=tuple(d["roles"]),
        bound_signs=tuple(d["bounds"]),
    )
