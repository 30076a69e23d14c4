"""The words of the views, from words.yaml, and the values of guideline inputs, from values.yaml."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import yaml

Say = Callable[..., str]


@functools.cache
def _words(name: str) -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.load((Path(__file__).parent / f"{name}.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return loaded


def words(language: str, file: str = "words") -> Say:
    """Says a word in a language; a name without a word is shown as it is, its underscores as spaces.

    Example: words("zh")("stable") -> "稳定"
    """
    key = "zh" if language == "zh" else "en"

    def say(name: object, *values: object) -> str:
        entry = _words(file).get(str(name).lower() if isinstance(name, bool) else str(name))
        text = entry[key] if entry else str(name).replace("_", " ")
        for place, value in enumerate(values):
            text = text.replace(f"{{{place}}}", str(value))
        return text

    return say
