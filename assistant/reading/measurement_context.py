"""What the words around a quantity say of it: bound, approximation, role, and whether it is an earlier value and from when."""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from typing import Literal

from assistant.reading.cues import load
from assistant.reading.measurement_words import Cues, gaps, units
from assistant.report.facts import Measurement

_WINDOW = 48
_SIZES = frozenset({"length", "area", "volume", "suv", "hu", "lab", "percent"})
_ROLE_KINDS = frozenset({"length", "area", "volume", "hu"})
_TO_NEXT = re.compile(
    r"\s*(?:to|→|=>|至|到|增大至|增大到|缩小至|缩小到|增至|缩至|变为|长大至|增长至|->|-+>?)\s*(?:about |approximately |约|现|目前|now )*"
)
_ARROW = re.compile(r"\s?(?:-{1,2}>|=>|→)\s?")
_IN_ONE_BRACKET = re.compile(r"[\s,]{0,2}(?:约|大小|直径|size |measured |was ){0,2}")
_FROM_GAP = re.compile(r"\s*(?:about |approximately |approx |约|原来|原|an? |its )?\s*")
_IN_BRACKET = re.compile(r".*[较与][^,;。]{0,20}\((?:约|大小|直径)?", re.DOTALL)
_SEEN_GAP = re.compile(r"(?: (?:an?|the|at|as|of))?\s*")
_JUST_SAID = re.compile(r".*(?:[(,;]|[(,;] ?(?:it|this|which)|\band)\s*", re.DOTALL)
_APPROXIMATE_GAP = re.compile(r"\s*")
_BOUND_GAP = re.compile(r"\s*(?:about |approximately |approx |around |约|an? )?\s*")
_TIME_GAP = re.compile(
    r"(?: ?(?:in )?(?:its |the )?(?:(?:greatest|maximum|maximal|longest|largest) (?:dimension|diameter)|diameter|size|"
    r"(?:short|long) axis))?"
    r"[\s,(]{0,3}(?:(?:on|in|at|as of|dated|from|of|back in|about|approximately|the|a|an|some|seen|measured|scan|ct|study|mri|mr|"
    r"ultrasound|us|exam|examination|report|his|her|its|our|same|lesion|prior|previous|last|imaging|chest|roughly|around)[\s(]{1,2}){0,6}"
)
_TIME_BEFORE_GAP = re.compile(
    r"(?: ?ago| ?earlier|前|之前)?(?:的|片|时|ct|mri|mr|超声|b超|检查|本院|外院|我院|平扫|增强|胸部|前片|中|上|示|约|为|大小|直径|测量|"
    r"测值|最大|径|长|病灶|结节|肿块|\(|:|\s|it|this|was|had|been|measured|measuring|size|scan|study|examination|the|lesion|nodule|at|exam|when)*"
)
_LEADING_ON = re.compile(
    r"(?:[\s:(,=~]|measured|measuring|size|diameter|was|were|of|at|is|about|approximately|only|约|为|大小|直径|径|suv|max|[a-z]{1,9}\s){0,6}"
)
_FULL_STOP = re.compile(r"\n[ \t]*\n|。|\.(?=\s)")
_SENTENCE_BREAK = re.compile(r"\n[ \t]*\n|[。;]|\.(?=\s)")
Bound = Literal["", "<", "<=", ">", ">="]
_BOUNDS: dict[str, Bound] = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
_PHRASE_EDGES = (",", "(", "、", " and ", ";", "。", ". ")


@functools.cache
def _names() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    data = load("measurements")
    return tuple(data["roles"]), tuple(data["bounds"]), tuple(data["bounds_behind"])


def in_context(shadow: str, found: list[Measurement], cues: Cues) -> tuple[Measurement, ...]:
    """The measurements with what their surroundings say; bare numbers that no neighbour explains are dropped."""
    out: list[Measurement] = []
    for index, m in enumerate(found):
        if m.unit == "?":
            carried = _carried(shadow, found, out, index)
            if carried is None:
                continue
            m = carried
        if m.kind not in ("date", "count", "age"):
            low, high = _window(shadow, found, index)
            m = _qualified(shadow, m, low, high, cues, leads=high == _next_start(found, index))
            if m.kind in _SIZES:
                m = _timed(shadow, found, out, index, m, low, high, cues)
        out.append(m)
    return tuple(out)


def _next_start(found: list[Measurement], index: int) -> int:
    return found[index + 1].start if index + 1 < len(found) else -1


