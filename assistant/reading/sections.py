"""The sections of a report: by headings where it has them, by what its blocks say where it has none."""

from __future__ import annotations

import functools
import itertools
import re

from assistant.reading.cues import alternation, load
from assistant.reading.headings import Heading, find_headings
from assistant.reading.preface import ENDS, TITLE_LENGTH, Part, name_preface, opens_findings, pieces_of, trimmed
from assistant.report.text import Section, Span

_BLANK = re.compile(r"\n[ \t]*\n\s*")
_OPEN_ENDED = ("exam", "indication", "technique", "comparison")
"""Sections that are short by nature, so that a new block behind them may be something else."""
_NAMED_OUTRIGHT = re.compile(r"indication|history|clinical|technique|protocol|临床|病史|检查方法|扫描方法|技术")
"""Behind the findings only these are headings; "Contrast:" or "Background:" are labels there."""
_RUN_ON = 26
"""Words between two marks of punctuation, on average, above which a text counts as dictated without any."""
_SHORT_LINE = 70
"""A line shorter than this ends like a sentence does."""
_MARK = re.compile(r"[.;:](?!\d)")
"""A mark of punctuation, not the point of a number."""


@functools.cache
def _closing() -> re.Pattern[str]:
    groups = [f"(?P<{name}>{alternation(phrases)})" for name, phrases in load("sections")["closing"].items()]
    return re.compile(r"[\s\-*\d.(\[（]{0,6}(?:" + "|".join(groups) + ")")


@functools.cache
def _any_opener() -> re.Pattern[str]:
    return re.compile(r"(?<=\s)" + alternation(load("sections")["finding_openers"][:4]))


def is_dictated(shadow: str) -> bool:
    """Whether a text runs on with next to no punctuation."""
    if not shadow.isascii() or len(shadow) < 120:
        return False
    marks = len(_MARK.findall(shadow)) + sum(1 for line in shadow.split("\n") if 0 < len(line) < _SHORT_LINE)
    return len(shadow) / 6 / (marks + 1) > _RUN_ON


def find_sections(text: str, shadow: str, language: str) -> tuple[Section, ...]:
    """The sections in order, not overlapping, each with the trimmed extent of its body.

    Names: exam, indication, technique, comparison, findings, impression, recommendation, addendum, comment, communication,
    signature. A name may stand twice. An addendum holds everything up to the next heading of its kind or the end.

    Args:
        text: The report as received.
        shadow: The same, folded.
        language: Of the report; unused by headings, which are matched in every language.
    """
    dictated = is_dictated(shadow)
    headings = _kept(find_headings(text, shadow, dictated=dictated), shadow, dictated=dictated)
    parts: list[Part] = []
    first = headings[0].start if headings else len(text)
    parts.append(Part("", 0, first))
    for i, head in enumerate(headings):
        stop = headings[i + 1].start if i + 1 < len(headings) else len(text)
        # In speech the lead-in belongs to what is said ("compared to the scan of May").
        start = head.start if head.is_opening and dictated and head.name == "comparison" else head.body
        parts.append(Part(head.name, start, stop, head))
    has_findings = any(p.name == "findings" for p in parts)
    parts = [piece for part in parts for piece in _split(part, shadow, dictated=dictated, has_findings=has_findings)]
    _name_blocks(parts, text, shadow, has_findings=has_findings, dictated=dictated)
    parts = [piece for part in parts for piece in _without_closing(part, shadow)]
    out: list[Section] = []
    for part in parts:
        start, end = trimmed(text, part.start, part.end)
        head_span = Span(start=part.heading.start, end=part.heading.end) if part.heading and not part.heading.is_opening else None
        if start == end and head_span is None:
            continue
        if not part.name:
            continue
        if out and out[-1].name == part.name and head_span is None and not text[out[-1].end : start].strip():
            out[-1] = Section(name=part.name, start=out[-1].start, end=end, heading=out[-1].heading)
        else:
            out.append(Section(name=part.name, start=start, end=end, heading=head_span))
    return tuple(out)


def _kept(headings: list[Heading], shadow: str, *, dictated: bool) -> list[Heading]:
    """Headings less those that are labels inside another section, or repeat what came before."""
    findings = next((h.start for h in headings if h.name == "findings"), None)
    impressions = [h for h in headings if h.name == "impression"]
    strong_impression = any(not h.is_opening and not h.is_spoken for h in impressions)
    out: list[Heading] = []
    for head in headings:
        words = shadow[head.start : head.end]
        after_findings = any(h.name in ("findings", "impression") for h in out)
        late = head.name in ("indication", "technique", "exam") and after_findings and not any(h.name == "addendum" for h in out)
        if late and not _NAMED_OUTRIGHT.search(words):
            continue
        if head.name == "impression":
            if (head.is_opening or head.is_spoken) and strong_impression:
                continue
            if findings is not None and head.start < findings and any(h.start > findings for h in impressions):
                head = Heading("indication", head.start, head.end, head.body)
        told = after_findings or any(h.name == "comparison" for h in out)
        if head.name == "comparison" and head.is_opening and (told or not _is_preface(shadow, head, dictated=dictated)):
            continue
        if head.name == "comment" and any(h.name == "impression" for h in out):
            continue
        out.append(head)
    if not any(h.name == "impression" for h in out):
        # "Comment:" closes some reports in place of an impression.
        last = max((i for i, h in enumerate(out) if h.name == "comment"), default=None)
        if last is not None:
            out[last] = Heading("impression", out[last].start, out[last].end, out[last].body)
    return [h for h in out if h.name != "comment"]


