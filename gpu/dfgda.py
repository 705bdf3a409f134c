"""``DFGDA``: Algorithm 1 as a ``torch.optim.Optimizer``, with every choice an option.

Twin: reference/algorithm.py.  Differences: parameters of any shape, type and device; several groups, each with
its own temperature; first-order acceptance; a tile-granular sweep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from gpu import presets
from gpu.first_step import initialise
from gpu.group import Group
from gpu.group_step import step_groups
from gpu.options import DEFAULTS, SCHEMA, check_options, needs_loss
from gpu.sharding import mean_over_ranks
from gpu.state import COUNTS, NUMBERS, fresh_state, to_device

Closure = Callable[[], Any]


class DFGDA(torch.optim.Optimizer):
    r"""Dynamic fractional generalized deterministic annealing.

    One step, for the selected elements i of each group, with g the gradient, z normal, u uniform:

    .. math::

        \mu_i \leftarrow \alpha \mu_i + (1 - \alpha) g_i, \qquad
        \theta'_i = S(\theta_i - \eta \mu_i + \varepsilon(T) z_i), \qquad
        \theta_i \leftarrow \theta'_i \ \text{ where } \ u_i < A(\Delta E_i, T),

    then the next fraction and temperature.  S is soft quantization, the identity where ``quantizer`` is None.

    Arguments:
        params: parameters, parameter groups, or named parameters; real floating-point, dense.
        lr: eta, at least 0, or a tensor of one element.  A group whose lr is 0 is frozen.
        f_min, f_max, sensitivity: bounds of the share of elements moved in a step, and the exponent of Eq. 15.
            Where the bounds differ the loss is needed in every step.  Default 1: a share f < 1 costs about 1/f
            times the steps, and saves time only where the work of a step follows f.
        loss_change: "absolute" or "decrease"; divisor: "running_maximum" or "initial_drop".
        selection: "uniform", "block" or "sweep", see gpu/selection.py.  Default "sweep": every element moves
            exactly once per sweep, which the repaired block theorem needs, and the cost follows f.
        tile_size: elements of a tile of the sweep.  block_count: blocks of "block"; None: ceil(1 / f_min).
        quantizer: None, "closed_form" (O(1) per element) or "literal" (O(K)).  Default None: at the paper's
            temperatures one application maps every weight close to zero.
        level_count: K, at least 2.  half_width: of the levels; None: kappa times the standard deviation at the
            first step, of the group or of each tensor (scale: "group" or "tensor").
        unscaled: what to do with a tensor whose own standard deviation is 0 (biases that start at zero,
            normalisation scales) where scale is "tensor": "skip" (leave it continuous), "group" or "raise".
        schedule: "geometric", "compounding" (provably cools), "entropy" (as printed: provably does not cool
            at the paper's settings) or "fixed".
        initial_temperature: T_max; None: five standard deviations of the group at the first step.
        floor_factor: T_min / T_max.  cooling_ratio: factor per step of "geometric".
        entropy_normaliser: "log_levels", "total_log_levels", "initial" or "observed_maximum".
        entropy_order: "current" or "stale"; entropy_scope: "all" elements, or the "selected" ones scaled up,
            whose cost follows f.
        noise: eps(T): "linear", "root", "langevin" or "zero".  noise_placement: "inside" or "outside" of S.
        smoothing, weighting: alpha of the average, on the "history" or on the "gradient".
        refreshed: whose average takes in the gradient: "selected" or "all".
        acceptance: "exact" (one loss evaluation for each selected element), "block" (one for each group),
            "linearised" (energy change to first order, no evaluation) or "none".
        acceptance_rule: "metropolis", "sigmoid", "piecewise_sigmoid", "doubled_sigmoid" or "always".
        energy: "loss", or "regularized" with regularization, penalty_form and penalty_reduction (Eq. 8).
        weight_decay: w; adds w theta to the gradient and w theta^2 / 2 to the energy.
        maximize: whether the objective is to grow.
        on_nonfinite: a loss, gradient or proposal that is not finite makes the step "raise" a RuntimeError
            that names the parameter, "skip" without a word but counted (no wait for the device), or is
            "ignore"d.  With "raise" and "skip" nothing has changed.
        average_loss: average the loss over the processes of torch.distributed, if there are several.
        foreach: None or True: small tensors are worked on together; False: one by one, with the same result.
        compile: whether the elementwise work is compiled (once, about half a minute).
        seed: integer in [0, 2^64).

    What holds for which option, by the repaired theorems (``python -m proofs show ID`` prints each proof):

    ==========================================================  ===============================================
    options                                                     what holds
    ==========================================================  ===============================================
    noise "zero", acceptance "none", quantizer None, f = 1,     iteration count of Theorem 8, sharp (T8-R1)
    smoothing 0
    selection "uniform" or "sweep" with the same                Theorem 8 in expectation, not for each path;
                                                                Theorem 6 for blocks with random order
    geometric schedule, noise "linear" or "langevin"            noise is summable: parts (a) and (b) of
                                                                Theorem 7
    schedule "entropy", T_max = 5 sigma                         the temperature stays above 0.99 T_max (SCH-R1)
    schedule "compounding"                                      the temperature falls to its floor (SCH-R3)
    quantizer set, T below the non-expansive temperature        S can increase distances (SQ-R2, T5)
    acceptance "linearised", rule "metropolis", T -> 0          only moves that lower the first-order energy
    ==========================================================  ===============================================

    Evaluations in one ``step(closure)``: one of the closure; with acceptance "block" one more for each group, with
    "exact" one more for each selected element.  These trials call ``loss_closure`` without gradients if it is
    given, else ``closure``, and then ``.grad`` afterwards belongs to the last trial.  Both must be functions of the
    parameters alone: the same data, dropout off or seeded, and normalisation layers that keep their statistics.

    State: the average of gradients of each parameter, none if smoothing is 0; numbers of a group lie in the group.

    Raises:
        ValueError, TypeError: an option outside its range, named with its value.

    >>> weight = torch.nn.Parameter(torch.tensor([4.0]))
    >>> optimizer = DFGDA([weight], lr=0.5, smoothing=0.0, noise="zero")
    >>> weight.square().sum().div(2).backward()
    >>> optimizer.step()
    >>> weight.item()
    2.0
    """

    # So that a GradScaler hands over its scale instead of calling a closure on scaled gradients unseen.
    _step_supports_amp_scaling = True

    def __init__(self, params: Iterable[Any], lr: float | Tensor = DEFAULTS["lr"], **options: Any) -> None:
        unknown = sorted(set(options) - set(DEFAULTS))
        if unknown:
            raise TypeError(f"{unknown[0]} is no option of DFGDA; the options are {', '.join(DEFAULTS)}")
        defaults = DEFAULTS | options | {"lr": lr, "schema": SCHEMA}
        check_options(defaults)
        super().__init__(params, defaults)

    as_printed = classmethod(presets.as_printed)
    released = staticmethod(presets.released)
    recommended = classmethod(presets.recommended)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group; its options are checked and its temperature starts afresh."""
        check_options(self.defaults | {k: v for k, v in param_group.items() if k in DEFAULTS})
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        for place, parameter in enumerate(group["params"]):
            if parameter.is_complex() or not parameter.is_floating_point():
                self.param_groups.pop()
                raise ValueError(
                    f"params must be real floating-point tensors, got {parameter.dtype} for parameter {place}; "
                    "give the real and the imaginary part as two parameters"
                )
        group.update(fresh_state())

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in (DEFAULTS | {"schema": SCHEMA} | fresh_state()).items():
                group.setdefault(name, value)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load a state; the numbers of a group come to the device of its parameters."""
        super().load_state_dict(state_dict)
        for group in self.param_groups:
            if group["params"]:
                to_device(group, group["params"][0].device)

    def status(self) -> list[dict[str, float]]:
        """Return what each group remembers as numbers: temperature, fraction, entropy, counts; waits for the device.

        NaN stands for what does not exist yet; "acceptance" is the share of tried moves that were accepted.
        """
        rows = []
        for group in self.param_groups:
            row = {name: group[name].item() for name in (*NUMBERS, *COUNTS)}
            row["acceptance"] = row["accepted"] / row["tried"] if row["tried"] else float("nan")
            rows.append(row)
        return rows

    @torch.no_grad()
    def step(
        self,
        closure: Closure | None = None,
        *,
        loss: Tensor | float | None = None,
        loss_closure: Closure | None = None,
    ) -> Any:
        """Make one step.

        Arguments:
            closure: computes the gradients and returns the loss.  None: the gradients are there.
            loss: the loss they belong to, where an option needs it and no closure is given.
            loss_closure: returns the loss alone, for the trials of acceptance "exact" and "block".

        Returns:
            What the closure returned, or the loss given.

        Raises:
            ValueError: a closure or a loss is missing, or both are given.
            RuntimeError: loss, gradient or proposal is not finite; sparse gradients; a GradScaler with a
                closure.  Nothing has changed.
        """
        scaled = getattr(self, "found_inf", None) is not None
        if closure is not None and scaled:
            raise RuntimeError(
                "closure cannot be used with GradScaler; call optimizer.step(closure) yourself, with bfloat16 autocast"
            )
        if closure is not None and loss is not None:
            raise ValueError(f"loss must be None where a closure is given, got {loss!r}")
        if scaled and not self._unscale():
            return loss
        returned = loss
        if closure is not None:
            with torch.enable_grad():
                returned = closure()
        groups = self._active_groups()
        if groups:
            value = self._loss_of(returned, groups)
            step_groups(groups, value, self._evaluation(closure, loss_closure))
        return returned

    def _unscale(self) -> bool:
        """Divide the gradients by the scale of a GradScaler; return whether all were finite."""
        if self.found_inf.item():
            return False
        if getattr(self, "grad_scale", None) is not None:
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        parameter.grad.div_(self.grad_scale.to(parameter.grad.device))
        return True

    def _active_groups(self) -> list[Group]:
        """Return the groups that have gradients and whose lr is not 0; the state of all with gradients is made."""
        start, active = 0, []
        for number, options in enumerate(self.param_groups):
            if any(parameter.grad is not None for parameter in options["params"]):
                group = Group(self, number, start)
                initialise(group)
                if isinstance(options["lr"], Tensor) or options["lr"] != 0.0:
                    active.append(group)
            start += sum(parameter.numel() for parameter in options["params"])
        return active

    def _loss_of(self, returned: Any, groups: list[Group]) -> Tensor | None:
        """Return the loss of the step, 0-dim float64 on the device; None where there is none and none is needed."""
        wanting = next((group for group in groups if needs_loss(group.options)), None)
        if returned is None:
            if wanting is not None:
                raise ValueError(
                    "step() needs a closure that returns the loss, or loss=..., because "
                    f"f_min = {wanting['f_min']} and f_max = {wanting['f_max']} differ or "
                    f"acceptance is {wanting['acceptance']!r}; got neither"
                )
            return None
        value = torch.as_tensor(returned).detach()
        if value.numel() != 1:
            raise ValueError(f"the loss must have one element, got shape {tuple(value.shape)}")
        value = value.to(device=groups[0].device, dtype=torch.float64).reshape(())
        return mean_over_ranks(value) if any(group["average_loss"] for group in groups) else value

    @staticmethod
    def _evaluation(closure: Closure | None, loss_closure: Closure | None) -> Closure | None:
        """Return what evaluates the loss of a trial."""
        if loss_closure is not None or closure is None:
            return loss_closure

        def evaluate() -> Any:
            with torch.enable_grad():
                return closure()

        return evaluate
