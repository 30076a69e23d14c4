"""Places taken together: one of several parts, the nearest one, the one that a word is said of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.knowledge.lexicon import Lexicon
from assistant.reading.lesions import NEAR
from assistant.report.facts import Mention, Place, Sentence
from assistant.report.findings import Laterality

_BARE_S1 = re.compile(r"(?<![a-z0-9])(?<!l5[-/])s1(?![0-9a-z]|\s?(?:vertebra|nerve|level|body|椎|神经))")
_BARE_LOBE = re.compile(r"\b(?:(right|left) (?:hepatic )?lobe|(dome))\b")
_INTO = re.compile(r"[\s,]*(?:(?:in|of|within|into|along|inside|involving|from|at|the|a|right|left|main|both|common)\b[\s,]*)+")


def merge_same(places: Sequence[Place]) -> list[Place]:
    """Places with the same parts once; a whole organ only where no part of it is named."""
    out: list[Place] = []
    for place in places:
        if place.parts and any(place.parts <= o.parts or o.parts <= place.parts for o in out):
            continue
        if not place.parts and any(o.organ == place.organ for o in out):
            continue
        out.append(place)
    main = next((p.organ for p in out if p.parts), "")
    return [p for p in out if not main or p.organ == main]


def union(places: Sequence[Place]) -> Place | None:
    """One place of several of the same organ ("segments 2 and 3")."""
    if not places:
        return None
    if len(places) == 1:
        return places[0]
    first = places[0]
    sides = {p.laterality for p in places if p.laterality != "none"}
    return Place(
        organ=first.organ,
        parts=frozenset().union(*(p.parts for p in places)),
        laterality=sides.pop() if len(sides) == 1 else "none",
        words=" ".join(p.words for p in places),
        start=first.start,
        end=places[-1].end,
    )


def _side(word: str | None) -> Laterality:
    return "right" if word == "right" else "left" if word == "left" else "none"


def bare_caudate(shadow: str, sentence: Sentence) -> list[Place]:
    """ "S1" in a report on the liver; elsewhere it is a vertebra."""
    found = _BARE_S1.finditer(shadow, sentence.start, sentence.end)
    return [Place("liver", frozenset({"liver_s1"}), "none", m.group(), m.start(), m.end()) for m in found]


def bare_lobes(shadow: str, sentence: Sentence) -> list[Place]:
    """ "The right lobe" in a report on the liver."""
    found = _BARE_LOBE.finditer(shadow, sentence.start, sentence.end)
    return [
        Place("liver", frozenset({f"liver_{side}_lobe" if side else "liver_dome"}), _side(side), m.group(), m.start(), m.end())
        for m, side in ((m, m.group(1)) for m in found)
    ]


def at_home(places: Sequence[Place], mentions: Sequence[Mention], organ: str, lexicon: Lexicon) -> list[Place]:
    """Places as they are meant where one organ is examined: "right lobe", "lower pole", "left" in an ultrasound of the thyroid."""
    key = f"{organ}_part"

    def parts(meant: str) -> frozenset[str]:
        return frozenset().union(*(lexicon.concepts[m].parents for m in meant.split())) - {organ}

    out: list[Place] = []
    for place in places:
        known = [p for p in (*place.parts, place.organ) if p in lexicon.concepts]
        meant = " ".join(m for p in known if (m := lexicon.concepts[p].attrs.get(key, "")))
        out.append(replace(place, organ=organ, parts=parts(meant)) if meant else place)
    for mention in mentions:
        side, meant = mention.concept.attrs.get("side", ""), mention.concept.attrs.get(key, "")
        if mention.kind == "side" and meant and not any(p.start <= mention.start < p.end for p in out):
            out.append(Place(organ, parts(meant), _side(side), "", mention.start, mention.end))
    return sorted(out, key=lambda p: p.start)


def governs(shadow: str, place: Place, head: Mention) -> bool:
    """Whether a head is said of a place: the place stands before it, or follows it after a preposition."""
    return place.start <= head.start or bool(_INTO.fullmatch(shadow, head.end, place.start))


def in_lung(place: Place) -> Place:
    """A nodule on the pleura, a fissure or in an airway is followed as a lesion of the lung."""
    return replace(place, organ="lung") if place.organ in NEAR["lung"] else place


def nearest(position: int, places: Sequence[Place]) -> int:
    """The number of the place nearest to a position."""
    return min(range(len(places)), key=lambda n: min(abs(places[n].start - position), abs(places[n].end - position)))


def closest(head: Mention, places: Sequence[Place]) -> Place | None:
    """The place nearest to a mention."""
    return min(places, key=lambda p: min(abs(p.start - head.end), abs(head.start - p.end)), default=None)