def _window(shadow: str, found: list[Measurement], index: int) -> tuple[int, int]:
    """The words that may speak of a measurement: back and forth to its neighbours, in the same sentence."""
    m = found[index]
    low = max(found[index - 1].end if index else 0, m.start - _WINDOW)
    low = max(
        low,
        shadow.rfind("\n\n", low, m.start) + 1,
        shadow.rfind("。", low, m.start) + 1,
        shadow.rfind(";", low, m.start) + 1,
        shadow.rfind(". ", low, m.start) + 1,
    )
    high = min(m.end + _WINDOW, len(shadow))
    if index + 1 < len(found):
        high = min(high, found[index + 1].start)
    broken = _SENTENCE_BREAK.search(shadow, m.end, high)
    return low, broken.start() if broken else high


def _carried(shadow: str, found: list[Measurement], done: list[Measurement], index: int) -> Measurement | None:
    """A bare number with the unit of a size next to it in the same sentence ("9 x 8 mm (mean 8.5)", "from 24 x 21 to 26 x 22 mm")."""
    m = found[index]
    near = [d for d in done[-1:] if d.kind in ("length", "volume", "suv", "lab") and m.start - d.end < 70]
    near += [f for f in found[index + 1 : index + 2] if f.unit in units() and f.kind == "length" and f.start - m.end < 40]
    for other in near:
        if _SENTENCE_BREAK.search(shadow, min(other.end, m.end), max(other.start, m.start)):
            continue
        if other.kind != "length":
            return replace(m, kind=other.kind, unit="")
        factor = units()[other.unit].factor if other.unit in units() else 1.0
        return replace(m, unit="", values=tuple(round(v * factor, 4) for v in m.values))
    return None


def _bound(shadow: str, m: Measurement, low: int, cues: Cues) -> Bound:
    """The bound that a sign or words make of a value: "<5 mm", "up to 14 mm", 不超过8mm."""
    _, bounds, behind = _names()
    front = shadow[m.start - 1] if m.start else ""
    if shadow[max(0, m.start - 4) : m.start].rstrip().endswith(("->", "=>")):
        return ""
    said = front.replace("≤", "<=").replace("≥", ">=") if front in ("<", ">", "≤", "≥") else ""
    said = said or next((s for s in bounds if cues.leads_to(f"bound:{s}", shadow, low, m.start, _BOUND_GAP)), "")
    said = said or next((s for s in behind if cues.follows(f"bound_behind:{s}", shadow, m.end, m.end + 3, gaps().nothing) > 0), "")
    return _BOUNDS.get(said, "")


def _qualified(shadow: str, m: Measurement, low: int, high: int, cues: Cues, *, leads: bool) -> Measurement:
    approximate = (
        m.is_approximate
        or cues.leads_to("approximate", shadow, low, m.start, _APPROXIMATE_GAP)
        or cues.follows("approximate_behind", shadow, m.end, high, _APPROXIMATE_GAP) > 0
    )
    bound = m.bound or _bound(shadow, m, low, cues)
    role = _role(shadow, m, low, high, cues, leads=leads) if m.kind in _ROLE_KINDS else ""
    if approximate == m.is_approximate and bound == m.bound and not role:
        return m
    return replace(m, is_approximate=approximate, bound=bound, role=role)


def _leads_on(shadow: str, end: int, high: int, *, leads: bool) -> bool:
    """Whether words behind a quantity lead to the next one ("24 mm (previously 18 mm)") and so say nothing of this."""
    return leads and not shadow.startswith((",", "，"), end) and bool(_LEADING_ON.fullmatch(shadow, end, high))


def _role(shadow: str, m: Measurement, low: int, high: int, cues: Cues, *, leads: bool) -> str:
    roles = _names()[0]
    best, name = -1, ""
    for role in roles:
        end = cues.follows(f"role_behind:{role}", shadow, m.end, min(high, m.end + 34), gaps().nothing)
        if end > best and not _leads_on(shadow, end, high, leads=leads):
            best, name = end, role
    if best > 0:
        return name
    edges = [at + len(mark) for mark in _PHRASE_EDGES if (at := shadow.rfind(mark, low, m.start)) != -1]
    edge = max((e for e in edges if e < m.start), default=low)
    last = (-1, -1)
    for role in roles:
        for start, end in cues.within(f"role:{role}", edge, m.start):
            if m.start - end <= 24 and (end, end - start) > last:
                last, name = (end, end - start), role
    return "" if name == "change" and len(m.values) > 1 else name


_AS_BEFORE = re.compile(r"(?:同前|似前|如前|无变化|相仿|unchanged|stable)[,，、\s(]*(?:约|大小|直径|为|at|about)?\s*$")
"""Before a number: it is the size now, as it was before."""
_OWN_VALUE = re.compile(
    r"[)\s]*(?:(?:ct|mri|片|检查|时)?(?:上|中)?(?:为|是|约|仅|才|已|时|量得|测得|大小|直径|was|it was|measured)*\s*[约为:]?\s*)"
)
_NOT_SEEN_THEN = re.compile(
    r"\s*(?:片|ct|mri|检查|复查|扫描|时|老片|旧片)?(?:上|中|内)?\s*(?:未见|未显示|未出现|未发现|无|没有|"
    r"was not|not (?:seen|present|visible))"
)
"""After a date: "2023年8月片未见" says that the thing is new, not that its size is old."""


