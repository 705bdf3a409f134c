"""Cases for the annealing kernel, and its comparison with the plain form: shared by interpreter and device.

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
from gpu.options import DEFAULTS
from gpu.random_streams import ORDER_STREAM, RandomStream

SEED, STEP, START = 2**63 + 5, 7, 2**32 - 61  # the halves of the counter are crossed inside a span
LEVELS, HALF_WIDTH, TEMPERATURE = 17, 1.3, 0.2
ORIGIN, TILE = START - 100, 300  # a span begins inside a tile and ends inside another
QUANTIZER_ULPS, NORMAL_ULPS = 20, 8
LARGEST_NORMAL = math.sqrt(66 * math.log(2.0))

AXES = {
    "dtype": [torch.float32, torch.bfloat16, torch.float64, torch.float16],
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
BASE = {name: values[0] for name, values in AXES.items()}


def cases(count):
    """Cases in which each value of each axis has its turn equally often, in an order of its own."""
    rng = np.random.default_rng(4)
    columns = {}
    for name, values in AXES.items():
        turns = [values[place % len(values)] for place in range(count)]
        columns[name] = [turns[place] for place in rng.permutation(count)]
    return [{name: column[row] for name, column in columns.items()} for row in range(count)]


def recipe_of(case):
    defaults = {name: DEFAULTS.get(name) for name in Recipe._fields}
    own = {name: case[name] for name in Recipe._fields if name in case}
    own["weighting"] = case["weighting"] or "history"
    if case["quantizer"] is None:
        own["entropy"] = None
    changed = {"level_count": LEVELS, "seed": SEED, "regularization": 0.3, "smoothing": 0.7}
    return Recipe(**(defaults | own | changed))


def members_of(kind, size, device):
    """Half of the tiles; a quarter of the elements; or a range whose ends lie inside the span."""
    if kind == "tiles":
        return TileMembers(torch.arange(4, device=device) % 2 == 0, ORIGIN, TILE)
    if kind == "subset":
        stream, step = RandomStream(SEED, ORDER_STREAM), torch.tensor(STEP, device=device)
        span = (START, START + size)
        return SubsetMembers(stream, step, subset_threshold(stream, step, [span], -(-size // 4), device))
    if kind == "range":
        ends = (START + size // 5, START + size // 2 + 1)
        return RangeMembers(*(torch.tensor(end, device=device) for end in ends))
    return None


def inputs_of(case, device):
    rng = np.random.default_rng(case["size"])
    tensors = [torch.tensor(rng.normal(size=case["size"])).to(device, case["dtype"]) for _ in range(3)]
    if case["quantizer"] is None and case["size"] > 2:
        # An element whose gradient is no number is not accepted by any test.
        tensors[1][1], tensors[1][2] = math.nan, math.inf
    return tensors


def numbers(device):
    scale = {"dtype": torch.float64, "device": device}
    changing = (torch.tensor(value, **scale) for value in (0.3, TEMPERATURE, 0.15))
    return Scalars(torch.tensor(STEP, device=device), *changing)


def by_kernel(case, device, **sizes):
    """theta, average, and the sums as integers: tried, accepted, entropy in units of 2^-56."""
    theta, gradient, average = inputs_of(case, device)
    average = None if case["weighting"] is None else average
    permission = None if case["permission"] is None else torch.tensor(case["permission"], device=device)
    sums = empty_sums(theta.device)
    anneal_span_(
        theta,
        gradient,
        average,
        START,
        members_of(case["members"], case["size"], device),
        permission,
        case["refresh_all"],
        HALF_WIDTH,
        numbers(device),
        recipe_of(case),
        sums,
        **sizes,
    )
    tried, accepted, coarse, fine = sums.sum(0).tolist()
    return theta, average, (tried, accepted, (coarse << 32) + fine)


def by_tensors(case, device):
    """The same by ``anneal_``."""
    theta, gradient, average = inputs_of(case, device)
    average = None if case["weighting"] is None else average
    index = torch.arange(START, START + case["size"], device=device)
    members = members_of(case["members"], case["size"], device)
    permission = None if case["permission"] is None else torch.tensor(case["permission"], device=device)
    mask = None if members is None else members(index)
    if permission is not None:
        mask = permission if mask is None else mask & permission
    refreshed = permission if case["refresh_all"] else mask
    width = torch.full((), HALF_WIDTH, dtype=working_type(theta.dtype), device=device)
    sums = anneal_(
        theta,
        gradient,
        average,
        index,
        mask,
        refreshed,
        width,
        None,
        numbers(device),
        recipe_of(case),
    )
    coarse, fine = sums.entropy.tolist()
    return theta, average, (sums.tried.item(), sums.accepted.item(), (coarse << 32) + fine)


def budgets(case, device):
    """How far a value, and an entropy, may be from those of the plain form."""
    working = working_type(case["dtype"])
    eps = torch.finfo(working).eps
    spacing = 2.0 * HALF_WIDTH / (LEVELS - 1)
    normal = NORMAL_ULPS * LARGEST_NORMAL * eps
    if str(device) != "cpu" and working == torch.float32:
        normal = 2.0**-11  # the bound stated for float32 normals, whose logarithm is approximate on a device
    value = 0.0 if case["noise"] == "zero" else normal
    # The derivatives of mean and entropy are below twice 1 + h/T, and that over T.
    slope = 2.0 * (1.0 + spacing / TEMPERATURE)
    if case["quantizer"] is not None:
        value = value * slope + QUANTIZER_ULPS * eps * HALF_WIDTH
    entropy = QUANTIZER_ULPS * eps * math.log(LEVELS) + value * slope / TEMPERATURE
    return value, entropy


def agrees(case, device="cpu", flips=0, **sizes):
    """Whether the kernel does what ``anneal_`` does: the same decisions and counts, values within the budget.

    flips: decisions that may differ, where exponentials are approximate.
    """
    before = inputs_of(case, device)[0]
    theta, average, (tried, accepted, entropy) = by_kernel(case, device, **sizes)
    wanted, wanted_average, (wanted_tried, wanted_accepted, wanted_entropy) = by_tensors(case, device)
    if average is not None and not torch.allclose(
        average, wanted_average, rtol=0.0, atol=0.0, equal_nan=True
    ):
        return False
    flipped = (theta == before) != (wanted == before)
    different = int(flipped.sum())
    if tried != wanted_tried or abs(accepted - wanted_accepted) > flips or different > flips:
        return False
    value_budget, entropy_budget = budgets(case, device)
    # What is rounded to a shorter type may fall to the other side.
    stored = torch.finfo(case["dtype"]).eps if value_budget else 0.0
    pair = theta[~flipped].double(), wanted[~flipped].double()
    close = torch.allclose(*pair, rtol=stored, atol=value_budget, equal_nan=True)
    entropies = case["size"] * entropy_budget + different * math.log(LEVELS)
    return close and abs(entropy - wanted_entropy) <= entropies * 2.0**56
