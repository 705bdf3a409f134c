"""What the fraction rule sees of the loss: its relative change, and in the public scripts nothing."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.fraction import fraction_trace, update_fraction
from reference.released_rules import released_fraction


@evidence("INT-6", method=Method.SYMBOLIC)
@control("with f_min = f_max the fraction reacts to nothing", width=0)
@control("changes that are not divided by the largest change depend on the unit of the loss", relative=False)
def the_fraction_is_a_function_of_the_relative_change(
    width: int | None = None, relative: bool = True
) -> Outcome:
    """f = f_min + w (1 - exp(-r)), w = f_max - f_min > 0, with r = |DeltaL(t)|/m and m the divisor: df/dr = w
    exp(-r) > 0. A constant added to all losses cancels in every difference, and a common factor c > 0 cancels
    in r. So f(t) sees the losses through this ratio only, and strictly increases with it.
    """
    r, w, f_min, c = sp.symbols("r w f_min c", positive=True)
    old, new, divisor, shift = sp.symbols("L_old L_new m b", real=True)
    spread = w if width is None else sp.Integer(width)
    fraction = f_min + spread * (1 - sp.exp(-r))
    ratio = (new - old) / (divisor if relative else 1)
    scaled = ratio.subs({old: c * old, new: c * new, divisor: c * divisor}, simultaneous=True)
    shifted = ratio.subs({old: old + shift, new: new + shift}, simultaneous=True)
    losses = np.array([8.0, 4.0, 3.0, 3.5, 3.5])
    given = fraction_trace(losses, 0.25, 0.5)
    return proved_if(
        {
            "df/dr > 0": fraction.diff(r).is_positive,
            "a common constant cancels": sp.simplify(shifted - ratio) == 0,
            "a common factor cancels": sp.simplify(scaled - ratio) == 0,
            "reference: losses 16 L + 2 give the same fractions": np.array_equal(
                fraction_trace(16 * losses + 2, 0.25, 0.5), given
            ),
            "reference: ratios 1, 1/4, 1/8, 0 give falling fractions": bool(np.all(np.diff(given) < 0)),
        },
        "f strictly increases with |DeltaL|/max |DeltaL| and depends on the losses in no other way",
        computed="df/dr = (f_max - f_min) exp(-r)",
    )


@evidence("INT-6", method=Method.EXACT, reading="at every change")
@control("against a fixed divisor the larger change gives the larger fraction", divisor="initial_drop")
def records_all_give_the_same_fraction(divisor: str = "running_maximum") -> Outcome:
    """Losses 1, 0, then 2 or 3: the second change is 2 or 3. Both exceed the first change, 1, so the largest
    change so far is the change itself and the ratio is 1 both times: f does not see how fast the loss changes
    while the change grows. Against the first change the ratios are 2 and 3.
    """
    first = Fraction(1)
    ratios = [
        size / (max(first, size) if divisor == "running_maximum" else first)
        for size in (Fraction(2), Fraction(3))
    ]
    found = [fraction_trace([1.0, 0.0, last], 0.01, 0.5, divisor=divisor)[1] for last in (2.0, 3.0)]
    stated = [update_fraction(float(ratio), 1.0, 0.01, 0.5) for ratio in ratios]
    return refuted_if(
        hypotheses={
            "same past, larger change": first < 2 < 3,
            "f_min = 1/100 < f_max = 1/2": Fraction(1, 100) < Fraction(1, 2),
        },
        violated={"the ratios are equal": ratios[0] == ratios[1]},
        reference={"fraction_trace gives this ratio": found == stated},
        witness={"losses": "1, 0, 2 and 1, 0, 3", "|DeltaL|/max |DeltaL|": ratios[0]},
        summary="Each new record of the change gives the same fraction, whatever its size",
        computed=f"ratio {ratios[0]} and {ratios[1]}",
        stated="the larger change gives the larger fraction",
    )


@evidence("INT-6", method=Method.EXACT, version="released")
@control("with the script's bounds apart the fraction does react", f_min=0.25)
def the_public_scripts_fix_the_fraction(f_min: float = 1.0) -> Outcome:
    """Every public script sets f_min = f_max = 1, so f = 1 for a constant loss, for a falling one and for one
    that changes once. With f_min < f_max the public rule reacts in the opposite direction: equal changes give
    f_min, a single large one nearly f_max.
    """
    curves = [[1.0] * 10, [float(10 - t) for t in range(10)], [5.0] * 9 + [1.0]]
    fractions = {released_fraction(curve, f_min, 1.0) for curve in curves}
    return refuted_if(
        hypotheses={"the curves change differently": len({tuple(np.diff(c)) for c in curves}) == 3},
        violated={"one fraction for all": len(fractions) == 1},
        reference={"released_fraction is f_max": fractions == {1.0}},
        witness={"f_min = f_max": 1, "losses": "constant; falling by 1; one fall by 4"},
        summary="In the public scripts the fraction is 1 whatever the loss does",
        computed="f = 1",
        stated="reacts to the loss",
    )
