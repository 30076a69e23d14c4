"""The data files of the low-level reading (knowledge_base/lexicon/reading_*.yaml) and the patterns made of their phrases."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any

import yaml

from assistant.errors import KnowledgeError
from assistant.knowledge.lexicon import expand
from assistant.rooms import room


@functools.cache
def load(name: str) -> dict[str, Any]:
    """The data of reading_NAME.yaml, read once per process.

    Raises:
        KnowledgeError: the file is not YAML.
    """
    path = room("knowledge_base") / "lexicon" / f"reading_{name}.yaml"
    try:
        data = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise KnowledgeError(str(getattr(error, "problem", error)), file=str(path)) from error
    return dict(data)


def spellings(phrases: Iterable[object]) -> list[str]:
    """Every spelling of phrases with (a|b|) alternatives, longest first."""
    return sorted({word for phrase in phrases for word in expand(str(phrase)) if word}, key=lambda w: (-len(w), w))


def alternation(phrases: Iterable[object], *, whole_words: bool = True) -> str:
    """A pattern that matches any of the phrases: longest first, Latin ones as whole words, any white space for a space."""
    return "(?:" + "|".join(_piece(word, whole_words) for word in spellings(phrases)) + ")"


def _piece(word: str, whole: bool) -> str:
    piece = re.escape(word).replace(r"\ ", r"\s{1,4}")
    if whole and word[0].isascii() and word[0].isalnum():
        piece = "(?<![a-z0-9])" + piece
    if whole and word[-1].isascii() and word[-1].isalnum():
        piece += "(?![a-z0-9])"
    return piece
