"""The terminal view: categories first, then likely slips, findings and the explanation, with their evidence."""

from __future__ import annotations

import io
import sys

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from assistant.report.results import Category, Review, Value
from assistant.report.text import Report
from serve.render.guides import Guides
from serve.render.marks import visible
from serve.render.view import Card, View, assumed, build, category_text, size_text, stated_differs

_TONE = {"error": "bold red", "warning": "yellow", "suggestion": "cyan"}
_STATE = {"stated": "green", "negated": "green", "uncertain": "yellow", "worked_out": "green"}
_SHOWN_QUOTE = 90


def show(
    report: Report,
    review: Review,
    language: str | None = None,
    guides: Guides | None = None,
    *,
    width: int | None = None,
    to_file: bool = False,
) -> str | None:
    """Prints the view to the terminal, or hands it back as plain text where it goes to a file."""
    buffer = io.StringIO() if to_file else None
    # Behind a pipe there is no width to ask for; 100 columns read well in a file and in a pager.
    columns = width or (100 if to_file or not sys.stdout.isatty() else None)
    console = Console(file=buffer, width=columns, highlight=False, emoji=False, markup=False, no_color=to_file or None)
    for block in _blocks(build(report, review, language, guides)):
        console.print(block)
    return buffer.getvalue() if buffer else None


def _blocks(view: View) -> list[RenderableType]:
    review = view.review
    blocks: list[RenderableType] = [_head(view)]
    if review.categories is not None:
        blocks += _titled(view, "categories", [_category(view, card) for card in view.categories], "no_categories")
    if review.issues is not None:
        blocks += _titled(view, "issues", [_issue(view, card) for card in view.issues], "no_issues")
    if review.structured is not None:
        blocks += _titled(view, "findings", [_findings(view)] if view.present or view.absent else [], "no_findings")
        if view.absent:
            blocks.append(_absent(view))
    if review.explanation is not None:
        blocks += _titled(view, "explanation", _explanation(view), "withheld")
    made = " ".join(f"{name} {version}" for name, version in review.provenance.versions.items())
    blocks.append(Text(f"\n{view.say('provenance')}: {review.provenance.reader} · {made}\n{view.say('disclaimer')}", style="dim"))
    return blocks


def _absent(view: View) -> RenderableType:
    names = dict.fromkeys(_plain(" ".join(filter(None, (c.result.anatomy, c.result.observation)))) for c in view.absent)
    said = Text(f"{view.say('absent_findings')}: ", style="bold")
    return Padding(said.append(("；" if view.language == "zh" else "; ").join(names), style="not bold dim"), (1, 2, 0, 2))


def _head(view: View) -> Text:
    report, parts = view.report, [view.review.id]
    who = " ".join(filter(None, (report.sex, f"{report.age:g}" if report.age is not None else None)))
    parts += [p for p in (report.date, report.exam, who, view.review.language) if p]
    return Text(" · ".join(_plain(p) for p in parts), style="bold")


def _titled(view: View, title: str, blocks: list[RenderableType], empty: str) -> list[RenderableType]:
    rule = Rule(Text(view.say(title), style="bold"), align="left", style="dim", characters="─")
    return [Text(), rule, *(blocks or [Text(f"  {view.say(empty)}", style="dim")])]


def _category(view: View, card: Card) -> RenderableType:
    category: Category = card.result
    say, name = view.say, view.guides
    lines: list[RenderableType] = [_answer(view, card)]
    if meaning := name.category(category, view.language):
        lines.append(_line(meaning, "dim"))
    if category.reason:
        lines.append(_line(category.reason))
    if stated_differs(category):
        lines.append(_line(say("stated_differs", category.stated, category_text(category, say)), "bold red"))
    elif category.stated:
        lines.append(_line(say("stated_agrees"), "green"))
    if category.adjusted:
        lines.append(_line(say("adjusted", category.adjusted), "yellow"))
    lines.append(_inputs(view, card))
    if silent := assumed(view.inputs[card.key], view.language):
        lines.append(_line(f"{say('assumed_all')}: {silent}", "dim"))
    if category.missing:
        missing = (name.input(category.guideline, key, view.language) for key in category.missing)
        lines.append(_line(f"{say('not_stated_inputs')}: {', '.join(missing)}", "yellow"))
    for move in category.would_change:
        told = (_said(name, category.guideline, key, value, view.language) for key, value in move.inputs.items())
        doubt = "" if move.why == "not_stated" else f" ({say(move.why)})"
        both = f" {say('and')} "
        lines.append(_line(f"{say('would_change')}: {both.join(told)} → {move.category}{doubt}"))
    for what in () if category.would_change else category.if_reported:
        outcome = what.category or f" {say('or')} ".join(what.possible)
        said = _said(name, category.guideline, what.input, what.value, view.language)
        lines.append(_line(f"{say('if_reported')} {said} → {outcome}"))
    if category.management:
        lines.append(_line(f"{say('management')}: {category.management}"))
    source = " · ".join(
        filter(None, (category.citation, ", ".join(category.rows) if len(category.rows) <= 6 else "", say(category.confidence)))
    )
    return Group(*lines, _line(source, "dim"), Text())


