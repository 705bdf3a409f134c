"""A run that is saved, loaded in a new process and continued is the run that was never interrupted, bit for bit."""

import copy
import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from gpu import DFGDA
from tests.gpu.bitwise import identical
from tests.gpu.networks_of_two_groups import ACCEPTANCES, SCHEDULES, SELECTIONS, TwoGroups

STEPS = 3
RUNS = [" / ".join(words) for words in itertools.product(ACCEPTANCES, SCHEDULES, SELECTIONS)]


def snapshot(problem, optimizer):
    return {"parameters": [p.detach().clone() for p in problem.parameters], "state": optimizer.state_dict()}


def interrupted_and_whole(name):
    """Return where a run stands after N steps, copied, and after 2N steps."""
    acceptance, schedule, selection = name.split(" / ")
    problem = TwoGroups()
    options = SCHEDULES[schedule] | SELECTIONS[selection] | {"weight_decay": 0.01, "seed": 2**63 + 5}
    optimizer = DFGDA(problem.groups, lr=0.1, acceptance=acceptance, **options)
    for _ in range(STEPS):
        optimizer.step(problem.closure)
    middle = copy.deepcopy(snapshot(problem, optimizer))
    untouched = copy.deepcopy(middle)
    for _ in range(STEPS):
        optimizer.step(problem.closure)
    assert identical(middle, untouched)
    return middle, snapshot(problem, optimizer)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return, for each run, where it stood in the middle, and both ends: uninterrupted, and from the other process."""
    folder = tmp_path_factory.mktemp("resume")
    whole = {name: interrupted_and_whole(name) for name in RUNS}
    torch.save({name: middle for name, (middle, _) in whole.items()}, folder / "middle.pt")
    subprocess.run(
        [sys.executable, "-m", "tests.gpu.resume_in_a_new_process", "middle.pt", "end.pt", str(STEPS)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        check=True,
        timeout=120,
    )
    resumed = torch.load(folder / "end.pt", weights_only=True)
    return {name: (*whole[name], resumed[name]) for name in RUNS}


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
