"""Quantities in a report: sizes with their axes, role and time, densities, uptake, laboratory values, counts, ages, dates, intervals."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.reading.measurement_context import in_context
from assistant.reading.measurement_words import Words, atoms, units, words
from assistant.reading.number_words import chinese_number, english_number
from assistant.reading.times import find_dates, find_relative_times
from assistant.report.facts import Measurement, MeasurementKind

_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_AGE_AHEAD = re.compile(r"(?:^|(?<=[\n:;.(]))[ \t]*$")
_TIME_BEHIND = re.compile(r"[\s-]{0,2}(?:ago|earlier|before|prior|previously|back|前|之前|以前)")


@dataclass(slots=True)
class _Atom:
    """A number with the unit right behind it."""

    start: int
    end: int
    number_end: int
    value: float
    unit: str
    negative: bool = False


def _value(figures: str) -> float | None:
    """The value of figures; a comma divides thousands, or decimals where it cannot."""
    if figures.isdigit():
        return float(figures) if len(figures) < 12 else None
    if _THOUSANDS.fullmatch(figures):
        return float(figures.replace(",", ""))
    if figures.count(".") + figures.count(",") != 1 or len(figures) > 14:
        return None
    return float(figures.replace(",", "."))


def _atoms(shadow: str, taken: list[tuple[int, int]]) -> list[_Atom]:
    """Numbers in order, less those inside dates and those that name something (S8, T2, L4-L5, image 22)."""
    out: list[_Atom] = []
    identifier = words().identifier_left
    blocked = iter([*taken, (len(shadow) + 1, len(shadow) + 2)])
    block = next(blocked)
    for m in atoms().finditer(shadow):
        start = m.start()
        while block[1] <= start:
            block = next(blocked)
        if block[0] <= start:
            continue
        figures, unit, stop = m["d"], m["u"] or "", m.end()
        if figures is not None:
            if figures.count(",") > 1 and not _THOUSANDS.fullmatch(figures):
                continue
            before = shadow[start - 1] if start else " "
            if before.isascii() and before.isalpha() and before != "x":
                continue
            value = _value(figures)
            number_end = m.end("d")
        elif m["w"] is not None:
            value = english_number(m["w"])
            number_end = m.end("w")
        else:
            value = chinese_number(m["z"])
            number_end = m.end("z")
        if value is None:
            continue
        if m["z"] is None and identifier.search(shadow, max(0, start - 14), start) and not unit:
            continue
        unit = " ".join(unit.split())
        negative = figures is not None and start > 0 and shadow[start - 1] == "-" and (start < 2 or shadow[start - 2] in " (~,:约为值于到至")
        out.append(_Atom(start, stop, number_end, value, unit, negative))
    return out


def find_measurements(text: str, shadow: str) -> tuple[Measurement, ...]:
    """Every quantity of a source text, in order, not overlapping.

    Lengths come in mm, areas in mm2, volumes in mm3, intervals in months, ages in years; see `Measurement`. Slice thickness, contrast
    doses, image and segment numbers, levels and times of day are none. A date gives no values, its `date` holds what the text settles.

    Args:
        text: The source as received; unused, offsets are the shadow's.
        shadow: The same, folded.
    """
    dates = find_dates(shadow)
    found: list[Measurement] = [Measurement("date", (), start, end, date=iso) for start, end, iso in dates]
    relative = find_relative_times(shadow)
    found += [
        Measurement("interval", (months,), start, end, is_prior=True, is_approximate=True)
        for start, end, months in relative
        if not any(a < end and start < b for a, b, _ in dates)
    ]
    taken = sorted((m.start, m.end) for m in found)
    pattern = words()
    numbers = _atoms(shadow, taken)
    index = 0
    while index < len(numbers):
        group, index, shape = _group(shadow, numbers, index, pattern)
        found += _quantities(shadow, group, shape, pattern, found)
    found += [Measurement("length", (10.0,), m.start(), m.end(), unit="", bound="<") for m in pattern.small.finditer(shadow)]
    found.sort(key=lambda m: (m.start, -m.end))
    return in_context(shadow, _disjoint(found))


def _disjoint(found: list[Measurement]) -> list[Measurement]:
    out: list[Measurement] = []
    for m in found:
        if not out or m.start >= out[-1].end:
            out.append(m)
    return out


def _group(shadow: str, numbers: list[_Atom], index: int, pattern: Words) -> tuple[list[_Atom], int, str]:
    """The atoms that make one expression from `index` on, where the next one starts, and how they hang together."""
    group, shape = [numbers[index]], ""
    index += 1
    while index < len(numbers) and numbers[index].start - group[-1].end <= 16:
        last, here = group[-1], numbers[index]
        gap = shadow[last.end : here.start]
        if here.negative:
            gap = gap[:-1]
        if shape in ("", "axes") and len(group) < 3 and pattern.axes.fullmatch(gap) and _same_kind(last, here):
            shape = "axes"
        elif shape == "" and pattern.bounds.fullmatch(gap) and _is_range(last, here):
            shape = "range"
        elif shape in ("", "members") and not last.unit and pattern.members.fullmatch(gap) and _unit_ahead(shadow, numbers, index, pattern):
            shape = "members"
        else:
            break
        group.append(here)
        index += 1
    return group, index, shape


def _same_kind(a: _Atom, b: _Atom) -> bool:
    return not a.unit or not b.unit or units()[a.unit].kind == units()[b.unit].kind


def _is_range(a: _Atom, b: _Atom) -> bool:
    if a.unit and b.unit and units()[a.unit].kind != units()[b.unit].kind:
        return False
    if not b.unit and a.unit:
        return False
    return True


def _unit_ahead(shadow: str, numbers: list[_Atom], index: int, pattern: Words) -> bool:
    """Whether a list of bare numbers ends in one with a unit of length ("2.1, 3.4 and 5 mm")."""
    for step, here in enumerate(numbers[index : index + 6]):
        if here.unit:
            return units()[here.unit].kind in ("length", "hu", "percent")
        following = index + step + 1
        if following >= len(numbers) or not pattern.members.fullmatch(shadow[here.end : numbers[following].start]):
            return False
    return False


def _quantities(shadow: str, group: list[_Atom], shape: str, pattern: Words, before: list[Measurement]) -> list[Measurement]:
    """The measurements that a group of numbers makes: one, or one per member of a list."""
    unit = next((a.unit for a in reversed(group) if a.unit), "")
    if not unit:
        return _bare(shadow, group, shape, pattern)
    kind, factor = units()[unit].kind, units()[unit].factor
    start, end = group[0].start - group[0].negative, group[-1].end
    left = shadow[max(0, start - 40) : start]
    if kind == "age":
        return [Measurement("age", (group[-1].value,), group[-1].start, end, unit)] if group[-1].value <= 120 else []
    if kind == "dose":
        return []
    if kind == "interval":
        return _interval(shadow, group, shape, unit)
    if kind == "lab":
        return [Measurement("lab", (group[-1].value,), group[-1].start, end, unit)]
    if kind == "volume" and (pattern.given_left.search(left) or pattern.given_right.match(shadow, end, end + 40)):
        return []
    if kind == "length" and (pattern.not_anatomy_left.search(left) or pattern.not_anatomy_right.match(shadow, end, end + 60)):
        return []
    if kind == "angle" and shadow[end : end + 2].strip()[:1] == "c":
        return []
    values = tuple(_scaled(a, factor if not a.unit else units()[a.unit].factor) for a in group)
    quantity: MeasurementKind = kind  # type: ignore[assignment]
    if shape == "range" and _is_course(shadow, group, pattern):
        shape = "members"
    if shape == "members":
        return [Measurement(quantity, (v,), a.start, a.end, unit) for v, a in zip(values, group, strict=True)]
    if shape == "range" and values[0] > values[1] and kind == "length":
        # "15-9 mm" is no range as written, but both bounds stand.
        values = (values[1], values[0])
    return [Measurement(quantity, values, start, end, unit, is_range=shape == "range")]


def _is_course(shadow: str, group: list[_Atom], pattern: Words) -> bool:
    """Whether "from 12 to 19 mm" tells of growth, not of a range."""
    first, last = group[0], group[-1]
    sentence = shadow[max(0, first.start - 90) : first.start]
    sentence = sentence[max(sentence.rfind(". "), sentence.rfind("。"), sentence.rfind("\n")) + 1 :]
    said = shadow[first.end : last.start]
    if "to" not in said and "至" not in said and "到" not in said:
        return False
    if not pattern.from_left.search(sentence) or pattern.no_change_left.search(sentence):
        return False
    return bool(first.unit or pattern.growth_left.search(sentence) or pattern.zh_change_right.match(shadow, last.end, last.end + 8))


def _scaled(atom: _Atom, factor: float) -> float:
    return round((-atom.value if atom.negative else atom.value) * factor, 4)


def _interval(shadow: str, group: list[_Atom], shape: str, unit: str) -> list[Measurement]:
    """A span of time in months; "5 days" of "5-day-old" and the like included, minutes never."""
    last = group[-1]
    if last.value > 150 or (unit in ("日", "年", "天") and last.value > 60):
        return []
    factor = units()[unit].factor
    values = tuple(round(a.value * (units()[a.unit].factor if a.unit else factor), 2) for a in (group if shape == "range" else group[-1:]))
    if "半" in unit:
        values = tuple(v + 0.5 for v in values)
    start = group[0].start if shape == "range" else last.start
    past = bool(_TIME_BEHIND.match(shadow, last.end, last.end + 14))
    return [Measurement("interval", values, start, last.end, unit, is_prior=past, is_range=shape == "range", is_approximate=unit in ("余年", "多年", "个多月"))]


def _bare(shadow: str, group: list[_Atom], shape: str, pattern: Words) -> list[Measurement]:
    """Numbers without a unit: what the words in front or behind make of them."""
    first, last = group[0], group[-1]
    low = max(0, first.start - 40)
    left = shadow[low : first.start]
    start = first.start - first.negative
    values = tuple(-a.value if a.negative else a.value for a in group)
    if pattern.suv_left.search(left):
        return [Measurement("suv", values[-1:] if shape != "range" else values, start, last.end, is_range=shape == "range")]
    scientific = shape == "axes" and last.value == 10 and shadow[last.end : last.end + 1] in ("-", "^")
    if pattern.adc_left.search(left) or scientific:
        return [Measurement("adc", values[:1], start, first.end)]
    if pattern.hu_left.search(left[:-1] if first.negative else left):
        return [Measurement("hu", values, start, last.end, is_range=shape == "range")]
    if pattern.lab_left.search(left):
        return [Measurement("lab", values[:1], start, first.end)]
    if re.search(r"(?:\bage|\baged|年龄)[\s:]{0,3}$", left) and 0 < last.value <= 120:
        return [Measurement("age", values[-1:], last.start, last.end)]
    if shape == "" and 0 < last.value <= 110 and last.value == int(last.value):
        if shadow[last.end : last.end + 1] in "mf" and not shadow[last.end + 1 : last.end + 2].isalnum() and _AGE_AHEAD.search(left):
            return [Measurement("age", values, start, last.end)]
        if counted := pattern.count_right.match(shadow, last.end, last.end + 70) or pattern.zh_count_right.match(shadow, last.end, last.end + 5):
            if last.value <= 60 and not shadow[last.start - 1 : last.start].isalpha() or not counted.group().isascii():
                return [Measurement("count", values, start, last.end)]
    if shape == "axes" and all(0 < v < 400 for v in values):
        return [Measurement("length", values, start, last.end, unit="?")]
    if shape in ("", "range"):
        return [Measurement("length", values, start, last.end, unit="?", is_range=shape == "range")] if _may_carry(left) else []
    return []


_CARRY = re.compile(r"(?:mean|average|avg|previously|was|prior|from|原|前|平均|now|currently|then|vs\.?|compared (?:with|to)|由|从)[\s:(]{0,2}(?:of |约|为|径|直径)?\s?$")


def _may_carry(left: str) -> bool:
    return bool(_CARRY.search(left))


__all__ = ["find_measurements"]
