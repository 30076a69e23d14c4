"""What is still possible: one domain per slot, and constraints between unknown numbers.

A slot is an input or a table's outcome. Its domain is a bit mask (choice), a set of intervals (number), or for flags either
the explicit alternatives or (must, may, fewest, most). An atom is the smallest question about a slot; splitting a state on an
atom gives the state where it holds and the state where it does not, or None where there is none.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from assistant.knowledge.intervals import (
    Constraint,
    Num,
    Numbers,
    above,
    below,
    eliminate,
    extent,
    feasible,
    merged,
    single,
    whole,
)

Atom = tuple[Any, ...]
"""("c", slot, mask) | ("n", slot, strict, bound) | ("f", slot, bit or -1 for any) | ("l", coefficients, strict, bound)."""
Domains = tuple[Any, ...]
"""One domain per slot; the last member holds the linear atoms settled within the operation at hand, as (atom, answer)."""
NOTHING_SETTLED: frozenset[tuple[Atom, bool]] = frozenset()
State = tuple[Domains, tuple[Constraint, ...]]
Verdict = bool | Atom
"""True, False, or the atom that must be known first."""


def split(state: State, atom: Atom, integers: frozenset[int]) -> tuple[State | None, State | None]:
    """The state where the atom holds, and the state where it does not."""
    doms, constraints = state
    kind = atom[0]
    if kind == "l":
        return _split_linear(state, atom[1], atom[2], atom[3])
    slot = atom[1]
    domain = doms[slot]
    yes: Any
    no: Any
    if kind == "c":
        yes, no = domain & atom[2], domain & ~atom[2]
    elif kind == "n":
        yes, no = below(domain, atom[3], atom[2]), above(domain, atom[3], not atom[2])
        if slot in integers:
            yes, no = whole(yes), whole(no)
    else:
        yes, no = _split_flags(domain, atom[2])
    out = tuple((*doms[:slot], part, *doms[slot + 1 :]) if part else None for part in (yes, no))
    if constraints and kind == "n" and any(s == slot for c in constraints for s, _ in c[0]):
        out = tuple(d if d is not None and feasible(constraints, d) else None for d in out)
    return (None if out[0] is None else (out[0], constraints), None if out[1] is None else (out[1], constraints))


def flags_any(domain: Any, slot: int) -> Verdict:
    """Is any flag set?"""
    if isinstance(domain, frozenset):
        none = 0 in domain
        if not none:
            return True
        return False if len(domain) == 1 else ("f", slot, -1)
    must, may, fewest, _ = domain
    if must or fewest:
        return True
    return ("f", slot, -1) if may else False


def flags_has(domain: Any, slot: int, bit: int) -> Verdict:
    """Is this flag set?"""
    if isinstance(domain, frozenset):
        count = sum(1 for value in domain if value & bit)
        return True if count == len(domain) else False if not count else ("f", slot, bit)
    must, may, _, _ = domain
    if must & bit:
        return True
    return ("f", slot, bit) if may & bit else False


def _split_flags(domain: Any, bit: int) -> tuple[Any, Any]:
    if isinstance(domain, frozenset):
        yes = frozenset(v for v in domain if (v if bit == -1 else v & bit))
        return yes or None, (domain - yes) or None
    must, may, fewest, most = domain
    if bit == -1:
        return _tidy(must, may, max(fewest, 1), most), _tidy(0, 0, 0, 0)
    return _tidy(must | bit, may, fewest, most), _tidy(must, may & ~bit, fewest, most)


def _tidy(must: int, may: int, fewest: int, most: int) -> tuple[int, int, int, int] | None:
    """The same set of flag sets in its one canonical form."""
    fewest, most = max(fewest, must.bit_count()), min(most, may.bit_count())
    if fewest > most:
        return None
    if fewest == may.bit_count():
        must = may
    elif most == must.bit_count():
        may = must
    return (must, may, max(fewest, must.bit_count()), min(most, may.bit_count()))


def linear_verdict(coefficients: tuple[tuple[int, Num], ...], strict: bool, bound: Num, doms: Domains) -> Verdict:
    """Is the weighted sum of slots less than (or equal to) the bound?"""
    low, low_in, high, high_in = extent(coefficients, doms)
    if high < bound or (high == bound and not (strict and high_in)):
        return True
    if low > bound or (low == bound and (strict or not low_in)):
        return False
    rest: Num = bound
    free: list[tuple[int, Num]] = []
    for slot, weight in coefficients:
        value = single(doms[slot])
        if value is None:
            free.append((slot, weight))
        else:
            rest -= weight * value
    if len(free) == 1:
        slot, weight = free[0]
        cut = _quotient(rest, weight)
        # dividing by a negative weight turns "less than" into "greater than", that is, "not at most"
        return ("n", slot, strict if weight > 0 else not strict, cut)
    atom = ("l", tuple(free), strict, rest)
    settled: frozenset[tuple[Atom, bool]] = doms[-1]
    return True if (atom, True) in settled else False if (atom, False) in settled else atom


def _quotient(value: Num, weight: Num) -> Num:
    out = Fraction(value) / weight
    return out.numerator if out.denominator == 1 else out


def constrain(state: State, constraint: Constraint) -> State | None:
    """The state with one more constraint, or None where it cannot be met."""
    doms, constraints = state
    coefficients, strict, bound = constraint
    verdict = linear_verdict(coefficients, strict, bound, doms)
    if verdict is True:
        return state
    if verdict is False:
        return None
    if verdict[0] == "l":
        grown = (*constraints, (verdict[1], verdict[2], verdict[3]))
        return (doms, grown) if feasible(grown, doms) else None
    _, slot, atom_strict, cut = verdict
    weight = next(w for s, w in coefficients if s == slot)
    part = below(doms[slot], cut, atom_strict) if weight > 0 else above(doms[slot], cut, not atom_strict)
    if not part:
        return None
    new: State = ((*doms[:slot], part, *doms[slot + 1 :]), constraints)
    return new if not constraints or feasible(constraints, new[0]) else None


def _split_linear(state: State, coefficients: tuple[tuple[int, Num], ...], strict: bool, bound: Num) -> tuple[State | None, State | None]:
    atom = ("l", coefficients, strict, bound)
    other = tuple((slot, -weight) for slot, weight in coefficients)
    yes = constrain(state, (coefficients, strict, bound))
    no = constrain(state, (other, not strict, -bound))
    return _settle(yes, atom, True), _settle(no, atom, False)


def _settle(state: State | None, atom: Atom, answer: bool) -> State | None:
    if state is None:
        return None
    doms, constraints = state
    return (*doms[:-1], doms[-1] | {(atom, answer)}), constraints


def project(state: State, live: frozenset[int], *, within: bool = False) -> State:
    """The state as seen by what is still to come: slots that nobody reads again are dropped. `within` an operation what it has
    settled is kept.
    """
    doms, constraints = state
    keep = live
    if constraints:
        for slot in {s for c in constraints for s, _ in c[0]} - live:
            numbers: Numbers = doms[slot]
            if len(numbers) != 1:  # a union of intervals cannot be eliminated in one go
                keep = keep | {slot}
                continue
            rows = eliminate(constraints, slot, numbers[0])
            constraints = tuple(row for row in rows if len(row[0]) > 1)
            tightened = list(doms)
            for row in rows:
                if len(row[0]) == 1:
                    (other, weight), cut = row[0][0], _quotient(row[2], row[0][0][1])
                    part = below(tightened[other], cut, row[1]) if weight > 0 else above(tightened[other], cut, row[1])
                    tightened[other] = merged(part)
            doms = tuple(tightened)
    return (*(d if i in keep else None for i, d in enumerate(doms[:-1])), doms[-1] if within else NOTHING_SETTLED), constraints
