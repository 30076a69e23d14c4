"""Clauses: the stretches of a sentence that make one statement each, which negation and contrast phases attach to."""

from __future__ import annotations

import functools
import itertools
import re

from assistant.reading.cues import alternation, load, spellings
from assistant.report.facts import Clause

_MARK = re.compile(r"[,;]")
_HAN = re.compile("[\u3400-\u9fff]")
_WORD = re.compile(r"[a-z][a-z/-]*")
_LETTERS = re.compile(r"[^\W\d_]")
_ONLY_NUMBERS = re.compile(r"[\s\d.,x*~\-/()<>≤≥+]*(?:(?:mm|cm|ml|hu|cc|%)[\s\d.,x*~\-/()<>≤≥+]*){0,3}")
_OPEN_PHRASE = re.compile(
    r"\b(?:an?|one|the|this|with|shows?|small|large|is|\d+ ?[mc]m)\s(?:[a-z0-9]+(?:-[a-z0-9]+)*\s){0,2}?"
    r"(?:[a-z-]+,\s){0,3}(?:[a-z]+ly\s)?"
    r"(?:(?:non-?|un|well[ -]|ill[ -]|poorly[ -]|partly[ -]|fully[ -])?(?:circumscribed|defined|encapsulated|demarcated)|homogen(?:e)?ous|"
    r"heterogen(?:e)?ous|lenticular|lens-shaped|lentiform|oval|ovoid|round(?:ed)?|irregular|lobulated|focal|discrete|uniform|smooth|solid|"
    r"(?:thin|thick)-walled|(?:uni|multi|bi)locular|wedge-shaped|linear|bright|dark|t[12]-(?:bright|dark)|(?:hypo|hyper|iso)intense)\s*$"
)
"""An adjective that waits for its noun: "a lenticular, non-circumscribed, homogeneous area" is one phrase."""
_LIST_SPAN = 12
"""Members of a list looked at for the conjunction that closes it."""

Piece = tuple[int, int, str]


@functools.cache
def _set(name: str) -> frozenset[str]:
    return frozenset(spellings(load("sentences")[name]))


@functools.cache
def _front(name: str) -> re.Pattern[str]:
    """Phrases at the start of a stretch, behind white space, a bracket or a bare conjunction."""
    return re.compile(r"[\s(]{0,4}(?:and\s{1,3}|or\s{1,3})?" + alternation(load("sentences")[name]))


@functools.cache
def _breakers() -> re.Pattern[str]:
    words = spellings(load("sentences")["breakers"])
    return re.compile(r"[ \n](?=(?:" + "|".join(re.escape(w).replace(r"\ ", r"[ \n]{1,3}") for w in words) + r")(?![a-z]))")


@functools.cache
def _zh(name: str) -> re.Pattern[str]:
    return re.compile("|".join(str(p) for p in load("sentences")[f"zh_{name}"]))


def split_clauses(shadow: str, start: int, end: int, language: str) -> tuple[Clause, ...]:
    """The clauses of a sentence, in order; between them lie only white space and the marks that part them."""
    chinese = language in ("zh", "ja")
    edges = [start, *(_chinese_cuts if chinese else _english_cuts)(shadow, start, end), end]
    out = []
    for low, high in itertools.pairwise(edges):
        while low < high and shadow[low] in " \t\n,;":
            low += 1
        while high > low and shadow[high - 1] in " \t\n,;":
            high -= 1
        if low < high:
            out.append(Clause(low, high))
    return tuple(out)


def _pieces(shadow: str, start: int, end: int) -> list[Piece]:
    """The stretches between commas and semicolons outside brackets, with the mark in front of each."""
    out = []
    at, mark, depth, seen = start, "", 0, start
    for match in _MARK.finditer(shadow, start, end):
        place = match.start()
        depth = max(0, depth + shadow.count("(", seen, place) - shadow.count(")", seen, place))
        seen = place
        if shadow[place - 1 : place].isdigit() and shadow[place + 1 : place + 4].isdigit():
            continue
        if depth and shadow.find(")", place, min(end, place + 120)) != -1:
            continue
        out.append((at, place, mark))
        at, mark = place + 1, match.group()
    out.append((at, end, mark))
    return out


def _words(shadow: str, low: int, high: int) -> list[str]:
    return _WORD.findall(shadow, low, high)


def _english_cuts(shadow: str, start: int, end: int) -> list[int]:
    pieces = _pieces(shadow, start, end)
    cuts: list[int] = []
    predicates, negations = _set("predicates"), _set("negations")
    negated = told = False
    head = start
    for index, (low, high, mark) in enumerate(pieces):
        if index and (
            mark == ";"
            or _changes_script(shadow, head, low, high)
            or _starts_clause(shadow, pieces, index, head, told=told, negated=negated)
        ):
            cuts.append(low)
            head, negated, told = low, False, False
        for match in _breakers().finditer(shadow, max(low, head + 1), high):
            if _breaks(shadow, head, match.end()):
                cuts.append(match.end())
                head, negated, told = match.end(), False, False
        words = _words(shadow, max(low, head), high)
        negated = negated or not negations.isdisjoint(words)
        told = told or negated or not predicates.isdisjoint(words)
    return cuts


