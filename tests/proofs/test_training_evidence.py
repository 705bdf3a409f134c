"""Criteria on training runs: what each is put to, and that one which cannot tell is found out."""

from dataclasses import replace

import pytest

from proofs.experiment_comparisons import LAST_TRAINING_LOSS, MEASURED, WORLDS, Side, tally
from proofs.experiment_data import load_experiment
from proofs.outcome import Finding
from proofs.paired_comparison import Comparison
from proofs.registry import all_evidence
from proofs.training_evidence import TURNED, Measurement, on_all, on_most

DATASETS = load_experiment("convergence").datasets()


def adam_beside(rival, met=on_most):
    """Adam trains better than the untuned SGD, and does not train better than itself with another name."""
    one = tally("convergence", DATASETS, Side("adam"), Side(rival), LAST_TRAINING_LOSS)
    return Measurement("convergence", [one], met, "", "")


@pytest.mark.parametrize(
    ("rival", "finding"),
    [("sgd 0.001", Finding.REPRODUCES), ("sgd", Finding.FAILS_TO_REPRODUCE)],
)
@pytest.mark.parametrize("met", [on_most, on_all])
def test_a_finding_turns_where_each_difference_is_on_the_other_side(rival, finding, met):
    measurement = adam_beside(rival, met)
    assert measurement.outcome(MEASURED).finding is finding
    other = {Finding.REPRODUCES, Finding.FAILS_TO_REPRODUCE} - {finding}
    assert {measurement.outcome(TURNED).finding} == other
    assert all(measurement.can_tell().values())


@pytest.mark.parametrize(
    ("met", "failed"),
    [
        (lambda tallies: True, 3),
        (lambda tallies: False, 1),
        # "Never worse" cannot tell a better method from one that is no better.
        (lambda tallies: all(t.count(Comparison.WORSE) == 0 for t in tallies), 1),
        # The wrong direction.
        (lambda tallies: all(2 * t.count(Comparison.WORSE) > len(t.pairs) for t in tallies), 2),
    ],
    ids=["always", "never", "never worse", "wrong direction"],
)
def test_a_criterion_that_cannot_tell_is_inconclusive(met, failed):
    outcome = adam_beside("sgd 0.001", met).outcome(MEASURED)
    assert outcome.finding is Finding.INCONCLUSIVE
    assert len(outcome.failed_checks) == failed


def test_a_rival_with_a_smaller_budget_is_inconclusive():
    measurement = replace(adam_beside("sgd 0.001"), checks={"a condition of validity": False})
    assert measurement.outcome(MEASURED).failed_checks == ["a condition of validity"]


def test_every_row_on_training_runs_has_names_and_places_of_its_own():
    items = [item for item in all_evidence() if hasattr(item.check, "made_by")]
    checks = {id(item.check): item for item in items}.values()
    assert len({item.name for item in checks}) == len(checks) > 60
    for item in checks:
        path, _, line = item.location.partition(":")
        assert path == item.check.__module__.replace(".", "/") + ".py"
        assert int(line) > 1
        assert item.argument


def test_the_worlds_are_five_and_each_has_a_description():
    assert len(set(WORLDS)) == 5
