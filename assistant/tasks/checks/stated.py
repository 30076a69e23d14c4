"""Categories that the report itself states: against what its features give, against each other, and against its own words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.knowledge.checks import CheckRule
from assistant.knowledge.glossary import load_glossary
from assistant.report.results import Category, Issue
from assistant.tasks.checks.subject import Range, Subject


@dataclass(frozen=True, slots=True)
class Mark:
    """A category as written."""

    family: str
    value: str
    start: int
    end: int


_MOST = 100
"""Categories in one text above which it is no report."""
_SHORT = re.compile(r"[tl]r[ -]?[1-5mt]")


def marks(about: Subject) -> list[Mark]:
    """Every category that the text states of this examination, in order."""
    shadow = about.shadow
    if "rads" not in shadow and "bosniak" not in shadow and not _SHORT.search(shadow):
        return []
    found = [
        Mark(family, m["v"], m.start(), m.end())
        for family, data in load_glossary().families.items()
        for m in data.pattern.finditer(shadow)
        if about.section(m.start()) not in ("comparison", "indication")
    ]
    if len(found) > _MOST:
        return []
    prior = about.checks.patterns["prior_category"]
    return sorted((m for m in found if not prior.search(shadow, max(0, m.start - 30), m.start)), key=lambda m: m.start)


def _low(family: str) -> frozenset[str]:
    """Values of a family that say benign."""
    return load_glossary().families[family].low


def stated_twice(about: Subject, rule: CheckRule) -> Iterator[Issue]:
    """A value in the impression that the findings never gave, while they gave others of the same system."""
    body: dict[str, list[Mark]] = defaultdict(list)
    concluded: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks(about):
        (concluded if about.section(mark.start) == "impression" else body)[mark.family].append(mark)
    for family, given in concluded.items():
        told = body.get(family)
        if not told:
            continue
        for mark in given:
            if mark.value not in {m.value for m in told} and any(m.value not in {g.value for g in given} for m in told):
                rest = [m for m in told if m.value not in {g.value for g in given}]
                worst = max(rest, key=lambda m: m.value)
                others = [(m.start, m.end) for m in rest]
                yield about.issue(rule, mark.start, mark.end, expected=about.text[worst.start : worst.end], related=others)


def points(about: Subject, rule: CheckRule) -> Iterator[Issue]:
    """A TI-RADS level that does not follow from the total of points given just before it."""
    for mark in marks(about):
        if mark.family != "TI-RADS":
            continue
        low = max(about.shadow.rfind("\n", 0, mark.start), mark.start - 80, 0)
        totals = list(about.checks.patterns["points_total"].finditer(about.shadow, low, mark.start))
        if not totals:
            continue
        total = int(totals[-1]["p"] or totals[-1]["q"])
        level = next(value for most, value in about.checks.tirads_bands if total <= most)
        if mark.value[0] != level and total != 1:
            yield about.issue(rule, mark.start, mark.end, expected=f"{total} points: TR{level}", related=[totals[-1].span()])


def benign_but_suspicious(about: Subject, rule: CheckRule) -> Iterator[Issue]:
    """A benign category where the same conclusion calls its only classified finding suspicious."""
    all_marks = marks(about)
    for mark in all_marks:
        if mark.value not in _low(mark.family):
            continue
        section = about.section(mark.start)
        same = [m for m in all_marks if m.family == mark.family and about.section(m.start) == section]
        clause = _around(about, mark)
        near = _suspicion(about, *clause)
        if near:
            if _between(same, near, mark):
                continue
            start = near[0] if near[0] < mark.start and mark.start - near[1] < 6 else mark.start
            yield about.issue(rule, start, mark.end, related=[near])
            continue
        if section != "impression" or any(m.value not in _low(mark.family) for m in same):
            continue
        bodies = [s for s in about.of_section("impression") if s.start <= mark.start < s.end]
        if bodies and (near := _suspicion(about, bodies[0].start, bodies[0].end)) and not _other_side(about, mark, near):
            yield about.issue(rule, mark.start, mark.end, related=[near])


def _around(about: Subject, mark: Mark) -> Range:
    """The sentence of a mark, from the last mark of the same sentence on."""
    line = about.line(mark.start)
    if line is None:
        return mark.start, mark.end
    # "2 cm mass, highly suspicious; right: BI-RADS 2": a semicolon starts another finding.
    cut = max(about.shadow.rfind(";", line.start, mark.start), about.shadow.rfind("。", line.start, mark.start))
    stop = about.shadow.find(";", mark.end, line.end)
    return max(line.start, cut + 1), stop if stop >= 0 else line.end


def _suspicion(about: Subject, start: int, end: int) -> Range | None:
    for found in about.checks.patterns["suspicious"].finditer(about.shadow, start, end):
        if not about.checks.patterns["suspicion_denied"].search(about.shadow, max(start, found.start() - 50), found.start()):
            return found.span()
    return None


def _between(same: list[Mark], near: Range, mark: Mark) -> bool:
    """Whether another mark of the system stands between the suspicion and this one, and so takes it."""
    low, high = min(near[0], mark.start), max(near[1], mark.end)
    return any(m is not mark and low <= m.start and m.end <= high for m in same)


def _other_side(about: Subject, mark: Mark, near: Range) -> bool:
    """Whether the category and the suspicion are said of different sides."""
    sides = []
    for start, end in (_around(about, mark), about.clause(near[0])):
        sides.append({side for side in ("left", "right") if about.within(f"sides.{side}", start, end)})
    return bool(sides[0]) and bool(sides[1]) and not sides[0] & sides[1]


def derived(about: Subject, rule: CheckRule) -> Iterator[Issue]:
    """Stated categories that are none of those which the features described leave possible."""
    for category in about.categories:
        if category.stated is None or not category.possible or category.stated_evidence == ():
            continue
        options = {_plain(str(v)) for v in (*category.possible, category.category, category.label, category.adjusted) if v}
        if _plain(category.stated) in options or any(_covers(o, _plain(category.stated)) for o in options):
            continue
        if "notapplicable" in options:
            continue
        if _is_of_another(about, category, options):
            continue
        evidence = [e for e in category.stated_evidence if e.source == "text"]
        for place in evidence[:1]:
            yield about.issue(rule, place.start, place.end, expected=_names(category), related=[(e.start, e.end) for e in evidence[1:]])


def _is_of_another(about: Subject, category: Category, options: set[str]) -> bool:
    """Whether all categories stated are right for some lesion, this one's among them: then a link went wrong, not the report."""
    peers = [c for c in about.categories if c.guideline == category.guideline]
    if len(peers) < 2:
        return False
    told = {_plain(m.value) for m in marks(about)}
    right = {_plain(v) for c in peers for v in c.possible}
    return bool(told & options) and told <= right


def _names(category: Category) -> str:
    return " / ".join(category.possible[:4])


def _plain(value: str) -> str:
    return re.sub(r"[\s\-_.:/]|category|li-?rads|lr-|bi-?rads|pi-?rads|ti-?rads|lung-?rads|类|级|分|期", "", value.lower())


def _covers(option: str, stated: str) -> bool:
    """ "4" covers "4a" where the report gives no letter, and the other way round."""
    return bool(option) and bool(stated) and (option.startswith(stated) or stated.startswith(option)) and option[:1].isdigit()
