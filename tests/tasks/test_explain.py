"""Explanations: what they keep, what they never add, and that the proof refuses what does not read back."""

from __future__ import annotations

import re

import pytest

from assistant.knowledge.glossary import load_glossary
from assistant.knowledge.lexicon import load_lexicon
from assistant.reading import read
from assistant.report.findings import Finding, Structured
from assistant.report.results import Explanation
from assistant.report.text import Evidence, Report
from assistant.tasks.explain import explain
from assistant.tasks.explaining.grade import grade, syllables
from assistant.tasks.explaining.proof import faults, lengths, read_back, times

TEXT = """FINDINGS: 7 mm solid nodule in the right upper lobe. No pleural effusion. Small simple cyst in the left kidney, 2.1 cm.
The liver is normal.
IMPRESSION: 7 mm right upper lobe nodule, indeterminate. Possible pneumonia in the left lower lobe.
Repeat CT in 6 to 12 months is recommended."""


def quote(text: str, words: str) -> Evidence:
    """Evidence for words of a text."""
    start = text.index(words)
    return Evidence(start=start, end=start + len(words), quote=words)


def finding(words: str, observation: str, *concepts: str, text: str = TEXT, **more: object) -> Finding:
    """A finding that rests on words of the text."""
    return Finding.model_validate({"observation": observation, "concepts": concepts, "evidence": (quote(text, words),), **more})


FINDINGS = (
    finding(
        "7 mm solid nodule in the right upper lobe", "solid nodule", "solid_nodule", "lung_rul", "lung",
        anatomy="right upper lobe", laterality="right", size_mm=(7.0,),
    ),
    finding("No pleural effusion", "pleural effusion", "pleural_effusion", "pleura", anatomy="pleura", assertion="absent"),
    finding(
        "Small simple cyst in the left kidney, 2.1 cm", "simple cyst", "cyst", "kidney_left", "kidney",
        anatomy="left kidney", laterality="left", size_mm=(21.0,),
    ),
    finding("The liver is normal", "abnormality", "abnormality", "liver", anatomy="liver", assertion="absent"),
    finding(
        "Possible pneumonia in the left lower lobe", "pneumonia", "pneumonia", "lung_lll", "lung",
        anatomy="left lower lobe", laterality="left", assertion="possible",
    ),
)  # fmt: skip


def explained(findings: tuple[Finding, ...] = FINDINGS, text: str = TEXT, language: str | None = None) -> Explanation:
    """The explanation of findings of a text."""
    return explain(read(Report(id="t", text=text), load_lexicon()), Structured(findings=findings), (), language)


def test_numbers_sides_certainty_and_advice_are_kept() -> None:
    text = explained().text
    assert "small solid lump (nodule) in the upper part of the right lung. The size is 7 mm." in text
    assert "sac of fluid (cyst) in the left kidney. The size is 2.1 cm." in text
    assert re.search(r"There may be a lung infection \(pneumonia\).*left.*This is not certain", text)
    assert "another CT scan in 6 to 12 months" in text
    assert "does not show fluid around the lungs" in text
    assert "normal: the liver" in text
    assert "ask your doctor" in text


def test_a_chinese_explanation_of_an_english_report_says_the_same() -> None:
    text = explained(language="zh").text
    assert "右肺上叶有实性结节，大小约7毫米" in text
    assert "左侧肾有囊肿，大小约2.1厘米" in text
    assert "左肺下叶可能有肺炎，但还不能确定" in text
    assert "6至12个月后复查CT检查" in text
    assert "没有发现：胸腔积液" in text


def test_every_sentence_has_evidence_and_stands_in_the_text() -> None:
    explanation = explained()
    assert explanation.sentences and explanation.withheld is None
    for sentence in explanation.sentences:
        assert sentence.text in explanation.text
        assert sentence.evidence and all(0 <= e.start < e.end <= len(TEXT) for e in sentence.evidence)


