"""The suite rejects every planted mistake, and every behaviour rejects at least one."""

from __future__ import annotations

import inspect

import pytest

from tests.conformance import planted_mistakes as planted
from tests.conformance import (
    test_acceptance_probability,
    test_determinism,
    test_fraction_range,
    test_frozen_levels,
    test_gradient_descent,
    test_hull_inclusion,
    test_masked_descent,
    test_resume,
)
from tests.conformance.behaviour import BEHAVIOURS, verdict
from tests.conformance.protocol import Capability
from tests.conformance.reference_algorithm import Algorithm

# The modules are imported for the behaviours that they register.
MODULES = (
    test_acceptance_probability,
    test_determinism,
    test_fraction_range,
    test_frozen_levels,
    test_gradient_descent,
    test_hull_inclusion,
    test_masked_descent,
    test_resume,
)

SENTENCES = frozenset(BEHAVIOURS)

REJECTED = {
    planted.FractionLeavesItsBounds: ["test_the_fraction_lies_between_f_min_and_f_max"],
    planted.FractionReachesItsMaximum: [
        "test_no_fraction_exceeds_the_upper_end_of_the_image",
        "test_every_value_of_the_image_is_taken_where_the_rule_takes_it",
    ],
    planted.FractionRunsBackwards: ["test_a_repeated_loss_gives_f_min_and_a_record_gives_the_upper_end"],
    planted.OneCoordinateTooMany: ["test_a_masked_step_moves_floor_of_f_n_coordinates_and_no_other"],
    planted.ClimbsUphill: [
        "test_without_noise_steps_below_two_over_l_never_raise_the_loss",
        "test_with_everything_off_each_step_is_a_gradient_step",
    ],
    planted.StepsTooFar: [
        "test_without_noise_steps_below_two_over_l_never_raise_the_loss",
        "test_with_everything_off_each_step_is_a_gradient_step",
    ],
    planted.NoiseStaysOn: [
        "test_without_noise_steps_below_two_over_l_never_raise_the_loss",
        "test_with_everything_off_each_step_is_a_gradient_step",
    ],
    planted.MomentumStaysOn: ["test_with_everything_off_each_step_is_a_gradient_step"],
    planted.AcceptsTheWrongWay: [
        "test_every_reported_probability_is_the_closed_form_of_its_energy_change",
        "test_the_decision_turns_exactly_where_the_probability_meets_the_uniform_number",
    ],
    planted.AcceptsByAnotherRule: [
        "test_every_reported_probability_is_the_closed_form_of_its_energy_change",
        "test_the_decision_turns_exactly_where_the_probability_meets_the_uniform_number",
    ],
    planted.AcceptsWithASmallBias: [
        "test_every_reported_probability_is_the_closed_form_of_its_energy_change",
        "test_the_decision_turns_exactly_where_the_probability_meets_the_uniform_number",
    ],
    planted.ReportsWhatItDoesNotDo: [
        "test_the_decision_turns_exactly_where_the_probability_meets_the_uniform_number"
    ],
    planted.HalvesTheEnergy: ["test_the_accepted_energy_changes_add_up_to_the_change_of_the_loss"],
    planted.KeepsRejectedMoves: [
        "test_certain_decisions_are_certain_and_rejected_moves_leave_no_trace",
        "test_the_accepted_energy_changes_add_up_to_the_change_of_the_loss",
    ],
    planted.NoiseAfterTheQuantizer: ["test_every_parameter_that_moves_lands_in_the_hull_of_the_levels"],
    planted.QuantizerStaysWarm: [
        "test_a_cold_level_holds_its_parameter_while_the_step_is_below_half_a_spacing",
        "test_the_outer_levels_hold_against_every_outward_slope",
    ],
    planted.QuantizerFallsAsleep: [
        "test_a_cold_level_passes_its_parameter_on_once_the_step_is_above_half_a_spacing"
    ],
    planted.ForgetsTheMeanField: ["test_a_saved_run_continues_bit_for_bit_in_a_fresh_object"],
    planted.ForgetsTheLargestChange: ["test_a_saved_run_continues_bit_for_bit_in_a_fresh_object"],
    planted.ForgetsTheTemperature: ["test_a_saved_run_continues_bit_for_bit_in_a_fresh_object"],
    planted.RestartsItsRandomNumbers: ["test_a_saved_run_continues_bit_for_bit_in_a_fresh_object"],
    planted.HandsOutItsLiveState: ["test_a_saved_state_stays_as_it_was_while_the_run_goes_on"],
    planted.SharesOneGenerator: ["test_the_same_seed_gives_the_same_run_whatever_else_is_running"],
    planted.IgnoresItsSeed: ["test_different_seeds_give_different_runs"],
}


@pytest.mark.parametrize(
    ("sentence", "mistake"),
    [(sentence, mistake) for mistake, sentences in REJECTED.items() for sentence in sentences],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_planted_mistake_is_rejected(sentence, mistake):
    assert verdict(sentence, mistake) == "fails"


def test_every_behaviour_rejects_a_planted_mistake():
    assert {sentence for sentences in REJECTED.values() for sentence in sentences} == SENTENCES


def test_every_test_of_an_implementation_is_a_registered_behaviour():
    for module in MODULES:
        for name, check in vars(module).items():
            if name.startswith("test_") and "implementation" in inspect.signature(check).parameters:
                assert BEHAVIOURS[name] is check


def test_every_planted_class_is_used():
    classes = {value for value in vars(planted).values() if isinstance(value, type)}
    mistakes = {found for found in classes if found.__module__ == planted.__name__}
    assert mistakes - set(REJECTED) == {planted.Forgets}


def test_without_a_capability_a_behaviour_is_skipped_by_name():
    class Silent(Algorithm):
        capabilities = frozenset(Capability) - {Capability.QUANTIZER}

    sentence = "test_every_parameter_that_moves_lands_in_the_hull_of_the_levels"
    assert verdict(sentence, Silent) == "skipped"
    with pytest.raises(pytest.skip.Exception, match="Silent does not offer: quantizer"):
        BEHAVIOURS[sentence](Silent)
