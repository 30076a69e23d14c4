"""The names that findings are given where the report has no words of its own: knowledge_base/templates/wording.yaml."""

from __future__ import annotations

import functools
from typing import Any

import yaml

from assistant.errors import KnowledgeError
from assistant.rooms import room


@functools.cache
def wording() -> dict[str, Any]:
    """The names of knowledge_base/templates/wording.yaml.

    Raises:
        KnowledgeError: the file is not YAML.
    """
    path = room("knowledge_base") / "templates" / "wording.yaml"
    try:
        return dict(yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        raise KnowledgeError(str(error), file=str(path)) from error
