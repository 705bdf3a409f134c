"""The SVM against grid search and k-means against restarts, on the recorded runs on real data.

All criteria were written before the recorded seeds were run; what was chosen was chosen on other seeds.  A criterion
has to hold on more than half of the data sets, each with its own 95 % interval over 15 seeds.  That sums which
differ by rounding are equal was added afterwards; it changed no verdict.
"""

from __future__ import annotations

from proofs.learner_comparisons import (
    CLUSTERINGS,
    DEFAULT,
    ENTRIES,
    FAVOURED,
    GRID,
    GRID_ENTRIES,
    GRID_SECONDS,
    INERTIA,
    LLOYD,
    MACHINES,
    ONE_START,
    POLISHED,
    PRINTED,
    REPAIRED_CLUSTERS,
    RESTARTS,
    RESTARTS_SECONDS,
    TIME,
    accuracy_difference,
    cost_ratio,
    groups,
    log_ratio_of_sums,
    majority,
    mean_accuracy_difference,
    mean_log_ratio,
    row_of,
    with_planted,
)
from proofs.measured_data import Measurement, load_measurement
from proofs.outcome import Method, Outcome, measured
from proofs.paired_comparison import PairedDifference
from proofs.registry import control, evidence

FASTER = 3.0  # the paper's "more than three times"
LEAST_SEEDS = 15  # our choice
VISIBLE = 0.1  # percent of a sum: shown beside the counts, no part of a criterion; our choice


def _recorded(learner: str) -> tuple[Measurement, dict[str, object]]:
    """The measurement, and the conditions without which it is not worth reading."""
    measurement = load_measurement("learners")
    rows = [row for row in measurement.rows if row.parameters["learner"] == learner]
    return measurement, {
        f"at least {LEAST_SEEDS} seeds in every row": min(len(row.rounds) for row in rows) >= LEAST_SEEDS,
        "at least seven data sets": len(groups(measurement, learner)) >= 7,
        "nothing was left out": not measurement.skipped,
    }


def _where(measurement: Measurement) -> str:
    return f"{measurement.machine['processor']}, {measurement.machine['threads']} thread, {measurement.date}"


def _better_and_cheaper(quantity: str, arms: tuple[str, ...], parts: tuple[str, ...], ahead: bool) -> Outcome:
    """Higher accuracy than the grid's and less than a third of its cost, on more than half of the data sets."""
    measurement, checks = _recorded(MACHINES)
    if ahead:
        for arm in arms:
            better = {"test accuracy": (GRID, 1.1), quantity: (GRID, 0.1)}
            measurement = with_planted(measurement, MACHINES, arm, better)
    sets, met, lines = groups(measurement, MACHINES), [], []
    for arm in arms:
        higher = [accuracy_difference(measurement, one, arm, GRID).low > 0 for one in sets]
        ratios = [cost_ratio(measurement, one, GRID, arm, quantity) for one in sets]
        cheaper = [ratio.low > FASTER for ratio in ratios]
        held = {"accuracy": higher, "cost": cheaper}
        met.append(majority([all(held[part][i] for part in parts) for i in range(len(sets))]))
        medians = [ratio.median for ratio in ratios]
        lines.append(
            f"{arm}: accuracy higher on {sum(higher)} of {len(sets)} data sets, on average "
            f"{mean_accuracy_difference(measurement, arm, GRID)} points; the grid's {quantity} over its own "
            f"{min(medians):.2g} to {max(medians):.2g}, above 3 on {sum(cheaper)}"
        )
    return measured(
        any(met),
        checks,
        f"Accuracy and {quantity} of the printed method beside a grid of 25 points with five folds",
        computed="; ".join(lines) + f"; {_where(measurement)}",
        stated="accuracy higher, the grid's cost over its own above 3",
    )


BOTH_ARMS, BOTH_PARTS = (PRINTED, FAVOURED), ("accuracy", "cost")


