"""The sections of a report: by headings where it has them, by what its blocks say where it has none."""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass

from assistant.reading.cues import alternation, load
from assistant.reading.headings import Heading, find_headings
from assistant.report.text import Section, Span

_BLANK = re.compile(r"\n[ \t]*\n\s*")
_ENDS = re.compile(r"[.!?。](?=\s|$|[^\x00-\x7f])(?<!\d\.)|[.](?=\s|$)|;|\n")
_WORDS = re.compile(r"[^\W_]+")
_OPEN_ENDED = ("exam", "indication", "technique", "comparison")
"""Sections that are short by nature, so that a new block behind them may be something else."""
_DONE = re.compile(r"\b(?:performed|obtained|acquired|administered|injected)\b")
"""Says how, so the sentence is the technique rather than a title."""
_NAMED_OUTRIGHT = re.compile(r"indication|history|clinical|technique|protocol|临床|病史|检查方法|扫描方法|技术")
"""Behind the findings only these are headings; "Contrast:" or "Background:" are labels there."""
_PATIENT = re.compile(r"\d{1,3}[ -]?(?:m|f|y/?o|yr|year|years|岁)(?![a-z])|(?:a |this )?\d{1,3}[ -]year|(?:男|女)[,，性]|患者")
"""A block that begins with the patient is the request, however long."""
_TITLE_LENGTH = 90
_PREFACE_LENGTH = 320
_RUN_ON = 26
"""Words between two marks of punctuation, on average, above which a text counts as dictated without any."""
_SHORT_LINE = 70
"""A line shorter than this ends like a sentence does."""


@dataclass(slots=True)
class _Part:
    """A section being built; `name` "" is not known yet."""

    name: str
    start: int
    end: int
    heading: Heading | None = None


@functools.cache
def _block_cues() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(alternation(phrases)) for name, phrases in load("sections")["blocks"].items()}


@functools.cache
def _closing() -> re.Pattern[str]:
    groups = [f"(?P<{name}>{alternation(phrases)})" for name, phrases in load("sections")["closing"].items()]
    return re.compile(r"[\s\-*\d.(\[（]{0,6}(?:" + "|".join(groups) + ")")


@functools.cache
def _finding_opener() -> re.Pattern[str]:
    return re.compile(
        r"[\s\-*•]{0,4}" + alternation(load("sections")["finding_openers"], whole_words=False).replace("(?:", r"(?:\b(?:", 1) + ")"
    )


@functools.cache
def _any_opener() -> re.Pattern[str]:
    return re.compile(r"(?<=\s)" + alternation(load("sections")["finding_openers"][:4]))


@functools.cache
def _comparison_start() -> re.Pattern[str]:
    return re.compile(alternation(load("sections")["comparison_starts"], whole_words=False))


@functools.cache
def _technique_start() -> re.Pattern[str]:
    return re.compile(r"(?<=\s)" + alternation(load("sections")["technique_starts"]))


@functools.cache
def _technique_words() -> re.Pattern[str]:
    return re.compile(alternation(load("sections")["technique_words"]))


def is_dictated(shadow: str) -> bool:
    """Whether a text runs on with next to no punctuation."""
    if not shadow.isascii() or len(shadow) < 120:
        return False
    marks = sum(shadow.count(mark) for mark in ".;:") + sum(1 for line in shadow.split("\n") if 0 < len(line) < _SHORT_LINE)
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
    headings = _kept(find_headings(text, shadow, dictated=dictated), shadow)
    parts: list[_Part] = []
    first = headings[0].start if headings else len(text)
    parts.append(_Part("", 0, first))
    for i, head in enumerate(headings):
        stop = headings[i + 1].start if i + 1 < len(headings) else len(text)
        # In speech the lead-in belongs to what is said ("compared to the scan of May").
        start = head.start if head.is_opening and dictated and head.name == "comparison" else head.body
        parts.append(_Part(head.name, start, stop, head))
    has_findings = any(p.name == "findings" for p in parts)
    parts = [piece for part in parts for piece in _split(part, shadow, dictated=dictated, has_findings=has_findings)]
    _name_blocks(parts, text, shadow, has_findings=has_findings, dictated=dictated)
    parts = [piece for part in parts for piece in _without_closing(part, shadow)]
    out: list[Section] = []
    for part in parts:
        start, end = _trimmed(text, part.start, part.end)
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


def _kept(headings: list[Heading], shadow: str) -> list[Heading]:
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
        if head.name == "comparison" and head.is_opening and (after_findings or any(h.name == "comparison" for h in out)):
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


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    body = text[start:end]
    lead = len(body) - len(body.lstrip())
    return (start + lead, start + lead + len(body.strip())) if body.strip() else (start, start)


def _sentences(shadow: str, start: int, end: int) -> list[tuple[int, int]]:
    out = []
    at = start
    for match in _ENDS.finditer(shadow, start, end):
        if match.end() > at:
            out.append((at, match.end()))
            at = match.end()
    if at < end:
        out.append((at, end))
    return out


def _opens_findings(shadow: str, start: int, end: int) -> bool:
    return bool(_finding_opener().match(shadow, start, end)) and not _technique_words().search(shadow, start, end)


