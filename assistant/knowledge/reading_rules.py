"""reading.yaml of each guideline, loaded once."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter

from assistant.knowledge import kept
from assistant.knowledge.guideline import Guideline, Input
from assistant.knowledge.lab_units import lab_units
from assistant.knowledge.lexicon import Lexicon, load_lexicon, load_relations
from assistant.knowledge.predicates import LesionRules, Offer, ReadingRules, ReadRule, When
from assistant.knowledge.shelf import folder
from assistant.knowledge.strict_yaml import load_model


def all_rules() -> dict[str, ReadingRules]:
    """How reports say what each guideline asks, by id; guidelines of which nobody has written it yet are missing (and never offered).

    Raises:
        KnowledgeError: a file is malformed.
    """
    return _all_in(folder())


@functools.cache
def _all_in(shelf: Path) -> dict[str, ReadingRules]:
    paths = {path.parent.name: path for path in sorted(shelf.glob("*/reading.yaml"))}
    digest = hashlib.sha256(b"\0".join(name.encode() + b"\0" + path.read_bytes() for name, path in paths.items())).hexdigest()
    data = kept.load("reading", digest)
    with suppress(ValueError):
        if data is not None:
            return _RULES.validate_json(data)
    rules = {name: load_model(path, ReadingRules) for name, path in paths.items()}
    kept.keep("reading", digest, _RULES.dump_json(rules, by_alias=True))
    return rules


_RULES: TypeAdapter[dict[str, ReadingRules]] = TypeAdapter(dict[str, ReadingRules], config=ConfigDict(defer_build=True))


def reading_rules(guideline_id: str) -> ReadingRules | None:
    """How reports say what a guideline asks; None where nobody has written it yet."""
    return all_rules().get(guideline_id)


def drift(guideline: Guideline) -> Iterator[tuple[str, str]]:
    """Where reading.yaml names an input, a value or a concept that is not there: the input's name, and what is wrong."""
    rules = reading_rules(guideline.id)
    if rules is None:
        yield "reading", "there is no reading.yaml yet, so no report is ever given this guideline"
        return
    for part, decision in rules.decisions.items():
        if part not in guideline.decisions:
            yield part, "reading.yaml reads a decision that guideline.yaml does not have"
            continue
        yield from _drift(decision.inputs, guideline.asked(part), f"{part}.")
        yield from _gates(decision.offer, decision.lesions, part)
    yield from _drift(rules.inputs, guideline.inputs, "")
    yield from _gates(rules.offer, rules.lesions, guideline.id)


def _gates(offer: Offer | None, lesions: LesionRules | None, where: str) -> Iterator[tuple[str, str]]:
    patterns = [*(w for group in offer.all_of for w in group), *offer.none_of, *offer.named] if offer else []
    named = list(_named(patterns))
    if lesions:
        named += [*lesions.names, *lesions.never, *lesions.needs]
        named += _named((*lesions.empty_when, *lesions.empty_unless, *lesions.alone_when, *lesions.side_when))
    for concept in named:
        if concept not in _concept_names():
            yield where, f"reading.yaml names a concept that the lexicon does not have: {concept}"


def _drift(read: Mapping[str, tuple[ReadRule, ...]], asked: Mapping[str, Input], prefix: str) -> Iterator[tuple[str, str]]:
    known = _concept_names()
    for bare, listed in read.items():
        name = prefix + bare
        spec = asked.get(bare)
        if spec is None:
            yield name, "reading.yaml reads an input that guideline.yaml does not have"
            continue
        for rule in listed:
            allowed = (True, False) if spec.type == "bool" else spec.values if spec.type in ("choice", "flags") else ()
            told = [rule.value, *rule.among, *rule.map.values(), *(rule.number.values.values() if rule.number else ())]
            if rule.lab is not None:
                told += [*rule.lab.bands.values(), *rule.lab.words.values()]
                if rule.lab.unit not in lab_units().get(rule.lab.of, ()):
                    yield name, f"reading.yaml asks for a unit that reading_labs.yaml does not have: {rule.lab.of} in {rule.lab.unit}"
            if rule.measure is not None:
                told += rule.measure.bands.values()
            for value in _each(told):
                if allowed and value not in (None, *allowed):
                    yield name, f"reading.yaml gives a value that guideline.yaml does not have: {value}"
            for concept in _concepts(rule):
                if concept not in known:
                    yield name, f"reading.yaml names a concept that the lexicon does not have: {concept}"


def _each(values: Iterable[object]) -> Iterator[object]:
    """Values, those of lists one by one (`among: [[], [punctate]]` of flags)."""
    for value in values:
        yield from value if isinstance(value, (list, tuple)) else (value,)


def _concept_names() -> frozenset[str]:
    return _names_in(load_lexicon()) | _names_in(load_relations())


@functools.lru_cache(maxsize=2)
def _names_in(lexicon: Lexicon) -> frozenset[str]:
    return frozenset(name for concept in lexicon.concepts.values() for name in concept.parents) | {"any"}


def _concepts(rule: ReadRule) -> Iterator[str]:
    patterns: tuple[When, ...] = (*rule.when, *rule.unless)
    yield from _named(patterns)
    if rule.number is not None:
        yield rule.number.after
    if rule.lab is not None:
        yield rule.lab.of
    if rule.measure is not None:
        yield from rule.measure.of
    if rule.nodes is not None:
        yield from rule.nodes.outside


def _named(patterns: Iterable[When]) -> Iterator[str]:
    for pattern in patterns:
        yield from (pattern.concept,) if isinstance(pattern.concept, str) else pattern.concept
