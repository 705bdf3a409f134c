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
from gpu.first_step import initialise, undoing
from gpu.gradient_scale import is_scaled, refuse_closure, unscale
from gpu.group import Group
from gpu.group_step import check_trials, step_groups
from gpu.options import DEFAULTS, DTYPES, SCHEMA, check_names, check_options, refuse_capture
from gpu.state import COUNTS, NUMBERS, fresh_state, to_device
from gpu.trials import Trials, loss_of_step

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
        acceptance_rule: "descent" (accept where the energy does not rise: Metropolis's rule as T -> 0, without random
            numbers), "metropolis", "sigmoid", "piecewise_sigmoid", "doubled_sigmoid" or "always".  Default "descent":
            random acceptance of worse moves earned nothing in our measurements.
        curvature: c, at least 0; "linearised" then tests g d + c d^2 / 2 for a move d.  Safe for c >= L, and slow:
            an element whose move is longer than 2 |g| / c rests.
        energy: "loss", or "regularized" with regularization, penalty_form and penalty_reduction (Eq. 8).
        weight_decay: w; adds w theta to the gradient and w theta^2 / 2 to the energy.
        maximize: whether the objective is to grow.
        on_nonfinite: a loss, gradient or proposal that is not finite makes the step "raise" a RuntimeError
            that names the parameter, "skip" without a word but counted (no wait for the device), or is
            "ignore"d.  With "raise" and "skip" nothing has changed.
        average_loss: average the loss over the processes of torch.distributed, if there are several.
        foreach: None or True: small tensors are worked on together; False: one by one, with the same result.
        compile: whether the elementwise work is compiled, once for each seed and set of options (half a minute).
            ``torch.compile`` of ``step`` does the same, with its own settings ignored.
        seed: integer in [0, 2^64).

    What holds for which options (``python -m proofs show ID`` prints the proof).  "Plain" stands for noise "zero",
    quantizer None, smoothing 0; full-batch gradients of a loss with Lipschitz constant L of the gradient:

    ====================================================  ========================================================
    options                                               what holds
    ====================================================  ========================================================
    defaults: noise "zero", quantizer None,               no step raises the loss up to an explicit length
    acceptance "linearised", rule "descent"               (FOT-R1), and no coordinate stalls (FOT-R2)
    the same with curvature >= L                          no step raises the loss, however large lr is (FOT-R3)
    plain, acceptance "none", f_min = f_max = 1           exact iteration count for every lr < 2/L (T8-R1 to T8-R3)
    plain, acceptance "none", selection "uniform"         the count in expectation (T8-R5); on quadratics the exact
                                                          stability limit of lr (MSK-R3)
    plain, acceptance "none", selection "block"           descent and a rate per epoch (T6-R1, T6-R5); local
                                                          minimisers are stable (T6-R2)
    plain but for noise that cools geometrically          losses converge, gradients vanish (T7-R2)
    plain, acceptance "exact" or "block",                 at most Theorem 8's number of steps in expectation, twice
    rule "metropolis" or "sigmoid"                        that for "sigmoid" (T8-R7)
    quantizer set, temperature above T* of SQ-R2          S increases no distance; at T_max = 5 sigma it shrinks
                                                          them tenfold (SQ-R5)
    schedule "entropy", T_max = 5 sigma                   the temperature does not fall (SCH-R1)
    schedule "compounding", level_count >= 3              the temperature falls to its floor (SCH-R3)
    ====================================================  ========================================================

    Evaluations in one ``step(closure)``: one of the closure; with acceptance "block" one more for each group, with
    "exact" one more for each selected element, and one more for such a group that comes after a group without such
    a test.  These trials call ``loss_closure`` without gradients if it is given, else ``closure``, whose gradients
    are thrown away: ``.grad`` keeps what the step used.  Both must be functions of the parameters alone: the same
    data, dropout off or seeded, and normalisation layers that keep their statistics.

    Several processes (torchrun): with DistributedDataParallel or ``fully_shard`` the steps are those of one process,
    bit for bit where the gradients are, because random numbers belong to global indices and sums are of integers;
    the penalty and decay terms of acceptance "block" are the exception, a sum of floats over the shards.  All processes
    must call ``step``.  With ``loss_closure``, give the root module ``reshard_after_forward=True``: without a backward
    pass it would keep the weights of the trial.  Checkpoints of ``torch.distributed.checkpoint`` hold everything.

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
        check_names(options)
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
            if parameter.dtype not in DTYPES or parameter.layout != torch.strided:
                self.param_groups.pop()
                raise ValueError(
                    "params must be dense tensors of float16, bfloat16, float32 or float64, got "
                    f"{parameter.dtype}, {parameter.layout} for parameter {place}; give the real and the imaginary "
                    "part of complex numbers as two parameters"
                )
        group.update(fresh_state())

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in (DEFAULTS | {"schema": SCHEMA} | fresh_state()).items():
                group.setdefault(name, value)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load a state; the numbers of a group come to the device of its parameters.

        Raises:
            ValueError, TypeError: an option of the saved groups is outside its range, or they come from a later
                version.  Nothing has changed.
        """
        for group in state_dict["param_groups"]:
            if group.get("schema", SCHEMA) > SCHEMA:
                raise ValueError(
                    f"state_dict must come from schema {SCHEMA} or before, got schema {group['schema']}"
                )
            check_options(DEFAULTS | {name: group[name] for name in DEFAULTS if name in group})
        super().load_state_dict(state_dict)
        for state in self.state.values():
            if "mean_field" in state:
                # The next steps overwrite it, but not what it was loaded from; row-major as in ``initialise``.
                state["mean_field"] = state["mean_field"].clone(memory_format=torch.contiguous_format)
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
        return self._step(closure, loss, loss_closure, torch.compiler.is_compiling())

    # What a step decides on the host would be compiled anew in every step; its elementwise work is compiled apart.
    @torch._disable_dynamo
    def _step(
        self,
        closure: Closure | None,
        loss: Tensor | float | None,
        loss_closure: Closure | None,
        compiled: bool,
    ) -> Any:
        if closure is not None and loss is not None:
            raise ValueError(f"loss must be None where a closure is given, got {loss!r}")
        refuse_capture()
        if is_scaled(self):
            if closure is not None:
                refuse_closure(self)
            if not unscale(self):
                return loss
        returned = loss
        if closure is not None:
            with torch.enable_grad():
                returned = closure()
        groups = self._groups(compiled)
        active = [group for group in groups if group.has_gradient() and not group.frozen()]
        trials = Trials(closure, loss_closure, [p for group in groups for p in group.parameters])
        check_trials(active, trials)
        value = loss_of_step(returned, active)
        if any(group.has_gradient() for group in groups):
            undo = [undoing(group) for group in groups if not group["started"]]
            try:
                for group in groups:
                    initialise(group)
                step_groups(active, value, trials)
            except BaseException:
                for put_back in undo:
                    put_back()
                raise
        return returned

    def _groups(self, compiled: bool) -> list[Group]:
        """Return the groups that have parameters, as the step sees them."""
        start, found = 0, []
        for number, options in enumerate(self.param_groups):
            if options["params"]:
                found.append(Group(self, number, start, compiled))
            start += sum(parameter.numel() for parameter in options["params"])
        return found
