"""The contract tests reject every planted optimizer, and every one of them rejects at least one."""

import inspect
import itertools
from contextlib import ExitStack

import pytest

from gpu import DFGDA
from tests.gpu import (
    planted_optimizers,
    test_closures,
    test_dfgda_resume,
    test_distributed,
    test_host_reads,
    test_optimizer_contract,
    test_optimizer_state,
    test_optimizer_types,
    test_refused_steps,
)
from tests.gpu.planted_in_processes import DISTRIBUTED, IN_A_NEW_PROCESS
from tests.gpu.planted_optimizers import CONTROLS
from tests.gpu.resume_in_a_new_process import resumed
from tests.gpu.upstream_optimizer_tests import BODIES, TestCase, described_as_dfgda

MODULES = (
    test_closures,
    test_dfgda_resume,
    test_distributed,
    test_host_reads,
    test_optimizer_contract,
    test_optimizer_state,
    test_optimizer_types,
    test_refused_steps,
)
TESTS = {
    name: test
    for module in MODULES
    for name, test in vars(module).items()
    if name.startswith("test_") and inspect.isfunction(test)
}
# Tests of an optimizer: they are given its class, or what it has done in other processes, or name it themselves.
OF_AN_OPTIMIZER = {
    name
    for name, test in TESTS.items()
    if inspect.signature(test).parameters.keys() & {"optimizer_class", "processes", "runs"}
    or "DFGDA" in test.__code__.co_names
}
PROMISES = BODIES.keys() | OF_AN_OPTIMIZER

# Tests that show what another test notices.
OF_THE_TESTS_THEMSELVES = {
    "test_a_state_that_lost_one_number_gives_another_run",
    "test_the_check_notices_a_choice_made_on_the_host",
    "test_the_check_notices_a_copy_from_the_host",
    "test_the_check_notices_a_read",
    "test_the_check_notices_a_step_that_is_not_taken_back",
}
ON_A_GPU = {"test_no_step_waits_for_the_gpu"}


def cases_of(test, only):
    """Yield the arguments that the marks of a test give it, as far as they are asked for."""
    choices = []
    for mark in getattr(test, "pytestmark", []):
        if mark.name == "parametrize":
            names, values = mark.args
            several = not isinstance(names, str)
            names = list(names) if several else [names]
            choices.append([dict(zip(names, value if several else [value], strict=True)) for value in values])
    for parts in itertools.product(*choices):
        case = {name: value for part in parts for name, value in part.items()}
        if all(case[name] == value for name, value in only.items()):
            yield case


def run_of_resuming(name, optimizer_class):
    """Return what the tests of resuming look at, without a new process."""
    middle, end = test_dfgda_resume.interrupted_and_whole(name, optimizer_class)
    return {name: (middle, end, resumed(middle, test_dfgda_resume.STEPS, optimizer_class))}


# What the fixtures of these tests do, afresh for each call.
FIXTURES = {
    "as_on_a_device": test_host_reads.decided_on_a_device,
    "counter": test_host_reads.compilations_counted,
    "monkeypatch": pytest.MonkeyPatch.context,
}


def call_of(control):
    """Return the body of a test as a function of an optimizer and a case, and the cases."""
    if control.test in BODIES:
        body, dtypes = BODIES[control.test]

        def call(optimizer_class, case):
            body(TestCase(), device="cpu", optim_info=described_as_dfgda(optimizer_class), **case)

        return call, [{"dtype": dtype} for dtype in dtypes]
    test = TESTS[control.test]
    wanted = inspect.signature(test).parameters

    def call(optimizer_class, case, **given):
        if "runs" in wanted and "runs" not in given:
            given["runs"] = run_of_resuming(case["name"], optimizer_class)
        if "optimizer_class" in wanted:
            given["optimizer_class"] = optimizer_class
        with ExitStack() as stack:
            fixtures = {name: stack.enter_context(FIXTURES[name]()) for name in wanted if name in FIXTURES}
            test(**case, **given, **fixtures)

    return call, list(cases_of(test, control.only))


def rejected(control, call, *arguments, **given):
    """Return whether a test fails as it should; any other error is a mistake of the control."""
    refusals = (
        (AssertionError, pytest.fail.Exception) if control.failure is AssertionError else control.failure
    )
    try:
        call(*arguments, **given)
    except refusals:
        return True
    return False


def name_of(control):
    return f"{control.optimizer_class.__name__}-{control.test}"


@pytest.mark.parametrize("control", CONTROLS, ids=name_of)
def test_a_planted_optimizer_is_rejected_where_dfgda_passes(control):
    call, cases = call_of(control)
    decisive = next((case for case in cases if rejected(control, call, control.optimizer_class, case)), None)
    assert decisive is not None, f"{control.optimizer_class.__doc__} It passes."
    call(DFGDA, decisive)


@pytest.mark.xdist_group("two processes")
@pytest.mark.parametrize("control", DISTRIBUTED, ids=name_of)
def test_a_planted_optimizer_is_rejected_by_the_tests_of_two_processes(control):
    call, cases = call_of(control)
    for optimizer_class in (control.optimizer_class, DFGDA):
        processes = [found[optimizer_class.__name__] for found in test_distributed.results_of_processes()]
        for case in cases:
            wrong = rejected(control, call, optimizer_class, case, processes=processes)
            assert wrong == (optimizer_class is not DFGDA)


@pytest.mark.xdist_group("resume")
@pytest.mark.parametrize("control", IN_A_NEW_PROCESS, ids=name_of)
def test_what_only_a_new_process_shows_is_rejected_there_and_not_here(control):
    call, [case] = call_of(control)
    optimizer_class, name = control.optimizer_class, case["name"]
    assert not rejected(control, call, optimizer_class, case)
    runs = {name: test_dfgda_resume.saved_and_resumed()[optimizer_class, name]}
    assert rejected(control, call, optimizer_class, case, runs=runs)


@pytest.mark.gpu
def test_a_planted_optimizer_that_waits_for_the_gpu_is_rejected(cuda):
    with pytest.raises(RuntimeError, match="synchroniz"):
        test_host_reads.test_no_step_waits_for_the_gpu({}, cuda, planted_optimizers.processes.ReadsTheLoss)


def test_every_promise_rejects_a_planted_optimizer():
    controls = {control.test for control in (*CONTROLS, *DISTRIBUTED, *IN_A_NEW_PROCESS)}
    assert controls | ON_A_GPU == PROMISES - OF_THE_TESTS_THEMSELVES
    assert OF_THE_TESTS_THEMSELVES <= PROMISES


def test_every_planted_class_is_used():
    used = {control.optimizer_class for control in (*CONTROLS, *DISTRIBUTED, *IN_A_NEW_PROCESS)}
    modules = [value for value in vars(planted_optimizers).values() if inspect.ismodule(value)]
    planted = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, DFGDA) and value.__module__ == module.__name__
    }
    assert planted - used == {planted_optimizers.states.Forgets}
