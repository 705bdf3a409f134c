"""Optimizers that take what they should refuse, or work in the wrong type: one mistake each."""

from unittest import mock

import torch

from gpu import DFGDA
from gpu.gradient_scale import unscale
from gpu.options import DEFAULTS, DTYPES
from tests.gpu.planted_changes import Replaced, parameters_of


class ChecksNoOption(DFGDA):
    """Starts with any value of an option."""

    def __init__(self, params, **options):
        with mock.patch("gpu.dfgda.check_options"):
            super().__init__(params, **options)


class TakesAnyName(DFGDA):
    """Drops options that it does not know."""

    def __init__(self, params, **options):
        super().__init__(params, **{name: value for name, value in options.items() if name in DEFAULTS})


class LooksAtItsParametersFirst(DFGDA):
    """Uses an iterator up before torch sees it."""

    def __init__(self, params, **options):
        self.count = sum(1 for _ in params)
        super().__init__(params, **options)


class BringsAllToOneType(DFGDA):
    """Parameters take the type of the first one."""

    def _step(self, *arguments):
        returned = super()._step(*arguments)
        parameters = parameters_of(self)
        for parameter in parameters:
            parameter.grad, parameter.data = None, parameter.data.to(parameters[0].dtype)
        return returned


class StoresWeightsInHalfPrecision(DFGDA):
    """Parameters take the type of autocast."""

    def _step(self, *arguments):
        returned = super()._step(*arguments)
        for parameter in parameters_of(self):
            parameter.grad, parameter.data = None, parameter.data.to(torch.bfloat16)
        return returned


class StoresAveragesInSinglePrecision(DFGDA):
    """Averages do not have the type of their parameters."""

    def _step(self, *arguments):
        returned = super()._step(*arguments)
        for state in self.state.values():
            state["mean_field"] = state["mean_field"].float()
        return returned


class WorksInHalfPrecision(
    Replaced,
    replaced={
        f"gpu.{module}.working_type": lambda dtype: dtype
        for module in ("annealing", "group_step", "decision")
    },
):
    """Rounds after every operation."""


def in_the_default_type(value, device):
    number = value.detach().reshape(()) if isinstance(value, torch.Tensor) else torch.full((), value)
    return number.to(device, torch.float64)


class MakesNumbersInTheDefaultType(Replaced, replaced={"gpu.group.on_device": in_the_default_type}):
    """Its learning rate is rounded as ``torch.set_default_dtype`` says."""


class TakesComplexParameters(DFGDA):
    """Knows no parameter that it cannot move."""

    def add_param_group(self, param_group):
        with mock.patch("gpu.dfgda.DTYPES", (*DTYPES, torch.complex64)):
            super().add_param_group(param_group)


class MakesSparseGradientsDense(DFGDA):
    """Takes sparse gradients without a word."""

    def _groups(self, compiled):
        for parameter in parameters_of(self):
            if parameter.grad is not None:
                parameter.grad = parameter.grad.to_dense()
        return super()._groups(compiled)


class MovesUntilItMeetsASparseGradient(DFGDA):
    """Refuses sparse gradients when the dense ones are used up."""

    def _step(self, *arguments):
        sparse = [p for p in parameters_of(self) if p.grad is not None and p.grad.is_sparse]
        gradients = [parameter.grad for parameter in sparse]
        for parameter in sparse:
            parameter.grad = None
        super()._step(*arguments)
        for parameter, gradient in zip(sparse, gradients, strict=True):
            parameter.grad = gradient
        return super()._step(*arguments)


class StepsOverWhatItCannotMove(DFGDA):
    """Takes parameters without data for parameters without a gradient."""

    def _groups(self, compiled):
        try:
            return super()._groups(compiled)
        except RuntimeError:
            return []


# -- GradScaler


class DoesNotUnscale(
    Replaced, replaced={"gpu.dfgda.unscale": lambda optimizer: not optimizer.found_inf.item()}
):
    """Steps along scaled gradients."""


class CountsStepsThatOverflowed(DFGDA):
    """A step that the scaler skips advances the counters."""

    def _step(self, *arguments):
        if getattr(self, "found_inf", None):
            for group in self.param_groups:
                group["step"] = group["step"] + 1
        return super()._step(*arguments)


def unscale_whatever_was_found(optimizer):
    optimizer.found_inf = torch.zeros_like(optimizer.found_inf)
    return unscale(optimizer)


class StepsWhereGradientsOverflowed(Replaced, replaced={"gpu.dfgda.unscale": unscale_whatever_was_found}):
    """Does not ask whether the scaler has found an infinity."""


class HidesFromTheScaler(DFGDA):
    """Lets the scaler divide the gradients of before, and calls a closure that makes new ones."""

    _step_supports_amp_scaling = False


def refuse_and_leave_the_scale(optimizer):
    raise RuntimeError("closure cannot be used with GradScaler")


class KeepsTheScaleOfARefusedStep(
    Replaced, replaced={"gpu.dfgda.refuse_closure": refuse_and_leave_the_scale}
):
    """Takes every later step for one of the scaler."""
