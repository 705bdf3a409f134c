"""Wrong optimizers, one mistake each, and the tests that must reject them: the negative controls of the contract."""

from dataclasses import dataclass, field
from pickle import UnpicklingError
from typing import Any

from torch._subclasses.fake_tensor import DataDependentOutputException

from tests.gpu import planted_copies as copies
from tests.gpu import planted_options as options
from tests.gpu import planted_processes as processes
from tests.gpu import planted_refusals as refusals
from tests.gpu import planted_states as states
from tests.gpu import planted_steps as steps
from tests.gpu import planted_trials as trials
from tests.gpu import planted_types as types


@dataclass(frozen=True)
class Control:
    """A test that must fail for a planted optimizer.

    failure: how, besides an assertion that does not hold; only: the cases of the test that matter; results: of
    several processes, by their names in distributed_runs.py.
    """

    optimizer_class: type
    test: str
    failure: type[BaseException] = AssertionError
    only: dict[str, Any] = field(default_factory=dict)
    results: tuple[str, ...] = ()


# Rejected by an assertion, or because what should be refused is not.
REJECTED = {
    # -- what a step does
    "test_steps_lower_the_loss_whatever_the_layout_of_the_parameters": [steps.LosesWhatIsNoView],
    "test_the_layout_of_a_parameter_does_not_change_its_step": [steps.CountsElementsAsTheyLieInMemory],
    "test_steps_lower_the_loss_under_schedulers_of_the_learning_rate": [options.KeepsItsFirstLearningRate],
    "test_each_group_takes_its_own_learning_rate": [options.TakesTheLearningRateOfTheFirstGroup],
    "test_a_scheduler_drives_each_group_on_its_own": [
        options.KeepsItsFirstLearningRate,
        options.TakesTheLearningRateOfTheFirstGroup,
    ],
    "test_a_larger_weight_decay_pulls_its_group_closer_to_zero": [
        options.DecaysAwayFromZero,
        options.DecaysByTheFirstGroup,
    ],
    "test_a_learning_rate_may_be_a_tensor_of_one_element": [
        options.TakesTheDefaultForATensor,
        options.ReadsATensorOnce,
        options.TurnsATensorIntoANumber,
    ],
    "test_a_step_without_gradients_does_nothing": [steps.CountsMissingGradientsAsZero, steps.ReturnsNothing],
    "test_a_step_without_gradients_is_not_counted": [steps.CountsStepsWithoutGradients],
    "test_a_parameter_without_a_gradient_stays_where_it_is": [steps.CountsMissingGradientsAsZeroInBusyGroups],
    "test_one_group_or_two_with_the_same_options_take_the_same_steps": [steps.CountsEveryGroupFromZero],
    "test_a_step_takes_no_random_number_that_is_not_its_own": [steps.ShiftsTheGlobalGenerator],
    "test_gradients_of_zero_move_nothing": [options.AlwaysAddsNoise],
    "test_cutting_large_tensors_changes_nothing": [steps.CountsEveryPieceFromTheStartOfItsTensor],
    "test_one_by_one_and_together_give_the_same_bits": [
        steps.CountsOnPastFrozenLayers,
        steps.TogetherForgetsTheAverages,
    ],
    "test_maximizing_is_minimizing_the_negative": [
        options.IgnoresMaximize,
        options.MaximizesByTheGradientOnly,
    ],
    "test_a_step_needs_no_closure_where_no_option_needs_the_loss": [steps.StoresNothingWithoutAClosure],
    "test_the_loss_may_be_anything_that_is_one_number": [steps.ReturnsANumber],
    # -- states, hooks, copies
    "test_a_copy_with_the_same_state_takes_the_same_steps": [
        states.ForgetsTheStep,
        states.ForgetsTheAverages,
        states.LoadsAnotherSeed,
        states.WritesIntoWhatItLoaded,
    ],
    "test_numbers_of_a_loaded_group_may_be_python_numbers": [states.LeavesNumbersAsTheyWereSaved],
    "test_a_state_of_a_later_layout_is_refused": [states.LoadsAnyLayout, states.ChecksAfterLoading],
    "test_hooks_run_in_the_order_torch_promises": [copies.RunsNoHooks, copies.RunsHooksTwice],
    "test_hooks_see_and_change_states": [copies.LoadsWithoutHooks],
    "test_copies_and_pickles_keep_every_public_attribute": [
        copies.CountsOutsideItsState,
        copies.CopiesShareTheirState,
    ],
    "test_it_can_be_printed": [copies.PrintsNothing],
    "test_a_state_does_not_grow_with_the_number_of_steps": [
        copies.RemembersEveryStep,
        copies.KeepsTheGraphOfTheLoss,
    ],
    "test_a_group_that_is_added_starts_afresh": [
        copies.NewGroupsTakeOverTheTemperature,
        copies.AddsGroupsUnchecked,
    ],
    # -- arguments and types
    "test_wrong_arguments_raise_their_errors": [types.ChecksNoOption, types.TakesAnyName],
    "test_parameters_of_several_types_may_share_a_group": [types.BringsAllToOneType],
    "test_the_default_dtype_changes_nothing": [types.MakesNumbersInTheDefaultType],
    "test_complex_parameters_are_refused": [types.TakesComplexParameters],
    "test_sparse_gradients_are_refused": [
        types.MakesSparseGradientsDense,
        types.MovesUntilItMeetsASparseGradient,
    ],
    "test_parameters_without_data_are_refused": [types.StepsOverWhatItCannotMove],
    "test_parameters_may_have_half_precision": [types.StoresAveragesInSinglePrecision],
    "test_half_precision_is_worked_on_in_single_precision": [types.WorksInHalfPrecision],
    "test_it_trains_under_autocast": [types.StoresWeightsInHalfPrecision],
    "test_a_grad_scaler_without_a_closure_unscales_and_skips": [
        types.DoesNotUnscale,
        types.CountsStepsThatOverflowed,
    ],
    "test_a_grad_scaler_with_a_closure_is_refused": [types.HidesFromTheScaler],
    # -- closures
    "test_each_acceptance_evaluates_the_loss_as_often_as_it_says": [trials.CallsTheClosureTwice],
    "test_single_tests_evaluate_the_loss_once_for_each_selected_element": [trials.TriesEveryMoveTwice],
    "test_a_group_that_moves_untested_costs_the_next_tested_group_one_evaluation_more": [
        trials.KeepsTheLossOfBefore
    ],
    "test_a_tested_group_is_compared_with_the_loss_that_the_group_before_has_left": [
        trials.KeepsTheLossOfBefore
    ],
    "test_groups_that_maximize_and_minimize_pass_the_loss_on_with_its_sign": [
        trials.PassesTheLossOnWithItsOwnSign
    ],
    "test_the_gradients_after_a_step_are_those_the_step_used": [
        trials.LeavesTheGradientsOfTrials,
        trials.WritesIntoTheGradients,
    ],
    "test_a_second_group_uses_the_gradients_from_before_the_trials": [trials.LooksAtGradientsForEveryGroup],
    "test_gradients_that_a_closure_zeroes_in_place_are_put_back": [trials.PutsBackReferences],
    "test_trials_call_the_loss_closure_without_gradients": [
        trials.TriesWithGradients,
        trials.IgnoresTheLossClosure,
    ],
    "test_a_loss_that_is_given_replaces_the_closure": [trials.HalvesTheGivenLoss, steps.ReturnsNothing],
    "test_a_missing_closure_is_named_and_nothing_has_changed": [trials.CountsARefusedStep],
    "test_only_a_tensor_lr_of_zero_exempts_from_a_closure": [trials.GoesOnWithoutALoss],
    "test_a_closure_and_a_loss_together_are_refused": [trials.PrefersTheClosure],
    "test_a_loss_of_several_elements_is_refused": [trials.AddsTheLossesUp],
    "test_a_trainer_that_always_passes_a_closure_sees_the_loss_and_its_own_calls": [
        trials.ReturnsTheLossAfterTheStep
    ],
    # -- refused steps
    "test_a_loss_that_is_not_finite_refuses_the_step": [
        refusals.LooksAtNoLoss,
        trials.CountsARefusedStep,
        refusals.LeavesAHalfMadeStart,
    ],
    "test_one_wrong_entry_of_a_gradient_refuses_the_step_of_every_group": [
        refusals.StepsOneGroupAfterAnother,
        refusals.DoesNotSayWhere,
    ],
    "test_a_gradient_that_a_step_does_not_use_is_looked_at_when_it_is_used": [refusals.LooksAtNothing],
    "test_a_proposal_that_would_leave_the_type_refuses_the_step": [refusals.BoundsProposalsTooLow],
    "test_a_loss_that_fails_in_the_middle_of_the_trials_takes_everything_back": [
        refusals.TakesNothingBack,
        refusals.TakesWeightsBackOnly,
    ],
    "test_a_group_that_has_moved_untested_goes_back_when_a_later_test_fails": [refusals.ForgetsUntestedMoves],
    "test_an_error_raised_by_the_closure_itself_takes_everything_back": [
        refusals.TakesBackAfterErrorsOnly,
        refusals.StartsBeforeTheClosure,
    ],
    "test_a_skipped_step_is_counted_in_every_group_and_changes_nothing_else": [
        refusals.SkippedStepsAdvanceTheCounter,
        refusals.SkipsOnlyTheGroupConcerned,
    ],
    "test_a_group_frozen_by_a_tensor_of_zero_is_not_counted_as_refused": [
        refusals.CountsFrozenGroupsAsRefused
    ],
    "test_weights_that_are_not_finite_cannot_set_a_temperature": [
        refusals.StartsFromSomethingFinite,
        refusals.LeavesAHalfMadeStart,
    ],
    # -- the host and the compiler
    "test_no_step_reads_a_number_of_its_tensors": [processes.CopiesNumbersFromTheHost],
    "test_the_decisions_taken_on_a_device_are_those_taken_on_the_host": [
        processes.SweepsInAnotherOrderOnADevice
    ],
    "test_steps_after_the_second_compile_nothing": [processes.CompilesEveryStep],
    "test_seeds_beyond_the_limit_of_the_compiler_are_compiled_like_the_first": [
        processes.CompilesOneFunctionForAllSeeds
    ],
}

