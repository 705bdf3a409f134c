"""What a step asks of a closure: how often it is called, in which mode, and what it leaves behind."""

import copy

import pytest
import torch

from tests.gpu.bitwise import identical
from tests.gpu.networks_of_two_groups import ACCEPTANCES, SELECTIONS, TwoGroups

# Evaluations in one step of a problem with two groups of 8 and 3 elements, all of them selected.
EVALUATIONS = {"none": 1, "linearised": 1, "block": 1 + 2, "exact": 1 + 8 + 3}


def tried(optimizer):
    return sum(row["tried"] for row in optimizer.status())


@pytest.mark.parametrize("acceptance", ACCEPTANCES)
def test_each_acceptance_evaluates_the_loss_as_often_as_it_says(acceptance, optimizer_class):
    problem = TwoGroups()
    optimizer = optimizer_class(problem.groups, lr=0.1, acceptance=acceptance)
    for steps in (1, 2, 3):
        optimizer.step(problem.closure)
        assert problem.calls == steps * EVALUATIONS[acceptance]


@pytest.mark.parametrize("selection", SELECTIONS)
def test_single_tests_evaluate_the_loss_once_for_each_selected_element(selection, optimizer_class):
    problem = TwoGroups()
    optimizer = optimizer_class(problem.groups, lr=0.1, acceptance="exact", **SELECTIONS[selection])
    for steps in (1, 2, 3):
        optimizer.step(problem.closure)
        assert problem.calls == steps + tried(optimizer)
    assert 0 < tried(optimizer) <= 3 * 11


def test_a_group_that_moves_untested_costs_the_next_tested_group_one_evaluation_more(optimizer_class):
    problem = TwoGroups()
    groups = problem.groups
    groups[0]["acceptance"], groups[1]["acceptance"] = "linearised", "block"
    optimizer_class(groups, lr=0.1).step(problem.closure)
    assert problem.calls == 1 + 1 + 1


def test_a_tested_group_is_compared_with_the_loss_that_the_group_before_has_left(optimizer_class):
    """The first group climbs from 0 by 1; the second can only lower the loss, and must not pay for that."""
    for acceptance in ("linearised", "block"):
        first, second = (torch.nn.Parameter(torch.zeros(1, dtype=torch.float64)) for _ in range(2))
        groups = [
            {"params": [first], "acceptance": acceptance, "acceptance_rule": "always", "smoothing": 0.0},
            {"params": [second], "acceptance": "block", "acceptance_rule": "descent", "smoothing": 0.0},
        ]
        optimizer = optimizer_class(groups, lr=1.0)

        def loss_of_both(first=first, second=second):
            return 5.0 * first.detach() - second.detach()

        first.grad, second.grad = -torch.ones_like(first), -torch.ones_like(second)
        optimizer.step(loss=0.0, loss_closure=loss_of_both)
        assert (first.item(), second.item()) == (1.0, 1.0)


def test_groups_that_maximize_and_minimize_pass_the_loss_on_with_its_sign(optimizer_class):
    """Loss x - y: raising x raises it, and then raising y lowers it; both are what their groups want."""
    first, second = (torch.nn.Parameter(torch.zeros(1, dtype=torch.float64)) for _ in range(2))
    groups = [{"params": [first], "maximize": True}, {"params": [second]}]
    optimizer = optimizer_class(groups, lr=1.0, acceptance="block", acceptance_rule="descent", smoothing=0.0)

    def closure():
        optimizer.zero_grad()
        loss = 2.0 + first - second
        loss.backward()
        return loss

    for steps in (1, 2, 3):
        optimizer.step(closure)
        assert (first.item(), second.item()) == (steps, steps)


@pytest.mark.parametrize("acceptance", ACCEPTANCES)
def test_the_gradients_after_a_step_are_those_the_step_used(acceptance, optimizer_class):
    problem, twin = TwoGroups(), TwoGroups()
    options = {"acceptance": acceptance, "weight_decay": 0.1, "maximize": True}
    optimizer = optimizer_class(problem.groups, lr=0.1, **options)
    for _ in range(2):
        for parameter, source in zip(twin.parameters, problem.parameters, strict=True):
            parameter.data.copy_(source)
        twin.closure()
        optimizer.step(problem.closure)
        assert identical(*([p.grad for p in each.parameters] for each in (problem, twin)))


@pytest.mark.parametrize("acceptance", ["block", "exact"])
def test_a_second_group_uses_the_gradients_from_before_the_trials(acceptance, optimizer_class):
    """With a loss that has no gradients of its own, and with a closure that makes new ones, the steps are the same."""
    one, other = TwoGroups(), TwoGroups()
    first = optimizer_class(one.groups, lr=0.1, acceptance=acceptance)
    second = optimizer_class(other.groups, lr=0.1, acceptance=acceptance)
    for _ in range(3):
        first.step(one.closure)
        second.step(other.closure, loss_closure=other.loss)
        assert identical(one.parameters, other.parameters)
    assert identical(first.state_dict(), second.state_dict())


