"""A number that is not finite stops a whole step: an error that says where, and not a bit has changed."""

import copy
import math

import pytest
import torch

from gpu import DFGDA
from gpu.decision import Journal
from gpu.guard import LARGEST_NORMAL
from tests.gpu.bitwise import identical
from tests.gpu.networks_of_two_groups import ACCEPTANCES, SCHEDULES, SELECTIONS, TwoGroups

ROOM = {torch.float16: 2.0**15, torch.float32: 2.0**127}


def warm(optimizer_class, problem, steps=2, **options):
    """Return an optimizer that has made some steps, and a copy of everything that a refused step must not change."""
    optimizer = optimizer_class(problem.groups, lr=0.1, **options)
    for _ in range(steps):
        optimizer.step(problem.closure)
    return optimizer, everything(problem, optimizer)


def everything(problem, optimizer):
    return copy.deepcopy(([parameter.detach() for parameter in problem.parameters], optimizer.state_dict()))


@pytest.mark.parametrize("steps", [0, 2])
@pytest.mark.parametrize("acceptance", ACCEPTANCES)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_not_finite_refuses_the_step(value, acceptance, steps, optimizer_class):
    problem = TwoGroups()
    optimizer, before = warm(optimizer_class, problem, steps, acceptance=acceptance)

    def closure():
        return problem.closure() * value

    with pytest.raises(RuntimeError, match=f"the loss is not finite, got {value}; nothing has changed"):
        optimizer.step(closure)
    assert identical(everything(problem, optimizer), before)


@pytest.mark.parametrize("steps", [0, 2])
@pytest.mark.parametrize("acceptance", ACCEPTANCES)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_one_wrong_entry_of_a_gradient_refuses_the_step_of_every_group(
    value, acceptance, steps, optimizer_class
):
    problem = TwoGroups()
    named = [
        {"params": [(f"layer{number}.{name}", p) for name, p in zip(("weight", "bias"), layer, strict=True)]}
        for number, layer in enumerate(problem.layers)
    ]
    optimizer = optimizer_class(named, lr=0.1, acceptance=acceptance)
    for _ in range(steps):
        optimizer.step(problem.closure)
    before = everything(problem, optimizer)

    def closure():
        loss = problem.closure()
        problem.layers[1][0].grad[0, 1] = value
        return loss

    message = r"the gradient of parameter 'layer1.weight' \(number 0 of group 1\) is not finite: 1 entries, the first"
    with pytest.raises(RuntimeError, match=f"{message} is {value}; nothing has changed"):
        optimizer.step(closure)
    assert identical(everything(problem, optimizer), before)


@pytest.mark.parametrize("selection", SELECTIONS)
def test_a_gradient_that_a_step_does_not_use_is_looked_at_when_it_is_used(selection, optimizer_class):
    """A step looks at what it moves: whichever selection, no entry that is not finite ever arrives."""
    problem = TwoGroups()
    optimizer = optimizer_class(problem.groups, lr=0.1, **SELECTIONS[selection])

    def closure():
        loss = problem.closure()
        problem.layers[0][0].grad[1, 2] = math.nan
        return loss

    def sweep():
        for _ in range(40):
            optimizer.step(closure)

    with pytest.raises(
        RuntimeError, match=r"the gradient of parameter \(number 0 of group 0\) is not finite"
    ):
        sweep()
    assert all(bool(parameter.isfinite().all()) for parameter in problem.parameters)
    assert all(bool(state["mean_field"].isfinite().all()) for state in optimizer.state.values())


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_a_proposal_that_would_leave_the_type_refuses_the_step(dtype, optimizer_class):
    first, second = (torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=dtype)) for _ in range(2))
    optimizer = optimizer_class(
        [{"params": [first]}, {"params": [second]}], lr=4.0, acceptance="none", smoothing=0.0
    )
    first.grad = torch.ones_like(first)
    second.grad = torch.tensor([1.0, ROOM[dtype]], dtype=dtype)
    before = copy.deepcopy(([first, second], optimizer.state_dict()))
    with pytest.raises(
        RuntimeError, match=rf"proposal for parameter \(number 0 of group 1\) may leave {dtype}"
    ):
        optimizer.step()
    assert identical(([first, second], optimizer.state_dict()), before)
    # The control: half of the room is enough for a step of size 1/8.
    for group in optimizer.param_groups:
        group["lr"] = 0.125
    optimizer.step()
    assert bool(second.isfinite().all())


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("acceptance", ["block", "exact"])
def test_a_loss_that_fails_in_the_middle_of_the_trials_takes_everything_back(
    acceptance, schedule, selection, optimizer_class
):
    problem = TwoGroups()
    options = SCHEDULES[schedule] | SELECTIONS[selection]
    optimizer, before = warm(optimizer_class, problem, acceptance=acceptance, **options)

    def failing_at(call):
        def closure():
            loss = problem.closure()
            return loss * math.nan if problem.calls == call else loss

        return closure

    # The first trial, and later ones: of the second group, or of another element.
    for trial in (2, 3):
        problem.calls = 0
        with pytest.raises(
            RuntimeError, match="the loss of a proposal is not finite, got nan; nothing has changed"
        ):
            optimizer.step(failing_at(trial))
        assert identical(everything(problem, optimizer), before)
    # Nothing lingers: the next step is the one an undisturbed run takes.
    twin = TwoGroups()
    other, _ = warm(optimizer_class, twin, acceptance=acceptance, **options)
    optimizer.step(problem.closure)
    other.step(twin.closure)
    assert identical(everything(problem, optimizer), everything(twin, other))


