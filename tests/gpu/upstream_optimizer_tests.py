"""The only place that imports torch's own machinery for testing optimizers, which is private and pinned with torch.

It describes our two optimizers to that machinery: their configurations, the errors they owe, and which tests do
not apply to them, each with its reason.
"""

import copy
import unittest

import torch
from torch.testing._internal.common_device_type import instantiate_device_type_tests
from torch.testing._internal.common_methods_invocations import DecorateInfo
from torch.testing._internal.common_optimizers import (
    ErrorOptimizerInput,
    OptimizerErrorEnum,
    OptimizerInfo,
    OptimizerInput,
    _get_optim_inputs_including_global_cliquey_kwargs,
    get_error_inputs_for_all_optims,
)
from torch.testing._internal.common_optimizers import optims as optims_of_torch
from torch.testing._internal.common_utils import TestCase

from gpu import DFGDA, ReleasedDFGDA

__all__ = [
    "BODIES",
    "DATABASE",
    "DFGDA_SKIPS",
    "RELEASED_SKIPS",
    "OptimizerErrorEnum",
    "TestCase",
    "described_as_dfgda",
    "every_input",
    "instantiate_device_type_tests",
    "optims",
]

# Levels so fine, and a temperature so low, that quantized weights can follow a gradient.
FINE = {"quantizer": "closed_form", "level_count": 2**16, "half_width": 4.0, "initial_temperature": 1e-6}

DFGDA_OPTIONS = {
    "default": {"lr": 0.1},
    "weight decay": {"lr": 0.1, "weight_decay": 0.1},
    "maximize": {"lr": 0.1, "maximize": True},
    "maximize, weight decay": {"lr": 0.1, "weight_decay": 0.1, "maximize": True},
    "tensor lr": {"lr": torch.tensor(0.1)},
    "noise, Metropolis test, geometric schedule": {
        "lr": 0.1,
        "noise": "langevin",
        "acceptance_rule": "metropolis",
        "schedule": "geometric",
        "initial_temperature": 1e-6,
    },
    "random subset": {"lr": 0.1, "selection": "uniform", "f_min": 0.2, "f_max": 0.8},
    "blocks": {"lr": 0.1, "selection": "block", "f_min": 0.25, "f_max": 0.5},
    "sweep": {"lr": 0.1, "selection": "sweep", "tile_size": 2, "f_min": 0.2, "f_max": 0.8},
    "one evaluation for each group": {"lr": 0.1, "acceptance": "block"},
    "one evaluation for each element": {"lr": 0.1, "acceptance": "exact"},
    "no test, no average": {"lr": 0.1, "acceptance": "none", "smoothing": 0.0},
    "levels, entropy schedule": {"lr": 0.1, "schedule": "entropy", **FINE},
    "levels, compounding schedule": {"lr": 0.1, "schedule": "compounding", **FINE},
    "levels of each tensor": {"lr": 0.1, **FINE, "half_width": None, "kappa": 4.0, "scale": "tensor"},
}

RELEASED_OPTIONS = {
    "default but cold": {"temperature": 1e-3},
    "larger steps": {"lr": 0.1, "temperature": 1e-3},
    "tensor lr": {"lr": torch.tensor(0.1), "temperature": 1e-3},
    "some of the tensors": {"f_min": 0.5, "f_max": 1.0, "temperature": 1e-3},
}

WRONG_OPTIONS = {
    "lr below 0": ({"lr": -1.0}, ValueError, "lr must be at least 0"),
    "fraction above 1": ({"f_max": 1.5}, ValueError, "f_max must be between 0 and 1"),
    "bounds in the wrong order": ({"f_min": 0.5, "f_max": 0.25}, ValueError, "f_min must be at most f_max"),
    "smoothing above 1": ({"smoothing": 1.1}, ValueError, "smoothing must be between 0 and 1"),
    "one level too few": ({"level_count": 0}, ValueError, "level_count must be an integer from"),
    "seed below 0": ({"seed": -1}, ValueError, "seed must be an integer from"),
    "seed no integer": ({"seed": 1.5}, TypeError, "seed must be an integer from"),
}
WRONG_FOR_DFGDA = {
    "unknown word": ({"selection": "half"}, ValueError, "selection must be one of"),
    "unknown option": ({"momentum": 0.9}, TypeError, "momentum is no option of DFGDA"),
    "capturable": ({"capturable": True}, TypeError, "capturable is not supported by DFGDA, got True"),
    "differentiable": (
        {"differentiable": True},
        TypeError,
        "differentiable is not supported by DFGDA, got True",
    ),
    "fused": ({"fused": True}, TypeError, "fused is not supported by DFGDA, got True"),
    "weight decay below 0": ({"weight_decay": -0.1}, ValueError, "weight_decay must be at least 0"),
    "entropy without levels": ({"schedule": "entropy"}, ValueError, "quantizer must not be None"),
}

