"""`radassist decide` without the command line: rows of features in, rows of decisions out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from assistant.errors import AssistantError, InputError
from assistant.knowledge import shelf
from assistant.knowledge.decide import Decision, decide, decide_closed_world, fill_silence


def decide_rows(rows: Iterable[Any], *, closed_world: bool = True) -> Iterator[dict[str, Any]]:
    """One answer per row, in order; a row that cannot be answered gives `{"id", "error"}` in its place.

    Args:
        rows: objects with `id`, `guideline` (a dot names a sub-decision) and `features`.
        closed_world: an omitted feature means "assessed, and negative or default". False: omitted is what a report's silence is.
    """
    for row in rows:
        name = row.get("id") if isinstance(row, Mapping) else None
        try:
            yield {"id": name, **decide_row(row, closed_world=closed_world)}
        except AssistantError as error:
            yield {"id": name, "error": error.as_dict()}


def decide_row(row: Any, *, closed_world: bool = True) -> dict[str, Any]:
    """The answer to one row, without its id.

    Raises:
        InputError: the row is no such object, or a value is none that the input can have.
        UnknownName: no such guideline or input.
    """
    if not isinstance(row, Mapping):
        raise InputError("A row must be an object.", code="bad_row", hint='Like {"id": "1", "guideline": "cnlc_2024", "features": {}}.')
    name, features = row.get("guideline"), row.get("features", {})
    if not isinstance(name, str):
        raise InputError(
            "The row does not say which guideline.", code="bad_row", hint='Add "guideline": "lirads_ctmri_v2018", for example.'
        )
    if not isinstance(features, Mapping) or not all(isinstance(key, str) for key in features):
        raise InputError("The features must be an object.", code="bad_row", hint='Like {"size_mm": 23, "aphe": "nonrim"}.')
    return answer(decide_closed_world(name, features) if closed_world else decide(name, fill_silence(name, features).known))


def shown_label(decision: Decision) -> Any:
    """The label in the form that the guideline gives it: text, true or false, or a list of words."""
    name, _, part = decision.guideline.partition(".")
    result = shelf.guideline(name).spec(part).result
    label = decision.label
    if label is None or result is None or result.form == "text" or label.startswith(("INSUFFICIENT:", "CONDITIONAL:")):
        return label
    return label.lower() == "true" if result.form == "bool" else label.split()


def answer(decision: Decision) -> dict[str, Any]:
    """A decision as the contract's object."""
    return {
        "guideline": decision.guideline,
        "label": shown_label(decision),
        "category": decision.category,
        "possible": list(decision.possible),
        "missing": list(decision.missing),
        "rows": list(decision.rows),
        "if_reported": [
            {"input": one.input, "value": one.value, "category": one.category, "possible": list(one.possible)}
            | ({} if one.lesion is None else {"lesion": one.lesion})
            for one in decision.if_reported
        ],
        "confidence": decision.confidence,
        "reason": None if decision.reason is None else {"en": decision.reason.en, "zh": decision.reason.zh},
        "dominant": decision.dominant,
    }
