"""Measures how often the categories are right, on labelled reports, with 95% intervals. Run by `make accuracy`.

Figures on wordings that the lexicon was made from say little about others: eval/reports/README.md tells which file is which.
"""

from __future__ import annotations

import argparse
import platform
import random
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, get_args

import orjson
from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant.assistant import Assistant, versions
from assistant.errors import AssistantError
from assistant.knowledge.guideline import NOT_APPLICABLE
from assistant.report.results import Category
from assistant.report.text import Report
from eval.bench import percentile

REPORTS = Path(__file__).resolve().parent / "reports"
RESAMPLES = 1000
SEED = 0

Verdict = Literal["right", "too_broad", "too_narrow", "wrong", "missed"]
UNSAFE: tuple[Verdict, ...] = ("too_narrow", "wrong")
"""Both exclude a category that the report leaves possible. Too broad asks for more than it needs to, which harms nobody."""
MEASURES: dict[str, tuple[Verdict, ...]] = {"right": ("right",), "unsafe": UNSAFE, "missed": ("missed",)}


@dataclass(frozen=True, slots=True)
class Gold:
    """One answer that a report should get: a set of categories of one guideline, for one lesion or for the patient."""

    guideline: str
    accepted: tuple[frozenset[str], ...]
    """The exact sets that are right; the first is the one preferred."""
    lesion: str = ""
    size_mm: float | None = None
    optional: bool = False
    """Need not be answered, as a simple cyst need not; an answer is judged all the same."""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Gold:
        """From a member of a report's `gold`."""
        guideline = row["guideline"]
        return cls(
            guideline=guideline,
            accepted=tuple(plain(guideline, names) for names in (row["possible"], *row.get("accept", ()))),
            lesion=row.get("lesion") or "",
            size_mm=row.get("size_mm"),
            optional=row.get("optional", False),
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """One answer that a report got, as far as scoring looks at it."""

    guideline: str
    possible: frozenset[str]
    lesion: str = ""
    size_mm: float | None = None

    @classmethod
    def of(cls, category: Category) -> Offer:
        """From a category that the assistant offered."""
        lesion = category.lesion
        return cls(
            guideline=category.guideline,
            possible=plain(category.guideline, category.possible),
            lesion=lesion.label if lesion else "",
            size_mm=lesion.size_mm if lesion else None,
        )


@dataclass(frozen=True, slots=True)
class Labelled:
    """A report and the answers that it should get."""

    report: Report
    language: str
    gold: tuple[Gold, ...]


def plain(guideline: str, names: Iterable[str]) -> frozenset[str]:
    """Category names as they are compared: the S of Lung-RADS speaks of another finding, and is no other category."""
    return frozenset(name.removesuffix("S") if guideline == "lungrads_v2022" else name for name in names)


# --- which answer is meant for which gold ----------------------------------------------------------------------------------

_SIZE_SLACK_MM = 1.5
"""Two readers of one sentence differ by this much: mean or longest diameter, rounding of centimetres."""
_ROMAN = dict(zip(("i", "ii", "iii", "iv", "v", "vi", "vii", "viii"), "12345678", strict=True))
_SAYS_NOTHING = frozenset(("s", "seg", "segment", "the", "in", "of", "lesion", "nodule", "mass", "observation", *"肝段病灶结节"))
"""Words that stand in most labels, and so tell no lesion from another."""


def words(label: str) -> frozenset[str]:
    """What a lesion's label tells: Latin words, numbers and Chinese characters; a Roman segment is its number."""
    found = re.findall(r"[a-z]+|\d+|[\u4e00-\u9fff]", label.lower())
    return frozenset(_ROMAN.get(word, word) for word in found) - _SAYS_NOTHING


def likeness(gold: Gold, offer: Offer) -> tuple[int, int]:
    """How far both speak of one lesion: whether the sizes agree (1), differ (-1) or cannot say (0); then the words shared."""
    sizes = 0
    if gold.size_mm and offer.size_mm:
        sizes = 1 if abs(gold.size_mm - offer.size_mm) <= _SIZE_SLACK_MM else -1
    return sizes, len(words(gold.lesion) & words(offer.lesion))


def paired(gold: Sequence[Gold], offers: Sequence[Offer]) -> list[tuple[Gold, Offer | None]]:
    """Each gold with its answer, one to one, the likest pairs first.

    Where a guideline has one gold and one offer they belong together, whatever they call the lesion. Otherwise a pair needs a sign
    that the lesion is the same; one that is merely left over would turn a miss into a wrong answer, or into a right one by luck.
    """
    wanted, offered = Counter(g.guideline for g in gold), Counter(o.guideline for o in offers)
    fits = [(likeness(g, o), not g.optional, i, j) for i, g in enumerate(gold) for j, o in enumerate(offers) if g.guideline == o.guideline]
    answer: dict[int, int] = {}
    for like, _, i, j in sorted(fits, key=lambda fit: fit[:2], reverse=True):
        alone = wanted[gold[i].guideline] == offered[gold[i].guideline] == 1
        if i not in answer and j not in answer.values() and (alone or sum(like) > 0):
            answer[i] = j
    return [(g, offers[answer[i]] if i in answer else None) for i, g in enumerate(gold)]


# --- what the answer is worth ----------------------------------------------------------------------------------------------


def judged(gold: Gold, offer: Offer | None) -> Verdict | None:
    """The verdict on one answer; None where there is none and none was needed."""
    if offer is None:
        if frozenset((NOT_APPLICABLE,)) in gold.accepted:
            return "right"
        return None if gold.optional else "missed"
    if offer.possible in gold.accepted:
        return "right"
    if any(offer.possible > accepted for accepted in gold.accepted):
        return "too_broad"
    if any(offer.possible < accepted for accepted in gold.accepted):
        return "too_narrow"
    return "wrong"


def verdicts(gold: Sequence[Gold], offers: Sequence[Offer]) -> Counter[Verdict]:
    """How often each verdict falls in one report."""
    return Counter(verdict for g, offer in paired(gold, offers) if (verdict := judged(g, offer)) is not None)


def share(reports: Iterable[Counter[Verdict]], counted: Sequence[Verdict]) -> float:
    """The share of those verdicts among all."""
    total = sum(reports, Counter[Verdict]())
    return sum(total[verdict] for verdict in counted) / max(total.total(), 1)


def measure(reports: Sequence[Counter[Verdict]]) -> dict[str, Any]:
    """Figures of some reports: numbers, verdicts, and each measure with its 95% interval.

    Reports are resampled and not single answers, because the answers of one report stand or fall together.
    """
    total = sum(reports, Counter[Verdict]())
    rows = [(r.total(), *(sum(r[v] for v in counted) for counted in MEASURES.values())) for r in reports]
    draw = random.Random(SEED)
    drawn: list[list[float]] = [[] for _ in MEASURES]
    for _ in range(RESAMPLES):
        answers, *hits = map(sum, zip(*draw.choices(rows, k=len(rows)), strict=True))
        for values, hit in zip(drawn, hits, strict=True):
            values.append(hit / answers)
    return {
        "reports": len(reports),
        "n": total.total(),
        "verdicts": {verdict: total[verdict] for verdict in get_args(Verdict)},
        **{
            name: {"share": share(reports, counted), "low": percentile(values, 0.025), "high": percentile(values, 0.975)}
            for (name, counted), values in zip(MEASURES.items(), drawn, strict=True)
        },
    }


# --- files and the run -----------------------------------------------------------------------------------------------------


def labelled(path: Path, guidelines: Iterable[str]) -> list[Labelled]:
    """The reports of a file that ask for one of those guidelines; gold of others is left out.

    Raises:
        SystemExit: there is no such file, or a line is no labelled report.
    """
    known = frozenset(guidelines)
    if not path.is_file():
        raise SystemExit(f"{path}: there is no such file.")
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
            gold = tuple(Gold.of(g) for g in row["gold"] if g["guideline"] in known)
            item = Labelled(Report.model_validate(row), row["language"], gold)
        except (ValueError, KeyError, TypeError) as error:
            raise SystemExit(f"{path}, line {number}: not a labelled report ({type(error).__name__}: {error}).") from error
        if gold:
            found.append(item)
    return found


def offers(assistant: Assistant, report: Report) -> list[Offer]:
    """What the assistant answers; nothing where it cannot read the report, so that a refusal counts as misses."""
    try:
        return [Offer.of(category) for category in assistant.categorise(report)]
    except AssistantError:
        return []


def scored(assistant: Assistant, path: Path) -> Iterator[dict[str, Any]]:
    """Figures of a file: a group for each language and, where there are several, one for all."""
    items = labelled(path, (guideline.id for guideline in assistant.catalogue))
    shown = track(items, description=path.stem, console=Console(stderr=True))
    found = [(item.language, counts) for item in shown if (counts := verdicts(item.gold, offers(assistant, item.report)))]
    found.sort(key=lambda pair: pair[0])
    languages = {language: [counts for _, counts in group] for language, group in groupby(found, key=lambda pair: pair[0])}
    if len(languages) > 1:
        languages["all"] = [counts for _, counts in found]
    for language, reports in languages.items():
        yield {"file": path.stem, "language": language, **measure(reports)}


def evaluate(paths: Sequence[Path]) -> dict[str, Any]:
    """Every figure of every file, and what they were measured with."""
    assistant = Assistant()
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "versions": dict(versions()),
        "seed": SEED,
        "resamples": RESAMPLES,
        "groups": [group for path in paths for group in scored(assistant, path)],
    }