@evidence("SVX-4", method=Method.MEASUREMENT)
@control("a method planted as better and ten times as fast is recognised", ahead=True)
@control("that one fit of SVC takes less than a third of the grid is seen", arms=(DEFAULT,), parts=("cost",))
def seconds_against_the_grid(
    arms: tuple[str, ...] = BOTH_ARMS, parts: tuple[str, ...] = BOTH_PARTS, ahead: bool = False
) -> Outcome:
    """Seven real data sets, at most 160 rows for training and 40 for the test, 15 seeds, each with a new split
    that all arms share; features are standardised on the training rows. Grid: scikit-learn's GridSearchCV of SVC
    (LIBSVM), C from 0.1 to 1000 and gamma from 0.0001 to 1 in decades, five folds, last fit included: 126 fits.
    As printed: 300 updates with C = 10, gamma_0 = 0.05, lambda_gamma = 0.001, one machine per class against the
    rest; in a second arm geometric cooling and gamma_0 = "scale", chosen on other seeds among five.
    Criterion, fixed before these seeds were run: for at least one of the two arms, on more than half of the data
    sets, the 95 % interval of the paired difference of test accuracies lies above 0 and that of the median ratio
    of the times above 3. Splits share rows, so the first interval is widened by the rule of Nadeau and Bengio. The
    printed method runs in NumPy and LIBSVM is compiled: the reading in kernel entries is free of that.
    (`arms`: those judged; `parts`: what counts; `ahead`: the arms are replaced by planted ones.)
    """
    return _better_and_cheaper(TIME, arms, parts, ahead)


@evidence("SVX-4", method=Method.MEASUREMENT, reading="kernel entries, recorded data")
@control("a method planted as better with a tenth of the entries is recognised", ahead=True)
@control(
    "that one fit of SVC needs less than a third of the grid's entries is seen",
    arms=(DEFAULT,),
    parts=("cost",),
)
def kernel_entries_against_the_grid(
    arms: tuple[str, ...] = BOTH_ARMS, parts: tuple[str, ...] = BOTH_PARTS, ahead: bool = False
) -> Outcome:
    """The same runs and criterion with kernel entries in place of seconds. Those of the printed method are
    counted: all entries, once for every width it passes. For LIBSVM an upper bound is taken: every entry of every
    fit once, with its cache, and all samples as support vectors when a fold is judged. Both choices, and leaving
    out the products of kernel and vector that each printed update makes, favour the claim.
    """
    return _better_and_cheaper(ENTRIES, arms, parts, ahead)


@evidence("SVX-4", method=Method.MEASUREMENT, reading="equal budget, recorded data")
@control("a method planted as better is recognised", ahead=True)
def accuracy_at_an_equal_budget(ahead: bool = False) -> Outcome:
    """The same runs. The rival tries the points of the grid in a random order, five folds each, until the kernel
    entries, or the seconds, that the printed method took on this very seed are used up; one point at least, and the
    last fit on top. Criterion, fixed beforehand: against both rivals the 95 % interval of the paired difference of
    test accuracies lies above 0 on more than half of the data sets.
    """
    measurement, checks = _recorded(MACHINES)
    if ahead:
        measurement = with_planted(measurement, MACHINES, PRINTED, {"test accuracy": (GRID, 1.1)})
    sets, met, lines = groups(measurement, MACHINES), [], []
    for rival in (GRID_ENTRIES, GRID_SECONDS):
        higher = [accuracy_difference(measurement, one, PRINTED, rival).low > 0 for one in sets]
        lower = [accuracy_difference(measurement, one, PRINTED, rival).high < 0 for one in sets]
        fits = [row_of(measurement, one, rival, "fits").median for one in sets]
        met.append(majority(higher))
        lines.append(
            f"{rival} ({min(fits):g} to {max(fits):g} fits): higher on {sum(higher)} of {len(sets)}, lower on "
            f"{sum(lower)}, on average {mean_accuracy_difference(measurement, PRINTED, rival)} points"
        )
    return measured(
        all(met),
        checks,
        "Accuracy of the printed method beside a random search with the same budget",
        computed="; ".join(lines),
        stated="above 0",
    )


def _below(difference: PairedDifference) -> bool:
    return difference.high < 0


def _above(difference: PairedDifference) -> bool:
    return difference.low > 0


