"""DFGDAKMeans keeps scikit-learn's contract, and its default never ends above Lloyd's algorithm."""

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn", reason="the estimators need scikit-learn")

from sklearn.cluster import KMeans  # noqa: E402
from sklearn.datasets import load_iris  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks  # noqa: E402

from reference.estimators import DFGDAKMeans  # noqa: E402
from reference.lloyd import lloyd  # noqa: E402

EPS = float(np.finfo(np.float64).eps)

CONFIGURATIONS = [
    DFGDAKMeans(max_iter=60),
    DFGDAKMeans(
        formulation="repaired", n_init=2, n_rounds=3, fraction=0.5, init="random", max_temperature=4.0
    ),
    DFGDAKMeans(formulation="as_printed", max_iter=60),
    DFGDAKMeans(formulation="as_printed", max_iter=40, mixing="mean_plus_noise", n_levels=64, fraction=0.5),
]
CHECKS = 51  # of scikit-learn 1.9 for this estimator; none of them is expected to fail


@parametrize_with_checks(CONFIGURATIONS)
def test_scikit_learns_contract(estimator, check):
    check(estimator)


@pytest.mark.skipif(not sklearn.__version__.startswith("1.9."), reason="the number of checks is that of 1.9")
@pytest.mark.parametrize("estimator", CONFIGURATIONS)
def test_the_contract_has_as_many_checks_as_recorded(estimator):
    assert len(list(estimator_checks_generator(estimator))) == CHECKS


@pytest.fixture(scope="module")
def iris():
    return load_iris().data


@pytest.mark.parametrize("formulation", ["annealed", "repaired"])
@pytest.mark.parametrize("seed", range(4))
def test_it_never_ends_above_lloyds_algorithm_from_the_same_start(iris, seed, formulation):
    start = iris[np.random.default_rng(seed).permutation(len(iris))[:3]]
    model = DFGDAKMeans(3, formulation=formulation, init=start, n_rounds=5, random_state=seed).fit(iris)
    # The estimator works on centred data, so that sums agree up to the rounding of the coordinates.
    assert model.inertia_ <= lloyd(iris, start).within * (1 + 64 * len(iris) * EPS)


def test_it_agrees_with_scikit_learn_on_the_optimum_of_iris(iris):
    ours = DFGDAKMeans(3, random_state=0).fit(iris)
    theirs = KMeans(3, n_init=20, random_state=0, tol=0).fit(iris)
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=64 * len(iris) * EPS)


def test_labels_distances_and_score_describe_the_same_clustering(iris):
    model = DFGDAKMeans(3, random_state=1)
    labels = model.fit_predict(iris)
    distances = model.transform(iris)
    assert np.array_equal(labels, model.predict(iris))
    assert np.array_equal(labels, distances.argmin(axis=1))
    assert model.score(iris) == -model.inertia_
    assert model.inertia_ == pytest.approx(np.sum(distances.min(axis=1) ** 2), rel=64 * len(iris) * EPS)
    assert list(model.get_feature_names_out()) == ["dfgdakmeans0", "dfgdakmeans1", "dfgdakmeans2"]


def test_noise_that_stays_costs_the_printed_update_inertia(iris):
    printed = [
        DFGDAKMeans(3, formulation="as_printed", min_temperature=0.2, max_iter=60, random_state=seed).fit(
            iris
        )
        for seed in range(4)
    ]
    annealed = DFGDAKMeans(3, random_state=0).fit(iris)
    assert all(model.inertia_ > annealed.inertia_ for model in printed)
    assert all(model.n_iter_ == 60 for model in printed)


def test_the_best_of_several_starts_is_kept_and_verbose_reports_each(iris, capsys):
    short = {"formulation": "repaired", "n_rounds": 0, "init": "random", "random_state": 3}
    one = DFGDAKMeans(3, **short).fit(iris)
    many = DFGDAKMeans(3, **short, n_init=4, verbose=1).fit(iris)
    assert many.inertia_ <= one.inertia_
    assert many.n_iter_ > one.n_iter_
    assert capsys.readouterr().out.count("start ") == 4
    DFGDAKMeans(3, formulation="repaired", n_rounds=2, random_state=0, verbose=2).fit(iris)
    assert capsys.readouterr().out.count("round ") == 2


def test_it_works_in_a_pipeline_and_keeps_float32(iris):
    distances = make_pipeline(StandardScaler(), DFGDAKMeans(3, random_state=0)).fit_transform(iris)
    assert distances.shape == (150, 3)
    model = DFGDAKMeans(3, random_state=0).fit(iris.astype(np.float32))
    assert model.cluster_centers_.dtype == model.transform(iris.astype(np.float32)).dtype == np.float32


def test_identical_points_make_no_trouble():
    model = DFGDAKMeans(2, formulation="as_printed", n_levels=4, max_iter=3, random_state=0).fit(
        np.ones((4, 2))
    )
    assert model.inertia_ <= 4 * EPS
    assert DFGDAKMeans(3, random_state=0).fit(np.ones((4, 2))).inertia_ == 0.0


@pytest.mark.parametrize(
    "changes",
    [
        {"n_clusters": 151},
        {"n_clusters": 0},
        {"formulation": "printed"},
        {"init": "points"},
        {"init": np.zeros((2, 4))},
        {"n_init": 0},
        {"n_rounds": -1},
        {"max_iter": 0},
        {"max_temperature": 0.0},
        {"min_temperature": 2.0},
        {"fraction": 1.5},
        {"step_size": -0.1},
        {"n_levels": 1},
    ],
    ids=str,
)
def test_bad_parameters_are_refused_by_name(iris, changes):
    (name,) = changes
    with pytest.raises(ValueError, match=name):
        DFGDAKMeans(**({"n_clusters": 3} | changes)).fit(iris)
