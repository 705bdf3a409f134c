"""Two processes take the steps of one: under DistributedDataParallel and fully_shard, saved, loaded and resharded.

torchrun starts the processes; they talk by gloo over the loopback interface.
"""

import copy
import os
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from torch.distributed.checkpoint.state_dict import set_optimizer_state_dict

from tests.gpu.bitwise import identical
from tests.gpu.sharded_models import CASES, STEPS, alone

PROCESSES = 2

# The processes run once, for these tests and for those of the planted optimizers.
pytestmark = pytest.mark.xdist_group("two processes")


@cache
def results_of_processes():
    """Return what each of the two processes has found, by the names of optimizers."""
    loopback = next(name for _, name in socket.if_nameindex() if name.startswith("lo"))
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1"]
    program = [f"--nproc-per-node={PROCESSES}", "-m", "tests.gpu.distributed_runs"]
    with TemporaryDirectory() as folder:
        run = subprocess.run(
            [sys.executable, *torchrun, *program, folder],
            cwd=Path(__file__).parents[2],
            env=os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": loopback},
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert run.returncode == 0, run.stderr
        return [
            torch.load(Path(folder) / f"process{rank}.pt", weights_only=True) for rank in range(PROCESSES)
        ]


@pytest.fixture(scope="module")
def processes():
    """The results of DFGDA in each of the two processes."""
    return [found["DFGDA"] for found in results_of_processes()]


def test_both_processes_arrive_at_the_same_numbers(processes):
    first, second = (
        {name: found for name, found in results.items() if not name.startswith(("state", "message"))}
        for results in processes
    )
    assert identical(first, second)


@pytest.mark.parametrize("arrangement", ["replicated", "sharded"])
@pytest.mark.parametrize("case", CASES)
def test_two_processes_take_the_steps_of_one(case, arrangement, processes, optimizer_class):
    training = alone(optimizer_class=optimizer_class, **CASES[case])
    start = copy.deepcopy(training.parameters)
    expected = training.run(STEPS).outcome()
    assert identical(processes[0][f"{arrangement} / {case}"], expected)
    assert not identical(training.parameters, start)


@pytest.mark.parametrize("acceptance", ["linearised", "block"])
def test_cases_accept_some_moves_and_reject_others(acceptance):
    """The control: if everything or nothing moved, equal parameters would say little."""
    for name, case in CASES.items():
        if case.get("acceptance", "linearised") == acceptance:
            shares = [row["acceptance"] for row in alone(**case).run(STEPS).optimizer.status()]
            assert 0.0 < min(shares) < 1.0, name


def test_another_seed_gives_another_run(processes, optimizer_class):
    case = "selection uniform"
    assert not identical(
        processes[0][f"sharded / {case}"]["parameters"],
        alone(optimizer_class=optimizer_class, **CASES[case], seed=1).run(STEPS).outcome()["parameters"],
    )


def test_gradients_survive_trials_that_use_their_memory(processes, optimizer_class):
    """The reducer writes the gradients of a trial over those of the step, of which they are views."""
    expected = (
        alone((0,), optimizer_class=optimizer_class, curved=True, **CASES["block of blocks"])
        .run(STEPS)
        .outcome()
    )
    assert identical(processes[0]["shared memory"], expected)


def test_trials_without_a_backward_pass_leave_no_old_weights_behind(processes, optimizer_class):
    expected = alone(optimizer_class=optimizer_class, **CASES["block of blocks"]).run(STEPS).outcome()
    assert identical(processes[0]["sharded / without gradients"], expected)


@pytest.mark.parametrize("arrangement", ["replicated", "sharded"])
def test_a_wrong_number_on_one_process_stops_both(arrangement, processes):
    assert processes[0][f"refused / {arrangement}"]


def test_the_process_that_holds_the_wrong_number_names_it_and_the_other_stops_too(processes):
    named, other = (results["message / raise"] for results in processes)
    assert (
        "the gradient of parameter (number 0 of group 0) is not finite: 1 entries, the first is nan" in named
    )
    assert "a loss or gradient on another process is not finite" in other


def test_single_tests_of_sharded_elements_are_refused(processes):
    assert (
        "acceptance must not be 'exact' for sharded parameters, got 'exact'"
        in processes[0]["message / exact"]
    )


@pytest.mark.parametrize("way", ["full", "sharded", "flat", "files", "tensor lr"])
def test_a_sharded_run_resumes_where_it_was_saved(way, processes, optimizer_class):
    case = (
        {"lr": torch.tensor(0.01), "acceptance": "block"}
        if way == "tensor lr"
        else CASES["schedule compounding"]
    )
    assert identical(
        processes[0][f"resumed / {way}"],
        alone(optimizer_class=optimizer_class, **case).run(2 * STEPS).outcome(),
    )


@pytest.mark.parametrize("way", ["full", "sharded", "flat", "files", "tensor lr"])
def test_loading_moves_no_weight(way, processes):
    """torch makes the state of a new optimizer by a step with lr = 0 and gradients of zero."""
    assert processes[0][f"still / {way}"]


def test_one_process_resumes_what_two_have_saved(processes, optimizer_class):
    case = CASES["schedule compounding"]
    training, whole = (
        alone(optimizer_class=optimizer_class, **case),
        alone(optimizer_class=optimizer_class, **case).run(STEPS),
    )
    with torch.no_grad():
        for target, source in zip(training.parameters, whole.parameters, strict=True):
            target.copy_(source)
    set_optimizer_state_dict(training.model, training.optimizer, processes[0]["state / full"])
    training.number = STEPS
    assert identical(training.run(STEPS).outcome(), whole.run(STEPS).outcome())
