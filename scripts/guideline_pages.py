"""Renders the guidelines for reading on paper: every input, table, row, citation and confidence mark, as the engine runs them."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.knowledge.guideline import (
    CONFIDENCE,
    Condition,
    Conditions,
    Decidable,
    ForEach,
    Guideline,
    Input,
    PointItem,
    Points,
    Product,
    Row,
    Scalar,
    Step,
    Table,
)
from assistant.knowledge.shelf import guideline, guideline_ids

_PER = {"lesion": "each lesion", "dominant": "the most severe lesion", "exam": "the examination", "patient": "the patient"}


def index_page() -> str:
    """The list of guidelines."""
    return (
        "# Guidelines\n\nOne folder of `knowledge_base/guidelines/` each; these pages are made from the files that the engine runs. "
        "Facts are encoded in our own words; compare them with the printed source before relying on them.\n\n"
        + guidelines_block("guidelines/")
    )


def guidelines_block(folder: str = "docs/guidelines/") -> str:
    """A table of the guidelines."""
    lines = ["| id | guideline | edition | answers for | categories |", "| --- | --- | --- | --- | --- |"]
    for name in guideline_ids():
        g = guideline(name)
        cats = ", ".join(g.categories)
        lines.append(f"| [`{g.id}`]({folder}{g.id}.md) | {g.title.en} | {_cell(g.edition)} | {_PER[g.applies.per]} | {_cell(cats)} |")
    return "\n".join(lines)


def sources_block() -> str:
    """A table of the guidelines' publishers, editions and terms."""
    lines = ["| guideline | publisher, edition | licence | read |", "| --- | --- | --- | --- |"]
    for name in guideline_ids():
        g = guideline(name)
        title = f"[{g.title.en}]({g.source.url})" if g.source.url else g.title.en
        lines.append(
            _line(
                title,
                f"{_cell(g.source.publisher)}, {_cell(g.source.edition)} ({g.source.year})",
                _cell(g.source.licence),
                _cell(g.source.read),
            )
        )
    return "\n".join(lines)


def guideline_page(name: str) -> str:
    """One guideline in full."""
    g = guideline(name)
    where = f"{g.source.publisher}, {g.source.edition}, {g.source.year}" + (f", <{g.source.url}>" if g.source.url else "")
    out = [
        f"# {g.title.en} ({g.title.zh})",
        f"`{g.id}`, edition {g.edition}. Source: {where}. Licence: {g.source.licence}.",
        f"Offered for {', '.join(g.applies.modality)} of {', '.join(g.applies.organ)}; answers for {_PER[g.applies.per]}.",
        "## Categories\n\nFrom the least to the most severe.\n\n" + _categories(g),
        *_decidable(g, g, "##"),
    ]
    for key, part in g.decisions.items():
        out.append(f"## Sub-decision `{g.id}.{key}`: {part.title.en}")
        shared = [("inputs", part.share), ("derivations", part.derive), ("steps", part.run)]
        said = "; ".join(f"{what} {', '.join(f'`{n}`' for n in names)}" for what, names in shared if names)
        if said:
            out.append(f"Shares of the guideline: {said}.")
        out += _decidable(g, part, "###")
    return "\n\n".join(out)


def pages() -> dict[str, str]:
    """File name to page, one for each guideline."""
    return {f"{name}.md": guideline_page(name) for name in guideline_ids()}


def _categories(g: Guideline) -> str:
    lines = ["| category | meaning | management |", "| --- | --- | --- |"]
    lines += [f"| {_cell(c)} | {_cell(t.title.en)} | {_cell(t.management.en) if t.management else ''} |" for c, t in g.categories.items()]
    return "\n".join(lines)


def _decidable(g: Guideline, part: Decidable, level: str) -> Iterator[str]:
    if part.inputs:
        lines = ["| input | question | values | silence | hedge | cited |", "| --- | --- | --- | --- | --- | --- |"]
        lines += [_input_line(g, name, given) for name, given in part.inputs.items()]
        yield f"{level} Inputs\n\n" + "\n".join(lines)
    if part.derived:
        lines = []
        for name, derived in part.derived.items():
            (kind,) = derived.model_fields_set
            lines.append(f"- `{name}` is {kind.replace('_', ' ')} of {_derivation(getattr(derived, kind))}")
        yield f"{level} Derived\n\n" + "\n".join(lines)
    if part.impossible:
        yield f"{level} What no patient has\n\n" + "\n".join(f"- {_conditions(c)}" for c in part.impossible)
    for step in part.steps:
        yield from _step(g, step, level)
    if part.result is not None:
        label = f"; closed-world label `{part.result.label}`" if part.result.label else ""
        yield f"Answer: `{part.result.category}`{label}."


