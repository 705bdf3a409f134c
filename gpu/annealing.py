"""The part of a step that is the same for every element: proposal, first-order test, entropy.

    mu <- average of gradients;  x = theta - eta mu + eps(T) z;  theta' = S(x);
    theta <- theta'  where  u < A(g (theta' - theta) + penalty change, T)

Functions of tensors, without host reads, so that ``torch.compile`` makes one kernel of a step.

Twin: reference/algorithm.py, whose test evaluates the loss; the first-order test is ours and agrees with it
where the loss is linear.  Elements of half precision are worked on in float32.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from gpu.acceptance import ACCEPTANCE_RULES
from gpu.closed_form import closed_form
from gpu.energy import penalty_terms
from gpu.entropy import fixed_point
from gpu.mean_field import mean_field as averaged_gradient
from gpu.membership import Members
from gpu.random_streams import ACCEPTANCE_STREAM, NOISE_STREAM, RandomStream
from gpu.soft_quantization import soft_quantize


class Recipe(NamedTuple):
    """What does not change from step to step."""

    quantizer: str | None
    level_count: int
    noise: str
    noise_placement: str
    smoothing: float
    weighting: str
    linearised: bool
    acceptance_rule: str
    penalty_form: str | None
    regularization: float
    curvature: float
    weight_decay: float
    maximize: bool
    entropy: str | None  # None, "all" or "selected": the elements whose entropy is wanted
    seed: int

    def draws(self) -> bool:
        """Return whether a step takes random numbers, which belong to global indices."""
        return self.noise != "zero" or (self.linearised and self.acceptance_rule not in ("descent", "always"))


class Scalars(NamedTuple):
    """What changes from step to step: 0-dim tensors on the device of the parameters."""

    step: Tensor
    lr: Tensor
    temperature: Tensor
    noise_scale: Tensor


class Sums(NamedTuple):
    """Sums over the elements of a tile: integers, so that they do not depend on the cutting.

    marks: which elements were tried and which moved, int32, 0 or 1; None: all.  They are handed out so that a
    compiled step writes them down while it moves the elements, and then counts them; left inside, the compiler would
    compute every random number and every move once more for each sum.
    """

    tried: Tensor
    accepted: Tensor
    entropy: Tensor
    marks: tuple[Tensor | None, Tensor | None]

    def together(self) -> Tensor:
        """Return tried, accepted and the two words of the entropy, int64 (4,)."""
        return torch.cat([torch.stack([self.tried, self.accepted]), self.entropy])


def working_type(dtype: torch.dtype) -> torch.dtype:
    """Return the type in which elements of a type are worked on.

    >>> working_type(torch.bfloat16), working_type(torch.float64)
    (torch.float32, torch.float64)
    """
    return torch.float64 if dtype == torch.float64 else torch.float32


def energy_gradient(theta: Tensor, gradient: Tensor, recipe: Recipe) -> Tensor:
    """Return the gradient of the energy that is lowered: sign of ``maximize``, plus weight decay.

    g + w theta, g being negated where the objective is maximized.
    """
    slope = -gradient if recipe.maximize else gradient
    return slope + recipe.weight_decay * theta if recipe.weight_decay else slope


def quantized_value(
    values: Tensor, half_width: Tensor | None, quantized: Tensor | None, temperature: Tensor, recipe: Recipe
) -> Tensor:
    """Return the soft-quantized values where elements are quantized, and the values elsewhere."""
    if recipe.quantizer is None or half_width is None:
        return values
    heat = temperature.to(values.dtype)
    if recipe.quantizer == "closed_form":
        means = closed_form(values, half_width, recipe.level_count, heat).value
    else:
        means = soft_quantize(values, half_width, recipe.level_count, heat, method="chunked").value
    return means if quantized is None else torch.where(quantized, means, values)


def entropy_words(
    theta: Tensor,
    half_width: Tensor | None,
    counted: Tensor | None,
    temperature: Tensor,
    recipe: Recipe,
) -> Tensor:
    """Return the total entropy of the counted elements as fixed-point words, int64 (2,)."""
    if half_width is None:
        return torch.zeros(2, dtype=torch.int64, device=theta.device)
    heat = temperature.to(theta.dtype)
    if recipe.quantizer == "closed_form":
        entropy = closed_form(theta, half_width, recipe.level_count, heat).entropy
    else:
        entropy = soft_quantize(theta, half_width, recipe.level_count, heat, method="chunked").entropy
    if counted is not None:
        entropy = torch.where(counted, entropy, torch.zeros_like(entropy))
    return fixed_point(entropy)


def propose(
    theta: Tensor,
    gradient: Tensor,
    mean_field: Tensor | None,
    index: Tensor | None,
    half_width: Tensor | None,
    quantized: Tensor | None,
    scalars: Scalars,
    recipe: Recipe,
) -> tuple[Tensor, Tensor]:
    """Return the refreshed averages and the proposed values of all elements of a tile.

    theta, gradient: in the working type, the gradient that of ``energy_gradient``.
    """
    if mean_field is None:
        averaged = gradient
    else:
        averaged = averaged_gradient(mean_field, gradient, recipe.smoothing, recipe.weighting)
    drifted = theta - scalars.lr.to(theta.dtype) * averaged
    if recipe.noise == "zero":
        return averaged, quantized_value(drifted, half_width, quantized, scalars.temperature, recipe)
    normals = RandomStream(recipe.seed, NOISE_STREAM).normals(scalars.step, index, dtype=theta.dtype)
    noise = scalars.noise_scale.to(theta.dtype) * normals
    if recipe.noise_placement == "inside" or recipe.quantizer is None:
        return averaged, quantized_value(drifted + noise, half_width, quantized, scalars.temperature, recipe)
    return averaged, quantized_value(drifted, half_width, quantized, scalars.temperature, recipe) + noise


def anneal_(
    theta: Tensor,
    gradient: Tensor,
    mean_field: Tensor | None,
    index: Tensor | None,
    members: Members | None,
    permission: Tensor | None,
    refresh_all: bool,
    half_width: Tensor | None,
    quantized: Tensor | None,
    scalars: Scalars,
    recipe: Recipe,
) -> Sums:
    """Move the elements of a tile: theta and mean_field are overwritten.

    Arguments:
        theta, gradient, mean_field: shape (n,), of the parameter's type; no average where there is no memory.
        index: global indices, int64 (n,); None where ``recipe.draws()`` is false and there are no members.
        members: the elements that may move, None for all.
        permission: boolean, 0-dim: whether anything may move; None: it may.
        refresh_all: whether the average of every element takes in the gradient, if there is permission.
        half_width, quantized: as ``Tile.half_width`` gives them.
        scalars, recipe: what changes from step to step, and what does not.
    """
    work = working_type(theta.dtype)
    here = theta.to(work)
    slope = energy_gradient(here, gradient.to(work), recipe)
    before = None if mean_field is None else mean_field.to(work)
    averaged, proposal = propose(here, slope, before, index, half_width, quantized, scalars, recipe)
    # What is stored is what is tested: the proposal as the parameter's type can hold it.
    proposal = proposal.to(theta.dtype).to(work)

    selected = None if members is None else members(index)
    if permission is not None:
        selected = permission if selected is None else selected & permission
    refreshed = permission if refresh_all else selected
    moves = selected
    if recipe.linearised and recipe.acceptance_rule != "always":
        move = proposal - here
        change = slope * move
        if recipe.curvature:
            change = change + (0.5 * recipe.curvature) * move * move
        if recipe.penalty_form is not None:
            change = change + recipe.regularization * _penalty_change(here, proposal, scalars, recipe)
        accepted = _accepted(change, index, scalars, recipe)
        moves = accepted if selected is None else accepted & selected
    after = proposal if moves is None else torch.where(moves, proposal, here)

    if mean_field is not None:
        mean_field.copy_(averaged if refreshed is None else torch.where(refreshed, averaged, before))
    (tried, tried_marks), (accepted, moved_marks) = (_count(chosen, theta) for chosen in (selected, moves))
    entropy = torch.zeros(2, dtype=torch.int64, device=theta.device)
    if recipe.entropy is not None:
        chosen = selected if recipe.entropy == "selected" else None
        counted = quantized if chosen is None else chosen if quantized is None else chosen & quantized
        entropy = entropy_words(after, half_width, counted, scalars.temperature, recipe)
    theta.copy_(after)
    return Sums(tried, accepted, entropy, (tried_marks, moved_marks))


def _count(chosen: Tensor | None, theta: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return how many elements are chosen, and which as 0 and 1; None: all."""
    if chosen is None:
        return torch.full((), theta.numel(), dtype=torch.int32, device=theta.device), None
    # A tile has fewer than 2^31 elements, and sums of 32 bits are twice as fast as those of booleans.
    marks = chosen.expand(theta.shape).to(torch.int32)
    return marks.sum(dtype=torch.int32), marks


def _accepted(change: Tensor, index: Tensor | None, scalars: Scalars, recipe: Recipe) -> Tensor:
    """Return which moves the test accepts; a change that is NaN is not accepted."""
    if recipe.acceptance_rule == "descent":
        return change <= 0.0
    rule = ACCEPTANCE_RULES[recipe.acceptance_rule]
    # In float64, in which a uniform number is less than 1.
    probability = rule(change, scalars.temperature.to(change.dtype)).to(torch.float64)
    return RandomStream(recipe.seed, ACCEPTANCE_STREAM).uniforms(scalars.step, index) < probability


def _penalty_change(here: Tensor, proposal: Tensor, scalars: Scalars, recipe: Recipe) -> Tensor:
    # In Eq. 8 a move takes the distance to its own proposal to zero.
    heat, distance = scalars.temperature.to(here.dtype), (here - proposal).abs()
    arrived = penalty_terms(torch.zeros_like(distance), heat, recipe.penalty_form)
    return arrived - penalty_terms(distance, heat, recipe.penalty_form)
