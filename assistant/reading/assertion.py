"""Assertion: whether what a clause names is there, not there, possible, or past, and whose it is.

Cues with a direction act on the targets of their clause (the approach of NegEx and ConText), with three refinements: a hedge acts on
the next coordinated group only ("possible A or B in C"), a cue that can look both ways takes the nearer side, and a word may carry
its own default ("patent" denies, "lobectomy" is history). Cues are data: knowledge_base/lexicon/cues.yaml.

Source: Chapman et al., J Biomed Inform 2001 (NegEx); Harkema et al., J Biomed Inform 2009 (ConText).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.report.facts import Certainty, Clause, Concept, Mention, Sentence
from assistant.report.findings import Assertion

_TARGETS = frozenset({"observation", "property", "change", "treatment", "risk", "descriptor", "exam", "agent", "anatomy"})
_HEADS = frozenset({"observation", "property", "treatment", "risk"})
"""Kinds that a hedge or a backward cue looks for; descriptors and anatomy in between are passed over."""
_NEAR_CHARS = {"en": 42, "zh": 8}
_LIST_GAP = re.compile(
    r"(?:[\s,/、()+&*-]|\b(?:and|or|nor|versus|vs\.?|as well as|with|of|the|an?|either|any|other|associated|possible|left|right|bilateral|"
    r"small|large|mild|acute|new|more|additional|further)\b|及|和|或|与|以及|并|伴|有|的|较|者){0,24}"
)
_OF_GAP = re.compile(r"\s*(?:of|in|of the|in the|within the|的)\s*")


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of a mention, and the type of cue that says so ("" for none)."""

    assertion: Assertion = "present"
    certainty: Certainty = "definite"
    experiencer: str = "patient"
    reason: str = ""


_PRESENT = Judged()
_ABSENT = Judged("absent", reason="negation")
_BY_TYPE: dict[str, Judged] = {
    "negation": _ABSENT,
    "resolved": Judged("historical", reason="resolved"),
    "historical": Judged("historical", reason="historical"),
    "hypothetical": Judged("possible", "possible", reason="hypothetical"),
    "recommendation": Judged("possible", "possible", reason="recommendation"),
    "probable": Judged("possible", "probable", reason="probable"),
    "possible": Judged("possible", "possible", reason="possible"),
    "consistent": Judged("present", "probable", reason="consistent"),
}
"""In order of strength: the first type that reaches a target decides."""
_PEOPLE = {"family": "family", "other": "other"}


@dataclass(slots=True)
class _Cue:
    """One place with cue words: its types by direction."""

    start: int
    end: int
    forward: str = ""
    backward: str = ""
    near: str = ""


def judge(shadow: str, sentence: Sentence, mentions: Sequence[Mention]) -> dict[int, Judged]:
    """What is said of every mention of a sentence that is not a cue, by the start of the mention."""
    out: dict[int, Judged] = {}
    chinese = sentence.language in ("zh", "ja")
    for clause in sentence.clauses:
        inside = [m for m in mentions if clause.start <= m.start < clause.end]
        cues = _cues(inside)
        targets = [m for m in inside if m.kind in _TARGETS]
        if not cues:
            for target in targets:
                if target.start not in out or target.kind == "observation":
                    out[target.start] = _default(target.concept)
            continue
        reached = _reach(shadow, clause, cues, targets, chinese=chinese)
        for target in targets:
            if target.start not in out or target.kind == "observation":
                out[target.start] = _decide(target.concept, reached.get(target.start, ()))
    return out


def _cues(inside: Sequence[Mention]) -> list[_Cue]:
    """The cues of a clause, one per place; places that only look like cues are left out."""
    places: dict[int, _Cue] = {}
    pseudo: set[int] = set()
    for mention in inside:
        if mention.concept.kind != "cue":
            continue
        kind = mention.concept.attrs.get("type", "")
        if kind == "pseudo":
            pseudo.add(mention.start)
        if kind not in _BY_TYPE and kind not in _PEOPLE and kind != "end":
            continue
        cue = places.setdefault(mention.start, _Cue(mention.start, mention.end))
        direction = mention.concept.attrs.get("direction", "")
        if kind == "end":
            cue.forward = cue.forward or "end"
        if direction in ("forward", "both"):
            cue.forward = kind if cue.forward in ("", "end") else cue.forward
        if direction in ("backward", "both"):
            cue.backward = cue.backward or kind
        if direction == "near":
            cue.near = kind
    return [c for start, c in sorted(places.items()) if start not in pseudo or c.backward == c.forward == "possible"]


