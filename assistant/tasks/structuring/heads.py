"""Heads: the abnormalities that a clause names, each once, with the words that name it together joined."""

from __future__ import annotations

import functools
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from assistant.report.facts import Clause, Concept, Mention
from assistant.tasks.structuring.things import Line
from assistant.tasks.structuring.wording import wording

LIST = re.compile(r"[\s,/、&和及与]*(?:and|or|及|和|与|以及)?[\s,/、]*(?:the|both)?\s*")
"""What stands between the members of a list."""
_COORDINATED = re.compile(r"\b(?:and|or)\b|/|及|和|与")
_OF = re.compile(r"\s*(?:of|in|of the|in the|of several|of multiple|of an?)\s*")
_APART = re.compile(r"[,;:.()]|\b(?:with|in|of|is|are|was|were|has|have|and|or|without|which|by|from|to|at|on|for)\b")
_ADJECTIVE = ("ed", "id", "ic", "ous", "ant", "ary", "ive", "al", "ing")
_ADJECTIVES_ZH = frozenset({"benign_lesion", "malignancy", "inflammation", "reactive_change"})
_GENERIC_PROCEDURES = frozenset({"postoperative_change", "organ_absent", "resection_surgery"})
_ON_NODES = frozenset({"thickening", "enlargement"})
_NODE_GAP, _NOUN_GAP = 24, 40


@dataclass(slots=True)
class Head:
    """One thing that a clause names: the word that decides its concept, all its ids, and where its words stand."""

    mention: Mention
    ids: tuple[str, ...]
    spans: list[tuple[int, int]]

    @property
    def concept(self) -> Concept:
        return self.mention.concept


@functools.cache
def _features() -> frozenset[str]:
    return frozenset(wording()["features"])


def heads_of(shadow: str, line: Line, clause: Clause, of_lesions: AbstractSet[int]) -> list[Head]:
    """The heads of a clause, in order.

    Args:
        shadow: the folded text.
        line: the sentence; a head that only adds to a lymph node told before is given to that.
        clause: a clause of it.
        of_lesions: where words start that are said of a tracked lesion; features among them are no findings.
    """
    out: list[Head] = []
    for span, found in _spans(shadow, line, clause, of_lesions).items():
        if len(found) > 1 and _COORDINATED.search(shadow, *span) and len({m.concept.attrs.get("place") for m in found} - {None}) > 1:
            out += [Head(m, (m.id,), [span]) for m in found if m.concept.attrs.get("place")]  # "pleural or pericardial effusion"
            continue
        mention = max(found, key=lambda m: (len(m.concept.parents), m.concept.attrs.get("place", "") != ""))
        head = Head(mention, tuple(dict.fromkeys([mention.id, *(m.id for m in found)])), [span])
        joined = _joined(shadow, out[-1], head, chinese=line.chinese) if out else None
        if joined is not None:
            out[-1] = joined
        else:
            out.append(head)
    return _given_to_nodes(line, clause, _once(out)) if out else out


def _spans(shadow: str, line: Line, clause: Clause, of_lesions: AbstractSet[int]) -> dict[tuple[int, int], list[Mention]]:
    """The mentions that may be findings, by where they stand."""
    spans: dict[tuple[int, int], list[Mention]] = {}
    inside = [m for m in line.mentions if clause.start <= m.start < clause.end]
    changing = {m.start for m in inside if m.concept.kind == "change" and m.concept.attrs.get("change")}  # 较前增大 is no enlargement
    for mention in inside:
        if mention.start in changing:
            continue
        if mention.concept.kind == "observation" or (mention.id in _features() and mention.start not in of_lesions):
            spans.setdefault((mention.start, mention.end), []).append(mention)
    return spans


def _joined(shadow: str, last: Head, head: Head, *, chinese: bool) -> Head | None:
    """One thing of two heads that name it together, or None."""
    before, after = last.concept, head.concept
    gap = shadow[last.spans[-1][1] : head.spans[0][0]]
    node, is_node = before.is_a("lymph_node"), after.is_a("lymph_node")
    if node and after.is_a("normal") and len(gap) <= _NODE_GAP:
        return Head(head.mention, head.ids, [*last.spans, *head.spans])  # "nodes are normal"
    both = Head(head.mention, tuple(dict.fromkeys([*head.ids, *last.ids])), [*last.spans, *head.spans])
    if node and not is_node and len(gap) <= _NODE_GAP and not LIST.fullmatch(gap):
        other = after.is_a("malignancy") or after.is_a("calcification") or bool(after.attrs.get("default_assertion"))
        return None if other else both  # "nodes are not enlarged", 淋巴结未见肿大
    if is_node and _OF.fullmatch(gap):
        return both  # "enlargement of lymph nodes"
    if before.is_a("normal"):
        return None
    if chinese:
        joins = bool(after.attrs.get("focal")) or before.id in _ADJECTIVES_ZH
        return both if gap == "" and joins and not before.is_a("procedure") else None
    word = shadow[slice(*last.spans[-1])]
    if not word.endswith(_ADJECTIVE) or before.is_a("malignancy") or not (after.attrs.get("focal") or is_node):
        return None
    return both if len(gap) <= _NOUN_GAP and not _APART.search(gap) else None


def _once(heads: list[Head]) -> list[Head]:
    """Less the general words for what a special one says: "postsurgical changes from discectomy", "removed (nephrectomy)"."""
    if any(h.mention.id == "physiologic_uptake" for h in heads):
        heads = [h for h in heads if h.mention.id != "abnormal_uptake"]
    if any(h.concept.is_a("procedure") and h.mention.id not in _GENERIC_PROCEDURES for h in heads):
        return [h for h in heads if h.mention.id not in _GENERIC_PROCEDURES]
    if any(h.mention.id in ("resection_surgery", "organ_absent") for h in heads):
        return [h for h in heads if h.mention.id != "postoperative_change"]
    return heads


def _given_to_nodes(line: Line, clause: Clause, heads: list[Head]) -> list[Head]:
    """ "Node with thick cortex": what a clause without a place says of the node in the clause before belongs to that node."""
    node = line.seen[-1] if line.seen else None
    if node is None or not heads or not node.concept.is_a("lymph_node") or node.judged.assertion == "absent":
        return heads
    if heads[0].mention.id not in _ON_NODES or any(clause.start <= p.start < clause.end for p in line.places):
        return heads
    node.spans.append(heads[0].spans[0])
    node.ids += (heads[0].mention.id,)
    node.evidence.append((clause.start, clause.end))
    return heads[1:]
