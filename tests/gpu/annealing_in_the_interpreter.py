"""The annealing kernel beside the plain form, in the interpreter: run with TRITON_INTERPRET=1.

A script of its own, because the variable has to be set before Triton is imported.  It ends with status 0 if
the kernel agrees, span by span and over whole trajectories, and every planted variant is rejected.
"""

import math
import sys
from contextlib import contextmanager

import torch
import triton
import triton.language as tl

from gpu import acceptance_kernel, annealing_kernel, random_streams_kernel, soft_quantization_kernel
from gpu.annealing_span import anneal_span_, empty_sums
from gpu.group import Group
from tests.gpu.annealing_spans import (
    BASE,
    LARGEST_NORMAL,
    NORMAL_ULPS,
    QUANTIZER_ULPS,
    agrees,
    by_kernel,
    cases,
    inputs_of,
    members_of,
    numbers,
    recipe_of,
)
from tests.gpu.annealing_trajectories import COUNTS, TRAJECTORIES, is_exact, trajectory

CASES = 60
SMALL = {"block": 128, "chunk": 256}  # sizes 0, 1, one block and one more: every kind of edge

# -- spans


def check_spans():
    for case in cases(CASES):
        assert agrees(case, **SMALL), case
    for dtype in (torch.float32, torch.float64):
        case = BASE | {"dtype": dtype, "size": 257, "noise": "linear", "members": "tiles"}
        theta, average, sums = by_kernel(case, "cpu", block=16, chunk=64)
        other, other_average, other_sums = by_kernel(case, "cpu", block=128, chunk=256)
        assert torch.equal(theta, other)
        assert torch.equal(average, other_average)
        # Integers do not depend on the cutting.
        assert sums == other_sums
    empty = BASE | {"size": 0}
    assert by_kernel(empty, "cpu")[2] == (0, 0, 0)


# -- planted variants


@triton.jit
def uphill(change, heat, seed_low, seed_high, index, step, STREAM, RULE, WORKING):
    return acceptance_kernel.accepts(-change, heat, seed_low, seed_high, index, step, STREAM, RULE, WORKING)


@triton.jit
def words_of_the_next_element(seed_low, seed_high, index, step, stream):
    return random_streams_kernel.philox_words(seed_low, seed_high, index + 1, step, stream)


@triton.jit
def every_tile_is_taken(taken_pointer, tile, exists):
    return exists | True


@triton.jit
def no_ties(seed_low, seed_high, index, step, threshold, last_tie):
    word, _, _, _ = random_streams_kernel.philox_words(
        seed_low, seed_high, index, step, tl.full((), 1, tl.uint32)
    )
    return word.to(tl.int64) < threshold


@triton.jit
def one_percent_hotter(temperature, WORKING):
    return (1.01 * temperature).to(WORKING)


@triton.jit
def one_level_missing(theta, width, heat, count, WORKING):
    return soft_quantization_kernel.soft_quantize_block(theta, width, heat, count - 1, WORKING)


@triton.jit
def entropy_of_a_hotter_element(theta, width, heat, count, WORKING):
    value, _ = soft_quantization_kernel.soft_quantize_block(theta, width, heat, count, WORKING)
    _, entropy = soft_quantization_kernel.soft_quantize_block(theta, width, 1.01 * heat, count, WORKING)
    return value, entropy


@triton.jit
def penalty_of_the_other_sign(distance, heat, FORM, WORKING):
    return -acceptance_kernel.penalty_change(distance, heat, FORM, WORKING)


@contextmanager
def planted(module, **wrong):
    right = {name: getattr(module, name) for name in wrong}
    for name, value in wrong.items():
        setattr(module, name, value)
    try:
        yield
    finally:
        for name, value in right.items():
            setattr(module, name, value)


