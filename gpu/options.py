"""The options of ``DFGDA``: their defaults, the values they allow, and why the defaults are what they are.

Twin: reference/settings.py, whose defaults are the paper's; the defaults here are those of
``DFGDA.recommended``.
"""

from __future__ import annotations

from typing import Any

import torch

from gpu.acceptance import ACCEPTANCE_RULES
from gpu.energy import PENALTIES
from gpu.noise import NOISE_SCALES
from gpu.temperature import ENTROPY_NORMALISERS
from gpu.validation import (
    integer_between,
    nonnegative_number,
    one_of,
    positive_number,
    unit_interval,
)

DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)  # of parameters

SCHEMA = 1  # version of the layout of the parameter groups, written into every saved state

DEFAULTS: dict[str, Any] = {
    "lr": 1.0,
    "f_min": 1.0,
    "f_max": 1.0,
    "sensitivity": 1.0,
    "loss_change": "absolute",
    "divisor": "running_maximum",
    "selection": "sweep",
    "tile_size": 65536,
    "block_count": None,
    "quantizer": None,
    "level_count": 257,
    "half_width": None,
    "kappa": 1.0,
    "scale": "group",
    "unscaled": "skip",
    "schedule": "fixed",
    "initial_temperature": 1.0,
    "floor_factor": 0.0,
    "cooling_ratio": 0.999,
    "entropy_normaliser": "log_levels",
    "entropy_order": "current",
    "entropy_scope": "all",
    "noise": "zero",
    "noise_placement": "inside",
    "smoothing": 0.9,
    "weighting": "history",
    "refreshed": "selected",
    "acceptance": "linearised",
    "acceptance_rule": "descent",
    "curvature": 0.0,
    "energy": "loss",
    "regularization": 1e-3,
    "penalty_form": "distance_over_temperature",
    "penalty_reduction": "sum",
    "weight_decay": 0.0,
    "maximize": False,
    "on_nonfinite": "raise",
    "average_loss": True,
    "foreach": None,
    "compile": False,
    "seed": 0,
}

WORDS: dict[str, tuple[Any, ...]] = {
    "loss_change": ("absolute", "decrease"),
    "divisor": ("running_maximum", "initial_drop"),
    "selection": ("uniform", "block", "sweep"),
    "quantizer": (None, "closed_form", "literal"),
    "scale": ("group", "tensor"),
    "unscaled": ("skip", "group", "raise"),
    "schedule": ("entropy", "compounding", "geometric", "fixed"),
    "entropy_normaliser": tuple(ENTROPY_NORMALISERS),
    "entropy_order": ("current", "stale"),
    "entropy_scope": ("all", "selected"),
    "noise": tuple(NOISE_SCALES),
    "noise_placement": ("inside", "outside"),
    "weighting": ("history", "gradient"),
    "refreshed": ("selected", "all"),
    "acceptance": ("exact", "block", "linearised", "none"),
    # "descent" accepts where the change is at most 0: Metropolis in the limit T -> 0, without random numbers.
    "acceptance_rule": (*ACCEPTANCE_RULES, "descent"),
    "energy": ("regularized", "loss"),
    "penalty_form": tuple(PENALTIES),
    "penalty_reduction": ("sum", "mean"),
    "on_nonfinite": ("raise", "skip", "ignore"),
}


# What other optimizers of torch take, and why this one does not.
REFUSED: dict[str, str] = {
    "capturable": "a step leaves new numbers in its group, which a replayed CUDA graph would not read; "
    "use compile=True, and on_nonfinite='skip' so that a step does not wait for the device",
    "differentiable": "the test that accepts a move has no derivative",
    "fused": "the fused kernel is taken wherever it can be, on CUDA (gpu.fused_step.kernel_used overrules that); "
    "elsewhere compile=True makes one kernel of the elementwise work",
}


def refuse_capture() -> None:
    """Raise RuntimeError where a CUDA graph is being captured."""
    # A compiler's trace must not meet this question, and without a device there is nothing to ask.
    asked = not torch.compiler.is_compiling() and torch.cuda.is_available()
    if asked and torch.cuda.is_current_stream_capturing():
        raise RuntimeError(f"DFGDA.step cannot be captured in a CUDA graph: {REFUSED['capturable']}")


def check_names(options: dict[str, Any]) -> None:
    """Raise TypeError where a name is no option of ``DFGDA``."""
    for name in options:
        if name in REFUSED:
            raise TypeError(f"{name} is not supported by DFGDA, got {options[name]!r}: {REFUSED[name]}")
        if name not in DEFAULTS:
            raise TypeError(f"{name} is no option of DFGDA; the options are {', '.join(DEFAULTS)}")


def check_options(group: dict[str, Any]) -> None:
    """Raise ValueError or TypeError where an option of a parameter group is outside its range."""
    for name, allowed in WORDS.items():
        if None not in allowed or group[name] is not None:
            one_of(name, group[name], tuple(word for word in allowed if word is not None))
    check_learning_rate(group["lr"])
    if unit_interval("f_min", group["f_min"]) > unit_interval("f_max", group["f_max"]):
        raise ValueError(
            f"f_min must be at most f_max, got f_min = {group['f_min']!r}, f_max = {group['f_max']!r}"
        )
    for name in ("sensitivity", "kappa", "cooling_ratio"):
        positive_number(name, group[name])
    for name in ("cooling_ratio", "floor_factor", "smoothing"):
        unit_interval(name, group[name])
    for name in ("regularization", "weight_decay", "curvature"):
        nonnegative_number(name, group[name])
    for name in ("half_width", "initial_temperature"):
        if group[name] is not None:
            positive_number(name, group[name])
    integer_between("tile_size", group["tile_size"], 1, 2**40)
    integer_between("level_count", group["level_count"], 2, 2**24)
    integer_between("seed", group["seed"], 0, 2**64 - 1)
    if group["block_count"] is not None:
        integer_between("block_count", group["block_count"], 1, 2**32 - 1)
    for name in ("maximize", "average_loss", "compile", "foreach"):
        if not isinstance(group[name], bool) and not (name == "foreach" and group[name] is None):
            raise TypeError(f"{name} must be True or False, got {group[name]!r}")
    _check_combinations(group)


def check_learning_rate(lr: Any) -> None:
    """Raise ValueError or TypeError where a step size is neither a number of at least 0 nor a 1-element tensor."""
    if isinstance(lr, torch.Tensor):
        if lr.numel() != 1 or not lr.is_floating_point():
            raise ValueError(
                f"Tensor lr must be 1-element and floating-point, got shape {tuple(lr.shape)} and dtype {lr.dtype}"
            )
    else:
        nonnegative_number("lr", lr)


def _check_combinations(group: dict[str, Any]) -> None:
    if group["quantizer"] is None and group["schedule"] in ("entropy", "compounding"):
        raise ValueError(
            f"quantizer must not be None for schedule {group['schedule']!r}, which needs the entropy of the levels; "
            "set quantizer='closed_form', or schedule='geometric' or 'fixed'"
        )
    if group["entropy_scope"] == "selected" and (
        group["entropy_order"] == "stale" or group["acceptance"] in ("exact", "block")
    ):
        raise ValueError(
            "entropy_scope must be 'all' with entropy_order 'stale' or acceptance 'exact' or 'block', got 'selected'"
        )


def needs_loss(group: dict[str, Any]) -> bool:
    """Return whether a step of the group reads the value of the loss: the fraction follows it, or a test."""
    return group["f_min"] != group["f_max"] or group["acceptance"] in ("exact", "block")
