"""Plain words: what can be seen, where, what stated categories say, and the sentences of an explanation (knowledge_base/glossary/)."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.errors import KnowledgeError
from assistant.knowledge.lexicon import expand
from assistant.rooms import room

Language = Literal["en", "zh"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class English(_Strict):
    """An English term: one of it, some or none of it, and what it is."""

    one: str
    some: str
    plain: str


class Chinese(_Strict):
    """A Chinese term and what it is."""

    name: str
    plain: str


class Thing(_Strict):
    """Something that can be seen, in plain words."""

    en: English
    zh: Chinese
    needs: tuple[str, ...] = ()
    """Words of which the report must have one before so grave a term may stand for it."""


class PlaceName(_Strict):
    """A part of the body, in plain words; `{side}` stands for the side."""

    en: str
    zh: str
    both: str | None = None
    none: str | None = None
    zh_both: str | None = None
    zh_none: str | None = None
    said_by: tuple[str, ...] = ()
    """The place need not be said again where the words for the finding hold one of these."""


class Meaning(_Strict):
    """What a category says, in both languages."""

    en: str
    zh: str


class Family(_Strict):
    """A system of categories: how it is written, which values say benign, and what each says."""

    pattern: re.Pattern[str]
    low: frozenset[str]
    values: dict[str, Meaning]


class Attribute(_Strict):
    """A word that reports add to a finding, and how it is said again."""

    cues: tuple[str, ...]
    en: str
    zh: str


class Action(_Strict):
    """Something that reports advise."""

    cues: tuple[str, ...]
    en: str
    zh: str
    article: str = ""


class Templates(_Strict):
    """Sentences, cues and advice."""

    sentences: dict[Language, dict[str, Any]]
    attributes: dict[str, Attribute]
    cues: dict[str, tuple[str, ...]]
    actions: dict[str, Action]
    repeat: tuple[str, ...]
    filler: tuple[str, ...]


class Glossary(_Strict):
    """All plain words."""

    things: dict[str, Thing]
    places: dict[str, PlaceName]
    levels: dict[str, Any]
    families: dict[str, Family]
    templates: Templates

    @functools.cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {}

    def cue(self, name: str) -> re.Pattern[str]:
        """The pattern of a set of cues."""
        if name not in self._patterns:
            self._patterns[name] = matcher(self.templates.cues[name])
        return self._patterns[name]

    @functools.cached_property
    def attribute_cues(self) -> tuple[re.Pattern[str], dict[str, Attribute]]:
        """One pattern for the cues of all attributes, and the attribute of each cue."""
        of = {cue: a for a in self.templates.attributes.values() for cue in a.cues}
        return matcher(tuple(of)), of

    @functools.cached_property
    def remark(self) -> re.Pattern[str]:
        """Everything that a remark without a noun may hold: attributes and small words."""
        cues = tuple(c for a in self.templates.attributes.values() for c in a.cues)
        return re.compile(matcher((*cues, *_SMALL)).pattern + r"|\s+")

    @functools.cached_property
    def action_cues(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """Action and its pattern, in the file's order."""
        return tuple((name, matcher(a.cues)) for name, a in self.templates.actions.items())

    @functools.cached_property
    def filler_cues(self) -> re.Pattern[str]:
        """Words of advice that add nothing."""
        return matcher((*self.templates.filler, *self.templates.repeat))

    @functools.cached_property
    def repeat_cues(self) -> re.Pattern[str]:
        """Words that make an examination a repeated one."""
        return matcher(self.templates.repeat)


_SMALL = ("is", "are", "a", "the", "of", "in", "nature", "very", "most", "likely", "it", "appears", "appearance", "性", "呈")


def matcher(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern for phrases with (a|b|) alternatives, Latin ones at word boundaries, longest first."""
    words = sorted({w for p in phrases for w in expand(p.lower()) if w}, key=lambda w: (-len(w), w))
    latin = [re.escape(w) for w in words if w[0].isascii()]
    other = [re.escape(w) for w in words if not w[0].isascii()]
    parts = ([rf"(?<![a-z0-9])(?:{'|'.join(latin)})(?![a-z0-9])"] if latin else []) + other
    return re.compile("|".join(parts))


def _yaml(path: Path) -> dict[str, Any]:
    try:
        return dict(yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        raise KnowledgeError(str(getattr(error, "problem", error)), file=str(path)) from error


def load(folder: Path) -> Glossary:
    """The glossary of a folder.

    Raises:
        KnowledgeError: a file is malformed or has a field that nothing here has.
    """
    places = _yaml(folder / "places.yaml")
    try:
        return Glossary.model_validate(
            {
                "things": _yaml(folder / "findings.yaml")["terms"],
                "places": places["terms"],
                "levels": places["levels"],
                "families": _yaml(folder / "scores.yaml")["families"],
                "templates": _yaml(folder / "templates.yaml"),
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise KnowledgeError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}", file=str(folder)) from error


@functools.cache
def load_glossary() -> Glossary:
    """The plain words of the knowledge base, loaded once per process."""
    return load(room("knowledge_base") / "glossary")