def check_planted_variants():
    random = BASE | {"noise": "linear", "size": 600}
    deterministic = random | {"acceptance_rule": "descent", "noise": "zero", "quantizer": None}
    kernel, test = annealing_kernel, acceptance_kernel
    streams = {"_NOISE_STREAM": kernel._ACCEPTANCE_STREAM, "_ACCEPTANCE_STREAM": kernel._NOISE_STREAM}
    variants = [
        (random, kernel, {"accepts": uphill}),
        (deterministic, kernel, {"accepts": uphill}),
        (random, kernel, streams),
        (random, kernel, {"philox_words": words_of_the_next_element}),
        (random | {"noise": "zero"}, test, {"philox_words": words_of_the_next_element}),
        (deterministic | {"members": "tiles"}, kernel, {"_is_taken": every_tile_is_taken}),
        (deterministic | {"members": "subset"}, kernel, {"_is_in_subset": no_ties}),
        (random | {"penalty_form": "squared"}, kernel, {"penalty_change": penalty_of_the_other_sign}),
        (
            deterministic | {"acceptance_rule": "metropolis", "size": 6000},
            kernel,
            {"finite_heat": one_percent_hotter},
        ),
        (random, kernel, {"soft_quantize_block": one_level_missing}),
        (random, kernel, {"soft_quantize_block": entropy_of_a_hotter_element}),
    ]
    for case, module, wrong in variants:
        assert agrees(case), case
        with planted(module, **wrong):
            assert not agrees(case), f"not told apart: {list(wrong)}"


# -- trajectories

# Noise of scale 1 at most on a half-width of 2 at most, with the budgets of a span; and the slope of the entropy,
# 2 (1 + h/T)/T, at the lowest temperature 0.05 of the spacing 0.125.  The entropy of an element is about 1.
STEP_ULPS = NORMAL_ULPS * LARGEST_NORMAL + 2.0 * QUANTIZER_ULPS
ENTROPY_SLOPE = 2.0 * (1.0 + 0.125 / 0.05) / 0.05


def check_trajectories():
    largest, rejected = 0.0, 0
    for name, options in TRAJECTORIES.items():
        # As on a CUDA device: what moves is a mask, and the host reads nothing.
        Group.read_on_host = lambda group, name=name: "on the host" in name
        for dtype in (torch.float32, torch.float64 if "quantizer" in options else torch.bfloat16):
            eps = torch.finfo(dtype).eps
            pairs = zip(*(trajectory(options, dtype, use) for use in ("always", "never")), strict=True)
            for step, ((ours, status), (theirs, wanted)) in enumerate(pairs, 1):
                assert {count: status[count] for count in COUNTS} == {c: wanted[c] for c in COUNTS}, (
                    name,
                    step,
                )
                # A step is a contraction towards the target, so that the errors of the steps add up at most.
                budget = 0.0 if is_exact(options) else step * STEP_ULPS * eps
                error = max((x - y).abs().max().item() for x, y in zip(ours, theirs, strict=True))
                assert error <= budget, (name, dtype, step, error / eps)
                largest = max(largest, error / eps / step)
                for number in ("temperature", "entropy"):
                    same = math.isnan(wanted[number]) and math.isnan(status[number])
                    apart = abs(status[number] - wanted[number])
                    assert same or apart <= ENTROPY_SLOPE * budget * abs(wanted[number]), (name, number, step)
            rejected += status["tried"] - status["accepted"]
    assert rejected > 0
    with planted(annealing_kernel, accepts=uphill):
        *_, (ours, _) = trajectory({}, torch.float32, "always")
    *_, (theirs, _) = trajectory({}, torch.float32, "never")
    assert not torch.equal(ours[0], theirs[0])
    print(f"largest difference, in units in the last place and per step: {largest:.3g}", file=sys.stderr)


def refusal_of(wrong):
    """The message of a ValueError that something raises, or nothing."""
    try:
        wrong()
    except ValueError as error:
        return str(error)
    return ""


def check_refusals():
    column = torch.zeros(4, 2)[:, 0]
    nothing = (None,) * 4
    assert "contiguous" in refusal_of(
        lambda: anneal_span_(column, column, None, 0, None, None, False, *nothing)
    )
    wrong_seed = BASE | {"members": "subset"}
    case = inputs_of(wrong_seed, "cpu")
    members = members_of("subset", wrong_seed["size"], "cpu")
    recipe = recipe_of(wrong_seed)._replace(seed=1)
    work = (*case, 0, members, None, False, 1.0, numbers("cpu"), recipe, empty_sums(torch.device("cpu")))
    assert "seed" in refusal_of(lambda: anneal_span_(*work))


def main():
    check_refusals()
    check_spans()
    check_planted_variants()
    check_trajectories()


if __name__ == "__main__":
    main()
