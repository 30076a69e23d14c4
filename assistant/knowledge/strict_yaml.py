"""YAML read strictly: what a clinician typed is what the program gets, or the error names file and line.

Plain YAML keeps the last of two equal keys, turns `no` into False and `010` into 8. In a guideline each of these changes a
decision without a word, so all of them are errors here.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import textwrap
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from assistant.errors import KnowledgeError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser where it is there: about eight times faster."""

_AMBIGUOUS = {"yes", "no", "on", "off", "y", "n"}
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}

_M = TypeVar("_M", bound=BaseModel)


def load_yaml(path: Path) -> Any:
    """The content of a YAML file.

    Raises:
        KnowledgeError: not there, not UTF-8, not YAML, or ambiguous in one of the ways above.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise KnowledgeError(f"There is no {path.name} here yet.", file=str(path.parent)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"This file cannot be read: {error}", file=str(path)) from error
    return parse_yaml(text, file=str(path))


def parse_yaml(text: str, *, file: str = "<text>") -> Any:
    """The content of a YAML text; `file` is what errors call it."""
    root = _compose(text, file)
    return None if root is None else _construct(root, file)


def load_model(path: Path, model: type[_M], *, extra: Mapping[str, Any] | None = None) -> _M:
    """A YAML file as a checked type; `extra` adds fields that the file itself does not hold.

    Raises:
        KnowledgeError: as `load_yaml`, or a field is missing, unknown or of the wrong kind.
    """
    data = load_yaml(path)
    if not isinstance(data, dict):
        raise KnowledgeError("The file must be a mapping of names to values.", file=str(path), line=1)
    try:
        return model.model_validate({**data, **(extra or {})})
    except ValidationError as error:
        faults = [(one["msg"], tuple(one["loc"]), one["type"]) for one in error.errors()]
        others = tuple(_fault(path, model, *fault) for fault in faults[1:])
        raise _fault(path, model, *faults[0], others) from error


def _compose(text: str, file: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise KnowledgeError(f"This is not YAML: {problem}", file=file, line=mark.line + 1 if mark else None) from error
    return node


def _construct(node: yaml.Node, file: str) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, file)
    if isinstance(node, yaml.SequenceNode):
        return [_construct(item, file) for item in node.value]
    out: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise KnowledgeError("A name must be plain text.", file=file, line=key_node.start_mark.line + 1)
        key = _scalar(key_node, file)
        if not isinstance(key, str):
            hint = f'Write it in quotes: "{key_node.value}".'
            raise KnowledgeError(f"The name {key_node.value} is not text.", file=file, line=key_node.start_mark.line + 1, hint=hint)
        if key in out:
            raise KnowledgeError(f"The name {key!r} stands here twice.", file=file, line=key_node.start_mark.line + 1)
        out[key] = _construct(value_node, file)
    return out


def _scalar(node: yaml.ScalarNode, file: str) -> Any:
    text: str = node.value
    if node.style:  # quoted or block: text as it stands (plain is None, or "" from libyaml)
        return text
    line = node.start_mark.line + 1
    if text.lower() in _AMBIGUOUS:
        raise KnowledgeError(f"{text} without quotes is ambiguous.", file=file, line=line, hint=f'Write "{text}", or true or false.')
    if _LEADING_ZERO.fullmatch(text):
        raise KnowledgeError(f"{text} starts with a zero.", file=file, line=line, hint=f'Write "{text}" for text, or no zero.')
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def _fault(
    path: Path, model: type[BaseModel], message: str, where: tuple[Any, ...], kind: str, others: tuple[KnowledgeError, ...] = ()
) -> KnowledgeError:
    """One thing that is wrong with a file: where, what, and what would be right as far as the type tells."""
    field = ".".join(str(part) for part in where)
    hint = None
    if kind == "extra_forbidden":
        message, hint = "there is no such name here.", _names_hint(model, where)
    elif kind == "missing":
        message, hint = "this is missing.", _meaning(model, where)
    return KnowledgeError(f"{field}: {message}", file=str(path), line=_line_of(path, where), hint=hint, others=others)


def _names_hint(model: type[BaseModel], where: tuple[Any, ...]) -> str | None:
    known = [field.alias or name for kind in _types_at(model, where[:-1]) for name, field in kind.model_fields.items()]
    near = get_close_matches(str(where[-1]), known, 1)
    return f"Did you mean {near[0]}?" if near else f"There are: {', '.join(dict.fromkeys(known))}." if known else None


def _meaning(model: type[BaseModel], where: tuple[Any, ...]) -> str | None:
    """What a field is for, from the text below it in its class, or the values that it may have."""
    for kind in _types_at(model, where[:-1]):
        field = kind.model_fields.get(str(where[-1]))
        if field is None:
            continue
        values = [str(v) for plain in _flat(field.annotation) if get_origin(plain) is Literal for v in get_args(plain)]
        if values:
            return f"One of {', '.join(values)}."
        return next((text for owner in kind.__mro__ if (text := _below(owner, str(where[-1])))), None)
    return None


def _below(owner: type, name: str) -> str | None:
    """The text that stands below an attribute in the source; read only when something is wrong."""
    try:
        body = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
    except (OSError, SyntaxError, TypeError):
        return None
    lines = getattr(body, "body", [])
    for line, text in itertools.pairwise(lines):
        named = isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.target.id == name
        if named and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            return str(text.value.value)
    return None


def _types_at(model: type[BaseModel], where: tuple[Any, ...]) -> list[type[BaseModel]]:
    """The types that may stand at a place of the file."""
    kinds: list[Any] = [model]
    for part in where:
        if len(kinds) > 1:  # a union names the branch it took
            kinds = [kind for kind in kinds if _is_model(kind) and part in kind.model_fields]
            continue
        inner: list[Any] = []
        for kind in kinds:
            if _is_model(kind):
                inner += [f for name, field in kind.model_fields.items() if part in (name, field.alias) for f in _flat(field.annotation)]
            elif get_args(kind):
                inner += _flat(get_args(kind)[1 if get_origin(kind) is dict else 0])
        kinds = [kind for kind in inner if kind is not type(None)]
    return [kind for kind in kinds if _is_model(kind)]


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _flat(kind: Any) -> list[Any]:
    """The members of a union, without their annotations."""
    if get_origin(kind) is Annotated:
        return _flat(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return [inner for member in get_args(kind) for inner in _flat(member)]
    return [kind]


def _line_of(path: Path, where: tuple[Any, ...]) -> int | None:
    """The line of the deepest part of `where` that the file has."""
    node = _compose(path.read_text(encoding="utf-8"), str(path))
    if node is None:
        return None
    line: int = node.start_mark.line + 1
    for part in where:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == part), None)
            if found is None:
                continue  # a name that the type adds (a union's branch); the file does not have it
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