def test_gradients_that_a_closure_zeroes_in_place_are_put_back(optimizer_class):
    problem, twin = TwoGroups(), TwoGroups()
    optimizer = optimizer_class(problem.groups, lr=0.1, acceptance="block")
    other = optimizer_class(twin.groups, lr=0.1, acceptance="block")

    def closure():
        other.zero_grad(set_to_none=False)
        value = twin.loss()
        value.backward()
        return value

    for _ in range(3):
        optimizer.step(problem.closure)
        other.step(closure)
        assert identical(problem.parameters, twin.parameters)


@pytest.mark.parametrize("acceptance", ["block", "exact"])
def test_trials_call_the_loss_closure_without_gradients(acceptance, optimizer_class):
    problem, modes = TwoGroups(), []
    optimizer = optimizer_class(problem.groups, lr=0.1, acceptance=acceptance)

    def closure():
        modes.append(("closure", torch.is_grad_enabled()))
        return problem.closure()

    def loss_closure():
        modes.append(("loss_closure", torch.is_grad_enabled()))
        return problem.loss()

    optimizer.step(closure, loss_closure=loss_closure)
    assert modes == [("closure", True)] + [("loss_closure", False)] * (EVALUATIONS[acceptance] - 1)


@pytest.mark.parametrize("acceptance", ACCEPTANCES)
def test_a_loss_that_is_given_replaces_the_closure(acceptance, optimizer_class):
    problem, twin = TwoGroups(), TwoGroups()
    optimizer = optimizer_class(problem.groups, lr=0.1, acceptance=acceptance, f_min=0.5, selection="uniform")
    other = optimizer_class(twin.groups, lr=0.1, acceptance=acceptance, f_min=0.5, selection="uniform")
    for _ in range(3):
        optimizer.step(problem.closure)
        loss = twin.closure()
        assert other.step(loss=loss, loss_closure=twin.loss) is loss
    assert identical(problem.parameters, twin.parameters)
    assert identical(optimizer.state_dict(), other.state_dict())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"acceptance": "block"}, "closure must be given for acceptance 'block'.* call step.closure."),
        ({"acceptance": "exact"}, "closure must be given for acceptance 'exact'.* call step.closure."),
        (
            {"f_min": 0.5},
            "needs a closure that returns the loss, or loss=.*f_min = 0.5 and f_max = 1.0 differ",
        ),
    ],
)
def test_a_missing_closure_is_named_and_nothing_has_changed(options, message, optimizer_class):
    problem = TwoGroups()
    optimizer = optimizer_class(problem.groups, lr=0.1, **options)
    problem.closure()
    before = copy.deepcopy((problem.parameters, optimizer.state_dict()))
    with pytest.raises(ValueError, match=message):
        optimizer.step()
    with pytest.raises(ValueError, match=message):
        optimizer.step(lambda: None) if "f_min" in options else optimizer.step(loss=1.0)
    assert identical(before, (problem.parameters, optimizer.state_dict()))


@pytest.mark.parametrize("lr", [1e-30, 0.01, 1.0, 0.0])
def test_only_a_tensor_lr_of_zero_exempts_from_a_closure(lr, optimizer_class):
    problem = TwoGroups()
    optimizer = optimizer_class(problem.parameters, lr=torch.tensor(lr), f_min=0.5)
    problem.closure()
    if lr:
        with pytest.raises(ValueError, match="needs a closure"):
            optimizer.step()
    else:
        optimizer.step()


def test_a_closure_and_a_loss_together_are_refused(optimizer_class):
    problem = TwoGroups()
    with pytest.raises(ValueError, match=r"loss must be None where a closure is given, got 1\.0"):
        optimizer_class(problem.parameters).step(problem.closure, loss=1.0)
    assert problem.calls == 0


def test_a_loss_of_several_elements_is_refused(optimizer_class):
    problem = TwoGroups()
    optimizer = optimizer_class(problem.parameters)
    problem.closure()
    with pytest.raises(ValueError, match=r"the loss must have one element, got shape \(2,\)"):
        optimizer.step(loss=torch.ones(2))


@pytest.mark.parametrize("acceptance", ACCEPTANCES)
def test_a_trainer_that_always_passes_a_closure_sees_the_loss_and_its_own_calls(acceptance, optimizer_class):
    """A trainer that wraps the closure, as Lightning's does: training step, zeroing and backward inside."""
    problem, log = TwoGroups(), []
    optimizer = optimizer_class(problem.parameters, lr=0.1, acceptance=acceptance)

    class Wrapped:
        result = None

        def __call__(self):
            self.result = problem.loss()
            optimizer.zero_grad()
            self.result.backward()
            log.append(self.result.item())
            return self.result

    closure = Wrapped()
    values = [optimizer.step(closure=closure).item() for _ in range(5)]
    assert values[0] == log[0]
    assert values[-1] < values[0]
    assert set(values) <= set(log)
