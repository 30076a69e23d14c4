"""Structure: a report as template, sections and findings.

One finding per abnormality that is said to be present, absent, possible or past; a normal statement denies an abnormality; a finding
repeated in the impression is the same finding with more evidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.knowledge.lexicon import Lexicon, load_lexicon
from assistant.report.facts import Reading
from assistant.report.findings import Finding, Laterality, Structured
from assistant.report.text import Evidence
from assistant.tasks.structuring.merging import merge
from assistant.tasks.structuring.naming import anatomy, concepts, observation
from assistant.tasks.structuring.seen import Seer
from assistant.tasks.structuring.sizes import add_sizes, axes
from assistant.tasks.structuring.template import choose
from assistant.tasks.structuring.things import Line, Seen
from assistant.tasks.structuring.told import add_changes

_LIMBS = frozenset({"knee", "hip", "shoulder", "elbow", "wrist", "hand", "ankle", "foot"})
_LIMB_ORGANS = frozenset(
    {
        "joint",
        "popliteal_fossa",
        "cartilage",
        "bone",
        "ligament",
        "tendon",
        "knee",
        "muscle",
        "bursa",
        "soft_tissue",
        "limb",
        "foot",
        "hand",
        "skin",
        "vessel",
        "",
    }
)
_TELLING = frozenset({"large", "blocked", "torn", "blunted", "shifted"})
_EVIDENCE_MAX = 150


def structure(reading: Reading, lexicon: Lexicon | None = None) -> Structured:
    """The structured report.

    Args:
        reading: the report, read.
        lexicon: the phrases that it was read with; None: those of the knowledge base.
    """
    lexicon = lexicon or load_lexicon()
    seer = Seer(reading, lexicon)
    shadow = seer.shadow
    lesions = {(f.word_start, f.word_end): f.lesion for f in reading.frames if f.lesion and f.source == "text"}
    lines: dict[int, Line] = {}
    seen: list[Seen] = []
    previous: Line | None = None
    for line in seer.lines():
        add_sizes(line, previous, seer, lexicon)
        add_changes(line, shadow)
        for one in line.seen:
            one.lesion = next((lesions[span] for span in one.spans if span in lesions), None)
        lines[line.index] = line
        seen += line.seen
        previous = line
    limb = _limb_side(reading)
    findings = [_finding(group, lines, reading, limb) for group in merge([s for s in seen if not s.told_apart])]
    return Structured(template=choose(reading), sections=_sections(reading), findings=tuple(findings))


def _sections(reading: Reading) -> dict[str, str]:
    """Canonical name to the exact trimmed text; of a name that stands twice, the longest."""
    out: dict[str, str] = {}
    for section in reading.sections:
        body = reading.report.text[section.start : section.end]
        if section.name and len(body) > len(out.get(section.name, "")):
            out[section.name] = body
    return out


def _finding(group: Sequence[Seen], lines: dict[int, Line], reading: Reading, limb: Laterality) -> Finding:
    first = group[0]
    if first.is_normal and len(group) > 1:
        # "symmetrical, normal in signal": the more telling denial names the finding, several plain ones make "abnormality".
        telling = [s for s in group if s.concept.attrs.get("negates") in _TELLING]
        first = telling[0] if telling else next((s for s in group if s.concept.attrs.get("negates") == "abnormality"), first)
    line, text, shadow = lines[first.sentence], reading.report.text, reading.shadow["text"]
    what, ids = observation(first, line, text, chinese=line.chinese)
    size = max((s.size for s in group[:1] if s.size), key=lambda m: m.values, default=None) or next((s.size for s in group if s.size), None)
    side: Laterality = next((s.laterality for s in group if s.laterality != "none"), "none")
    if side == "none" and limb != "none" and (first.place is None or first.place.organ in _LIMB_ORGANS):
        side = limb
    place = anatomy(first, text, shadow, chinese=line.chinese) or next(
        (a for s in group if (a := anatomy(s, text, shadow, chinese=line.chinese))), ""
    )
    return Finding(
        anatomy=place,
        laterality=side,
        observation=what,
        concepts=concepts(first, ids),
        assertion=first.judged.assertion,
        size_mm=axes(size),
        change=next((s.change for s in group if s.change), None),
        lesion_id=next((s.lesion for s in group if s.lesion), None),
        evidence=_evidence(group, reading),
    )


def _evidence(group: Sequence[Seen], reading: Reading) -> tuple[Evidence, ...]:
    spans: list[tuple[int, int]] = []
    shadow = reading.shadow["text"]
    for seen in group:
        start, end = seen.clause.start, seen.clause.end
        for low, high in seen.evidence:
            if high - low < _EVIDENCE_MAX and low - end <= 4 and end <= low:
                end = high
        if end - start > _EVIDENCE_MAX:
            start, end = (
                max(start, _word_edge(shadow, seen.start - 70)),
                min(end, max(seen.end, seen.size.end if seen.size else 0, seen.start + 70)),
            )
            while end < seen.clause.end and shadow[end].isalnum() and shadow[end - 1].isalnum():
                end += 1
        spans.append(_trimmed(shadow, start, max(end, seen.end)))
        spans += [_trimmed(shadow, low, high) for low, high in seen.evidence if high > end and high - low < _EVIDENCE_MAX]
    return tuple(reading.report.quote(a, b) for a, b in dict.fromkeys(spans) if a < b)


def _word_edge(shadow: str, at: int) -> int:
    at = max(at, 0)
    while 0 < at < len(shadow) and shadow[at - 1].isalnum() and shadow[at].isalnum() and shadow[at].isascii():
        at += 1
    return at


def _trimmed(shadow: str, start: int, end: int) -> tuple[int, int]:
    while start < end and shadow[start] in " \t\r\n,;:、。.":
        start += 1
    while end > start and shadow[end - 1] in " \t\r\n,;:、。.":
        end -= 1
    return start, end


def _limb_side(reading: Reading) -> Laterality:
    """The side of an examination of one limb ("MRI right knee"), which all its findings share."""
    for index, sentence in enumerate(reading.sentences[:4]):
        if sentence.source != "exam" and sentence.section not in ("", "exam"):
            continue
        if not any(m.concept.parents & _LIMBS for m in reading.mentions[index]):
            continue
        sides = {
            m.concept.attrs.get("side")
            for m in reading.mentions[index]
            if m.kind in ("side", "anatomy") and m.concept.attrs.get("side") in ("left", "right")
        }
        if len(sides) == 1:
            return sides.pop()  # type: ignore[return-value]
    return "none"
