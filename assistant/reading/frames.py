"""Frames: what each clause says, as a concept with its modifiers.

"Brighter than liver in the late arterial phase" becomes appearance {direction: high, comparator: liver, phase: arterial}. The
features of guidelines are patterns over such frames, so nobody lists sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.report.facts import Clause, Mention

_HEAD_KINDS = frozenset({"property", "observation", "change", "treatment", "risk", "exam", "agent"})
_TIMED = frozenset({"phase", "sequence"})
_MODIFIERS = frozenset({"direction", "extent", "comparator", "descriptor", "count"})
_LINK_EN = re.compile(
    r"[\s,(]*(?:(?:on|in|during|at|within|by|the|both|from|to|of|as|also|well|late|images?|series|phases?|all|and|or|seen|with|only|again|its|"
    r"liver|hepatic|background|parenchyma|surrounding|adjacent|relative|than|appearing|appearance|after|it)\b[\s,/&-]*)*"
)
"""What may stand between a property and the phase that follows it: "hypodense to liver in the portal venous phase"."""
_JOIN = re.compile(r"(?:\s|[,/、和及与或以&+-]|and|or|the|both|in|on|later|images?|phases?|series|as well as|through|to|期|均|也|亦)*")


@dataclass(frozen=True, slots=True)
class Statement:
    """A head mention with what modifies it; becomes a Frame once place, assertion and lesion are known."""

    head: Mention
    clause: Clause
    attrs: dict[str, frozenset[str]]


def statements(
    shadow: str, clauses: Sequence[tuple[Clause, Sequence[Mention]]], language: str, carried: Sequence[Mention] = ()
) -> dict[Clause, list[Statement]]:
    """The statements of one sentence by clause, from its clauses with the mentions that they hold.

    `carried`: the parts of a lesion that the sentence before spoke of, where this one goes on about them.
    """
    out: dict[Clause, list[Statement]] = {}
    waiting: list[Mention] = []  # phases of a clause that had nothing to say of them: "On delayed images, it is dark"
    inherited: list[Mention] = []
    parts: Sequence[Mention] = carried  # the parts of a lesion that were spoken of last
    last: Statement | None = None  # what was last said of a part
    for clause, inside in clauses:
        said = out.setdefault(clause, [])
        heads = [m for m in inside if m.kind in _HEAD_KINDS]
        timed = [m for m in inside if m.kind in _TIMED]
        if not heads:
            waiting = timed or waiting
            if last is not None:  # "septa, thin and smooth": 分隔4条,纤细
                for name, value in _loose(inside).items():
                    last.attrs.setdefault(name, value)
            continue
        if timed:
            inherited = []
        elif waiting:
            inherited = waiting
        runs = _runs(shadow, timed)
        named = [m for m in inside if m.concept.attrs.get("part_of")]
        for head in heads:
            when = _when(shadow, head, runs, heads, language) if runs else (inherited if head.kind == "property" else [])
            attrs = _attrs(shadow, head, heads, inside, when, language)
            if head.kind == "property" and (of := _parts_of(shadow, head, named, parts, heads)):
                attrs["of"] = of
            said.append(Statement(head, clause, attrs))
            if head.concept.attrs.get("part_of"):
                last = said[-1]
        parts = named or ([] if any(h.kind == "observation" for h in heads) else parts)
        waiting = []
    return out


def _loose(inside: Sequence[Mention]) -> dict[str, frozenset[str]]:
    return {n: frozenset(v.split()) for m in inside if m.kind == "descriptor" for n, v in m.concept.attrs.items()}


_PART_LINK = re.compile(r"(?:[\s,/、和及与或以均-]|\b(?:and|or|the|its|both|as well as|thin|smooth|cyst)\b)*")
_PART_BEHIND = re.compile(
    r"[\s-]*(?:(?:of|in|within|along|from|by|the|its|this|a|an|thin|thick|thickened|smooth|irregular|few|several|multiple|these|those|all|cyst|anterior|posterior|internal|inner|outer)\b[\s,-]*)*"
    r"|[的性\s]*"
)


def _parts_of(shadow: str, head: Mention, named: Sequence[Mention], last: Sequence[Mention], heads: Sequence[Mention]) -> frozenset[str]:
    """Which parts of a lesion a property is said of: "enhancing septa", "the wall and septa enhance", 囊壁及分隔强化."""
    own = head.concept.attrs.get("part_of")
    if own:
        return frozenset({own})
    behind = [m for m in named if m.start >= head.end]
    if behind and _PART_BEHIND.fullmatch(shadow, head.end, behind[0].start):
        run = [behind[0]]
        for m in behind[1:]:
            if not _PART_LINK.fullmatch(shadow, run[-1].end, m.start):
                break
            run.append(m)
        return frozenset(m.concept.attrs["part_of"] for m in run)
    before = [m for m in named if m.end <= head.start]
    if not before:
        return frozenset() if named or any(h.kind == "observation" and h.end <= head.start for h in heads) else _parts(last)
    run = [before[-1]]
    for m in reversed(before[:-1]):
        if not _PART_LINK.fullmatch(shadow, m.end, run[0].start):
            break
        run.insert(0, m)
    if any(h.kind == "observation" and before[-1].end <= h.start and h.end <= head.start for h in heads):
        return frozenset()
    return _parts(run)


def _parts(mentions: Sequence[Mention]) -> frozenset[str]:
    return frozenset(m.concept.attrs["part_of"] for m in mentions)


def _runs(shadow: str, timed: Sequence[Mention]) -> list[list[Mention]]:
    """Phases next to each other, joined only by "and", commas and the like, belong together."""
    runs: list[list[Mention]] = []
    for mention in timed:
        if runs and _JOIN.fullmatch(shadow, min(runs[-1][-1].end, mention.start), mention.start):
            runs[-1].append(mention)
        else:
            runs.append([mention])
    return runs


def _when(shadow: str, head: Mention, runs: list[list[Mention]], heads: Sequence[Mention], language: str) -> list[Mention]:
    """The phases that a head is said of: its own, those that follow it by a preposition, else those before it, else those after."""
    if head.concept.attrs.get("phase"):
        return next((r for r in runs if r[0].start >= head.start and r[-1].end <= head.end), [])
    before = [r for r in runs if r[-1].end <= head.start]
    after = [r for r in runs if r[0].start >= head.end]
    if language != "zh" and after and _LINK_EN.fullmatch(shadow, head.end, after[0][0].start):
        touching = before and not shadow[before[-1][-1].end : head.start].strip(" -")
        return before[-1] if touching else after[0]
    if before:
        return before[-1]
    crossed = after and language == "zh" and any(head.end <= h.start < after[0][0].start and h.kind == "property" for h in heads)
    return after[0] if after and not crossed else []


def _window(head: Mention, heads: Sequence[Mention]) -> tuple[int, int]:
    """From the end of the head before to the start of the head after."""
    low = max((h.end for h in heads if h.end <= head.start), default=0)
    high = min((h.start for h in heads if h.start >= head.end), default=1 << 30)
    return low, high


def _attrs(
    shadow: str, head: Mention, heads: Sequence[Mention], inside: Sequence[Mention], when: Iterable[Mention], language: str
) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for mention in when:
        for name, value in mention.concept.attrs.items():
            found.setdefault(name, set()).update(value.split())
    low, high = _window(head, [h for h in heads if h.kind in {"property", "observation"}])
    reach = 30 if language != "zh" else 8
    for mention in inside:
        if mention.kind not in _MODIFIERS or not (low <= mention.start and mention.end <= high):
            continue
        if mention.kind == "extent":
            gap = min(abs(mention.start - head.end), abs(head.start - mention.end))
            first, last = sorted((mention.start, head.start))
            if gap > reach or any(first < m.start < last for m in inside if m.kind == "phase"):
                continue
        for name, value in mention.concept.attrs.items():
            found.setdefault(name, set()).update(value.split())
    if head.concept.is_a("enhancement") and "direction" not in head.concept.attrs:
        # "enhancement equal to that of the liver", 强化与肝实质相仿: how it looks against the liver says how strong it is
        near = 24 if language != "zh" else 5
        beside = next((h for h in heads if h.concept.is_a("appearance") and 0 <= h.start - head.end <= near), None)
        if beside is not None and beside.concept.attrs.get("direction"):
            found["direction"] = {beside.concept.attrs["direction"]}
    if head.kind == "change" and any(h.id.startswith("solid_component") and h.end <= head.start for h in heads):
        found["target"] = {"solid_component"}
    for name, value in head.concept.attrs.items():
        own = set(value.split())
        if name == "phase":
            found.setdefault(name, set()).update(own)
        else:
            found[name] = own
    return {name: frozenset(values) for name, values in found.items()}