HEADS = ("file", "language", "n", *MEASURES)


def rows(figures: dict[str, Any]) -> list[tuple[str, ...]]:
    """The figures as text under HEADS, for the terminal and for the README."""
    return [(g["file"], g["language"], str(g["n"]), *(_interval(g[name]) for name in MEASURES)) for g in figures["groups"]]


def _interval(measured: Mapping[str, float]) -> str:
    low, high = (f"{100 * measured[end]:.0f}" for end in ("low", "high"))
    return f"{100 * measured['share']:.1f}% ({low} to {high})"


def show(figures: dict[str, Any]) -> None:
    """The table on standard output."""
    table = Table(title=f"radassist {figures['versions']['radassist']}: categories, with 95% intervals", title_justify="left")
    for head in HEADS:
        table.add_column(head, justify="left" if head in HEADS[:2] else "right", no_wrap=True)
    for row in rows(figures):
        table.add_row(*row, end_section=row[1] == "all")
    # A table in a file has no terminal to fit into.
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints; with --out, records."""
    parser = argparse.ArgumentParser(prog="python -m eval.accuracy", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="labelled reports, JSONL (default: all of eval/reports)")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="also write the figures there")
    chosen = parser.parse_args(argv)
    figures = evaluate(chosen.files or sorted(REPORTS.glob("*.jsonl")))
    show(figures)
    if chosen.out:
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
