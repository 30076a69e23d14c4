"""Folding keeps every offset; languages are told without loading what they do not need."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.reading.language import report_language, sentence_language
from assistant.reading.measurements import find_measurements
from assistant.reading.sections import find_sections
from assistant.reading.sentences import split
from assistant.reading.shadow import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Liver S8, 2.3×2.1 cm", "liver s8, 2.3x2.1 cm"),
        ("４．２ｃｍ，（约）：", "4.2cm,(约):"),
        ("肝臟門靜脈徵象", "肝脏门静脉征象"),
        ("瀰漫性後葉", "弥漫性后叶"),
        ("0.4–1.3 ～ “q” ‘r’", "0.4-1.3 ~ \"q\" 'r'"),
        ("a\u00a0b\u200bc\td", "a b c d"),
        ("a\r\nb\rc", "a \nb\nc"),
        ("İstanbul ß", "istanbul ß"),
        ("x\ud800y\x00z", "x y z"),
        ("①Ⅷ²", "①ⅷ²"),
        ("10⁻³", "10-³"),
    ],
)
def test_folding_is_plain_and_of_equal_length(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert len(folded) == len(text)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The lungs are clear. No pleural effusion.", "en"),
        ("CXR normal", "en"),
        ("no acute disease", "en"),
        ("肝S8段见结节，T2WI稍高信号，DWI（b=800）呈高信号。", "zh"),
        ("右肺上葉見結節，約8毫米。", "zh"),
        ("左上葉に腫瘤があります。肺癌と考えます。", "ja"),
        ("간 실질에 종괴가 관찰됨", "ko"),
        ("Foie de taille normale, sans lésion focale. Pas d'épanchement pleural ni de pneumothorax.", "fr"),
        ("Leber normal groß, keine fokale Läsion. Kein Aszites. Nieren unauffällig, Milz nicht vergrößert.", "de"),
        ("12 mm", "en"),
        ("", "en"),
    ],
)
def test_report_language(text: str, language: str) -> None:
    assert report_language(text, fold(text)) == language


def test_the_sender_knows_best() -> None:
    assert report_language("12 mm", "12 mm", "zh-CN") == "zh"


@pytest.mark.parametrize(
    ("sentence", "report", "language"),
    [
        ("No ascites is seen.", "zh", "en"),
        ("12 mm", "zh", "zh"),
        ("肝S8段结节，LR-5。", "en", "zh"),
        ("LR-5", "zh", "zh"),
    ],
)
def test_sentence_language(sentence: str, report: str, language: str) -> None:
    assert sentence_language(fold(sentence), report) == language


def test_ordinary_reports_load_neither_the_language_models_nor_the_converter() -> None:
    code = (
        "import sys\n"
        "from assistant.reading.shadow import fold\n"
        "from assistant.reading.language import report_language\n"
        "for t in ('The liver is normal in size. No focal lesion is identified.', '肝脏大小正常，腘窝囊肿，未见占位。'):\n"
        "    report_language(t, fold(t))\n"
        "assert 'py3langid' not in sys.modules and 'opencc' not in sys.modules, sorted(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def _real_reports() -> list[tuple[str, str]]:
    folder = os.environ.get("RADASSIST_DATA")
    if not folder:
        return []
    data = Path(folder)
    lines = (data / "ct_rate_chest_labels.jsonl").read_text(encoding="utf-8").splitlines()
    out = [("en", json.loads(line)["text"]) for line in lines]
    with (data / "indiana_reports.csv").open(encoding="utf-8") as handle:
        out += [("en", f"{r['findings']} {r['impression']}") for r in csv.DictReader(handle)]
    out += [("fr", r["Report"]) for r in json.loads((data / "parrot_french_sample.json").read_text(encoding="utf-8"))]
    return out


@pytest.mark.skipif(not os.environ.get("RADASSIST_DATA"), reason="RADASSIST_DATA names no folder of real reports")
def test_real_reports_are_read_whole() -> None:
    for language, text in _real_reports():
        shadow = fold(text)
        assert report_language(text, shadow) == language
        sections = find_sections(text, shadow, language)
        at = 0
        for sentence in split(text, shadow, sections, language=language):
            assert not shadow[at : sentence.start].strip()
            at = sentence.end
        assert not shadow[at:].strip()
        find_measurements(text, shadow)
