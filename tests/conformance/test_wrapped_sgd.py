"""``torch.optim.SGD`` under the suite: it passes what it declares, and fails what it does not do."""

from __future__ import annotations

import pytest

from tests.conformance import wrapped_sgd
from tests.conformance.behaviour import verdict
from tests.conformance.test_planted_mistakes import SENTENCES

GRADIENT_DESCENT = "test_with_everything_off_each_step_is_a_gradient_step"
DESCENT = "test_without_noise_steps_below_two_over_l_never_raise_the_loss"
RESUME = "test_a_saved_run_continues_bit_for_bit_in_a_fresh_object"
SNAPSHOT = "test_a_saved_state_stays_as_it_was_while_the_run_goes_on"
SAME_SEED = "test_the_same_seed_gives_the_same_run_whatever_else_is_running"
MASK = "test_a_masked_step_moves_floor_of_f_n_coordinates_and_no_other"
PASSED = {GRADIENT_DESCENT, DESCENT, RESUME, SNAPSHOT, SAME_SEED}
FAILED = {
    wrapped_sgd.WrappedSGD: set(),
    wrapped_sgd.WrappedMomentumSGD: {GRADIENT_DESCENT, DESCENT},
    wrapped_sgd.ForgetfulMomentumSGD: {GRADIENT_DESCENT, DESCENT, RESUME, SNAPSHOT},
    wrapped_sgd.BoastfulSGD: {
        "test_the_fraction_lies_between_f_min_and_f_max",
        "test_no_fraction_exceeds_the_upper_end_of_the_image",
        "test_every_value_of_the_image_is_taken_where_the_rule_takes_it",
        "test_a_repeated_loss_gives_f_min_and_a_record_gives_the_upper_end",
        "test_every_parameter_that_moves_lands_in_the_hull_of_the_levels",
        "test_a_cold_level_holds_its_parameter_while_the_step_is_below_half_a_spacing",
        "test_a_cold_level_passes_its_parameter_on_once_the_step_is_above_half_a_spacing",
        "test_the_outer_levels_hold_against_every_outward_slope",
        "test_different_seeds_give_different_runs",
    },
}


@pytest.mark.parametrize("wrapped", FAILED, ids=lambda wrapped: wrapped.__name__)
def test_wrapped_sgd_passes_fails_and_skips_what_it_should(wrapped):
    pytest.importorskip("torch", reason="torch is not installed: the wrapped SGD was not run")
    outcomes = {sentence: verdict(sentence, wrapped) for sentence in SENTENCES}
    failed = {sentence for sentence, outcome in outcomes.items() if outcome == "fails"}
    passed = {sentence for sentence, outcome in outcomes.items() if outcome == "passes"}
    assert failed == FAILED[wrapped]
    # The boast of a mask holds: with f = 1 it selects everything, and everything moves.
    boasted = {MASK} if wrapped is wrapped_sgd.BoastfulSGD else set()
    assert passed == PASSED - FAILED[wrapped] | boasted
