"""Initial weights of LeNet-5, a 3-layer CNN, an LSTM and ResNet-50: hull, first update, temperature.

Measured on all entries of small tensors and on every s-th entry of larger ones; constant tensors have no
grid (NET-R2).
"""

from __future__ import annotations

import math

import numpy as np

from proofs.bounds import temperature_floor_uniform
from proofs.bounds.uniform_grid import closed_form_uniform
from proofs.evidence.entropy_schedule import FLOOR_SHARE
from proofs.evidence.hottest_step import contraction
from proofs.evidence.real_networks import STREAM, pooled_variance
from proofs.outcome import Method, Outcome, measured
from proofs.paper_settings import T_MAX
from proofs.registry import control, evidence
from reference.levels import uniform_levels
from reference.networks import NETWORKS, TensorSpec, initial_weights, network_tensors
from reference.soft_quantization import soft_quantize
from reference.validation import FloatArray

COUNTS = (255, 256, 511, 512, 1023, 1024)  # the K of the paper and their odd neighbours
SCALES = (0.5, 1.0)  # kappa, the ends of the paper's interval
LARGEST_SAMPLE = 1000  # entries per tensor, our choice: every s-th entry with s = ceil(size / 1000)


def sampled_weights(spec: TensorSpec) -> FloatArray:
    """Every s-th initial entry of a tensor, s = ceil(size / LARGEST_SAMPLE), flattened."""
    stride = -(-spec.size // LARGEST_SAMPLE)
    indices = np.arange(spec.offset, spec.offset + spec.size, stride)
    if spec.initialiser == "constant":
        return np.full(indices.size, spec.scale)
    if spec.initialiser == "normal":
        return spec.scale * STREAM.normals(0, indices)
    return spec.scale * (2.0 * STREAM.uniforms(0, indices) - 1.0)


def random_tensors() -> list[tuple[str, TensorSpec, FloatArray]]:
    """All tensors with positive spread: network, description, sampled entries."""
    return [
        (name, spec, sampled_weights(spec))
        for name in NETWORKS
        for spec in network_tensors(name)
        if spec.initialiser != "constant"
    ]


@evidence("NET-R5", method=Method.MEASUREMENT)
@control("the share of the other law does not fit", swapped=True)
def weights_outside_the_hull(swapped: bool = False) -> Outcome:
    """Share of initial entries outside [-kappa sigma, kappa sigma], pooled over all tensors with the same
    law, against erfc(kappa/sqrt 2) (normal) and 1 - kappa/sqrt 3 (uniform). Agreement means within five
    standard errors.
    """
    drawn = random_tensors()
    text, fits, sizes = [], [], []
    for law, other in (("uniform", "normal"), ("normal", "uniform")):
        for kappa in SCALES:
            outside = np.concatenate(
                [np.abs(w) > kappa * s.standard_deviation for _, s, w in drawn if s.initialiser == law]
            )
            shares = {"uniform": 1 - kappa / math.sqrt(3), "normal": math.erfc(kappa / math.sqrt(2))}
            expected = shares[other if swapped else law]
            error = math.sqrt(expected * (1 - expected) / outside.size)
            fits.append(abs(float(outside.mean()) - expected) <= 5 * error)
            sizes.append(outside.size)
            text.append(f"{law}, kappa={kappa}: {outside.mean():.4f} (law {expected:.4f} +- {error:.4f})")
    return measured(
        all(fits),
        {"at least 1000 entries per law": min(sizes) >= 1000},
        (
            "Between a third and 71 percent of the initial weights lie outside the grid they are to be "
            "quantized on"
        ),
        computed="; ".join(text),
        stated="all weights within kappa sigma (PQ-15), typical weights within one standard deviation",
    )


@evidence("NET-R8", method=Method.MEASUREMENT)
@control("with the sigma of each tensor the shares are others", pooled=False)
def weights_outside_a_common_hull(pooled: bool = True) -> Outcome:
    """One sigma for the model (standard deviation of all its initial weights, exact by the initialisers'
    laws), kappa = 1: the share of a tensor's entries outside [-sigma, sigma] is max(0, 1 - sigma/b) for a
    uniform law on [-b, b] and erfc(sigma/(sigma_l sqrt 2)) for a normal one. Measured per tensor; agreement
    means within five standard errors, or less than one entry in the sample. (`pooled` off: measured with the
    tensor's own sigma.)
    """
    fits, text = [], []
    for name in NETWORKS:
        sigma = math.sqrt(pooled_variance(name))
        shares = []
        for spec in network_tensors(name):
            if spec.initialiser == "constant":
                continue
            entries = np.abs(sampled_weights(spec))
            share = float(np.mean(entries > (sigma if pooled else spec.standard_deviation)))
            uniform, normal = 1 - sigma / spec.scale, math.erfc(sigma / (spec.scale * math.sqrt(2)))
            law = max(0.0, uniform) if spec.initialiser == "uniform" else normal
            error = math.sqrt(law * (1 - law) / entries.size)
            fits.append(abs(share - law) <= max(5 * error, 1 / entries.size))
            shares.append(share)
        text.append(f"{name} (sigma {sigma:.4f}): {min(shares):.3f} to {max(shares):.3f}")
    return measured(
        all(fits),
        {"every tensor with positive spread": len(fits) == len(random_tensors())},
        (
            "With one sigma for the model some tensors lie wholly inside the hull, of others most entries "
            "lie outside"
        ),
        computed="share outside per tensor: " + ", ".join(text),
        stated="within one standard deviation (PQ-9)",
    )


def spread_after(weights: FloatArray, sigma: float, kappa: float, count: int) -> float:
    """Standard deviation after one application of S at T_max = 5 sigma over that before."""
    after = closed_form_uniform(weights, kappa * sigma, count, float(T_MAX) * sigma).mean
    return float(np.std(after) / np.std(weights))


@evidence("NET-R6", method=Method.MEASUREMENT)
@control("a bound four times smaller is exceeded", divisor=4)
def one_application_shrinks_every_tensor(divisor: int = 1) -> Outcome:
    """Standard deviation of each tensor after one application of S at T_max = 5 sigma over that before, sigma
    being the initialiser's, for every tensor with positive spread, kappa in {1/2, 1} and six K: always below
    the factor kappa K/(10(K-1)) of NET-R1, which holds for any weights. S is computed in closed form; on
    LeNet-5's first layer it agrees with the reference.
    """
    ratios = {
        kappa: [
            (spread_after(w, s.standard_deviation, kappa, count), kappa * float(contraction(count)) / divisor)
            for _, s, w in random_tensors()
            if w.size > 1
            for count in COUNTS
        ]
        for kappa in SCALES
    }
    first = network_tensors("lenet5")[0]
    weights = initial_weights(first, STREAM).ravel()
    sigma = first.standard_deviation
    literal = soft_quantize(weights, uniform_levels(sigma, 256), 5 * sigma)
    closed = closed_form_uniform(weights, sigma, 256, 5 * sigma).mean
    text = [
        (
            f"kappa={kappa}: {min(r for r, _ in found):.4f} to {max(r for r, _ in found):.4f}, bound "
            f"{found[0][1]:.4f}"
        )
        for kappa, found in ratios.items()
    ]
    return measured(
        all(ratio <= bound for found in ratios.values() for ratio, bound in found),
        {
            "every tensor and setting": all(
                len(found) == len(COUNTS) * len(random_tensors()) for found in ratios.values()
            ),
            "closed form agrees with the reference": bool(
                np.all(np.abs(literal - closed) <= 1e3 * float(np.finfo(float).eps) * sigma)
            ),
        },
        "One application of S at T_max leaves 1 to 7 percent of the spread of every weight tensor",
        computed="; ".join(text),
        stated="at most kappa K/(10(K-1)) of the spread before (NET-R1)",
    )


@evidence("NET-R7", method=Method.MEASUREMENT)
@control("a start of a fifth of sigma cools", t_max=0.2)
def temperatures_of_real_networks(t_max: float = float(T_MAX), steps: int = 6) -> Outcome:
    """T <- T_max H/log K with the initial weights frozen, H the mean entropy over all entries (tensors
    weighted by their size), each tensor with its own sigma for grid and temperature; kappa in {1/2, 1}, six
    K. (Constant tensors have no grid and are left out.) The temperature in units of T_max settles within six
    steps (the last one changes it by less than 1e-9), between the floor of SCH-R2 and 1.
    """
    ends: dict[str, list[float]] = {name: [] for name in NETWORKS}
    floors, changes = [], []
    for name in NETWORKS:
        tensors = [(s, sampled_weights(s)) for s in network_tensors(name) if s.initialiser != "constant"]
        scaled = np.concatenate([w / s.standard_deviation for s, w in tensors])
        weights = np.concatenate([np.full(w.size, s.size / w.size) for s, w in tensors])
        for kappa in SCALES:
            for count in COUNTS:
                share = previous = 1.0
                for _ in range(steps):
                    previous = share
                    entropies = closed_form_uniform(scaled, kappa, count, t_max * share).entropy
                    share = float(np.average(entropies, weights=weights)) / math.log(count)
                ends[name].append(share)
                changes.append(abs(share - previous))
                floors.append(temperature_floor_uniform(float(T_MAX), 2 * kappa, count) / float(T_MAX))
    found = [share for shares in ends.values() for share in shares]
    return measured(
        all(floor <= share < 1 for floor, share in zip(floors, found, strict=True)),
        {
            "all settled, or already below the proved floor": all(
                change < 1e-9 or share < floor
                for change, share, floor in zip(changes, found, floors, strict=True)
            )
        },
        "With the weights of real networks the schedule settles above 0.999 T_max: it does not cool",
        computed=", ".join(f"{name}: {min(s):.5f} to {max(s):.5f} T_max" for name, s in ends.items()),
        stated=f"in [{float(FLOOR_SHARE)}, 1] T_max (SCH-R1), 0.01 T_max in the paper",
    )
