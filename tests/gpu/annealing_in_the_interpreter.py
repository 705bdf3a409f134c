"""The annealing kernel beside the reference and the plain form, in Triton's interpreter.

For pytest with TRITON_INTERPRET=1, in a process of its own, because the variable has to be set before Triton is
imported: ``test_annealing_kernel.py`` starts it.
"""

import pytest
import torch
from hypothesis import given

from gpu import acceptance_kernel, annealing_kernel
from gpu.annealing_span import anneal_span_, empty_sums
from gpu.soft_quantization_kernel import interpreted
from tests.gpu import planted_kernels as wrong
from tests.gpu.annealing_reference import departures
from tests.gpu.annealing_spans import (
    agrees,
    by_kernel,
    cases,
    long_span,
    members_of,
    moved_by,
    recipe_of,
    scalars_of,
    tensors_of,
)
from tests.gpu.strategies import SPANS, tells_apart

CASES = 60
SMALL = {"block": 128, "chunk": 256}  # sizes 0, 1, one block and one more: every kind of edge
SMALLEST = {"block": 4, "chunk": 8}  # the same for the spans of the strategy, which are short


@pytest.fixture(autouse=True)
def _in_the_interpreter():
    """Elsewhere these tests would show something else."""
    assert interpreted()


def kernel_departs(span):
    return departures(span, moved_by(by_kernel, span, **SMALLEST))


@given(SPANS)
def test_a_step_of_a_span_is_that_of_the_reference(span):
    assert not kernel_departs(span)


@pytest.mark.parametrize("span", cases(CASES), ids=range(CASES))
def test_a_step_of_a_long_span_is_that_of_the_plain_form(span):
    assert agrees(span, **SMALL)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_step_does_not_depend_on_how_the_span_is_cut(dtype):
    span = long_span(257, "tiles", dtype=dtype, noise="linear")
    (theta, average, sums), (other, other_average, other_sums) = (
        by_kernel(span, **sizes) for sizes in ({"block": 16, "chunk": 64}, SMALL)
    )
    assert torch.equal(theta, other)
    assert torch.equal(average, other_average)
    # Integers do not depend on the cutting.
    assert sums == other_sums


def test_of_nothing_nothing_is_counted():
    assert by_kernel(long_span(0))[2] == (0, 0, 0)


# Refusals -------------------------------------------------------------------------------------------------------


def test_a_tensor_with_gaps_is_refused():
    column = torch.zeros(4, 2)[:, 0]
    with pytest.raises(ValueError, match="contiguous"):
        anneal_span_(column, column, None, 0, None, None, False, *(None,) * 4)


def test_members_drawn_with_another_seed_are_refused():
    span = long_span(members="subset")
    work = (*tensors_of(span, "cpu"), span.start, members_of(span, "cpu"), None, False, span.half_width)
    recipe = recipe_of(span)._replace(seed=1)
    with pytest.raises(ValueError, match="seed"):
        anneal_span_(*work, scalars_of(span, "cpu"), recipe, empty_sums(torch.device("cpu")))


# Planted variants -----------------------------------------------------------------------------------------------

# A span that tells each variant apart, and where what is planted in it.
RANDOM = {"noise": "linear", "size": 600}
SURE = {"acceptance_rule": "descent", "quantizer": None}
EXCHANGED = {
    "_NOISE_STREAM": annealing_kernel._ACCEPTANCE_STREAM,
    "_ACCEPTANCE_STREAM": annealing_kernel._NOISE_STREAM,
}
PLANTED = [
    (RANDOM, annealing_kernel, {"accepts": wrong.uphill}),
    (SURE, annealing_kernel, {"accepts": wrong.uphill}),
    (RANDOM, annealing_kernel, EXCHANGED),
    (RANDOM, annealing_kernel, {"philox_words": wrong.words_of_the_next_element}),
    ({}, acceptance_kernel, {"philox_words": wrong.words_of_the_next_element}),
    (SURE | {"members": "tiles"}, annealing_kernel, {"_is_taken": wrong.every_tile_is_taken}),
    (SURE | {"members": "tiles"}, annealing_kernel, {"_is_taken": wrong.tiles_shifted_by_one}),
    (SURE | {"members": "subset"}, annealing_kernel, {"_is_in_subset": wrong.no_ties}),
    (SURE | {"members": "subset"}, annealing_kernel, {"_is_in_subset": wrong.subset_shifted_by_one}),
    (
        RANDOM | {"penalty_form": "squared"},
        annealing_kernel,
        {"penalty_change": wrong.penalty_of_the_other_sign},
    ),
    (
        SURE | {"acceptance_rule": "metropolis", "size": 6000},
        annealing_kernel,
        {"finite_heat": wrong.heat_of_the_test_one_percent_higher},
    ),
    (RANDOM, annealing_kernel, {"soft_quantize_block": wrong.one_percent_hotter}),
    (RANDOM, annealing_kernel, {"soft_quantize_block": wrong.one_level_missing}),
    (RANDOM, annealing_kernel, {"soft_quantize_block": wrong.entropy_of_a_hotter_element}),
    (RANDOM, annealing_kernel, {"soft_quantize_block": wrong.entropy_of_the_value}),
]


@pytest.mark.parametrize(("choices", "module", "names"), PLANTED)
def test_a_planted_variant_leaves_the_plain_form(choices, module, names):
    span = long_span(**choices)
    assert agrees(span)
    with wrong.planted(module, **names):
        assert not agrees(span)


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("accepts", wrong.uphill),
        ("soft_quantize_block", wrong.one_percent_hotter),
        ("soft_quantize_block", wrong.one_level_missing),
        ("soft_quantize_block", wrong.entropy_of_the_value),
        ("penalty_change", wrong.penalty_of_the_other_sign),
        ("philox_words", wrong.words_of_the_next_element),
        ("_is_in_subset", wrong.subset_shifted_by_one),
        ("_is_taken", wrong.tiles_shifted_by_one),
    ],
)
def test_some_span_of_the_strategy_tells_a_planted_variant_apart(name, variant):
    with wrong.planted(annealing_kernel, **{name: variant}):
        assert tells_apart(SPANS, lambda span: not kernel_departs(span))
