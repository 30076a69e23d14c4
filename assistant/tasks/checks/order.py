"""The report against its examination: contrast, modality, body regions and side."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.knowledge.checks import CheckRule
from assistant.report.results import Issue
from assistant.tasks.checks.exam import NAMES, Exam, contrast_of, title
from assistant.tasks.checks.subject import Range, Subject

_SELF = ("ct", "mr", "us", "xr", "mg")
_SAME_ROOM = ({"XR", "FL", "MG"}, {"NM", "CT"}, {"NM", "MR"}, {"US", "FL"})
"""Modalities that one examination may mix without saying so."""
_SIDE_GAP = 22
_STOP = re.compile(r"[,.;:。、\n]|\b(?:and|or|with)\b")
_NAMED = {"left": {"en": "left", "zh": "左侧"}, "right": {"en": "right", "zh": "右侧"}}


def contrast(about: Subject, rule: CheckRule, exam: Exam) -> Iterator[Issue]:
    """The technique, or the title, against the order; where there is no order, against what is described."""
    if exam.contrast is None or not exam.ordered:
        return
    parts = [(s.start, s.end) for s in about.of_section("technique")] + [title(about)]
    for low, high in parts:
        said = contrast_of(about, "text", (low, high))
        if said is None or said == exam.contrast:
            continue
        label = "contrast_none" if said == "none" else "contrast_given"
        inside = [s for s in about.hits(label) if low <= s[0] and s[1] <= high]
        if said == "with" and any(low <= s[0] and s[1] <= high for s in about.hits("contrast_none")):
            continue
        if inside:
            expected = {"with": "with contrast", "none": "without contrast"}[exam.contrast]
            yield about.issue(rule, *inside[0], expected=expected, related=inside[1:])


def modality(about: Subject, rule: CheckRule, exam: Exam) -> Iterator[Issue]:
    """A technique, or a sentence of the form "CT shows", that names another modality than the examination's."""
    if not exam.modalities:
        return
    expected = " / ".join(NAMES[m] for m in sorted(exam.modalities))
    technique = [(s.start, s.end) for s in about.of_section("technique")]
    own = [span for m in exam.modalities for span in about.hits(f"modality_{m.lower()}")]
    own_named = any(low <= s and e <= high for low, high in technique for s, e in own)
    for name in _SELF:
        code = name.upper()
        if code in exam.modalities or any(code in room and exam.modalities & room for room in _SAME_ROOM):
            continue
        for start, end in about.hits(f"modality_{name}"):
            if any(_inside(about, start, end, f"modality_{m.lower()}") for m in exam.modalities):
                continue
            low, high = about.clause(start)
            in_technique = any(a <= start < b for a, b in technique)
            if about.within("elsewhere", low, high) and not in_technique:
                continue
            is_title = about.section(start) == "title" and exam.ordered and start < title(about)[1]
            shows = about.in_part(start, "body") and about.checks.patterns["exam_shows"].match(about.shadow, end)
            borrowed = about.checks.patterns["borrowed_exam"].search(about.shadow, low, high)
            if (in_technique and not own_named and not borrowed) or shows or is_title:
                yield about.issue(rule, start, end, expected=expected)


def _inside(about: Subject, start: int, end: int, label: str) -> bool:
    """Whether a phrase of another label covers these words ("PET/CT" covers "CT")."""
    return any(s <= start and end <= e and (s, e) != (start, end) for s, e in about.hits(label))


def region(about: Subject, rule: CheckRule, exam: Exam) -> Iterator[Issue]:
    """Structures that no region of the examination can show."""
    if not exam.regions or "whole" in exam.regions or "NM" in exam.modalities:
        return
    seen: set[str] = set()
    for name, structure in about.checks.structures.items():
        if exam.regions & set(structure.regions):
            continue
        for start, end in about.hits(f"structure.{name}"):
            if not about.in_part(start, "body") or about.within("exam_excused", *about.clause(start)) or _covered(about, start, end, exam):
                continue
            words = about.shadow[start:end]
            if words not in seen:
                seen.add(words)
                yield about.issue(rule, start, end)


def _covered(about: Subject, start: int, end: int, exam: Exam) -> bool:
    """Whether a longer phrase of a structure that does belong covers the words."""
    return any(
        s <= start and end <= e and e - s > end - start
        for name, structure in about.checks.structures.items()
        if exam.regions & set(structure.regions)
        for s, e in about.hits(f"structure.{name}")
    )


def side(about: Subject, rule: CheckRule, exam: Exam) -> Iterator[Issue]:
    """The other side in the report of an examination of one limb or breast."""
    if exam.side is None:
        return
    wrong = "left" if exam.side == "right" else "right"
    expected = _NAMED[exam.side]["zh" if about.language == "zh" else "en"]
    head = title(about)
    for start, end in about.hits(f"sides.{wrong}"):
        _, high = about.clause(start)
        line = about.line(start)
        in_title = exam.ordered and head[0] <= start < head[1]
        if not in_title:
            if not about.in_part(start, "body") or line is None:
                continue
            if about.checks.patterns["other_side_meant"].search(about.shadow, line.start, line.end):
                continue
            if about.within(f"sides.{exam.side}", line.start, line.end) or about.within("sides.both", line.start, line.end):
                continue
        stop = _target(about, end, high if not in_title else head[1], exam)
        if stop is None and not in_title and exam.regions.isdisjoint(_PAIRED_FREELY):
            stop = _next_words(about, end, high)
        if stop is None:
            continue
        yield about.issue(rule, start, stop, expected=expected)


_PAIRED_FREELY = frozenset({"breast", "chest", "abdomen", "pelvis", "head", "neck", "whole", "spine", "spine_l", "spine_c", "spine_t"})
"""Regions whose examination shows both sides anyway."""
_FEW_WORDS = re.compile(r"(?:[ -][a-z]+){1,3}|[一-鿿]{1,6}")


def _next_words(about: Subject, at: int, high: int) -> int | None:
    """The end of the few words behind a side."""
    found = _FEW_WORDS.match(about.shadow, at, high)
    return found.end() if found else None


def _target(about: Subject, at: int, high: int, exam: Exam) -> int | None:
    """The end of the limb's own words right behind a side, if they stand there."""
    limits = min(high, at + _SIDE_GAP + 20)
    ends: list[Range] = []
    for region_name in exam.regions & about.checks.limbs:
        ends += [s for s in about.hits(f"regions.{region_name}") if at <= s[0] <= at + _SIDE_GAP and s[1] <= limits]
    for name, structure in about.checks.structures.items():
        if set(structure.regions) & exam.regions & about.checks.limbs:
            ends += [s for s in about.hits(f"structure.{name}") if at <= s[0] <= at + _SIDE_GAP and s[1] <= limits]
    near = [s for s in sorted(ends) if not _STOP.search(about.shadow, at, s[0])]
    return near[0][1] if near else None
