"""What was done and how a lesion measures: the named facts that read rules may take values from."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from assistant.reading.sums import sum_facts
from assistant.reading.uptake import uptake_facts
from assistant.report.facts import Measurement, Reading, Sentence, SizeAt, Track
from assistant.report.text import Evidence

_PART = frozenset({"solid_component", "wall", "distance", "depth", "thickness", "short_axis", "lumen"})
_PARTS = (
    ("lesion.solid_mm", ("solid_component",)),
    ("lesion.wall_mm", ("wall", "thickness")),
    ("lesion.depth_mm", ("depth",)),
    ("lesion.distance_mm", ("distance",)),
    ("lesion.short_axis_mm", ("short_axis",)),
)
"""Sizes of a part or of a relation, by the roles that words give them."""
_DAYS_PER_MONTH = 30.4375
_MODALITY = re.compile(
    r"(?P<MG>mammogra|tomosynthesis|钼靶|钼钯|乳[腺房]x[线光]|乳房(?:摄影|x光))|"
    r"(?P<PET>(?<![a-z])pet(?![a-z]))|(?P<MR>(?<![a-z])mri?(?![a-z])|magnetic resonance|磁共振|核磁|磁振)"
    r"|(?P<CT>(?<![a-z])(?:ld|hr|ce|md)?ct(?![a-z])|computed tomograph|电脑断层|体层)"
    r"|(?P<US>(?<![a-z])us(?![a-z])|ultrasound|sonogra|超声|超音波)|(?P<XR>x-?ray|radiograph|(?<![a-z])(?:cxr|dr)(?![a-z])|x线|平片)"
)
_ROUND = re.compile(
    r"[\s-]{0,2}(?:interval |short[- ]term )?(?:follow-?up|ldct|low[- ]dose|ct\b|control|recall|surveillance|后?(?:复查|随访|复诊|ct))"
)
_COMPARES = re.compile(
    r"\bcompar|\b(?:previous|prior|earlier|last) (?:mri|ct|scan|study|exam|ldct|imaging)|\bago\b|对比|比较|对照|较前|前片|前次"
)


def exam_facts(reading: Reading) -> dict[str, Any]:
    """Modality, contrast agent, age and the interval to the comparison, as far as the report says them.

    Returns:
        Values by name: modality ("CT", "MR", ...), agent, `patient.age` (years), `exam.interval_months`; unknown ones are missing.
    """
    facts: dict[str, Any] = {"language": reading.language}
    if reading.report.modality:
        facts["modality"] = {"MRI": "MR"}.get(reading.report.modality.upper(), reading.report.modality.upper())
    for source in ("exam", "text"):
        found = _MODALITY.search(reading.shadow.get(source, ""), 0, 120)
        if found and "modality" not in facts:
            facts["modality"] = str(found.lastgroup)
    agents: list[str] = []
    phases: set[str] = set()
    for line, sentence in zip(reading.mentions, reading.sentences, strict=True):
        for mention in line:
            modality = mention.concept.attrs.get("modality")
            if modality and "modality" not in facts and (sentence.source == "exam" or sentence.section not in ("indication", "comparison")):
                facts["modality"] = modality
            if mention.kind == "agent" and sentence.section not in ("impression", "recommendation", "comparison"):
                agents.append(mention.concept.attrs.get("agent", ""))
            if mention.kind == "phase":
                phases.update(mention.concept.attrs.get("phase", "").split())
            if mention.kind == "sequence" and "modality" not in facts and mention.id != "seq_us":
                facts["modality"] = "MR"
    if "arterial" in phases and phases & {"portal", "delayed", "transitional", "hepatobiliary", "later"}:
        facts["exam.multiphase"] = True
    if (contrast := _contrast(reading)) is not None:
        facts["exam.contrast"] = contrast
    if agents:
        facts["agent"] = "gadoxetate" if "gadoxetate" in agents else agents[0]
    if reading.report.sex:
        facts["patient.sex"] = reading.report.sex
    if reading.report.age is not None:
        facts["patient.age"] = reading.report.age
    else:
        ages = [m for line in reading.measurements for m in line if m.kind == "age" and m.values]
        if ages:
            facts["patient.age"] = ages[0].values[0]
            facts["patient.age.evidence"] = (_evidence(reading, ages[0]),)
    interval = comparison_months(reading)
    if interval is not None:
        facts["exam.interval_months"] = interval
    facts |= sum_facts(reading)
    if facts.get("modality") == "PET":
        facts |= uptake_facts(reading)
    facts["exam.modality"], facts["exam.agent"] = facts.get("modality"), facts.get("agent")
    return facts


def _contrast(reading: Reading) -> str | None:
    """Images without contrast ("none"), with it ("given"), in the portal venous phase alone ("venous"), or before and after ("both")."""
    said: set[str] = set()
    phases: set[str] = set()
    for line, sentence in zip(reading.mentions, reading.sentences, strict=True):
        if sentence.section in ("comparison", "indication", "recommendation") or sentence.source == "indication":
            continue
        about = sentence.source == "exam" or sentence.section in ("exam", "technique") or (not sentence.section and sentence.paragraph <= 1)
        for mention in line:
            if mention.kind == "phase":
                phases.update(mention.concept.attrs.get("phase", "").split())
            if about or mention.concept.attrs.get("contrast") == "both":
                said.add(mention.concept.attrs.get("contrast", ""))
    after = phases - {"precontrast"}
    if "both" in said or ("precontrast" in phases and after) or {"none", "given"} <= said:
        return "both"
    if "none" in said and not after:
        return "none"
    if after == {"portal"}:
        return "venous"
    return "given" if "given" in said or after else "none" if phases else None


def _evidence(reading: Reading, size: Measurement) -> Evidence:
    source = next(s.source for s, line in zip(reading.sentences, reading.measurements, strict=True) if size in line)
    return reading.report.quote(size.start, size.end, source)


def comparison_months(reading: Reading) -> float | None:
    """Months since the latest examination that this one is compared with, where dates or wording tell."""
    stated: list[float] = []
    dates: list[date] = []
    own = _day(reading.report.date)
    for sentence, line in zip(reading.sentences, reading.measurements, strict=True):
        compares = sentence.section == "comparison"
        for m in line:
            shadow = reading.shadow[sentence.source]
            if (
                m.kind == "interval"
                and m.values
                and (compares or _COMPARES.search(shadow, sentence.start, sentence.end) or _asked(sentence, m, shadow))
            ):
                stated.append(m.values[0])
            elif m.kind == "date" and m.date and (day := _day(m.date)):
                if compares:
                    dates.append(day)
                elif own is None and sentence.section in ("", "exam") and sentence.paragraph <= 1:
                    own = day
    if stated:
        return min(stated)
    if own and dates:
        gaps = [(own - d).days / _DAYS_PER_MONTH for d in dates if d < own]
        return round(min(gaps), 1) if gaps else None
    return None


def _asked(sentence: Sentence, interval: Measurement, shadow: str) -> bool:
    """ "3 month follow-up" where the report says why it was made, not what it advises."""
    why = sentence.source in ("exam", "indication", "clinical") or sentence.section in ("exam", "indication", "technique", "comparison")
    why = why or (sentence.source == "text" and sentence.section == "" and sentence.paragraph == 0)
    return why and bool(_ROUND.match(shadow, interval.end))


def _day(text: str | None) -> date | None:
    try:
        parts = [int(p) for p in (text or "").split("-")]
        return date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 15)
    except (ValueError, IndexError):
        return None


def current_size(track: Track) -> SizeAt | None:
    """The size of this examination: whole-lesion, most axes, first told."""
    now = [s for s in track.sizes if not s.is_prior and s.role not in _PART and s.role != "mean"]
    return max(now, key=lambda s: (min(len(s.axes_mm), 2), -s.start if s.source == "text" else -(1 << 30)), default=None)


def lesion_facts(track: Track, reading: Reading, exam: dict[str, Any]) -> dict[str, Any]:
    """Sizes of one lesion now and before, in mm, and the months between, with their evidence."""
    facts: dict[str, Any] = {"lesion.parts": track.place.parts if track.place else frozenset()}

    def put(name: str, value: float | None, *sizes: SizeAt) -> None:
        if value is not None:
            facts[name] = round(value, 2)
            facts[f"{name}.evidence"] = tuple(reading.report.quote(s.start, s.end, s.source) for s in sizes)

    size = current_size(track)
    mean = next((s for s in track.sizes if s.role == "mean" and not s.is_prior), None)
    if size is not None:
        put("lesion.longest_mm", size.axes_mm[0], size)
        put("lesion.shortest_mm", size.axes_mm[-1] if len(size.axes_mm) > 1 else None, size)
    elif mean is not None:
        put("lesion.longest_mm", mean.axes_mm[0], mean)
    if "lesion.longest_mm" in facts:
        facts["lesion.longest_cm"] = round(facts["lesion.longest_mm"] / 10, 3)
        facts["lesion.longest_cm.evidence"] = facts["lesion.longest_mm.evidence"]
    for name, roles in _PARTS:
        part = next((s for s in track.sizes if s.role in roles and not s.is_prior), None)
        if part is not None:
            put(name, _mean(part.axes_mm), part)
    if mean is not None:
        put("lesion.mean_mm", _mean(mean.axes_mm), mean)
    elif size is not None and size.role == "long_axis" and len(size.axes_mm) == 1 and (short := _short(track, size)) is not None:
        put("lesion.mean_mm", (size.axes_mm[0] + short.axes_mm[0]) / 2, size, short)
    elif size is not None and size.role == "long_axis" and len(size.axes_mm) == 1:
        put("lesion.long_axis_mm", size.axes_mm[0], size)
    elif size is not None:
        put("lesion.mean_mm", _mean(size.axes_mm), size)
    _prior(track, exam, put)
    _growth(track, facts, put)
    return facts


def _growth(track: Track, facts: dict[str, Any], put: Any) -> None:
    """By how much the mean diameter has grown since the latest earlier size, and in how many days the volume doubles at that pace."""
    before, months = facts.get("lesion.prior_mean_mm"), facts.get("lesion.interval_months")
    now = current_size(track) or next((s for s in track.sizes if s.role == "mean" and not s.is_prior), None)
    if now is None or not before:
        return
    grown = _mean(now.axes_mm) - before
    put("lesion.growth_mm", grown, now)
    if months and grown > 0:
        put("lesion.doubling_days", months * _DAYS_PER_MONTH * math.log(2) / (3 * math.log(_mean(now.axes_mm) / before)), now)


def _short(track: Track, long: SizeAt) -> SizeAt | None:
    """The short axis told right after a long one ("长径7mm,短径6mm")."""
    return next((s for s in track.sizes if s.role == "short_axis" and not s.is_prior and 0 < s.start - long.end <= 12), None)


def _mean(axes: Sequence[float]) -> float:
    two = axes[:2]
    return sum(two) / len(two)


def _prior(track: Track, exam: dict[str, Any], put: Any) -> None:
    before = [s for s in track.sizes if s.is_prior and s.role not in _PART]
    if not before:
        return
    whole = [s for s in before if s.role != "mean"] or before
    last = min(whole, key=lambda s: (s.months_before if s.months_before is not None else 0.0, s.start))
    put("lesion.prior_longest_mm", last.axes_mm[0], last)
    mean = next((s for s in before if s.role == "mean"), None)
    put("lesion.prior_mean_mm", _mean((mean or last).axes_mm), mean or last)
    months = last.months_before if last.months_before is not None else exam.get("exam.interval_months")
    if months is not None:
        put("lesion.interval_months", months, last)
        now = current_size(track)
        if now is not None and months > 0:
            put("lesion.growth_mm_per_year", (now.axes_mm[0] - last.axes_mm[0]) / months * 12, now, last)
