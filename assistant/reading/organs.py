"""Which organ each statement is about: the one named in its clause, else the one last named.

For guidelines that grade an organ and not a lesion: "Splenic laceration, 2 cm deep. No active extravasation."
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistant.report.facts import Clause, Frame, Place, Reading, Sentence

_TURNS = frozenset(
    {"liver", "spleen", "kidney", "pancreas", "adrenal_gland", "bowel", "colon", "stomach", "bladder", "lung", "heart", "bone", "spine"}
    | {"brain", "uterus", "prostate", "pleura", "diaphragm", "mesentery", "chest_wall", "rib"}
)
"""Organs that reports take one by one; vessels, spaces and what an injury only extends to turn to nothing else."""
_BARE_POLE = re.compile(r"(?:the )?(?:upper|lower|mid|inter)[- ]?(?:pole|third)|[上下]极")
"""A pole without its organ is that of the organ in hand, whatever the lexicon takes it for."""
_JOINS = re.compile(r"(?:\s|,|/|、|and|or|with|及|和|与|或|the|both|left|right|双|左|右|侧)*")


def said_of(reading: Reading, organs: Iterable[str]) -> list[Frame]:
    """The frames that are about one of these organs, in order."""
    wanted = frozenset(organs)
    by_sentence: dict[int, list[Frame]] = {}
    for frame in reading.frames:
        by_sentence.setdefault(frame.sentence, []).append(frame)
    out: list[Frame] = []
    current: frozenset[str] = frozenset()
    where: tuple[str, str] | None = None
    for index, sentence in enumerate(reading.sentences):
        if (sentence.source, sentence.section) != where:
            current, where = frozenset(), (sentence.source, sentence.section)
        shadow = reading.shadow[sentence.source]
        named = [p for p in reading.places[index] if p.organ in _TURNS and not _BARE_POLE.fullmatch(shadow, p.start, p.end)]
        labelled = (
            sentence.subject and shadow.find(sentence.subject.lower(), sentence.start, sentence.start + len(sentence.subject) + 12) >= 0
        )
        if labelled and not named:
            current = frozenset()
        for frame in by_sentence.get(index, ()):
            said = frame.concept.attrs.get("place")
            if said in wanted if said in _TURNS else _owners(shadow, sentence, named, frame.word_start, current) & wanted:
                out.append(frame)
        if named:
            last = named[0] if labelled and named[0].start <= sentence.start + len(sentence.subject) else named[-1]
            current = _joined(shadow, named, last)
    return out


def _owners(shadow: str, sentence: Sentence, named: Sequence[Place], at: int, current: frozenset[str]) -> frozenset[str]:
    clause = next((c for c in sentence.clauses if c.start <= at < c.end), Clause(sentence.start, sentence.end))
    here = [p for p in named if clause.start <= p.start < clause.end]
    before = [p for p in here if p.start <= at]
    if before:
        return _joined(shadow, named, before[-1])
    if here:
        return _joined(shadow, named, here[0])
    earlier = [p for p in named if p.start <= at]
    if earlier:
        return _joined(shadow, named, earlier[-1])
    return current or (_joined(shadow, named, named[0]) if named else current)


def _joined(shadow: str, named: Sequence[Place], one: Place) -> frozenset[str]:
    """An organ with those that it is listed with: "liver and spleen"."""
    at = named.index(one)
    low = high = at
    while low and _JOINS.fullmatch(shadow, min(named[low - 1].end, named[low].start), named[low].start):
        low -= 1
    while high + 1 < len(named) and _JOINS.fullmatch(shadow, min(named[high].end, named[high + 1].start), named[high + 1].start):
        high += 1
    return frozenset(p.organ for p in named[low : high + 1])
