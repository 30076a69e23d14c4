"""Whether a guideline is for a report, and for a lesion of it; where it is not, why, for whoever writes its reading.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from assistant.knowledge.predicates import LesionRules, Offer, When
from assistant.readers.rules import FrameIndex
from assistant.report.facts import Reading, Track


def offer_refused(offer: Offer, frames: FrameIndex, facts: Mapping[str, Any]) -> str:
    """Why a guideline is not offered for a report; empty where it is."""
    if offer.modality and facts.get("modality") and facts["modality"] not in offer.modality:
        return f"the modality is {facts['modality']}, not {' or '.join(offer.modality)}"
    asked_for = any(frames.matching(pattern, pattern.assertion) for pattern in offer.named)
    if offer.language and facts.get("language") not in offer.language and not asked_for:
        return f"the report's language is {facts.get('language')}, and nothing names the guideline"
    for pattern in offer.none_of:
        if frames.matching(pattern, pattern.assertion):
            return f"none_of: the report says {_name(pattern)}"
    for number, group in enumerate(offer.all_of, 1):
        if not any(frames.matching(pattern, pattern.assertion) for pattern in group):
            return f"all_of, group {number}: the report says none of {'; '.join(_name(pattern) for pattern in group)}"
    return ""


def lesion_refused(track: Track, rules: LesionRules, reading: Reading) -> str:
    """Why a guideline is not decided for a lesion; empty where it is."""
    said = {name for f in track.frames if f.assertion in ("present", "historical") for name in f.concept.parents}
    named = track.kinds | {n for k in track.kinds for n in _broader(k, track)}
    if rules.organ and track.organ not in rules.organ:
        return f"organ: it is in {track.organ or 'no organ that was understood'}, not in {_any_of(rules.organ)}"
    if unwanted := set(rules.never) & (named | track.entities):
        return f"never: it is called {_any_of(sorted(unwanted))}"
    if rules.names and not set(rules.names) & (named | said):
        return f"names: it is called {_any_of(sorted(track.kinds))}, and nothing calls it {_any_of(rules.names)}"
    if rules.needs and not set(rules.needs) & (named | said):
        return f"needs: nothing says of it {_any_of(rules.needs)}"
    if not any(source == "text" for source, _, _ in track.mentions):
        return "it stands in the indication or the name of the examination only"
    if not rules.size_or_place or _of_its_own(track):
        return ""
    if any(t is not track and t.organ == track.organ and _of_its_own(t) for t in reading.tracks):
        return "size_or_place: it has neither, and another lesion of the organ has"
    return ""


def _of_its_own(track: Track) -> bool:
    return bool(track.sizes or (track.place and track.place.parts))


def _broader(kind: str, track: Track) -> frozenset[str]:
    return next((f.concept.parents for f in track.frames if f.concept.id == kind), frozenset())


def _name(pattern: When) -> str:
    concept = pattern.concept if isinstance(pattern.concept, str) else _any_of(pattern.concept)
    return f"{concept} ({_any_of(pattern.assertion)})"


def _any_of(names: Iterable[str]) -> str:
    return " or ".join(names) or "nothing"
