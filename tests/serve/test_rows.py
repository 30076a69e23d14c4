"""JSON rows to reports: what is wrong is named, the id is found as far as it can be told, output JSON is always sound."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from serve.rows import RowError, dump, known_id, language_of, parse_row, report_of


@pytest.mark.parametrize(
    ("line", "row_id", "says"),
    [
        (b'{"id": "a", "text": "Liver', "a", "half"),
        (b'{"text": "No id yet", "id": "b"', "b", "half"),
        (b'{"prior": [{"id": "old"}], "id": 7, "text": "x', 7, "half"),
        (b'{"prior": [{"id": "old", "text": "x', "line-3", "half"),
        (b"Liver normal.", "line-3", "not JSON"),
        (b'["id", "a"]', "line-3", "a list"),
        (b'"text"', "line-3", "a string"),
        (b"null", "line-3", "null"),
        (b'{"id": "a" "text": 1}', "a", "not JSON"),
        (b"[" * 100_000, "line-3", "deep"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "line-3", "PNG"),
        (b'{"id": "a", "text": ' + b"9" * 10_000 + b"}", "a", "JSON"),
    ],
)
def test_broken_lines_are_named(line: bytes, row_id: str, says: str) -> None:
    with pytest.raises(RowError, match=says) as caught:
        report_of(parse_row(line, "line-3"))
    assert caught.value.row_id == row_id or says in str(caught.value)
    if not line.startswith(b"["):
        assert caught.value.row_id == row_id


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"id": "a"}, 'no "text"'),
        ({"id": "a", "text": None}, "null"),
        ({"id": "a", "text": 5}, "a number"),
        ({"id": "a", "text": ["x"]}, "a list"),
        ({"id": "a", "text": "x", "exam": 3}, '"exam" is a number'),
        ({"id": "a", "text": "x", "prior": "old report"}, '"prior"'),
        ({"id": "a", "text": "x", "prior": [1]}, '"prior"'),
    ],
)
def test_wrong_types_are_named(row: dict[str, Any], says: str) -> None:
    with pytest.raises(RowError, match=says) as caught:
        report_of(parse_row(json.dumps(row).encode(), "line-1"))
    assert caught.value.row_id == "a"


def test_nulls_and_unknown_fields_are_as_if_they_were_not_there() -> None:
    row = {"id": "a", "text": "x", "exam": None, "sex": None, "age": None, "prior": None, "language": None, "ward": "3B"}
    report = report_of(parse_row(json.dumps(row).encode(), "line-1"))
    assert (report.exam, report.sex, report.age, report.prior) == ("", None, None, ())


@pytest.mark.parametrize("value", [None, "", " ", {"a": 1}, [1], True])
def test_rows_without_a_usable_id_are_called_by_their_line(value: Any) -> None:
    assert parse_row(json.dumps({"id": value, "text": "x"}).encode(), "line-9")["id"] == "line-9"


def test_number_ids_stay_numbers_in_the_answer_and_name_the_report() -> None:
    row = parse_row(b'{"id": 12, "text": "x"}', "line-1")
    assert (row["id"], report_of(row).id) == (12, "12")


def test_rows_in_other_encodings_are_read() -> None:
    line = json.dumps({"id": "甲", "text": "肝脏未见异常，脾不大，腹腔未见积液。"}, ensure_ascii=False)
    for encoding in ("utf-8", "gb18030", "utf-8-sig"):
        assert parse_row(line.encode(encoding), "line-1") == json.loads(line)


def test_raw_control_characters_and_lone_surrogates_are_read() -> None:
    assert parse_row(b'{"id": "a", "text": "x\ty\x00z"}', "l")["text"] == "x\ty\x00z"
    assert parse_row(b'{"id": "a", "text": "x\\ud800y"}', "l")["text"] == "x\ud800y"


def test_output_is_sound_json_with_the_same_offsets() -> None:
    data = dump({"text": "ab\ud800cd\udc00", "n": [1.5, None]})
    text = orjson.loads(data)["text"]
    assert text == "ab\ufffdcd\ufffd"
    assert len(text) == 6


def test_ids_of_hostile_lines_are_found_in_linear_time() -> None:
    assert known_id(b'{"' + b'\\"' * 500_000, "line-1") == "line-1"


@pytest.mark.parametrize("sex", ["yes", True, 3, ["M"], {}])
@pytest.mark.parametrize("age", ["old", -1, 1e300, True, ["63"], {}])
def test_sex_and_age_that_cannot_be_read_are_not_known(sex: Any, age: Any) -> None:
    report = report_of(parse_row(json.dumps({"id": "a", "text": "x", "sex": sex, "age": age}).encode(), "line-1"))
    assert (report.sex, report.age) == (None, None)


@pytest.mark.parametrize(
    ("value", "code"), [("en", "en"), ("zh-CN", "zh"), ("EN_us", "en"), ("中文", "zh"), ("fr", "fr"), (" ", None), (None, None)]
)
def test_language_tags(value: str | None, code: str | None) -> None:
    assert language_of(value) == code
