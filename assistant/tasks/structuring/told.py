"""Told: which thing a change in a sentence is said of."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.reading.assertion import Judged
from assistant.reading.changes import changes_in
from assistant.tasks.structuring.things import Line, Seen


def add_changes(line: Line, shadow: str) -> None:
    """Gives each change of a sentence to the thing that it is said of: in its clause the nearest, else the last one before."""
    for clause in line.sentence.clauses:
        for change in changes_in(shadow, clause, line.mentions, line.sizes):
            here = [s for s in line.seen if s.clause.start == clause.start and not s.is_normal]
            before = [s for s in line.seen if s.clause.end <= clause.start and not s.is_normal and s.judged.assertion != "absent"]
            targets = _said_of(shadow, here, change.start, change.end) if here else _carried(before, chinese=line.chinese)
            for seen in targets:
                if change.told == "resolved":
                    seen.judged = Judged("historical", reason="resolved")
                elif seen.judged.assertion != "absent" and seen.change is None:
                    seen.change = change.told
                    if clause.start != seen.clause.start:
                        seen.evidence.append((clause.start, clause.end))


def _carried(before: Sequence[Seen], *, chinese: bool) -> Sequence[Seen]:
    """What a clause that names nothing is about: the last thing with a size, else the last focal one, else the last."""
    sized = [s for s in before if s.size is not None] or [s for s in before if s.concept.attrs.get("focal")]
    return (sized or list(before))[-1:]


def _said_of(shadow: str, here: Sequence[Seen], start: int, end: int) -> list[Seen]:
    """The things that a change in their clause is said of: set off by a comma at the end, the clause's first; else the nearest."""
    if "," in shadow[max(s.end for s in here) : start] and not shadow[end : here[0].clause.end].strip(" .;。"):
        return [s for s in here if s.judged.assertion != "absent"][:1]
    return _nearest(here, start, end)


def _nearest(here: Sequence[Seen], start: int, end: int) -> list[Seen]:
    one = min(here, key=lambda s: min(abs(s.start - end), abs(start - s.end)))
    return [
        s
        for s in here
        if s.spans == one.spans or (s.clause is one.clause and s.end <= start and one.end <= start and 0 <= one.start - s.end <= 8)
    ]
