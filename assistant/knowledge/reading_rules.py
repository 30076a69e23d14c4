"""reading.yaml of each guideline, loaded once."""

from __future__ import annotations

import functools

from assistant.knowledge.predicates import ReadingRules
from assistant.knowledge.shelf import folder
from assistant.knowledge.strict_yaml import load_model


@functools.cache
def reading_rules(guideline_id: str) -> ReadingRules | None:
    """How reports say what a guideline asks; None where nobody has written it yet (the guideline is then not offered).

    Raises:
        KnowledgeError: the file is malformed.
    """
    path = folder() / guideline_id / "reading.yaml"
    return load_model(path, ReadingRules) if path.is_file() else None
