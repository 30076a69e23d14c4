"""Spinal and other numbered levels: the same finding at one level in the findings and at another in the impression."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterator

from assistant.knowledge.checks import CheckRule
from assistant.report.results import Issue
from assistant.tasks.checks.subject import Range, Subject


@functools.cache
def _disc() -> re.Pattern[str]:
    return re.compile(
        r"(?<![a-z0-9])(?P<a>[ctl])(?P<n>1[0-2]|[1-9]) ?[-/~] ?(?P<b>[ctls]?)(?P<m>1[0-2]|[1-9])(?![0-9])(?:节段|水平|椎间盘)?"
    )


@functools.cache
def _body() -> re.Pattern[str]:
    return re.compile(
        r"(?<![a-z0-9/-])(?P<a>[ctl])(?P<n>1[0-2]|[1-9])(?![0-9a-z]|[-/~ ][ctls]?\d|wi)"
        r"(?! ?(?:nerve|root|dermatome|radicul|level nerve|神经|hyper|hypo|signal|weighted|image|sequence))"
        r"|(?P<zh>[颈胸腰])(?P<k>1[0-2]|[1-9])(?=椎)"
    )


_DENIED = re.compile(r"\b(?:no|without|not)\b[^,;]{0,40}$|(?:未见|无|未)[^,;、]{0,12}$")
_OLD = re.compile(r"previous|prior|history|status post|术后|既往")


def levels(about: Subject, rule: CheckRule) -> Iterator[Issue]:
    """Levels of the impression at which the findings have nothing of the kind, while they have it at others."""
    if not any(s.name == "impression" for s in about.reading.sections):
        return
    for pattern in (_disc, _body):
        if not any(pattern().search(about.shadow, s.start, s.end) for s in about.of_section("impression")):
            continue
        body: dict[str, dict[str, Range]] = defaultdict(dict)
        concluded: dict[str, dict[str, Range]] = defaultdict(dict)
        named: set[str] = set()
        for line in about.lines:
            section = about.section(line.start)
            if section == "impression":
                _collect(about, pattern(), line.start, line.end, concluded)
            elif about.in_part(line.start, "body"):
                named |= _collect(about, pattern(), line.start, line.end, body)
        for group, places in concluded.items():
            for level, span in places.items():
                told = body.get(group)
                if not told or level in told or any(other in told for other in places if other != level and level in told):
                    continue
                missed = [k for k in told if k not in places]
                if not missed:
                    continue
                if level in named and pattern is _body and group in ("fusion", "lesion"):
                    continue
                yield about.issue(rule, *span, expected=" / ".join(sorted(missed)), related=[told[k] for k in missed])


def _collect(about: Subject, pattern: re.Pattern[str], start: int, end: int, into: dict[str, dict[str, Range]]) -> set[str]:
    """Groups said of each level of a sentence: of the levels before them, or of the line's own."""
    shadow = about.shadow
    found = list(pattern.finditer(shadow, start, end))
    if not found or _OLD.search(shadow, start, end):
        return set()
    runs: list[list[re.Match[str]]] = []
    for match in found:
        joined = runs and re.fullmatch(r"[\s,、及和与至~&-]*(?:and|to|through|or)?\s*", shadow[runs[-1][-1].end() : match.start()])
        if joined:
            runs[-1].append(match)
        else:
            runs.append([match])
    for n, run in enumerate(runs):
        stop = runs[n + 1][0].start() if n + 1 < len(runs) else end
        # Words in front count where no level claimed them: "fracture of L1", "protrusion at L4-L5".
        low = runs[n - 1][-1].end() if n else start
        front = _last_clause(shadow, low, run[0].start())
        for group, words in about.checks.level_groups.items():
            for hit in words.finditer(shadow, run[-1].end(), stop):
                if _claimed_by_next(shadow, hit.end(), stop, n + 1 < len(runs)) or _DENIED.search(shadow, run[-1].end(), hit.start()):
                    continue
                _add(into, group, run)
            for hit in words.finditer(shadow, front, run[0].start()):
                if _ofs(shadow, hit.end(), run[0].start()) and not _DENIED.search(shadow, max(low, hit.start() - 40), hit.start()):
                    _add(into, group, run)
    return {_name(m) for m in found}


def _last_clause(shadow: str, start: int, end: int) -> int:
    cut = max(shadow.rfind(mark, start, end) for mark in ",;.。、:")
    return max(start, cut + 1)


def _ofs(shadow: str, start: int, end: int) -> bool:
    return bool(re.fullmatch(r"[\sa-z-]*\b(?:of|at|in|involving|from)\b[\sa-z-]{0,30}|\s*", shadow[start:end]))


def _claimed_by_next(shadow: str, start: int, stop: int, more: bool) -> bool:
    """ "... and a protrusion at L5-S1": the word belongs to the level that follows."""
    return more and bool(re.fullmatch(r"\s*(?:\w+ ){0,2}(?:at|of|in|involving)\s*(?:the )?", shadow[start:stop]))


def _add(into: dict[str, dict[str, Range]], group: str, run: list[re.Match[str]]) -> None:
    for match in run:
        into[group].setdefault(_name(match), match.span())


def _name(match: re.Match[str]) -> str:
    groups = match.groupdict()
    if groups.get("zh"):
        return {"颈": "C", "胸": "T", "腰": "L"}[groups["zh"]] + groups["k"]
    if "m" not in groups:
        return groups["a"].upper() + groups["n"]
    upper, lower = groups["a"].upper() + groups["n"], groups["m"]
    letter = groups["b"].upper()
    if not letter:
        letter = {"L5": "S", "C7": "T", "T12": "L"}.get(upper, "") if lower == "1" else ""
        letter = letter or groups["a"].upper()
    return f"{upper}-{letter}{lower}"
