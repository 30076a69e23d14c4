"""Reads a finished sentence of an explanation back and compares it with the findings and the words it claims to rest on.

It shares no code with the wording: it knows only the two languages, the source text and the findings.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.knowledge.glossary import Glossary
from assistant.report.findings import Finding

_LENGTH = re.compile(r"(\d+(?:\.\d+)?(?:\s*(?:×|x|\*|by|-|to|~|至)\s*\d+(?:\.\d+)?)*)\s*(mm|cm|毫米|厘米|公分)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SPAN_OF_TIME = re.compile(
    r"(\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|半|一|两|二|三|四|五|六)(?:\s*(?:-|to|~|至|or)\s*(\d+))?"
    r"\s*(?:个)?\s*-?(day|week|month|year|天|日|周|月|年)"
)
_WORDS_TO_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
                     "twelve": 12,
                     "一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6}  # fmt: skip
_UNITS = {"day": "d", "天": "d", "日": "d", "week": "w", "周": "w", "month": "m", "月": "m", "year": "y", "年": "y"}
_QUOTED = re.compile(r"“([^”]*)”")
_SIDES = {
    "left": re.compile(r"\bleft\b|左"),
    "right": re.compile(r"\bright\b|右"),
    "bilateral": re.compile(r"\bboth \b|\bbilateral|双|两侧"),
}
_SIGNS = re.compile(
    r"(?P<left>\bleft\b|左)|(?P<right>\bright\b|右)|(?P<bilateral>\bboth |\bbilateral|双|两侧)|"
    r"(?P<denies>\bdoes not show\b|\bcalls these (?:normal|open|intact)\b|没有发现|未见异常|是通畅的|是完整的)|"
    r"(?P<hedges>\bmay be\b|\bnot certain\b|\bcould not rule out\b|可能|不能确定|不能排除)|"
    r"(?P<past>\bfrom the past\b|以前的情况)|"
    r"(?P<new>\bit is new\b|新出现)|(?P<stable>\bhas not changed\b|没有变化)|(?P<larger>\blarger than before\b|变大)|"
    r"(?P<smaller>\bsmaller than before\b|变小)"
)
"""Everything that a sentence of an explanation can say about a finding besides what it names and measures."""
_CHANGES = ("new", "stable", "larger", "smaller")
_COMFORT = re.compile(r"\b(?:harmless|benign|not cancer|nothing to worry|good news|fine)\b|良性|无害|不用担心|放心|没有问题|不要紧")
_NOT_A_DENIAL = re.compile(
    r"\b(?:does not|cannot|can not|could not|not) (?:be )?(?:exclude|rule)|不除外|不能排除|待排|not (?:visuali[sz]ed|assess)|could not be"
)


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What a sentence of an explanation says."""

    lengths_mm: frozenset[float]
    times: frozenset[str]
    sides: frozenset[str]
    denies: bool
    hedges: bool
    is_past: bool
    change: str | None


@functools.lru_cache(maxsize=4096)
def lengths(text: str) -> frozenset[float]:
    """Every length of a text in millimetres."""
    out: set[float] = set()
    for numbers, unit in _LENGTH.findall(text.lower()):
        factor = 1.0 if unit in ("mm", "毫米") else 10.0
        out |= {round(float(n) * factor, 3) for n in _NUMBER.findall(numbers)}
    return frozenset(out)


@functools.lru_cache(maxsize=4096)
def times(text: str) -> frozenset[str]:
    """Every span of time of a text: "6-12m"."""
    out = set()
    for first, last, unit in _SPAN_OF_TIME.findall(text.lower()):
        start = _WORDS_TO_NUMBERS.get(first, first)
        out.add(f"{start}{'-' + last if last else ''}{_UNITS[unit]}")
    return frozenset(out)


@functools.lru_cache(maxsize=4096)
def read_back(text: str) -> ReadBack:
    """What a sentence says, its quotations left out."""
    plain = _QUOTED.sub(" ", text).lower() if "“" in text else text.lower()
    signs = {m.lastgroup for m in _SIGNS.finditer(plain)}
    changes = [name for name in _CHANGES if name in signs]
    return ReadBack(
        lengths_mm=lengths(plain),
        times=times(plain),
        sides=frozenset(side for side in _SIDES if side in signs),
        denies="denies" in signs,
        hedges="hedges" in signs,
        is_past="past" in signs,
        change=changes[0] if len(changes) == 1 else None if not changes else "several",
    )


