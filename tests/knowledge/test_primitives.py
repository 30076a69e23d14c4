"""The seven primitives on small guidelines written for the test, each against brute force."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from assistant.errors import KnowledgeError, UnknownName
from assistant.knowledge.compiling import compile_program
from assistant.knowledge.decide import decide, possible
from assistant.knowledge.guideline import Guideline
from tests.knowledge.reference import brute_force

HEAD = {
    "id": "toy", "title": {"en": "Toy", "zh": "玩具"}, "edition": "1",
    "source": {"publisher": "us", "edition": "1", "year": 2026, "licence": "ours", "sections": {"s": "all"}},
    "applies": {"modality": ["CT"], "organ": ["lung"], "per": "patient"},
}  # fmt: skip


def make(categories: list[str], **rest: Any) -> Guideline:
    words = {"en": "x", "zh": "x"}
    return Guideline.model_validate({**HEAD, "categories": {c: {"title": words} for c in categories}, **rest})


def entry(kind: str, **rest: Any) -> dict[str, Any]:
    return {"title": {"en": "x", "zh": "x"}, "ask": "?", "type": kind, "cite": "s", **rest}


def row(name: str, when: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"id": name, "when": when, "cite": "s", "mark": "V", **rest}


def table(name: str, rows: list[dict[str, Any]], **rest: Any) -> dict[str, Any]:
    return {"table": name, "hit": "first", "rows": rows, **rest}


TNM = make(
    ["IA", "IB", "IIIA", "IV"],
    inputs={
        "size_cm": entry("number", min=0),
        "invades": entry("flags", values=["pleura", "chest_wall", "heart"]),
        "n": entry("choice", values=["N0", "N1"]),
        "m": entry("choice", values=["M0", "M1"]),
    },
    steps=[
        table(
            "t",
            [
                row("a", {"invades": "heart"}, then="T4"),
                row("b", {"invades": "chest_wall"}, then="T3"),
                row("c", {"size_cm": ">7"}, then="T4"),
                row("d", {"size_cm": ">5 and <=7"}, then="T3"),
                row("e", {"size_cm": ">3 and <=5"}, then="T2"),
                row("f", {"invades": "pleura"}, then="T2"),
                row("g", {"size_cm": "<=3"}, then="T1"),
            ],
        ),
        {
            "product": "group", "axes": ["t", "n", "m"], "cite": "s", "mark": "V",
            "cells": {"*": {"*": {"M1": "IV"}}, "T1": {"N0": {"M0": "IA"}, "N1": {"M0": "IIIA"}},
                      "T2": {"N0": {"M0": "IB"}, "N1": {"M0": "IIIA"}},
                      "T3 | T4": {"*": {"M0": "IIIA"}}},
        },
    ],
    result={"category": "{group}", "label": "{t} {n} {m} {group}"},
)  # fmt: skip


def test_product_composes_a_label_and_keeps_correlated_sets() -> None:
    # the cells of "*" are filled in first; later keys do not overwrite them
    program = compile_program(TNM)
    got = decide(program, {"size_cm": 2, "invades": ["pleura"], "n": "N0", "m": "M0"})
    assert (got.category, got.label) == ("IB", "T2 N0 M0 IB")
    assert possible(program, {"n": "N0", "m": "M0"}) == {"IA", "IB", "IIIA"}
    assert possible(program, {"m": "M1"}) == {"IV"}
    assert decide(program, {"m": "M1"}).label == "IV"  # T and N differ, the group does not
    got = decide(program, {"size_cm": 4, "invades": [], "m": "M0"})
    assert (got.possible, got.missing) == (("IB", "IIIA"), ("n",))


POINTS = make(
    ["TR1", "TR3", "TR5"],
    inputs={name: entry("choice", values=["none", "some", "much"]) for name in ("a", "b", "c", "d", "e")},
    steps=[
        {"points": "total", "items": [{"id": f"{n}{v}", "when": {n: v}, "add": p, "cite": "s", "mark": "V"}
                                      for n in "abcde" for v, p in (("some", 1), ("much", 3))]},
        table("level", [row("l", {"total": "<2"}, then="TR1"), row("m", {"total": ">=2 and <7"}, then="TR3"),
                        row("h", {"total": ">=7"}, then="TR5")]),
    ],
    result={"category": "{level}"},
)  # fmt: skip


def test_points_sum_into_bands() -> None:
    program = compile_program(POINTS)
    everything = {"a": "much", "b": "some", "c": "none", "d": "none", "e": "much"}
    assert decide(program, everything).category == "TR5"
    assert possible(program, {"a": "much", "b": "much", "c": "some"}) == {"TR5"}
    assert possible(program, {"a": "none", "b": "none", "c": "none"}) == {"TR1", "TR3"}
    assert possible(program, {"a": "none", "b": "none", "c": "none", "d": "some"}) == {"TR1", "TR3"}
    rng = random.Random(1)
    for _ in range(200):
        known = {n: rng.choice(["none", "some", "much"]) for n in "abcde" if rng.random() < 0.5}
        assert possible(program, known) == brute_force(POINTS, "", known, [], {}, 1000)


COUNTS = make(
    ["few", "some", "many"],
    list_name="lesions",
    inputs={
        "kind": entry("choice", values=["node", "mass"]),
        "size_mm": entry("number", min=0),
        "organ": entry("choice", values=["lung", "liver", "bone"]),
        "strict": entry("bool", scope="exam"),
    },
    steps=[
        {
            "for_each": "lesions",
            "steps": [
                table("target", [row("n", {"kind": "node", "size_mm": ">=15"}, then=True),
                                 row("m", {"kind": "mass", "size_mm": ">=10"}, then=True)], **{"else": False}),
            ],
            "keep": [
                {"into": "targets", "count": {"target": True}},
                {"into": "total", "sum": "size_mm"},
                {"into": "largest", "max": "size_mm"},
                {"into": "organs", "distinct": "organ"},
            ],
        },
        table(
            "burden",
            [
                row("x", {"strict": True, "targets": "<1"}, then="few"),
                row("y", {"organs": ">=3"}, then="many"),
                row("z", {"total": ">50"}, then="many"),
                row("w", {"largest": ">=30"}, then="many"),
                row("v", {"targets": 1}, then="some"),
                row("u", {"targets": ">1"}, then="many"),
            ],
            **{"else": "few"},
        ),
    ],
    result={"category": "{burden}"},
)  # fmt: skip


def test_count_sum_max_and_distinct_of_a_list() -> None:
    program = compile_program(COUNTS)
    lesion = {"kind": "mass", "size_mm": 12, "organ": "lung"}
    known = {"strict": False, "lesions": [lesion]}
    assert decide(program, known).category == "some"
    assert decide(program, {"strict": False, "lesions": [lesion, lesion]}).category == "many"
    assert decide(program, {"strict": False, "lesions": []}).category == "few"
    assert decide(program, {"strict": True, "lesions": [{**lesion, "size_mm": 9}]}).category == "few"
    assert possible(program, {"strict": False, "lesions": [{**lesion, "size_mm": ">=10"}]}) == {"some", "many"}
    assert possible(
        program, {"strict": False, "lesions": [{"kind": "mass", "organ": "lung", "size_mm": 26}, {**lesion, "size_mm": "<=24"}]}
    ) == {"some", "many"}
    assert possible(
        program,
        {
            "strict": False,
            "lesions": [{"kind": "node", "organ": "lung", "size_mm": 8}, {"kind": "node", "organ": "bone", "size_mm": "<=9"}],
        },
    ) == {"few"}
    rng = random.Random(3)
    choices: dict[str, list[Any]] = {"kind": ["node", "mass"], "size_mm": [5, 9, 10, 14, 15, 25, 30], "organ": ["lung", "liver", "bone"]}
    for _ in range(300):
        members = [
            {name: rng.choice(options) for name, options in choices.items() if rng.random() < 0.8}
            for _ in range(rng.choice((1, 2, 3)))
        ]  # fmt: skip
        known = {"strict": rng.random() < 0.5} if rng.random() < 0.8 else {}
        extra: dict[str, Any] = {}
        sizes = [m["size_mm"] for m in members if "size_mm" in m]
        if len(sizes) >= len(members) - 1:  # one open size: the sum puts a threshold on it
            extra = {"size_mm": {Decimal(max(0, 50 - sum(sizes)))}}
        elif len(sizes) < len(members) - 1:
            continue
        expected = brute_force(COUNTS, "", known, members, extra, 20_000)
        if expected:
            assert possible(program, {**known, "lesions": members}) == expected, (known, members)


FOLD = make(
    ["SD", "iUPD", "iCPD"],
    list_name="visits",
    inputs={"seen": entry("choice", values=["stable", "progress"])},
    steps=[
        {
            "for_each": "visits",
            "steps": [],
            "keep": [
                {
                    "into": "state",
                    "fold": {
                        "start": "SD",
                        "rows": [
                            row("a", {"state": "iCPD"}, then="iCPD"),
                            row("b", {"seen": "stable"}, then="SD"),
                            row("c", {"state": "SD"}, then="iUPD"),
                            row("d", {"state": "iUPD"}, then="iCPD"),
                        ],
                    },
                }
            ],
        }
    ],
    result={"category": "{state}"},
)


def test_fold_carries_a_state_through_time() -> None:
    program = compile_program(FOLD)

    def after(*visits: str | None) -> set[str]:
        return possible(program, {"visits": [{"seen": v} if v else {} for v in visits]})

    assert after() == {"SD"}
    assert after("progress") == {"iUPD"}
    assert after("progress", "stable") == {"SD"}
    assert after("progress", "progress") == {"iCPD"}
    assert after("progress", "progress", "stable") == {"iCPD"}
    assert after("progress", None) == {"SD", "iCPD"}
    assert after(None, "progress", "progress") == {"iCPD"}
    assert after(None, "progress") == {"iUPD", "iCPD"}


DERIVED = make(
    ["yes", "no"],
    inputs={name: entry("number", min=0) for name in ("a", "b", "c")} | {"on": entry("number"), "before": entry("number")},
    derived={
        "middle": {"mean": ["a", "b", "c"]},
        "all": {"sum": ["a", "b", "c"]},
        "top": {"max": ["a", "b"]},
        "low": {"min": ["a", "b"]},
        "cm": {"scale": ["a", 0.1]},
        "tidy": {"round_half_up": ["middle", 0.5]},
        "months": {"months_between": ["on", "before"]},
        "gone": {"difference": ["a", "b"]},
    },
    steps=[
        table(
            "out",
            [
                row("1", {"tidy": ">=4.5", "top": "<9"}, then="yes"),
                row("2", {"low": ">=3", "cm": "<=0.5"}, then="no"),
                row("3", {"gone": ">2", "months": "<=6"}, then="yes"),
                row("4", {"all": [6, "<3"]}, then="no"),
            ],
            **{"else": "no"},
        )
    ],
    result={"category": "{out}"},
)


def test_derivations_are_exact() -> None:
    program = compile_program(DERIVED)
    base: dict[str, Any] = {"on": 740000, "before": 739000}
    assert decide(program, base | {"a": 4, "b": 4, "c": 4.75}).category == "yes"  # mean 4.25 rounds half up to 4.5
    assert decide(program, base | {"a": 4, "b": 4, "c": 4.74}).category == "no"
    assert decide(program, base | {"a": 9, "b": 4, "c": 9}).category == "no"
    assert decide(program, {"a": 9, "b": 1, "c": 0, "on": 740000, "before": 739818}).category == "yes"
    assert possible(program, base | {"a": 4, "b": 4}) == {"yes", "no"}
    assert possible(program, base | {"a": 4, "b": 4, "c": ">=5"}) == {"yes"}
    assert possible(program, base | {"a": "<=4", "b": "<=4", "c": "<=4.7"}) == {"no"}  # only the sum tells
    assert possible(program, base | {"a": "<=4", "b": "<=4", "c": "<=4.8"}) == {"yes", "no"}
    assert possible(program, {"a": ">=3", "b": 1, "c": 0, "on": 740000, "before": ">=739900"}) == {"yes", "no"}
    assert possible(program, {"a": ">=10", "b": 1, "c": 0, "on": 740000, "before": ">=739900"}) == {"yes"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"steps": [table("t", [row("a", {"nothing": 1}, then="yes")])], "result": {"category": "{t}"}}, "nothing"),
        ({"steps": [table("t", [row("a", {"x": "maybe"}, then="yes")])], "result": {"category": "{t}"}}, "maybe"),
        ({"steps": [table("t", [row("a", {"n": "~3"}, then="yes")])], "result": {"category": "{t}"}}, "joined by"),
        ({"steps": [table("t", [row("a", {}, then="yes"), row("a", {}, then="no")])], "result": {"category": "{t}"}}, "Two rows"),
        ({"steps": [table("t", [row("a", {}, decide="perhaps")])], "result": {"category": "{t}"}}, "no category"),
        ({"steps": [table("x", [row("a", {}, then="yes")])], "result": {"category": "{x}"}}, "two things"),
        ({"steps": [table("t", [row("a", {}, then="yes")])], "result": {"category": "{u}"}}, "u is no"),
        ({"steps": [table("t", [{**row("a", {}, then="yes"), "cite": "z"}])], "result": {"category": "{t}"}}, "no section"),
        ({"steps": [], "derived": {"d": {"sum": ["n", "gone"]}}, "result": {"category": "{x}"}}, "rests on"),
        ({"steps": [{"product": "p", "axes": ["x"], "cells": {"c": "yes"}, "cite": "s", "mark": "V"}], "result": {"category": "{p}"}},
         "no value"),
    ],
)  # fmt: skip
def test_a_file_that_contradicts_itself_is_refused(change: dict[str, Any], says: str) -> None:
    inputs = {"x": entry("choice", values=["a", "b"]), "n": entry("number")}
    with pytest.raises(KnowledgeError, match=says):
        compile_program(make(["yes", "no"], inputs=inputs, **change))


@pytest.mark.parametrize(
    "bad",
    [
        {"then": "yes", "decide": "yes"},
        {},
        {"then": "yes", "mark": "K?"},
        {"then": "yes", "mark": "sure"},
        {"then": "yes", "colour": "red"},
    ],
)
def test_a_row_that_says_too_much_or_too_little_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"row|Input|Extra"):
        make(["yes"], steps=[table("t", [{"id": "a", "cite": "s", "mark": "V", **bad}])], result={"category": "{t}"})


def test_a_guideline_of_parts_has_no_answer_of_its_own() -> None:
    wide = table("t", [row("a", {"n": ">3"}, then=True)], **{"else": False})
    words = {"en": "x", "zh": "x"}
    part = {"title": words, "inputs": {"n": entry("number")}, "steps": [wide], "result": {"category": "{t}", "form": "bool"}}
    toy = Guideline.model_validate({**HEAD, "decisions": {"wide": part}})
    assert not toy.decides
    assert decide(compile_program(toy, "wide"), {"n": 4}).category == "True"
    with pytest.raises(UnknownName, match="only parts") as error:
        compile_program(toy)
    assert "toy.wide" in error.value.hint


@pytest.mark.parametrize(
    ("rest", "says"),
    [
        ({"steps": [table("t", [row("a", {}, then="yes")])]}, "end in a result"),
        ({}, "or decisions"),
        ({"result": {"category": "{t}"}}, "has categories"),
    ],
)
def test_a_guideline_without_an_end_is_refused(rest: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Guideline.model_validate({**HEAD, **rest})
