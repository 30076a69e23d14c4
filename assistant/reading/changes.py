"""Change: what a clause says of a thing since an earlier examination.

Words such as "increased" or 增大 mean change only where something earlier is named or implied; elsewhere they describe
("increased density", 心影增大). Words are data: knowledge_base/lexicon/change.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.knowledge.lexicon import Lexicon
from assistant.report.facts import Clause, Measurement, Mention, Sentence

Told = Literal["new", "stable", "larger", "smaller", "resolved"]

_EARLIER_ZH = re.compile(r"(?:较|与|同|比|对照)[^,。;]{0,22}(?:前|片|次|年|月|日|ct|mri?|超声|检查|比较|相比|对比|\))[^,。;]{0,6}")
_EARLIER_EN = re.compile(r"\b(?:since|from|compared|comparison|than|prior|previous|previously|last|interval|interim)\b")
_ALONE = re.compile(r"(?:^|,)\s*(?:now |slightly |mildly |markedly |significantly |minimally |probably |somewhat )*$")
_HAS = re.compile(
    r"\b(?:has|have|had|is|are|has been|have been)"
    r"(?: (?:now|slightly|mildly|markedly|significantly|minimally|probably|also|further|clearly))*\s*$"
)
_WAS = re.compile(r"\b(?:was|were|had been|appeared|looked|seemed|measured|showed|demonstrated|revealed)\b")
_THEN = re.compile(
    r"\b(?:previously|formerly|before|earlier|back then|at that time|ago|initially)\b|\b(?:in|on|at) (?:the |that )?(?:19|20)\d\d\b"
    r"|\b(?:prior|previous|earlier|old)\s+(?:ct|mri?|pet|us|scan|study|exam|examination|imaging|film)s?\b"
    r"|\b(?:on|at|in|by)\s+(?:(?:the|that|his|her|their|an?)\s+)?(?:previous|prior|earlier|last|preceding|old|outside|baseline|initial|first)\b"
)
_NOW = re.compile(r"\b(?:than|compared|comparison|since|from|versus|vs|relative|now|today|currently|is|are|has|have|remains?|interval)\b")
_COMPARATIVE = re.compile(r"(?:small|larg|bigg|tini|great|thick|thinn|wid|long|short)er\b|\bless\b")
_THEN_ZH = re.compile(
    r"(?:前片|前次|上次|既往|以往|旧片|原片|老片|当时|彼时|初诊|基线)[^,;。今现]{0,12}?(?P<word>(?:较|偏|更|稍|略|明显|要)(?:为|微|更)?(?P<size>小|大))(?!者|的)"
)
_AGAINST_ZH = re.compile(r"(?:较|比|与|同|和|对照)[^,;。]{0,4}$")
_TURNED = {"larger": "smaller", "smaller": "larger"}


@dataclass(frozen=True, slots=True)
class Change:
    """A change and where its words stand."""

    told: Told
    start: int
    end: int


def changes_in(shadow: str, clause: Clause, mentions: Sequence[Mention], measurements: Sequence[Measurement] = ()) -> list[Change]:
    """The changes that a clause tells, in order.

    Args:
        shadow: the folded text.
        clause: where to look.
        mentions: those of the sentence.
        measurements: those of the sentence; an earlier size or date in the clause makes a comparison.
    """
    out: list[Change] = []
    for mention in mentions:
        if mention.concept.kind != "change" or not clause.start <= mention.start < clause.end:
            continue
        told = mention.concept.attrs.get("change", "")
        if not told and (maybe := mention.concept.attrs.get("maybe_change", "")) and is_change(shadow, clause, mention, measurements):
            told = maybe
        if told and not (out and out[-1].start == mention.start):
            out.append(Change(told, mention.start, mention.end))  # type: ignore[arg-type]
    return out


def settled(shadow: str, sentence: Sentence, mentions: Sequence[Mention], sizes: Sequence[Measurement], lexicon: Lexicon) -> list[Mention]:
    """The mentions of a sentence, with words that may mean a change taken as that change where the clause compares.

    A thing that *was smaller* on the earlier examination has grown: comparatives of a clause about then are turned round.
    """
    out: list[Mention] = []
    then = _of_then_zh(shadow, sentence)
    for mention in mentions:
        told = mention.concept.attrs.get("change") or mention.concept.attrs.get("maybe_change", "")
        if told in _TURNED and _of_then(shadow, sentence, mention):
            out.append(Mention(lexicon.concepts[f"change_{_TURNED[told]}"], mention.start, mention.end))
            continue
        if any(start < mention.end and mention.start < end for start, end, _ in then):
            continue  # 前片较大: the word is told below
        maybe = mention.concept.attrs.get("maybe_change")
        if maybe:
            clause = next((c for c in sentence.clauses if c.start <= mention.start < c.end), None)
            if clause is not None and sentence.language == "zh":
                clause = Clause(sentence.start, clause.end)  # 与前片比较, 结节增大
            if clause is not None and is_change(shadow, clause, mention, sizes):
                mention = Mention(lexicon.concepts[f"change_{maybe}"], mention.start, mention.end)
        out.append(mention)
    out += [Mention(lexicon.concepts[f"change_{grew}"], start, end) for start, end, grew in then]
    return sorted(out, key=lambda m: (m.start, m.end)) if then else out


def _of_then(shadow: str, sentence: Sentence, mention: Mention) -> bool:
    """Whether a comparative says how the thing was at an earlier examination ("was smaller on the previous CT")."""
    if not _COMPARATIVE.search(shadow, mention.start, mention.end):
        return False
    clause = next((c for c in sentence.clauses if c.start <= mention.start < c.end), None)
    if clause is None or not _WAS.search(shadow, clause.start, mention.end):
        return False
    return bool(_THEN.search(shadow, sentence.start, clause.end)) and not _NOW.search(shadow, clause.start, clause.end)


def _of_then_zh(shadow: str, sentence: Sentence) -> list[tuple[int, int, str]]:
    """The places of 前片较小 and the like, and what has happened since."""
    if sentence.language != "zh":
        return []
    return [
        (found.start("word"), found.end("word"), "larger" if found["size"] == "小" else "smaller")
        for found in _THEN_ZH.finditer(shadow, sentence.start, sentence.end)
        if not _AGAINST_ZH.search(shadow, sentence.start, found.start())
    ]


def is_change(shadow: str, clause: Clause, mention: Mention, measurements: Sequence[Measurement]) -> bool:
    """Whether a word that may only describe stands in a comparison here."""
    before, after = shadow[max(clause.start, mention.start - 60) : mention.start], shadow[mention.end : clause.end]
    if any("\u4e00" <= c <= "\u9fff" for c in shadow[mention.start : mention.end]):
        return bool(_EARLIER_ZH.search(before)) or any(
            clause.start <= m.start < mention.start and (m.is_prior or m.kind == "interval") for m in measurements
        )
    if _EARLIER_EN.match(after.lstrip()) or (_ALONE.search(before) and not after.strip(" .,;")):
        return True
    if _HAS.search(before) and (not after.strip(" .,;") or _EARLIER_EN.search(after)):
        return _HAS.search(before).group().lstrip().startswith(("has", "have", "had")) or bool(_EARLIER_EN.search(after))  # type: ignore[union-attr]
    return any(clause.start <= m.start < clause.end and m.is_prior for m in measurements) and not after[:1].isalpha()
