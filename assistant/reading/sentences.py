"""Sentences: where they end, which section and line label they stand under, and their clauses."""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.reading.clauses import split_clauses
from assistant.reading.cues import alternation, load, spellings
from assistant.reading.language import report_language, sentence_language
from assistant.reading.sections import is_dictated
from assistant.report.facts import Sentence
from assistant.report.text import Section, SourceName

_CANDIDATE = re.compile(r"[.!?。;\n•①-⑳⑴-⒇]|[ \t]\(?[0-9]{1,2}[.)、]|\"(?= ?[a-z])")
_MARKER = re.compile(
    r"[ \t]*(?:\(?[0-9]{1,2}(?:\)|[.、](?![0-9]))|[①-⑳⑴-⒇]|\([一二三四五六七八九十]{1,2}\)|"
    r"[一二三四五六七八九十]{1,2}、|[-*•>#](?=[ \t]?[^\s\-*])|#[0-9]{1,2})[ \t]*"
)
_LABEL = re.compile(r"[ \t]*([^\s:.。;?!\d](?:[^\n:。;?!]|(?<=\d):(?=\d\d)){0,46}?)[ \t]*(?::(?!\d)|[ \t]-{1,2}(?=[ \t]))[ \t]*")
_UNIT_INSIDE = re.compile(r"\d\s?(?:mm|cm|ml|hu|%)")
_BARE_LABEL = re.compile(r"[ \t]*([a-z][a-z ,/&()\-]{2,40}|[\u4e00-\u9fff]{1,10})[ \t]*(?=\n|$)")
_WORD_BEFORE = re.compile(r"[a-z][a-z./]*$")
_CAPITALS = re.compile(r"(?:\A|[.\n:] ?)[A-Z][a-z]")
_LONG_RUN = 200
"""Characters without any punctuation above which a sentence is taken for dictated."""
_WRAPPED = 48
"""A line at least this long, not ended, may go on in the next one; half of it in Chinese."""


@functools.cache
def _words(name: str) -> frozenset[str]:
    return frozenset(spellings(load("sentences")[name]))


@functools.cache
def _spoken() -> re.Pattern[str]:
    data = load("sentences")
    return re.compile(rf"[ \n](?:(?P<stop>{alternation(data['spoken_stops'])})[ \n]*|(?={alternation(data['dictated_starts'])}))")


