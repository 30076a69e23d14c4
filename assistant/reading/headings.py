"""Headings of report sections: on lines, inside running text, as opening words, and spoken without punctuation."""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass

from assistant.reading.cues import alternation, load, spellings

_FRONT = r"[ \t]*(?:(?:[#*_=~>•\-]{1,6}|\(?[0-9]{1,2}[.)、]|[0-9]{1,2}[.、]|\(?[一二三四五六七八九十]{1,2}[)、.])[ \t]*){0,2}"
_LINE = re.compile(rf"{_FRONT}(?P<open>[\[【〖《<「『(]?)[ \t]*(?P<words>[^\n:\[\]【】〖〗《》<>「」『』]{{1,60}})", re.UNICODE)
_CLOSED = re.compile(r"[ \t]*[\]】〗》>」』)]?[ \t]*[:*_-]{0,3}[ \t]*")
_AFTER_WORDS = re.compile(r"[ \t]*[\]】〗》>」』)]?[ \t]*[*_]{0,3}[ \t]*(?P<mark>:|-{1,2}(?=[ \t\n])|=|\Z|(?=\n))[ \t]*[*_]{0,3}[ \t]*")
_SENTENCE_END = re.compile(r"(?:[.!?。;:)\]】\"'*|\n]|[ \t]{2}|^)[ \t]*$")
_MOST = 400
"""Headings looked at in one report, and colons in one line: more is no report."""
_LONGEST = 48
"""Characters of the longest heading looked for in front of a colon."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, or words that act as one: where it stands and where its body starts."""

    name: str
    start: int
    end: int
    body: int
    is_spoken: bool = False
    """Found by its words alone, in text without punctuation."""
    is_opening: bool = False
    """The opening words of a sentence, no heading."""


@functools.cache
def _names() -> dict[str, str]:
    """Every spelling of a heading to its section."""
    data = load("sections")
    fronts = ["", *(f"{word} " for word in spellings(data["qualifiers"]))]
    plain = {
        word.strip(): name for name, phrases in reversed(list(data["headings"].items())) for word in spellings(phrases) if word.strip()
    }
    return {front + word: name for front in fronts for word, name in plain.items() if not front or word.isascii()}


@functools.cache
def _lengths() -> tuple[int, ...]:
    return tuple(sorted({len(word) for word in _names()}, reverse=True))


@functools.cache
def _openers() -> re.Pattern[str]:
    data = load("sections")
    groups = [f"(?P<{name}>{alternation(phrases)})" for name, phrases in data["openers"].items()]
    starts = r"(?:^|(?<=[.!?。\n\"])|(?<=[.!?。\n\"][ \t])|(?<=[.!?。\n\"][ \t]{2}))"
    return re.compile(rf"{starts}(?:{'|'.join(groups)})(?! {alternation(data['spoken']['not_before'])})[ \t]*[,.:]?[ \t]*")


@functools.cache
def _spoken_comparison() -> re.Pattern[str]:
    return re.compile(r"(?<=\s)" + alternation(load("sections")["openers"]["comparison"]))


@functools.cache
def _spoken() -> re.Pattern[str]:
    data = load("sections")["spoken"]
    groups = [f"(?P<{name}>{alternation(words)})" for name, words in data.items() if not name.startswith("not_")]
    fronts = "".join(rf"(?<!\b{re.escape(word)} )" for word in data["not_after"])
    return re.compile(rf"(?:^|(?<=[\s,.])){fronts}(?:{'|'.join(groups)})[ \t]*[,.:]?[ \t\n]+(?!{alternation(data['not_before'])})")


def _squeeze(words: str) -> str:
    """Words as they stand in the data: single spaces, none between Chinese characters, no emphasis marks."""
    return ("" if not words.isascii() else " ").join(words.split()).strip("*_ ")


_JOINED = re.compile(r" ?[/&+] ?| and |与|和|及")
_ASIDE = re.compile(r" ?\([^()]*\) ?$")


def _name_of(words: str) -> str | None:
    """The section that a heading's words name; "findings (CT)" and "history/indication" too."""
    names = _names()
    plain = _squeeze(words)
    if plain in names:
        return names[plain]
    plain = _ASIDE.sub("", plain)
    parts = [names.get(part.strip()) for part in _JOINED.split(plain)]
    return parts[0] if parts[0] and all(parts) else None


