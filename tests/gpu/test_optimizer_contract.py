"""Both optimizers under torch's own machinery: what a step does, whatever the configuration.

The assertions are ours; the list of what an optimizer owes is torch's.
"""

import copy
import random
from unittest import mock

import numpy as np
import torch
from torch.nn import Parameter

from tests.gpu.bitwise import identical
from tests.gpu.line_fit import STEPS, closure_of, line, made, parameters_of, run
from tests.gpu.upstream_optimizer_tests import (
    DATABASE,
    DFGDA_SKIPS,
    RELEASED_SKIPS,
    TestCase,
    every_input,
    instantiate_device_type_tests,
    optims,
)


class TestOptimizerSteps(TestCase):
    @optims(DATABASE, dtypes=[torch.float32, torch.float64])
    def test_steps_lower_the_loss_whatever_the_layout_of_the_parameters(self, device, dtype, optim_info):
        for optim_input in every_input(device, optim_info):
            for contiguous in (True, False):
                optimizer, loss = made(optim_info, optim_input, device, dtype, contiguous=contiguous)
                before = loss().item()
                run(optimizer, loss, 12, optim_input.kwargs.get("maximize", False))
                assert loss().item() < 0.9 * before, optim_input.desc

    @optims(DATABASE)
    def test_the_layout_of_a_parameter_does_not_change_its_step(self, device, dtype, optim_info):
        for optim_input in every_input(device, optim_info):
            results = []
            for contiguous in (True, False):
                optimizer, _ = made(optim_info, optim_input, device, contiguous=contiguous)
                for parameter in parameters_of(optimizer):
                    parameter.grad = torch.ones_like(parameter)
                step = [0.5]

                def closure(step=step):
                    step[0] *= 0.5
                    return torch.tensor(step[0])

                for _ in range(STEPS):
                    optimizer.step(closure)
                results.append([parameter.detach() for parameter in parameters_of(optimizer)])
            assert identical(*results), optim_input.desc

    @optims(DATABASE)
    def test_steps_lower_the_loss_under_schedulers_of_the_learning_rate(self, device, dtype, optim_info):
        optim_input = optim_info.optim_inputs_func(device)[0]
        unscheduled, its_loss = made(optim_info, optim_input, device)
        run(unscheduled, its_loss, 12)
        for makers in optim_info.scheduler_inputs:
            optimizer, loss = made(optim_info, optim_input, device)
            schedulers = [maker(optimizer) for maker in makers]
            before, closure = loss().item(), closure_of(optimizer, loss, None)
            for _ in range(12):
                value = optimizer.step(closure)
                for scheduler in schedulers:
                    if isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
                        scheduler.step(value.detach())
                    else:
                        scheduler.step()
            assert loss().item() < before
            assert optimizer.param_groups[0]["lr"] != optimizer.defaults["lr"]
            assert not identical(parameters_of(optimizer), parameters_of(unscheduled))

    @optims(DATABASE)
    def test_each_group_takes_its_own_learning_rate(self, device, dtype, optim_info):
        weight, bias, loss = line(device)
        groups = [{"params": [weight]}, {"params": [bias], "lr": 0.0}]
        optimizer = optim_info.optim_cls(groups, **optim_info.optim_inputs_func(device)[0].kwargs)
        start = weight.detach().clone(), bias.detach().clone()
        run(optimizer, loss)
        assert not torch.equal(weight, start[0])
        assert torch.equal(bias, start[1])

    @optims(DATABASE)
    def test_a_scheduler_drives_each_group_on_its_own(self, device, dtype, optim_info):
        results = []
        for factor in (1.0, 0.5):
            weight, bias, loss = line(device)
            groups = [{"params": [weight]}, {"params": [bias], "lr": 0.02}]
            optimizer = optim_info.optim_cls(groups, lr=0.01)
            factors = [lambda t, factor=factor: factor**t, lambda t: 1.0]
            scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factors)
            run(optimizer, loss, 1)
            scheduler.step()
            assert [group["lr"] for group in optimizer.param_groups] == [0.01 * factor, 0.02]
            run(optimizer, loss, 1)
            results.append((weight.detach(), bias.detach()))
        # The second step starts from the same point: of what it does to the two, only the first has changed.
        assert not identical(results[0][0], results[1][0])
        assert identical(results[0][1], results[1][1])

    @optims(DATABASE)
    def test_a_larger_weight_decay_pulls_its_group_closer_to_zero(self, device, dtype, optim_info):
        generic = torch.tensor([0.8, -1.2, 0.5], device=device)
        with_decay, without = Parameter(generic.clone()), Parameter(generic.clone())
        groups = [{"params": [with_decay], "weight_decay": 0.5}, {"params": [without]}]
        optimizer = optim_info.optim_cls(groups, lr=0.1)
        for _ in range(STEPS):
            for parameter in (with_decay, without):
                parameter.grad = torch.zeros_like(parameter)
            optimizer.step()
        assert torch.equal(without, generic)
        assert bool((with_decay.abs() < generic.abs()).all())

    @optims(DATABASE, dtypes=[torch.float32, torch.float64])
    def test_a_learning_rate_may_be_a_tensor_of_one_element(self, device, dtype, optim_info):
        results = []
        for lr in (0.125, torch.tensor(0.125), torch.tensor([0.125]), torch.tensor([[0.125]], device=device)):
            weight, bias, loss = line(device, dtype)
            optimizer = optim_info.optim_cls([weight, bias], lr=lr)
            run(optimizer, loss)
            # Schedulers write into a tensor, and replace a number.
            if isinstance(lr, torch.Tensor):
                lr.fill_(0.25)
            else:
                optimizer.param_groups[0]["lr"] = lr = 0.25
            run(optimizer, loss)
            results.append([weight.detach(), bias.detach()])
            assert optimizer.param_groups[0]["lr"] is lr
        assert all(identical(results[0], result) for result in results[1:])

    @optims(DATABASE)
    def test_a_step_without_gradients_does_nothing(self, device, dtype, optim_info):
        for optim_input in every_input(device, optim_info):
            optimizer, _ = made(optim_info, optim_input, device)
            before = copy.deepcopy(parameters_of(optimizer))
            assert optimizer.step(lambda: 1.0) == 1.0
            assert identical(parameters_of(optimizer), before)

    @optims(DATABASE)
    def test_a_step_without_gradients_is_not_counted(self, device, dtype, optim_info):
        for optim_input in every_input(device, optim_info):
            optimizer, loss = made(optim_info, optim_input, device)
            run(optimizer, loss, 1, optim_input.kwargs.get("maximize", False))
            before = copy.deepcopy(optimizer.state_dict())
            optimizer.zero_grad()
            optimizer.step(lambda: 1.0)
            assert identical(optimizer.state_dict(), before), optim_input.desc

    @optims(DATABASE)
    def test_a_parameter_without_a_gradient_stays_where_it_is(self, device, dtype, optim_info):
        for optim_input in every_input(device, optim_info):
            if optim_input.kwargs.get("scale") == "tensor":
                continue  # a single value has no spread
            optimizer, loss = made(optim_info, optim_input, device)
            still = Parameter(torch.tensor([0.9, -1.6], dtype=torch.float64, device=device))
            optimizer.param_groups[0]["params"].append(still)
            run(optimizer, loss, STEPS, optim_input.kwargs.get("maximize", False))
            assert identical(still.detach(), torch.tensor([0.9, -1.6], dtype=torch.float64, device=device))

    @optims(DATABASE)
    def test_gradients_of_zero_move_nothing(self, device, dtype, optim_info):
        for optim_input in every_input(device, optim_info):
            if optim_input.kwargs.keys() & {"noise", "quantizer", "weight_decay"}:
                continue  # these move weights without a gradient
            optimizer, _ = made(optim_info, optim_input, device)
            before = copy.deepcopy(parameters_of(optimizer))
            for parameter in parameters_of(optimizer):
                parameter.grad = torch.zeros_like(parameter)
            optimizer.step(lambda: 1.0)
            assert identical(parameters_of(optimizer), before), optim_input.desc

    @optims(DATABASE)
    def test_cutting_large_tensors_changes_nothing(self, device, dtype, optim_info):
        for optim_input in every_input(device, optim_info):
            results = []
            for largest in (2**16, 4, 1):
                optimizer, loss = made(optim_info, optim_input, device)
                with mock.patch("gpu.group.TILE_ON_CPU", largest):
                    run(optimizer, loss, STEPS, optim_input.kwargs.get("maximize", False))
                results.append((parameters_of(optimizer), optimizer.state_dict()))
            assert all(identical(results[0], result) for result in results[1:]), optim_input.desc

    @optims(DATABASE)
    def test_one_group_or_two_with_the_same_options_take_the_same_steps(self, device, dtype, optim_info):
        of_a_group = {"selection", "quantizer", "acceptance"}  # counts, scales and tests of a whole group
        for optim_input in every_input(device, optim_info):
            if optim_input.kwargs.keys() & of_a_group:
                continue
            results = []
            for apart in (False, True):
                weight, bias, loss = line(device)
                groups = [{"params": [weight]}, {"params": [bias]}] if apart else [weight, bias]
                optimizer = optim_info.optim_cls(groups, **optim_input.kwargs)
                run(optimizer, loss, STEPS, optim_input.kwargs.get("maximize", False))
                results.append([weight.detach(), bias.detach()])
            assert identical(*results), optim_input.desc

    @optims(DATABASE)
    def test_a_step_takes_no_random_number_that_is_not_its_own(self, device, dtype, optim_info):
        for optim_input in every_input(device, optim_info):
            optimizer, loss = made(optim_info, optim_input, device)
            before = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
            run(optimizer, loss, 1, optim_input.kwargs.get("maximize", False))
            after = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
            assert str(before[1:]) == str(after[1:])
            assert torch.equal(before[0], after[0]), optim_input.desc

    @optims(DATABASE)
    def test_one_by_one_and_together_give_the_same_bits(self, device, dtype, optim_info):
        for optim_input in optim_info.optim_inputs_func(device):
            results = []
            for foreach in (False, True, None):
                torch.manual_seed(3)
                net = torch.nn.Sequential(
                    torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 4), torch.nn.Linear(4, 1)
                ).to(device, torch.float64)
                scale = Parameter(torch.tensor(0.7, dtype=torch.float64, device=device))
                optimizer = optim_info.optim_cls(
                    [*net.parameters(), scale], **optim_input.kwargs | {"foreach": foreach}
                )
                inputs = torch.linspace(-1.0, 1.0, 18, dtype=torch.float64, device=device).reshape(6, 3)
                history = []
                for number in range(7):
                    # A layer frozen and then not, and a step in which nothing has a gradient.
                    net[2].requires_grad_(number not in (2, 3))
                    if number == 5:
                        optimizer.zero_grad()
                        optimizer.step(lambda: 1.0)
                        continue

                    def loss(net=net, scale=scale, inputs=inputs):
                        return (scale * net(inputs)).square().mean()

                    run(optimizer, loss, 1)
                    history.append([parameter.detach().clone() for parameter in parameters_of(optimizer)])
                groups = [dict(group, foreach=None) for group in optimizer.state_dict()["param_groups"]]
                results.append((history, groups, optimizer.state_dict()["state"]))
            assert identical(results[0], results[1]), optim_input.desc
            assert identical(results[0], results[2]), optim_input.desc

    @optims(DATABASE)
    def test_maximizing_is_minimizing_the_negative(self, device, dtype, optim_info):
        for optim_input in optim_info.optim_inputs_func(device):
            if "maximize" in optim_input.kwargs:
                continue
            results = []
            for maximize in (False, True):
                weight, bias, loss = line(device)
                optimizer = optim_info.optim_cls([weight, bias], **optim_input.kwargs, maximize=maximize)
                run(optimizer, loss, STEPS, maximize)
                results.append([weight.detach(), bias.detach()])
            assert identical(*results), optim_input.desc

    @optims(DATABASE)
    def test_a_step_needs_no_closure_where_no_option_needs_the_loss(self, device, dtype, optim_info):
        optimizer, loss = made(optim_info, optim_info.optim_inputs_func(device)[0], device)
        twin, twin_loss = made(optim_info, optim_info.optim_inputs_func(device)[0], device)
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss().backward()
            assert optimizer.step() is None
        run(twin, twin_loss)
        assert identical(parameters_of(optimizer), parameters_of(twin))

    @optims(DATABASE)
    def test_the_loss_may_be_anything_that_is_one_number(self, device, dtype, optim_info):
        results = []
        for value in (2.0, torch.tensor([2.0]), torch.tensor(2.0, dtype=torch.bfloat16), 2, None):
            optimizer, _ = made(optim_info, optim_info.optim_inputs_func(device)[0], device)
            for parameter in parameters_of(optimizer):
                parameter.grad = torch.ones_like(parameter)
            assert optimizer.step(lambda value=value: value) is value
            results.append(parameters_of(optimizer))
        assert all(identical(results[0], result) for result in results[1:])


instantiate_device_type_tests(TestOptimizerSteps, globals(), only_for=("cpu", "cuda"))


def test_every_promise_is_collected_for_both_optimizers():
    """A machinery that quietly makes no tests would pass; so the number is written down."""
    collected = [name for name in vars(TestOptimizerStepsCPU) if name.startswith("test_")]  # noqa: F821
    assert len(collected) == 40


def test_the_number_of_tests_that_do_not_apply_is_written_down():
    assert (len(DFGDA_SKIPS), len(RELEASED_SKIPS)) == (0, 17)
