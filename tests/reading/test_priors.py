"""Earlier reports give a lesion its earlier size, by place and kind, where this report gives none."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.knowledge.lexicon import load_lexicon
from assistant.reading.exam import exam_facts, lesion_facts
from assistant.reading.priors import months_between
from assistant.reading.reader import read
from assistant.report.facts import Reading
from assistant.report.text import Report


def reading(text: str, *priors: dict[str, str], day: str | None = "2024-09-01") -> Reading:
    return read(Report.model_validate({"id": "t", "text": text, "date": day, "prior": list(priors)}), load_lexicon())


def before(made: Reading) -> list[list[Any]]:
    return [[(s.axes_mm, s.months_before) for s in t.sizes if s.is_prior] for t in made.tracks]


PRIOR = {
    "id": "p1",
    "date": "2024-03-01",
    "text": "There is a 6 mm solid nodule in the right upper lobe. A 4 mm nodule in the left lower lobe.",
}


@pytest.mark.parametrize(
    ("text", "priors", "told"),
    [
        ("A 9 mm solid nodule in the right upper lobe.", [PRIOR], [[((6.0,), 6.0)]]),
        ("A 9 mm nodule in the right upper lobe, previously 7 mm.", [PRIOR], [[((7.0,), None)]]),
        ("A 9 mm solid nodule in the right middle lobe.", [PRIOR], [[]]),
        ("A 9 mm nodule in the right upper lobe. A 5 mm nodule in the left lower lobe.", [PRIOR], [[((6.0,), 6.0)], [((4.0,), 6.0)]]),
        ("A 5 mm nodule in the right upper lobe. A 9 mm nodule in the right upper lobe.", [PRIOR], [[], []]),
        (
            "右肺上叶见实性结节，直径约9mm。",
            [{"id": "p", "date": "2023-09-01", "text": "右肺上叶见实性结节，直径约6mm。"}],
            [[((6.0,), 12.0)]],
        ),
        (
            "肝S8段见结节，大小约22mm×18mm。",
            [{"id": "p", "date": "2024-03-01", "text": "肝S8段见囊肿，大小约12mm。"}],
            [[]],
        ),
        ("A 9 mm solid nodule in the right upper lobe.", [{"id": "p", "text": PRIOR["text"]}], [[((6.0,), None)]]),
    ],
)
def test_earlier_sizes(text: str, priors: list[dict[str, str]], told: list[list[Any]]) -> None:
    assert before(reading(text, *priors)) == told


def test_two_earlier_reports_make_a_timeline() -> None:
    first = {"id": "a", "date": "2023-09-01", "text": "A 5 mm solid nodule in the right upper lobe."}
    made = reading("A 9 mm solid nodule in the right upper lobe.", first, PRIOR)
    assert before(made) == [[((6.0,), 6.0), ((5.0,), 12.0)]]
    facts = lesion_facts(made.tracks[0], made, exam_facts(made))
    assert (facts["lesion.prior_longest_mm"], facts["lesion.interval_months"], facts["lesion.growth_mm"]) == (6.0, 6.0, 3.0)
    assert facts["lesion.doubling_days"] == pytest.approx(104.2, abs=0.5)
    (quoted,) = facts["lesion.prior_longest_mm.evidence"]
    assert (quoted.source, quoted.quote) == ("prior", "6 mm")
    assert made.report.source("prior")[quoted.start : quoted.end] == quoted.quote


def test_months_between() -> None:
    assert months_between("2024-09-01", "2024-03-01") == 6.0
    assert months_between("2024-09", "2024-03") == 6.0
    assert months_between("2024-03-01", "2024-09-01") is None
    assert months_between(None, "2024-09-01") is None