@functools.cache
def _not_after() -> frozenset[str]:
    return frozenset(spellings(load("sentences")["not_after"]))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A piece of text between two boundaries that no sentence crosses: a section body, a heading, or what lies between."""

    start: int
    end: int
    section: str
    is_heading: bool = False


def _stretches(length: int, sections: tuple[Section, ...]) -> Iterator[_Stretch]:
    at = 0
    for section in sections:
        if section.heading and section.heading.start >= at:
            yield _Stretch(at, section.heading.start, "")
            yield _Stretch(
                section.heading.start,
                max(section.heading.end, section.start if section.start > section.heading.end else 0),
                section.name,
                True,
            )
            at = max(section.heading.end, min(section.start, length))
        yield _Stretch(at, section.start, "")
        yield _Stretch(section.start, section.end, section.name)
        at = max(at, section.end)
    yield _Stretch(at, length, "")


def split(
    text: str, shadow: str, sections: tuple[Section, ...], source: SourceName = "text", language: str | None = None
) -> tuple[Sentence, ...]:
    """The sentences in order; every character that is not white space lies in exactly one.

    A heading is a sentence of its own without clauses. A line label ("Liver:", "肝脏:") lies in its sentence, outside the
    clauses, and is the `subject` of it and of those that follow on the line; a label alone on its line is the subject of its block.

    Args:
        text: The source as received.
        shadow: The same, folded.
        sections: Its sections, in order.
        source: Which text of the report it is.
        language: Of the report; detected when None.
    """
    language = language or report_language(text, shadow)
    dictated = is_dictated(shadow) or any(stop in shadow for stop in _words("spoken_stops"))
    out: list[Sentence] = []
    line_starts = [m.start() for m in re.finditer(r"\n[ \t]*(?=\S)", shadow)]
    for stretch in _stretches(len(text), sections):
        if stretch.is_heading:
            _add(out, text, shadow, stretch.start, stretch.end, "heading", source, language, line_starts, stretch.section)
            continue
        subject, subject_line, held = "", -1, False
        for start, end, begins_line in _sentences(text, shadow, stretch.start, stretch.end, dictated=dictated):
            marker = _MARKER.match(shadow, start, end)
            body = marker.end() if marker and marker.end() < end else start
            label = _LABEL.match(shadow, body, end)
            if label and not _is_label(label.group(1)):
                label = None
            bare = _BARE_LABEL.match(shadow, body, end) if begins_line and not label else None
            line = bisect_right(line_starts, start)
            if label:
                subject, subject_line, held = text[label.start(1) : label.end(1)].strip(" *_"), line, not shadow[label.end() : end].strip()
                body = label.end() if not _UNIT_INSIDE.search(label.group(1)) and label.end() < end else body
            elif bare and bare.end() == end and _is_bare_label(text, bare, begins_line):
                subject, subject_line, held = text[bare.start(1) : bare.end(1)].strip(), line, True
            elif (not held and line != subject_line) or (
                held and "\n\n" in re.sub(r"[ \t]", "", shadow[out[-1].end if out else 0 : start])
            ):
                subject, held = "", False
            _add(out, text, shadow, start, end, "", source, language, line_starts, stretch.section, body, subject)
    return tuple(out)


def _add(
    out: list[Sentence],
    text: str,
    shadow: str,
    start: int,
    end: int,
    kind: str,
    source: SourceName,
    language: str,
    line_starts: list[int],
    section: str,
    body: int = 0,
    subject: str = "",
) -> None:
    piece = shadow[start:end]
    if not piece.strip():
        return
    end = start + len(piece.rstrip())
    start += len(piece) - len(piece.lstrip())
    spoken = sentence_language(shadow[start:end], language)
    clauses = () if kind == "heading" else split_clauses(shadow, max(body, start), end, spoken)
    out.append(Sentence(source, start, end, section, spoken, clauses, bisect_right(line_starts, start), subject))


def _is_label(words: str) -> bool:
    # "Three findings: ..." is a sentence; a label names a place, a structure or a topic.
    return (
        len(words.split()) <= 7
        and words.count(",") <= 2
        and not re.search(
            r"\b(?:is|are|was|were|shows?|measures?|following|observed|evaluated|examined|seen|can|recommend\w*|there)\b|[见示为呈]", words
        )
    )


def _is_bare_label(text: str, found: re.Match[str], begins_line: bool) -> bool:
    words = text[found.start(1) : found.end(1)].strip()
    if not words.isascii():
        return len(words) <= 4
    return words.isupper() or (words.istitle() and len(words.split()) <= 3)


def _sentences(text: str, shadow: str, start: int, end: int, *, dictated: bool) -> Iterator[tuple[int, int, bool]]:
    """(start, end, begins a line or list item) of each sentence of a stretch."""
    at, fresh = start, True
    last_item = 0
    for match in _CANDIDATE.finditer(shadow, start, end):
        found = match.group()
        place, char = match.start(), found[0]
        if char in " \t":
            place += 1
        if place < at:
            continue
        if char in ".!?。;":
            stop = _end_of(text, shadow, at, place, end)
            if stop:
                yield from _runs(shadow, at, stop, fresh, dictated)
                at, fresh = stop, False
        elif char == "\n":
            if not shadow[at:place].strip():
                at, fresh = place + 1, True
            elif not _goes_on(text, shadow, max(at, shadow.rfind("\n", start, place) + 1), place, end):
                yield from _runs(shadow, at, place, fresh, dictated)
                at, fresh = place + 1, True
        elif char == '"':
            # Quotation marks in front of each item of a list that an export has flattened.
            spaced = shadow[place - 1 : place] == " " == shadow[place + 1 : place + 2]
            if spaced or shadow[max(at, place - 3) : place].strip()[-1:] in (".", '"', "?"):
                if shadow[at:place].strip():
                    yield from _runs(shadow, at, place, fresh, dictated)
                at, fresh = place, True
        elif char == "•" or char >= "①":
            if shadow[at:place].strip():
                yield from _runs(shadow, at, place, fresh, dictated)
            at, fresh = place, True
        else:
            number = int("".join(c for c in found if c.isdigit()))
            nothing_before = not shadow[at:place].strip()
            if (
                not last_item
                and number > 1
                and (first := _MARKER.match(shadow, at, place))
                and first.group().strip(" .)(、\t") == str(number - 1)
            ):
                last_item = number - 1
            if nothing_before:
                fresh = True
            after = shadow[match.end() : match.end() + 1]
            if after.isdigit() or not after or not (number == last_item + 1 and (nothing_before or last_item)):
                if nothing_before and number == 1:
                    last_item = 1
                continue
            last_item = number
            if not nothing_before:
                if found.endswith(".") and not re.match(r"\s*[^\W\d]", shadow[match.end() : match.end() + 4]):
                    continue
                yield from _runs(shadow, at, place, fresh, dictated)
                at, fresh = place, True
    if shadow[at:end].strip():
        yield from _runs(shadow, at, end, fresh, dictated)


def _end_of(text: str, shadow: str, at: int, place: int, limit: int) -> int:
    """Where the sentence ends if this mark ends it, else 0."""
    char = shadow[place]
    stop = place + 1
    while stop < limit and shadow[stop] in ".!?。\"')]":
        stop += 1
    after = shadow[stop] if stop < limit else " "
    if char == ";":
        # A semicolon joins clauses in English and ends a statement in Chinese.
        around = shadow[max(at, place - 6) : place + 6]
        return stop if not around.isascii() else 0
    if char == "。":
        return stop
    if char in "!?":
        before = shadow[place - 1] if place > at else " "
        return stop if before not in " (\n" and (after.isspace() or not after.isascii()) and ")" not in shadow[place + 1 : stop] else 0
    if place and shadow[place - 1].isdigit() and after.isdigit():
        return 0
    if (
        after not in " \n\t"
        and after.isascii()
        and not (text[stop : stop + 1].isupper() and shadow[place - 1 : place].isalpha() and text[place - 1].islower())
    ):
        return 0
    word = _WORD_BEFORE.search(shadow, max(at, place - 14), place)
    rest = shadow[stop : stop + 24].lstrip()
    following = rest[:1]
    if word:
        name = word.group()
        if name in _words("units_that_end") and re.search(r"\d\s?$", shadow[max(at, place - len(name) - 3) : place - len(name)]):
            go_on = re.match(r"[a-z]+", rest)
            return 0 if go_on and go_on.group() in _words("units_go_on") and text[stop:].lstrip()[:1].islower() else stop
        if name in _words("abbreviations"):
            if name == "no":
                return 0 if following.isdigit() else stop
            if name in ("etc", "al", "min", "max", "inf", "sup", "ant", "post", "med", "lat", "st", "v", "rt", "lt", "op", "pt", "seg"):
                return stop if not rest or text[stop : stop + 24].lstrip()[:1].isupper() or "\n" in shadow[stop : stop + 1] else 0
            return 0 if rest else stop
        if (
            len(name) == 1
            and place - 1 > at
            and shadow[place - 2] in " ."
            and name not in "ab"
            and re.search(r"\b(?:dr|prof|mr|mrs|ms)\.? (?:[a-z]\. ?)*$", shadow[max(at, place - 16) : place - 1])
        ):
            return 0
    elif place > at and shadow[place - 1].isdigit() and re.fullmatch(r"\s*\(?\d{1,2}", shadow[at:place]):
        return 0  # a list marker
    return stop


def _goes_on(text: str, shadow: str, line: int, place: int, limit: int) -> bool:
    """Whether a line break stands inside a sentence (hard-wrapped text)."""
    head = shadow[line:place].rstrip()
    if not head or head[-1] in ".!?。;:":
        return False
    rest = shadow[place + 1 : min(limit, place + 60)]
    if not rest.strip() or rest[0] in "\n" or rest.lstrip(" \t")[:1] == "\n":
        return False
    if _MARKER.match(rest) or (_LABEL.match(rest) and ":" in rest):
        return False
    first = text[place + 1 : place + 60].lstrip()[:1]
    if head[-1] in ",、":
        return True
    if not first.isascii():
        return len(head) >= _WRAPPED // 2 and not head.isascii()
    if first.islower() or first in "(":
        # Where sentences begin with capitals, a small letter goes on with one; elsewhere only a long line does.
        return (
            len(head) >= (_WRAPPED // 2 if _CAPITALS.search(text, max(0, line - 400), place) else _WRAPPED)
            or head.rsplit(" ", 1)[-1] in _not_after()
        )
    return len(head) >= _WRAPPED + 12 and (first.isdigit() or head.rsplit(" ", 1)[-1] in _not_after())


def _runs(shadow: str, start: int, end: int, fresh: bool, dictated: bool) -> Iterator[tuple[int, int, bool]]:
    """A sentence, cut at spoken cues where it runs on without punctuation."""
    quiet = shadow.find(",", start, end) == -1 and shadow.find(":", start, end) == -1 and shadow.isascii()
    if not dictated and (not quiet or end - start < _LONG_RUN):
        yield start, end, fresh
        return
    at = start
    for match in _spoken().finditer(shadow, start, end):
        place = match.start() + 1
        if place - at < 12 and not match["stop"]:
            continue
        before = shadow[max(at, place - 16) : place].split()
        if not match["stop"] and before and before[-1] in _not_after():
            continue
        yield at, match.end(), fresh
        at, fresh = match.end(), False
    if shadow[at:end].strip():
        yield at, end, fresh


__all__ = ["split"]
