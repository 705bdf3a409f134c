"""The recorded data sets: internal sums, and which comparisons the text describes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.evidence.data_sets import IMAGENET, KINETICS, agrees, kinetics_has_fewer_validation_clips
from proofs.evidence.data_sets_compared import eleven_data_sets_are_not_released
from proofs.outcome import Finding
from proofs.paper_data_sets import DATA_SETS, MODELS


@given(st.integers(0, 10**7), st.sampled_from([10, 1000, 10_000]))
def test_a_number_agrees_with_its_own_rounding_and_not_with_one_two_units_away(exact, unit):
    rounded = round(exact / unit) * unit
    assert agrees(exact, rounded, unit)
    assert not agrees(exact, rounded + 2 * unit, unit)


def test_the_distributed_kinetics_clips_are_fewer_than_all_but_most_of_them():
    assert 630_000 < sum(KINETICS.values()) <= 650_000


def test_imagenet_has_fifty_validation_images_per_class():
    assert IMAGENET["validation"] == 50 * IMAGENET["classes"]


@pytest.mark.parametrize("validation", [33_966, 35_000, 44_000])
def test_no_count_below_forty_five_thousand_is_fifty_thousand_to_ten_thousand(validation):
    assert kinetics_has_fewer_validation_clips(validation).finding is Finding.REFUTES


def test_a_set_with_results_has_a_place_and_a_measure_and_one_without_has_neither():
    for data in DATA_SETS:
        assert bool(data.rivals) == bool(data.measure) == bool(data.place)
    assert [data.name for data in DATA_SETS if not data.rivals] == ["Kinetics-700"]


def test_scripts_were_released_for_the_five_sets_of_small_images():
    assert {d.name for d in DATA_SETS if d.script} == {d.name for d in DATA_SETS if d.group == "images"}
    everything = frozenset(data.name for data in DATA_SETS)
    assert eleven_data_sets_are_not_released().finding is Finding.REFUTES
    for data in DATA_SETS:
        if not data.script:
            found = eleven_data_sets_are_not_released(scripts=everything - {data.name})
            assert found.witness == {"without code": data.name}


def test_every_model_has_a_modality_of_some_data_set():
    assert set(MODELS.values()) == {data.modality for data in DATA_SETS}


@given(st.integers(1, 50), st.integers(0, 50), st.integers(13, 1000))
def test_a_right_prediction_can_have_a_large_loss_at_any_accuracy(right, wrong, classes):
    """Second derivation: explicit predictions, 0.08 on the first choice, as arrays."""
    rows = right + wrong
    first = 0.08
    rest = (1 - first) / (classes - 1)
    assert rest < first
    predictions = np.full((rows, classes), rest)
    predictions[:, 0] = first
    labels = np.array([0] * right + [1] * wrong)
    losses = -np.log(predictions[np.arange(rows), labels])
    accuracy = np.mean(np.argmax(predictions, axis=1) == labels)
    assert accuracy == right / rows
    assert losses.mean() > 2.5
