"""The numbers at which the paper runs its method, exact, each with its place in the paper."""

from __future__ import annotations

from fractions import Fraction

LEVEL_COUNTS = (255, 256, 512, 1023, 1024)  # L41, L119, L138; 255 and 1023: the odd K that L119 asks for
KAPPA = (Fraction(1, 2), Fraction(1))  # L119: grid half-width kappa sigma_init
T_MAX = Fraction(5)  # L43, in units of sigma
T_MIN_SHARE = Fraction(1, 100)  # L43, L127: T_min / T_max
CLIP_SHARES = (Fraction(1, 200), Fraction(1, 100), Fraction(1, 20))  # L43: the clips that were compared


def range_over_t_max(kappa: Fraction) -> Fraction:
    """Hull width of the levels over T_max: 2 kappa sigma / (5 sigma).

    >>> range_over_t_max(Fraction(1))
    Fraction(2, 5)
    """
    return 2 * kappa / T_MAX
