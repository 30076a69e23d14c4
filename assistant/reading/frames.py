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


def statements(shadow: str, clauses: Sequence[tuple[Clause, Sequence[Mention]]], language: str) -> dict[Clause, list[Statement]]:
    """The statements of one sentence by clause, from its clauses with the mentions that they hold."""
    out: dict[Clause, list[Statement]] = {}
    waiting: list[Mention] = []  # phases of a clause that had nothing to say of them: "On delayed images, it is dark"
    inherited: list[Mention] = []
    for clause, inside in clauses:
        said = out.setdefault(clause, [])
        heads = [m for m in inside if m.kind in _HEAD_KINDS]
        timed = [m for m in inside if m.kind in _TIMED]
        if not heads:
            waiting = timed or waiting
            continue
        if timed:
            inherited = []
        elif waiting:
            inherited = waiting
        runs = _runs(shadow, timed)
        for head in heads:
            when = _when(shadow, head, runs, heads, language) if runs else (inherited if head.kind == "property" else [])
            said.append(Statement(head, clause, _attrs(shadow, head, heads, inside, when, language)))
        waiting = []
    return out


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
