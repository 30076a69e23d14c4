"""What the words around a quantity say of it: bound, approximation, role, and whether it is an earlier value and from when."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.reading.measurement_words import Words, units, words
from assistant.report.facts import Measurement

_WINDOW = 48
_SIZES = frozenset({"length", "area", "volume", "suv", "hu", "lab", "percent"})
_TO_NEXT = re.compile(r"\s*(?:mm|cm)?\s*(?:to|至|到|增大至|增大到|缩小至|缩小到|增至|缩至|变为|长大至|增长至|->|-+>?)\s*(?:about |approximately |约|现|目前)*$")
_TIME_GAP = re.compile(
    r"[\s,(]{0,3}(?:(?:on|in|at|as of|dated|from|of|back in|about|approximately|the|a|an|some|seen|measured|scan|ct|study|mri|mr|ultrasound|us|"
    r"exam|examination|report|his|her|its|our|same|lesion|prior|previous|last|imaging|chest|roughly|around)[\s(]{1,2}){0,6}"
)
_TIME_BEFORE_GAP = re.compile(
    r"(?:的|片|时|ct|mri|mr|超声|b超|检查|本院|外院|我院|平扫|增强|胸部|前片|中|上|示|约|为|大小|直径|测量|测值|最大|径|长|病灶|结节|肿块|"
    r"\(|:|\s|it|this|was|had|been|measured|measuring|size|scan|study|examination|the lesion|nodule|at|lesion|exam|the|when)*"
)
_LEADING_ON = re.compile(r"(?:[\s:(,=~]|measured|measuring|size|diameter|was|were|of|at|is|about|approximately|only|约|为|大小|直径|径|[a-z]{1,9}\s){0,4}")
_SENTENCE_BREAK = re.compile(r"[\n。;]|\.(?=\s)")


def _left(shadow: str, low: int, start: int) -> str:
    """The words in front of a place, back to the last sentence end or the measurement before."""
    window = shadow[max(low, start - _WINDOW) : start]
    cut = max(window.rfind("\n\n"), window.rfind("。"), window.rfind(";"), window.rfind(". "))
    return window[cut + 1 :]


def _right(shadow: str, end: int, high: int) -> str:
    window = shadow[end : min(high, end + _WINDOW)]
    found = _SENTENCE_BREAK.search(window)
    return window[: found.start()] if found else window


def _leads_on(right: str, end: int, is_cut: bool) -> bool:
    """Whether words behind a quantity lead to the next one ("24 mm (previously 18 mm)") and so say nothing of this."""
    return is_cut and bool(_LEADING_ON.fullmatch(right, end))


def in_context(shadow: str, found: list[Measurement]) -> tuple[Measurement, ...]:
    """The measurements with what their surroundings say; bare numbers that nothing explains are dropped."""
    pattern = words()
    out: list[Measurement] = []
    for index, m in enumerate(found):
        low = found[index - 1].end if index else 0
        high = found[index + 1].start if index + 1 < len(found) else len(shadow)
        if m.unit == "?":
            carried = _carried(shadow, found, out, index)
            if carried is None:
                continue
            m = carried
        if m.kind in ("date", "count", "age"):
            out.append(m)
            continue
        left, right = _left(shadow, low, m.start), _right(shadow, m.end, high)
        is_cut = m.end + len(right) == high and index + 1 < len(found)
        m = _qualified(m, left, right, pattern, is_cut=is_cut)
        if m.kind in _SIZES:
            m = _timed(shadow, found, out, index, m, left, right, pattern, is_cut=is_cut)
        out.append(m)
    return tuple(out)


def _carried(shadow: str, found: list[Measurement], done: list[Measurement], index: int) -> Measurement | None:
    """A bare number with the unit of a size next to it in the same sentence ("9 x 8 mm (mean 8.5)", "from 24 x 21 to 26 x 22 mm")."""
    m = found[index]
    near = [d for d in done[-1:] if d.kind in ("length", "volume", "suv", "lab") and m.start - d.end < 70]
    near += [f for f in found[index + 1 : index + 2] if f.unit in units() and f.kind == "length" and f.start - m.end < 40]
    for other in near:
        between = shadow[min(other.end, m.end) : max(other.start, m.start)]
        if _SENTENCE_BREAK.search(between):
            continue
        if other.kind != "length":
            return replace(m, kind=other.kind, unit="")
        factor = units()[other.unit].factor if other.unit in units() else 1.0
        return replace(m, unit="", values=tuple(round(v * factor, 4) for v in m.values))
    return None


def _qualified(m: Measurement, left: str, right: str, pattern: Words, *, is_cut: bool) -> Measurement:
    near = left.rstrip("( ")
    approximate = m.is_approximate or bool(pattern.approximate_left.search(left) or pattern.approximate_right.match(right))
    bound = m.bound
    if not bound:
        if found := pattern.bound_left.search(near):
            bound = pattern.bound_signs[int((found.lastgroup or "g0")[1:])]  # type: ignore[assignment]
        elif (found := pattern.bound_right.match(right)) and not right[:1].isspace():
            bound = "<" if found.lastgroup == "g0" else ">"
    role = _role(m, left, right, pattern, is_cut=is_cut) if m.kind in ("length", "area", "volume", "hu") else ""
    if approximate == m.is_approximate and bound == m.bound and not role:
        return m
    return replace(m, is_approximate=approximate, bound=bound, role=role)


def _role(m: Measurement, left: str, right: str, pattern: Words, *, is_cut: bool) -> str:
    phrase = left[max(left.rfind(","), left.rfind("("), left.rfind("、"), left.rfind(" and ")) + 1 :] if not left.rstrip().endswith(",") else ""
    if (found := pattern.role_right.match(right)) and not _leads_on(right, found.end(), is_cut):
        return pattern.roles[int((found.lastgroup or "g0")[1:])]
    last = None
    for found in pattern.role_left.finditer(phrase):
        last = found
    if last and len(phrase) - last.end() <= 24:
        name = pattern.roles[int((last.lastgroup or "g0")[1:])]
        if name == "change" and len(m.values) > 1:
            return ""
        return name
    return ""


def _timed(
    shadow: str, found: list[Measurement], done: list[Measurement], index: int, m: Measurement, left: str, right: str, pattern: Words, *, is_cut: bool
) -> Measurement:
    """The measurement with `is_prior`, `months_before` and `date` where the wording makes it an earlier value."""
    after = found[index + 1] if index + 1 < len(found) else None
    ahead = found[index - 1] if index else None
    behind = pattern.prior_right.match(right)
    prior = bool(pattern.prior_left.search(left)) or bool(behind and not _leads_on(right, behind.end(), is_cut))
    if not prior and pattern.seen_left.search(left):
        prior = after is not None and after.kind == m.kind and not _SENTENCE_BREAK.search(shadow, m.end, after.start)
    if not prior and pattern.just_said_left.search(left):
        prior = any(d.kind == m.kind and not d.is_prior and not _SENTENCE_BREAK.search(shadow, d.end, m.start) for d in done[-2:])
    if not prior and pattern.from_left.search(left):
        sentence = shadow[max(0, m.start - 90) : m.start]
        to_next = after is not None and after.kind == m.kind and bool(_TO_NEXT.fullmatch(shadow[m.end : after.start]))
        prior = not pattern.no_change_left.search(sentence) and bool(
            pattern.growth_left.search(sentence) or to_next or pattern.zh_change_right.match(right)
        )
    if not prior and done and done[-1].is_prior and done[-1].kind in _SIZES and m.start - done[-1].end < 40:
        between = shadow[done[-1].end : m.start]
        opened = shadow[max(0, done[-1].start - 60) : done[-1].start]
        prior = ")" not in between and opened.rfind("(") > opened.rfind(")") and not _SENTENCE_BREAK.search(between)
    months, date = None, None
    if after is not None and after.kind in ("interval", "date") and (after.is_prior or after.kind == "date"):
        if _TIME_GAP.fullmatch(shadow[m.end : after.start]):
            months, date, prior = (after.values[0] if after.values else None), after.date, True
    if months is None and date is None and ahead is not None and ahead.kind in ("interval", "date") and (ahead.is_prior or ahead.kind == "date"):
        gap = shadow[ahead.end : m.start].removeprefix(" ago").removeprefix(" earlier").removeprefix("前")
        linked = bool(done) and len(done) > 1 and done[-2].is_prior and (done[-2].months_before, done[-2].date) != (None, None)
        if len(gap) <= 28 and not linked and _TIME_BEFORE_GAP.fullmatch(gap):
            months, date, prior = (ahead.values[0] if ahead.values else None), ahead.date, True
    return replace(m, is_prior=True, months_before=months, date=date) if prior else m
