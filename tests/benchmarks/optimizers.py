"""The optimizers that are compared: name -> entry. A new one is one more line in ``OPTIMIZERS``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from tests.benchmarks.quantizers import Unavailable

LR = 1e-6  # so that thousands of timed steps leave the parameters ordinary numbers


def torch_optimizer(name, **options):
    """An optimizer of torch.optim."""
    return lambda parameters: getattr(torch.optim, name)(parameters, lr=LR, **options)


def shampoo(parameters):
    """V. Gupta et al., 2018, in the implementation of the package pytorch_optimizer, with its defaults."""
    try:
        from pytorch_optimizer import Shampoo
    except ImportError as error:
        raise Unavailable("pytorch-optimizer is not installed") from error
    return Shampoo(parameters, lr=LR)


def dfgda(preset=None, **options):
    """A preset of gpu.DFGDA, or its constructor, with options that differ."""

    def make(parameters):
        from gpu.dfgda import DFGDA

        return (getattr(DFGDA, preset) if preset else DFGDA)(parameters, lr=LR, **options)

    return make


@dataclass(frozen=True)
class Entry:
    """How to make an optimizer, and up to how many parameters its step is timed: beyond, it takes seconds."""

    make: Callable
    largest: float = float("inf")


def _fraction(value):
    return {"f_min": value, "f_max": value}


SGD, ADAM = "SGD momentum, foreach", "Adam, fused"  # the two that ratios are taken to
OPTIMIZERS = {
    SGD: Entry(torch_optimizer("SGD", momentum=0.9, foreach=True)),
    "SGD momentum, fused": Entry(torch_optimizer("SGD", momentum=0.9, fused=True)),
    "Adam, foreach": Entry(torch_optimizer("Adam", foreach=True)),
    ADAM: Entry(torch_optimizer("Adam", fused=True)),
    "AdamW, foreach": Entry(torch_optimizer("AdamW", foreach=True)),
    "AdamW, fused": Entry(torch_optimizer("AdamW", fused=True)),
    "Shampoo": Entry(shampoo, largest=1e5),
    "DFGDA recommended": Entry(dfgda("recommended")),
    "DFGDA recommended, compiled": Entry(dfgda("recommended", compile=True)),
    # As torch's own optimizers, which let a gradient that is not finite through.
    "DFGDA recommended, compiled, unchecked": Entry(
        dfgda("recommended", compile=True, on_nonfinite="ignore")
    ),
    "DFGDA f=0.1": Entry(dfgda("recommended", compile=True, **_fraction(0.1))),
    "DFGDA f=0.01": Entry(dfgda("recommended", compile=True, **_fraction(0.01))),
    "DFGDA no acceptance, no noise": Entry(
        dfgda("recommended", compile=True, acceptance="none", noise="zero")
    ),
    "DFGDA closed form": Entry(
        dfgda("recommended", compile=True, quantizer="closed_form", initial_temperature=1e-2)
    ),
    "DFGDA uniform subset, f=0.01": Entry(
        dfgda("recommended", compile=True, selection="uniform", **_fraction(0.01))
    ),
    # The literal sum over the levels, for its dependence on K.
    "DFGDA literal, K=257": Entry(
        dfgda("recommended", quantizer="literal", initial_temperature=1e-2, level_count=257), largest=1e5
    ),
    "DFGDA literal, K=1025": Entry(
        dfgda("recommended", quantizer="literal", initial_temperature=1e-2, level_count=1025), largest=1e5
    ),
    "DFGDA closed form, K=1025": Entry(
        dfgda(
            "recommended", compile=True, quantizer="closed_form", initial_temperature=1e-2, level_count=1025
        )
    ),
    # With its acceptance "exact" it would take a loss evaluation per parameter.
    "DFGDA as printed, linearised, f=0.5": Entry(
        dfgda("as_printed", acceptance="linearised", **_fraction(0.5)), largest=1e6
    ),
}