def faults(
    text: str, findings: Sequence[Finding], sources: Sequence[str], glossary: Glossary, *, parts_tell_side: bool = False
) -> list[str]:
    """Why a sentence may not stand: what it says otherwise than its findings and sources.

    Args:
        text: The finished sentence.
        findings: The findings that it claims to say again; none for advice, scores and quotations.
        sources: The report's words that it rests on, folded.
        glossary: For words that stand for cancer and for benign.
        parts_tell_side: The place is a part whose name implies the side, so that the sentence need not say it.
    """
    said = read_back(text)
    source = "\n".join(sources)
    out = [f"quotation not in the report: {quote}" for quote in _QUOTED.findall(text) if _squeezed(quote) not in _squeezed(source)]
    plain = _QUOTED.sub(" ", text).lower() if "“" in text else text.lower()
    if not said.lengths_mm <= lengths(source):
        out.append("a length that the report does not give")
    if not said.times <= times(source):
        out.append("a time that the report does not give")
    names_cancer = any(glossary.cue(name).search(source) for name in ("cancer", "benign"))
    if not names_cancer and glossary.cue("cancer").search(_without_score(plain)):
        out.append("cancer, which the report does not name")
    if _COMFORT.search(_without_score(plain)) and not glossary.cue("benign").search(source):
        out.append("comfort that the report does not give")
    for finding in findings:
        out += _finding_faults(said, finding, source, glossary, several=len(findings) > 1, parts_tell_side=parts_tell_side)
    return out


def _without_score(text: str) -> str:
    """What a score means is the system's statement, not the report's; the score itself is proven by its own words."""
    return _MEANING.sub("", text) if ":" in text or "：" in text else text


_MEANING = re.compile(r"in plain words:.*|意思是：.*")


def _finding_faults(
    said: ReadBack, finding: Finding, source: str, glossary: Glossary, *, several: bool, parts_tell_side: bool
) -> list[str]:
    out = []
    absent = finding.assertion == "absent"
    if absent is not said.denies:
        out.append("affirmed where the report denies, or the other way round")
    if absent and not _is_denied(source, glossary):
        out.append("denied without words of denial in the report")
    if said.hedges is not (finding.assertion == "possible"):
        out.append("surer or less sure than the report")
    if finding.assertion == "present" and _hedged(finding, source, glossary):
        out.append("stated where the report only suspects")
    needs = next((t.needs for c in finding.concepts if (t := glossary.things.get(c))), ())
    if needs and not any(word in source for word in needs):
        out.append("a graver term than the report's")
    if said.is_past is not (finding.assertion == "historical"):
        out.append("past and present confused")
    if not several:
        if said.lengths_mm != frozenset(round(v, 3) for v in finding.size_mm):
            out.append("another size")
        if said.change != finding.change:
            out.append("another change")
        side = finding.laterality
        if said.sides and said.sides != {side}:
            out.append("another side")
        named = {s for s in ("left", "right") if _SIDES[s].search(source)}
        if named and said.sides & {"left", "right"} and not said.sides & named:
            out.append("a side that the report's words contradict")
        if not said.sides and side != "none" and not parts_tell_side and _SIDES[side].search(source):
            out.append("no side, where the report gives one")
    return out


def _hedged(finding: Finding, source: str, glossary: Glossary) -> bool:
    """Whether the stretch of the report that names the finding, or any that names a cancer, is hedged."""
    words = finding.observation.lower()
    grave = bool(glossary.cue("cancer").search(words)) or any(c in _GRAVE for c in finding.concepts)
    pieces = [p for p in re.split(r"[,;.。、\n]", source) if not words or words in p]
    return any(glossary.cue("hedge").search(p) for p in (source.split("\n") if grave else pieces))


_GRAVE = frozenset(
    {
        "malignancy", "carcinoma", "metastasis", "hepatocellular_carcinoma", "cholangiocarcinoma", "lymphoma", "sarcoma", "myeloma",
        "melanoma", "leukaemia",
    }
)  # fmt: skip


def _is_denied(source: str, glossary: Glossary) -> bool:
    """Whether the source's own words deny something, rather than say that it could not be ruled out."""
    if _NOT_A_DENIAL.search(source):
        return False
    return any(glossary.cue(name).search(source) for name in ("denial", "normal", "open", "intact"))


def _squeezed(text: str) -> str:
    return "".join(text.split()).lower()
