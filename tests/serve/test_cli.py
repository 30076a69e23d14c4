"""The program as people run it: help, exit codes, errors as sentences, and the same JSON through every door."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import pytest

from assistant.assistant import Assistant
from assistant.report.text import Report
from serve.cli import main

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = "examples/liver_ct_en.txt"
COMMANDS = ("review", "batch", "structure", "categorise", "check", "explain", "decide", "guidelines", "assertion", "doctor")


def radassist(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Runs the program in this process, which is much quicker than starting one."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    code: str | int | None = 0
    with (
        mock.patch.multiple(
            sys, argv=["radassist", *arguments], stdin=io.TextIOWrapper(io.BytesIO(stdin), "utf-8"), stdout=out, stderr=err
        ),
        contextlib.chdir(ROOT),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
    assert isinstance(code, int | None)
    return subprocess.CompletedProcess(arguments, code or 0, out.buffer.getvalue(), err.buffer.getvalue())  # type: ignore[attr-defined]


def started(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "serve", *arguments], capture_output=True, cwd=ROOT, check=False)


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    text = done.stderr.decode()
    assert "Traceback" not in text, text
    return text


def test_help_is_quick_and_lists_every_command() -> None:
    start = time.perf_counter()
    done = started("--help")
    seconds = time.perf_counter() - start
    assert done.returncode == 0
    assert all(name in done.stdout.decode() for name in (*COMMANDS, "kb"))
    # The bar is 0.4 s on an idle machine; a busy one is given three times that.
    assert seconds < 1.2


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom serve.cli.app import app\nsys.argv=['radassist','--help']\ntry: app()\nexcept SystemExit: pass\n"
        "print(sorted({'pydantic','rich','jinja2','yaml','ahocorasick_rs','orjson','rapidfuzz'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("command", [*COMMANDS, "kb check", "kb read", "kb sign"])
def test_every_help_has_an_example(command: str) -> None:
    text = radassist(*command.split(), "--help").stdout.decode()
    assert "Example" in text
    assert f"radassist {command}" in text


def test_version() -> None:
    from assistant import __version__

    assert radassist("--version").stdout.decode().strip() == f"radassist {__version__}"


def test_review_json_is_the_contract_and_equals_the_library_and_batch(tmp_path: Path) -> None:
    single = json.loads(radassist("review", EXAMPLE, "--format", "json").stdout)
    text = (ROOT / EXAMPLE).read_text("utf-8")
    assert single == json.loads(json.dumps(Assistant().review(Report(id="liver_ct_en", text=text)).as_dict()))
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"id": "liver_ct_en", "text": text}) + "\n")
    done = radassist("batch", str(source), "-o", str(tmp_path / "out.jsonl"))
    assert done.returncode == 0, said(done)
    assert json.loads((tmp_path / "out.jsonl").read_bytes()) == single
    for finding in single["structured"]["findings"]:
        for evidence in finding["evidence"]:
            assert text[evidence["start"] : evidence["end"]] == evidence["quote"]


def test_standard_input_and_options_are_read() -> None:
    data = "肝脏未见异常。双肾未见异常。".encode("gb18030")
    row = json.loads(radassist("structure", "-", "--format", "json", "--exam", "上腹部CT", stdin=data).stdout)
    assert (row["id"], row["language"]) == ("stdin", "zh")
    assert set(row) >= {"structured", "provenance"}
    assert "categories" not in row


def test_one_json_row_may_be_reviewed() -> None:
    data = json.dumps({"id": "x7", "text": "The uterus is enlarged.", "sex": "F"}).encode()
    assert json.loads(radassist("structure", "-", "-f", "json", stdin=data).stdout)["id"] == "x7"


@pytest.mark.parametrize("form", ["text", "html"])
@pytest.mark.parametrize("example", ["liver_ct_zh.txt", "knee_mri_slips_en.txt"])
def test_views_are_made_for_examples_of_both_languages(form: str, example: str, tmp_path: Path) -> None:
    target = tmp_path / "out"
    done = radassist("review", f"examples/{example}", "--format", form, "-o", str(target))
    assert done.returncode == 0, said(done)
    assert done.stdout == b""
    text = target.read_text("utf-8")
    assert ("影像所见" if "zh" in example else "Findings") in text
    assert ("<!doctype html>" in text) == (form == "html")


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "empty_report", "empty"),
        (b" \r\n\t ", "empty_report", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not_text", "PNG"),
        (b"%PDF-1.4 \x01", "not_text", "pdftotext"),
        (b"lungs clear. " * 20_000, "too_long", "200,000"),
        (b"x" * 3_000_000, "too_long", "MB"),
        (bytes(range(1, 32)) * 40, "not_text", "not text"),
        (b'{"id": "stdin", "text": "Lungs cle', "bad_row", "too early"),
        (b'{"id": "stdin"}', "bad_row", 'no "text"'),
        (b'[{"id": "a", "text": "Lungs clear."}]', "bad_row", "radassist batch"),
        (b'{"id": "a", "text": "Lungs clear."}\n' * 2, "bad_row", "radassist batch"),
    ],
)
def test_what_cannot_be_read_is_a_sentence_a_hint_and_an_error_object(data: bytes, code: str, words: str) -> None:
    done = radassist("review", "-", "--format", "json", stdin=data)
    assert done.returncode == 1
    assert words in said(done)
    assert said(done).count("\n") == 2
    answer = json.loads(done.stdout)
    assert answer["id"] == "stdin"
    assert answer["error"]["code"] == code


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("review",), 2, "Missing"),
        (("review", "nothing.txt"), 1, "no file"),
        (("review", ""), 1, "No file is named"),
        (("review", EXAMPLE, "--tasks", "strcture"), 2, "structure"),
        (("review", EXAMPLE, "--reader", "rulez"), 2, "rules"),
        (("review", EXAMPLE, "--format", "xml"), 2, "xml"),
        (("review", EXAMPLE, "--sex", "male-ish"), 1, "M or F"),
        (("review", EXAMPLE, "--age", "old"), 1, "age"),
        (("review", EXAMPLE, "-o", "/nowhere/x.txt"), 1, "cannot be written"),
        (("batch", "nothing.jsonl", "-o", "/tmp/never.jsonl"), 1, "no file"),
        (("batch", EXAMPLE), 2, "-o"),
        (("decide",), 2, "GUIDELINE"),
        (("decide", "lirads_ctmri_v2019", "--features", "{}"), 2, "lirads_ctmri_v2018"),
        (("decide", "cnlc_2024", "--features", "{ps: 1}"), 1, "JSON"),
        (("decide", "cnlc_2024", "--features", '{"sise_mm": 1}'), 2, "sise_mm"),
        (("guidelines", "lungrads"), 2, "lungrads_v2022"),
        (("reviw", EXAMPLE), 2, "review"),
    ],
)
def test_wrong_commands_end_as_a_sentence(arguments: tuple[str, ...], code: int, words: str) -> None:
    done = radassist(*arguments)
    assert done.returncode == code, said(done)
    assert words in said(done)


def test_decide_reads_the_table(tmp_path: Path) -> None:
    features = json.dumps({"ps": 0, "child_pugh": "A", "tumor_count": 1, "max_diameter_cm": 6})
    answer = json.loads(radassist("decide", "cnlc_2024", "--features", features, "--closed-world").stdout)
    assert (answer["category"], answer["possible"], answer["missing"]) == ("Ib", ["Ib"], [])
    less = json.loads(radassist("decide", "cnlc_2024", "--features", '{"ps": 0, "child_pugh": "A", "tumor_count": 1}').stdout)
    assert less["category"] is None
    assert set(less["possible"]) == {"Ia", "Ib"}
    assert less["missing"] == ["max_diameter_cm"]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [
        {"id": "a", "guideline": "cnlc_2024", "features": json.loads(features)},
        {"id": "b", "guideline": "cnlc_2030", "features": {}},
        {"id": "c", "guideline": "cnlc_2024", "features": {"ps": "many"}},
        {"id": "d"},
    ]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"id": "e", "guideline"')
    done = radassist("decide", "--input", str(source), "--closed-world", "-o", str(target))
    assert done.returncode == 0, said(done)
    found = [json.loads(line) for line in target.read_text().splitlines()]
    assert [row["id"] for row in found] == ["a", "b", "c", "d", "e"]
    assert found[0]["label"] == "Ib"
    assert set(found[0]) >= {"id", "guideline", "label", "category", "possible", "missing", "rows"}
    assert all("error" in row for row in found[1:])


def test_assertion_judges_rows(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [
        {"id": 1, "sentence": "No pleural effusion.", "concept": "pleural effusion"},
        {"id": 2, "sentence": "Mother had breast cancer.", "concept": "breast cancer"},
        {"id": 3, "sentence": "No concept"},
    ]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert radassist("assertion", str(source), "-o", str(target)).returncode == 0
    found = [json.loads(line) for line in target.read_text().splitlines()]
    assert found[0] == {"id": 1, "assertion": "absent", "experiencer": "patient"}
    assert found[1]["experiencer"] != "patient"
    assert found[2]["error"]["code"] == "bad_row"


def test_check_fails_on_demand() -> None:
    slips = "examples/knee_mri_slips_en.txt"
    assert radassist("check", slips).returncode == 0
    assert radassist("check", slips, "--sex", "M", "--fail-on", "error").returncode == 1
    assert radassist("check", "examples/chest_xray_normal_en.txt", "--fail-on", "error").returncode == 0


def test_guidelines_are_listed_and_shown() -> None:
    listed = radassist("guidelines").stdout.decode()
    assert "lirads_ctmri_v2018" in listed
    shown = radassist("guidelines", "cnlc_2024", "--language", "zh").stdout.decode()
    assert "肿瘤数目" in shown
    assert "C9" in shown


def test_doctor_finds_nothing_wrong() -> None:
    done = radassist("doctor")
    assert done.returncode == 0, done.stdout.decode()
    assert "trial review" in done.stdout.decode()


def test_a_reader_that_leaves_is_no_error() -> None:
    done = subprocess.run(
        f"{sys.executable} -m serve guidelines lirads_ctmri_v2018 | head -1", shell=True, capture_output=True, cwd=ROOT, check=False
    )
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr


@pytest.mark.parametrize("text", ["{ 3 cm } mass of the left kidney.", "[REDACTED] A 3 cm mass of the left kidney."])
def test_a_report_that_opens_with_a_bracket_is_a_report(text: str) -> None:
    done = radassist("structure", "-", "-f", "json", stdin=text.encode())
    assert [f["observation"] for f in json.loads(done.stdout)["structured"]["findings"]] == ["mass"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", [f"review {EXAMPLE}", f"review {EXAMPLE} -f json", "guidelines", "--version"])
def test_a_full_disk_behind_the_output_is_told(command: str) -> None:
    done = subprocess.run(f"{sys.executable} -m serve {command} >/dev/full", shell=True, capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert "No space left" in said(done)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell that closes streams")
def test_closed_streams_are_no_fault() -> None:
    for command, code in ((f"review {EXAMPLE} >&-", 0), ("review - <&-", 1)):
        done = subprocess.run(f"{sys.executable} -m serve {command}", shell=True, capture_output=True, cwd=ROOT, check=False)
        assert done.returncode == code
        assert "fault" not in said(done)


def test_kb_read_shows_words_statements_lesions_and_the_guideline(tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    report.write_text("MRI of the liver.\nSegment 6 nodule, 23 mm, without washout.\n", encoding="utf-8")
    text = radassist("kb", "read", str(report), "lirads_ctmri_v2018").stdout.decode()
    assert "nodule: nodule (is focal lesion)" in text
    assert "absent washout" in text
    assert "23 mm" in text
    assert "offer: met" in text
    refused = radassist("kb", "read", str(report), "cnlc_2024").stdout.decode()
    assert "offer: all_of, group 1: the report says none of hepatocellular_carcinoma" in refused
    elsewhere = radassist("kb", "read", "-", "lirads_ctmri_v2018", stdin=b"CT. Cirrhosis. Liver normal. Splenic mass of 3 cm.")
    assert "organ: it is in spleen, not in liver" in elsewhere.stdout.decode()
    assert "no answer: no lesion is met" in elsewhere.stdout.decode()
    assert radassist("kb", "read", str(report), "no_such_guideline").returncode == 2
