"""Algorithm 1 as printed: how many samples and how many parameters an iteration takes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import z3

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.blocks import block_count, even_partition
from reference.fraction import update_count
from reference.masks import consecutive_subsets, coverage


@evidence("ALG-4", method=Method.SMT)
@control("blocks of ceil(|D|/B) samples each do not add up to |D|", sizes="ceiling")
def data_blocks_hold_about_the_share_f_min(sizes: str = "even") -> Outcome:
    """|D| = q B + r with 0 <= r < B: r blocks of q + 1 and B - r of q samples add up to |D|, so each sample
    is used once. With B = ceil(1/f_min) a block holds q <= |D|/B <= f_min |D| samples, or one more. For
    150 samples (IRIS) and B = 100 batches have one or two samples.
    """
    total, count, q, r = z3.Ints("D B q r")
    f = z3.Real("f")
    split = z3.And(count >= 1, total >= 0, total == q * count + r, r >= 0, r < count)
    used = r * (q + 1) + (count - r) * q if sizes == "even" else count * (q + 1)
    share = z3.And(f > 0, f <= 1, z3.ToReal(count) * f >= 1)
    parts = [block.size for block in even_partition(150, block_count(0.01))]
    return proved_if(
        {
            "the blocks add up to |D|": satisfiable(split, used != total) is None,
            "q <= f_min |D|": satisfiable(split, share, z3.ToReal(q) > f * z3.ToReal(total)) is None,
            "the reference splits 150 samples into 100 blocks of 1 or 2": sum(parts) == 150
            and set(parts) == {1, 2}
            and len(parts) == 100,
        },
        "Every sample is used once per epoch, in B batches of about f_min |D| samples",
        computed="batch of |D|/100 samples for f_min = 0.01",
    )


@evidence("ALG-7", method=Method.SMT)
@control("rounding up exceeds the share", rounding="up")
def the_count_is_the_floor_of_the_share(rounding: str = "down") -> Outcome:
    """k <= f n < k + 1 with 0 <= f <= 1 gives 0 <= k <= n, and k + 1 parameters would exceed the share. If f
    and n do not decrease, f n does not, nor does its floor. The reference reads a float as the simplest
    fraction that rounds to it, so that 0.29 of 100 is 29 and not 28, as the product of the floats would
    have it.
    """
    f, g = z3.Reals("f g")
    n, m, k, j = z3.Ints("n m k j")
    share, later = f * z3.ToReal(n), g * z3.ToReal(m)
    valid = z3.And(f >= 0, f <= 1, n >= 0)
    count = z3.And(z3.ToReal(k) <= share, share < z3.ToReal(k) + 1)
    if rounding == "up":
        count = z3.And(z3.ToReal(k) >= share, share > z3.ToReal(k) - 1)
    other = z3.And(z3.ToReal(j) <= later, later < z3.ToReal(j) + 1, g >= f, m >= n, f * z3.ToReal(n) <= later)
    exact = all(
        update_count(i / 100, size) == (i * size) // 100
        for i in range(101)
        for size in (1, 3, 99, 100, 150, 1000)
    )
    return proved_if(
        {
            "0 <= k <= n": satisfiable(valid, count, z3.Or(k < 0, k > n)) is None,
            "k does not exceed f n": satisfiable(valid, count, z3.ToReal(k) > share) is None,
            "k + 1 does": satisfiable(valid, count, z3.ToReal(k) + 1 <= share) is None,
            "k does not decrease with f and n": satisfiable(valid, count, other, j < k) is None,
            "the reference counts hundredths exactly": exact,
        },
        "floor(f n) is the largest whole number within the share, between 0 and n",
    )


@evidence("ALG-8", method=Method.EXACT)
@control("a hundred parameters at f_min = 1/100 give one", size=100, fraction=Fraction(1, 100))
def small_models_are_not_updated(size: int = 1, fraction: Fraction = Fraction(1, 2)) -> Outcome:
    """n = 1 (the kernel width gamma as a parameter of its own, or one centroid coordinate): f <= 1/2 gives
    floor(f) = 0 in every step. At f_min = 1/100 the count is 0 for every n <= 99.
    """
    count = (fraction * size).__floor__()
    late = {n for n in range(1, 200) if (Fraction(1, 100) * n).__floor__() == 0}
    return refuted_if(
        hypotheses={
            "f_min <= f <= f_max": Fraction(1, 100) <= fraction <= Fraction(1, 2),
            "n >= 1": size >= 1,
        },
        violated={"no parameter is updated": count == 0},
        reference={
            "update_count agrees": update_count(float(fraction), size) == count,
            "and is 0 up to n = 99 at f = 1/100": late
            == {n for n in range(1, 200) if update_count(0.01, n) == 0},
        },
        witness={"n": size, "f": fraction},
        summary="Where f n < 1 the listing updates nothing",
        computed="0 parameters for n = 1, and for n <= 99 at f_min",
        stated="at least 1",
    )


@evidence("ALG-9", method=Method.EXACT, reading="drawn afresh")
@control("more than all cannot be drawn", share=Fraction(2))
def a_fresh_selection_is_always_possible(share: Fraction = Fraction(1)) -> Outcome:
    """floor(f n) <= n (ALG-7), so a subset of that size of all n parameters exists in every iteration.
    Checked for the largest share f = 1, hence for every smaller one, n up to 200.
    """
    return proved_if(
        {"k <= n at the largest share": all((share * n).__floor__() <= n for n in range(201))},
        "Drawn afresh, k parameters can be selected in every iteration",
    )


@evidence("ALG-9", method=Method.EXACT, reading="not yet selected in this epoch")
@control("at f_min the parameters last for the epoch", fraction=Fraction(1, 100))
def new_parameters_run_out(fraction: Fraction = Fraction(1, 2)) -> Outcome:
    """n = 100, f_min = 1/100, B = 100 iterations per epoch. While f = 1/2 an iteration takes 50 parameters:
    after two iterations none is left, 98 iterations before the end of the epoch.
    """
    size, iterations = 100, 100
    per_step = (fraction * size).__floor__()
    left = size - per_step * np.arange(iterations)
    subsets = consecutive_subsets(np.arange(size), [per_step] * 3)
    touched = coverage(subsets, size)
    return refuted_if(
        hypotheses={
            "B = ceil(1/f_min)": iterations == block_count(0.01),
            "f <= f_max": fraction <= Fraction(1, 2),
        },
        violated={"an iteration finds fewer than k left": bool(np.any(left < per_step))},
        reference={
            "the reference's third subset is cut short": len(subsets[2]) < per_step
            or int(touched.sum()) < size
        },
        witness={"n": size, "f": fraction, "k": per_step, "B": iterations},
        summary="Selecting only parameters not yet selected in the epoch leaves none after two iterations",
        computed="0 left from the third iteration on",
        stated="k new ones in each of 100 iterations",
    )
