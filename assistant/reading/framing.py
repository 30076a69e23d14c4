"""From a statement to its frames: what it asserts, on which evidence, and of which lesions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.reading.assertion import Judged
from assistant.reading.frames import Statement
from assistant.reading.lesions import Slot, is_lesion_name, related, unique
from assistant.reading.place_sets import closest
from assistant.reading.thread import Line, Thread
from assistant.report.facts import Frame, Place, Track
from assistant.report.findings import Assertion, Change

Targets = Sequence[tuple[Slot, Track]]
"""The lesions that the clause names, with what it says of each."""

_EVIDENCE_MAX = 240
_FLIP: dict[str, Assertion] = {"present": "absent", "absent": "present"}
"""For words that deny by themselves ("non-enhancing", 无强化)."""
_QUERY = re.compile(r"\?|evaluat|rule out|assess for|query|exclud|r/o|suspected|排除|除外|待查|待排|可疑")
_SIGN_NO = re.compile(r"\s*:?\s*[(]?\s*(?:[-−–](?=[),;.\s]|$)|negative\b|阴性|缺如|不可见|未能显示|absent\b)\s*[)]?")
_SIGN_YES = re.compile(r"\s*:?\s*[(]?\s*(?:\+|positive\b|阳性)\s*[)]?")
_ANSWER = re.compile(
    r"[\s:\-=)]*(?:(?P<no>no(?:ne|t (?:present|seen|identified|applicable|met|evident|visible))?\b(?!\s+(?:change|longer))"
    r"|absent|negative|n/a|nil|无|否|未见|阴性|不适用|没有|-(?=\s|$))"
    r"|(?P<yes>yes|present|positive|seen|identified|\+|有|是|可见|阳性|存在))"
)
_DEGREE_WITHIN = 6
_PLAIN = frozenset({"arterial_hyperenhancement"})
"""Words such as 动脉期强化 that mean more than the liver's enhancement unless a degree follows ("动脉期强化与肝实质相仿")."""
_SINCE_TREATMENT = re.compile(
    r"\b(?:was|were|measured|had)\b[^.;]*\b(?:days?|weeks?|months?|years?)[\s-](?:post|after|following|since|from)\b[\w\s-]*$"
)
""" "It measured 11 mm six weeks post-ablation": the treatment tells the time, not what was done to the lesion."""
_SAID_OF_LESIONS = frozenset({"property", "observation", "change", "treatment"})
_CHANGE: dict[str, Change] = {"new": "new", "stable": "stable", "larger": "larger", "smaller": "smaller"}


def frames_of(thread: Thread, line: Line, statement: Statement, targets: Targets, where: Sequence[Place]) -> list[Frame]:
    """The frames of one statement: one for each lesion that it is said of, one without a lesion where it is said of none.

    `where`: the places of the clause that govern the statement's head.
    """
    head, sentence, clause = statement.head, line.sentence, statement.clause
    judged = line.judged.get(head.start)
    start, end = _trim(thread.shadow(line), clause.start, clause.end)
    if end - start > _EVIDENCE_MAX:
        start, end = max(start, head.start - 80), min(end, head.end + 120)
    change = next((m.concept.attrs["change"] for m in line.mentions_in(clause) if m.kind == "change" and m.concept.attrs.get("change")), "")
    assertion = _assertion(thread.shadow(line), line, statement, judged)
    timed = head.kind == "treatment" and _SINCE_TREATMENT.search(thread.shadow(line), clause.start, head.end)
    tracks: Sequence[str] = [] if timed else [t.id for t in _lesions(thread, statement, targets, where)]
    place = closest(head, line.places_in(clause)) or thread.place
    return [
        Frame(
            concept=head.concept,
            source=sentence.source,
            start=start,
            end=end,
            word_start=head.start,
            word_end=head.end,
            sentence=line.index,
            section=sentence.section,
            assertion=assertion,
            certainty=judged.certainty if judged else "definite",
            experiencer=judged.experiencer if judged else "patient",
            place=place,
            attrs=statement.attrs,
            change=_CHANGE.get(change),
            lesion=lesion,
        )
        for lesion in tracks or (None,)
    ]


