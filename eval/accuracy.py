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

    def stray(self, offers: Iterable[Offer]) -> int:
        """How many answers are of guidelines that the report does not concern."""
        asked = {g.guideline.partition(".")[0] for g in self.gold}
        near = asked.union(*(group for group in RELATED if group & asked))
        return sum(o.guideline.partition(".")[0] not in near and o.possible != {NOT_APPLICABLE} for o in offers)


_TNM = re.compile(r"(?:[cpy]+)?(T\w+ N\w+ M\w+)")


def plain(guideline: str, names: Iterable[str]) -> frozenset[str]:
    """Category names as they are compared.

    The S of Lung-RADS speaks of another finding; TI-RADS without the advice; TNM without prefix and stage group.
    """
    return frozenset(_plain(guideline, name) for name in names)


def _plain(guideline: str, name: str) -> str:
    if guideline == "lungrads_v2022":
        return name.removesuffix("S")
    if guideline == "acr_tirads_2017":
        return name.partition("/")[0]
    found = _TNM.match(name) if guideline.startswith("tnm") else None
    return found[1] if found else name


RELATED = (
    {"tnm8_lung", "tnm9_lung"}, {"tnm8_npc", "tnm9_npc"}, {"acr_tirads_2017", "c_tirads_2020"},
    {"deauville_5ps", "lugano_pet", "lugano_ct"},
    {"asge_2019_cbds", "esge_2019_cbds", "cbds"}, {"tnm8_pdac", "resectability_pdac"}, {"pancreatic_cyst_acr_2017", "ipmn_kyoto_2024"},
    {"lirads_us_v2024", "lirads_us_v2017"}, {"tnm8_crc", "rectal_mri"}, {"recist_1_1", "irecist"}, {"birads_5", "birads_2025"},
    {"cnlc_2024", "bclc_2022", "tnm8_hcc", "lirads_ctmri_v2018", "lirads_tra_nonrad_v2024", "lirads_tra_rad_v2024", "lirads_tra_v2018"},
)  # fmt: skip
"""Guidelines that speak of the same disease: where one is asked for, an answer of another is no stray."""


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


def _answers(offer: Offer, gold: Gold) -> bool:
    """Whether an offer is of the gold's guideline; a treated liver lesion may be answered by any treatment-response table."""
    return offer.guideline == gold.guideline or (offer.guideline.startswith("lirads_tra") and gold.guideline.startswith("lirads_tra"))


def paired(gold: Sequence[Gold], offers: Sequence[Offer]) -> list[tuple[Gold, Offer | None]]:
    """Each gold with its answer, one to one, the likest pairs first.

    Where a guideline has one gold and one offer they belong together, whatever they call the lesion. Otherwise a pair needs a sign
    that the lesion is the same; one that is merely left over would turn a miss into a wrong answer, or into a right one by luck.
    """
    wanted = Counter(g.guideline for g in gold)
    fits = [(likeness(g, o), not g.optional, i, j) for i, g in enumerate(gold) for j, o in enumerate(offers) if _answers(o, g)]
    answer: dict[int, int] = {}
    for like, _, i, j in sorted(fits, key=lambda fit: fit[:2], reverse=True):
        alone = wanted[gold[i].guideline] == 1 == sum(_answers(o, gold[i]) for o in offers)
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
    """The reports of a file that ask for one of those guidelines, or for none at all; gold of others is left out.

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
            asks = bool(gold) or not row["gold"]
        except (ValueError, KeyError, TypeError) as error:
            raise SystemExit(f"{path}, line {number}: not a labelled report ({type(error).__name__}: {error}).") from error
        if asks:
            found.append(item)
    return found


def offers(assistant: Assistant, report: Report) -> list[Offer]:
    """What the assistant answers; nothing where it cannot read the report, so that a refusal counts as misses."""
    try:
        return [Offer.of(category) for category in assistant.categorise(report)]
    except AssistantError:
        return []


@dataclass(frozen=True, slots=True)
class Scored:
    """One report's answers, judged."""

    language: str
    verdicts: Mapping[str, Counter[Verdict]]
    """Per guideline."""
    stray: int

    @property
    def all(self) -> Counter[Verdict]:
        """Over every guideline."""
        return sum(self.verdicts.values(), Counter[Verdict]())


def scored(assistant: Assistant, path: Path) -> list[Scored]:
    """Every report of a file, judged."""
    items = labelled(path, _answerable(assistant))
    out = []
    for item in track(items, description=path.stem, console=Console(stderr=True)):
        answers = offers(assistant, item.report)
        counts: dict[str, Counter[Verdict]] = {}
        for wanted, got in paired(item.gold, answers):
            if (verdict := judged(wanted, got)) is not None:
                counts.setdefault(wanted.guideline, Counter())[verdict] += 1
        out.append(Scored(item.language, counts, item.stray(answers)))
    return out


def _answerable(assistant: Assistant) -> Iterator[str]:
    for guideline in assistant.catalogue:
        yield guideline.id
        yield from (f"{guideline.id}.{part}" for part in guideline.decisions)


def groups(name: str, found: Sequence[Scored]) -> Iterator[dict[str, Any]]:
    """Figures of a file: a group for each language and, where there are several, one for all."""
    languages = sorted({one.language for one in found})
    for language in [*languages, *(["all"] if len(languages) > 1 else [])]:
        mine = [one for one in found if language in (one.language, "all")]
        counts = [one.all for one in mine if one.all]
        if counts:
            yield {"file": name, "language": language, **measure(counts), "stray": sum(one.stray for one in mine) / len(mine)}


def per_guideline(name: str, found: Sequence[Scored]) -> Iterator[dict[str, Any]]:
    """Figures of a file per guideline, languages together."""
    for guideline in sorted({key for one in found for key in one.verdicts}):
        counts = [one.verdicts[guideline] for one in found if guideline in one.verdicts]
        yield {"file": name, "guideline": guideline, **measure(counts)}


def evaluate(paths: Sequence[Path]) -> dict[str, Any]:
    """Every figure of every file, and what they were measured with."""
    assistant = Assistant()
    found = {path.stem: scored(assistant, path) for path in paths}
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "versions": dict(versions()),
        "seed": SEED,
        "resamples": RESAMPLES,
        "groups": [group for name, reports in found.items() for group in groups(name, reports)],
        "guidelines": [row for name, reports in found.items() for row in per_guideline(name, reports)],
    }


HEADS = ("file", "language", "n", *MEASURES, "stray")


def rows(figures: dict[str, Any]) -> list[tuple[str, ...]]:
    """The figures as text under HEADS, for the terminal and for the README."""
    return [
        (g["file"], g["language"], str(g["n"]), *(_interval(g[name]) for name in MEASURES), f"{g['stray']:.2f}") for g in figures["groups"]
    ]


GUIDELINE_HEADS = ("guideline", "file", "n", "right", "too broad", "unsafe", "missed", "right, 95% interval")


def guideline_rows(figures: dict[str, Any]) -> list[tuple[str, ...]]:
    """Per guideline and file, as text under GUIDELINE_HEADS; counts are of answers."""
    out = []
    for g in sorted(figures.get("guidelines", ()), key=lambda row: (row["guideline"], row["file"])):
        v = g["verdicts"]
        counts = (g["n"], v["right"], v["too_broad"], v["too_narrow"] + v["wrong"], v["missed"])
        out.append((g["guideline"], g["file"], *map(str, counts), _interval(g["right"])))
    return out


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
