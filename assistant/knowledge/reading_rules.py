"""reading.yaml of each guideline, loaded once."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from assistant.knowledge.guideline import Guideline
from assistant.knowledge.lexicon import load_lexicon
from assistant.knowledge.predicates import ReadingRules, ReadRule, When
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


def drift(guideline: Guideline) -> Iterator[tuple[str, str]]:
    """Where reading.yaml names an input, a value or a concept that is not there: the input's name, and what is wrong."""
    rules = reading_rules(guideline.id)
    if rules is None:
        yield guideline.id, "there is no reading.yaml, so no report is ever given this guideline"
        return
    known = {name for concept in load_lexicon().concepts.values() for name in concept.parents} | {"any"}
    for name, listed in rules.inputs.items():
        spec = guideline.inputs.get(name)
        if spec is None:
            yield name, "reading.yaml reads an input that guideline.yaml does not have"
            continue
        for rule in listed:
            allowed = (True, False) if spec.type == "bool" else spec.values if spec.type in ("choice", "flags") else ()
            told = [rule.value, *rule.among, *rule.map.values(), *(rule.number.values.values() if rule.number else ())]
            for value in told:
                if allowed and value not in (None, *allowed):
                    yield name, f"reading.yaml gives a value that guideline.yaml does not have: {value}"
            for concept in _concepts(rule):
                if concept not in known:
                    yield name, f"reading.yaml names a concept that the lexicon does not have: {concept}"


def _concepts(rule: ReadRule) -> Iterator[str]:
    patterns: tuple[When, ...] = (*rule.when, *rule.unless)
    for pattern in patterns:
        yield from (pattern.concept,) if isinstance(pattern.concept, str) else pattern.concept
    if rule.number is not None:
        yield rule.number.after
