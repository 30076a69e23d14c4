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
    """The mentions of a sentence, with words that may mean a change taken as that change where the clause compares."""
    out: list[Mention] = []
    for mention in mentions:
        maybe = mention.concept.attrs.get("maybe_change")
        if maybe:
            clause = next((c for c in sentence.clauses if c.start <= mention.start < c.end), None)
            if clause is not None and sentence.language == "zh":
                clause = Clause(sentence.start, clause.end)  # 与前片比较, 结节增大
            if clause is not None and is_change(shadow, clause, mention, sizes):
                mention = Mention(lexicon.concepts[f"change_{maybe}"], mention.start, mention.end)
        out.append(mention)
    return out


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
