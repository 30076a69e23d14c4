"""How a report was read, on a terminal and in the program's own names: for whoever adds words or a guideline and asks why it is silent."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.knowledge.catalogue import Catalogue
from assistant.knowledge.guideline import Guideline
from assistant.knowledge.lexicon import load_lexicon
from assistant.knowledge.reading_rules import reading_rules
from assistant.knowledge.shelf import guideline
from assistant.readers.fitting import lesion_refused, offer_refused
from assistant.readers.rules import FrameIndex
from assistant.reading.exam import exam_facts
from assistant.reading.reader import read
from assistant.report.facts import Frame, Mention, Place, Reading
from assistant.report.results import Category
from assistant.report.text import Report
from assistant.tasks.categorise import categorise


def as_read(report: Report, name: str | None) -> Iterator[str]:
    """Lines: the concepts of each sentence, what is said, the lesions; with a guideline also what becomes of it."""
    known = guideline(name) if name else None
    reading = read(report, load_lexicon())
    yield "WORDS (phrase: concept, its kind, what it sets)"
    yield from _words(reading)
    yield "STATEMENTS (what reading.yaml sees with `when`)"
    yield from (_statement(frame) for frame in reading.frames if frame.concept.kind != "anatomy")
    yield "LESIONS"
    yield from _lesions(reading)
    if known is not None:
        yield known.id.upper()
        yield from _guideline(reading, known)


def _words(reading: Reading) -> Iterator[str]:
    for sentence, mentions in zip(reading.sentences, reading.mentions, strict=True):
        shadow = reading.shadow[sentence.source]
        if mentions:
            yield f"  {' '.join(shadow[sentence.start : sentence.end].split())}"
        yield from (f"      {shadow[m.start : m.end]}: {_concept(m)}" for m in mentions)


def _concept(mention: Mention) -> str:
    broader = sorted(mention.concept.parents - {mention.id})
    attrs = [f"{name}={value}" for name, value in mention.concept.attrs.items() if name not in ("en", "zh")]
    return ", ".join([f"{mention.id}{f' (is {chr(32).join(broader)})' if broader else ''}", mention.kind, *attrs])


def _statement(frame: Frame) -> str:
    certainty = "" if frame.certainty == "definite" else f", certainty {frame.certainty}"
    has = "".join(f", {name}={'|'.join(sorted(values))}" for name, values in frame.attrs.items())
    change = f", change {frame.change}" if frame.change else ""
    return f"  {frame.assertion} {frame.concept.id}{_place(frame.place)}{certainty}{change}{has}; of {frame.lesion or 'no lesion'}"


def _place(place: Place | None) -> str:
    if place is None:
        return ""
    return f", organ {place.organ or '?'}, part {'|'.join(sorted(place.parts)) or '-'}, laterality {place.laterality}"


def _lesions(reading: Reading) -> Iterator[str]:
    if not reading.tracks:
        yield "  none: only concepts under `focal` (is: [focal]) are followed as lesions"
    for track in reading.tracks:
        sizes = "; ".join(" x ".join(f"{a:g}" for a in s.axes_mm) + f" mm{' before' if s.is_prior else ''}" for s in track.sizes)
        names = " ".join(sorted(track.kinds))
        where = _place(track.place) or f", organ {track.organ or '?'}"
        yield f"  {track.id} “{track.label}”: {names}{where}; {sizes or 'no size'}"


def _guideline(reading: Reading, known: Guideline) -> Iterator[str]:
    rules = reading_rules(known.id)
    if rules is None:
        yield "  there is no reading.yaml, so no report is given it"
        return
    whole = FrameIndex.of(reading.frames)
    refused = offer_refused(rules.offer, whole, exam_facts(reading))
    yield f"  offer: {refused or 'met'}"
    for track in reading.tracks:
        yield f"  lesion {track.id}: {lesion_refused(track, rules.lesions, reading, whole) or 'met'}"
    answers = categorise(reading, Catalogue((known.id,)))
    for category in answers:
        yield from _answer(category)
    if not (answers or refused):
        yield "  no answer: no lesion is met, and a report without one is answered only where `alone_when` or `empty_when` is"


def _answer(category: Category) -> Iterator[str]:
    where = f" of {category.lesion.id}" if category.lesion else ""
    yield f"  {category.guideline}{where}: {category.category or ' or '.join(category.possible)}, rows {' '.join(category.rows) or 'none'}"
    for name, found in category.inputs.items():
        quoted = " | ".join(f"“{e.quote}”" for e in found.evidence)
        value = "" if found.state == "not_stated" else f"{found.value} "
        yield f"      {name}: {value}({found.state}) {quoted}".rstrip()