def _said(names: Guides, guideline: str, key: str, value: Value, language: str) -> str:
    """An input with a value: "capsule = present", "size ≥ 20 mm"."""
    text = names.value(guideline, key, value, language)
    return f"{names.input(guideline, key, language)} {'' if text[:1] in '<>≤≥' else '= '}{text}"


def _answer(view: View, card: Card) -> Text:
    """The category as a badge, the guideline and the lesion."""
    category: Category = card.result
    style = {"settled": "bold reverse green", "open": "bold reverse yellow", "none": "bold dim"}[card.tone]
    line = Text("  ").append(f" {_plain(category_text(category, view.say))} ", style=style)
    line.append(f"  {_plain(view.guides.title(category.guideline, view.language))}", style="bold")
    if category.lesion:
        size = size_text([category.lesion.size_mm]) if category.lesion.size_mm is not None else ""
        line.append(f"  {' · '.join(filter(None, (category.lesion.id, _plain(category.lesion.label), size)))}", style="cyan")
    return line


def _inputs(view: View, card: Card) -> RenderableType:
    """The features read, each with its words or with what stands in for them."""
    grid = _grid(4)
    for row in view.inputs[card.key]:
        if row.state not in ("not_stated", "assumed"):
            proof = Text(_quoted(row.quotes[0]), style="italic") if row.quotes else Text(view.say(row.state), style="dim")
            grid.add_row("", Text(_plain(row.name)), Text(_plain(row.value), style=_STATE[row.state]), proof)
    return grid


def _line(text: str, style: str = "") -> RenderableType:
    return Padding(Text(_plain(text), style=style), (0, 2, 0, 4))


def _issue(view: View, card: Card) -> RenderableType:
    issue = card.result
    style = _TONE[issue.severity]
    head = Text("  ").append(view.say(issue.severity), style=style).append(f"  {_plain(issue.message)}")
    if issue.expected:
        head.append(f"  ({view.say('expected')}: {_plain(issue.expected)})", style="green")
    text = view.report.text
    before, after = text[max(0, issue.start - 36) : issue.start], text[issue.end : issue.end + 36]
    context = Text("    ").append(f"…{_plain(before)}", style="dim").append(visible(issue.quote), style=f"{style} underline")
    return Group(head, context.append(f"{_plain(after)}…", style="dim").append(f"   {issue.rule}", style="dim"))


def _findings(view: View) -> RenderableType:
    say = view.say
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), expand=True, header_style="dim")
    table.add_column("", no_wrap=True)
    for name in ("observation", "anatomy", "size", "change"):
        table.add_column(say(name), overflow="fold")
    table.add_column(say("evidence"), ratio=1, style="italic dim", overflow="fold")
    for card in view.present:
        finding = card.result
        side = say(finding.laterality) if finding.laterality != "none" else ""
        # The side is mostly in the words for the place already.
        where = _plain(finding.anatomy) if side.lower() in finding.anatomy.lower() else f"{_plain(finding.anatomy)} {side}".strip()
        table.add_row(
            Text(say(finding.assertion), style={"possible": "yellow", "historical": "dim"}.get(finding.assertion, "green")),
            Text(_plain(finding.observation), style="bold"),
            Text(where),
            Text(size_text(finding.size_mm), style="cyan"),
            Text(say(finding.change) if finding.change else ""),
            Text(_quoted(finding.evidence[0].quote) if finding.evidence else ""),
        )
    return table if view.present else Text(f"  {say('no_findings')}", style="dim")


def _explanation(view: View) -> list[RenderableType]:
    explanation, say = view.review.explanation, view.say
    assert explanation is not None
    if explanation.withheld:
        return [Padding(Text(f"{say('withheld')}: {_plain(explanation.withheld)}", style="yellow"), (0, 2))]
    blocks: list[RenderableType] = [Padding(Text(visible(explanation.text)), (0, 2))]
    if explanation.glossary:
        grid = _grid(3)
        for entry in explanation.glossary:
            grid.add_row("", Text(_plain(entry.term), style="bold"), Text(_plain(entry.plain)))
        blocks += [Text(), grid]
    if explanation.grade is not None:
        blocks.append(Text(f"  {say('grade', f'{explanation.grade:.1f}')}", style="dim"))
    return blocks


def _grid(columns: int) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=3)
    for _ in range(columns - 1):
        grid.add_column(overflow="fold")
    return grid


def _plain(text: str) -> str:
    return visible(" ".join(text.split()))


def _quoted(text: str) -> str:
    words = _plain(text)
    return f"“{words[:_SHOWN_QUOTE]}{'…' if len(words) > _SHOWN_QUOTE else ''}”"