def said_again(frame: Frame, lesion: str) -> Frame:
    """The same frame said of another lesion ("same enhancement as above")."""
    return replace(frame, lesion=lesion)


def tick(line: Line, label_end: int, shadow: str) -> None:
    """ "Washout: no", "Capsule: present": the answer after a label decides what the label's words assert."""
    answer = _ANSWER.match(shadow, label_end)
    if answer:
        assertion: Assertion = "absent" if answer.group("no") else "present"
        for mention in line.mentions:
            if mention.end <= label_end:
                line.judged[mention.start] = Judged(assertion)


def _assertion(shadow: str, line: Line, statement: Statement, judged: Judged | None) -> Assertion:
    head = statement.head
    assertion: Assertion = judged.assertion if judged else "present"
    if head.kind == "risk" and assertion == "possible":
        # "cirrhosis, follow-up": the indication names what the patient has, unless it asks for it
        assertion = "possible" if _QUERY.search(shadow, statement.clause.start, statement.clause.end) else "present"
    if head.kind in ("property", "observation"):
        if _SIGN_NO.match(shadow, head.end):
            assertion = "absent"
        elif _SIGN_YES.match(shadow, head.end):
            assertion = "present"
        elif (head.concept.is_a("appearance") and _denied_before(line, statement)) or (
            head.concept.is_a("enhancement") and head.concept.attrs.get("polarity") != "negative" and _no_more_than(shadow, line, statement)
        ):
            assertion = "absent"
    if head.concept.attrs.get("polarity") == "negative":
        assertion = _FLIP.get(assertion, assertion)
    return assertion


def _denied_before(line: Line, statement: Statement) -> bool:
    """未见强化高于肝实质, "fails to enhance beyond liver": what is denied of the enhancement is denied of its degree."""
    head = statement.head
    for mention in line.mentions:
        if mention.concept.is_a("enhancement") and 0 <= head.start - mention.end <= 6 and statement.clause.start <= mention.start:
            judged = line.judged.get(mention.start)
            return judged is not None and judged.assertion == "absent"
    return False


def _no_more_than(shadow: str, line: Line, statement: Statement) -> bool:
    """强化不高于肝实质, "hyperenhancement not above liver": an enhancement whose degree is denied right behind it."""
    head = statement.head
    for mention in line.mentions_in(statement.clause):
        gap = shadow[head.end : max(head.end, mention.start)]
        if mention.start >= head.end and len(gap) <= _DEGREE_WITHIN and "," not in gap and mention.concept.is_a("appearance"):
            direction = mention.concept.attrs.get("direction", "")
            judged = line.judged.get(mention.start)
            denied = direction == "high" and judged is not None and judged.assertion == "absent"
            return denied or (direction in ("iso", "low") and head.concept.attrs.get("direction") == "high" and head.concept.id in _PLAIN)
    return False


def _lesions(thread: Thread, statement: Statement, targets: Targets, where: Sequence[Place]) -> list[Track]:
    head = statement.head
    own = head.concept.attrs.get("place", "")
    if head.kind not in _SAID_OF_LESIONS:
        return []
    if len(targets) == 1:
        return [targets[0][1]] if related(targets[0][1], own) else []
    if targets:
        if is_lesion_name(head):
            return [t for s, t in targets if head in s.names]
        inside = [t for s, t in targets if any(n.start <= head.start and head.end <= n.end for n in s.names)]
        if inside:
            return unique(inside)  # "solid nodules of 7 mm in the right upper lobe and 5 mm in the left": both are solid
        near = [t for s, t in targets if s.place and s.place.end >= 0 and abs(s.place.start - head.start) <= 40]
        return near if len(near) == 1 else unique(t for _, t in targets)
    if thread.turned or (head.kind == "observation" and (is_lesion_name(head) or own)):
        return []
    current = thread.linker.current
    if where and not any(thread.fits(t, p) for t in current for p in where):
        return []
    return list(current)


def _trim(shadow: str, start: int, end: int) -> tuple[int, int]:
    while start < end and shadow[start] in " \t\n,;:、。.":
        start += 1
    while end > start and shadow[end - 1] in " \t\n,;:、。.":
        end -= 1
    return start, end
