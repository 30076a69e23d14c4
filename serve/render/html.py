"""The page: one self-contained file, report on the left, results on the right, each lighting the other.

Nothing is loaded from anywhere: style and script stand in the file, and the content security policy allows those two by their
hashes and nothing else. Report text is hostile until escaped: the template escapes everything, and control and direction
characters are shown as symbols.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from assistant.report.findings import TimePoint
from assistant.report.results import Category, Review
from assistant.report.text import Report
from serve.render.guides import Guides
from serve.render.marks import segments, visible
from serve.render.view import View, assumed, build, category_text, size_text, stated_differs

_FOLDER = Path(__file__).resolve().parent.parent / "templates"


class Part(NamedTuple):
    """A stretch of the report in the page: escaped text with the keys and classes of what rests on it."""

    id: str
    text: str
    keys: str
    tones: str


def page(report: Report, review: Review, language: str | None = None, guides: Guides | None = None) -> str:
    """The whole page, labels in the language given, else in the report's."""
    view = build(report, review, language, guides)
    sources, first = _sources(view)
    style, script = _asset("review.css"), _asset("review.js")
    who = " ".join(filter(None, (report.sex, f"{report.age:g}" if report.age is not None else None)))
    return _template().render(
        view=view,
        say=view.say,
        show=visible,
        size=size_text,
        value=lambda c, name, value: view.guides.value(c.guideline, name, value, view.language),
        category_text=lambda category: category_text(category, view.say),
        stated_differs=stated_differs,
        assumed=lambda rows: assumed(rows, view.language),
        guideline_title=lambda c: view.guides.title(c.guideline, view.language),
        category_title=lambda c: view.guides.category(c, view.language),
        input_title=lambda c, name: view.guides.input(c.guideline, name, view.language),
        input_titles=lambda c: _titles(view, c),
        when=lambda point: _when(view, point),
        facts=[fact for fact in (report.date, report.exam if len(report.exam) < 80 else "", who) if fact],
        sources=sources,
        first=first,
        lesion_keys=_lesion_keys(view),
        plain=_plain(view),
        # Our own files, not data: they go in as they are, and the policy holds their hashes.
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def _sources(view: View) -> tuple[list[tuple[str, list[Part]]], dict[str, str]]:
    """Each source cut into parts, and for each key the id of its first part."""
    marks = [*view.marks(), *view.lesion_marks()]
    out: list[tuple[str, list[Part]]] = []
    first: dict[str, str] = {}
    for name, text in view.sources:
        parts = []
        for segment in segments(text, name, marks):
            part_id = f"{name}-{segment.start}"
            for key in segment.keys:
                first.setdefault(key, part_id)
            parts.append(
                Part(
                    part_id,
                    visible(segment.text),
                    " ".join(segment.keys),
                    " ".join(dict.fromkeys(f"m-{word}" for tone in segment.tones for word in tone.split())),
                )
            )
        out.append((name, parts))
    return out, first


def _plain(view: View) -> list[tuple[str, str]]:
    """The explanation in pieces: a sentence with its key, and what stands between sentences (line ends, headings) without one."""
    explanation = view.review.explanation
    pieces: list[tuple[str, str]] = []
    text, end = explanation.text if explanation else "", 0
    for card in view.sentences:
        start = text.find(card.result.text, end)
        if start >= 0:
            pieces += [("", text[end:start]), (card.key, card.result.text)]
            end = start + len(card.result.text)
    return [*pieces, ("", text[end:])]


def _lesion_keys(view: View) -> dict[str, str]:
    return {lesion.id: f"l{number}" for number, lesion in enumerate(view.review.lesions, 1)}


def _titles(view: View, category: Category) -> str:
    names = [visible(view.guides.input(category.guideline, name, view.language)) for name in category.missing]
    return ("、" if view.language == "zh" else ", ").join(names)


def _when(view: View, point: TimePoint) -> str:
    if point.date:
        return point.date
    if point.months_before is not None:
        return view.say("months_before", f"{point.months_before:g}")
    return view.say("now")


@functools.cache
def _template() -> Template:
    environment = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("review.html.j2")


@functools.cache
def _asset(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