def _visible(differences: list[PairedDifference]) -> int:
    return sum(abs(difference.mean) >= VISIBLE for difference in differences)


def _lower_sums(first: str, second: str, shown: tuple[str, ...] = (), ahead: bool = False) -> Outcome:
    """A lower sum of squares on more than half of the data sets and numbers of clusters."""
    measurement, checks = _recorded(CLUSTERINGS)
    if ahead:
        measurement = with_planted(measurement, CLUSTERINGS, first, {INERTIA: (second, 0.9)})
    sets = groups(measurement, CLUSTERINGS)
    lines = []
    for rival in (second, *shown):
        differences = [log_ratio_of_sums(measurement, one, first, rival) for one in sets]
        lower, higher = ([d for d in differences if sign(d)] for sign in (_below, _above))
        lines.append(
            f"beside {rival}: lower on {len(lower)} of {len(sets)} (by {VISIBLE} % or more on "
            f"{_visible(lower)}), higher on {len(higher)} ({_visible(higher)}), on average "
            f"{mean_log_ratio(measurement, first, rival)} %"
        )
    won = [_below(log_ratio_of_sums(measurement, one, first, second)) for one in sets]
    return measured(
        majority(won),
        checks,
        f"{first} beside {second}: sums within clusters on real data",
        computed="; ".join(lines),
        stated="below 0",
    )


@evidence("KM-4", method=Method.MEASUREMENT, reading="robustness, recorded data")
@control("a single start of k-means++ does not end lower than Lloyd's from another one", first=ONE_START)
def printed_sums_from_the_same_start(first: str = PRINTED) -> Outcome:
    """Seven real data sets of at most 240 rows, standardised, with as many clusters as classes and with 20, 15
    seeds. Both arms start at the same centroids of k-means++; the printed update (relaxed, eta = 1, sigma the spread
    of the data) passes 300 temperatures from 1 to 1/100, Lloyd's algorithm runs to its fixed point. Criterion, fixed
    before these seeds were run: on more than half of the 14 the 95 % t-interval of the mean log ratio of the last
    sums lies below 0.
    """
    return _lower_sums(first, LLOYD)


@evidence("KM-4", method=Method.MEASUREMENT, reading="robustness at equal cost, recorded data")
@control("against a single run of Lloyd's algorithm the answer differs", rival=LLOYD)
@control("a method planted as better by a tenth is recognised", ahead=True)
def printed_sums_against_restarts(rival: str = RESTARTS, ahead: bool = False) -> Outcome:
    """The same runs. The rival restarts scikit-learn's k-means at seeds of k-means++ while its passes, those for
    drawing seeds included, stay within the printed method's; its best sum counts. Criterion: as in the reading from
    the same start. Restarts for as many seconds are shown beside it, not part of the criterion, since the printed
    method runs in NumPy.
    """
    return _lower_sums(PRINTED, rival, (RESTARTS_SECONDS,), ahead)


@evidence("KM-R6", method=Method.MEASUREMENT, reading="recorded data")
@control("a repaired run planted as better by a tenth is recognised", ahead=True)
def repaired_sums_on_real_data(ahead: bool = False) -> Outcome:
    """The same runs; the repaired method disturbs one centroid in each of 135 rounds, about as many passes.
    Criterion: as there, for the repaired method against the printed update.
    """
    return _lower_sums(REPAIRED_CLUSTERS, PRINTED, (RESTARTS,), ahead)


@evidence("KM-R7", method=Method.MEASUREMENT)
@control("a single start of k-means++ does not end lower than its restarts", first=ONE_START)
def annealed_then_lloyd_against_restarts(first: str = POLISHED) -> Outcome:
    """The same runs; Lloyd's algorithm runs from the last centroids of the printed update to its fixed point, a few
    passes more. Criterion, fixed before these seeds were run: on more than half of the 14 data sets and numbers of
    clusters the 95 % t-interval of the mean log ratio of its sum to that of the restarts lies below 0. A pilot on
    other splits suggested it.
    """
    return _lower_sums(first, RESTARTS, (REPAIRED_CLUSTERS, LLOYD))