def _on_line(text: str, shadow: str, start: int, end: int) -> Heading | None:
    """A heading that a line starts with: with a mark behind it, alone on the line, in brackets, or in capitals."""
    found = _LINE.match(shadow, start, end)
    if not found:
        return None
    at = found.start("words")
    words = found["words"]
    # "Findings - no effusion": the words up to the first dash are looked up as well.
    for stop in (len(words), words.find(" - "), words.find(" -- ")):
        if stop <= 0:
            continue
        name = _name_of(words[:stop].rstrip("-= "))
        if not name:
            continue
        close = at + len(words[:stop].rstrip("-=*_) "))
        after = _AFTER_WORDS.match(shadow, close, end) or (_CLOSED.match(shadow, close, end) if found["open"] else None)
        if after:
            return Heading(name, start + len(shadow[start:end]) - len(shadow[start:end].lstrip()), close, after.end())
    # "IMPRESSION Stable nodule": capitals are dress enough.
    for count in (3, 2, 1):
        head = re.match(rf"(?:[A-Z]{{3,}}[ \t]+){{{count}}}(?=[^A-Z\s]|[A-Z][a-z\d])", text[at:end])
        if head and (name := _name_of(head.group().lower())):
            return Heading(name, at, at + len(head.group().rstrip()), at + head.end())
    return None


def _in_text(text: str, shadow: str, start: int, end: int) -> list[Heading]:
    """Headings with a colon inside a line: after a sentence, or glued to it in capitals."""
    out: list[Heading] = []
    names = _names()
    tried = 0
    colon = shadow.find(":", start, end)
    while colon != -1 and (tried := tried + 1) < _MOST:
        stop = colon
        while stop > start and shadow[stop - 1] in " *_":
            stop -= 1
        if stop == start or not (shadow[stop - 1].isalpha() or shadow[stop - 1] in ")0123456789"):
            colon = shadow.find(":", colon + 1, end)
            continue
        low = max(start, stop - _LONGEST)
        for length in _lengths():
            at = stop - length
            if at < low or shadow[at:stop] not in names:
                continue
            before = shadow[max(start, at - 4) : at]
            words = text[at:stop]
            shouted = words.isascii() and words.isupper() and len(words) > 3
            inner = text[at - 1] if at > start else ""
            if (
                _SENTENCE_END.search(before)
                or (shouted and not (inner == " " and text[max(start, at - 3) : at].strip().isupper()))
                or (not words.isascii() and inner in " \t")
            ):
                body = colon + 1
                while body < end and shadow[body] in " \t*_":
                    body += 1
                out.append(Heading(names[shadow[at:stop]], at, stop, body))
                break
        colon = shadow.find(":", colon + 1, end)
    return out


def find_headings(text: str, shadow: str, *, dictated: bool) -> list[Heading]:
    """Every heading of a report in order.

    Args:
        text: The report; its capitals tell headings apart.
        shadow: The same, folded.
        dictated: The text has next to no punctuation, so bare words ("impression") count as headings.
    """
    found: list[Heading] = []
    start = 0
    while start < len(shadow) and len(found) < _MOST:
        end = shadow.find("\n", start)
        end = len(shadow) if end == -1 else end
        head = _on_line(text, shadow, start, end) if end > start else None
        if head:
            found.append(head)
        found += _in_text(text, shadow, head.body if head else start, end)
        start = end + 1
    taken = {h.start for h in found}
    for match in itertools.islice(_openers().finditer(shadow), _MOST):
        if match.start() not in taken and not any(h.start <= match.start() < h.body for h in found):
            found.append(Heading(match.lastgroup or "", match.start(), match.end(), match.end(), is_opening=True))
    if dictated:
        for match in itertools.islice(_spoken().finditer(shadow), _MOST):
            if not any(h.start <= match.start() < h.body for h in found):
                name = match.lastgroup or ""
                found.append(
                    Heading(name, match.start(), match.start() + len(match.group().rstrip(" \t\n,.:")), match.end(), is_spoken=True)
                )
        told = _spoken_comparison().search(shadow)
        if told and not any(h.name in ("comparison", "findings") and h.start <= told.start() for h in found):
            found.append(Heading("comparison", told.start(), told.end(), told.start(), is_opening=True))
    return sorted(found, key=lambda h: h.start)
