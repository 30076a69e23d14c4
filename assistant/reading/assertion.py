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
from itertools import islice

from assistant.report.facts import Certainty, Clause, Concept, Mention, Sentence
from assistant.report.findings import Assertion

_TARGETS = frozenset({"observation", "property", "change", "treatment", "risk", "descriptor", "exam", "agent", "anatomy", "relation"})
_HEADS = frozenset({"observation", "property", "treatment", "risk", "relation"})
"""Kinds that a hedge or a backward cue looks for; descriptors and anatomy in between are passed over."""
_MOST = 60
"""As many things as one cue is taken to reach; no clause that a person wrote has more."""
_NEAR_CHARS = {"en": 42, "zh": 8}
_FAR_CHARS = 160
"""As far behind a negation as the next statement is looked for."""
_LIST_GAP = re.compile(
    r"(?:[\s,/、()+&*-]|\b(?:and|or|nor|versus|vs\.?|as well as|with|of|the|an?|either|any|other|associated|possible|left|right|bilateral|"
    r"small|large|mild|acute|new|more|additional|further)\b|及|和|或|与|以及|并|伴|有|的|较|者){0,24}"
)
_FRESH = re.compile(r"\b(?:an?|new|the|with)\b|新|伴")
_AND_A = re.compile(r",? (?:and|but) (?:an?|there is|shows|demonstrates) (?!(?:definite|significant|suspicious|focal) )")
_LACKING_ZH = re.compile(
    r"(?:无|不含|不伴|不伴有|没有|缺乏)(?!明显|显著|异常|确切|明确|可疑|典型)[^,。;、]{2,8}(?<!性)(?<!大)的(?=[^,。;、]{1,12}(?:结节|病灶|肿块|占位))"
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
    starts = [m.start for m in mentions]
    for clause in sentence.clauses:
        first = bisect_left(starts, clause.start)
        inside = mentions[first : bisect_left(starts, clause.end)]
        # "the nodule is | without washout": a cue that a clause border cuts belongs to the clause that it ends in
        cut = [m for m in mentions[max(0, first - 3) : first] if m.kind == "cue" and m.end > clause.start]
        cues = _cues([*cut, *inside])
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


@dataclass(slots=True)
class _Targets:
    """The targets of a clause in order, and the heads among them, found by place."""

    shadow: str
    all: list[Mention]
    starts: list[int]
    heads: list[Mention]
    head_starts: list[int]

    @classmethod
    def of(cls, shadow: str, targets: list[Mention]) -> _Targets:
        heads = [t for t in targets if t.kind in _HEADS]
        return cls(shadow, targets, [t.start for t in targets], heads, [h.start for h in heads])

    def between(self, low: int, high: int) -> list[Mention]:
        """Those that start in a range; of very many, the first."""
        at = bisect_left(self.starts, low)
        return self.all[at : min(bisect_left(self.starts, high), at + _MOST)]

    def group_after(self, low: int, high: int, apart: re.Pattern[str] | None = None) -> list[Mention]:
        """The first head behind a place and those joined to it, with everything up to the last of them."""
        at = bisect_left(self.head_starts, low)
        if at >= len(self.heads) or self.heads[at].start >= high:
            return [t for t in self.between(low, high) if t.kind == "change"]
        last = self.heads[at]
        for head in islice(self.heads, at + 1, at + _MOST):
            if head.start >= high or not (head.start < last.end or self._listed(last.end, head.start)):
                break
            if apart is not None and apart.search(self.shadow, last.end, head.start):
                break  # "old granuloma and a new mass"
            last = head
        return self.between(low, last.end)

    def group_before(self, high: int, low: int) -> list[Mention]:
        """The last head in front of a place and those joined to it."""
        at = bisect_left(self.head_starts, high) - 1
        if at < 0 or self.heads[at].start < low:
            return []
        first = self.heads[at]
        for n in range(at - 1, max(-1, at - _MOST), -1):
            head = self.heads[n]
            gap = head.end, first.start
            if head.start < low or not (
                head.end > first.start or _LIST_GAP.fullmatch(self.shadow, *gap) or _OF_GAP.fullmatch(self.shadow, *gap)
            ):
                break
            first = head
        return self.between(first.start, high)

    def _listed(self, low: int, high: int) -> bool:
        """Whether only list words, descriptors and anatomy stand between two places."""
        if _LIST_GAP.fullmatch(self.shadow, low, high):
            return True
        at = low
        for target in self.between(low, high):
            if target.kind in ("descriptor", "anatomy"):
                if target.start > at and not _LIST_GAP.fullmatch(self.shadow, at, target.start):
                    return False
                at = max(at, target.end)
        return at > low and (at >= high or _LIST_GAP.fullmatch(self.shadow, at, high) is not None)


def _reach(shadow: str, clause: Clause, cues: list[_Cue], targets: list[Mention], *, chinese: bool) -> dict[int, list[str]]:
    """The types of cue that reach each target, by its start."""
    reached: dict[int, list[str]] = {}
    found = _Targets.of(shadow, targets)
    stops = [clause.end] * len(cues)
    for index in range(len(cues) - 2, -1, -1):
        stops[index] = cues[index + 1].start if cues[index + 1].forward == "end" else stops[index + 1]
    negated_to, back = -1, clause.start
    for cue, stop in zip(cues, stops, strict=True):
        forward, backward = _sides(found, cue, stop, back)
        if cue.forward in ("end", "negation"):
            back = cue.end
        if cue.start < negated_to and forward in ("resolved", "historical", "consistent"):
            continue
        hit: list[Mention] = []
        kind = forward or backward or cue.near
        if forward in ("negation", "family", "other", "hypothetical", "recommendation"):
            if forward == "negation":
                if chinese and (of := _LACKING_ZH.match(shadow, cue.start, stop)) and found.between(cue.end, of.end()):
                    stop = of.end()  # 无实性成分的磨玻璃结节: what is lacking, not the nodule
                fresh = _AND_A.search(shadow, cue.end, min(stop, cue.end + _FAR_CHARS))  # "no washout and an enhancing capsule"
                stop = fresh.start() if fresh and found.between(cue.end, fresh.start()) else stop
                negated_to = stop
            hit = found.between(cue.end, stop)
        elif forward == "historical" and "history" in shadow[cue.start : cue.end]:
            hit = found.between(cue.end, stop)  # "past medical history: ..., ..., ..." is a list of any length
        elif forward and forward != "end":
            hit = found.group_after(cue.end, stop)
        elif backward == "recommendation":
            hit = found.between(max(back if back <= cue.start else clause.start, clause.start), cue.start)
        elif backward:
            hit = found.group_before(cue.start, back if back <= cue.start else clause.start)
        elif cue.near:
            hit = found.group_after(cue.end, min(stop, cue.end + _NEAR_CHARS["zh" if chinese else "en"]), apart=_FRESH)
        for target in hit:
            if not cue.start <= target.start < cue.end:
                reached.setdefault(target.start, []).append(kind)
    return reached


def _sides(found: _Targets, cue: _Cue, stop: int, back: int) -> tuple[str, str]:
    """For a cue that looks both ways, the side that it takes: where something is, and the nearer where both are."""
    ahead = cue.forward if cue.forward != "end" else ""
    ahead = ahead or (cue.near if cue.backward else "")
    if not (ahead and cue.backward):
        return cue.forward, cue.backward
    heads, starts = found.heads, found.head_starts
    at = bisect_left(starts, cue.end)
    after = heads[at].start - cue.end if at < len(heads) and heads[at].start < stop else None
    at = bisect_left(starts, cue.start)
    before = cue.start - heads[at - 1].end if at and heads[at - 1].start >= back else None
    if after is None and before is None and any(t.kind == "change" for t in found.between(cue.end, stop)):
        return ahead, ""  # 未见新发病灶: nothing but a change, and it is denied
    if after is None:
        return "", cue.backward
    close = ahead == "negation" and not cue.forward  # "absent washout" denies the next words only
    if before is None or (ahead == "negation" and not close):
        return ("", "") if close else (ahead, "")
    touches = "," not in found.shadow[heads[at - 1].end : cue.start]
    return ("", cue.backward) if before < after and touches else ("" if close else ahead, "")


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
