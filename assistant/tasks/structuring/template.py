"""The template that a report is given, from the words of its examination and title and from what it speaks of."""

from __future__ import annotations

import functools
import re
from collections import Counter
from typing import Any

import yaml

from assistant.errors import KnowledgeError
from assistant.report.facts import Reading
from assistant.rooms import room

_TITLE_CHARS = 160


@functools.cache
def _data() -> dict[str, Any]:
    path = room("knowledge_base") / "templates" / "templates.yaml"
    try:
        return dict(yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        raise KnowledgeError(str(error), file=str(path)) from error


@functools.cache
def _rows() -> list[tuple[str, frozenset[str], list[re.Pattern[str]]]]:
    return [
        (str(row["id"]), frozenset(row["modality"]), [re.compile("|".join(re.escape(str(w)) for w in words)) for words in row["words"]])
        for row in _data()["templates"]
    ]


def choose(reading: Reading) -> str:
    """The id of the template."""
    shadow = reading.shadow.get("text", "")
    heads = [reading.shadow.get("exam", "")]
    heads += [shadow[s.start : s.end] for s in reading.sections if s.name in ("exam", "technique")]
    title = shadow[: shadow.find("\n") if 0 <= shadow.find("\n") < _TITLE_CHARS else _TITLE_CHARS]
    words = "\n".join([*heads, title])
    modality = _modality(reading, words)
    for name, fits, needed in _rows():
        if modality in fits and all(p.search("\n".join([heads[0], title]) if len(needed) == 1 else words) for p in needed):
            return name
    organs = Counter(f.place.organ for f in reading.frames if f.place is not None and f.source == "text")
    table = _data()["by_organ"].get(modality) or _data()["by_organ"][""]
    for organ, _ in organs.most_common(3):
        if organ in table:
            return str(table[organ])
    return str(table["default"])


def _modality(reading: Reading, words: str) -> str:
    stated = (reading.report.modality or "").upper()
    if stated:
        return {"MRI": "MR", "CR": "XR", "DX": "XR", "PT": "PET"}.get(stated, stated)
    for index, sentence in enumerate(reading.sentences):
        if sentence.source == "exam" or sentence.section in ("", "exam", "technique") or index < 3:
            for mention in reading.mentions[index]:
                if found := mention.concept.attrs.get("modality"):
                    return _petless(words, found)
    return next((name for name, pattern in _modalities() if pattern.search(words)), "")


@functools.cache
def _modalities() -> list[tuple[str, re.Pattern[str]]]:
    """Words that name a modality where the lexicon's longer phrases have swallowed it ("low-dose CT chest")."""
    return [(str(name), re.compile("|".join(words))) for name, words in _data()["modality_words"].items()]


def _petless(words: str, found: str) -> str:
    return "PET" if "pet" in words else found
