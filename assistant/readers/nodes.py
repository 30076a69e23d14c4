"""What the number of metastatic lymph nodes makes of an input: the number, a bound on it, or yes and no."""

from __future__ import annotations

from assistant.knowledge.guideline import Input
from assistant.knowledge.predicates import NodeRule
from assistant.reading.node_counts import count_nodes
from assistant.report.facts import Reading
from assistant.report.results import Value
from assistant.report.text import Evidence


def from_nodes(rule: NodeRule, spec: Input, reading: Reading) -> tuple[tuple[Value, ...], tuple[Evidence, ...]] | None:
    """The values that stay possible, and where the report says so; None where it says nothing of such nodes."""
    found = count_nodes(reading, rule.outside, beyond=rule.beyond)
    if found is None:
        return None
    (low, high), suspected, proof = found
    if spec.type in ("number", "integer"):
        if suspected:
            return (f">=0 and <={high}" if high is not None else ">=0",), proof
        return (low if high == low else f">={low}" if high is None else f">={low} and <={high}",), proof
    yes, no = rule.value, spec.default
    if low == 0:
        return None
    return ((yes, no) if suspected else (yes,)), proof