def _split(part: _Part, shadow: str, *, dictated: bool, has_findings: bool) -> list[_Part]:
    """A part cut where its section ends although no heading follows."""
    if part.name not in ("", *_OPEN_ENDED, "impression"):
        return [part]
    cuts = [m.end() for m in _BLANK.finditer(shadow, part.start, part.end) if shadow[part.start : m.start()].strip()]
    edges = [part.start, *cuts, part.end]
    pieces = [
        _Part(part.name if i == 0 else "", a, b, part.heading if i == 0 else None) for i, (a, b) in enumerate(itertools.pairwise(edges))
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
        sentences = _sentences(shadow, head.start, head.end)
        stop = next((a for a, b in sentences[1:] if _opens_findings(shadow, a, b)), None)
        if stop is None and part.heading and part.heading.is_opening and len(sentences) > 1:
            stop = sentences[1][0]
    elif part.name and part.heading and part.heading.is_opening:
        sentences = _sentences(shadow, head.start, head.end)
        stop = sentences[1][0] if len(sentences) > 1 else None
    else:
        stop = None
    if stop is not None and stop < head.end:
        pieces[0:1] = [_Part(head.name, head.start, stop, head.heading), _Part("", stop, head.end)]
    return pieces


def _rejoined(pieces: list[_Part], shadow: str) -> list[_Part]:
    """An impression of several blocks is one, up to its closing matter."""
    out = pieces[:1]
    for i, piece in enumerate(pieces[1:], start=1):
        if found := _closing().match(shadow, piece.start, piece.end):
            rest = _Part(found.lastgroup or "signature", piece.start, pieces[-1].end)
            return [*out, rest] if i else [rest]
        out[-1].end = piece.end
    return out


def _without_closing(part: _Part, shadow: str) -> list[_Part]:
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
            _Part(part.name, part.start, part.start + spoken.start(), part.heading),
            _Part("signature", part.start + spoken.start(), part.end),
        ]
    return [_Part(part.name, part.start, at, part.heading), _Part(found.lastgroup or "signature", at, part.end)]


def _name_blocks(parts: list[_Part], text: str, shadow: str, *, has_findings: bool, dictated: bool) -> None:
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
                extra = _name_preface(
                    part, text, shadow, first=index == 0, more=_more(parts, index, shadow), has_findings=has_findings, dictated=dictated
                )
                parts[index : index + 1] = extra
                index += len(extra) - 1
                seen_body = any(p.name == "findings" for p in extra)
        index += 1


def _more(parts: list[_Part], index: int, shadow: str) -> bool:
    """Whether something that may hold the findings still follows."""
    return any(p.name in ("findings", "", *_OPEN_ENDED[1:]) and shadow[p.start : p.end].strip() for p in parts[index + 1 :])


def _name_preface(part: _Part, text: str, shadow: str, *, first: bool, more: bool, has_findings: bool, dictated: bool) -> list[_Part]:
    """A block in front of the findings, or the findings themselves where they have no heading; the title line is cut off."""
    start, end = _trimmed(text, part.start, part.end)
    if (
        end - start < _TITLE_LENGTH
        and _comparison_start().match(shadow, start, end)
        and _block_cues()["comparison"].search(shadow, start, end)
    ):
        part.name = "comparison"
        return [part]
    if first and dictated and (more or has_findings):
        began = _technique_start().search(shadow, start + 8, end)
        if began and _block_cues()["technique"].search(shadow, began.start(), end):
            return [_Part("exam", part.start, began.start()), _Part("technique", began.start(), part.end)]
    line_end = shadow.find("\n", start, end)
    if first and line_end != -1 and _is_title(text, shadow, start, line_end):
        rest = _Part("", line_end + 1, part.end)
        return [
            _Part("exam", start, line_end),
            *_name_preface(rest, text, shadow, first=False, more=more, has_findings=has_findings, dictated=dictated),
        ]
    if first and _is_title(text, shadow, start, end):
        part.name = "exam"
        return [part]
    cues = _block_cues()
    short = end - start <= _PREFACE_LENGTH
    opens = _opens_findings(shadow, start, end)
    if first and not has_findings and line_end == -1:
        # A title and the findings in one line: "CT chest. There is ..."
        sentences = _sentences(shadow, start, end)
        if len(sentences) > 1 and _is_title(text, shadow, *sentences[0]) and not _opens_findings(shadow, *sentences[0]):
            cut = sentences[0][1]
            rest = _Part("", cut, part.end)
            return [
                _Part("technique" if _DONE.search(shadow, start, cut) else "exam", start, cut),
                *_name_preface(rest, text, shadow, first=False, more=more, has_findings=has_findings, dictated=dictated),
            ]
    if more and not opens and _PATIENT.match(shadow, start, end):
        part.name = "comparison" if cues["comparison"].match(shadow, start, end) else "indication"
    elif short and (more or has_findings) and not opens:
        if cues["comparison"].search(shadow, start, end):
            part.name = "comparison"
        elif cues["technique"].search(shadow, start, end) and not cues["indication"].search(shadow, start, end):
            part.name = "technique"
        elif cues["indication"].search(shadow, start, end) or has_findings or end - start < _TITLE_LENGTH:
            part.name = "indication"
    if not part.name and not has_findings:
        part.name = "findings"
    return [part]


def _is_title(text: str, shadow: str, start: int, end: int) -> bool:
    if end - start > _TITLE_LENGTH or _opens_findings(shadow, start, end):
        return False
    if not text[start:end].isascii() and end - start > 15 and any(mark in shadow[start : end - 1] for mark in ",。"):
        return False
    words = len(_WORDS.findall(shadow, start, end))
    said = _block_cues()["exam"].search(shadow, start, end)
    if "\n" not in text[start:end] and text[start:end].isupper() and words <= 8:
        return True
    return bool(said) and (words <= 12 or text[start:end].isupper()) and shadow[start:end].count(".") <= 1


__all__ = ["find_sections", "is_dictated"]
