"""The guidelines of the knowledge base, in order of their ids; each is loaded when it is first looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.knowledge.guideline import Guideline
from assistant.knowledge.predicates import ReadingRules
from assistant.knowledge.reading_rules import all_rules
from assistant.knowledge.shelf import guideline, guideline_ids


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Some guidelines by id. Reports are tried against how each is read; the tables of those that do not fit stay unopened."""

    ids: tuple[str, ...]

    def __iter__(self) -> Iterator[Guideline]:
        """Every guideline, loaded.

        Raises:
            KnowledgeError: a file is wrong; file, line and field are named.
        """
        return map(guideline, self.ids)

    def readable(self) -> Iterator[tuple[str, ReadingRules]]:
        """Those that reports can be given, with how reports say what they ask."""
        rules = all_rules()
        return ((name, rules[name]) for name in self.ids if name in rules)


def load_catalogue() -> Catalogue:
    """Every guideline that there is."""
    return Catalogue(guideline_ids())
