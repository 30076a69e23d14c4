"""The façade: what every door stands on."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.assistant import TASKS, Assistant, checked_names, versions
from assistant.errors import InputError, SetupError, UnknownName
from assistant.report.text import Report
from assistant.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.txt"))


@pytest.fixture(scope="module")
def helper() -> Assistant:
    return Assistant()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_quote_of_an_example_equals_its_slice(helper: Assistant, path: Path) -> None:
    report = Report(id=path.stem, text=path.read_text("utf-8"))
    review = helper.review(report)
    assert review.structured is not None
    assert review.structured.findings
    proofs = [e for finding in review.structured.findings for e in finding.evidence]
    proofs += [e for c in review.categories or () for i in c.inputs.values() for e in i.evidence]
    proofs += [e for c in review.categories or () for e in c.stated_evidence]
    proofs += [e for lesion in review.lesions for e in (*lesion.evidence, *(p for t in lesion.timeline for p in t.evidence))]
    assert proofs
    assert all(report.source(e.source)[e.start : e.end] == e.quote for e in proofs)
    assert all(report.text[i.start : i.end] == i.quote for i in review.issues or ())
    assert all(section in report.text and section == section.strip() for section in review.structured.sections.values())
    ids = {lesion.id for lesion in review.lesions}
    assert {f.lesion_id for f in review.structured.findings} - {None} <= ids
    assert {c.lesion.id for c in review.categories or () if c.lesion} <= ids
    assert all((c.category is None) == (len(c.possible) > 1) for c in review.categories or ())


def test_only_what_is_asked_for_is_made(helper: Assistant) -> None:
    report = Report(id="r", text="CHEST X-RAY. Lungs clear. No pleural effusion.")
    parts = {"structure": "structured", "categorise": "categories", "check": "issues", "explain": "explanation"}
    for task, part in parts.items():
        made = helper.review(report, (task,)).as_dict()
        assert {p for p in parts.values() if p in made} == {part}


def test_one_verb_alone_gives_what_the_review_gives(helper: Assistant) -> None:
    report = Report(id="r", text=EXAMPLES[0].read_text("utf-8"))
    whole = helper.review(report)
    assert helper.structure(report) == whole.structured
    assert helper.categorise(report) == whole.categories
    assert helper.check(report) == whole.issues
    assert helper.explain(report) == whole.explanation


def test_the_same_report_gives_the_same_review(helper: Assistant) -> None:
    report = Report(id="r", text=EXAMPLES[0].read_text("utf-8"))
    assert helper.review(report) == Assistant().review(report)


def test_provenance_is_sealed(helper: Assistant) -> None:
    text = "Lungs clear, heart not enlarged. \ud800"
    sealed = helper.review(Report(id="r", text=text), ("structure",)).provenance
    assert sealed.reader == "rules"
    assert sealed.text_sha256 == hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    assert sealed.versions == versions()
    assert {"radassist", "lexicon", "guidelines", "checks", "templates", "glossary"} <= set(sealed.versions)


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty_report"), (" \n\t", "empty_report"), ("a" * 200_001, "too_long"), ("\x00\x01" * 99, "not_text")]
)
def test_what_cannot_be_read_is_an_input_error(helper: Assistant, text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        helper.review(Report(id="r", text=text))
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "lungs clear. " * 5_000,
        "(" * 150_000,
        "1.2 x " * 10_000,
        "无" * 150_000,
        "no " * 20_000,
        "\n" * 100_000 + "Lungs clear.",
        "a" * 200_000,
        "No effusion\r\n" * 4_000,
        "\u202eLungs\u202c cl\ud800ear\x1b[2J " + "word " * 40,
        "肝S8段" * 30_000,
        "1." * 90_000,
    ],
    ids=lambda text: f"{text[:8]!r}x{len(text)}",
)
def test_hostile_text_is_read_in_time_that_grows_with_its_length(helper: Assistant, text: str) -> None:
    from time import perf_counter

    helper.review(Report(id="warm", text="Lungs clear. 肝脏未见异常。"))
    start = perf_counter()
    helper.review(Report(id="r", text=text))
    # These take a second or two here; a quadratic step would take minutes.
    assert perf_counter() - start < 30


def test_unknown_names_come_with_the_nearest(helper: Assistant) -> None:
    report = Report(id="r", text="Lungs clear.")
    for call, near in (
        (lambda: helper.review(report, ("categorize",)), "categorise"),
        (lambda: helper.review(report, reader="rule"), "rules"),
        (lambda: helper.review(report, language="zh-CN"), "zh"),
        (lambda: helper.review(report, ()), "structure"),
    ):
        with pytest.raises(UnknownName) as caught:
            call()
        assert near in caught.value.hint
    assert checked_names(("explain", "structure", "explain")) == ("structure", "explain")
    assert checked_names(TASKS) == TASKS


def test_muted_rules_and_types_are_not_shown(helper: Assistant) -> None:
    report = Report(id="r", text=(ROOT / "examples/knee_mri_slips_en.txt").read_text("utf-8"), sex="M")
    issues = helper.check(report)
    assert issues
    rule, kind = issues[0].rule, issues[0].type
    assert rule not in {i.rule for i in Assistant(Settings(mute=frozenset({rule}))).check(report)}
    assert kind not in {i.type for i in Assistant(Settings(mute=frozenset({kind}))).check(report)}


def test_time_is_kept_per_stage(helper: Assistant) -> None:
    helper.review(Report(id="r", text="Lungs clear."))
    assert {"load", "read", *TASKS} <= set(helper.seconds)
    assert all(seconds >= 0 for seconds in helper.seconds.values())


def test_importing_the_library_is_light() -> None:
    code = "import sys, assistant; print(len({'pydantic', 'yaml', 'rich', 'typer'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "0\n"


def test_settings_come_from_the_file_and_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text('reader = "rules"\nmute = ["spelling"]\nlanguage = "zh"\n')
    loaded = Settings.load({"RADASSIST_CONFIG": str(file), "RADASSIST_LANGUAGE": "en", "RADASSIST_MUTE": "a,b c"})
    assert (loaded.reader, loaded.language, loaded.mute) == ("rules", "en", frozenset("abc"))
    assert Settings.load({}) == Settings()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("langage = 'zh'", "langage"),
        ("language = ", "site.toml"),
        (None, "cannot be read"),
        ("mute = 5", "'mute' cannot be 5"),
        ("reader = 3", "'reader' cannot be 3"),
        ("language = ['zh']", "'language' cannot be"),
    ],
)
def test_wrong_settings_are_told(tmp_path: Path, content: str | None, says: str) -> None:
    file = tmp_path / "site.toml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SetupError, match=says) as caught:
        Settings.load({"RADASSIST_CONFIG": str(file)})
    assert caught.value.hint
