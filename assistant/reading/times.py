"""Dates in the notations of both languages, and the words that date something relative to the examination."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

_MONTHS = {m: i for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1)}
_MONTH = (
    r"(?<![a-z])(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|"
    r"aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])"
)
_YEAR = r"(?:19[5-9]\d|20[0-4]\d)"


@functools.cache
def _dates() -> re.Pattern[str]:
    return re.compile(
        rf"(?<![\d./-])(?P<y1>{_YEAR})(?P<sep>[-/.])(?P<m1>0?[1-9]|1[0-2])(?:(?P=sep)(?P<d1>0[1-9]|[12]\d|3[01]|[1-9]))?(?![\d])(?!\.\d)"
        rf"|(?<!\d)(?P<y2>{_YEAR}) ?年(?: ?(?P<m2>1[0-2]|0?[1-9]) ?月份?(?: ?(?P<d2>3[01]|[12]\d|0?[1-9]) ?[日号])?)?"
        rf"|(?<![\d./-])(?P<d3>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?:[ .,/-]| of ){{0,2}}"
        rf"(?P<m3>{_MONTH})[ .,/-]{{0,2}}(?P<y3>{_YEAR}|\d\d(?![\d.]| ?(?:mm|cm)))"
        rf"|(?P<m4>{_MONTH})[ .-]{{0,2}}(?P<d4>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?,? {{1,2}}(?P<y4>{_YEAR})(?!\d)"
        rf"|(?P<m5>{_MONTH})(?: of|[ .,/'-]){{0,2}}[ ,]?(?P<y5>{_YEAR})(?!\d)"
        rf"|(?<![\d./-])(?P<a6>\d{{1,2}})(?P<sep6>[/.-])(?P<b6>\d{{1,2}})(?P=sep6)(?P<y6>{_YEAR}|\d\d)(?![\d/-]|\.\d| ?(?:mm|cm|hu|%))"
        rf"|(?<![\d./-])(?P<m7>0?[1-9]|1[0-2])/(?P<y7>{_YEAR})(?![\d/])"
        rf"|(?<![\w.,/<>=~+*^-])(?P<y8>{_YEAR})(?![\d,.]*\d)(?! ?(?:mm|cm|ml|hu|%|ng|u/|iu|x|s/mm|ms|mg|mgy|m(?![a-z])|年|-?year|个|ug))"
    )


def _year(text: str) -> int:
    year = int(text)
    return year if year > 99 else 2000 + year if year < 50 else 1900 + year


def _iso(year: int, month: int | None = None, day: int | None = None) -> str:
    return f"{year:04d}" + (f"-{month:02d}" if month else "") + (f"-{day:02d}" if month and day else "")


_HINT = re.compile(rf"(?<!\d){_YEAR}(?!\d)|\d[/.-]\d{{1,2}}[/.-]\d\d|{_MONTH}[ .,/'-]{{0,3}}\d\d")
"""A year or three figures in a row: only around these can a date stand."""


def _date_matches(shadow: str) -> Iterator[re.Match[str]]:
    at = 0
    for hint in _HINT.finditer(shadow):
        if hint.end() <= at:
            continue
        for m in _dates().finditer(shadow, max(at, hint.start() - 24), min(len(shadow), hint.end() + 16)):
            if m.end() > hint.start():
                yield m
                at = m.end()
                break


def find_dates(shadow: str) -> list[tuple[int, int, str]]:
    """(start, end, ISO date, year-month or year) of every date in a folded text.

    Where day and month cannot be told apart ("11/08/2023") only the year is given: it is all that the text settles.
    """
    out: list[tuple[int, int, str]] = []
    for m in _date_matches(shadow):
        if m["y1"]:
            iso = _iso(int(m["y1"]), int(m["m1"]), int(m["d1"]) if m["d1"] else None)
        elif m["y2"]:
            iso = _iso(int(m["y2"]), int(m["m2"]) if m["m2"] else None, int(m["d2"]) if m["d2"] else None)
        elif m["m3"]:
            iso = _iso(_year(m["y3"]), _MONTHS[m["m3"][:3]], int(m["d3"]))
        elif m["m4"]:
            iso = _iso(int(m["y4"]), _MONTHS[m["m4"][:3]], int(m["d4"]))
        elif m["m5"]:
            iso = _iso(int(m["y5"]), _MONTHS[m["m5"][:3]])
        elif m["y6"]:
            found = _day_month(int(m["a6"]), int(m["b6"]), m["sep6"])
            if found is None:
                continue
            iso = _iso(_year(m["y6"]), *found)
        elif m["y7"]:
            iso = _iso(int(m["y7"]), int(m["m7"]))
        else:
            iso = m["y8"]
        out.append((m.start(), m.end(), iso))
    return out


def _day_month(a: int, b: int, mark: str) -> tuple[int, int] | tuple[()] | None:
    """(month, day) of two figures; () where either may be the month; None where neither can be."""
    if not (1 <= a <= 31 and 1 <= b <= 31) or min(a, b) > 12:
        return None
    if a == b or a > 12 or mark == ".":
        return (b, a) if b <= 12 else (a, b)
    return (a, b) if b > 12 else ()


_RELATIVE = {
    "last year": 12.0,
    "a year ago": 12.0,
    "one year ago": 12.0,
    "last month": 1.0,
    "a month ago": 1.0,
    "last week": 0.23,
    "half a year": 6.0,
    "half year": 6.0,
    "去年": 12.0,
    "前年": 24.0,
    "上个月": 1.0,
    "上月": 1.0,
    "上周": 0.23,
    "昨日": 0.033,
    "昨天": 0.033,
    "yesterday": 0.033,
}


_RELATIVE_HINTS = ("last ", " ago", "half", "去年", "前年", "上个", "上月", "上周", "昨", "yester")


@functools.cache
def _relative() -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<![a-z]){w}(?![a-z])" if w.isascii() else w for w in sorted(_RELATIVE, key=len, reverse=True)))


def find_relative_times(shadow: str) -> list[tuple[int, int, float]]:
    """(start, end, months) of words like "last year" and 去年; the months are approximate."""
    if not any(hint in shadow for hint in _RELATIVE_HINTS):
        return []
    return [(m.start(), m.end(), _RELATIVE[m.group()]) for m in _relative().finditer(shadow)]
