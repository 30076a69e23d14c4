"""Which observations may be two words for one thing, so that findings and impression can be compared."""

from __future__ import annotations

import functools

import yaml

from assistant.report.facts import Concept
from assistant.rooms import room


@functools.cache
def _data() -> tuple[dict[str, frozenset[int]], frozenset[str]]:
    """Concept id to the numbers of its groups, and the ids too vague to compare."""
    data = yaml.load((room("knowledge_base") / "checks" / "same_thing.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    groups: dict[str, set[int]] = {}
    for number, ids in enumerate(data["groups"]):
        for name in ids:
            groups.setdefault(name, set()).add(number)
    return {k: frozenset(v) for k, v in groups.items()}, frozenset(data["vague"])


@functools.cache
def _groups_of(concept: Concept) -> frozenset[int]:
    groups, _ = _data()
    if own := groups.get(concept.id):
        return own
    return frozenset(n for name in concept.parents - {"lesion", "focal"} for n in groups.get(name, ()))


def alike(one: Concept, two: Concept) -> bool:
    """Whether two concepts are the same, one a kind of the other, or of one group."""
    return one.id == two.id or one.is_a(two.id) or two.is_a(one.id) or bool(_groups_of(one) & _groups_of(two))


def is_vague(concept: Concept) -> bool:
    """Whether a word says too little to be compared ("abnormality", "change")."""
    return concept.id in _data()[1]