def _timed(
    shadow: str, found: list[Measurement], done: list[Measurement], index: int, m: Measurement, low: int, high: int, cues: Cues
) -> Measurement:
    """The measurement with `is_prior`, `months_before` and `date` where the wording makes it an earlier value."""
    after = found[index + 1] if index + 1 < len(found) else None
    ahead = found[index - 1] if index else None
    prior = _is_prior(shadow, m, low, high, cues, after, done)
    months, date = None, None
    times = index + 1
    while times < len(found) and found[times].kind in ("date", "interval") and times - index <= 3:
        times += 1
    following = found[times] if index + 1 < times < len(found) else None
    if following is not None and following.kind == m.kind and _OWN_VALUE.fullmatch(shadow, found[times - 1].end, following.start):
        after = None  # "现约9mm,3个月前为11mm": the time goes with the number behind it
    if after is not None and (after.kind == "date" or (after.kind == "interval" and after.is_prior)):
        told = _TIME_GAP.fullmatch(shadow, m.end, after.start)
        if told and not _NOT_SEEN_THEN.match(shadow, after.end):
            months, date, prior = (after.values[0] if after.values else None), after.date, True
    if months is None and date is None and ahead is not None and (ahead.kind == "date" or (ahead.kind == "interval" and ahead.is_prior)):
        linked = len(done) > 1 and done[-2].is_prior and (done[-2].months_before, done[-2].date) != (None, None)
        near = m.start - ahead.end <= 30 and not linked
        bracket = shadow[ahead.start - 1 : ahead.start] == "(" and _IN_ONE_BRACKET.fullmatch(shadow, ahead.end, m.start)
        if near and (bracket or _TIME_BEFORE_GAP.fullmatch(shadow, ahead.end, m.start)):
            months, date, prior = (ahead.values[0] if ahead.values else None), ahead.date, True
    return replace(m, is_prior=True, months_before=months, date=date) if prior else m


def _is_prior(shadow: str, m: Measurement, low: int, high: int, cues: Cues, after: Measurement | None, done: list[Measurement]) -> bool:
    between = gaps()
    if _AS_BEFORE.search(shadow, low, m.start):
        return False
    if cues.leads_to("prior", shadow, low, m.start, between.measuring) or _IN_BRACKET.fullmatch(shadow, low, m.start):
        return True
    behind = cues.follows("prior_behind", shadow, m.end, high, between.nothing)
    if behind > 0 and not _leads_on(shadow, behind, high, leads=after is not None and after.start == high):
        return True
    same_next = after is not None and after.kind == m.kind and not _SENTENCE_BREAK.search(shadow, m.end, after.start)
    if same_next and cues.leads_to("seen", shadow, low, m.start, _SEEN_GAP):
        return True
    if after is not None and after.kind == m.kind and after.start - m.end < 60 and not _FULL_STOP.search(shadow, m.end, after.start):
        # "was 11, now 15 mm"; "measured 14 mm; it now measures 18 mm"; "12 mm -> 19 mm"
        if _ARROW.fullmatch(shadow, m.end, after.start):
            return True
        if cues.leads_to("said_then", shadow, low, m.start, _BOUND_GAP) and any(cues.within("said_now", m.end, after.start)):
            return True
    for start, end in cues.within("just_said", low, m.start):
        here = _APPROXIMATE_GAP.fullmatch(shadow, end, m.start) and _JUST_SAID.fullmatch(shadow, low, start)
        if here and any(d.kind == m.kind and not d.is_prior and not _SENTENCE_BREAK.search(shadow, d.end, m.start) for d in done[-2:]):
            return True
    if cues.leads_to("zh_from", shadow, low, m.start, _FROM_GAP):
        far = max(0, m.start - 90)
        to_next = same_next and after is not None and bool(_TO_NEXT.fullmatch(shadow, m.end, after.start))
        grown = any(cues.within("change_verbs", far, m.start)) or any(cues.within("zh_change", m.end, m.end + 6))
        if (to_next or grown) and not any(cues.within("no_change_from", far, m.start)):
            return True
    # The rest of a bracket that an earlier value has opened is earlier too: "(previously 9 mm, SUVmax 3.1)".
    last = done[-1] if done else None
    if last is None or not last.is_prior or last.kind not in _SIZES or m.start - last.end > 40:
        return False
    opened = shadow.rfind("(", max(0, last.start - 60), last.start) > shadow.rfind(")", max(0, last.start - 60), last.start)
    return opened and ")" not in shadow[last.end : m.start] and not _SENTENCE_BREAK.search(shadow, last.end, m.start)
