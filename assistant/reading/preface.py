"""The blocks in front of the findings that no heading names: title, request, technique, comparison."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from assistant.reading.cues import alternation, load
from assistant.reading.headings import Heading

ENDS = re.compile(r"[.!?。](?=\s|$|[^\x00-\x7f])(?<!\d\.)|[.](?=\s|$)|;|\n")
_WORDS = re.compile(r"[^\W_]+")
_DONE = re.compile(r"\b(?:performed|obtained|acquired|administered|injected)\b")
"""Says how, so the sentence is the technique rather than a title."""
_SHOWS = re.compile(r"\b(?:shows?|demonstrates?|reveals?|there|is normal|are normal|are clear)\b|[见示]")
_PATIENT = re.compile(r"\d{1,3}[ -]?(?:m|f|y/?o|yr|year|years|岁)(?![a-z])|(?:a |this )?\d{1,3}[ -]year|(?:男|女)[,，性]|患者")
"""A block that begins with the patient is the request, however long."""
TITLE_LENGTH = 90
_PREFACE_LENGTH = 320


@dataclass(slots=True)
class Part:
    """A section being built; `name` "" is not known yet."""

    name: str
    start: int
    end: int
    heading: Heading | None = None


@functools.cache
def _block_cues() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(alternation(phrases)) for name, phrases in load("sections")["blocks"].items()}


@functools.cache
def _finding_opener() -> re.Pattern[str]:
    return re.compile(
        r"[\s\-*•]{0,4}" + alternation(load("sections")["finding_openers"], whole_words=False).replace("(?:", r"(?:\b(?:", 1) + ")"
    )


@functools.cache
def _comparison_start() -> re.Pattern[str]:
    return re.compile(alternation(load("sections")["comparison_starts"], whole_words=False))


@functools.cache
def _technique_start() -> re.Pattern[str]:
    return re.compile(r"(?<=\s)" + alternation(load("sections")["technique_starts"]))


@functools.cache
def _technique_words() -> re.Pattern[str]:
    return re.compile(alternation(load("sections")["technique_words"]))


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    body = text[start:end]
    lead = len(body) - len(body.lstrip())
    return (start + lead, start + lead + len(body.strip())) if body.strip() else (start, start)


def pieces_of(shadow: str, start: int, end: int) -> list[tuple[int, int]]:
    out = []
    at = start
    for match in ENDS.finditer(shadow, start, end):
        if match.end() > at:
            out.append((at, match.end()))
            at = match.end()
    if at < end:
        out.append((at, end))
    return out


def opens_findings(shadow: str, start: int, end: int) -> bool:
    return bool(_finding_opener().match(shadow, start, end)) and not _technique_words().search(shadow, start, end)


def name_preface(part: Part, text: str, shadow: str, *, first: bool, more: bool, has_findings: bool, dictated: bool) -> list[Part]:
    """A block in front of the findings, or the findings themselves where they have no heading; the title line is cut off."""
    start, end = trimmed(text, part.start, part.end)
    if (
        end - start < TITLE_LENGTH
        and _comparison_start().match(shadow, start, end)
        and _block_cues()["comparison"].search(shadow, start, end)
    ):
        part.name = "comparison"
        return [part]
    if first and dictated and (more or has_findings):
        began = _technique_start().search(shadow, start + 8, end)
        if began and _block_cues()["technique"].search(shadow, began.start(), end):
            return [Part("exam", part.start, began.start()), Part("technique", began.start(), part.end)]
    line_end = shadow.find("\n", start, end)
    if first and line_end != -1 and _is_title(text, shadow, start, line_end):
        rest = Part("", line_end + 1, part.end)
        return [
            Part("exam", start, line_end),
            *name_preface(rest, text, shadow, first=False, more=more, has_findings=has_findings, dictated=dictated),
        ]
    if first and _is_title(text, shadow, start, end):
        part.name = "exam"
        return [part]
    cues = _block_cues()
    short = end - start <= _PREFACE_LENGTH
    opens = opens_findings(shadow, start, end)
    if first and not has_findings and line_end == -1:
        # A title and the findings in one line: "CT chest. There is ..."
        sentences = pieces_of(shadow, start, end)
        if len(sentences) > 1 and _is_title(text, shadow, *sentences[0]) and not opens_findings(shadow, *sentences[0]):
            cut = sentences[0][1]
            rest = Part("", cut, part.end)
            return [
                Part(_kind_of_title(shadow, start, cut), start, cut),
                *name_preface(rest, text, shadow, first=False, more=more, has_findings=has_findings, dictated=dictated),
            ]
    if more and not opens and _PATIENT.match(shadow, start, end):
        part.name = "comparison" if cues["comparison"].match(shadow, start, end) else "indication"
    elif short and (more or has_findings) and not opens:
        if cues["comparison"].search(shadow, start, end):
            part.name = "comparison"
        elif cues["technique"].search(shadow, start, end) and not cues["indication"].search(shadow, start, end):
            part.name = "technique"
        elif cues["indication"].search(shadow, start, end) or has_findings or end - start < TITLE_LENGTH:
            part.name = "indication"
    if not part.name and not has_findings:
        part.name = "findings"
    return [part]


def _is_title(text: str, shadow: str, start: int, end: int) -> bool:
    if end - start > TITLE_LENGTH or opens_findings(shadow, start, end):
        return False
    if not text[start:end].isascii() and end - start > 15 and any(mark in shadow[start : end - 1] for mark in ",。"):
        return False
    if _SHOWS.search(shadow, start, end):
        return False
    words = len(_WORDS.findall(shadow, start, end))
    said = _block_cues()["exam"].search(shadow, start, end)
    if "\n" not in text[start:end] and text[start:end].isupper() and words <= 8:
        return True
    return bool(said) and (words <= 12 or text[start:end].isupper()) and shadow[start:end].count(".") <= 1


def _kind_of_title(shadow: str, start: int, end: int) -> str:
    """What a sentence in front of the findings is: the comparison, the technique, or the name of the examination."""
    if "compar" in shadow[start:end]:
        return "comparison"
    return "technique" if _DONE.search(shadow, start, end) else "exam"
