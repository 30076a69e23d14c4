"""Names of guidelines, their inputs and categories in words, from the guidelines' own files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from assistant.report.results import Category

if TYPE_CHECKING:
    from assistant.knowledge.guideline import Guideline, Words

Find = Callable[[str], "Guideline | None"]


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
        base, _, part = name.partition(".")
        if guideline := self._find(base):
            holders = ([guideline.decisions[part]] if part in guideline.decisions else []) + [guideline]
            for holder in holders:
                if key in holder.inputs:
                    return _in(holder.inputs[key].title, language)
        return key.replace("_", " ")

    def category(self, category: Category, language: str) -> str:
        """What the category means, in words; "" where it is open or the guideline does not say."""
        guideline = self._find(category.guideline)
        if guideline is None or category.category not in guideline.categories:
            return ""
        return _in(guideline.categories[category.category].title, language)


def _in(words: Words, language: str) -> str:
    return words.zh if language == "zh" else words.en