DFGDA_SKIPS = {}
RELEASED_SKIPS = {
    "test_a_larger_weight_decay_pulls_its_group_closer_to_zero": "the released code has no weight decay",
    "test_each_group_takes_its_own_learning_rate": "its noise and its quantizer move a group of lr 0 too",
    "test_maximizing_is_minimizing_the_negative": "the released code has no maximize",
    "test_one_by_one_and_together_give_the_same_bits": "it works on one tensor after another; no foreach",
    "test_gradients_of_zero_move_nothing": "its noise and its quantizer move weights without a gradient",
    "test_a_step_needs_no_closure_where_no_option_needs_the_loss": "its test always evaluates the loss",
    "test_an_older_state_without_newer_options_loads": "its groups have had the same layout from the start",
    "test_numbers_of_a_loaded_group_may_be_python_numbers": "its numbers are Python numbers",
    "test_a_state_of_a_later_layout_is_refused": "its groups carry no number of a layout",
    "test_a_grad_scaler_without_a_closure_unscales_and_skips": "a step needs a closure, which a scaler refuses",
    "test_a_grad_scaler_with_a_closure_is_refused": "its step does not ask the scaler for the scale",
    "test_sparse_gradients_are_refused": "refused with another error, tested with the optimizer itself",
    "test_parameters_without_data_are_refused": "it has no check of its own; torch raises in the closure",
    "test_the_loss_may_be_anything_that_is_one_number": "a loss of None says nothing to its test",
    "test_cutting_large_tensors_changes_nothing": "it works on whole tensors",
    "test_a_step_without_gradients_is_not_counted": "it remembers the loss of every step",
    "test_a_group_that_is_added_starts_afresh": "its groups share step and temperature",
}


# The bodies of the tests by their names, with their data types, for optimizers that are no member of the database.
BODIES = {}


def optims(database, dtypes=(torch.float32,)):
    """torch's decorator, which makes a test for each optimizer; the body is remembered."""

    def remembered(body):
        BODIES[body.__name__] = (body, tuple(dtypes))
        return optims_of_torch(database, dtypes=list(dtypes))(body)

    return remembered


def described_as_dfgda(optimizer_class):
    """Return the description of ``DFGDA`` for an optimizer with the same options."""
    info = copy.copy(DATABASE[0])
    info.optim_cls = optimizer_class
    return info


def every_input(device, info):
    """Return all configurations of an optimizer, with and without ``foreach`` where it has that."""
    return _get_optim_inputs_including_global_cliquey_kwargs(device, torch.float32, info)


def _inputs(options):
    # The machinery asks for fresh inputs by device.
    return lambda device, dtype=None: [
        OptimizerInput(params=None, kwargs=dict(kwargs), desc=name) for name, kwargs in options.items()
    ]


def _errors(options):
    def errors(device, dtype):
        own = [
            ErrorOptimizerInput(
                OptimizerInput(params=None, kwargs=kwargs, desc=name), error_type=kind, error_regex=message
            )
            for name, (kwargs, kind, message) in options.items()
        ]
        return get_error_inputs_for_all_optims(device, dtype) + own

    return errors


def _described(optimizer, options, wrong, skips, **flags):
    return OptimizerInfo(
        optimizer,
        optim_inputs_func=_inputs(options),
        optim_error_inputs_func=_errors(wrong),
        not_og_supported_flags=(),
        supports_complex=False,
        supports_sparse=False,
        step_requires_closure=True,
        skips=[DecorateInfo(unittest.skip(reason), None, name) for name, reason in skips.items()],
        **flags,
    )


DATABASE = [
    _described(
        DFGDA, DFGDA_OPTIONS, WRONG_OPTIONS | WRONG_FOR_DFGDA, DFGDA_SKIPS, supported_impls=("foreach",)
    ),
    _described(ReleasedDFGDA, RELEASED_OPTIONS, WRONG_OPTIONS, RELEASED_SKIPS, supported_impls=()),
]
