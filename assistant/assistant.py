"""Class Assistant: the one façade. Every door calls it, and nothing else of the library."""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from assistant import __version__
from assistant.errors import UnknownName
from assistant.report.findings import Lesion, Structured, TimePoint
from assistant.report.results import Category, Explanation, Issue, Provenance, Review
from assistant.report.text import Report, readable
from assistant.rooms import room
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.knowledge.catalogue import Catalogue
    from assistant.knowledge.lexicon import Lexicon
    from assistant.report.facts import Reading, SizeAt, Track

TASKS = ("structure", "categorise", "check", "explain")
"""The verbs that a review may be asked for, in the order in which they run."""
READERS = ("rules",)
LANGUAGES = ("en", "zh")

_KNOWLEDGE = ("lexicon", "guidelines", "checks", "templates", "glossary")


class Assistant:
    """Reads reports. Build one and keep it: the knowledge base is loaded at the first report and held.

    Example:
        Assistant().review(Report(id="1", text="...")).categories
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.seconds: Counter[str] = Counter()
        """Time spent so far, per stage: load, read, structure, categorise, check, explain."""

    @functools.cached_property
    def lexicon(self) -> Lexicon:
        """The phrases of both languages."""
        from assistant.knowledge.lexicon import load_lexicon

        return load_lexicon()

    @functools.cached_property
    def catalogue(self) -> Catalogue:
        """Every guideline, loaded and validated."""
        from assistant.knowledge.catalogue import load_catalogue

        return load_catalogue()

    def read(self, report: Report) -> Reading:
        """The report, read deterministically: sections, sentences, measurements, frames, lesions.

        Raises:
            InputError: empty, too long, or not text.
        """
        readable(report.text)
        with self._timed("load"):
            lexicon = self.lexicon
            from assistant.reading import read
        with self._timed("read"):
            return read(report, lexicon)

    def review(self, report: Report, tasks: Iterable[str] = TASKS, reader: str | None = None, language: str | None = None) -> Review:
        """Everything asked for about one report; parts not asked for are None.

        Args:
            report: The report as received.
            tasks: Some of TASKS.
            reader: Who makes claims about guideline inputs; None: the site's choice.
            language: Language of the explanation; None: the site's choice, else the report's own.

        Raises:
            InputError: the report cannot be read.
            UnknownName: no such task, reader or language.
        """
        reader, language = reader or self.settings.reader, language or self.settings.language
        wanted = checked_names(tasks, reader, language)
        reading = self.read(report)
        structured = self._structured(reading)
        # What the report says of lesions is shared by all verbs; check and explain also stand on the categories.
        categories = self._categories(reading, what_if="categorise" in wanted) if set(wanted) - {"structure"} else ()
        return Review(
            id=report.id,
            language=reading.language,
            structured=structured if "structure" in wanted else None,
            lesions=_lesions(reading),
            categories=categories if "categorise" in wanted else None,
            issues=self._issues(reading, structured, categories) if "check" in wanted else None,
            explanation=self._explanation(reading, structured, categories, language) if "explain" in wanted else None,
            provenance=self._sealed(report, reader),
        )

    def structure(self, report: Report) -> Structured:
        """Template, sections and findings."""
        return self._structured(self.read(report))

    def categorise(self, report: Report) -> tuple[Category, ...]:
        """Guideline categories with their proof."""
        return self._categories(self.read(report))

    def check(self, report: Report) -> tuple[Issue, ...]:
        """Likely slips."""
        return self.review(report, ("check",)).issues or ()

    def explain(self, report: Report, language: str | None = None) -> Explanation | None:
        """The report in plain words, proven against it, or withheld with the reason."""
        return self.review(report, ("explain",), language=language).explanation

    def _structured(self, reading: Reading) -> Structured:
        from assistant.tasks.structure import structure

        with self._timed("structure"):
            return structure(reading)

    def _categories(self, reading: Reading, *, what_if: bool = True) -> tuple[Category, ...]:
        with self._timed("load"):
            catalogue = self.catalogue
            from assistant.tasks.categorise import categorise
        with self._timed("categorise"):
            return categorise(reading, catalogue, what_if=what_if)

    def _issues(self, reading: Reading, structured: Structured, categories: Sequence[Category]) -> tuple[Issue, ...]:
        from assistant.tasks.check import check

        with self._timed("check"):
            issues = check(reading, structured, tuple(categories))
        mute = self.settings.mute
        return tuple(i for i in issues if i.type not in mute and i.rule not in mute) if mute else issues

    def _explanation(self, reading: Reading, structured: Structured, categories: Sequence[Category], language: str | None) -> Explanation:
        from assistant.tasks.explain import explain

        with self._timed("explain"):
            return explain(reading, structured, tuple(categories), language)

    def _sealed(self, report: Report, reader: str) -> Provenance:
        digest = hashlib.sha256(report.text.encode("utf-8", "surrogatepass")).hexdigest()
        return Provenance(reader=reader, versions=versions(), text_sha256=digest)

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start = perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += perf_counter() - start  # type: ignore[assignment]


def checked_names(tasks: Iterable[str], reader: str = "rules", language: str | None = None) -> tuple[str, ...]:
    """The tasks asked for, in the order in which they run.

    Raises:
        UnknownName: there is no such task, reader or language; or no task is named.
    """
    asked = [known_name(task, TASKS, "task") for task in tasks]
    known_name(reader, READERS, "reader")
    if language is not None:
        known_name(language, LANGUAGES, "language")
    if not asked:
        raise UnknownName("No task is named.", hint=f"Name some of {','.join(TASKS)}.")
    return tuple(task for task in TASKS if task in asked)


@functools.cache
def versions() -> dict[str, str]:
    """What made a result: version of the code, and for each part of the knowledge base the start of its SHA-256."""
    knowledge = room("knowledge_base")
    found = {"radassist": __version__}
    return found | {name: _folder_sha256(knowledge / name)[:16] for name in _KNOWLEDGE if (knowledge / name).is_dir()}


def _folder_sha256(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def known_name(name: str, names: Iterable[str], what: str) -> str:
    """The name, if it is one of the names.

    Raises:
        UnknownName: it is none; the hint has the nearest.
    """
    names = tuple(names)
    if name in names:
        return name
    raise UnknownName(f"There is no {what} {name!r}.", hint=nearest(name, names))


def nearest(name: str, names: Iterable[str]) -> str:
    """A hint with the names most like the one given, or all of them where none is near."""
    import difflib

    known = sorted(names)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(known)}."


def _lesions(reading: Reading) -> tuple[Lesion, ...]:
    return tuple(_lesion(reading, track) for track in reading.tracks)


def _lesion(reading: Reading, track: Track) -> Lesion:
    """A lesion as the contract shows it: its evidence, and one time point for each dated size, this examination last."""
    quote = reading.report.quote
    times: dict[tuple[bool, str | None, float | None], list[SizeAt]] = {}
    for size in sorted(track.sizes, key=lambda s: (not s.is_prior, s.date or "", -(s.months_before or 0))):
        times.setdefault((size.is_prior, size.date, size.months_before), []).append(size)
    points = [
        TimePoint(
            date=date,
            months_before=months,
            size_mm=max(sizes, key=lambda s: s.axes_mm).axes_mm,
            evidence=tuple(quote(s.start, s.end, s.source) for s in sizes),
        )
        for (_, date, months), sizes in times.items()
    ]
    now = [s.axes_mm[0] for s in track.sizes if not s.is_prior and s.axes_mm]
    return Lesion(
        id=track.id,
        label=track.label,
        size_mm=max(now, default=None),
        timeline=tuple(points),
        evidence=tuple(quote(start, end, source) for source, start, end in track.mentions),
    )
