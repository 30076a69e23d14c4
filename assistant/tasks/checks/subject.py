"""A report as the rules see it: labelled phrases, who the patient is, what the examination is, and where each thing stands."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from assistant.knowledge.checks import CheckRule, Checks, TermWhere
from assistant.report.facts import Reading, Sentence
from assistant.report.results import Category, Issue
from assistant.report.text import Section, SourceName, Span

Range = tuple[int, int]

NOT_BODY = frozenset({"exam", "indication", "clinical", "technique", "comparison", "signature", "communication", "recommendation"})
"""Sections that do not say what this examination shows."""
PATIENT_FREE = frozenset({"comparison", "signature", "communication"})
"""Sections that may speak of somebody or something else."""
_NO_SPANS: list[Range] = []


def _start(span: Range) -> int:
    return span[0]


def _end(span: Range) -> int:
    return span[1]


@dataclass(frozen=True, slots=True)
class Subject:
    """One report, ready for the rules."""

    reading: Reading
    checks: Checks
    categories: tuple[Category, ...] = ()
    spans: dict[SourceName, dict[str, list[Range]]] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)
    lines: list[Sentence] = field(default_factory=list)
    """Sentences of the text, in order, and their starts."""

    @property
    def text(self) -> str:
        return self.reading.report.text

    @property
    def shadow(self) -> str:
        return self.reading.shadow.get("text", "")

    @property
    def language(self) -> str:
        return self.reading.language

    def hits(self, label: str, source: SourceName = "text") -> list[Range]:
        """Where phrases of a label stand."""
        return self.spans.get(source, {}).get(label, _NO_SPANS)

    def line(self, at: int) -> Sentence | None:
        """The sentence that an offset of the text lies in."""
        n = bisect_right(self.starts, at) - 1
        return self.lines[n] if n >= 0 and at < self.lines[n].end else None

    def clause(self, at: int) -> Range:
        """The clause around an offset."""
        line = self.line(at)
        if line is None:
            return at, at + 1
        for clause in line.clauses:
            if clause.start <= at < clause.end:
                return clause.start, clause.end
        return line.start, line.end

    def within(self, label: str, start: int, end: int) -> bool:
        """Whether a phrase of a label stands in a range of the text."""
        return bool(self.between(label, start, end))

    def between(self, label: str, start: int, end: int) -> list[Range]:
        """The phrases of a label that overlap a range of the text."""
        spans = self.hits(label)
        # Spans of a label are in order and none lies in another, so their ends are in order too.
        low = bisect_right(spans, start, key=_end)
        return spans[low : bisect_left(spans, end, key=_start)]

    def section(self, at: int) -> str:
        """The canonical section of an offset; "title" for what stands before the first section of a report that has some."""
        line = self.line(at)
        if line is None:
            return ""
        if line.section == "" and self.reading.sections and line.end <= self.reading.sections[0].start:
            return "title"
        return line.section

    def in_part(self, at: int, part: str) -> bool:
        """Whether an offset is in `body`, `impression` or `report` as rules mean them."""
        section = self.section(at)
        if part == "impression":
            return section == "impression"
        if part == "body":
            return section not in NOT_BODY and section != "title"
        return section not in PATIENT_FREE

    def of_section(self, name: str) -> Iterator[Section]:
        """The sections of a name."""
        return (s for s in self.reading.sections if s.name == name)

    def found(self, where: TermWhere) -> Iterator[Range]:
        """Where a rule's term stands and nothing in its clause excuses it."""
        for start, end in self.hits(where.term):
            if not self.in_part(start, where.where):
                continue
            if where.unless:
                low, high = self.clause(start)
                if self.within(where.unless, low, high):
                    continue
            yield start, end
            if where.first:
                return

    def issue(
        self, rule: CheckRule, start: int, end: int, *, expected: str | None = None, related: Iterable[Range] = (), level: str | None = None
    ) -> Issue:
        """An issue of a rule at a range of the text, worded in the report's language."""
        quote = self.text[start:end]
        words = rule.message.get("zh" if self.language == "zh" else "en") or rule.message["en"]
        message = words.replace("{match}", " ".join(quote.split())).replace("{expected}", expected or "?")
        return Issue(
            type=rule.type, severity=level or rule.level, start=start, end=end, quote=quote, expected=expected,  # type: ignore[arg-type]
            related=tuple(Span(start=s, end=e) for s, e in related), message=message, rule=rule.id,
        )  # fmt: skip


def subject(reading: Reading, checks: Checks, categories: tuple[Category, ...] = ()) -> Subject:
    """The report with its phrases found."""
    spans = {source: checks.vocabulary.scan(shadow) for source, shadow in reading.shadow.items()}
    lines = sorted((s for s in reading.sentences if s.source == "text"), key=lambda s: s.start)
    return Subject(reading, checks, categories, spans, [s.start for s in lines], lines)
