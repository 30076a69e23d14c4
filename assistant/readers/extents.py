"""How far a thing goes, in the words around its name: "a laceration 2.4 cm deep", 包膜下血肿占表面积约30%."""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.knowledge.predicates import Extent
from assistant.report.facts import Frame, Measurement, Reading
from assistant.report.text import Evidence

_APART = re.compile(r"[,;:.。]|\band\b|\bwith\b|及|和|伴")
_NEAR_EN, _NEAR_ZH = 24, 5
"""How far before its name a size may stand: "2.5 cm deep splenic laceration", 3cm裂伤."""


def largest_extent(rule: Extent, frames: Iterable[Frame], reading: Reading) -> tuple[float | str, tuple[Evidence, ...]] | None:
    """The largest such measure of the things that these frames name, in the input's unit; a condition where a bound or a range is told."""
    best: tuple[float, Measurement, str] | None = None
    heads: dict[int, list[tuple[int, int]]] = {}
    for frame in reading.frames:
        if frame.concept.kind == "observation":
            heads.setdefault(frame.sentence, []).append((frame.word_start, frame.word_end))
    for frame in frames:
        for role in rule.roles:
            found = [
                m for m in _around(rule, frame, heads, reading) if m.role == role and not (rule.single and not role and len(m.values) > 1)
            ]
            if found:
                top = max(found, key=lambda m: max(m.values))
                value = max(top.values) / (rule.per if rule.kind == "length" else 1.0)
                if best is None or value > best[0]:
                    best = value, top, frame.source
                break
    if best is None:
        return None
    value, told, source = best
    evidence = (reading.report.quote(told.start, told.end, source),)  # type: ignore[arg-type]
    if told.is_range:
        low = min(told.values) / (rule.per if rule.kind == "length" else 1.0)
        return f">={round(low, 3):g} and <={round(value, 3):g}", evidence
    if told.bound:
        return f"{'>0 and ' if told.bound[0] == '<' else ''}{told.bound}{round(value, 3):g}", evidence
    return round(value, 3), evidence


def _around(rule: Extent, frame: Frame, heads: dict[int, list[tuple[int, int]]], reading: Reading) -> list[Measurement]:
    """Measurements of the kind that belong to this frame's word and to no other thing of the sentence; else those of the next sentence."""
    own = (frame.word_start, frame.word_end)
    sentence = reading.sentences[frame.sentence]
    shadow = reading.shadow[frame.source]
    rivals = sorted({*heads.get(frame.sentence, ()), own})
    mine = []
    for m in reading.measurements[frame.sentence]:
        if m.kind != rule.kind or not m.values or m.is_prior:
            continue
        before = max((h for h in rivals if h[1] <= m.start), default=None)
        after = min((h for h in rivals if h[0] >= m.end), default=None)
        near = _NEAR_EN if sentence.language != "zh" else _NEAR_ZH
        ahead = after is not None and after[0] - m.end <= near and not _APART.search(shadow, m.end, after[0])
        if (after if before is None or ahead else before) == own:
            mine.append(m)
    following = frame.sentence + 1
    if not mine and following < len(reading.sentences) and not heads.get(following):
        later = reading.sentences[following]
        if (later.source, later.section) == (sentence.source, sentence.section) and not reading.places[following]:
            mine = [m for m in reading.measurements[following] if m.kind == rule.kind and m.values and not m.is_prior]
    return mine
