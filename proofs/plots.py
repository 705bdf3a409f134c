"""The pictures of the report, as inline SVG. Curves are drawn by the reference and the bounds, never typed."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from proofs.bounds import (
    final_temperature_paper,
    final_temperature_sharp,
    final_temperature_sharp_uniform,
    initial_temperature_paper,
    initial_temperature_sharp,
    initial_temperature_sharp_uniform,
    mean_square_step_limit,
    soft_quantization_lipschitz,
    stationarity_bound_paper,
    stationarity_bound_sharp,
    temperature_floor,
)
from reference.entropy import level_entropy
from reference.levels import uniform_levels
from reference.soft_quantization import soft_quantize

PAPER, SHARP, OTHER = "#b42318", "#175cd3", "#667085"

# The paper's settings in units of the weights' standard deviation: T_max = 5, T_min = 0.01 T_max (L43).
T_MAX, T_MIN = 5.0, 0.05


def _svg(figure: Figure, name: str) -> str:
    """A figure as an SVG element; ids get a prefix so that several can share a page."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None}, bbox_inches="tight")
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(xlink:href="#|url\(#)', rf"\1{name}-", text)
    return re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)


def _draw(name: str, caption: str, *panels: Callable[[Axes], None]) -> dict[str, Any]:
    figure = Figure(figsize=(5.2 * len(panels), 3.6), layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for panel, axis in zip(panels, axes, strict=True):
        panel(axis)
        axis.spines[["top", "right"]].set_visible(False)
    return {"name": name, "caption": caption, "svg": _svg(figure, name)}


def _initial_temperature(axis: Axes) -> None:
    share = np.geomspace(0.01, 0.999, 200)  # tolerance as a fraction of the trivial one, 1 - 1/K
    for count, style in ((4, ":"), (256, "-")):
        tolerances = share * (1 - 1 / count)
        paper = np.array([initial_temperature_paper(1, count, t) for t in tolerances])
        sharp = np.array([initial_temperature_sharp(1, count, t) for t in tolerances])
        grid = np.array([initial_temperature_sharp_uniform(1 / (count - 1), count, t) for t in tolerances])
        axis.loglog(tolerances, sharp / paper, style, color=SHARP, label=f"arbitrary levels, K = {count}")
        axis.loglog(tolerances, grid / paper, style, color=OTHER, label=f"uniform grid, K = {count}")
    axis.axhline(1, color=PAPER, lw=1)
    axis.annotate("above: the paper's temperature is too low", (0.011, 1.15), color=PAPER, fontsize=8)
    axis.set(xlabel="tolerance", ylabel="needed / stated temperature", title="Theorem 1")
    axis.legend(fontsize=7)


def _final_temperature(axis: Axes) -> None:
    counts = np.unique(np.geomspace(2, 1024, 60).astype(int))
    for tolerance, style in ((0.01, "-"), (0.1, ":")):
        paper = np.array([final_temperature_paper(1, k, tolerance) for k in counts])
        sharp = np.array([final_temperature_sharp(1, k, tolerance) for k in counts])
        axis.loglog(
            counts, sharp / paper, style, color=SHARP, label=f"arbitrary levels, tolerance {tolerance}"
        )
        grid = final_temperature_sharp_uniform(1, tolerance) / paper
        axis.loglog(counts, grid, style, color=OTHER, label=f"uniform grid, tolerance {tolerance}")
    axis.axhline(1, color=PAPER, lw=1)
    axis.set(xlabel="number of levels K", ylabel="allowed / stated temperature", title="Theorem 2")
    axis.legend(fontsize=7)


def _quantizer(axis: Axes) -> None:
    levels = uniform_levels(1.0, 9)
    theta = np.linspace(-1.4, 1.4, 800)
    for temperature, colour in ((5.0, PAPER), (0.3, SHARP), (0.02, "#1c2330")):
        axis.plot(
            theta, soft_quantize(theta, levels, temperature), color=colour, label=f"T = {temperature:g}"
        )
    axis.plot(theta, theta, color=OTHER, lw=0.8, ls="--", label="identity")
    axis.set(xlabel="parameter", ylabel="soft-quantized value", title="Levels on [-1, 1], K = 9")
    axis.legend(fontsize=7)


def _lipschitz(axis: Axes) -> None:
    temperatures = np.geomspace(1e-3, 10, 120)
    for count, colour in ((16, OTHER), (256, SHARP)):
        levels = uniform_levels(1.0, count)
        axis.loglog(
            temperatures,
            [soft_quantization_lipschitz(levels, float(t)) for t in temperatures],
            color=colour,
            label=f"K = {count}",
        )
    axis.axhline(1, color="#1c2330", lw=0.6)
    for temperature, label in ((T_MAX, "$T_{max}$"), (T_MIN, "$T_{min}$")):
        axis.axvline(temperature, color=PAPER, lw=1)
        axis.annotate(label, (temperature, 30), color=PAPER, fontsize=9)
    axis.set(
        xlabel="temperature / half-width of the grid",
        ylabel="Lipschitz constant of S",
        title="When the quantizer expands",
    )
    axis.legend(fontsize=7)


def _entropy_schedule(axis: Axes) -> None:
    levels = uniform_levels(1.0, 255)
    temperatures = np.geomspace(1e-4, T_MAX, 300)
    ends = np.array([1.0])
    entropy = np.array([level_entropy(ends, levels, float(t))[0] for t in temperatures]) / np.log(levels.size)
    axis.loglog(
        temperatures, T_MAX * entropy, color=PAPER, label="paper: $T_{max} H/\\log K$, lowest possible"
    )
    axis.loglog(temperatures, temperatures * entropy, color=SHARP, label="compounding: $T H/\\log K$")
    axis.loglog(temperatures, temperatures, color=OTHER, lw=0.8, ls="--", label="no change")
    axis.axvline(T_MIN, color=PAPER, lw=0.8, ls=":")
    axis.annotate("$T_{min}$", (T_MIN, 2e-4), color=PAPER, fontsize=9)
    axis.set(
        ylim=(1e-4, 10),
        xlabel="temperature now / $\\sigma$",
        ylabel="temperature next / $\\sigma$",
        title="K = 255, $\\kappa$ = 1",
    )
    axis.legend(fontsize=7)


def _floor(axis: Axes) -> None:
    ratios = np.geomspace(0.05, 10, 200)  # T_max over the range of the levels
    for count, colour in ((3, OTHER), (255, SHARP), (1023, "#1c2330")):
        floors = [temperature_floor(float(r), 1.0, count) / r for r in ratios]
        axis.semilogx(ratios, floors, color=colour, label=f"K = {count}")
    axis.axvspan(2.5, 5, color=PAPER, alpha=0.15, label="the paper's settings")
    axis.set(
        xlabel="$T_{max}$ / range of the levels",
        ylabel="floor / $T_{max}$",
        title="No trajectory cools below this share",
    )
    axis.legend(fontsize=7)


def _stationarity(axis: Axes) -> None:
    steps = np.linspace(0.02, 1.0, 120)  # eta f L, as far as the paper goes
    for count, colour in ((1, OTHER), (10, SHARP), (1000, "#1c2330")):
        ratios = [
            stationarity_bound_paper(1, 1, float(h), count) / stationarity_bound_sharp(1, 1, float(h), count)
            for h in steps
        ]
        axis.plot(steps, ratios, color=colour, label=f"{count} step{'s' if count > 1 else ''}")
    axis.plot(steps, (4 - steps) / 2, color=PAPER, ls=":", label=r"limit $(4-\eta f L)/2$")
    axis.set(ylim=(1, 4), xlabel=r"$\eta f L$", ylabel="paper's bound / sharp bound", title="Theorem 8")
    axis.legend(fontsize=7)


def _masked_steps(axis: Axes) -> None:
    count = 16
    sizes = np.arange(1, count + 1)
    spread = np.full((count, count), 1 / count) + 1e-6 * np.eye(count)
    aligned = np.diag([1.0] + [1e-6] * (count - 1))
    for hessian, colour, label in (
        (spread, SHARP, "top eigenvector spread over all coordinates"),
        (aligned, "#1c2330", "top eigenvector along one coordinate"),
    ):
        limits = [mean_square_step_limit(hessian, int(k)) for k in sizes]
        axis.semilogy(sizes / count, limits, "o-", ms=3, color=colour, label=label)
    axis.semilogy(sizes / count, 2 * count / sizes, color=PAPER, ls=":", label="dense model, 2/f")
    axis.set(
        xlabel="fraction f of coordinates updated",
        ylabel="largest stable learning rate",
        title=r"16 coordinates, $\lambda_{max}$ = 1",
    )
    axis.legend(fontsize=7)


def figures() -> list[dict[str, Any]]:
    """All pictures: name, caption, SVG."""
    return [
        _draw(
            "temperatures",
            "Sharp temperatures against the paper's. Left (T1-S1, T1-R1, T1-R2): on a uniform grid the stated "
            "temperature always suffices; for five or more arbitrary levels it is too low over a range of "
            "tolerances (T1-R3). "
            "Right (T2-S1, T2-R1, T2-R2): the stated temperature is colder than needed by a factor of about K.",
            _initial_temperature,
            _final_temperature,
        ),
        _draw(
            "quantizer",
            "The soft quantizer. Left: hot, it sends everything to the middle of the grid; cold, it rounds; only "
            "between is it near the identity (SQ-R3). Right: its exact Lipschitz constant (SQ-R2).",
            _quantizer,
            _lipschitz,
        ),
        _draw(
            "schedule",
            "The entropy schedule. Left: the lowest next temperature that any parameters can reach stays above the "
            "diagonal near the start, so the schedule stalls (SCH-R1), while the compounding one cools (SCH-R3). "
            "Right: the floor that no trajectory crosses.",
            _entropy_schedule,
            _floor,
        ),
        _draw(
            "convergence",
            "Left: how much Theorem 8 overestimates the worst case of the dense update (T8-R1). Right: mean-square "
            "stability of randomly masked steps on a quadratic (MSK-R3): the dense model, which only scales the "
            "step by f, is right when curvature is spread over the coordinates and wrong by 1/f when it is not.",
            _stationarity,
            _masked_steps,
        ),
    ]