# Rejected by another error, or in some cases of the test.
IN_THEIR_OWN_WAY = [
    Control(steps.DemandsAClosure, "test_a_step_needs_no_closure_where_no_option_needs_the_loss", ValueError),
    Control(
        copies.KeepsANumberOfNumPy, "test_a_state_survives_a_file_that_holds_weights_only", UnpicklingError
    ),
    Control(states.SetsNoDefaults, "test_an_older_state_without_newer_options_loads", KeyError),
    Control(copies.SavesWithoutHooks, "test_hooks_see_and_change_states", KeyError),
    Control(
        copies.MakesStateWhereThereIsAGradient,
        "test_the_first_step_makes_the_state_of_every_parameter",
        KeyError,
    ),
    Control(
        states.ForgetsTheStep,
        "test_a_resumed_run_is_the_uninterrupted_one",
        only={"name": "none / geometric / everything"},
    ),
    Control(
        states.ForgetsTheTemperature,
        "test_a_resumed_run_is_the_uninterrupted_one",
        only={"name": "linearised / geometric / everything"},
    ),
    Control(
        states.ForgetsThePlaceInTheSweep,
        "test_a_resumed_run_is_the_uninterrupted_one",
        only={"name": "linearised / fixed / sweep"},
    ),
    Control(
        states.ForgetsThePreviousLoss,
        "test_a_resumed_run_is_the_uninterrupted_one",
        only={"name": "linearised / fixed / uniform"},
    ),
    Control(
        states.ForgetsTheAverages,
        "test_a_resumed_run_is_the_uninterrupted_one",
        only={"name": "block / entropy / block"},
    ),
    Control(
        states.DrawsFromTheGlobalGenerator,
        "test_a_resumed_run_is_the_uninterrupted_one",
        only={"name": "linearised / fixed / everything"},
    ),
    Control(types.LooksAtItsParametersFirst, "test_parameters_may_come_from_an_iterator", ValueError),
    Control(
        types.StepsWhereGradientsOverflowed,
        "test_a_grad_scaler_without_a_closure_unscales_and_skips",
        RuntimeError,
    ),
    Control(types.KeepsTheScaleOfARefusedStep, "test_a_grad_scaler_with_a_closure_is_refused", RuntimeError),
    Control(
        trials.RunsTheClosureWithoutGradients,
        "test_trials_call_the_loss_closure_without_gradients",
        RuntimeError,
    ),
    Control(
        trials.GoesOnWithoutALoss,
        "test_a_missing_closure_is_named_and_nothing_has_changed",
        only={"options": {"f_min": 0.5}},
    ),
    Control(
        refusals.TakesBackACopy,
        "test_a_group_that_has_moved_untested_goes_back_when_a_later_test_fails",
        only={"contiguous": False},
    ),
    Control(refusals.RefusesWhereToldToIgnore, "test_ignoring_lets_it_through", RuntimeError),
    Control(
        processes.ReadsTheLoss, "test_no_step_reads_a_number_of_its_tensors", DataDependentOutputException
    ),
]

CONTROLS = [
    *(Control(wrong, test) for test, planted in REJECTED.items() for wrong in planted),
    *IN_THEIR_OWN_WAY,
]
