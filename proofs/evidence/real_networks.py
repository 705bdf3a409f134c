"""What the rules do to the tensors of a network: no grid on constant ones, collapse of norms, no cooling.

The networks are LeNet-5, a 3-layer CNN, an LSTM and ResNet-50 with the initialisers of PyTorch.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.evidence.entropy_schedule import floor_share_is_certain
from proofs.evidence.hottest_step import largest_value
from proofs.outcome import Method, Outcome, proved_if
from proofs.paper_settings import LEVEL_COUNTS
from proofs.registry import control, evidence
from reference.levels import uniform_levels
from reference.networks import NETWORKS, TensorSpec, initial_weights, network_tensors
from reference.random_streams import RandomStream
from reference.soft_quantization import soft_quantize

STREAM = RandomStream(seed=2025, stream=0)  # our choice


def exact_variance(spec: TensorSpec) -> Fraction:
    """Variance of the initialiser's law, exact: 1/(3 m) (uniform) or 2/m (normal) with m its fan, or 0."""
    if spec.initialiser == "constant":
        return Fraction(0)
    if spec.initialiser == "uniform":
        return Fraction(1, 3 * round(spec.scale**-2))
    return Fraction(2, round(2 * spec.scale**-2))


def pooled_variance(name: str) -> Fraction:
    """Variance over all entries of a network by the laws of its tensors: mean of squares less square of the
    mean.
    """
    tensors = network_tensors(name)
    size = sum(spec.size for spec in tensors)
    means = [Fraction(spec.scale) if spec.initialiser == "constant" else Fraction(0) for spec in tensors]
    square = sum(s.size * (exact_variance(s) + m * m) for s, m in zip(tensors, means, strict=True)) / size
    return (
        Fraction(square)
        - (sum(s.size * m for s, m in zip(tensors, means, strict=True)) / Fraction(size)) ** 2
    )


@evidence("NET-R2", method=Method.EXACT)
@control("convolutions and linear layers are not constant", suffix="conv1.weight")
def normalisation_tensors_have_no_grid(suffix: str | None = None) -> Outcome:
    """The initial entries of a tensor with a constant initialiser are one number, so its variance is exactly
    0, its levels coincide and T_max = 0 (PQ-17). Counted over all tensors of the four networks, with the
    initialisers of PyTorch: scale and offset of every normalisation. (Its biases are random; with biases that
    start at 0, as is also common, every bias joins them. `suffix`: take all tensors of that name instead.)
    """
    chosen = {
        name: [
            s
            for s in network_tensors(name)
            if (s.initialiser == "constant" if suffix is None else s.name.endswith(suffix))
        ]
        for name in NETWORKS
    }
    equal = all(np.unique(initial_weights(s, STREAM)).size == 1 for specs in chosen.values() for s in specs)
    expected = {"lenet5": 0, "cnn3": 6, "lstm": 0, "resnet50": 106}
    return proved_if(
        {
            "all entries of each are equal": equal,
            "their number per network": {name: len(specs) for name, specs in chosen.items()} == expected,
            "in ResNet-50: two for each of its 53 convolutions": 2
            * sum(s.name.endswith(".conv.weight") for s in network_tensors("resnet50"))
            == expected["resnet50"],
        },
        "The rule is undefined on 106 of 161 tensors of ResNet-50 and on 6 of 14 of the 3-layer CNN",
        computed=", ".join(f"{name}: {len(s)} of {len(network_tensors(name))}" for name, s in chosen.items()),
        stated="every trainable tensor",
    )


@evidence("NET-R3", method=Method.BALL)
@control("a scale that lies within the hull is not far outside it", start=Fraction(1, 1000))
def one_update_destroys_the_normalisation_scales(start: Fraction = Fraction(1)) -> Outcome:
    """One sigma for the whole of ResNet-50: its square is the mean of all squares less the square of the
    mean, an exact fraction by the initialisers' laws (2/fan-out, 1/(3 fan-in), scales 1, offsets 0). The grid
    ends at kappa sigma, and at T_max = 5 sigma an update leaves at most kappa^2 sigma (K+1)/(15(K-1)) of any
    value (NET-R1). Every normalisation scale, 1 at the start, is mapped below 1/250 by the first update, for
    every K of the paper and every kappa <= 1; in cold it would still be cut to kappa sigma.
    """
    variance = pooled_variance("resnet50")
    sigma = ball(variance).sqrt()
    bound = max((ball(largest_value(count)) * sigma for count in LEVEL_COUNTS), key=float)
    value = float(arb(sigma))
    seen = soft_quantize(np.array([float(start)]), uniform_levels(value, 256), 5 * value)[0]
    exact = [abs(float(exact_variance(s)) - s.standard_deviation**2) for s in network_tensors("resnet50")]
    return proved_if(
        {
            "exact variances are those of the initialisers": max(exact) <= 4 * float(np.finfo(float).eps),
            "the scale lies outside the hull": ball(start) > sigma,
            "after one update it is below 1/250 of itself": 250 * bound < ball(start),
            "reference (K = 256, kappa = 1)": seen <= float(bound),
        },
        "With one sigma for ResNet-50 the first update maps every normalisation scale from 1 below 1/250",
        computed=f"sigma = {value:.5f}, scale 1 -> at most {float(bound):.5f}",
        stated="weights lie within one standard deviation of the levels",
    )


@evidence("NET-R4", method=Method.SYMBOLIC)
@control("half the pooled variance is not enough", pooled_share=Fraction(1, 2))
def the_floor_holds_for_every_network(pooled_share: Fraction = Fraction(1)) -> Outcome:
    """One T_max = 5 sigma for the model, sigma^2 the variance of all its weights, and grids of half-width
    kappa sigma_l with sigma_l the standard deviation of tensor l. A parameter of tensor l has H >= log K - (2
    kappa sigma_l)^2 /(8 T^2) (ENT-R1), so the mean entropy is at least log K - 4 kappa^2 W/(8 T^2) with W the
    mean of sigma_l^2 over all parameters. The pooled variance is W plus the variance of the tensors' means
    (two tensors with shares p, 1-p: p (1-p) (m_1-m_2)^2 more; a third is pooled with the two, and so on). So
    W <= sigma^2, and the floor of SCH-R1 with D = 2 kappa sigma holds: T >= 0.9963 T_max for every network,
    every tensor and every loss. (`pooled_share` replaces sigma^2 by a part of it.)
    """
    p, m1, m2, v1, v2 = sp.symbols("p m_1 m_2 v_1 v_2", positive=True)
    within = p * v1 + (1 - p) * v2
    second = p * (v1 + m1**2) + (1 - p) * (v2 + m2**2)
    pooled = sp.expand(second - (p * m1 + (1 - p) * m2) ** 2)
    share = sp.Rational(pooled_share.numerator, pooled_share.denominator)
    return proved_if(
        {
            "pooled variance - mean variance = p (1-p) (m_1 - m_2)^2": sp.expand(
                share * pooled - within - p * (1 - p) * (m1 - m2) ** 2
            )
            == 0,
            "floor 0.9963 T_max for D = 2 kappa sigma (ball arithmetic)": floor_share_is_certain(),
            "the four networks: mean variance at most the pooled one, exactly": all(
                sum(s.size * exact_variance(s) for s in network_tensors(name))
                <= pooled_variance(name) * sum(s.size for s in network_tensors(name))
                for name in NETWORKS
            ),
        },
        (
            "With one temperature for the model and one grid per tensor the floor 0.9963 T_max holds for "
            "every network"
        ),
        computed="T >= 0.9963 T_max",
        stated="T falls to 0.01 T_max",
    )
