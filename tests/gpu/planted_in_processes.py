"""The negative controls that need other processes: two that share a model, and one that goes on with a saved run."""

from tests.gpu import planted_options as options
from tests.gpu import planted_processes as processes
from tests.gpu import planted_refusals as refusals
from tests.gpu import planted_states as states
from tests.gpu import planted_trials as trials
from tests.gpu.planted_optimizers import Control

DISTRIBUTED = [
    Control(
        processes.TheProcessEntersTheSeed,
        "test_both_processes_arrive_at_the_same_numbers",
        results=("replicated / selection uniform",),
    ),
    Control(
        processes.CountsElementsOfItsProcess,
        "test_two_processes_take_the_steps_of_one",
        only={"case": "selection uniform", "arrangement": "sharded"},
        results=("sharded / selection uniform",),
    ),
    Control(
        processes.BelievesTheFirstProcess,
        "test_two_processes_take_the_steps_of_one",
        only={"case": "block of everything", "arrangement": "replicated"},
        results=("replicated / block of everything",),
    ),
    Control(
        options.IgnoresItsSeed,
        "test_another_seed_gives_another_run",
        results=("sharded / selection uniform",),
    ),
    Control(
        trials.HidesGradientsWithoutACopy,
        "test_gradients_survive_trials_that_use_their_memory",
        results=("shared memory",),
    ),
    Control(
        processes.TriesOnTheOldWeights,
        "test_trials_without_a_backward_pass_leave_no_old_weights_behind",
        results=("sharded / without gradients",),
    ),
    Control(
        processes.StopsAlone,
        "test_a_wrong_number_on_one_process_stops_both",
        only={"arrangement": "sharded"},
        results=("refused / sharded",),
    ),
    Control(
        refusals.DoesNotSayWhere,
        "test_the_process_that_holds_the_wrong_number_names_it_and_the_other_stops_too",
        results=("message / raise",),
    ),
    Control(
        processes.TriesShardsTogether,
        "test_single_tests_of_sharded_elements_are_refused",
        results=("message / exact",),
    ),
    Control(
        states.ForgetsTheStep,
        "test_a_sharded_run_resumes_where_it_was_saved",
        only={"way": "sharded"},
        results=("way / sharded",),
    ),
    Control(
        processes.MovesFrozenGroups,
        "test_loading_moves_no_weight",
        only={"way": "sharded"},
        results=("way / sharded",),
    ),
    Control(
        states.ForgetsTheAverages,
        "test_one_process_resumes_what_two_have_saved",
        results=("way / full",),
    ),
]

# A run in one process cannot tell what another process would not find.
IN_A_NEW_PROCESS = [
    Control(
        states.SavesNumbersOfItsProcess,
        "test_a_resumed_run_is_the_uninterrupted_one",
        only={"name": "linearised / geometric / everything"},
    )
]
