"""What is said twice: mentions of one finding in several sentences, or in findings and impression, become one with more evidence."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.tasks.structuring.sizes import axes
from assistant.tasks.structuring.things import Seen

_GENERIC = frozenset(
    {
        "lesion",
        "nodule",
        "mass",
        "focus",
        "observation",
        "focal_lesion",
        "tumour",
        "shadow",
        "low_density_focus",
        "high_density_focus",
        "pulmonary_nodule",
        "ground_glass_nodule",
        "lung_mass",
        "cystic_solid_nodule",
        "polyp",
        "ground_glass_opacity",
        "opacity",
        "consolidation",
    }
)
"""Names that a report may swap for one another when it speaks of the same thing again."""
_SIZE_TOLERANCE_MM = 1.5
_LATEST = 60
"""Groups of one name that a new mention is compared with."""


def merge(seen: Sequence[Seen]) -> list[list[Seen]]:
    """The things in order, each with the later mentions of it.

    Only groups with a like name are compared, and of those the latest, so that the time grows with the text and not with its square.
    """
    groups: list[list[Seen]] = []
    by_name: dict[str, list[int]] = {}
    for one in seen:
        names = _names(one)
        near = sorted({n for name in names for n in by_name.get(name, ())[-_LATEST:]}, reverse=True)
        scored = [(_fit(groups[n][0], one), n) for n in near]
        score, home = max(scored, default=(0.0, -1))
        if score > 0:
            groups[home].append(one)
            continue
        for name in names:
            by_name.setdefault(name, []).append(len(groups))
        groups.append([one])
    return groups


def _names(one: Seen) -> set[str]:
    """The names under which a thing may be looked for; a normal statement goes by its place."""
    if one.is_normal:
        return {f"normal {one.place.organ}" if one.place is not None else "normal"}
    names = {*one.ids, *one.concept.parents} - {"focal"}
    return names | {"lesion"} if one.concept.id in _GENERIC else names


def _fit(first: Seen, one: Seen) -> float:
    """How well two mentions can be of one finding; 0 where they cannot."""
    if bool(first.measured) != bool(one.measured) or first.is_normal != one.is_normal:
        return 0.0
    if first.is_normal:
        same = first.sentence == one.sentence or one.section != first.section
        return 1.0 if same and _same_place(first, one) == 2 else 0.0
    a, b = first.judged.assertion, one.judged.assertion
    if a != b and {a, b} != {"present", "possible"}:
        return 0.0
    repeated = one.section == "impression" and first.section != "impression"
    place = _same_place(first, one)
    if place == 0:
        return 0.0
    alike = _alike(first, one)
    if not alike or (alike == 1 and not repeated and not (first.lesion and first.lesion == one.lesion)):
        return 0.0
    if a != b and first.concept.id != one.concept.id:
        return 0.0  # "lesion, possibly a cyst": two findings
    if a == b == "absent":
        return 1.0 + place if alike == 2 and (repeated or place == 2) else 0.0
    sizes = axes(first.size)[:1], axes(one.size)[:1]
    agree = bool(sizes[0] and sizes[1]) and abs(sizes[0][0] - sizes[1][0]) <= _SIZE_TOLERANCE_MM
    if sizes[0] and sizes[1] and not agree:
        return 0.0
    linked = bool(first.lesion) and first.lesion == one.lesion
    plain = not first.concept.attrs.get("focal") and not sizes[0] and not sizes[1]
    if (
        not repeated
        and not linked
        and not (plain and place == 2 and alike == 2)
        and not (place == 2 and alike == 2 and first.sentence == one.sentence and not (one.size and first.size))
    ):
        return 0.0
    if first.lesion and one.lesion and not linked and not repeated:
        return 0.0
    return place + alike + 2.0 * agree + 2.0 * linked


def _alike(first: Seen, one: Seen) -> int:
    """2 same kind of thing, 1 names that may stand for each other, 0 different things."""
    x, y = first.concept, one.concept
    if x.id == y.id or x.is_a(y.id) or y.is_a(x.id) or set(first.ids) & set(one.ids):
        return 2
    return 1 if x.id in _GENERIC and y.id in _GENERIC else 0


def _same_place(first: Seen, one: Seen) -> int:
    """2 same place, 1 one may be the other said less exactly, 0 apart."""
    p, q = first.place, one.place
    sides = {s for s in (first.laterality, one.laterality) if s != "none"}
    if len(sides) > 1 and "bilateral" not in sides:
        return 0
    if p is None or q is None:
        return 1
    if p.organ and q.organ and p.organ != q.organ:
        near = first.where is not None and one.where is not None and (first.where.parents & one.where.parents)
        return 1 if near else 0
    mine, theirs = _inner(first), _inner(one)
    if mine == theirs and len(sides) <= 1:
        return 2
    if not mine or not theirs or mine & theirs or not p.organ or not q.organ:
        return 1
    if set(p.words.split()) < set(q.words.split()) or set(q.words.split()) < set(p.words.split()):
        return 1  # "white matter" and "frontal white matter"
    return 0


def _inner(seen: Seen) -> frozenset[str]:
    """The parts of a place, less those that are only a side of the whole organ ("left kidney", "both lungs")."""
    where, place = seen.where, seen.place
    if where is None or place is None:
        return frozenset()
    if len(where.parents) == 2 and "side" in where.attrs and where.attrs.get("organ") in where.parents:
        return frozenset()
    return frozenset(p for p in place.parts if p not in _WHOLE)


_WHOLE = frozenset(
    {
        "lung_right",
        "lung_left",
        "lungs_both",
        "breast_right",
        "breast_left",
        "breasts_both",
        "kidney_right",
        "kidney_left",
        "kidneys",
        "vertebra",
        "spine",
        "disc",
    }
)
