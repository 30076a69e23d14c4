"""Quantities in a report: sizes with their axes, role and time, densities, uptake, laboratory values, counts, ages, dates, intervals."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.reading.measurement_context import in_context
from assistant.reading.measurement_words import Cues, Gaps, chinese_numbers, english_numbers, figures, gaps, units
from assistant.reading.number_words import chinese_number, english_number
from assistant.reading.times import find_dates, find_relative_times
from assistant.report.facts import Measurement, MeasurementKind

CARRIED = "?"
"""Stands for the unit of a bare number until its neighbours have given it theirs."""

_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_AGE_AHEAD = re.compile(r"(?:\A|.*[\n:;.(])[ \t]*", re.DOTALL)
_AGE_WORD = re.compile(r".*(?:\baged?|年龄)[\s:]{0,3}", re.DOTALL)
_TIME_BEHIND = re.compile(r"[\s-]{0,2}(?:ago|earlier|before|prior|previously|back|前|之前|以前)")
_LEVEL_LIST = re.compile(r".*[lstc]\d{1,2}\s?[,、/-]\s?", re.DOTALL)
_CARRIES = re.compile(
    r".*(?:mean|average|avg|previously|was|prior|from|原|前|平均|now|currently|"
    r"then|vs\.?|compared (?:with|to)|由|从)[\s:(]{0,2}(?:of |约|为|径|直径)?\s?",
    re.DOTALL,
)
_WIDE_COMMA = re.compile(r"\d，\d")
_ARROW = re.compile(r"\s?(?:-{1,2}>|=>|→)\s?\d")
_WINDOW = 40


@dataclass(slots=True)
class _Atom:
    """A number with the unit right behind it."""

    start: int
    end: int
    value: float
    unit: str
    negative: bool = False
    chinese: bool = False


_ISOTOPE = re.compile(r"(?<![a-z])[yi钇]-\d")


def _value(number: str) -> float | None:
    """The value of figures; a comma divides thousands, or decimals where it cannot."""
    if number.isdigit():
        return float(number) if len(number) < 12 else None
    if len(number) > 14:
        return None
    if _THOUSANDS.fullmatch(number):
        return float(number.replace(",", ""))
    if number.count(".") + number.count(",") != 1:
        return None
    return float(number.replace(",", "."))


def _scannable(text: str, shadow: str) -> str:
    """The shadow with full-width commas told apart from decimal ones ("2023-05-06，12mm")."""
    if not _WIDE_COMMA.search(text):
        return shadow
    return "".join("、" if mark == "，" else char for mark, char in zip(text, shadow, strict=True))


def _atoms(scan: str, shadow: str, taken: list[tuple[int, int]], cues: Cues) -> list[_Atom]:
    """Numbers in order, less those inside dates and those that name something (S8, T2, L4-L5, image 22)."""
    out: list[_Atom] = []
    for m in figures().finditer(scan):
        start = m.start()
        before = shadow[start - 1] if start else " "
        if before.isascii() and before.isalpha() and before != "x":
            continue
        if before == "-" and not m["u"] and _ISOTOPE.match(shadow, max(0, start - 2)):
            continue
        value = _value(m["n"])
        if value is not None:
            unit = m["u"] or ""
            negative = before == "-" and (start < 2 or shadow[start - 2] in " (~,:约为值于到至\n")
            out.append(_Atom(start, m.end(), value, " ".join(unit.split()), negative))
    for m in english_numbers().finditer(shadow):
        value = english_number(m["n"])
        if value is not None and not (m["n"] == "one" and not m["u"] and shadow[m.end() : m.end() + 1] in (",", ";", ".", ")")):
            out.append(_Atom(m.start("n"), m.end(), value, " ".join((m["u"] or "").split())))
    if not shadow.isascii():
        for m in chinese_numbers().finditer(shadow):
            value = chinese_number(m["n"])
            if value is not None:
                out.append(_Atom(m.start(), m.end(), value, m["u"] or "", chinese=True))
    out.sort(key=lambda a: a.start)
    kept: list[_Atom] = []
    block = 0
    for atom in out:
        while block < len(taken) and taken[block][1] <= atom.start:
            block += 1
        if block < len(taken) and taken[block][0] < atom.end:
            continue
        if not atom.unit and not atom.chinese and not _AXES_AHEAD.match(shadow, atom.end) and _names_something(shadow, atom, cues):
            continue
        kept.append(atom)
    return kept


def _names_something(shadow: str, atom: _Atom, cues: Cues) -> bool:
    low = max(0, atom.start - 14)
    return (
        bool(_SEGMENT_LIST.fullmatch(shadow, max(0, atom.start - 24), atom.start))
        or cues.leads_to("identifiers", shadow, low, atom.start, _ID_GAP)
        or bool(_LEVEL_LIST.fullmatch(shadow, low, atom.start))
    )


_SEGMENT_LIST = re.compile(
    r".*(?:segments?|segs?|sg|zones?|levels?|ribs?|s|段)\.?\s*\d{1,2}[ab]?\s*(?:(?:,|and|&|/|to|-|及|和|、)\s*(?:\d{1,2}[ab]?\s*(?:,|and|&|/)\s*)*)"
)
"""Before a number: it is one more of a list of segments ("segments 4 and 8, 41 mm")."""
_AXES_AHEAD = re.compile(r"\s?(?:x|×|\*|by)\s?\d")
"""In "ablation zone 36 x 29 mm" the number after the noun is a size, not a name."""
_ID_GAP = re.compile(r"[\s:.#-]{0,2}")


def find_measurements(text: str, shadow: str) -> tuple[Measurement, ...]:
    """Every quantity of a source text, in order, not overlapping.

    Lengths come in mm, areas in mm2, volumes in mm3, intervals in months, ages in years; see `Measurement`. Slice thickness, contrast
    doses, image and segment numbers, levels and times of day are none. A date gives no values; its `date` holds what the text settles.

    Args:
        text: The source as received; the offsets are its own.
        shadow: The same, folded.
    """
    cues = Cues(shadow)
    dates = find_dates(shadow)
    found: list[Measurement] = [Measurement("date", (), start, end, date=iso) for start, end, iso in dates]
    for start, end, months in find_relative_times(shadow):
        found.append(Measurement("interval", (months,), start, end, is_prior=True, is_approximate=True))
    found.sort(key=lambda m: m.start)
    between = gaps()
    numbers = _atoms(_scannable(text, shadow), shadow, [(m.start, m.end) for m in found], cues)
    index = 0
    while index < len(numbers):
        group, index, shape = _group(shadow, numbers, index, between)
        found += _quantities(shadow, group, shape, cues, between)
    found += [Measurement("length", (10.0,), start, end, bound="<") for start, end in cues.within("small_words", 0, len(shadow))]
    found.sort(key=lambda m: (m.start, -m.end))
    return in_context(shadow, _disjoint(found), cues)


def _disjoint(found: list[Measurement]) -> list[Measurement]:
    out: list[Measurement] = []
    for m in found:
        if not out or m.start >= out[-1].end:
            out.append(m)
    return out


def _group(shadow: str, numbers: list[_Atom], index: int, between: Gaps) -> tuple[list[_Atom], int, str]:
    """The atoms that make one expression from `index` on, where the next one starts, and how they hang together."""
    group, shape = [numbers[index]], ""
    index += 1
    while index < len(numbers) and 0 < numbers[index].start - group[-1].end <= 20:
        last, here = group[-1], numbers[index]
        low, high = last.end, here.start - here.negative
        if shape in ("", "axes") and len(group) < 3 and between.axes.fullmatch(shadow, low, high) and _same_kind(last, here):
            shape = "axes"
        elif shape == "" and between.bounds.fullmatch(shadow, low, here.start) and (here.unit or not last.unit) and _same_kind(last, here):
            shape, here.negative = "range", False
        elif (
            shape in ("", "members")
            and not last.unit
            and len(group) < 8
            and between.members.fullmatch(shadow, low, high)
            and _unit_ahead(shadow, numbers, index, between)
        ):
            shape = "members"
        else:
            break
        group.append(here)
        index += 1
    return group, index, shape


def _same_kind(a: _Atom, b: _Atom) -> bool:
    return not a.unit or not b.unit or units()[a.unit].kind == units()[b.unit].kind


def _unit_ahead(shadow: str, numbers: list[_Atom], index: int, between: Gaps) -> bool:
    """Whether a list of bare numbers ends in one with a unit ("2.1, 3.4 and 5 mm")."""
    for step, here in enumerate(numbers[index : index + 6]):
        if here.unit:
            return units()[here.unit].kind in ("length", "hu", "percent")
        following = index + step + 1
        if following >= len(numbers) or not between.members.fullmatch(shadow, here.end, numbers[following].start):
            return False
    return False


def _quantities(shadow: str, group: list[_Atom], shape: str, cues: Cues, between: Gaps) -> list[Measurement]:
    """The measurements that a group of numbers makes: one, or one per member of a list."""
    unit = next((a.unit for a in reversed(group) if a.unit), "")
    if not unit:
        return _bare(shadow, group, shape, cues, between)
    kind, factor = units()[unit].kind, units()[unit].factor
    last = group[-1]
    start, end = group[0].start - group[0].negative, last.end
    low = max(0, start - _WINDOW)
    if kind == "dose":
        return []
    if kind == "age":
        return [Measurement("age", (round(last.value * factor, 2),), last.start, end, unit)] if last.value <= 120 else []
    if kind == "interval" and factor == 12 and last.value <= 120 and _AGE_WORD.fullmatch(shadow, low, start):
        return [Measurement("age", (last.value,), last.start, end, unit)]
    if kind == "interval":
        return _interval(shadow, group, shape, unit)
    if kind == "lab":
        return [Measurement("lab", (last.value,), last.start, end, unit)]
    if kind == "volume" and (
        cues.leads_to("given", shadow, low, start, between.few) or cues.follows("given_behind", shadow, end, end + 40, between.nothing) > 0
    ):
        return []
    if kind == "length" and (
        cues.leads_to("not_anatomy", shadow, low, start, between.value)
        or cues.follows("not_anatomy_behind", shadow, end, end + 60, between.slices) > 0
    ):
        return []
    if kind == "angle" and shadow[end : end + 2].strip()[:1] == "c":
        return []
    values = tuple(_scaled(a, units()[a.unit].factor if a.unit else factor) for a in group)
    quantity: MeasurementKind = kind  # type: ignore[assignment]
    if shape == "range" and _is_course(shadow, group, cues):
        shape = "members"
    if shape == "members":
        return [Measurement(quantity, (v,), a.start, a.end, unit) for v, a in zip(values, group, strict=True)]
    if shape == "range" and len(values) > 1 and values[0] > values[1]:
        values = (values[1], values[0])
    return [Measurement(quantity, values, start, end, unit, is_range=shape == "range")]


def _sentence_start(shadow: str, at: int) -> int:
    low = max(0, at - 90)
    return max(shadow.rfind(". ", low, at), shadow.rfind("。", low, at), shadow.rfind("\n", low, at), low - 1) + 1


def _is_course(shadow: str, group: list[_Atom], cues: Cues) -> bool:
    """Whether "from 12 to 19 mm" tells of growth, not of a range."""
    first, last = group[0], group[-1]
    said = shadow[first.end : last.start]
    if "to" not in said and "至" not in said and "到" not in said:
        return False
    low = _sentence_start(shadow, first.start)
    if not cues.leads_to("zh_from", shadow, low, first.start, _FROM_GAP) or any(cues.within("no_change_from", low, first.start)):
        return False
    grown = any(cues.within("change_verbs", low, first.start)) or any(cues.within("zh_change", last.end, last.end + 6))
    return bool(first.unit) or grown


_FROM_GAP = re.compile(r"\s*(?:about |approximately |approx |约|原来|原|an? |its )?\s*")


def _scaled(atom: _Atom, factor: float) -> float:
    return round((-atom.value if atom.negative else atom.value) * factor, 4)


def _interval(shadow: str, group: list[_Atom], shape: str, unit: str) -> list[Measurement]:
    """A span of time in months."""
    last = group[-1]
    if last.value > 150 or (not unit.isascii() and len(unit) == 1 and last.value > 60):
        return []
    factor = units()[unit].factor
    members = group if shape == "range" else group[-1:]
    values = tuple(round(a.value * (units()[a.unit].factor if a.unit else factor), 2) + ("半" in unit) * 0.5 for a in members)
    past = bool(_TIME_BEHIND.match(shadow, last.end, last.end + 14))
    vague = "余" in unit or "多" in unit
    return [
        Measurement("interval", values, members[0].start, last.end, unit, is_prior=past, is_range=shape == "range", is_approximate=vague)
    ]


def _bare(shadow: str, group: list[_Atom], shape: str, cues: Cues, between: Gaps) -> list[Measurement]:
    """Numbers without a unit: what the words in front or behind make of them."""
    first, last = group[0], group[-1]
    start, end = first.start - first.negative, last.end
    low = max(0, start - _WINDOW)
    values = tuple(-a.value if a.negative else a.value for a in group)
    ranged = shape == "range"
    if cues.leads_to("suv", shadow, low, start, between.value):
        return [Measurement("suv", values if ranged else values[:1], start, end if ranged else first.end, is_range=ranged)]
    scientific = shape == "axes" and last.value == 10 and shadow[end : end + 1] in ("-", "^")
    if scientific or cues.leads_to("adc", shadow, low, start, between.value):
        return [Measurement("adc", values[:1], start, first.end)]
    if cues.leads_to("hu_words", shadow, low, start, between.value):
        return [Measurement("hu", values, start, end, is_range=ranged)]
    if cues.leads_to("labs", shadow, low, start, between.lab):
        return [Measurement("lab", values[:1], start, first.end)]
    if 0 < last.value <= 120 and last.value == int(last.value) and shape in ("", "members"):
        if _AGE_WORD.fullmatch(shadow, low, first.start):
            return [Measurement("age", values[:1], first.start, first.end)]
        if shadow[end : end + 1] in ("m", "f") and not shadow[end + 1 : end + 2].isalnum() and _AGE_AHEAD.fullmatch(shadow, low, start):
            return [Measurement("age", values[-1:], last.start, end)]
        if last.value <= 60 and _counts(shadow, last, cues, between):
            return [Measurement("count", values[-1:], last.start, end)]
    if shape == "axes" and all(0 < v < 400 for v in values):
        return [Measurement("length", values, start, end, unit=CARRIED)]
    if shape in ("", "range") and (_CARRIES.fullmatch(shadow, max(0, start - 24), start) or _ARROW.match(shadow, end)):
        return [Measurement("length", values, start, end, unit=CARRIED, is_range=ranged)]
    return []


def _counts(shadow: str, atom: _Atom, cues: Cues, between: Gaps) -> bool:
    if between.zh_counted.match(shadow, atom.end, atom.end + 6):
        return True
    return not atom.chinese and cues.follows("countable", shadow, atom.end, atom.end + 70, between.description) > 0


__all__ = ["find_measurements"]
