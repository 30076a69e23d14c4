"""Clauses: the stretches of a sentence that make one statement each, which negation and contrast phases attach to."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from assistant.reading.cues import alternation, load
from assistant.report.facts import Clause

_COMMA = re.compile(r"[,;](?!\d{3}(?!\d))")
_LETTERS = re.compile(r"[^\W\d_]")
_ONLY_NUMBERS = re.compile(r"[\s\d.,x*~\-/()<>≤≥+]*(?:mm|cm|ml|hu|cc|%)?[\s\d.,x*~\-/()<>≤≥+]*(?:mm|cm|ml|hu|cc|%)?[\s)]*")


@functools.cache
def _found(name: str, *, start: bool = False) -> Callable[[str, int, int], re.Match[str] | None]:
    data = load("sentences")[name]
    chinese = name.startswith("zh_")
    pattern = "|".join(str(p) for p in data) if chinese else alternation(data)
    compiled = re.compile((r"[\s(]*(?:and\s+|or\s+)?" if start and not chinese else r"\s*" if start else "") + f"(?:{pattern})")
    return compiled.match if start else compiled.search


@functools.cache
def _breakers() -> re.Pattern[str]:
    return re.compile(r"(?<=[\w)%.])\s+(?=" + alternation(load("sentences")["breakers"]) + ")")


@functools.cache
def _zh_breakers() -> re.Pattern[str]:
    return re.compile("(?<=[^,;、。(])(?=" + "|".join(load("sentences")["zh_breakers"]) + ")")


def split_clauses(shadow: str, start: int, end: int, language: str) -> tuple[Clause, ...]:
    """The clauses of a sentence, in order, covering it up to white space and the marks between them."""
    cuts = _chinese_cuts(shadow, start, end) if language in ("zh", "ja") else _english_cuts(shadow, start, end)
    edges = [start, *cuts, end]
    out = []
    for low, high in zip(edges, edges[1:], strict=False):
        while low < high and shadow[low] in " \t\n,;":
            low += 1
        while high > low and shadow[high - 1] in " \t\n,;":
            high -= 1
        if low < high:
            out.append(Clause(low, high))
    return tuple(out)


def _pieces(shadow: str, start: int, end: int) -> list[tuple[int, int, str]]:
    """The stretches between commas and semicolons outside brackets, with the mark in front of each."""
    out = []
    at, mark, depth, seen = start, "", 0, start
    for match in _COMMA.finditer(shadow, start, end):
        place = match.start()
        depth = max(0, depth + shadow.count("(", seen, place) - shadow.count(")", seen, place))
        seen = place
        if depth and shadow.find(")", place, min(end, place + 120)) != -1:
            continue
        out.append((at, place, mark))
        at, mark = place + 1, match.group()
    out.append((at, end, mark))
    return out


def _english_cuts(shadow: str, start: int, end: int) -> list[int]:
    pieces = _pieces(shadow, start, end)
    cuts: list[int] = []
    negated = told = False
    head = start
    for index, (low, high, mark) in enumerate(pieces):
        if index and (mark == ";" or _starts_clause(shadow, pieces, index, head, told=told, negated=negated)):
            cuts.append(low)
            head, negated, told = low, False, False
        inner_head = head
        for match in _breakers().finditer(shadow, max(low, inner_head + 1), high):
            if _LETTERS.search(shadow, inner_head, match.start()) and _breaks(shadow, inner_head, match.end(), high):
                cuts.append(match.end())
                inner_head = match.end()
        head = inner_head
        negated = bool(_found("negations")(shadow, head, high))
        told = negated or bool(_found("predicates")(shadow, head, high))
    return cuts


def _breaks(shadow: str, head: int, place: int, end: int) -> bool:
    """Whether a breaking word here starts a clause: the part in front must say something itself."""
    if shadow.startswith(("while", "though", "but", "however", "although", "whereas", "except", "apart", "other"), place):
        return True
    words = shadow[head:place].split()
    if shadow.startswith(("without", "with "), place):
        return len(words) >= 2
    return len(words) >= 2 and bool(_found("predicates")(shadow, head, place) or _found("negations")(shadow, head, place))


def _starts_clause(shadow: str, pieces: list[tuple[int, int, str]], index: int, head: int, *, told: bool, negated: bool) -> bool:
    low, high, _ = pieces[index]
    if _ONLY_NUMBERS.fullmatch(shadow, low, high) or not _LETTERS.search(shadow, head, low):
        return False
    says = _found("predicates")(shadow, low, high)
    if _found("trailing", start=True)(shadow, low, high):
        return False
    front = _found("starters", start=True)(shadow, low, high)
    if not told:
        # "In segment 8, there is ..." and "Liver, spleen and pancreas are normal" are one statement each.
        if _found("leading", start=True)(shadow, head, low) or (says and not front and low - head < 40 and index == 1):
            return False
        return bool(front) and bool(_found("negations", start=True)(shadow, low, high) or says)
    if negated and not front and not says:
        return not _in_list(shadow, pieces, index) and bool(_found("degrees", start=True)(shadow, low, high) or re.match(r"\s*\d", shadow[low:high]))
    if front:
        return True
    if says or _found("phases")(shadow, low, high):
        # "no effusion, consolidation or pneumothorax is seen": one negation for all members.
        return not (negated and _in_list(shadow, pieces, index) and not _found("phases")(shadow, low, high))
    return False


def _in_list(shadow: str, pieces: list[tuple[int, int, str]], index: int) -> bool:
    """Whether this piece belongs to a list that a conjunction closes ("a, b or c")."""
    for low, high, mark in pieces[index:]:
        if mark == ";" or _found("starters", start=True)(shadow, low, high):
            return False
        if _found("conjunctions")(shadow, low, high):
            return True
    return False


def _chinese_cuts(shadow: str, start: int, end: int) -> list[int]:
    pieces = _pieces(shadow, start, end)
    cuts: list[int] = []
    head, told = start, False
    for index, (low, high, mark) in enumerate(pieces):
        if index and (mark == ";" or _starts_chinese(shadow, low, high, told=told)):
            cuts.append(low)
            head, told = low, False
        for match in _zh_breakers().finditer(shadow, max(low, head + 2), high):
            if match.start() - head >= 3:
                cuts.append(match.start())
                head = match.start()
        told = told or bool(_found("zh_predicates")(shadow, head, high))
    return cuts


def _starts_chinese(shadow: str, low: int, high: int, *, told: bool) -> bool:
    if _ONLY_NUMBERS.fullmatch(shadow, low, high):
        return False
    if not told:
        return False
    if _found("zh_continues", start=True)(shadow, low, high) and not re.search("[见示呈强侵考建]", shadow[low:high]):
        return False
    return bool(_found("zh_predicates")(shadow, low, high)) or not _found("zh_joiners")(shadow, low, high)
