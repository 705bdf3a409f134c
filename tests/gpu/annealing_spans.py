"""A span by the annealing kernel and by the plain form, and their comparison: shared by interpreter and device.

The budget of a value: both forms of the quantizer are within ten units in the last place of the half-width (their
own tests), and logarithm, root and cosine of a normal number, which is below 6.77, are within a few.  Without
noise and quantizer the two are equal bit for bit, and the averages always are.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from gpu.annealing import Recipe, Scalars, anneal_, working_type
from gpu.annealing_span import anneal_span_, empty_sums
from gpu.masks import subset_threshold
from gpu.membership import RangeMembers, SubsetMembers, TileMembers
from gpu.random_streams import ORDER_STREAM, RandomStream
from tests.gpu.annealing_reference import Moved
from tests.gpu.strategies import Span

START = 2**32 - 61  # the halves of the counter are crossed inside a span
QUANTIZER_ULPS, NORMAL_ULPS = 20, 8
LARGEST_NORMAL = math.sqrt(66 * math.log(2.0))

AXES = {
    "dtype": ["float32", "bfloat16", "float64", "float16"],
    "size": [601, 1, 129, 600],
    "members": [None, "tiles", "subset", "range"],
    "quantizer": ["closed_form", None],
    "noise": ["zero", "linear"],
    "noise_placement": ["inside", "outside"],
    "weighting": ["history", None, "gradient"],
    "refresh_all": [False, True],
    "permission": [None, True, None, None, False],
    "acceptance_rule": ["sigmoid", "metropolis", "piecewise_sigmoid", "doubled_sigmoid", "descent", "always"],
    "linearised": [True, True, True, False],
    "penalty_form": [
        None,
        "distance_over_temperature",
        "distance_times_temperature",
        "boltzmann",
        "squared",
        "squared_times_temperature",
    ],
    "entropy": ["all", "selected", None],
    "weight_decay": [0.0, 0.01],
    "maximize": [False, True],
}
REST = {
    "seed": 2**63 + 5,
    "step": 7,
    "start": START,
    "level_count": 17,
    "half_width": 1.3,
    "temperature": 0.2,
    "lr": 0.3,
    "noise_scale": 0.15,
    "smoothing": 0.7,
    "regularization": 0.3,
}


def long_span(size=601, members=None, **choices):
    """A span of random numbers.

    members: a word: half of the tiles, of which one begins before the span and one ends after it; a quarter of
        the elements; or a range whose ends lie inside the span.
    """
    kinds = {
        None: None,
        "tiles": ("tiles", START - 100, 300, (True, False, True, False)),
        "subset": ("subset", -(-size // 4)),
        "range": ("range", START + size // 5, START + size // 2 + 1),
    }
    rng = np.random.default_rng(size)
    arrays = dict(zip(("theta", "gradient", "average"), rng.normal(size=(3, size)), strict=True))
    if choices.get("quantizer", Span.quantizer) is None and size > 2:
        # An element whose gradient is no number is not accepted by any test.
        arrays["gradient"][1:3] = math.nan, math.inf
    return Span(**(REST | arrays | {"members": kinds[members]} | choices))


def cases(count):
    """Spans in which each value of each axis has its turn equally often, in an order of its own."""
    rng = np.random.default_rng(4)
    columns = {}
    for name, values in AXES.items():
        turns = [values[place % len(values)] for place in range(count)]
        columns[name] = [turns[place] for place in rng.permutation(count)]
    return [long_span(**{name: column[row] for name, column in columns.items()}) for row in range(count)]


def recipe_of(span):
    fields = {name: getattr(span, name) for name in Recipe._fields if name != "curvature"}
    fields["weighting"] = span.weighting or "history"
    if span.quantizer is None:
        fields["entropy"] = None
    return Recipe(**fields, curvature=0.0)


def members_of(span, device):
    kind, *rest = span.members or (None,)
    if kind == "tiles":
        first, size, taken = rest
        return TileMembers(torch.tensor(taken, device=device), first, size)
    if kind == "subset":
        stream, step = RandomStream(span.seed, ORDER_STREAM), torch.tensor(span.step, device=device)
        whole = [(span.start, span.start + span.theta.size)]
        return SubsetMembers(stream, step, subset_threshold(stream, step, whole, rest[0], device))
    return None if kind is None else RangeMembers(*(torch.tensor(end, device=device) for end in rest))


def permission_of(span, device):
    return None if span.permission is None else torch.tensor(span.permission, device=device)


def tensors_of(span, device):
    """theta, gradient and average."""
    arrays = span.theta, span.gradient, span.average
    theta, gradient, average = (torch.tensor(x).to(device, getattr(torch, span.dtype)) for x in arrays)
    return theta, gradient, None if span.weighting is None else average


def scalars_of(span, device):
    numbers = (span.lr, span.temperature, span.noise_scale)
    scale = {"dtype": torch.float64, "device": device}
    return Scalars(torch.tensor(span.step, device=device), *(torch.tensor(x, **scale) for x in numbers))


def by_kernel(span, device="cpu", **sizes):
    """theta, average, and the sums as integers: tried, accepted, entropy in units of 2^-56."""
    theta, gradient, average = tensors_of(span, device)
    sums = empty_sums(theta.device)
    anneal_span_(
        theta,
        gradient,
        average,
        span.start,
        members_of(span, device),
        permission_of(span, device),
        span.refresh_all,
        span.half_width,
        scalars_of(span, device),
        recipe_of(span),
        sums,
        **sizes,
    )
    tried, accepted, coarse, fine = sums.sum(0).tolist()
    return theta, average, (tried, accepted, (coarse << 32) + fine)


def by_tensors(span, device="cpu"):
    """The same by ``anneal_``."""
    theta, gradient, average = tensors_of(span, device)
    index = torch.arange(span.start, span.start + theta.numel(), device=device)
    chosen = members_of(span, device), permission_of(span, device), span.refresh_all
    width = torch.full((), span.half_width, dtype=working_type(theta.dtype), device=device)
    scalars, recipe = scalars_of(span, device), recipe_of(span)
    sums = anneal_(theta, gradient, average, index, *chosen, width, None, scalars, recipe)
    coarse, fine = sums.entropy.tolist()
    return theta, average, (sums.tried.item(), sums.accepted.item(), (coarse << 32) + fine)


def moved_by(form, span, **sizes):
    """What ``by_kernel`` or ``by_tensors`` has made of a span, for comparison with the reference."""
    theta, average, (tried, accepted, entropy) = form(span, "cpu", **sizes)
    arrays = (None if x is None else x.double().numpy() for x in (theta, average))
    return Moved(*arrays, tried, accepted, entropy * 2.0**-56)


def budgets(span, device):
    """How far a value, and an entropy, may be from those of the plain form."""
    working = working_type(getattr(torch, span.dtype))
    eps = torch.finfo(working).eps
    normal = NORMAL_ULPS * LARGEST_NORMAL * eps
    if str(device) != "cpu" and working == torch.float32:
        normal = 2.0**-11  # the bound stated for float32 normals, whose logarithm is approximate on a device
    value = 0.0 if span.noise == "zero" else normal
    # The derivatives of mean and entropy are below twice 1 + h/T, and that over T.
    slope = 2.0 * (1.0 + span.spacing / span.temperature)
    if span.quantizer is not None:
        value = value * slope + QUANTIZER_ULPS * eps * span.half_width
    entropy = QUANTIZER_ULPS * eps * math.log(span.level_count) + value * slope / span.temperature
    return value, entropy


def agrees(span, device="cpu", flips=0, **sizes):
    """Whether the kernel does what ``anneal_`` does: the same decisions and counts, values within the budget.

    flips: decisions that may differ, where exponentials are approximate.
    """
    before = tensors_of(span, device)[0]
    theta, average, (tried, accepted, entropy) = by_kernel(span, device, **sizes)
    wanted, wanted_average, (wanted_tried, wanted_accepted, wanted_entropy) = by_tensors(span, device)
    if average is not None and not torch.allclose(
        average, wanted_average, rtol=0.0, atol=0.0, equal_nan=True
    ):
        return False
    flipped = (theta == before) != (wanted == before)
    different = int(flipped.sum())
    if tried != wanted_tried or abs(accepted - wanted_accepted) > flips or different > flips:
        return False
    value_budget, entropy_budget = budgets(span, device)
    # What is rounded to a shorter type may fall to the other side.
    stored = torch.finfo(theta.dtype).eps if value_budget else 0.0
    pair = theta[~flipped].double(), wanted[~flipped].double()
    close = torch.allclose(*pair, rtol=stored, atol=value_budget, equal_nan=True)
    entropies = theta.numel() * entropy_budget + different * math.log(span.level_count)
    return close and abs(entropy - wanted_entropy) <= entropies * 2.0**56
