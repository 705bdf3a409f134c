"""DFGDASVC keeps scikit-learn's contract, and its default is the machine that LIBSVM finds."""

import pickle

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn", reason="the estimators need scikit-learn")

from sklearn.datasets import load_breast_cancer, load_iris, load_wine  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402
from sklearn.multiclass import OneVsRestClassifier  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.svm import SVC  # noqa: E402
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks  # noqa: E402

from reference.distances import squared_distances  # noqa: E402
from reference.estimators import DFGDASVC  # noqa: E402
from reference.radial_basis import radial_basis_kernel  # noqa: E402

EPS = float(np.finfo(np.float64).eps)
TOLERANCE = 1e-6

CONFIGURATIONS = [
    DFGDASVC(),
    DFGDASVC(C=0.5, gamma="validated", tol=0.05, f_min=0.5, f_max=1.0),
    DFGDASVC(formulation="as_printed", schedule="geometric", n_levels=17, max_iter=20),
    DFGDASVC(formulation="as_printed", n_levels=9, max_iter=10, gamma="auto"),
]
CHECKS = 55  # of scikit-learn 1.9 for this estimator; none of them is expected to fail


@parametrize_with_checks(CONFIGURATIONS)
def test_scikit_learns_contract(estimator, check):
    check(estimator)


@pytest.mark.skipif(not sklearn.__version__.startswith("1.9."), reason="the number of checks is that of 1.9")
@pytest.mark.parametrize("estimator", CONFIGURATIONS)
def test_the_contract_has_as_many_checks_as_recorded(estimator):
    assert len(list(estimator_checks_generator(estimator))) == CHECKS


def standardised(load):
    X, y = load(return_X_y=True)
    return StandardScaler().fit_transform(X), y


@pytest.mark.parametrize("load", [load_breast_cancer, load_iris, load_wine])
@pytest.mark.parametrize("penalty", [1.0, 10.0])
def test_every_machine_reaches_the_dual_objective_of_libsvm(load, penalty):
    X, y = standardised(load)
    ours = DFGDASVC(penalty, tol=TOLERANCE, random_state=0).fit(X, y)
    theirs = OneVsRestClassifier(SVC(C=penalty, tol=TOLERANCE)).fit(X, y)
    kernel = radial_basis_kernel(squared_distances(X), ours.gamma_[0])
    for energy, machine in zip(ours.dual_energy_, theirs.estimators_, strict=True):
        row = np.zeros(len(X))
        row[machine.support_] = machine.dual_coef_[0]
        # Both stop within the tolerance; the energy can then be off by tolerance times the sum of multipliers.
        assert (
            abs(energy - (0.5 * row @ kernel @ row - np.abs(row).sum())) <= 4 * TOLERANCE * np.abs(row).sum()
        )
    assert np.array_equal(ours.predict(X), theirs.predict(X))


def test_two_classes_have_one_score_and_it_is_that_of_libsvm():
    X, y = standardised(load_breast_cancer)
    ours, theirs = DFGDASVC(tol=TOLERANCE, random_state=0).fit(X, y), SVC(tol=TOLERANCE).fit(X, y)
    assert ours.decision_function(X).shape == (len(X),)
    assert ours.dual_coef_.shape == (1, ours.support_.size)
    # LIBSVM sets the bias by the average of free variables, which the tolerance moves.
    assert np.abs(ours.decision_function(X) - theirs.decision_function(X)).max() <= 1e3 * TOLERANCE
    assert abs(ours.dual_coef_.sum()) <= EPS * ours.n_iter_[0] * len(X)


def test_several_classes_have_a_score_each_and_the_largest_wins():
    X, y = standardised(load_iris)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = DFGDASVC(random_state=0).fit(X, names)
    scores = model.decision_function(X[:7])
    assert scores.shape == (7, 3)
    assert np.array_equal(model.predict(X[:7]), model.classes_[scores.argmax(axis=1)])
    assert model.n_iter_.shape == model.intercept_.shape == model.gamma_.shape == (3,)
    assert np.array_equal(model.support_vectors_, X[model.support_])


def test_the_method_as_printed_ends_above_the_energy_of_zero_and_keeps_no_equality():
    """The dual energy of alpha = 0 is 0; the default is far below, the entropy schedule never gets there."""
    X, y = standardised(load_breast_cancer)
    printed = DFGDASVC(10.0, formulation="as_printed", n_levels=17, max_iter=60, random_state=0).fit(X, y)
    assert printed.dual_energy_[0] > 0.0 > DFGDASVC(10.0, random_state=0).fit(X, y).dual_energy_[0]
    assert abs(printed.dual_coef_.sum()) > 1.0
    assert printed.support_.size == len(X)


def test_the_same_seed_gives_the_same_model_and_pickling_keeps_it():
    X, y = standardised(load_wine)
    models = [DFGDASVC(random_state=3).fit(X, y) for _ in range(2)]
    copy = pickle.loads(pickle.dumps(models[0]))
    for other in (models[1], copy):
        assert np.array_equal(models[0].decision_function(X), other.decision_function(X))


def test_progress_is_told_on_request_only(capsys):
    X, y = standardised(load_iris)
    DFGDASVC(random_state=0).fit(X, y)
    assert capsys.readouterr().out == ""
    DFGDASVC(random_state=0, verbose=1).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all("dual energy" in line for line in lines)
    DFGDASVC(formulation="as_printed", max_iter=200, n_levels=5, random_state=0, verbose=2).fit(X, y)
    assert sum("temperature" in line for line in capsys.readouterr().out.splitlines()) == 6


def test_a_machine_that_was_cut_off_says_so():
    X, y = standardised(load_breast_cancer)
    with pytest.warns(ConvergenceWarning, match=r"2 pair moves left a violation .* raise max_iter"):
        DFGDASVC(max_iter=2, random_state=0).fit(X, y)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"C": 0.0}, "C must be positive, got 0.0"),
        ({"gamma": "wide"}, "gamma must be one of 'scale', 'auto', 'validated', got 'wide'"),
        ({"gamma": -1.0}, "gamma must be positive, got -1.0"),
        ({"gamma": "validated", "formulation": "as_printed"}, "gamma must be a number, 'scale' or 'auto'"),
        ({"formulation": "exact"}, "formulation must be one of"),
        ({"tol": 0}, "tol must be positive"),
        ({"max_iter": 0}, "max_iter must be an integer of at least 1, got 0"),
        ({"f_min": 0.5, "f_max": 0.1}, "f_min must be at most f_max"),
        ({"gamma_penalty": -1}, "gamma_penalty must be at least 0"),
        ({"schedule": "linear"}, "schedule must be one of"),
        ({"n_levels": 1}, "n_levels must be at least 2"),
        ({"verbose": -1}, "verbose must be"),
    ],
)
def test_bad_parameters_are_named_with_their_value(changes, message):
    with pytest.raises(ValueError, match=message):
        DFGDASVC(**changes).fit([[0.0], [1.0]], [0, 1])


def test_a_single_class_is_refused_by_name():
    with pytest.raises(ValueError, match=r"at least two classes, got one class: \['cat'\]"):
        DFGDASVC().fit([[0.0], [1.0]], ["cat", "cat"])