def _changes_script(shadow: str, head: int, low: int, high: int) -> bool:
    """Whether a Chinese piece follows an English one: two statements, whatever they say."""
    return not shadow.isascii() and bool(_HAN.search(shadow, low, high)) and not _HAN.search(shadow, head, low)


def _breaks(shadow: str, head: int, place: int) -> bool:
    """Whether a breaking word here starts a clause: the part in front must say something itself."""
    words = _words(shadow, head, place)
    if shadow.startswith(("while", "though", "but", "however", "although", "whereas", "except", "apart", "other"), place):
        return bool(words)
    if shadow.startswith(("without", "with"), place):
        return len(words) >= 2
    return len(words) >= 2 and not (_set("predicates").isdisjoint(words) and _set("negations").isdisjoint(words))


def _starts_clause(shadow: str, pieces: list[Piece], index: int, head: int, *, told: bool, negated: bool) -> bool:
    low, high, _ = pieces[index]
    if _ONLY_NUMBERS.fullmatch(shadow, low, high) or not _LETTERS.search(shadow, head, low):
        return False
    if _front("trailing").match(shadow, low, high) or (told and not negated and _OPEN_PHRASE.search(shadow[max(head, low - 90) : low - 1])):
        return False
    words = _words(shadow, low, high)
    says = not _set("predicates").isdisjoint(words)
    front = bool(_front("starters").match(shadow, low, high))
    if _front("determiners").match(shadow, low, high):
        front = says and (told or len(_words(shadow, head, low)) > 2)
        if told and not negated and not says:
            return True
    denies = bool(_front("negations").match(shadow, low, high))
    if not told:
        # "In segment 8, there is ..." and "Liver, spleen and pancreas are normal" are one statement each.
        if _front("leading").match(shadow, head, low):
            return False
        if says and not front and (index == 1 or _conjoined(words)) and low - head < 60:
            return False
        return denies or (front and (says or low - head > 12)) or (says and low - head > 24)
    if negated and not front and not says:
        if _in_list(shadow, pieces, index):
            return False
        return bool(_front("degrees").match(shadow, low, high)) or shadow[low:high].lstrip()[:1].isdigit()
    if front:
        return True
    if negated and _set("predicates").isdisjoint(_words(shadow, head, low)) and not _set("reporting").isdisjoint(words):
        return False
    if says or not _set("phases").isdisjoint(words):
        # "no effusion, consolidation or pneumothorax is seen": one negation for all members.
        return not (negated and _set("phases").isdisjoint(words) and _in_list(shadow, pieces, index))
    return False


def _conjoined(words: list[str]) -> bool:
    return not _set("conjunctions").isdisjoint(words)


def _in_list(shadow: str, pieces: list[Piece], index: int) -> bool:
    """Whether this piece belongs to a list that a conjunction closes ("a, b or c")."""
    for low, high, mark in pieces[index : index + _LIST_SPAN]:
        if mark == ";" or _front("starters").match(shadow, low, high):
            return False
        if _conjoined(_words(shadow, low, high)):
            return True
    return False


def _chinese_cuts(shadow: str, start: int, end: int) -> list[int]:
    cuts: list[int] = []
    head, told, negated = start, False, False
    for index, (low, high, mark) in enumerate(_pieces(shadow, start, end)):
        says = bool(_zh("predicates").search(shadow, low, high))
        if index and (mark == ";" or _starts_chinese(shadow, head, low, high, says=says, told=told, negated=negated)):
            cuts.append(low)
            head, told, negated = low, False, False
        for match in _zh("breakers").finditer(shadow, max(low, head + 2), high):
            place = match.start()
            if place - head >= 3 and shadow[place - 1] not in ",;、。( ":
                cuts.append(place)
                head, negated = place, False
        told = told or says
        negated = negated or bool(_zh("negations").search(shadow, head, high))
    return cuts


def _starts_chinese(shadow: str, head: int, low: int, high: int, *, says: bool, told: bool, negated: bool) -> bool:
    if _ONLY_NUMBERS.fullmatch(shadow, low, high):
        return False
    if not told:
        # "肝脏,脾脏,胰腺未见异常"; "动脉期及门脉期,均呈低信号": topics in front of what is said of them.
        if says and _zh("of_all").match(shadow, low, high):
            return False
        said_of = (low - head <= 9 or _zh("topic_verbs").match(shadow, low, high)) if says else high - low <= 7
        if said_of and _zh("topics").search(shadow[head : low - 1].rstrip()):
            return False
    if _zh("continues").match(shadow, low, high) and not _zh("statements").search(shadow, low, high):
        return False
    # "未见结节,肿块及渗出": one negation for all members.
    return not (negated and not says and _zh("joiners").search(shadow, low, high))
