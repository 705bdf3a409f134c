"""The README's measurements are those recorded; tables and pictures can be made from any of them."""

import pytest

from proofs import learner_comparisons, measurement_report
from proofs.measured_data import MACHINE_KEYS, Measurement, Row, save_measurement
from proofs.measurement_report import BEGIN, END, main, measurement_block, with_measurements
from proofs.measurement_tables import BASELINES, COPY, TABLES, tables
from proofs.record import README

SERIES = ("dense", "closed form, eager", COPY)


def measurement(name, rows):
    return Measurement(
        name=name,
        date="2026-01-31",
        machine=dict.fromkeys(MACHINE_KEYS, "x") | {"device": "cpu"},
        versions={"python": "3.11"},
        rows=tuple(rows),
        skipped={"pykeops": "not installed"},
    )


def row(group, series, rounds, parameters, quantity="time", unit="s"):
    return Row(
        group=group, series=series, quantity=quantity, parameters=parameters, unit=unit, rounds=tuple(rounds)
    )


def learner_rows():
    """Two arms of each learner on one data set: accuracies 80 and 90 %, sums 2 and 1, costs 1 and 4."""
    sizes = {"training rows": 160, "test rows": 40, "features": 4}
    setting = sizes | {"learner": learner_comparisons.MACHINES}
    rows = []
    for arm, accuracy, cost in (
        (learner_comparisons.PRINTED, 0.8, 1.0),
        (learner_comparisons.GRID, 0.9, 4.0),
    ):
        for quantity, value, unit in (
            (learner_comparisons.TIME, cost, "s"),
            (learner_comparisons.ACCURACY, accuracy, "1"),
            ("fits", 126.0, "count"),
            (learner_comparisons.ENTRIES, 1e6 * cost, "count"),
        ):
            rows.append(row("iris, machine", arm, [value] * 6, setting, quantity, unit))
    setting = sizes | {"learner": learner_comparisons.CLUSTERINGS}
    for arm, total, cost in (
        (learner_comparisons.PRINTED, 2.0, 1.0),
        (learner_comparisons.RESTARTS, 1.0, 4.0),
    ):
        for quantity, value, unit in (
            (learner_comparisons.TIME, cost, "s"),
            (learner_comparisons.INERTIA, total, "1"),
            ("passes", cost, "count"),
            ("starts", 1.0, "count"),
        ):
            rows.append(row("iris, k = 3", arm, [value] * 6, setting, quantity, unit))
    return rows


def planted(kind):
    """A measurement of each kind whose numbers are known."""
    if kind == "quantizers":
        rows = [
            row(f"K={k}", series, [1e-6 * n * cost] * 6, {"n": n, "K": k, "dtype": "float32"} | bytes_moved)
            for k in (16, 1024)
            for series, n, cost in zip(SERIES, (8, 64, 64), (k, 4, 2), strict=True)
            for bytes_moved in ({"bytes per element": 12},)
        ]
    elif kind == "optimizer_step":
        rows = [
            row(f"n={n}", series, [n * cost] * 6, {"n": n}, quantity, unit)
            for n in (10000, 100000)
            for series, cost in zip((*BASELINES, "DFGDA"), (1, 2, 3), strict=True)
            for quantity, unit in (("time", "s"), ("memory", "bytes"))
        ]
    elif kind == "training":
        rows = [row("epoch", series, [cost] * 6, {"n": 5}) for series, cost in (("SGD", 1.0), ("DFGDA", 1.5))]
    elif kind == "learners":
        rows = learner_rows()
    else:
        rows = [
            row("g", "algorithm", [1e-6 * 10**i] * 6, {"n": 10**i, "varied": "n"}, *what)
            for i in range(5)
            for what in (("time", "s"), ("loss evaluations", "count"))
        ]
    return measurement(kind, rows)


def test_the_readme_shows_the_recorded_measurements():
    text = README.read_text(encoding="utf-8")
    assert with_measurements(text) == text, "run `python -m proofs.measurement_report --record`"


def test_a_stale_number_is_noticed(tmp_path):
    save_measurement(planted("training"), tmp_path)
    current = with_measurements(f"before {BEGIN}{END} after", tmp_path)
    assert with_measurements(current, tmp_path) == current
    assert "1.50 (1.50 to 1.50)" in current
    stale = current.replace("1.50 (", "1.12 (")
    assert with_measurements(stale, tmp_path) != stale


