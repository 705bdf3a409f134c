"""Both optimizers under torch's own machinery: arguments and types that work, and those that are refused."""

import copy

import pytest
import torch
from torch.nn import Parameter

from gpu import DFGDA
from tests.gpu.bitwise import identical
from tests.gpu.line_fit import STEPS, line, made, parameters_of, run
from tests.gpu.upstream_optimizer_tests import (
    DATABASE,
    OptimizerErrorEnum,
    TestCase,
    every_input,
    instantiate_device_type_tests,
    optims,
)


class TestOptimizerTypes(TestCase):
    @optims(DATABASE)
    def test_wrong_arguments_raise_their_errors(self, device, dtype, optim_info):
        for error in optim_info.optim_error_inputs_func(device, dtype):
            given = error.optimizer_error_input
            assert error.error_on == OptimizerErrorEnum.CONSTRUCTION_ERROR
            params = [Parameter(torch.zeros(1, device=device))] if given.params is None else given.params
            if error.error_type is UserWarning:
                with self.assertWarnsRegex(UserWarning, error.error_regex):
                    optim_info.optim_cls(params, **given.kwargs)
                continue
            with pytest.raises(error.error_type, match=error.error_regex):
                optim_info.optim_cls(params, **given.kwargs)

    @optims(DATABASE)
    def test_parameters_may_come_from_an_iterator(self, device, dtype, optim_info):
        results = []
        for form in (
            list,
            iter,
            lambda pair: zip("ab", pair, strict=True),
            lambda pair: iter([{"params": pair}]),
        ):
            weight, bias, loss = line(device)
            optimizer = optim_info.optim_cls(form([weight, bias]), lr=0.1)
            run(optimizer, loss)
            results.append([weight.detach(), bias.detach()])
        assert all(identical(results[0], result) for result in results[1:])

    @optims(DATABASE)
    def test_parameters_of_several_types_may_share_a_group(self, device, dtype, optim_info):
        types = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
        for optim_input in every_input(device, optim_info):
            if optim_input.kwargs.get("level_count"):
                continue  # levels closer than the 16-bit types can tell apart
            parameters = [
                Parameter(torch.tensor([0.5, -1.25, 2.0], dtype=kind, device=device)) for kind in types
            ]
            optimizer = optim_info.optim_cls(parameters, **optim_input.kwargs)

            def loss(parameters=parameters):
                return torch.stack([parameter.double().square().sum() for parameter in parameters]).sum()

            before = loss().item()
            run(optimizer, loss, 12, optim_input.kwargs.get("maximize", False))
            assert loss().item() < before, optim_input.desc
            assert [parameter.dtype for parameter in parameters] == list(types)

    @optims(DATABASE, dtypes=[torch.float32, torch.float64])
    def test_the_default_dtype_changes_nothing(self, device, dtype, optim_info):
        for optim_input in every_input(device, optim_info):
            results = []
            for default in (torch.float32, torch.float64):
                before = torch.get_default_dtype()
                torch.set_default_dtype(default)
                try:
                    optimizer, loss = made(optim_info, optim_input, device, dtype)
                    run(optimizer, loss)
                    results.append((parameters_of(optimizer), optimizer.state_dict()))
                finally:
                    torch.set_default_dtype(before)
            assert identical(*results), optim_input.desc

    @optims(DATABASE)
    def test_complex_parameters_are_refused(self, device, dtype, optim_info):
        parameter = Parameter(torch.zeros(2, dtype=torch.complex64, device=device))
        if issubclass(optim_info.optim_cls, DFGDA):
            with pytest.raises(ValueError, match=r"got torch\.complex64"):
                optim_info.optim_cls([parameter])
            return
        optimizer = optim_info.optim_cls([parameter])
        parameter.grad = torch.ones_like(parameter)
        with pytest.raises(TypeError, match=r"got torch\.complex64"):
            optimizer.step(lambda: 1.0)

    @optims(DATABASE)
    def test_sparse_gradients_are_refused(self, device, dtype, optim_info):
        parameter = Parameter(torch.ones(3, device=device))
        other = Parameter(torch.ones(3, device=device))
        optimizer = optim_info.optim_cls([{"params": [other]}, {"params": [parameter]}])
        other.grad, parameter.grad = torch.ones_like(other), torch.ones(3, device=device).to_sparse()
        with pytest.raises(
            RuntimeError, match=r"dense, got a sparse one for parameter \(number 0 of group 1\)"
        ):
            optimizer.step()
        assert torch.equal(other, torch.ones_like(other))

    @optims(DATABASE)
    def test_parameters_without_data_are_refused(self, device, dtype, optim_info):
        weight, bias = Parameter(torch.ones(2, device=device)), Parameter(torch.ones(2, device="meta"))
        for params in ([bias], [weight, bias]):
            optimizer = optim_info.optim_cls(params)
            for parameter in params:
                parameter.grad = torch.ones_like(parameter)
            with pytest.raises(RuntimeError, match="one device that holds data, got meta for parameter"):
                optimizer.step()
            assert torch.equal(weight, torch.ones_like(weight))

    @optims(DATABASE, dtypes=[torch.float16, torch.bfloat16])
    def test_parameters_may_have_half_precision(self, device, dtype, optim_info):
        for optim_input in every_input(device, optim_info):
            if optim_input.kwargs.get("level_count"):
                continue  # levels closer than these types can tell apart
            parameter = Parameter(torch.tensor([0.5, -1.25, 2.0], dtype=dtype, device=device))
            optimizer = optim_info.optim_cls([parameter], **optim_input.kwargs)

            def loss(parameter=parameter):
                return parameter.float().square().sum()

            before = loss().item()
            run(optimizer, loss, 12, optim_input.kwargs.get("maximize", False))
            assert loss().item() < before, optim_input.desc
            for value in optimizer.state[parameter].values():
                assert not isinstance(value, torch.Tensor) or value.dtype == dtype

    @optims(DATABASE, dtypes=[torch.float16, torch.bfloat16])
    def test_half_precision_is_worked_on_in_single_precision(self, device, dtype, optim_info):
        """A step of 16-bit weights is the step of the same numbers in 32 bits, rounded once."""
        for optim_input in every_input(device, optim_info):
            if optim_input.kwargs.get("level_count"):
                continue  # levels closer than these types can tell apart
            results = []
            for kind in (dtype, torch.float32):
                parameter = Parameter(torch.linspace(-1.7, 2.3, 23, device=device).to(dtype).to(kind))
                optimizer = optim_info.optim_cls([parameter], **optim_input.kwargs)
                parameter.grad = parameter.detach().to(dtype).cos().to(kind)
                optimizer.step(lambda: 1.0)
                memory = optimizer.state[parameter].get("mean_field", parameter.detach())
                results.append([parameter.detach().to(dtype), memory.to(dtype)])
            assert identical(*results), optim_input.desc

    @optims(DATABASE, dtypes=[torch.bfloat16])
    def test_it_trains_under_autocast(self, device, dtype, optim_info):
        weight, bias, _ = line(device, torch.float32)
        inputs = torch.tensor([[0.5, -1.0, 0.25]], device=device)
        optimizer = optim_info.optim_cls([weight, bias], **optim_info.optim_inputs_func(device)[0].kwargs)

        def loss():
            with torch.autocast(torch.device(device).type, dtype=dtype):
                return (torch.nn.functional.linear(inputs, weight, bias) ** 2).mean()

        before = loss().item()
        run(optimizer, loss, 12)
        assert loss().item() < before
        assert weight.dtype == torch.float32

    @optims(DATABASE)
    def test_a_grad_scaler_without_a_closure_unscales_and_skips(self, device, dtype, optim_info):
        results = []
        for scaled in (False, True):
            weight, bias, loss = line(device, torch.float32)
            optimizer = optim_info.optim_cls([weight, bias], lr=0.1)
            scaler = torch.amp.GradScaler(torch.device(device).type, init_scale=2.0**10, enabled=scaled)
            for number in range(STEPS):
                optimizer.zero_grad()
                scaler.scale(loss()).backward()
                if number == 2:
                    before = copy.deepcopy((parameters_of(optimizer), optimizer.state_dict()))
                    if scaled:
                        weight.grad[0, 1] = torch.inf
                        scaler.step(optimizer)
                        scaler.update(2.0**10)
                        assert identical(before, (parameters_of(optimizer), optimizer.state_dict()))
                    continue
                scaler.step(optimizer)
                scaler.update()
            results.append(parameters_of(optimizer))
        assert identical(*results)

    @optims(DATABASE)
    def test_a_grad_scaler_with_a_closure_is_refused(self, device, dtype, optim_info):
        weight, bias, loss = line(device, torch.float32)
        optimizer = optim_info.optim_cls([weight, bias], lr=0.1)
        scaler = torch.amp.GradScaler(torch.device(device).type, init_scale=2.0**10)
        scaler.scale(loss()).backward()
        before = copy.deepcopy(parameters_of(optimizer))
        with pytest.raises(RuntimeError, match="closure cannot be used with GradScaler"):
            scaler.step(optimizer, lambda: 1.0)
        with pytest.raises(RuntimeError, match="Closure use is not currently supported"):
            scaler.step(optimizer, closure=lambda: 1.0)
        assert identical(parameters_of(optimizer), before)
        # The refusal leaves nothing behind.
        run(optimizer, loss)
        assert not identical(parameters_of(optimizer), before)


instantiate_device_type_tests(TestOptimizerTypes, globals(), only_for=("cpu", "cuda"))


def test_every_promise_is_collected_for_both_optimizers():
    """A machinery that quietly makes no tests would pass; so the number is written down."""
    collected = [name for name in vars(TestOptimizerTypesCPU) if name.startswith("test_")]  # noqa: F821
    assert len(collected) == 30