def test_what_the_report_concludes_comes_first() -> None:
    lines = [s.text for s in explained().sentences]
    assert next(n for n, s in enumerate(lines) if "pneumonia" in s) < next(n for n, s in enumerate(lines) if "cyst" in s)


def test_an_english_explanation_is_easy_to_read() -> None:
    assert (explained().grade or 99) <= 8


def test_terms_are_explained_once() -> None:
    terms = [g.term for g in explained().glossary]
    assert "pneumonia" in terms and len(terms) == len(set(terms))


@pytest.mark.parametrize(
    ("words", "change", "why"),
    [
        ("7 mm solid nodule in the right upper lobe", {"laterality": "left"}, "side"),
        ("7 mm solid nodule in the right upper lobe", {"size_mm": (17.0,)}, "length"),
        ("7 mm solid nodule in the right upper lobe", {"assertion": "absent"}, "denial"),
        ("Possible pneumonia in the left lower lobe", {"assertion": "present"}, "hedge"),
    ],
)
def test_a_finding_that_its_own_words_do_not_bear_out_falls_back_to_them(words: str, change: dict[str, object], why: str) -> None:
    wrong = next(f for f in FINDINGS if f.evidence[0].quote == words).model_copy(update=change)
    explanation = explained((wrong,))
    assert any(f"“{words}”" in s.text for s in explanation.sentences), why


def test_cancer_is_never_added() -> None:
    text = "FINDINGS: 7 mm nodule in the right upper lobe."
    wrong = finding("7 mm nodule in the right upper lobe", "nodule", "carcinoma", "lung_rul", text=text, laterality="right", size_mm=(7.0,))
    assert "cancer" not in explained((wrong,), text).text


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("The scan shows a lump. The size is 8 mm.", "a 7 mm lump"),
        ("The report advises another CT scan in 3 months.", "repeat ct in 6 months"),
        ("There is a lump. It is harmless.", "a lump"),
        ("The report says: “a cyst”.", "a nodule"),
    ],
)
def test_the_proof_refuses_what_the_report_does_not_say(sentence: str, source: str) -> None:
    assert faults(sentence, (), (source,), load_glossary())


def test_sentences_read_back() -> None:
    said = read_back("There may be a lump in the left lung. This is not certain. The size is 1.2 by 0.9 cm. It is larger than before.")
    assert said.lengths_mm == {12.0, 9.0} and said.sides == {"left"} and said.hedges and not said.denies and said.change == "larger"
    assert lengths("大小约12×9毫米") == {12.0, 9.0}
    assert times("in 6 to 12 months") == times("6-12 months") == times("6至12个月后") == {"6-12m"}


def test_a_report_in_another_language_or_without_findings_is_withheld_with_the_reason() -> None:
    assert explained((), "FINDINGS: .").withheld
    text = "Examen du thorax : pas d'épanchement pleural. Pas de nodule pulmonaire visible. Conclusion : examen normal."
    french = Report(id="t", text=text)
    reading = read(french, load_lexicon())
    if reading.language not in ("en", "zh"):
        assert explain(reading, Structured()).withheld


def test_syllables_and_grade() -> None:
    assert [syllables(w) for w in ("lump", "nodule", "kidney", "report", "12")] == [1, 2, 2, 2, 1]
    easy = grade("The scan shows a lump. It is small.")
    hard = grade("Multifocal parenchymal consolidation demonstrates heterogeneous enhancement.")
    assert easy is not None and hard is not None and easy < 4 < 12 < hard
    assert grade("...") is None


def test_every_term_place_and_category_has_both_languages_and_no_template_reassures() -> None:
    glossary = load_glossary()
    assert len(glossary.things) > 200 and len(glossary.places) > 150
    for name, thing in glossary.things.items():
        assert all("一" <= c <= "鿿" for c in thing.zh.plain[:1]), name
        plain = f"{thing.en.plain} {thing.zh.plain}".lower()
        if name != "benign_lesion":
            assert not re.search(r"harmless|not serious|nothing to worry|usually benign|无害|不用担心", plain), name
