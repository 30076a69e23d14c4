"""What the examination is: modality, contrast, body regions and side, from the order, the title line and the technique."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.report.text import SourceName
from assistant.tasks.checks.subject import Range, Subject

_MODALITIES = ("CT", "MR", "US", "XR", "MG", "NM", "FL")
_CODES = {
    "CT": "CT", "MR": "MR", "MRI": "MR", "US": "US", "CR": "XR", "DX": "XR", "XR": "XR", "XA": "FL", "RF": "FL", "MG": "MG", "PT": "NM",
    "NM": "NM", "PET": "NM",
}  # fmt: skip
NAMES = {
    "CT": "CT", "MR": "MRI", "US": "ultrasound", "XR": "X-ray", "MG": "mammography", "NM": "PET / nuclear medicine", "FL": "fluoroscopy",
}  # fmt: skip
_TITLE = 120


@dataclass(frozen=True, slots=True)
class Exam:
    """The facts of an examination; empty or None is not stated."""

    modalities: frozenset[str] = frozenset()
    contrast: str | None = None
    """"with", "none", or None."""
    regions: frozenset[str] = frozenset()
    side: str | None = None
    """"left" or "right" where one side was examined."""
    ordered: bool = False
    """Whether the order itself says it, not only the report's title."""


def exam_of(about: Subject) -> Exam:
    """The examination as ordered; where there is no order, as the title says."""
    ordered = bool(about.reading.report.exam.strip())
    source: SourceName = "exam" if ordered else "text"
    part = (0, len(about.reading.report.exam)) if ordered else title(about)
    modalities = _modalities(about, source, part)
    code = _CODES.get((about.reading.report.modality or "").upper())
    if code and not modalities:
        modalities = frozenset({code})
    contrast = contrast_of(about, source, part)
    if contrast is None:
        parts = [title(about), *((s.start, s.end) for s in about.of_section("technique"))]
        contrast = next((c for p in parts if (c := contrast_of(about, "text", p))), None)
    regions = frozenset(r for r in about.checks.regions if _any(about.hits(f"regions.{r}", source), part))
    sides = {s for s in ("left", "right", "both") if _any(about.hits(f"sides.{s}", source), part)}
    side = sides.pop() if len(sides) == 1 and regions & about.checks.limbs else None
    return Exam(modalities, contrast, _with_parents(regions), side if side != "both" else None, ordered)


def _with_parents(regions: frozenset[str]) -> frozenset[str]:
    """ "Thoracic spine" is not a chest, nor "cervical spine" a neck, although their words say so."""
    if "spine_t" in regions and "spine" in regions:
        return regions - {"chest"}
    return regions


def title(about: Subject) -> Range:
    """The first line of the text where it names an examination: short, and before any section."""
    shadow = about.shadow
    start = len(shadow) - len(shadow.lstrip())
    end = shadow.find("\n", start)
    end = len(shadow) if end < 0 else end
    if end - start > _TITLE:
        return start, start
    first = about.reading.sections[0] if about.reading.sections else None
    if first is not None and first.name != "exam" and first.start < end:
        head = first.heading.start if first.heading else first.start
        end = max(start, head)
    return (start, end) if any(_any(about.hits(f"modality_{m.lower()}"), (start, end)) for m in _MODALITIES) else (start, start)


def _any(spans: list[Range], part: Range) -> bool:
    return any(part[0] <= s and e <= part[1] for s, e in spans)


def _modalities(about: Subject, source: SourceName, part: Range) -> frozenset[str]:
    found = {m for m in _MODALITIES if _any(about.hits(f"modality_{m.lower()}", source), part)}
    if "MG" in found:
        found.discard("XR")
    return frozenset(found)


def contrast_of(about: Subject, source: SourceName, part: Range) -> str | None:
    """What a stretch of text says of contrast: "with", "none", or None where it says nothing or both."""
    inside = [s for s in about.hits("contrast_none", source) if part[0] <= s[0] and s[1] <= part[1]]
    given = [
        s
        for s in about.hits("contrast_given", source)
        if part[0] <= s[0] and s[1] <= part[1] and not any(n[0] <= s[0] and s[1] <= n[1] for n in inside)
    ]
    if _any(about.hits("contrast_mixed", source), part):
        return "with"
    if inside and _any(about.hits("enhancement", source), part):
        # "Noncontrast, corticomedullary and nephrographic phases".
        return "with"
    if given and inside:
        # "CT of the abdomen, plain and after 80 mL": both passes were made.
        return "with" if source == "text" else None
    return "with" if given else "none" if inside else None
