"""Places: mentions of anatomy with their side, as the organ, its parts, the side and the words.

Neighbouring words make one place ("right frontal white matter", 右侧 + 第4肋骨, "segments 5-8"); coordinated ones stay apart
("spleen, pancreas and right kidney"). `governing` says which place a thing is in, in either language.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.report.facts import Clause, Concept, Mention, Place, Sentence
from assistant.report.findings import Laterality

_JOIN_EN = re.compile(r"[\s,]*(?:of|of the|in the|in|-|within the|at the)?[\s-]*")
_JOIN_ZH = re.compile(r"[\s的侧部(]*")
_SIDE_GAP_EN = re.compile(
    r"[\s-]*(?:(?:aspect of(?: the)?|side of(?: the)?|mid|upper|lower|inner|outer|medial|lateral|anterior|posterior|posterolateral|"
    r"posteromedial|proximal|distal|main|superior|inferior|common|internal|external|central|deep|th|nd|rd|st|\d{1,2}(?:st|nd|rd|th)?)\b[\s-]*){0,3}"
)
_SIDE_GAP_ZH = re.compile(r"[\s的份]*")
_RANGE = re.compile(r"\s*(?:-|~|至|到|–|to)\s*s?")
_UNION = re.compile(r"\s*(?:/|\\)\s*s?")
_MORE = re.compile(
    r"(\s*(?:-|~|至|到|/|,|、|&|and|or|to|及|和|与|或)\s*)(?:segments?\s*|seg\.?\s*|sg\s*|s)?([1-8][ab]?|viii|vii|vi|iv[ab]?|v|iii|ii|i|[ⅰ-ⅷ])(?!\w|\.\d|\s*(?:mm|cm|x))"
)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8}
_LIVER_WORDS = ("肝", "liver", "hepat", "couinaud", "lobe", "section", "叶")
_SIDE_WORD = re.compile(r"\b(?:left|right|bilateral)\b|[左右双]")
_WORD_SIDES = {"left": "left", "right": "right", "bilateral": "bilateral", "左": "left", "右": "right", "双": "bilateral"}
_ASIDE_EN = re.compile(r"\b(?:to|with|than|from|displac\w+|compress\w+|abut\w*|contact\w*)\b")
_ORDER_EN = re.compile(r"\b(?:in|of|at|within|involving|along|on|over|into|from|near|around|throughout|inside|the|both|a|an)\b")


_MOST = 300
"""Mentions of a sentence that are read together."""


@dataclass(slots=True)
class _Group:
    """Anatomy and side mentions that make one place."""

    words: list[Mention]
    start: int
    end: int
    side: str = ""
    parts: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    """Liver segments of a list or range that starts with one."""


def places_in(shadow: str, mentions: Sequence[Mention], sentence: Sentence) -> list[Place]:
    """The places that a sentence names, in order.

    A side before a thing whose word implies its place ("left pleural effusion") makes a place too.
    """
    if len(mentions) > _MOST:  # no sentence that a person wrote: read in stretches, so that the time grows with its length
        return [p for at in range(0, len(mentions), _MOST) for p in places_in(shadow, mentions[at : at + _MOST], sentence)]
    chinese = sentence.language in ("zh", "ja")
    named = [m for m in mentions if m.concept.kind in ("anatomy", "side")]
    if not named:
        return []
    named = _without_lung_segments_as_liver(shadow, named)
    groups = _groups(shadow, [m for m in named if m.concept.kind == "anatomy"], chinese=chinese)
    sides = [m for m in named if m.concept.kind == "side" and not _bare_pair(shadow, m, named)]
    left_over = _give_sides(shadow, groups, sides, sentence, chinese=chinese)
    out = [_place(shadow, g) for g in groups]
    out += _implied(shadow, left_over, mentions, groups)
    out.sort(key=lambda p: p.start)
    return out


def _bare_pair(shadow: str, side: Mention, named: Sequence[Mention]) -> bool:
    """双 and 两 mean a side only right in front of anatomy (双肾), elsewhere a number (两枚)."""
    return shadow[side.start : side.end] in ("双", "两") and not any(m.start == side.end and m.concept.kind == "anatomy" for m in named)


def _without_lung_segments_as_liver(shadow: str, named: list[Mention]) -> list[Mention]:
    """Drops "S8" or "segment 8" as liver where the sentence speaks of the lung and not of the liver."""
    organs = {m.concept.attrs.get("organ") for m in named if not _bare_segment(shadow, m)}
    if "liver" in organs or "lung" not in organs:
        return named
    return [m for m in named if not _bare_segment(shadow, m)]


def _bare_segment(shadow: str, mention: Mention) -> bool:
    return mention.id.startswith("liver_s") and not any(w in shadow[mention.start : mention.end] for w in _LIVER_WORDS)


def _groups(shadow: str, anatomy: list[Mention], *, chinese: bool) -> list[_Group]:
    join = _JOIN_ZH if chinese else _JOIN_EN
    groups: list[_Group] = []
    for mention in anatomy:
        last = groups[-1] if groups else None
        if last and mention.start < last.end:
            last.words.append(mention)  # two concepts of one phrase, or one of a list
            continue
        if last and mention.start - last.end <= 12 and _belongs(shadow, last, mention, join):
            last.words.append(mention)
            last.end = mention.end
        else:
            last = _Group([mention], mention.start, mention.end)
            groups.append(last)
        if mention.id.startswith("liver_s"):
            last.listed |= _listed(shadow, last)
    for group in groups:
        group.parts = frozenset().union(*(_parts(m.concept) for m in group.words)) | group.listed
        group.side = _own_side(shadow, group)
    return groups


def _belongs(shadow: str, group: _Group, mention: Mention, join: re.Pattern[str]) -> bool:
    gap = shadow[group.end : mention.start]
    last = group.words[-1]
    if last.id.startswith("liver_s") and mention.id.startswith("liver_s"):
        return bool(_RANGE.fullmatch(gap) or _UNION.fullmatch(gap))
    if not join.fullmatch(gap) or ("," in gap and not gap.strip(", ").isalpha()):
        return False
    if "," in gap:
        return False
    one, two = last.concept, mention.concept
    return bool((one.parents & two.parents) or one.attrs.get("organ") == two.attrs.get("organ") or gap.strip(" -") == "" or "of" in gap)


def _parts(concept: Concept) -> frozenset[str]:
    return concept.parents - {concept.attrs.get("organ", "")}


def _listed(shadow: str, group: _Group) -> frozenset[str]:
    """Liver segments of a list or range that starts with a segment: "segments 5-8", "4b/5", "V/VI"."""
    segments = [m for m in group.words if m.id.startswith("liver_s")]
    if not segments:
        return frozenset()
    found: set[str] = set()
    for one, two in itertools.pairwise(segments):
        if _RANGE.fullmatch(shadow[one.end : two.start]):
            found |= _between(one.id.removeprefix("liver_s"), two.id.removeprefix("liver_s"))
    at, number = group.end, segments[-1].id.removeprefix("liver_s")
    for _ in range(7):
        more = _MORE.match(shadow, at)
        if not more or more.group(1).strip() in ("and", "or", "及", "和", "与", "或", ",", "、", "&"):
            break
        value = _number(more.group(2))
        found |= _between(number, value) if more.group(1).strip() in ("-", "~", "to", "至", "到") else {f"liver_s{value}"}
        at, number = more.end(), value
    group.end = at
    return frozenset(found)


def _number(text: str) -> str:
    if text[0].isdigit():
        return text
    if "ⅰ" <= text[0] <= "ⅷ":
        return str(ord(text[0]) - ord("ⅰ") + 1)
    tail = text[-1] if text[-1] in "ab" else ""
    return f"{_ROMAN[text.removesuffix(tail) if tail else text]}{tail}"


def _between(one: str, two: str) -> set[str]:
    low, high = int(one[0]), int(two[0])
    ends = {f"liver_s{one}", f"liver_s{two}"}
    return ends | {f"liver_s{n}" for n in range(low + 1, high)} if low < high else ends


def _own_side(shadow: str, group: _Group) -> str:
    sides = {s for m in group.words if (s := m.concept.attrs.get("side", "")) and s != "none"}
    if len(sides) == 1:
        return sides.pop()
    if not sides and not any("side" in m.concept.attrs for m in group.words):
        sides = {_WORD_SIDES[w] for w in _SIDE_WORD.findall(shadow, group.start, group.end)}
        return sides.pop() if len(sides) == 1 else "bilateral" if sides else ""
    return "none" if any(m.concept.attrs.get("side") == "none" for m in group.words) else ("bilateral" if len(sides) > 1 else "")


def _give_sides(shadow: str, groups: list[_Group], sides: list[Mention], sentence: Sentence, *, chinese: bool) -> list[Mention]:
    """Gives each side word to the place that it stands at; returns those that stand at none."""
    gap = _SIDE_GAP_ZH if chinese else _SIDE_GAP_EN
    left: list[Mention] = []
    for side in sides:
        value = side.concept.attrs.get("side", "")
        after = next((g for g in groups if g.start >= side.end), None)
        if after is not None and gap.fullmatch(shadow, side.end, after.start):
            if after.side in ("", value):
                after.side, after.start = value, min(after.start, side.start)
            continue
        inside = next((g for g in groups if g.start <= side.start and side.end <= g.end), None)
        before = next((g for g in reversed(groups) if g.end <= side.start), None)
        if inside is not None:
            inside.side = inside.side or value
        elif before is not None and before.side == "" and _stands_behind(shadow, before, side, sentence, chinese=chinese):
            before.side = value
            if not shadow[before.end : side.start].strip():
                before.end = side.end
        else:
            left.append(side)
    for one, two in itertools.pairwise(groups):
        # "right upper and middle lobes", "left hilum and mediastinum": a side reaches a like place joined by "and".
        if (
            two.side == ""
            and one.side in ("left", "right")
            and one.words[-1].concept.parents & two.words[0].concept.parents
            and (re.fullmatch(r"\s*(?:and|or|/|、|及|和|与)\s*", shadow[one.end : two.start]))
        ):
            two.side = one.side
    return left


def _stands_behind(shadow: str, group: _Group, side: Mention, sentence: Sentence, *, chinese: bool) -> bool:
    """Whether a side word behind a place is its side: 上颌窦左侧, "kidneys bilaterally", "hernias on the left"."""
    gap = shadow[group.end : side.start]
    if chinese:
        return gap == ""
    clause = next((c for c in sentence.clauses if c.start <= side.start < c.end), None)
    word = shadow[side.start : side.end]
    return clause is not None and clause.start <= group.start and (not gap.strip() or word.startswith(("on", "bilaterally")))


def _place(shadow: str, group: _Group) -> Place:
    first = group.words[0].concept
    specific = max(enumerate(m.concept for m in group.words), key=lambda c: (len(c[1].parents), c[0]))[1]
    organ = specific.attrs.get("organ", first.attrs.get("organ", specific.id))
    if not organ:  # "lobe", "upper third": of whatever stands beside it
        organ = next((o for m in group.words if (o := m.concept.attrs.get("organ", m.id))), "")
    return Place(
        organ=organ,
        parts=group.parts - {organ},
        laterality=_laterality(group.side),
        words=shadow[group.start : group.end],
        start=group.start,
        end=group.end,
    )


def _laterality(side: str) -> Laterality:
    return side if side in ("right", "left", "bilateral") else "none"  # type: ignore[return-value]


def _implied(shadow: str, sides: list[Mention], mentions: Sequence[Mention], groups: list[_Group]) -> list[Place]:
    """Places made of a side word and a thing whose word implies where it is."""
    out: list[Place] = []
    for side in sides:
        thing = next(
            (m for m in mentions if m.concept.kind == "observation" and m.start >= side.end and m.concept.attrs.get("place")), None
        )
        if (
            thing is None
            or thing.start - side.end > 40
            or any(c in shadow[side.end : thing.start] for c in ",;:。.")
            or any(side.end <= g.start < thing.start for g in groups)
        ):
            continue
        place = thing.concept.attrs["place"]
        out.append(
            Place(place, frozenset(), _laterality(side.concept.attrs.get("side", "")), shadow[side.start : side.end], side.start, side.end)
        )
    return out


def governing(shadow: str, head: Mention, clause: Clause, places: Sequence[Place], *, chinese: bool) -> Place | None:
    """The place of a clause that a thing is in; None where the clause names none.

    English: the word right in front ("renal cyst"), else the phrase behind ("cyst in the kidney"), else the one in front. Chinese: the
    nearest in front (右肾见囊肿), else the one behind.
    """
    inside = [p for p in places if clause.start <= p.start < clause.end]
    if not inside:
        return None
    covering = [p for p in inside if p.start <= head.start and head.end <= p.end]
    if covering:
        return covering[-1]
    before = [p for p in inside if p.end <= head.start]
    after = [p for p in inside if p.start >= head.end]
    if chinese:
        return before[-1] if before else after[0] if after else inside[0]
    if (
        before
        and head.start - before[-1].end <= 24
        and not _ORDER_EN.search(shadow, before[-1].end, head.start)
        and "," not in shadow[before[-1].end : head.start]
    ):
        return before[-1]
    if after and _ASIDE_EN.search(shadow, head.end, after[0].start):
        after = []
    if after and "," not in shadow[head.end : after[0].start] and _ORDER_EN.search(shadow, head.end, after[0].start):
        return after[0]
    if before:
        return before[-1]
    return after[0] if after else None
