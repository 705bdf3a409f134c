"""One step of a span by the reference, and how far from it an implementation may be: PyTorch and Triton alike.

Each quantity of the step carries a bound of its rounding error, from the operations that made it.  A decision is
settled where no error within the bound can change it; elsewhere either outcome is right.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from reference.acceptance import ACCEPTANCE_RULES
from reference.energy import PENALTIES
from reference.entropy import level_entropy
from reference.levels import uniform_levels
from reference.mean_field import mean_field
from reference.random_streams import RandomStream
from reference.soft_quantization import soft_quantize
from reference.training import ACCEPTANCE_STREAM, NOISE_STREAM, ORDER_STREAM
from tests.gpu.quantization_errors import budgets_beside_the_reference
from tests.gpu.stream_errors import normal_and_budget


class Moved(NamedTuple):
    """What a step has made of a span: float64 arrays, counts, and the total entropy where it is wanted."""

    theta: np.ndarray
    average: np.ndarray
    tried: int
    accepted: int
    entropy: float | None


class Bounded(NamedTuple):
    """Numbers, and how far those of an implementation may be from them."""

    value: np.ndarray
    error: np.ndarray


def working_type(span):
    """The type in which elements are worked on: float32 for the shorter ones."""
    return torch.float64 if span.dtype == "float64" else torch.float32


def stored(span, name):
    """An array of the span as its dtype holds it."""
    return torch.tensor(getattr(span, name), dtype=getattr(torch, span.dtype)).double().numpy()


def indices_of(span):
    return np.arange(span.theta.size, dtype=np.uint64) + np.uint64(span.start)


def mask_of(span):
    """Which elements may move."""
    index, allowed = indices_of(span), span.permission is not False
    kind, *rest = span.members or (None,)
    if kind == "tiles":
        first, size, taken = rest
        return allowed & np.array([taken[(int(i) - first) // size] for i in index])
    if kind == "range":
        return allowed & (index >= np.uint64(rest[0])) & (index < np.uint64(rest[1]))
    if kind == "subset":
        words = RandomStream(span.seed, ORDER_STREAM).words(span.step, index)[:, 0]
        return allowed & np.isin(index, index[np.lexsort((index, words))][: rest[0]])
    return np.full(index.size, allowed)


def rounded_to(dtype, values):
    """A bound of the error of rounding to a dtype."""
    kind = torch.finfo(getattr(torch, dtype))
    return kind.eps / 2 * np.abs(values.value) + kind.tiny * kind.eps


def averages(span, eps):
    """The slope of the energy, and the averages of all elements with the slope taken in."""
    theta, gradient, before = (stored(span, name) for name in ("theta", "gradient", "average"))
    gradient = -gradient if span.maximize else gradient
    slope = gradient + span.weight_decay * theta
    # A product and a sum, where there is any decay.
    slope = Bounded(
        slope, eps * (np.abs(gradient) + span.weight_decay * np.abs(theta)) * bool(span.weight_decay)
    )
    if span.weighting is None:
        return slope, slope
    averaged = mean_field(before, slope.value, span.smoothing, span.weighting)
    # Two products and a sum, of terms with weights of at most 1.
    error = slope.error + 2 * eps * (np.abs(before) + np.abs(slope.value))
    return slope, Bounded(averaged, error)


def proposals(span, averaged, eps):
    """The proposed values, as the dtype of the parameters holds them."""
    theta = stored(span, "theta")
    drift = span.lr * averaged.value
    moved = Bounded(theta - drift, span.lr * averaged.error + eps * (np.abs(theta) + 2 * np.abs(drift)))
    noise = Bounded(np.zeros_like(theta), np.zeros_like(theta))
    if span.noise != "zero":
        words = RandomStream(span.seed, NOISE_STREAM).words(span.step, indices_of(span))
        normals, error = normal_and_budget(words, working_type(span))
        noise = Bounded(span.noise_scale * normals, span.noise_scale * (error + eps * np.abs(normals)))
    quantized = span.quantizer is not None
    if span.noise_placement == "inside" or not quantized:
        moved = sum_of(moved, noise, eps)
    if quantized:
        levels = uniform_levels(span.half_width, span.level_count)
        value, _ = quantization_budgets(span)
        # The mean level moves at most 1 + h/T times as far as the parameter.
        error = value + (1.0 + span.spacing / span.temperature) * moved.error
        moved = Bounded(soft_quantize(moved.value, levels, span.temperature), error)
        if span.noise_placement == "outside":
            moved = sum_of(moved, noise, eps)
    return Bounded(moved.value, moved.error + rounded_to(span.dtype, moved))


def sum_of(first, second, eps):
    value = first.value + second.value
    return Bounded(value, first.error + second.error + eps * np.abs(value))


def quantization_budgets(span):
    working = working_type(span)
    return budgets_beside_the_reference(span.half_width, span.level_count, span.temperature, working)


def energy_changes(span, slope, proposal, eps):
    """The first-order change of the energy by each move: slope times move, and that of the penalty."""
    move = proposal.value - stored(span, "theta")
    linear = slope.value * move
    error = np.abs(slope.value) * proposal.error + slope.error * (np.abs(move) + proposal.error)
    change = Bounded(linear, error + 2 * eps * np.abs(linear))
    if span.penalty_form is None:
        return change
    penalty = PENALTIES[span.penalty_form]
    here, near, far = (
        penalty(np.maximum(0.0, np.abs(move) + side * proposal.error), span.temperature)
        for side in (0, -1, 1)
    )
    # Every penalty is monotone in the distance.  Four roundings, one of them of a quotient inside an exponential.
    spread = np.maximum(np.abs(far - here), np.abs(here - near)) + 4 * eps * np.maximum(np.abs(here), 1.0)
    arrived = penalty(np.zeros_like(move), span.temperature)
    term = Bounded(
        span.regularization * (arrived - here), span.regularization * (spread + eps * np.abs(arrived))
    )
    return sum_of(change, term, eps)


def decisions(span, change, eps):
    """Which moves are accepted for sure, and which are rejected for sure."""
    least, most = change.value - change.error, change.value + change.error
    if not span.linearised or span.acceptance_rule == "always":
        return np.full(change.value.shape, True), np.full(change.value.shape, False)
    if span.acceptance_rule == "descent":
        return most <= 0.0, least > 0.0
    uniforms = RandomStream(span.seed, ACCEPTANCE_STREAM).uniforms(span.step, indices_of(span))
    rule = ACCEPTANCE_RULES[span.acceptance_rule]
    # No probability falls as the energy change falls; the rounding of one is that of ``test_acceptance.py``.
    low, high = rule(most, span.temperature), rule(least, span.temperature)
    kind = torch.finfo(working_type(span))
    ratio = np.maximum(np.abs(most), np.abs(least)) / span.temperature
    rounding = eps * (5.0 + 2.0 * ratio) * high + kind.tiny
    return uniforms < low - rounding, uniforms >= high + rounding


def departures(span, moved):
    """Names of what an implementation has made of a span otherwise than the reference; none if it agrees."""
    working = working_type(span)
    eps = torch.finfo(working).eps
    theta, mask = stored(span, "theta"), mask_of(span)
    slope, averaged = averages(span, eps)
    proposal = proposals(span, averaged, eps)
    change = energy_changes(span, slope, proposal, eps)
    sure, refused = (mask & certain for certain in decisions(span, change, eps))
    stays = moved.theta == theta
    arrives = np.abs(moved.theta - proposal.value) <= proposal.error
    wrong = {
        "tried": moved.tried != mask.sum(),
        "accepted": not sure.sum() <= moved.accepted <= mask.sum() - refused.sum(),
        "moved outside the selection": np.any(~mask & ~stays),
        "moved though refused": np.any(refused & ~stays),
        "not arrived": np.any(sure & ~arrives),
        "neither here nor there": np.any(mask & ~stays & ~arrives),
        "averages": average_departs(span, moved, averaged, mask),
        "entropy": entropy_departs(span, moved, mask),
    }
    return [name for name, departs in wrong.items() if departs]


def average_departs(span, moved, averaged, mask):
    before = stored(span, "average")
    if span.weighting is None:
        return False
    refreshed = np.full(mask.shape, span.permission is not False) if span.refresh_all else mask
    near = np.abs(moved.average - averaged.value) <= averaged.error + rounded_to(span.dtype, averaged)
    return np.any(np.where(refreshed, ~near, moved.average != before))


def entropy_departs(span, moved, mask):
    """Whether the entropy is not that of the parameters as they are after the step."""
    if span.entropy is None or span.quantizer is None:
        return bool(moved.entropy)
    counted = moved.theta[mask] if span.entropy == "selected" else moved.theta
    levels = uniform_levels(span.half_width, span.level_count)
    wanted = level_entropy(counted, levels, span.temperature).sum()
    _, entropy = quantization_budgets(span)
    return abs(moved.entropy - wanted) > counted.size * entropy
