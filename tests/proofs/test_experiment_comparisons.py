"""Comparisons of training runs, and the worlds that criteria are put to."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs import experiment_comparisons
from proofs.experiment_comparisons import (
    AS_CLAIMED,
    CONTRARY,
    EXCHANGED,
    HALF_EXCHANGED,
    LEAST_STEP,
    MEASURED,
    Measure,
    Side,
    Tally,
    exchanged,
    moved,
    paired,
)
from proofs.experiment_data import ACCURACIES, LOSSES, Run, load_experiment
from proofs.paired_comparison import Comparison, paired_difference

VALUES = st.floats(-1e3, 1e3)
PAIRS = st.integers(5, 12).flatmap(
    lambda seeds: st.tuples(*(st.tuples(*(VALUES for _ in range(seeds))) for _ in range(2)))
)
MEASURES = [value for value in vars(experiment_comparisons).values() if isinstance(value, Measure)]


def of(pair, smaller_is_better=True):
    return Tally("question", {"data": pair}, smaller_is_better)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_every_measure_calls_the_run_better_that_is_ahead_in_every_curve(measure):
    def run(rank):
        good = {"seconds": 1.0, "steps": 1} | dict.fromkeys(ACCURACIES, 1 - 0.1 * rank)
        rows = [{"epoch": epoch} | good | dict.fromkeys(LOSSES, 1 + rank) for epoch in range(4)]
        return Run({"dataset": "iris", "epochs": 3}, tuple(rows), {}, 1.0)

    ahead, behind = measure.of(run(0)), measure.of(run(1))
    assert (ahead < behind) == measure.smaller_is_better
    assert ahead != behind


@given(PAIRS, st.booleans())
def test_a_difference_moved_to_one_side_is_decided_there_and_keeps_its_spread(pair, smaller):
    before = paired_difference(*pair)
    assert of(pair, smaller).in_world(AS_CLAIMED).count(Comparison.BETTER) == 1
    assert of(pair, smaller).in_world(CONTRARY).count(Comparison.WORSE) == 1
    after = paired_difference(*moved(pair, side=-1.0))
    room = 64 * np.finfo(float).eps * (1 + np.abs(pair).max())
    assert abs((after.high - after.low) - (before.high - before.low)) <= 16 * room
    if before.high - before.low > 4 * LEAST_STEP:
        assert abs(after.high + 0.25 * (before.high - before.low)) <= 16 * room


@given(PAIRS)
def test_exchanged_names_turn_the_difference_round_and_exchanging_twice_changes_nothing(pair):
    before, after = paired_difference(*pair), of(pair).in_world(EXCHANGED).differences["data"]
    assert (after.low, after.high) == (-before.high, -before.low)
    for every in (0, 1, 2):
        assert exchanged(exchanged(pair, every), every) == pair
    assert of(pair).in_world(MEASURED) == of(pair)


@given(st.integers(5, 12), st.floats(0.1, 1e3), st.lists(VALUES, min_size=12, max_size=12))
def test_an_effect_that_is_the_same_for_all_seeds_vanishes_where_every_second_seed_is_exchanged(
    seeds, effect, base
):
    pair = paired([value + effect for value in base[:seeds]], base[:seeds])
    assert of(pair).in_world(HALF_EXCHANGED).count(Comparison.UNDECIDED) == 1
    # The share of the effect that is left is that of the seed without a partner.
    left = of(pair).in_world(HALF_EXCHANGED).differences["data"].mean
    room = 64 * np.finfo(float).eps * (1e3 + effect)
    assert abs(left - effect * (seeds % 2) / seeds) <= room


def test_another_world_is_refused():
    with pytest.raises(ValueError, match=r"world must be one of .* got 'the best of all'"):
        of(((1.0, 2.0), (3.0, 4.0))).in_world("the best of all")


def test_pairs_are_made_of_two_lists_or_of_a_list_and_a_constant():
    assert paired([1, 2], 0.5) == ((1, 2), (0.5, 0.5))
    assert paired([1, 2], [3, 4]) == ((1, 2), (3, 4))


def test_a_margin_is_added_to_the_first_side():
    sides = Side("adam"), Side("sgd")
    measure = experiment_comparisons.LAST_ACCURACY
    plain = experiment_comparisons.tally("convergence", ["iris"], *sides, measure)
    wide = experiment_comparisons.tally("convergence", ["iris"], *sides, measure, added=0.25)
    assert math.isclose(wide.differences["iris"].mean, plain.differences["iris"].mean + 0.25)
    assert plain.question == "last accuracy against sgd"
    assert len(load_experiment("convergence").datasets()) == 10