def _reach(shadow: str, clause: Clause, cues: list[_Cue], targets: list[Mention], *, chinese: bool) -> dict[int, list[str]]:
    """The types of cue that reach each target, by its start."""
    reached: dict[int, list[str]] = {}
    heads = sorted((t for t in targets if t.kind in _HEADS), key=lambda m: m.start)
    starts = [h.start for h in heads]
    negated_to = -1
    for index, cue in enumerate(cues):
        inner = {t.start for t in targets if cue.start <= t.start < cue.end}
        stop = next((c.start for c in cues[index + 1 :] if c.forward == "end"), clause.end)
        back = next((c.end for c in reversed(cues[:index]) if c.forward in ("end", "negation")), clause.start)
        forward, backward = _sides(shadow, cue, heads, starts, stop, back, chinese=chinese)
        if cue.start < negated_to and forward in ("resolved", "historical", "consistent"):
            continue
        hit: list[Mention] = []
        kind = forward or backward or cue.near
        if forward in ("negation", "family", "other", "hypothetical", "recommendation"):
            hit = [t for t in targets if cue.end <= t.start < stop]
            if forward == "negation":
                negated_to = stop
        elif forward == "historical" and "history" in shadow[cue.start : cue.end]:
            hit = [t for t in targets if cue.end <= t.start < stop]  # "past medical history: ..., ..., ..." is a list of any length
        elif forward and forward != "end":
            hit = _group_after(shadow, cue.end, stop, targets, heads, starts)
        elif backward == "recommendation":
            hit = [t for t in targets if back <= t.start < cue.start]
        elif backward:
            hit = _group_before(shadow, cue.start, back, targets, heads, starts)
        elif cue.near:
            limit = min(stop, cue.end + _NEAR_CHARS["zh" if chinese else "en"])
            hit = _group_after(shadow, cue.end, limit, targets, heads, starts)
        for target in hit:
            if target.start not in inner:
                reached.setdefault(target.start, []).append(kind)
    return reached


def _sides(shadow: str, cue: _Cue, heads: list[Mention], starts: list[int], stop: int, back: int, *, chinese: bool) -> tuple[str, str]:
    """For a cue that looks both ways, the side that it takes: where something is, and the nearer where both are."""
    ahead = cue.forward if cue.forward != "end" else ""
    ahead = ahead or (cue.near if cue.backward else "")
    if not (ahead and cue.backward):
        return cue.forward, cue.backward
    at = bisect_left(starts, cue.end)
    after = heads[at].start - cue.end if at < len(heads) and heads[at].start < stop else None
    at = bisect_left(starts, cue.start)
    before = cue.start - heads[at - 1].end if at and heads[at - 1].start >= back else None
    if after is None:
        return "", cue.backward
    if before is None or ahead == "negation":
        return ahead, ""
    return ("", cue.backward) if before < after else (ahead, "")


def _group_after(shadow: str, low: int, high: int, targets: list[Mention], heads: list[Mention], starts: list[int]) -> list[Mention]:
    """The first head behind a place and those joined to it, with everything up to the last of them."""
    at = bisect_left(starts, low)
    if at >= len(heads) or heads[at].start >= high:
        return [t for t in targets if low <= t.start < high and t.kind == "change"]
    last = heads[at]
    for head in heads[at + 1 :]:
        if head.start >= high or not (
            head.start < last.end or _LIST_GAP.fullmatch(shadow, last.end, head.start) or _bridged(shadow, targets, last.end, head.start)
        ):
            break
        last = head
    return [t for t in targets if low <= t.start < last.end]