def _is_preface(shadow: str, head: Heading, *, dictated: bool) -> bool:
    """Whether "compared with ..." stands in front of the findings and names a study, rather than compares a finding."""
    if dictated:
        return True
    stop = ENDS.search(shadow, head.body)
    sentence = shadow[head.body : stop.start() if stop else len(shadow)]
    before = pieces_of(shadow, 0, head.start)
    return len(sentence) < TITLE_LENGTH and "," not in sentence and not any(opens_findings(shadow, *piece) for piece in before)


def _split(part: Part, shadow: str, *, dictated: bool, has_findings: bool) -> list[Part]:
    """A part cut where its section ends although no heading follows."""
    if part.name not in ("", *_OPEN_ENDED, "impression"):
        return [part]
    cuts = [m.end() for m in _BLANK.finditer(shadow, part.start, part.end) if shadow[part.start : m.start()].strip()]
    edges = [part.start, *cuts, part.end]
    pieces = [
        Part(part.name if i == 0 else "", a, b, part.heading if i == 0 else None) for i, (a, b) in enumerate(itertools.pairwise(edges))
    ]
    if part.name == "impression":
        return _rejoined(pieces, shadow)
    head = pieces[0]
    if has_findings and not part.name:
        return pieces
    if dictated and (part.name or len(pieces) == 1):
        opener = _any_opener().search(shadow, head.start + 4, head.end)
        stop = opener.start() if opener else None
    elif part.name and not has_findings:
        sentences = pieces_of(shadow, head.start, head.end)
        stop = next((a for a, b in sentences[1:] if opens_findings(shadow, a, b)), None)
        if part.heading and part.heading.is_opening and len(sentences) > 1:
            # "Compared with 12/03/2023." names a study in one sentence.
            stop = sentences[1][0]
        elif part.name == "comparison" and stop is None and (line := shadow.find("\n", head.start, head.end)) != -1:
            stop = line + 1
    elif part.name and part.heading and part.heading.is_opening:
        sentences = pieces_of(shadow, head.start, head.end)
        stop = sentences[1][0] if len(sentences) > 1 else None
    else:
        stop = None
    if stop is not None and stop < head.end:
        pieces[0:1] = [Part(head.name, head.start, stop, head.heading), Part("", stop, head.end)]
    return pieces


def _rejoined(pieces: list[Part], shadow: str) -> list[Part]:
    """An impression of several blocks is one, up to its closing matter."""
    out = pieces[:1]
    for i, piece in enumerate(pieces[1:], start=1):
        if found := _closing().match(shadow, piece.start, piece.end):
            rest = Part(found.lastgroup or "signature", piece.start, pieces[-1].end)
            return [*out, rest] if i else [rest]
        out[-1].end = piece.end
    return out


def _without_closing(part: Part, shadow: str) -> list[Part]:
    """Last lines, or a last spoken phrase, that sign or communicate a report are not its impression or findings."""
    if part.name not in ("impression", "findings", "recommendation"):
        return [part]
    body = shadow[part.start : part.end].rstrip()
    at = part.start + body.rfind("\n") + 1
    found = _closing().match(shadow, at, part.end) if at > part.start else None
    if found is None:
        spoken = re.search(r"\s(?:end of (?:dictation|report)|end dictation|(?:many )?thanks?(?: you)?|报告结束)[.。 ]*$", body)
        if not spoken:
            return [part]
        return [
            Part(part.name, part.start, part.start + spoken.start(), part.heading),
            Part("signature", part.start + spoken.start(), part.end),
        ]
    return [Part(part.name, part.start, at, part.heading), Part(found.lastgroup or "signature", at, part.end)]


def _name_blocks(parts: list[Part], text: str, shadow: str, *, has_findings: bool, dictated: bool) -> None:
    """Names the parts that no heading names, in place."""
    index = 0
    seen_body = False
    while index < len(parts):
        part = parts[index]
        if part.name in ("findings", "impression"):
            seen_body = True
        if not part.name and shadow[part.start : part.end].strip():
            if seen_body:
                before = next((p.name for p in reversed(parts[:index]) if p.name), "")
                part.name = (
                    "findings" if before in ("findings", "comparison", "technique", "exam", "indication") and not has_findings else ""
                )
                if not part.name and before in ("comparison", "recommendation"):
                    part.name = "" if before == "comparison" else before
            else:
                extra = name_preface(
                    part, text, shadow, first=index == 0, more=_more(parts, index, shadow), has_findings=has_findings, dictated=dictated
                )
                parts[index : index + 1] = extra
                index += len(extra) - 1
                seen_body = any(p.name == "findings" for p in extra)
        index += 1


def _more(parts: list[Part], index: int, shadow: str) -> bool:
    """Whether something that may hold the findings still follows."""
    return any(p.name in ("findings", "", *_OPEN_ENDED[1:]) and shadow[p.start : p.end].strip() for p in parts[index + 1 :])


__all__ = ["find_sections", "is_dictated"]
