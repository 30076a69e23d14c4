"""How many lymph nodes a report judges metastatic, and where: "five necrotic nodes", 3枚肿大淋巴结, "suspicious nodes" without a number.

A node counts where the words call it enlarged, suspicious, necrotic or metastatic, or where its short axis is 10 mm or more and nothing
denies it; a fatty hilum or "reactive" does not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from assistant.reading.number_words import CHINESE
from assistant.report.facts import Clause, Mention, Reading, Sentence
from assistant.report.text import Evidence

_NODE_MM = 10.0
_EN = {w: n for n, w in enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 1)}
_ZH = {w: n for n, w in enumerate("一二三四五六七八九十", 1)} | {"两": 2, "单": 1}
_NUMBER_EN = re.compile(
    rf"\b(?P<least>at least |over |more than )?(?P<n>{'|'.join(_EN)}|\d{{1,2}})\b"
    r"(?!\s*(?:mm|cm|x|\.\d|-|–|to\b|%|/))(?=[^.;:]{0,70}?\bnod(?:es?|al)\b)"
    r"|\b(?:number(?:ing)?|n\s*=|total(?:ling| of)?|count(?: of|:)?)\s*(?P<m>\d{1,2})\b"
)
_NUMBER_ZH = re.compile(rf"(?P<least>至少|不少于)?(?P<n>{CHINESE}|\d{{1,2}}|单)(?:余)?\s*(?:枚|个|颗|粒)")
_SINGLE = re.compile(r"\b(?:single|solitary|an?|one|the)\b[^,.;]{0,60}?\bnode\b|\bnode\b|单发|孤立")
_MANY = re.compile(
    r"\b(?:multiple|several|numerous|many|a few|few|some|a cluster of|clusters? of|conglomerate|matted|bulky)\b"
    r"|多发|多枚|数枚|多个|数个|若干|成簇|融合"
)
_PLURAL = re.compile(r"\bnodes\b|lymphadenopath|adenopath")
_BAD = re.compile(
    r"suspicio|metasta|malign|necro|enlarged|enlargement|abnormal|patholog|involved|rounded|\bround\b|heterogen|irregular|bulky"
    r"|positive|disease|adenopath|肿大|增大|转移|坏死|可疑|异常|环形强化|不均匀强化|融合|考虑转移|阳性|(?<![卵椭])圆形"
)
_GOOD = re.compile(
    r"fatty hil|fat(?:ty)? cent|reactive|benign|not enlarged|non-?enlarged|normal|subcentimet|sub-centimet|not suspicious|within normal"
    r"|small|tiny|flat|\boval\b|non-?specific|thin cortex|脂肪门|淋巴门|反应性|良性|未增大|正常|小淋巴结|不大|炎性|扁平|未达|卵圆|椭圆"
)
_DENIED = re.compile(
    r"(?:未见|无|未|没有|不|均未|尚未)[^,。;]{0,8}?(?:肿大|增大|异常|转移|坏死|可疑|大)|\b(?:no|not|without|none|nor|neither)\b[^,.;]{0,36}?"
    r"(?:enlarged|enlargement|suspicious|abnormal\w*|pathologic\w*|necro\w*|metasta\w*|involved|adenopathy|lymphadenopathy)"
)
"""What is denied of nodes after they are named: "淋巴结未见肿大", "nodes are not pathologically enlarged"."""
_BELOW = re.compile(r"(?:below|under|less than|<|smaller than|up to|不足|小于|未超过|均<|短径<)\s*$")
_SKIPPED = frozenset({"indication", "technique", "comparison", "recommendation"})


@dataclass(frozen=True, slots=True)
class Nodes:
    """Nodes that a clause speaks of."""

    low: int
    """At least so many metastatic ones; 0: denied or benign."""
    high: int | None
    """At most; None: not said how many."""
    places: frozenset[str]
    """Ids of the anatomy named with them, broader concepts included."""
    possible: bool
    """Only suspected: the words are hedged."""
    impression: bool
    evidence: Evidence


def told_nodes(reading: Reading) -> Iterator[Nodes]:
    """What every clause of the report says of lymph nodes."""
    for index, sentence in enumerate(reading.sentences):
        if sentence.source != "text" or sentence.section in _SKIPPED:
            continue
        mentions = reading.mentions[index]
        if not any(m.concept.is_a("lymph_node") or m.id == "lymph_node_place" or _nodal(m) for m in mentions):
            continue
        yield from _of_sentence(reading, index, sentence)


def _nodal(mention: Mention) -> bool:
    return mention.concept.is_a("metastasis") and "node" in mention.concept.attrs.get("place", "")


def _of_sentence(reading: Reading, index: int, sentence: Sentence) -> Iterator[Nodes]:
    shadow = reading.shadow["text"]
    mentions = reading.mentions[index]
    whole = shadow[sentence.start : sentence.end]
    clauses = [c for c in sentence.clauses if any(c.start <= m.start < c.end and _names_node(m, shadow) for m in mentions)]
    if not clauses and sentence.clauses:  # "Nodes: none enlarged": the label names them
        clauses = [Clause(sentence.start, sentence.end)]
    for n, clause in enumerate(clauses):
        after = clauses[n + 1].start if n + 1 < len(clauses) else sentence.end
        rest = shadow[clause.start : after]
        names = [m for m in mentions if clause.start <= m.start < clause.end and _names_node(m, shadow)]
        judged = [reading.judged[index].get(m.start) for m in names]
        states = {j.assertion if j else "present" for j in judged} or {"present"}
        places = frozenset().union(*(m.concept.parents for m in mentions if m.kind == "anatomy" and clause.start <= m.start < after))
        places |= {name for m in names for name in m.concept.parents}
        evidence = reading.report.quote(clause.start, clause.end)
        impression = sentence.section == "impression"
        if states <= {"absent"}:
            yield Nodes(0, 0, places, False, impression, evidence)
            continue
        axes = [
            m.values
            for m in reading.measurements[index]
            if m.kind == "length" and clause.start <= m.start < after and m.values and not m.is_prior
        ]
        below = any(
            m.bound in ("<", "<=") or _BELOW.search(shadow, max(clause.start, m.start - 12), m.start)
            for m in reading.measurements[index]
            if m.kind == "length" and clause.start <= m.start < after
        )
        short = max((min(a[:2]) for a in axes), default=0.0)
        plain = _DENIED.sub(" ", rest)
        bad, good = _BAD.search(plain), _GOOD.search(plain)
        if not bad and plain != rest:
            yield Nodes(0, 0, places, False, impression, evidence)
            continue
        if good and not re.search(r"suspicio|metasta|necro|转移|坏死|可疑", plain):
            yield Nodes(0, 0, places, False, impression, evidence)
            continue
        if not bad and (short < _NODE_MM or below):
            if axes:
                yield Nodes(0, 0, places, False, impression, evidence)
            continue
        hedged = states == {"possible"} and not re.search(
            r"suspicio|可疑|enlarged|肿大|考虑|符合|提示|probabl|likely|consistent|typical", whole
        )
        low, high = _number(rest, axes, chinese=sentence.language in ("zh", "ja"))
        yield Nodes(low, high, places, hedged, impression, evidence)


def _names_node(mention: Mention, shadow: str) -> bool:
    return (
        mention.concept.is_a("lymph_node")
        or mention.id == "lymph_node_place"
        or ("淋巴结" in shadow[mention.start : mention.end])
        or (mention.concept.is_a("metastasis") and "nod" in shadow[mention.start : mention.end])
    )


def _number(text: str, axes: list[tuple[float, ...]], *, chinese: bool) -> tuple[int, int | None]:
    """At least and at most how many; None: no upper end is told."""
    found = list((_NUMBER_ZH if chinese else _NUMBER_EN).finditer(text))
    if found:
        total, open_end = 0, False
        for one in found:
            groups = one.groupdict()
            written = groups.get("n") or groups.get("m") or ""
            total += int(written) if written.isdigit() else (_ZH if chinese else _EN).get(written, 1)
            open_end = open_end or bool(groups.get("least"))
        return total, None if open_end else total
    if _MANY.search(text):
        return 2, None
    if len(axes) >= 2 and not chinese and not re.search(r"largest|up to|range", text):
        return len(axes), len(axes)  # "nodes of 13 and 15 mm"
    if not chinese and _PLURAL.search(text):
        return (1 if re.search(r"lymphadenopath|adenopath|disease", text) else 2), None
    if _SINGLE.search(text):
        return 1, 1
    return 1, None


def count_nodes(
    reading: Reading, outside: Collection[str], *, beyond: bool
) -> tuple[tuple[int, int | None], bool, tuple[Evidence, ...]] | None:
    """How many nodes are metastatic inside the region (or beyond it); None where the report does not speak of them.

    Args:
        reading: the report, read.
        outside: ids of anatomy that is not the tumour's region.
        beyond: count those outside instead.

    Returns:
        At least and at most, whether the words only suspect them, and where it stands.
    """
    mine = [n for n in told_nodes(reading) if bool(n.places & set(outside)) == beyond]
    found = [n for n in mine if not n.impression and n.low > 0] or [n for n in mine if n.low > 0]
    if not found:
        return ((0, 0), False, tuple(n.evidence for n in mine[:2])) if mine else None
    sure = [n for n in found if not n.possible]
    counted = sure or found
    highs = [n.high for n in counted]
    low = sum(n.low for n in counted)
    high = sum(h for h in highs if h is not None) if all(h is not None for h in highs) else None
    return (low, high), not sure, tuple(n.evidence for n in counted)
