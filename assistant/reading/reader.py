"""One pass over a report: text in, `Reading` out. Everything deterministic is computed here, once."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.knowledge.lexicon import Lexicon, load_relations
from assistant.reading.assertion import judge
from assistant.reading.changes import settled
from assistant.reading.language import report_language
from assistant.reading.lesions import Linker, label
from assistant.reading.measurements import find_measurements
from assistant.reading.places import places_in
from assistant.reading.priors import follow_priors
from assistant.reading.relations import Relations
from assistant.reading.sections import find_sections
from assistant.reading.sentences import split
from assistant.reading.shadow import fold
from assistant.reading.thread import Line
from assistant.reading.weave import Weaver
from assistant.report.facts import Measurement, Mention, Reading, Sentence
from assistant.report.text import Report, Section, SourceName

_ONLY_IF_NAMED = frozenset({"prostate"})
"""Organs whose parts are called by words of other organs ("apex", "midline")."""
_SOURCES: tuple[SourceName, ...] = ("exam", "indication", "clinical", "text")


def read(report: Report, lexicon: Lexicon) -> Reading:
    """The report, read.

    Args:
        report: text, with exam and indication where known.
        lexicon: the phrases to look for.
    """
    shadows: dict[SourceName, str] = {"text": fold(report.text)}
    language = report.language if report.language in ("en", "zh") else report_language(report.text, shadows["text"])
    lines: list[Line] = []
    sections: tuple[Section, ...] = ()
    organs: set[str] = set()
    for name in _SOURCES:
        source = report.source(name)
        if not source.strip():
            continue
        shadow = shadows.setdefault(name, fold(source))
        found: tuple[Section, ...] = find_sections(source, shadow, language) if name == "text" else ()
        sections = sections or found
        lines += _lines(source, shadow, split(source, shadow, found, name), lexicon, len(lines), organs)
    frames, tracks = Weaver.of(shadows, Linker(lexicon)).weave(lines)
    frames += Relations(load_relations(), shadows).read(lines)
    for track in tracks:
        track.label = label(track, report, language)
    if report.prior:
        follow_priors(report, tracks, lexicon, lambda earlier: read(earlier, lexicon))
    return Reading(
        report=report,
        language=language,
        shadow=shadows,
        sections=sections,
        sentences=tuple(line.sentence for line in lines),
        mentions=tuple(tuple(line.mentions) for line in lines),
        measurements=tuple(tuple(line.sizes) for line in lines),
        frames=tuple(frames),
        tracks=tuple(tracks),
        places=tuple(tuple(line.places) for line in lines),
        judged=tuple(line.judged for line in lines),
    )


def _lines(source: str, shadow: str, sentences: Sequence[Sentence], lexicon: Lexicon, first: int, organs: set[str]) -> list[Line]:
    mentions, sizes = (
        _one_body_part(_phases_first(lexicon.scan(_unwrapped(shadow, sentences), organs)), organs),
        find_measurements(source, shadow),
    )
    out: list[Line] = []
    m = s = 0
    for index, sentence in enumerate(sentences, first):
        mine: list[Mention] = []
        while m < len(mentions) and mentions[m].start < sentence.end:
            if mentions[m].start >= sentence.start:
                mine.append(mentions[m])
            m += 1
        lengths: list[Measurement] = []
        while s < len(sizes) and sizes[s].start < sentence.end:
            if sizes[s].start >= sentence.start:
                lengths.append(sizes[s])
            s += 1
        mine = settled(shadow, sentence, mine, lengths, lexicon)
        out.append(Line(sentence, index, mine, lengths, places_in(shadow, mine, sentence), judge(shadow, sentence, mine)))
    return out


def _unwrapped(shadow: str, sentences: Sequence[Sentence]) -> str:
    """The text with the line breaks inside sentences as spaces, so that a phrase may run over the end of a line."""
    pieces: list[str] = []
    done = 0
    for sentence in sentences:
        inside = shadow[sentence.start : sentence.end].rstrip()
        if "\n" in inside:
            pieces += (shadow[done : sentence.start], inside.replace("\n", " "))
            done = sentence.start + len(inside)
    return "".join((*pieces, shadow[done:])) if pieces else shadow


def _phases_first(mentions: list[Mention]) -> list[Mention]:
    """Where the same words name a vessel and a phase ("portal venous"), they are read as the phase."""
    there = {m.id for m in mentions} | {str(m.concept.attrs.get("organ")) for m in mentions if "beside" not in m.concept.attrs}
    # PV, CA and "duct" are anatomy only where the report speaks of what they belong to
    mentions = [m for m in mentions if not (beside := m.concept.attrs.get("beside")) or not there.isdisjoint(beside.split())]
    mesenteric = not there.isdisjoint(("superior_mesenteric_artery", "superior_mesenteric_vein"))
    if mesenteric or not any(m.concept.attrs.get("organ") == "liver" for m in mentions):
        # AP and PV are phases in a report on the liver only; elsewhere they are a projection and a vessel
        mentions = [m for m in mentions if m.concept.attrs.get("abbreviation") != "true"]
    timed = {m.start for m in mentions if m.kind == "phase"}
    return [m for m in mentions if m.kind != "anatomy" or m.start not in timed] if timed else mentions


def _one_body_part(mentions: list[Mention], organs: set[str]) -> list[Mention]:
    """Words that name parts of several organs ("right apex": of a lung, of the prostate) are of the one that the report speaks of.

    Args:
        mentions: of one source, in order.
        organs: named so far without doubt; those of this source are added.
    """
    spans: dict[tuple[int, int], set[str]] = {}
    for m in mentions:
        if m.kind == "anatomy" and m.concept.attrs.get("organ"):
            spans.setdefault((m.start, m.end), set()).add(m.concept.attrs["organ"])
    shared = {span: found for span, found in spans.items() if len(found) > 1}
    organs |= {m.concept.attrs["default_organ"] for m in mentions if m.concept.attrs.get("default_organ")}
    organs |= {organ for found in spans.values() if len(found) == 1 for organ in found}
    if not shared:
        return mentions
    meant = {span: found & organs or found - _ONLY_IF_NAMED or found for span, found in shared.items()}
    return [
        m
        for m in mentions
        if m.kind != "anatomy" or m.concept.attrs.get("organ") in meant.get((m.start, m.end), {m.concept.attrs.get("organ")})
    ]
