"""Recorded training runs: the schema, what is paired, and every table recomputed from the raw rows another way."""

import json
import math

import numpy as np
import pytest

from proofs.evidence.experiments_grid_width import a_wide_grid_trains_better
from proofs.experiment_comparisons import Side, averaged, difference, final, tuned_alike, values
from proofs.experiment_data import (
    FOLDER,
    TUNING_SEED,
    WORST_ENERGY,
    WORST_LOSS,
    load_experiment,
    parsed_line,
)

EVIDENCE = FOLDER.parent.parent / "evidence"
# Of Student's law with four degrees of freedom, in closed form (W. Shaw, 2006): 2 sqrt(q - 1), 95 % inside.
ALPHA = 4 * 0.975 * 0.025
QUANTILE = 2 * math.sqrt(math.cos(math.acos(math.sqrt(ALPHA)) / 3) / math.sqrt(ALPHA) - 1)
NAMES = sorted(path.stem for path in FOLDER.glob("*.jsonl"))
EXPECTED = [
    *("components", "convergence", "fraction", "kappa", "label_noise", "landscape", "level_count"),
    *("regularization", "schedules"),
]


def raw(name):
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def a_line(**changes):
    row = {"epoch": 0, "seconds": 0.0, "steps": 0, "train_loss": 1.0, "train_accuracy": 0.5}
    row |= {"stopping_loss": 1.0, "validation_loss": 1.0, "validation_accuracy": 0.5}
    cell = {
        "dataset": "iris",
        "model": "m",
        "optimizer": "sgd",
        "lr": 0.1,
        "seed": 0,
        "epochs": 0,
        "batch_size": 9,
    }
    cell |= {"purpose": "final", "label_noise": 0.0, "dropout": 0.0, "options": {}}
    line = {"experiment": "kappa", "cell": cell, "epochs": [row], "versions": {"python": "3", "torch": "2"}}
    line |= {"date": "2026-01-31", "wall_seconds": 0.1}
    for path, value in changes.items():
        *parents, key = path.split("__")
        place = line
        for parent in parents:
            place = place[0] if parent == "row" else place["epochs"] if parent == "rows" else place[parent]
        if value is KeyError:
            del place[key]
        else:
            place[key] = value
    return json.dumps(line)


def test_every_experiment_is_recorded():
    assert NAMES == EXPECTED


@pytest.mark.parametrize("name", NAMES)
def test_recorded_runs_keep_the_schema_and_fit_into_ten_megabytes(name):
    experiment = load_experiment(name)
    assert experiment.runs
    assert (FOLDER / f"{name}.jsonl").stat().st_size < 1e7


@pytest.mark.parametrize("name", NAMES)
def test_every_arm_has_the_same_seeds_as_every_other_arm_of_its_data_set(name):
    seeds, starts = {}, {}
    for line in raw(name):
        cell = line["cell"]
        if cell["purpose"] == "final":
            arm = json.dumps({key: cell[key] for key in cell if key != "seed"}, sort_keys=True)
            seeds.setdefault(arm, []).append(cell["seed"])
            starts.setdefault((cell["dataset"], cell["seed"]), set()).add(
                line["epochs"][0]["validation_loss"]
            )
    assert all(sorted(found) == list(range(len(found))) and len(found) >= 5 for found in seeds.values())
    assert all(len(found) == 1 for found in starts.values())
    assert all(tuned_alike(load_experiment(name)).values())


@pytest.mark.parametrize("name", NAMES)
def test_the_learning_rate_of_every_final_run_is_the_best_of_its_tuning_runs(name):
    def arm(cell):
        kept = {key: cell[key] for key in cell if key not in ("seed", "lr", "purpose")}
        return json.dumps(kept, sort_keys=True)

    tuning, chosen = {}, {}
    for line in raw(name):
        cell = line["cell"]
        if cell["purpose"] == "tuning":
            assert cell["seed"] == TUNING_SEED
            loss = line["epochs"][-1]["validation_loss"]
            tuning.setdefault(arm(cell), {})[cell["lr"]] = math.inf if loss is None else loss
        else:
            chosen.setdefault(arm(cell), set()).add(cell["lr"])
    for key, rates in chosen.items():
        assert len(rates) == 1
        if key in tuning:
            losses = tuning[key]
            assert losses[next(iter(rates))] == min(losses.values())


@pytest.mark.parametrize("name", NAMES)
def test_one_set_of_versions_made_an_experiment(name):
    assert len({json.dumps(line["versions"], sort_keys=True) for line in raw(name)}) == 1


def recomputed(name, dataset, optimizer, options, metric):
    """Final or mean values by seed, straight from the lines."""
    cap = WORST_ENERGY if dataset == "wells" else WORST_LOSS
    found = {}
    for line in raw(name):
        cell = line["cell"]
        same = (cell["dataset"], cell["optimizer"], cell["options"]) == (dataset, optimizer, options)
        if same and cell["purpose"] == "final" and cell["label_noise"] == 0:
            curve = [row["validation_loss"] for row in line["epochs"]]
            curve += [None] * (cell["epochs"] + 1 - len(curve))
            curve = [cap if value is None else min(value, cap) for value in curve]
            found[cell["seed"]] = curve[-1] if metric == "final" else float(np.mean(curve[1:]))
    return [found[seed] for seed in sorted(found)]


