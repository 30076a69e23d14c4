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
    """A pattern that matches any of the phrases: longest first, Latin ones as whole words, any white space for a space.

    Common beginnings are written once: thousands of phrases compile, and fail, several times faster so than as a flat list.
    """
    root: _Node = {}
    for word in spellings(phrases):
        node = root
        for char in word:
            node = node.setdefault(char, {})
        node[_END] = {}
    guarded = [_after(root, char, whole_words) for char in root if whole_words and _latin(char)]
    others = [_after(root, char, whole_words) for char in root if not (whole_words and _latin(char))]
    return "(?:" + "|".join([f"(?<![a-z0-9])(?:{'|'.join(guarded)})"] * bool(guarded) + others) + ")"


_Node = dict[str, "_Node"]
"""What may follow a beginning, by its next character."""
_END = ""


def _after(node: _Node, char: str, whole: bool) -> str:
    """The pattern of a character and of everything that may follow it, longest first."""
    run = ""
    while True:
        run += r"\s{1,4}" if char == " " else re.escape(char)
        node = node[char]
        if len(node) > 1 or _END in node:
            break
        (char,) = node
    tails = [_after(node, follower, whole) for follower in node if follower != _END]
    if _END in node:
        tails.append("(?![a-z0-9])" if whole and _latin(char) else "")
    return run + (tails[0] if len(tails) == 1 else f"(?:{'|'.join(tails)})")


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()
