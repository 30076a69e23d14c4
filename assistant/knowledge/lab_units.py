"""The units of laboratory values, as data (knowledge_base/lexicon/reading_lab_units.yaml)."""

from __future__ import annotations

import functools
from typing import Any

import yaml

from assistant.errors import KnowledgeError
from assistant.rooms import room


@functools.cache
def lab_units() -> dict[str, dict[str, dict[str, Any]]]:
    """Concept to unit to how it is written, its factor, and which bare numbers may be meant in it.

    Raises:
        KnowledgeError: the file is not YAML.
    """
    path = room("knowledge_base") / "lexicon" / "reading_lab_units.yaml"
    try:
        data = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise KnowledgeError(str(getattr(error, "problem", error)), file=str(path)) from error
    return {str(concept): {str(name): dict(row) for name, row in units.items()} for concept, units in data.items()}
