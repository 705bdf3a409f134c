"""Measured data is checked on the way in and out, and a wrong key is named."""

import copy
import json

import pytest

from proofs import measured_data
from proofs.measured_data import load_measurement, parsed, recorded_names, save_measurement

N = [10, 100, 1000, 10000, 100000]


def row(series, n, rounds, **changes):
    parameters = {"n": n, "varied": "n"}
    return {"group": "g", "series": series, "quantity": "time", "parameters": parameters, "unit": "s"} | {
        "rounds": rounds,
        **changes,
    }


def data(**changes):
    rows = [row("ours", n, [2e-9 * n] * 3) for n in N] + [row("theirs", n, [4e-9 * n] * 3) for n in N]
    machine = dict.fromkeys(measured_data.MACHINE_KEYS, "x")
    plain = {"name": "trial", "date": "2026-01-31", "machine": machine, "versions": {"python": "3"}}
    return plain | {"rows": rows, "skipped": {}} | changes


def test_what_is_written_is_read_back(tmp_path):
    measurement = parsed(data(), "data")
    path = save_measurement(measurement, tmp_path)
    assert load_measurement("trial", tmp_path) == measurement
    assert recorded_names(tmp_path) == ["trial"]
    assert json.loads(path.read_text(encoding="utf-8")) == data()


def test_ratio_and_exponent_come_from_the_rows():
    measurement = parsed(data(), "data")
    assert measurement.ratio("ours", "theirs", n=100).median == 0.5
    assert measurement.exponent("ours", "n").contains(1.0)


def test_rows_of_different_groups_are_not_divided():
    planted = data()
    planted["rows"][0]["group"] = "another"
    with pytest.raises(ValueError, match="not measured in the same rounds"):
        parsed(planted, "data").ratio("ours", "theirs", n=10)


def test_a_setting_that_was_not_measured_is_named():
    with pytest.raises(ValueError, match=r"0 rows of 'ours', time, \{'n': 7\}"):
        parsed(data(), "data").row("ours", n=7)


def test_a_missing_file_says_how_to_make_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="make bench"):
        load_measurement("nothing", tmp_path)


@pytest.mark.parametrize("key", list(data()))
def test_a_missing_key_is_named(key):
    planted = data()
    del planted[key]
    with pytest.raises(ValueError, match=rf"data: key '{key}' is missing"):
        parsed(planted, "data")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["extra"], 1, "key 'extra' is unknown"),
        (["date"], "31.1.2026", "'date' must be YYYY-MM-DD"),
        (["name"], "", "'name' must be a text"),
        (["machine", "speed"], 1, "machine: key 'speed' is unknown"),
        (["versions", "numpy"], 2, "versions: 'numpy' must be a text"),
        (["skipped"], [], "'skipped' must be an object"),
        (["rows"], [], "'rows' must be a list of at least one row"),
        (["rows", 3, "unit"], "ms", r"rows\[3\]: 'unit' must be one of"),
        (["rows", 3, "series"], None, r"rows\[3\]: 'series' must be a text"),
        (["rows", 3, "rounds"], [], r"rows\[3\]: 'rounds' must be a list of at least one number"),
        (["rows", 3, "rounds"], [1.0, float("nan")], r"rows\[3\]: 'rounds' must be finite"),
        (
            ["rows", 3, "rounds"],
            [0.0],
            r"rows\[3\]: 'rounds' must be finite, non-negative \(times positive\)",
        ),
        (["rows", 3, "rounds"], [True], r"rows\[3\]: 'rounds' must be finite"),
        (["rows", 3, "parameters"], [], r"rows\[3\]: 'parameters' must be an object"),
        (["rows", 3, "parameters", "K"], [1], r"rows\[3\]: parameters: 'K' must be a text or a number"),
        (["rows", 3, "note"], "", r"rows\[3\]: key 'note' is unknown"),
    ],
)
def test_a_wrong_entry_is_named(path, value, message):
    planted = copy.deepcopy(data())
    place = planted
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(ValueError, match=message):
        parsed(planted, "data")


def test_a_measurement_that_breaks_the_schema_is_not_written(tmp_path):
    good = parsed(data(), "data")
    bad = measured_data.Measurement(**{**vars(good), "date": "today"})
    with pytest.raises(ValueError, match="date"):
        save_measurement(bad, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", recorded_names())
def test_every_committed_measurement_obeys_the_schema(name):
    assert load_measurement(name).name == name