def test_the_sweep_of_kappa_is_recomputed_from_the_raw_rows():
    for optimizer in ("printed", "printed, cold"):
        for dataset in ("iris", "heart"):
            for kappa in (0.5, 1.0, 2.0, 4.0, 8.0):
                own = recomputed("kappa", dataset, optimizer, {"kappa": kappa}, "final")
                assert (
                    values("kappa", dataset, Side(optimizer, {"kappa": kappa}), final("validation_loss"))
                    == own
                )
    found = a_wide_grid_trains_better().tallies
    for kappa, one in zip((0.5, 1.0), found, strict=True):
        for dataset, d in one.differences.items():
            wide, narrow = (
                np.array(recomputed("kappa", dataset, "printed, cold", {"kappa": k}, "final"))
                for k in (8.0, kappa)
            )
            gaps = wide - narrow
            half = QUANTILE * gaps.std(ddof=1) / math.sqrt(len(gaps))
            room = 256 * np.finfo(float).eps * np.abs([wide, narrow]).max() + 1e-12 * half
            assert abs(d.low - (gaps.mean() - half)) <= room
            assert abs(d.high - (gaps.mean() + half)) <= room


def test_the_table_of_convergence_is_recomputed_from_the_raw_rows():
    experiment = load_experiment("convergence")
    optimizers = sorted({run.cell["optimizer"] for run in experiment.runs})
    assert len(optimizers) == 15
    assert len(experiment.datasets()) == 10
    for metric, function in (("final", final("validation_loss")), ("mean", averaged("validation_loss"))):
        for dataset in experiment.datasets()[::3]:
            base = np.array(recomputed("convergence", dataset, "sgd", {}, metric))
            for optimizer in optimizers[::4]:
                own = np.array(recomputed("convergence", dataset, optimizer, {}, metric))
                found = difference(experiment, dataset, Side(optimizer), Side("sgd"), function)
                room = 64 * np.finfo(float).eps * (np.abs(own).max() + np.abs(base).max())
                assert abs(found.mean - (own - base).mean()) <= room


def test_every_recorded_experiment_is_read_by_some_evidence():
    code = "".join(path.read_text(encoding="utf-8") for path in EVIDENCE.glob("experiments_*.py"))
    assert {name for name in NAMES if f'"{name}"' not in code} == set()


def test_an_arm_that_lacks_a_seed_is_refused():
    with pytest.raises(ValueError, match="must have the seeds 0 to 4 or more, got"):
        Side("sgd", {"kappa": 3}).runs(load_experiment("convergence"), "iris")


def test_a_good_line_is_read():
    assert parsed_line(a_line(), "kappa", "kappa.jsonl, line 1").seed == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cell": KeyError}, "line 7: key 'cell' is missing"),
        ({"more": 1}, "line 7: key 'more' is unknown"),
        ({"cell__lr": "0.1"}, "line 7: cell: 'lr' has the wrong type, got '0.1'"),
        ({"cell__seed": True}, "line 7: cell: 'seed' has the wrong type, got True"),
        ({"cell__purpose": "test"}, "cell: 'purpose' must be one of"),
        ({"cell__seed": TUNING_SEED}, "cell: 'seed' must be 1000 for tuning alone"),
        ({"experiment": "gamma"}, "'experiment' must be 'kappa', got 'gamma'"),
        ({"date": "31.1.2026"}, "'date' must be YYYY-MM-DD, got '31.1.2026'"),
        ({"wall_seconds": -1}, "'wall_seconds' must be a number from 0, got -1"),
        ({"versions": {"python": "3"}}, "'versions' must name python and torch"),
        ({"rows__row__train_loss": "low"}, r"epochs\[0\]: 'train_loss' must be a finite number or null"),
        ({"rows__row__train_accuracy": 1.5}, r"epochs\[0\]: 'train_accuracy' must be in \[0, 1\], got 1.5"),
        ({"rows__row__epoch": 1}, r"epochs\[0\]: 'epoch' must be 0, at most 0, got 1"),
        ({"rows__row__speed": 1}, r"epochs\[0\]: key 'speed' is unknown"),
        ({"cell__epochs": 3}, "'epochs' ends at 0, not at 3"),
        ({"epochs": []}, "'epochs' must be a list of at least one row"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number_and_its_key(changes, message):
    with pytest.raises(ValueError, match=message):
        parsed_line(a_line(**changes), "kappa", "kappa.jsonl, line 7")


def test_a_line_cut_short_is_refused(tmp_path):
    (tmp_path / "kappa.jsonl").write_text(a_line() + "\n" + a_line()[:40])
    with pytest.raises(ValueError, match=r"kappa.jsonl, line 2: no JSON"):
        load_experiment("kappa", tmp_path)


def test_a_cell_that_was_run_twice_is_refused(tmp_path):
    (tmp_path / "kappa.jsonl").write_text(a_line() + "\n" + a_line() + "\n")
    with pytest.raises(ValueError, match="line 2: the cell of line 1 a second time"):
        load_experiment("kappa", tmp_path)


def test_an_experiment_that_was_not_run_says_how_to_run_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="python -m proofs experiment kappa"):
        load_experiment("kappa", tmp_path)
