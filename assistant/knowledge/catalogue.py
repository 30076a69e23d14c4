"""Every guideline of the knowledge base, in order of their ids, each loaded once per process."""

from __future__ import annotations

import functools

from assistant.knowledge.guideline import Guideline
from assistant.knowledge.shelf import guideline, guideline_ids

Catalogue = tuple[Guideline, ...]


@functools.cache
def load_catalogue() -> Catalogue:
    """The guidelines that there are.

    Raises:
        KnowledgeError: a file is wrong; file, line and field are named.
    """
    return tuple(guideline(name) for name in guideline_ids())
