"""Names of guidelines, their inputs and categories in words, from the guidelines' own files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from assistant.report.results import Category, Value
from serve.render.words import words

if TYPE_CHECKING:
    from assistant.knowledge.guideline import Guideline, Input, Words

Find = Callable[[str], "Guideline | None"]


def from_shelf(name: str) -> Guideline | None:
    """A guideline of the knowledge base; None where there is none of that name."""
    from assistant.errors import UnknownName
    from assistant.knowledge.shelf import guideline

    try:
        return guideline(name)
    except UnknownName:
        return None


class Guides:
    """Looks names up; a name that no guideline has is shown as it is, its underscores as spaces."""

    def __init__(self, find: Find = lambda name: None) -> None:
        self._find = find

    def title(self, name: str, language: str) -> str:
        """The guideline's title; a sub-decision's behind it."""
        base, _, part = name.partition(".")
        guideline = self._find(base)
        if guideline is None:
            return name
        title = _in(guideline.title, language)
        return f"{title} · {_in(guideline.decisions[part].title, language)}" if part in guideline.decisions else title

    def input(self, name: str, key: str, language: str) -> str:
        """What an input is called."""
        found = self._input(name, key)
        return _in(found.title, language) if found else key.replace("_", " ")

    def value(self, name: str, key: str, value: Value, language: str) -> str:
        """A value of an input in words, with its unit; conditions such as ">=10 and <20" as people write them."""
        found = self._input(name, key)
        text = value_text(value, language)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if found and found.unit and (is_number or text[:1] in "<>≤≥"):
            return f"{text} {words(language, 'values')(found.unit)}"
        return text

    def _input(self, name: str, key: str) -> Input | None:
        base, _, part = name.partition(".")
        guideline = self._find(base)
        if guideline is None:
            return None
        own = guideline.decisions[part].inputs if part in guideline.decisions else {}
        return own.get(key) or guideline.inputs.get(key)

    def category(self, category: Category, language: str) -> str:
        """What the category means, in words; "" where it is open or the guideline does not say."""
        guideline = self._find(category.guideline)
        if guideline is None or category.category not in guideline.categories:
            return ""
        return _in(guideline.categories[category.category].title, language)


def value_text(value: Value, language: str) -> str:
    """A value for people; nothing is a dash."""
    if value is None or value == ():
        return "–"
    if isinstance(value, tuple | list):
        return ("、" if language == "zh" else ", ").join(value_text(v, language) for v in value)
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    text = words(language, "values")(value)
    return text.replace("<=", "≤").replace(">=", "≥") if text[:1] in "<>" else text


def _in(words: Words, language: str) -> str:
    return words.zh if language == "zh" else words.en
