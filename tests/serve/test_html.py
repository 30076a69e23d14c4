"""The page: one file, nothing loaded, everything escaped, every mark tied to its result."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from serve.render.html import page
from serve.render.view import build
from tests.serve.samples import REPORT, TEXT, review

ROOT = Path(__file__).resolve().parent.parent.parent


class Reader(HTMLParser):
    """Collects tags, attributes, and the text inside the report."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.report: dict[int, str] = {}
        self._source = 0
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if dict(attrs).get("class") == "source":
            self._source, self._inside = self._source + 1, True

    def handle_endtag(self, tag: str) -> None:
        if tag == "div":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.report[self._source] = self.report.get(self._source, "") + data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


@pytest.fixture(scope="module")
def html() -> str:
    return page(REPORT, review())


def test_report_text_makes_no_tag_and_no_attribute(html: str) -> None:
    reader = read(html)
    names = [tag for tag, _ in reader.tags]
    assert names.count("script") == 1
    assert names.count("style") == 1
    assert not {"img", "link", "iframe", "object", "embed", "form", "base", "u"} & set(names)
    assert not [name for _, attrs in reader.tags for name in attrs if name.startswith("on") or name in {"src", "srcdoc", "style"}]
    assert "alert(1)</script>" not in html


def test_links_lead_only_into_the_page(html: str) -> None:
    reader = read(html)
    ids = {attrs["id"] for _, attrs in reader.tags if "id" in attrs}
    links = [attrs["href"] or "" for _, attrs in reader.tags if "href" in attrs]
    assert links
    assert all(link.startswith("#") and link[1:] in ids for link in links)
    assert not re.search(r"(?:https?:)?//[a-z]|@import|url\(", html)


def test_policy_allows_only_what_stands_in_the_file(html: str) -> None:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert found
    policy = found.group(1).replace("&#39;", "'")
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert body
        digest = base64.b64encode(hashlib.sha256(body.group(1).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_the_whole_report_is_there_in_order(html: str) -> None:
    shown = read(html).report
    assert [shown[n] for n in (1, 2)] == [REPORT.exam, REPORT.indication]
    # Control, direction and surrogate characters are shown as symbols, one for one.
    assert len(shown[3]) == len(TEXT) or len(shown[3]) == len(TEXT.replace("\r\n", "\n"))
    assert shown[3].replace("\r\n", "\n")[:100] == TEXT.replace("\r\n", "\n")[:100]
    assert not set(shown[3]) & set("\x00\x1b\u202e\ud800")


def test_every_mark_is_tied_to_a_result_and_back(html: str) -> None:
    reader = read(html)
    marks = {key for tag, attrs in reader.tags if tag == "mark" for key in (attrs["data-k"] or "").split()}
    results = {key for tag, attrs in reader.tags if tag != "mark" and "data-k" in attrs for key in (attrs["data-k"] or "").split()}
    assert marks
    assert marks <= results
    view = build(REPORT, review())
    placed = {key for place, key, _ in [*view.marks(), *view.lesion_marks()] if place.start < place.end}
    assert placed == marks


def test_keyboard_reaches_every_result_and_mark(html: str) -> None:
    assert all(attrs.get("tabindex") == "0" for _, attrs in read(html).tags if "data-k" in attrs)


def test_ids_are_unique(html: str) -> None:
    ids = [attrs["id"] for _, attrs in read(html).tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_page_is_sound_unicode_even_for_lone_surrogates(html: str) -> None:
    html.encode("utf-8")


def test_stated_category_that_differs_is_an_alert(html: str) -> None:
    assert 'class="alert"' in html
    assert "LR-4" in html


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("Categories", "Likely slips", "In plain words")), ("zh", ("分级与分期", "疑似差错", "通俗解释"))]
)
def test_labels_are_in_the_language_asked_for(language: str, words: tuple[str, ...]) -> None:
    html = page(REPORT, review(), language)
    assert all(word in html for word in words)


def test_the_explanation_keeps_its_lines_and_ties_its_sentences(html: str) -> None:
    assert "Main points:\n<span" in html
    assert "There is a lump &lt;script&gt;.</span>\nAsk your doctor." in html


def test_parts_not_asked_for_are_not_shown() -> None:
    html = page(REPORT, review().model_copy(update={"categories": None, "explanation": None}))
    assert 'id="h-categories"' not in html
    assert 'id="h-explanation"' not in html
    assert 'id="h-issues"' in html


def test_withheld_explanation_says_why_and_shows_nothing_else() -> None:
    given = review()
    assert given.explanation is not None
    held = given.explanation.model_copy(update={"withheld": "A number differs.", "text": "secret"})
    html = page(REPORT, given.model_copy(update={"explanation": held}))
    assert "A number differs." in html
    assert "secret" not in html
    assert "There is a lump" not in html


@pytest.mark.parametrize("name", ["words", "values"])
def test_every_word_is_there_in_both_languages(name: str) -> None:
    import yaml

    loaded = yaml.safe_load((ROOT / f"serve/render/{name}.yaml").read_text("utf-8"))
    assert loaded
    for key, entry in loaded.items():
        assert isinstance(key, str)
        assert set(entry) == {"en", "zh"}
        assert all(isinstance(word, str) and word for word in entry.values())


_CODE = re.compile(r"[A-Z0-9]+|LR-.*|US-\d|[TNMR]\d\w*|Tis|\d.*|[IV]+[A-Ca-c]?\d?|[ims][A-Z]\w*")
"""Categories and stages, which are the same in every language."""


def test_every_value_of_every_guideline_has_words_in_both_languages() -> None:
    import yaml

    from assistant.knowledge.shelf import guideline, guideline_ids

    loaded = yaml.safe_load((ROOT / "serve/render/values.yaml").read_bytes())
    inputs = [one for name in guideline_ids() for part in ("", *guideline(name).decisions) for one in guideline(name).asked(part).values()]
    bare = {v for one in inputs for v in one.values if v not in loaded and not _CODE.fullmatch(v)}
    assert not bare, "add them to serve/render/values.yaml"


def test_numbers_have_units_and_conditions_are_written_as_people_do() -> None:
    from serve.render.guides import Guides, from_shelf

    guides = Guides(from_shelf)
    assert guides.value("lirads_ctmri_v2018", "size_mm", 23.0, "en") == "23 mm"
    assert guides.value("lirads_ctmri_v2018", "size_mm", ">=10 and <20", "en") == "≥10 and <20 mm"
    assert guides.value("lirads_ctmri_v2018", "washout", "nonperipheral", "zh") == "非周边"
    assert guides.value("lirads_ctmri_v2018", "treated", True, "en") == "yes"
    assert guides.value("no_such", "thing", None, "en") == "–"
