"""Verdicts on costs that only a clock can settle, from the recorded benchmarks (`make bench`)."""

from __future__ import annotations

import math

from proofs.measured_data import Measurement, load_measurement
from proofs.outcome import Method, Outcome, measured
from proofs.registry import control, evidence

SGD = "SGD momentum, foreach"
PRINTED = "DFGDA as printed, literal sums"
RECOMMENDED = "DFGDA recommended"
ABOUT_TWELVE = (1.10, 1.14)  # "about 12 percent" as in the claim's note
ABOUT_THREE = (0.02, 0.04)  # "about 3 percent": our choice


def _where(measurement: Measurement) -> str:
    machine = measurement.machine
    return f"{machine['processor']}, {machine['threads']} thread, {measurement.date}"


def _rounds(measurement: Measurement, least: int) -> dict[str, object]:
    """Conditions without which a ratio is not worth reading."""
    timed = [row for row in measurement.rows if row.quantity == "time"]
    return {
        f"at least {least} rounds": min(len(row.rounds) for row in timed) >= least,
        "the machine and its versions are recorded": bool(measurement.machine) and bool(measurement.versions),
    }


@evidence("CMP-1", method=Method.MEASUREMENT, version="algorithm")
@control("read as at least 12 percent it would be reproduced", excess=(ABOUT_TWELVE[0], math.inf))
def an_epoch_of_the_printed_method(excess: tuple[float, float] = ABOUT_TWELVE) -> Outcome:
    """An epoch of a network of LeNet-5's size in batches of 64 with Algorithm 1, its test taken to first order
    (no further passes, the cheapest reading) and its sums over K = 512 levels literal, beside SGD with momentum,
    in alternating rounds. Reproduced means that the whole interval of the median ratio lies in [1.10, 1.14]. On
    larger networks and batches passes weigh more against the arithmetic of the levels; the row's other reading
    counts passes.
    """
    measurement = load_measurement("training")
    ratio = measurement.ratio(PRINTED, SGD)
    closed = measurement.ratio("DFGDA as printed, first-order test", SGD)
    own = measurement.ratio(RECOMMENDED, SGD)
    return measured(
        excess[0] <= ratio.low and ratio.high <= excess[1],
        _rounds(measurement, 6),
        "The literal annealing arithmetic makes an epoch many times longer at this scale",
        computed=(
            f"{ratio} times SGD's; with the closed form {closed}; "
            f"recommended settings {own}; {_where(measurement)}"
        ),
        stated="about 1.12 times",
    )


@evidence("SCH-10", method=Method.MEASUREMENT, version="algorithm")
@control("read as at least 3 percent it would be reproduced", share=(ABOUT_THREE[0], math.inf))
def the_entropy_beside_a_gradient(share: tuple[float, float] = ABOUT_THREE) -> Outcome:
    """The entropy of all parameters of a network of LeNet-5's size at K = 256, 512 and 1024 by the literal sum,
    as a share of a forward and backward pass on 64 samples in the same rounds. Reproduced means that for some
    of the three K the whole interval lies between 2 and 4 percent.
    """
    measurement = load_measurement("training")
    passes = "forward and backward"
    ratios = {count: measurement.ratio("entropy, chunked", passes, K=count) for count in (256, 512, 1024)}
    closed = measurement.ratio("entropy, closed form", passes, K=1024)
    return measured(
        any(share[0] <= ratio.low and ratio.high <= share[1] for ratio in ratios.values()),
        _rounds(measurement, 6),
        "Computed as printed, the entropy costs many gradients of a batch of 64, not 3 percent of one",
        computed="; ".join(f"K = {count}: {ratio}" for count, ratio in ratios.items())
        + f" gradients; closed form {closed}; {_where(measurement)}",
        stated="about 0.03",
    )


@evidence("CST-R1", method=Method.MEASUREMENT, version="algorithm")
@control("tables of n by K outgrow the caches, and the time grows faster", series="dense")
def the_literal_method_costs_f_n_k(series: str = "chunked") -> Outcome:
    """Ordinary least squares of log time on log n, log K and log f, each varied alone over at least 1.5 decades,
    with Student's 95% intervals. The model is the power law; where a quadratic term is significant the exponents
    at both ends are shown.
    """
    measurement = load_measurement("cost_of_soft_quantization")
    fits = {varied: measurement.exponent(series, varied) for varied in ("n", "K", "f")}
    text = [
        f"{varied}: {fit.exponent:.3f} [{fit.low:.3f}, {fit.high:.3f}]"
        + (f", bending from {fit.first_exponent:.2f} to {fit.last_exponent:.2f}" if fit.alarm else "")
        for varied, fit in fits.items()
    ]
    return measured(
        all(fit.high <= 1.1 for fit in fits.values()),
        _rounds(measurement, 5),
        "The annealing arithmetic alone costs at most of the order f n K, as the paper says of it",
        computed="; ".join(text) + f"; {_where(measurement)}",
        stated="at most 1 each",
    )


@evidence("CST-R2", method=Method.MEASUREMENT)
@control("the literal sum depends on K", series="chunked")
def the_closed_form_does_not_feel_the_levels(series: str = "closed form, compiled") -> Outcome:
    """Nanoseconds per element of value and entropy together, divided by those of one exponential in the same
    rounds, at K = 16, 256, 1024 and 4096. The largest over the smallest median is below 6/5.
    """
    measurement = load_measurement("quantizers")
    counts = (16, 256, 1024, 4096)
    ratios = [
        measurement.ratio(series, "one exponential", per="n", K=count, dtype="float32") for count in counts
    ]
    medians = [ratio.median for ratio in ratios]
    fastest = measurement.select(series, K=1024, dtype="float32")[0]
    nanoseconds = 1e9 * fastest.median / float(fastest.parameters["n"])
    return measured(
        max(medians) / min(medians) < 1.2,
        _rounds(measurement, 5),
        "The closed form costs the same at every number of levels",
        computed="; ".join(f"K = {c}: {r}" for c, r in zip(counts, ratios, strict=True))
        + f" exponentials; {nanoseconds:.1f} ns per element at K = 1024; {_where(measurement)}",
        stated="independent of K",
    )


@evidence("CST-R3", method=Method.MEASUREMENT, version="algorithm")
@control("the printed method takes much longer", series=PRINTED)
def an_epoch_with_the_recommended_settings(series: str = RECOMMENDED) -> Outcome:
    """Alternating rounds of an epoch with each optimizer on copies of one network; ratio of paired rounds."""
    measurement = load_measurement("training")
    ratio = measurement.ratio(series, SGD)
    compiled = measurement.ratio(f"{RECOMMENDED}, compiled", SGD)
    return measured(
        ratio.high <= 1.2,
        _rounds(measurement, 6),
        "The recommended settings cost about what momentum does",
        computed=f"{ratio} times SGD's; compiled {compiled}; {_where(measurement)}",
        stated="at most 1.2",
    )
