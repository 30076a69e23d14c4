"""The engine's set of possible answers equals brute force over every completion of what is unknown."""

from __future__ import annotations

import itertools
import random
from decimal import Decimal
from typing import Any

import pytest

from assistant.knowledge import shelf
from assistant.knowledge.decide import decide, possible
from assistant.knowledge.guideline import Input
from tests.knowledge.reference import brute_force, thresholds_of

SAMPLES = 2000
LIMIT = 60


def test_every_partial_input_of_the_lirads_table() -> None:
    guideline, program = shelf.guideline("lirads_ctmri_v2018"), shelf.program("lirads_ctmri_v2018.table")
    fixed = {"modality": "ct", "washout_phase": "portal_venous", "capsule_phase": "portal_venous"}
    axes: dict[str, list[Any]] = {
        "size_mm": [None, 9, 10, 19, 20],
        "aphe": [None, "none", "nonrim", "rim", "unsure"],
        "washout": [None, "none", "nonperipheral", "peripheral", "unsure"],
        "capsule": [None, "none", "enhancing", "nonenhancing", "unsure"],
        "threshold_growth": [None, False, True],
    }
    tried = 0
    for chosen in itertools.product(*axes.values()):
        known = fixed | {n: v for n, v in zip(axes, chosen, strict=True) if v is not None}
        expected = brute_force(guideline, "table", known, [], {}, 10_000)
        assert expected is not None
        assert possible(program, known) == expected, known
        tried += 1
    assert tried == 5 * 5 * 5 * 5 * 3


