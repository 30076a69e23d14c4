"""Overlapping places of a text -> segments that do not overlap, each with everything that rests on it."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable
from typing import NamedTuple

from serve.render.view import Place


class Segment(NamedTuple):
    """A stretch of text with the keys and tone classes of every result that rests on it, in order."""

    text: str
    keys: tuple[str, ...]
    tones: tuple[str, ...]
    start: int


def segments(text: str, source: str, marks: Iterable[tuple[Place, str, str]]) -> list[Segment]:
    """The text cut wherever a mark begins or ends; joined, the segments are the text again.

    Example: marks 0-4 "a" and 2-6 "b" over "abcdefg" -> ab [a], cd [a b], ef [b], g []
    """
    size = len(text)
    opening: dict[int, list[tuple[str, str]]] = {}
    closing: dict[int, list[str]] = {}
    for place, key, tone in marks:
        start, end = max(0, place.start), min(size, place.end)
        if place.source == source and start < end:
            opening.setdefault(start, []).append((key, tone))
            closing.setdefault(end, []).append(key)
    cuts = sorted({0, size, *opening, *closing})
    live: dict[str, tuple[int, str]] = {}
    out: list[Segment] = []
    for start, end in itertools.pairwise(cuts):
        for key in closing.get(start, ()):
            count, tone = live.pop(key)
            if count > 1:
                live[key] = (count - 1, tone)
        for key, tone in opening.get(start, ()):
            live[key] = (live.get(key, (0, ""))[0] + 1, tone)
        tones = tuple(dict.fromkeys(tone for _, tone in live.values()))
        out.append(Segment(text[start:end], tuple(live), tones, start))
    return out


@functools.cache
def _table() -> dict[int, str]:
    """Code points that are shown as a symbol."""
    pictures = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n\r"} | {0x7F: "\u2421"}
    turning = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0x80, 0xA0), *range(0xFFF9, 0xFFFC))
    return pictures | dict.fromkeys((*turning, *range(0xD800, 0xE000)), "\ufffd")


def visible(text: str) -> str:
    """The text with what would command a terminal or turn the reading direction shown as a symbol, each one for one.

    Control characters become their Unicode pictures, bidirectional and other invisible format characters U+FFFD, as lone surrogates do.
    """
    return text.translate(_table())