@pytest.mark.parametrize("acceptance", ["block", "exact"])
def test_the_check_notices_a_step_that_is_not_taken_back(acceptance, monkeypatch):
    problem = TwoGroups()
    optimizer, before = warm(DFGDA, problem, acceptance=acceptance)
    monkeypatch.setattr(Journal, "undo", lambda self: None)
    problem.calls = 0

    def closure():
        loss = problem.closure()
        return loss * math.nan if problem.calls == 3 else loss

    with pytest.raises(RuntimeError, match="the loss of a proposal is not finite"):
        optimizer.step(closure)
    assert not identical(everything(problem, optimizer), before)


@pytest.mark.parametrize("contiguous", [True, False])
def test_a_group_that_has_moved_untested_goes_back_when_a_later_test_fails(contiguous, optimizer_class):
    problem = TwoGroups()
    if not contiguous:
        weight = problem.layers[0][0]
        weight.data = weight.data.t().contiguous().t()
    groups = problem.groups
    groups[0]["acceptance"], groups[1]["acceptance"] = "linearised", "block"
    optimizer = optimizer_class(groups, lr=0.1)
    optimizer.step(problem.closure)
    before = everything(problem, optimizer)
    for trial in (2, 3):
        problem.calls = 0

        def closure(trial=trial):
            loss = problem.closure()
            return loss * math.inf if problem.calls == trial else loss

        with pytest.raises(RuntimeError, match="the loss of a proposal is not finite, got inf"):
            optimizer.step(closure)
        assert identical(everything(problem, optimizer), before)


@pytest.mark.parametrize("steps", [0, 2])
@pytest.mark.parametrize("call", [1, 5])
def test_an_error_raised_by_the_closure_itself_takes_everything_back(call, steps, optimizer_class):
    problem = TwoGroups()
    optimizer, before = warm(optimizer_class, problem, steps, acceptance="exact")
    problem.calls = 0

    def closure():
        loss = problem.closure()
        if problem.calls == call:
            raise KeyboardInterrupt
        return loss

    with pytest.raises(KeyboardInterrupt):
        optimizer.step(closure)
    gradients = [parameter.grad for parameter in problem.parameters]
    assert identical(everything(problem, optimizer), before)
    problem.closure()
    assert identical(gradients, [parameter.grad for parameter in problem.parameters])


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("acceptance", ACCEPTANCES)
def test_a_skipped_step_is_counted_in_every_group_and_changes_nothing_else(
    acceptance, schedule, selection, optimizer_class
):
    problem, twin = TwoGroups(), TwoGroups()
    options = SCHEDULES[schedule] | SELECTIONS[selection] | {"acceptance": acceptance, "on_nonfinite": "skip"}
    optimizer, before = warm(optimizer_class, problem, **options)
    other, _ = warm(optimizer_class, twin, **options)

    def closure():
        loss = problem.closure()
        for parameter in problem.layers[1]:
            parameter.grad.fill_(math.nan)
        return loss

    for refused in (1, 2):
        optimizer.step(closure)
        after = everything(problem, optimizer)
        for group, old in zip(after[1]["param_groups"], before[1]["param_groups"], strict=True):
            assert group["refused"].item() == refused
            group["refused"] = old["refused"]
        assert identical(after, before)
    optimizer.step(problem.closure)
    other.step(twin.closure)
    assert identical(problem.parameters, twin.parameters)


def test_ignoring_lets_it_through(optimizer_class):
    problem = TwoGroups()
    optimizer, _ = warm(optimizer_class, problem, on_nonfinite="ignore", acceptance="none")
    problem.closure()
    problem.layers[1][0].grad.fill_(math.nan)
    optimizer.step()
    assert bool(problem.layers[1][0].isnan().all())
    assert [row["refused"] for row in optimizer.status()] == [0, 0]


@pytest.mark.parametrize("on_nonfinite", ["raise", "skip", "ignore"])
@pytest.mark.parametrize("acceptance", ["linearised", "none"])
def test_a_group_frozen_by_a_tensor_of_zero_is_not_counted_as_refused(
    acceptance, on_nonfinite, optimizer_class
):
    problem = TwoGroups()
    groups = problem.groups
    groups[1]["lr"] = torch.tensor(0.0)
    optimizer = optimizer_class(groups, lr=0.1, acceptance=acceptance, on_nonfinite=on_nonfinite)
    frozen = copy.deepcopy(problem.layers[1])
    for _ in range(3):
        optimizer.step(problem.closure)
    assert identical(problem.layers[1], frozen)
    assert [(row["step"], row["refused"]) for row in optimizer.status()] == [(3, 0), (0, 0)]


def test_weights_that_are_not_finite_cannot_set_a_temperature(optimizer_class):
    problem = TwoGroups()
    with torch.no_grad():
        problem.layers[1][0][0, 1] = math.nan
    optimizer = optimizer_class(problem.groups, initial_temperature=None)
    before = everything(problem, optimizer)
    for parameter in problem.parameters:
        parameter.grad = torch.ones_like(parameter)
    with pytest.raises(RuntimeError, match="the parameters of group 1 are not finite"):
        optimizer.step()
    assert identical(everything(problem, optimizer), before)


def test_the_guard_allows_for_the_largest_normal_number_and_no_more():
    smallest = 0.5 * 2.0**-32  # u = (w + 1/2) 2^-32, at w = 0
    eps = torch.finfo(torch.float64).eps
    assert math.sqrt(-2.0 * math.log(smallest)) == pytest.approx(LARGEST_NORMAL, rel=4 * eps)