def _group_before(shadow: str, high: int, low: int, targets: list[Mention], heads: list[Mention], starts: list[int]) -> list[Mention]:
    """The last head in front of a place and those joined to it."""
    at = bisect_left(starts, high) - 1
    if at < 0 or heads[at].start < low:
        return []
    first = heads[at]
    for head in reversed(heads[:at]):
        if head.start < low or not (
            head.end > first.start or _LIST_GAP.fullmatch(shadow, head.end, first.start) or _OF_GAP.fullmatch(shadow, head.end, first.start)
        ):
            break
        first = head
    return [t for t in targets if first.start <= t.start < high]


def _bridged(shadow: str, targets: list[Mention], low: int, high: int) -> bool:
    """Whether only list words, descriptors and anatomy stand between two places."""
    at = low
    for target in targets:
        if low <= target.start < high and target.kind in ("descriptor", "anatomy"):
            if target.start > at and not _LIST_GAP.fullmatch(shadow, at, target.start):
                return False
            at = max(at, target.end)
    return at > low and (at >= high or _LIST_GAP.fullmatch(shadow, at, high) is not None)


def _decide(concept: Concept, kinds: Sequence[str]) -> Judged:
    """The assertion of a target that cues of these types reach."""
    person = next((_PEOPLE[k] for k in kinds if k in _PEOPLE), "patient")
    found = next((judged for kind, judged in _BY_TYPE.items() if kind in kinds), None)
    if found is None or (found.reason == "historical" and concept.attrs.get("chronic")):
        found = _default(concept)
    elif concept.attrs.get("default_assertion") in ("absent", "possible"):
        # "not normal" is an abnormality; "probably normal" still denies one.
        found = _PRESENT if found.assertion == "absent" else _default(concept)
    elif found.reason in ("probable", "possible", "consistent") and concept.attrs.get("default_assertion") == "historical":
        found = _default(concept)
    return found if person == "patient" else Judged(found.assertion, found.certainty, person, found.reason)


def _default(concept: Concept) -> Judged:
    said = concept.attrs.get("default_assertion")
    if said == "absent":
        return Judged("absent", reason="normal")
    if said == "historical":
        return Judged("historical", reason="word")
    if said == "possible":
        return Judged("possible", "possible", reason="word")
    return _PRESENT


_NAMED = Concept("named", "observation", {}, frozenset({"named"}))


def judge_sentence(sentence: str, concept: str) -> tuple[str, str]:
    """Assertion and experiencer of a phrase inside a sentence.

    Args:
        sentence: a sentence in either language.
        concept: a phrase of it, in any case and spacing; one that is not found is taken as present.

    Example:
        judge_sentence("No pleural effusion.", "effusion") -> ("absent", "patient")
    """
    from assistant.knowledge.lexicon import load_lexicon
    from assistant.reading.clauses import split_clauses
    from assistant.reading.language import sentence_language
    from assistant.reading.shadow import fold

    shadow = fold(sentence)
    words = [re.escape(w) for w in fold(concept).split()]
    found = re.search(r"\s+".join(words), shadow) if words else None
    if found is None:
        return "present", "patient"
    low, high = found.span()
    language = sentence_language(shadow, "en")
    clauses = split_clauses(shadow, 0, len(shadow), language)
    # A clause border inside the phrase is none.
    inside = [c for c in clauses if c.end > low and c.start < high]
    if len(inside) > 1:
        whole = Clause(inside[0].start, inside[-1].end)
        clauses = tuple(sorted([*(c for c in clauses if c not in inside), whole], key=lambda c: c.start))
    hidden = shadow[:low] + "\x01" * (high - low) + shadow[high:]
    mentions = [m for m in load_lexicon().scan(hidden) if m.end <= low or m.start >= high]
    mentions.append(Mention(_NAMED, low, high))
    mentions.sort(key=lambda m: m.start)
    made = Sentence("text", 0, len(shadow), "", language, clauses)
    judged = judge(shadow, made, mentions).get(low, _PRESENT)
    return judged.assertion, judged.experiencer
