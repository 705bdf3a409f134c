"""A run that is saved, loaded in a new process and continued is the run that was never interrupted, bit for bit."""

import copy
import itertools
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch

from gpu import DFGDA
from tests.gpu.bitwise import identical
from tests.gpu.networks_of_two_groups import ACCEPTANCES, SCHEDULES, SELECTIONS, TwoGroups
from tests.gpu.planted_in_processes import IN_A_NEW_PROCESS

# The runs are made once, for these tests and for those of the planted optimizers.
pytestmark = pytest.mark.xdist_group("resume")

STEPS = 3
RUNS = [" / ".join(words) for words in itertools.product(ACCEPTANCES, SCHEDULES, SELECTIONS)]


def snapshot(problem, optimizer):
    return {"parameters": [p.detach().clone() for p in problem.parameters], "state": optimizer.state_dict()}


def interrupted_and_whole(name, optimizer_class=DFGDA):
    """Return where a run stands after N steps, copied, and after 2N steps."""
    acceptance, schedule, selection = name.split(" / ")
    problem = TwoGroups()
    options = SCHEDULES[schedule] | SELECTIONS[selection] | {"weight_decay": 0.01, "seed": 2**63 + 5}
    optimizer = optimizer_class(problem.groups, lr=0.1, acceptance=acceptance, **options)
    for _ in range(STEPS):
        optimizer.step(problem.closure)
    middle = copy.deepcopy(snapshot(problem, optimizer))
    untouched = copy.deepcopy(middle)
    for _ in range(STEPS):
        optimizer.step(problem.closure)
    assert identical(middle, untouched)
    return middle, snapshot(problem, optimizer)


@cache
def saved_and_resumed():
    """Return, by optimizer and name, where a run stood in the middle, and both ends: uninterrupted, and resumed."""
    wanted = [(DFGDA, name) for name in RUNS]
    wanted += [(control.optimizer_class, control.only["name"]) for control in IN_A_NEW_PROCESS]
    whole = {
        (f"{optimizer.__module__}:{optimizer.__name__}", name): interrupted_and_whole(name, optimizer)
        for optimizer, name in wanted
    }
    with TemporaryDirectory() as folder:
        torch.save({run: middle for run, (middle, _) in whole.items()}, Path(folder) / "middle.pt")
        subprocess.run(
            [sys.executable, "-m", "tests.gpu.resume_in_a_new_process", "middle.pt", "end.pt", str(STEPS)],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
            check=True,
            timeout=120,
        )
        resumed = torch.load(Path(folder) / "end.pt", weights_only=True)
    return {
        (optimizer, name): (*whole[run], resumed[run])
        for (optimizer, name), run in zip(wanted, whole, strict=True)
    }


@pytest.fixture(scope="module")
def runs():
    """The runs of DFGDA, by their names."""
    return {name: run for (optimizer, name), run in saved_and_resumed().items() if optimizer is DFGDA}


@pytest.mark.parametrize("name", RUNS)
def test_a_resumed_run_is_the_uninterrupted_one(name, runs):
    middle, end, resumed = runs[name]
    assert identical(resumed, end)
    assert not identical(middle["parameters"], end["parameters"])


def test_a_state_that_lost_one_number_gives_another_run(runs):
    """The control: a step number, an average or a temperature that is not restored is noticed."""
    from tests.gpu.resume_in_a_new_process import resumed

    name = "linearised / geometric / sweep"
    middle, end, _ = runs[name]
    for lost in ("step", "temperature", "position"):
        damaged = copy.deepcopy(middle)
        for group in damaged["state"]["param_groups"]:
            group[lost] = torch.zeros_like(group[lost])
        assert not identical(resumed(damaged, STEPS)["parameters"], end["parameters"]), lost