@pytest.mark.parametrize(
    "name",
    [
        "lirads_ctmri_v2018",
        "lirads_ctmri_v2018.table",
        "lugano_pet",
        "irecist",
        "aast_2018_liver",
        "aast_2018_spleen",
        "aast_2018_kidney",
        "lirads_tra_nonrad_v2024",
        "cnlc_2024",
        "pirads_v2_1",
        "pirads_v2_1.dwi_score",
        "orads_us_v2022",
        "cnlc_2024.child_pugh",
        "lungrads_v2022.management",
        "tnm8_pdac",
        "resectability_pdac",
        "pancreatic_cyst_acr_2017",
        "pancreatic_cyst_acr_2017.growth",
        "ipmn_kyoto_2024",
        "asge_2019_cbds",
        "esge_2019_cbds",
        "cbds.duct_dilated",
        "cbds.difficulty_flags",
        "tnm8_crc",
        "tnm8_rcc",
        "rectal_mri.node_esgar2016",
        "tnm8_gastric.path_stage",
        "c_tirads_2020",
        "c_tirads_2020.fna",
        "birads_5",
        "tnm8_breast.cn",
        "tnm9_npc.n",
        "tnm9_npc.stage",
        "lirads_tra_v2018",
        "lirads_tra_rad_v2024",
        "lirads_us_v2024",
        "lirads_ceus_v2017",
        "bclc_2022",
        "tnm8_hcc",
        "tnm8_icca",
        "tnm8_pcca",
        "tnm8_dcca",
    ],
)
def test_random_partial_inputs(name: str) -> None:
    whole, _, part = name.partition(".")
    guideline, program = shelf.guideline(whole), shelf.program(name)
    rng = random.Random(20181)
    slots = {n: s.input for n, s in program.inputs.items()}
    bounds = thresholds_of(guideline, part)
    open_ = 0
    for _ in range(SAMPLES):
        known = _some(rng, slots, bounds)
        expected = brute_force(guideline, part, known, [], _critical(known), LIMIT)
        while expected is None:
            missing = [n for n in slots if n not in known]
            known |= _some(rng, {n: slots[n] for n in rng.sample(missing, max(1, len(missing) // 3))}, bounds, 1.0)
            expected = brute_force(guideline, part, known, [], _critical(known), LIMIT)
        if not expected:  # no patient is like that; it is read as it stands
            assert possible(program, known)
            continue
        assert possible(program, known) == expected, known
        open_ += len(expected) > 1
    assert open_ > SAMPLES / 20


def test_random_partial_inputs_of_a_list() -> None:
    guideline, program = shelf.guideline("lungrads_v2022"), shelf.program("lungrads_v2022")
    rng = random.Random(2022)
    outer = {n: s.input for n, s in program.inputs.items()}
    idle = ("long_mm", "short_mm")  # they only matter where there is no mean
    inner = {n: s.input for n, s in program.lesion_inputs.items() if n not in idle}
    bounds = thresholds_of(guideline, "")
    open_ = tried = 0
    while tried < SAMPLES:
        known = _some(rng, outer, bounds, 0.85)
        members = [_some(rng, inner, bounds, 0.85) for _ in range(rng.choice((1, 1, 2)))]
        expected = brute_force(guideline, "", known, members, {}, LIMIT, idle)
        while expected is None:
            for have, slots in [(known, outer), *((m, inner) for m in members)]:
                missing = [n for n in slots if n not in have]
                have |= _some(rng, {n: slots[n] for n in rng.sample(missing, len(missing) // 2 or min(1, len(missing)))}, bounds, 1.0)
            expected = brute_force(guideline, "", known, members, {}, LIMIT, idle)
        got = possible(program, known | {"nodules": members})
        if not expected:  # "seen at baseline" in a follow-up round: no patient is like that; it is read as it stands
            assert got
            continue
        assert got == expected, (known, members)
        tried += 1
        open_ += len(expected) > 1
    assert open_ > tried / 10


def test_growth_with_two_unknown_numbers() -> None:
    # size and earlier size both unknown: neither can be cut at fixed places, only together
    program = shelf.program("lirads_ctmri_v2018.growth")
    base = {"prior_interval_months": 5, "prior_modality": "ct", "is_mass": True, "new_observation": False}
    assert possible(program, base) == {"True", "False"}
    assert possible(program, base | {"size_mm": ">=10 and <=14", "prior_size_mm": ">=10"}) == {"False"}
    assert possible(program, base | {"size_mm": ">=15", "prior_size_mm": "<=10"}) == {"True"}
    assert possible(program, base | {"size_mm": ">=14", "prior_size_mm": "<=10"}) == {"True", "False"}
    whole = shelf.program("lirads_ctmri_v2018")
    known = dict.fromkeys(("treated", "new_observation", "vein_occluded", "distinctive_nodule"), False) | dict.fromkeys(
        ("targetoid", "nontargetoid_lrm", "af_malignant", "af_benign", "tie_between"), ()
    )
    known |= base | {"risk_basis": "cirrhosis", "multiphase": True, "image_quality": "adequate", "tiv": "none", "benign_judgement": "none"}
    known |= {"pathology": "none", "cirrhosis_cause": "other", "observation_present": True, "modality": "ct", "aphe": "nonrim"}
    known |= {"washout": "none", "capsule": "none"}
    # up to 14 mm and at least 10 mm before: no growth, so no LR-5; from 20 mm on growth is possible
    assert possible(whole, known | {"size_mm": "<=14", "prior_size_mm": ">=10"}) == {"LR-3"}
    assert possible(whole, known | {"size_mm": ">=10 and <=19", "prior_size_mm": ">=10"}) == {"LR-3", "LR-5"}


def test_missing_means_that_two_patients_differ() -> None:
    """Whatever is called missing can change the answer, and whatever is not cannot, in every open partial input of the table."""
    program = shelf.program("lirads_ctmri_v2018.table")
    fixed = {"modality": "ct", "washout_phase": "portal_venous", "capsule_phase": "portal_venous"}
    values: dict[str, list[Any]] = {
        "size_mm": [9, 10, 20],
        "aphe": ["none", "nonrim"],
        "washout": ["none", "nonperipheral"],
        "capsule": ["none", "enhancing"],
        "threshold_growth": [False, True],
    }
    answers = {
        chosen: next(iter(possible(program, fixed | dict(zip(values, chosen, strict=True)))))
        for chosen in itertools.product(*values.values())
    }
    for chosen in itertools.product(*([None, *options] for options in values.values())):
        known = fixed | {n: v for n, v in zip(values, chosen, strict=True) if v is not None}
        full = [c for c in answers if all(k is None or k == v for k, v in zip(chosen, c, strict=True))]
        matters = {
            name
            for i, name in enumerate(values)
            if any(
                answers[a] != answers[b]
                for a in full
                for b in full
                if all(x == y or j == i for j, (x, y) in enumerate(zip(a, b, strict=True)))
            )
        }
        assert set(decide(program, known).missing) == matters, known


def _some(rng: random.Random, slots: dict[str, Input], bounds: dict[str, set[Decimal]], share: float = 0.8) -> dict[str, Any]:
    return {name: _value(rng, name, spec, bounds) for name, spec in slots.items() if rng.random() < share}


def _value(rng: random.Random, name: str, spec: Input, bounds: dict[str, set[Decimal]]) -> Any:
    if spec.type == "bool":
        return rng.random() < 0.25
    if spec.type == "choice":
        return rng.choice(spec.values) if rng.random() < 0.6 or spec.default is None else spec.default
    if spec.type == "flags":
        return frozenset(rng.sample(spec.values, rng.choice((0, 0, 0, 1, 2))))
    near = [b + d for b in bounds.get(name, {Decimal(10)}) for d in (Decimal("-0.1"), Decimal(0), Decimal("0.1"), Decimal(3))]
    value = rng.choice(sorted(near))
    value = max(value, Decimal(str(spec.min)) if spec.min is not None else value)
    value = min(value, Decimal(str(spec.max)) if spec.max is not None else value)
    return int(value) if spec.type == "integer" else value


def _critical(known: dict[str, Any]) -> dict[str, set[Decimal]]:
    """Where a percentage of a known size puts a threshold on an unknown one."""
    out: dict[str, set[Decimal]] = {}
    if "size_mm" in known and "prior_size_mm" not in known:
        out["prior_size_mm"] = {Decimal(str(known["size_mm"])) / Decimal("1.5")}
    if "prior_size_mm" in known and "size_mm" not in known:
        out["size_mm"] = {Decimal(str(known["prior_size_mm"])) * Decimal("1.5")}
    if "size_mm" not in known and "prior_size_mm" not in known:
        out["prior_size_mm"] = {Decimal(str(t)) for t in ("1", "6.6", "13", "400", "9.6", "19.6")}
    return out
