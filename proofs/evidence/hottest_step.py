"""What one application of soft quantization does at T_max = 5 sigma: it sends every weight close to 0.

S is a mean, so a hot S is nearly constant. This decides what is said about exploration, moves across basins
and well scaled gradients at the start of training; real weights are in `real_networks.py`.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.bounds.uniform_grid import soft_quantization_lipschitz_uniform
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.paper_settings import LEVEL_COUNTS, T_MAX
from proofs.passages import compare
from proofs.registry import control, evidence
from reference.levels import uniform_levels
from reference.noise import noise_scale
from reference.soft_quantization import soft_quantize


def contraction(count: int, t_max: Fraction = T_MAX) -> Fraction:
    """Bound of NET-R1 on the factor by which S shrinks distances at T = t_max sigma, for kappa = 1; linear in
    kappa.
    """
    return Fraction(count, 2 * (count - 1)) / t_max


def largest_value(count: int, t_max: Fraction = T_MAX) -> Fraction:
    """Bound of NET-R1 on |S| / sigma at T = t_max sigma, for kappa = 1; quadratic in kappa."""
    return Fraction(count + 1, 3 * (count - 1)) / t_max


@evidence("NET-R1", method=Method.SYMBOLIC)
@control("a mean index beyond the middle of its group breaks the bound", middle=Fraction(2, 3))
def one_application_at_high_temperature(middle: Fraction = Fraction(1, 2)) -> Outcome:
    """Uniform grid, D = q_K - q_1, h = D/(K-1), centre 0. Between two neighbouring levels the weights of the
    levels below all fall by e^(-u/T) and those above grow by e^(u/T) as theta moves by u, so S = p m_L +
    (1-p) m_R with constant group means and S' = 2 p (1-p) (m_R - m_L)/T <= (m_R - m_L)/(2T). The j levels
    below carry a law exp(-i h/T), whose mean index is at most (j-1)/2, its value at x = 0, as it decreases in
    x (derivative -V). So m_R - m_L <= h (1 + (j-1)/2 + (K-j-1)/2) = h K/2 and S' <= D K/(4 T (K-1)). Outside
    the hull S is constant. At the end S(q_K) = q_K - mean(d), which is 0 at b = 1/T = 0 and has the
    derivative Var(d) = h^2 V_K(b h). V_K decreases: dV/dx = -(psi(y) - psi(K y))/(4 y^3), y = x/2, with psi =
    y^3 cosh y/sinh(y)^3, and psi falls because (Y/2) cosh Y + Y - (3/2) sinh Y, Y = 2y, has the coefficients
    (k-1)/(2k+1)! >= 0. So Var(d) <= h^2 (K^2-1)/12 and |S| <= D^2 (K+1)/(12 T (K-1)). Both constants are
    attained as T grows. At D = 2 kappa sigma, T = 5 sigma: factor kappa K/(10(K-1)), values kappa^2 sigma
    (K+1)/(15 (K-1)).
    """
    u, t, a, b, low, high, h, y, n = sp.symbols("u T a b m_L m_R h y n", positive=True)
    count, j, k, kappa, sigma = sp.symbols("K j k kappa sigma", positive=True)
    left, right = a * sp.exp(-u / t), b * sp.exp(u / t)
    share = left / (left + right)
    slope = sp.diff(share * low + (1 - share) * high, u)
    half = sp.Rational(middle.numerator, middle.denominator)
    width = h * (1 + half * (j - 1) + half * (count - j - 1))
    psi = y**3 * sp.cosh(y) / sp.sinh(y) ** 3
    bracket = 3 * y * sp.cosh(y) ** 2 - 3 * sp.sinh(y) * sp.cosh(y) - y * sp.sinh(y) ** 2
    double = y * sp.cosh(2 * y) + 2 * y - sp.Rational(3, 2) * sp.sinh(2 * y)
    variance = 1 / (4 * sp.sinh(y) ** 2) - n**2 / (4 * sp.sinh(n * y) ** 2)
    spread = 2 * kappa * sigma
    hot = {t: 5 * sigma, h: spread / (count - 1)}
    levels = uniform_levels(1.0, 256)
    lipschitz = soft_quantization_lipschitz_uniform(2 / 255, 256, 5.0)
    top = soft_quantize(levels[-1:], levels, 5.0)[0]
    return proved_if(
        {
            "S' = 2 p (1-p) (m_R - m_L)/T": sp.simplify(slope - 2 * share * (1 - share) * (high - low) / t)
            == 0,
            "p (1-p) = 1/4 - (p - 1/2)^2": sp.expand(
                j * (1 - j) - (sp.Rational(1, 4) - (j - sp.Rational(1, 2)) ** 2)
            )
            == 0,
            "m_R - m_L <= h K/2": sp.simplify(width - h * count / 2) == 0,
            "dV/dx = -(psi(y) - psi(n y))/(4 y^3)": sp.simplify(
                (sp.diff(variance, y) / 2 + (psi - psi.subs(y, n * y)) / (4 * y**3)).rewrite(sp.exp)
            )
            == 0,
            "psi' = -psi bracket/(y sinh cosh)": sp.simplify(
                (sp.diff(psi, y) + psi * bracket / (y * sp.sinh(y) * sp.cosh(y))).rewrite(sp.exp)
            )
            == 0,
            "bracket = (Y/2) cosh Y + Y - (3/2) sinh Y": sp.simplify((bracket - double).rewrite(sp.exp)) == 0,
            "coefficients 1/(2(2k)!) - 3/(2(2k+1)!) = (k-1)/(2k+1)!": sp.simplify(
                sp.gammasimp(
                    (1 / (2 * sp.gamma(2 * k + 1)) - sp.Rational(3, 2) / sp.gamma(2 * k + 2))
                    * sp.gamma(2 * k + 2)
                    - (k - 1)
                )
            )
            == 0,
            "V_n(0) = (n^2-1)/12": sp.simplify(sp.series(variance, y, 0, 1).removeO() - (n**2 - 1) / 12) == 0,
            "factor at T_max": sp.simplify((width / (2 * t)).subs(hot) - kappa * count / (10 * (count - 1)))
            == 0,
            "values at T_max": sp.simplify(
                (h**2 * (count**2 - 1) / (12 * t)).subs(hot)
                - kappa**2 * sigma * (count + 1) / (15 * (count - 1))
            )
            == 0,
            "sharp Lipschitz constant (K = 256, kappa = 1) below it": 0.96 * float(contraction(256))
            < lipschitz
            <= float(contraction(256)),
            "reference: S at the end (K = 256, kappa = 1) below it": 0.99 * float(largest_value(256))
            < top
            <= float(largest_value(256)),
        },
        (
            "At T_max = 5 sigma and K >= 255, S leaves at most 0.1004 kappa of any distance, and "
            "|S| <= 0.0673 kappa^2 sigma"
        ),
        computed=(
            f"factor <= {float(contraction(255)):.4f} kappa, |S| <= {float(largest_value(255)):.4f} kappa^2 "
            "sigma"
        ),
        stated="weights and gradients stay well scaled",
        tightness=lipschitz / float(contraction(256)),
    )


@evidence("PQ-11", method=Method.EXACT)
@control("at a temperature of a quarter of sigma the bound allows well scaled weights", t_max=Fraction(1, 4))
def gradients_shrink_with_the_weights(t_max: Fraction = T_MAX) -> Outcome:
    """Two layers with one weight each, f(x) = w2 w1 x. At x = 1 the gradient with respect to w1 is w2, and
    conversely. With w1 = w2 = sigma = 1 both are 1; after one application of S at T_max = 5 sigma all
    weights, hence both gradients, are at most 0.0673 kappa^2 (NET-R1): they fall at least 14-fold, for every
    kappa <= 1 and every K of the paper. With m layers the gradient falls with the (m-1)th power.
    """
    bound = max(largest_value(count, t_max) for count in LEVEL_COUNTS)
    w1, w2 = sp.symbols("w1 w2")
    seen = {
        (kappa, count): soft_quantize(np.array([1.0]), uniform_levels(kappa, count), float(t_max))[0]
        for kappa in (0.5, 1.0)
        for count in LEVEL_COUNTS
    }
    return refuted_if(
        hypotheses={"the gradient in w1 is w2": sp.diff(w1 * w2, w1) == w2},
        violated={"the gradient falls at least 14-fold": 14 * bound < 1},
        reference={
            "S(sigma) is below the bound at every setting": all(v <= float(bound) for v in seen.values())
        },
        witness={
            "network": "w2 w1 x",
            "w1, w2": "sigma",
            "gradient": f"sigma -> at most {float(bound):.4f} sigma",
        },
        summary=(
            "One application of S at T_max shrinks all weights, and with them the gradients, at least 14-fold"
        ),
        computed=f"factor {float(bound):.4f} per layer",
        stated="well scaled",
    )


@evidence("X-28", method=Method.SMT)
@control(
    "without the claim of good scaling there is no conflict",
    without="L119: weights and gradients well scaled",
)
def uniform_start_excludes_well_scaled_weights(without: str | None = None) -> Outcome:
    """L117 and L204 start at T_max, where the probabilities are nearly uniform; the spread of the weights
    after S is then at most 0.1004 of the spread before (NET-R1, kappa <= 1). L119 wants weights and gradients
    well scaled after S: to mean anything, within a factor of two. Any factor below 9.9 gives the same
    conflict.
    """
    before, after = z3.Reals("spread_before spread_after")
    factor = z3.RealVal(str(max(contraction(count) for count in LEVEL_COUNTS)))
    return compare(
        {
            "L117, L204: start at T_max, S after NET-R1": z3.And(
                before > 0, after >= 0, after <= factor * before
            ),
            "L119: weights and gradients well scaled": z3.And(
                before > 0, after >= before / 2, after <= 2 * before
            ),
        },
        (
            "Where the level probabilities are nearly uniform, S shrinks the spread of the weights at least"
            " 9.9-fold"
        ),
        without=without,
        computed=f"at most {float(max(contraction(count) for count in LEVEL_COUNTS)):.4f} of the spread",
        stated="well scaled",
    )


@evidence("SCH-13", "ENT-7", method=Method.EXACT)
@control(
    "at a temperature of a quarter of sigma the bound does not exclude large moves", t_max=Fraction(1, 4)
)
def hot_updates_land_in_a_small_interval(t_max: Fraction = T_MAX) -> Outcome:
    """An update is S of something: theta - eta mu + eps(T) xi. Whatever gradient, noise and eps(T) are, its
    value at T_max = 5 sigma lies in [-0.0673, 0.0673] kappa^2 sigma (NET-R1). Two draws of the noise lead to
    values at most 0.135 kappa^2 sigma apart: below sigma/7 and below 7 percent of the hull, whose width is 2
    kappa sigma.
    """
    width = 2 * max(largest_value(count, t_max) for count in LEVEL_COUNTS)  # in sigma, at kappa = 1
    proposals = np.array([-1e6, 1e6])  # what strong noise may propose, in sigma
    levels = uniform_levels(1.0, 256)
    far = soft_quantize(proposals, levels, float(t_max))
    return refuted_if(
        hypotheses={
            "the two proposals lie beyond the two ends of the hull": proposals[0] < levels[0]
            and levels[-1] < proposals[1]
        },
        violated={
            "all values within sigma/7 of each other": 7 * width < 1,
            "all values within 7 percent of the hull": width / 2 < Fraction(7, 100),
        },
        reference={"images of -10^6 and 10^6 are no farther apart": far[1] - far[0] <= float(width)},
        witness={
            "proposals": "-10^6 and 10^6",
            "values after S": f"{far[0]:.5f} and {far[1]:.5f} sigma (K=256)",
        },
        summary="At T_max every update lands within 0.0673 kappa^2 sigma of 0, whatever the noise",
        computed=f"spread at most {float(width):.4f} kappa^2 sigma",
        stated="large moves, broad exploration",
    )


@evidence("SCH-13", method=Method.EXACT, reading="noise after S")
@control("with noise of a tenth of sigma the moves are small", factor=Fraction(1, 10))
def noise_after_quantization_moves_far(factor: Fraction = T_MAX) -> Outcome:
    """If eps(T) xi is added after S, two updates differ by S values (at most 0.135 sigma) and by independent
    Gaussian numbers of standard deviation eps(T_max); with eps(T) = T that is 5 sigma. The difference has at
    least the standard deviation 5 sqrt(2) sigma. (`factor`: eps(T_max)/sigma.)
    """
    scale = noise_scale(float(factor), "linear")
    return proved_if(
        {
            "standard deviation of the difference above sigma": 2 * factor**2 > 1,
            "reference: eps(T_max) = T_max": scale == float(factor),
        },
        "With the noise outside S and eps(T) = T two draws differ by 7 sigma (one standard deviation)",
        computed=f"standard deviation {float(2 * factor**2) ** 0.5:.2f} sigma",
        stated="large moves",
    )