def _input_line(g: Guideline, name: str, given: Input) -> str:
    values = ", ".join(given.values) if given.values else given.type
    if given.type in ("number", "integer"):
        values = f"{given.type}, {given.unit or 'no unit'}"
    silence = f"absent: {_shown(given.default)}" if given.silence == "absent" else "unknown"
    if given.only_if_said:
        silence += f" (only if said: {_shown(given.only_if_said)})"
    cited = _cell(g.source.sections.get(given.cite, given.cite))
    return _line(f"`{name}`", _cell(given.ask), _cell(values), _cell(silence), given.hedge, cited)


def _step(g: Guideline, step: Step, level: str) -> Iterator[str]:
    if isinstance(step, Table):
        rule = "exactly one row holds" if step.hit == "unique" else "the first row that holds decides"
        extra = f"; else {_shown(step.otherwise)}" if step.otherwise is not None else ""
        fills = f"; fills `{step.fills}` where it is not given" if step.fills else ""
        yield f"{level} Table `{step.table}`\n\n{rule.capitalize()}{extra}{fills}.\n\n" + _rows(g, step.rows)
    elif isinstance(step, Points):
        yield f"{level} Points `{step.points}`\n\n" + _points(g, step.items)
    elif isinstance(step, Product):
        lines = [f"| {' x '.join(step.axes)} | outcome |", "| --- | --- |"]
        lines += [f"| {_cell(key)} | {_shown(value)} |" for key, value in step.cells.items()]
        yield (
            f"{level} Grid `{step.product}`\n\nCited: {g.source.sections.get(step.cite, step.cite)} ({CONFIDENCE[step.mark]}).\n\n"
            + "\n".join(lines)
        )
    elif isinstance(step, ForEach):
        yield f"{level} For each of `{step.for_each}`"
        for inner in step.steps:
            yield from _step(g, inner, level + "#")
        for kept in step.keep:
            (how,) = [k for k in ("worst", "sum", "max", "count", "distinct", "fold") if getattr(kept, k) is not None] or ["kept"]
            what = getattr(kept, how, None)
            if kept.fold is not None:
                yield f"Kept as `{kept.into}`: a state that starts at `{kept.fold.start}` and changes with each member:\n\n" + _rows(
                    g, kept.fold.rows
                )
            else:
                yield f"Kept as `{kept.into}`: {how} of {_conditions(what) if isinstance(what, dict) else f'`{what}`'}."


def _rows(g: Guideline, rows: tuple[Row, ...]) -> str:
    lines = ["| row | when | then | cited | confidence |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        then = f"**{_shown(row.outcome)}**" if row.decide is not None else _shown(row.outcome)
        if row.reason:
            then += f" ({_cell(row.reason.en)})"
        cited = _cell(g.source.sections.get(row.cite, row.cite))
        lines.append(f"| {row.id} | {_cell(_conditions(row.when))} | {then} | {cited} | {CONFIDENCE[row.mark].replace('_', ', ')} |")
    return "\n".join(lines)


def _points(g: Guideline, items: tuple[PointItem, ...]) -> str:
    lines = ["| item | when | points | cited | confidence |", "| --- | --- | ---: | --- | --- |"]
    for item in items:
        cited = _cell(g.source.sections.get(item.cite, item.cite))
        lines.append(
            f"| {item.id} | {_cell(_conditions(item.when))} | {item.add:g} | {cited} | {CONFIDENCE[item.mark].replace('_', ', ')} |"
        )
    return "\n".join(lines)


def _conditions(when: Conditions) -> str:
    return "; ".join(f"{name}: {_shown(condition)}" for name, condition in when.items()) or "always"


def _shown(value: Condition | Scalar | object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return " or ".join(_shown(v) for v in value) or "none"
    return _cell(f"{value:g}" if isinstance(value, float) else str(value))


def _derivation(value: object) -> str:
    if isinstance(value, dict):
        return _conditions(value)
    if isinstance(value, tuple):
        return ", ".join(_derivation(v) for v in value)
    return f"`{value}`"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