@pytest.mark.parametrize("text", ["no marker", f"{BEGIN} twice {BEGIN} {END}", BEGIN])
def test_missing_or_repeated_markers_are_named(text):
    with pytest.raises(ValueError, match="measurements: "):
        with_measurements(text)


def test_an_empty_folder_says_how_to_measure(tmp_path):
    assert "make bench" in measurement_block(tmp_path)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        # dense costs K microseconds an element, the closed form 4, the copy 2
        ("quantizers", "| dense | 16,000 | 1,024,000 | 256 (256 to 256) | 512 (512 to 512) |"),
        ("optimizer_step", "| DFGDA | 1.50 (1.50 to 1.50) | 1.50 (1.50 to 1.50) | 1.5 |"),
        ("training", "| epoch: time | DFGDA | 1,500 ms | 1.50 (1.50 to 1.50) |"),
        ("cost_of_algorithm", "| algorithm | n | 1.00 (1.00 to 1.00) | 1.00 (1.00 to 1.00) |"),
        ("learners", "| DF-GDA as printed | 80.0 (0.0) | -10.0 [-10.0, -10.0] |"),
        ("learners", "| DF-GDA as printed | 126 | 1 | 4.00 (4.00 to 4.00) | 1 | 4.00 (4.00 to 4.00) |"),
        ("learners", "| iris, k = 3 | +69.3 [+69.3, +69.3] |"),
        ("learners", "| DF-GDA as printed | 1 | 1 | 0.250 (0.250 to 0.250) | 1 | 0.250 (0.250 to 0.250) |"),
        ("cost_of_soft_quantization", "| algorithm | n | 1.00 (1.00 to 1.00) | 1.00 (1.00 to 1.00) |"),
    ],
)
def test_planted_costs_appear_in_the_table(kind, expected):
    text = tables(planted(kind))
    assert expected in text
    assert "2026-01-31" in text
    assert "pykeops: not installed" in text
    # Every row of a Markdown table has as many cells as its rule.
    block = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.count("|") >= 3 for line in block)


def test_a_bent_cost_is_not_given_one_exponent():
    rows = [row("g", "algorithm", [1.0 + 10**i] * 6, {"n": 10**i, "varied": "n"}) for i in range(-2, 4)]
    line = tables(measurement("cost_of_algorithm", rows)).splitlines()[-3]
    assert line.startswith("| algorithm | n | bent: ")


def test_a_measurement_of_an_unknown_kind_is_named():
    with pytest.raises(ValueError, match="'speeds'"):
        tables(measurement("speeds", [row("g", "s", [1.0], {})]))


def test_every_kind_has_tables_and_pictures(tmp_path, capsys):
    for kind in TABLES:
        save_measurement(planted(kind), tmp_path / "data")
    on_cuda = Measurement(**{**vars(planted("quantizers")), "name": "quantizers_cuda"})
    save_measurement(on_cuda, tmp_path / "data")
    main(["--folder", str(tmp_path / "data"), "--pictures", str(tmp_path / "pictures")])
    assert capsys.readouterr().out.count("**") == 2 * (len(TABLES) + 1)
    names = {path.stem for path in (tmp_path / "pictures").glob("*.svg")}
    expected = {"quantizers_roofline", "quantizers_cuda_nanoseconds", "optimizer_step_ratios"}
    assert names >= expected | {"cost_of_algorithm_exponents", "learners_machines", "learners_k_means"}
    assert {path.stem for path in (tmp_path / "pictures").glob("*.png")} == names


def test_recording_renews_the_readme(tmp_path, monkeypatch, capsys):
    readme = tmp_path / "README.md"
    readme.write_text(f"a\n{BEGIN}\nold\n{END}\nb\n", encoding="utf-8")
    monkeypatch.setattr(measurement_report, "README", readme)
    main(["--record", "--pictures", str(tmp_path / "pictures")])
    text = readme.read_text(encoding="utf-8")
    assert text == f"a\n{BEGIN}\n{measurement_block()}\n{END}\nb\n"
    assert measurement_block() in capsys.readouterr().out


def test_a_trial_run_is_not_recorded(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--record", "--folder", str(tmp_path)])
    assert "--record" in capsys.readouterr().err
