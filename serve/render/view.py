"""A review as the views show it: cards with the places of the text that they rest on. Knows neither terminal nor HTML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from assistant.report.results import Category, InputReading, Issue, Review
from assistant.report.text import Report, SourceName
from serve.render.guides import Guides
from serve.render.words import Say, words

Kind = Literal["category", "issue", "finding", "lesion", "explanation"]


class Place(NamedTuple):
    """A range of one source text."""

    source: SourceName
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Card:
    """One result and where the report says it; `key` ties it to its marks in the text."""

    key: str
    kind: Kind
    result: Any
    places: tuple[Place, ...] = ()
    tone: str = ""
    """Severity of an issue, assertion of a finding, openness of a category."""


@dataclass(frozen=True, slots=True)
class InputRow:
    """One feature of a category: what was read and where."""

    key: str
    name: str
    value: str
    state: str
    quotes: tuple[str, ...]
    places: tuple[Place, ...]


def assumed(rows: Iterable[InputRow], language: str) -> str:
    """The features whose silence the guideline lets count as absent, in a line."""
    return ("、" if language == "zh" else ", ").join(row.name for row in rows if row.state == "assumed")


@dataclass(slots=True)
class View:
    """Everything that the views show of one report."""

    report: Report
    review: Review
    language: str
    say: Say
    guides: Guides
    sources: tuple[tuple[SourceName, str], ...]
    categories: list[Card] = field(default_factory=list)
    inputs: dict[str, list[InputRow]] = field(default_factory=dict)
    """By key of the category's card."""
    issues: list[Card] = field(default_factory=list)
    present: list[Card] = field(default_factory=list)
    absent: list[Card] = field(default_factory=list)
    sentences: list[Card] = field(default_factory=list)

    def marks(self) -> list[tuple[Place, str, str]]:
        """Every place with the key and the tone class of what rests on it."""
        cards = [*self.categories, *self.issues, *self.present, *self.absent, *self.sentences]
        found = [(place, card.key, f"{card.kind} {card.tone}".strip()) for card in cards for place in card.places]
        found += [(place, row.key, "input") for rows in self.inputs.values() for row in rows for place in row.places]
        return found

    def lesion_marks(self) -> list[tuple[Place, str, str]]:
        """The places of each lesion and its sizes; they light up, but have no look of their own."""
        found = []
        for number, lesion in enumerate(self.review.lesions, 1):
            evidence = [*lesion.evidence, *(e for point in lesion.timeline for e in point.evidence)]
            found += [(place, f"l{number}", "lesion") for place in _places(evidence)]
        return found


def build(report: Report, review: Review, language: str | None = None, guides: Guides | None = None) -> View:
    """The view of a review, labels in the language given, else in the report's."""
    shown = language or ("zh" if review.language.startswith("zh") else "en")
    names: tuple[SourceName, ...] = ("exam", "indication", "clinical", "text", "prior")
    sources = tuple((name, report.source(name)) for name in names if report.source(name))
    view = View(report, review, shown, words(shown), guides or Guides(), sources)
    for number, category in enumerate(review.categories or (), 1):
        card = Card(f"c{number}", "category", category, _places(category.stated_evidence), _openness(category))
        view.categories.append(card)
        view.inputs[card.key] = _input_rows(card.key, category, view)
    for number, issue in enumerate(review.issues or (), 1):
        view.issues.append(Card(f"i{number}", "issue", issue, _issue_places(issue), issue.severity))
    for number, finding in enumerate(review.structured.findings if review.structured else (), 1):
        card = Card(f"f{number}", "finding", finding, _places(finding.evidence), finding.assertion)
        (view.absent if finding.assertion == "absent" else view.present).append(card)
    for number, sentence in enumerate(review.explanation.sentences if review.explanation else (), 1):
        spots = tuple(Place("text", span.start, span.end) for span in sentence.evidence)
        view.sentences.append(Card(f"e{number}", "explanation", sentence, spots))
    return view


def size_text(axes: Iterable[float]) -> str:
    """Axes as they are written: "23 x 19 mm"."""
    numbers = [f"{axis:.1f}".rstrip("0").rstrip(".") for axis in axes]
    return f"{' × '.join(numbers)} mm" if numbers else ""


def category_text(category: Category, say: Say) -> str:
    """The answer in a line: the category, or those still possible."""
    if category.category is not None:
        if category.category == "NOT_APPLICABLE":
            return say("not_applicable")
        label = category.label
        return label if isinstance(label, str) and label else ", ".join(label) if isinstance(label, tuple) else category.category
    return f" {say('or')} ".join(category.possible)


def stated_differs(category: Category) -> bool:
    """Whether the category that the report states is none that its features allow."""
    if not category.stated:
        return False
    return category.stated not in {*category.possible, category.category, category.label, category.adjusted}


def _openness(category: Category) -> str:
    if category.category == "NOT_APPLICABLE":
        return "none"
    return "settled" if category.category is not None else "open"


def _input_rows(key: str, category: Category, view: View) -> list[InputRow]:
    order = {"stated": 0, "negated": 1, "uncertain": 2, "assumed": 3, "not_stated": 4}
    named = sorted(category.inputs.items(), key=lambda item: order[item[1].state])
    return [_input_row(f"{key}-{number}", category.guideline, name, reading, view) for number, (name, reading) in enumerate(named, 1)]


def _input_row(key: str, guideline: str, name: str, reading: InputReading, view: View) -> InputRow:
    return InputRow(
        key,
        view.guides.input(guideline, name, view.language),
        view.guides.value(guideline, name, reading.value, view.language),
        # A value without words of its own (how many, the largest) is worked out from several places.
        "worked_out" if reading.state == "stated" and not reading.evidence else reading.state,
        tuple(dict.fromkeys(" ".join(e.quote.split()) for e in reading.evidence)),
        _places(reading.evidence),
    )


def _places(evidence: Iterable[Any]) -> tuple[Place, ...]:
    return tuple(dict.fromkeys(Place(e.source, e.start, e.end) for e in evidence))


def _issue_places(issue: Issue) -> tuple[Place, ...]:
    return (Place("text", issue.start, issue.end), *(Place("text", span.start, span.end) for span in issue.related))
