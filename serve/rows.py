"""One JSON row as received -> Report, or a clear error with the best id that can be told."""

from __future__ import annotations

import functools
import json
import re
from typing import Any

import orjson

from assistant.errors import InputError
from assistant.report.text import PriorReport, Report

_TEXT_FIELDS = ("exam", "indication", "modality", "date", "language", "reader", "site")


RowId = str | int | float
"""Ids are text, but a number comes back as the number that it was."""


class RowError(InputError):
    """A row that cannot become a report; `row_id` is the best known name for it."""

    code = "bad_row"
    hint = 'A row is one JSON object on one line: {"id": "r1", "text": "..."}.'

    def __init__(self, message: str, row_id: RowId, *, hint: str | None = None, code: str | None = None) -> None:
        super().__init__(message, hint=hint, code=code)
        self.row_id = row_id


def parse_row(line: bytes, fallback_id: str) -> dict[str, Any]:
    """The JSON object of one line, with a usable "id".

    Raises:
        RowError: half a JSON line, not an object, or not text.
    """
    try:
        row = _loads(line)
    except InputError as error:
        raise RowError(error.message, known_id(line, fallback_id), hint=error.hint, code=error.code) from error
    if not isinstance(row, dict):
        hint = "Write each object of the list on a line of its own: `jq -c '.[]' FILE`." if isinstance(row, list) else None
        raise RowError(f"The line is {_kind(row)}, not a JSON object.", fallback_id, hint=hint)
    row["id"] = _id_of(row.get("id"), fallback_id)
    return row


def report_of(row: dict[str, Any]) -> Report:
    """The report that a parsed row holds.

    Raises:
        RowError: no text, or a field of the wrong type; the message names the field.
    """
    row_id: RowId = row["id"]
    text = row.get("text")
    if not isinstance(text, str):
        said = 'The row has no "text".' if "text" not in row else f'"text" is {_kind(text)}, not a string.'
        raise RowError(said, row_id)
    fields: dict[str, Any] = {"id": str(row_id), "text": text}
    for name in _TEXT_FIELDS:
        value = row.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            raise RowError(f'"{name}" is {_kind(value)}, not a string.', row_id)
        fields[name] = value
    # What cannot be read of these is not known; that is Report's to judge.
    fields |= {name: row.get(name) for name in ("sex", "age")}
    fields["clinical"] = _clinical(row.get("clinical"), row_id)
    fields["language"] = language_of(fields.get("language"))
    fields["prior"] = _priors(row.get("prior"), row_id)
    return Report(**fields)


def _clinical(value: Any, row_id: RowId) -> str | dict[str, Any] | None:
    """Words, or names with plain values.

    Raises:
        RowError: anything else.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict) and all(v is None or isinstance(v, (str, int, float, bool)) for v in value.values()):
        return value
    raise RowError('"clinical" is neither text nor an object of names and plain values.', row_id)


def language_of(value: str | None) -> str | None:
    """The two-letter code of a language tag ("zh-CN" -> "zh"); None where none is stated."""
    if not value or not value.strip():
        return None
    word = value.strip().lower()
    names = {"english": "en", "chinese": "zh", "中文": "zh", "英文": "en", "eng": "en", "zho": "zh", "chi": "zh", "cn": "zh"}
    return names.get(word, re.split(r"[-_]", word)[0])


def known_id(line: bytes, fallback: str) -> RowId:
    """The value of the first top-level "id" of a broken JSON line, as far as it can be told; else the fallback."""
    head = line[:8192].decode("utf-8", "replace")
    depth = 0
    for token in _tokens().finditer(head):
        word = token.group(1)
        if word in "{[":
            depth += 1
        elif word in "}]":
            depth -= 1
        elif depth == 1 and word == '"id"' and token.group(2):
            try:
                return _id_of(json.loads(token.group(2)), fallback)
            except ValueError:
                return fallback
    return fallback


@functools.cache
def _tokens() -> re.Pattern[str]:
    return re.compile(r'("(?:[^"\\]|\\.)*"|[{}\[\]])(?:(?<=")\s*:\s*("(?:[^"\\]|\\.)*"|-?\d{1,30}(?=[\s,}])))?')


def dump(obj: Any) -> bytes:
    """Compact JSON in UTF-8. Lone surrogates, which JSON in UTF-8 cannot carry, become U+FFFD, one for one: offsets still hold."""
    try:
        return orjson.dumps(obj, default=_plain)
    except (orjson.JSONEncodeError, TypeError):
        text = json.dumps(obj, ensure_ascii=False, separators=(",", ":"), default=_plain)
        return str(sound(text)).encode()


def _plain(value: Any) -> Any:
    """Sets of a knowledge base as lists; decimals as numbers."""
    return sorted(value, key=str) if isinstance(value, set | frozenset) else float(value)


def sound(text: RowId) -> RowId:
    """The text with every lone surrogate replaced by U+FFFD; a number as it is."""
    return text if not isinstance(text, str) else _surrogates().sub("\ufffd", text)


@functools.cache
def _surrogates() -> re.Pattern[str]:
    return re.compile("[\ud800-\udfff]")


def _loads(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        pass
    from serve.decode import decode

    # Not plain UTF-8 JSON: perhaps another encoding, or lone surrogates, which only the standard library reads.
    text = decode(line).text.lstrip("\ufeff")
    try:
        return json.loads(text, parse_constant=_no_constant, strict=False)
    except RecursionError as error:
        raise RowError("The line is nested too deeply.", "") from error
    except ValueError as error:
        where = f" near character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        cut = isinstance(error, json.JSONDecodeError) and (error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"))
        raise RowError("The line is half a JSON object: it stops too early." if cut else f"The line is not JSON{where}.", "") from error


def _no_constant(word: str) -> Any:
    raise ValueError(word)


def _id_of(value: Any, fallback: str) -> RowId:
    if isinstance(value, str):
        return value if value.strip() else fallback
    return value if isinstance(value, int | float) and not isinstance(value, bool) else fallback


def _priors(value: Any, row_id: RowId) -> tuple[PriorReport, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(v, dict) and isinstance(v.get("text", ""), str) for v in value):
        raise RowError('"prior" is not a list of {"id", "date", "text"}.', row_id)
    dates = [v.get("date") if isinstance(v.get("date"), str) else None for v in value]
    return tuple(PriorReport(id=str(_id_of(v.get("id"), "")), date=d, text=v.get("text", "")) for v, d in zip(value, dates, strict=True))


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    names = ((str, "a string"), (int, "a number"), (float, "a number"), (list, "a list"), (dict, "an object"))
    return next((name for kind, name in names if isinstance(value, kind)), "of another type")
