"""Both optimizers under torch's own machinery: states, hooks, copies."""

import copy
import io
import pickle

import pytest
import torch
from torch.nn import Parameter
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from tests.gpu.bitwise import identical
from tests.gpu.line_fit import STEPS, line, made, parameters_of, run, without_params
from tests.gpu.upstream_optimizer_tests import (
    DATABASE,
    TestCase,
    every_input,
    instantiate_device_type_tests,
    optims,
)


class TestOptimizerState(TestCase):
    @optims(DATABASE)
    def test_a_copy_with_the_same_state_takes_the_same_steps(self, device, dtype, optim_info):
        for named in (False, True):
            for optim_input in every_input(device, optim_info):
                maximize = optim_input.kwargs.get("maximize", False)
                optimizer, loss = made(optim_info, optim_input, device, named=named)
                run(optimizer, loss, STEPS, maximize)
                # Names may differ, and one of the two may have none.
                other, other_loss = made(optim_info, optim_input, device, named=not named)
                with torch.no_grad():
                    for target, source in zip(parameters_of(other), parameters_of(optimizer), strict=True):
                        target.copy_(source)
                saved = copy.deepcopy(optimizer.state_dict())
                kept = copy.deepcopy(saved)
                other.load_state_dict(saved)
                first, second = run(optimizer, loss, STEPS, maximize), run(other, other_loss, STEPS, maximize)
                assert identical(first, second), optim_input.desc
                assert identical(parameters_of(optimizer), parameters_of(other)), optim_input.desc
                assert identical(*(without_params(each.state_dict()) for each in (optimizer, other)))
                assert identical(saved, kept), "steps have changed the state they were loaded from"

    @optims(DATABASE)
    def test_a_state_survives_a_file_that_holds_weights_only(self, device, dtype, optim_info):
        for optim_input in every_input(device, optim_info):
            optimizer, loss = made(optim_info, optim_input, device)
            run(optimizer, loss, STEPS, optim_input.kwargs.get("maximize", False))
            with io.BytesIO() as file:
                torch.save(optimizer.state_dict(), file)
                file.seek(0)
                loaded = torch.load(file, weights_only=True)
            assert identical(loaded, optimizer.state_dict()), optim_input.desc

    @optims(DATABASE)
    def test_an_older_state_without_newer_options_loads(self, device, dtype, optim_info):
        optimizer, loss = made(optim_info, optim_info.optim_inputs_func(device)[0], device)
        run(optimizer, loss)
        older = copy.deepcopy(optimizer.state_dict())
        for group in older["param_groups"]:
            for name in ("foreach", "compile", "unscaled", "schema", "refused", "observed_entropy"):
                del group[name]
        optimizer.load_state_dict(older)
        run(optimizer, loss)
        assert optimizer.param_groups[0]["foreach"] is None

    @optims(DATABASE)
    def test_numbers_of_a_loaded_group_may_be_python_numbers(self, device, dtype, optim_info):
        optimizer, loss = made(optim_info, optim_info.optim_inputs_func(device)[0], device)
        run(optimizer, loss)
        plain = copy.deepcopy(optimizer.state_dict())
        for group in plain["param_groups"]:
            group.update({k: v.item() for k, v in group.items() if isinstance(v, torch.Tensor)})
        twin = copy.deepcopy(optimizer)
        twin.load_state_dict(plain)
        assert identical(twin.state_dict(), optimizer.state_dict())

    @optims(DATABASE)
    def test_a_state_of_a_later_layout_is_refused(self, device, dtype, optim_info):
        optimizer, loss = made(optim_info, optim_info.optim_inputs_func(device)[0], device)
        run(optimizer, loss)
        before = copy.deepcopy(optimizer.state_dict())
        for change, message in (
            ({"schema": 2}, "schema 2"),
            ({"f_min": 2.0}, "f_min must be between 0 and 1"),
        ):
            later = copy.deepcopy(before)
            later["param_groups"][0].update(change)
            with pytest.raises(ValueError, match=message):
                optimizer.load_state_dict(later)
            assert identical(optimizer.state_dict(), before)

    @optims(DATABASE)
    def test_hooks_run_in_the_order_torch_promises(self, device, dtype, optim_info):
        optimizer, loss = made(optim_info, optim_info.optim_inputs_func(device)[0], device)
        calls = []
        handles = [
            register_optimizer_step_pre_hook(lambda *_: calls.append("all before")),
            register_optimizer_step_post_hook(lambda *_: calls.append("all after")),
            optimizer.register_step_pre_hook(lambda *_: calls.append("before")),
            optimizer.register_step_post_hook(lambda *_: calls.append("after")),
        ]
        try:
            run(optimizer, loss, 1)
        finally:
            for handle in handles:
                handle.remove()
        assert calls == ["all before", "before", "after", "all after"]
        run(optimizer, loss, 1)
        assert len(calls) == 4

    @optims(DATABASE)
    def test_hooks_see_and_change_states(self, device, dtype, optim_info):
        optimizer, loss = made(optim_info, optim_info.optim_inputs_func(device)[0], device)
        run(optimizer, loss)
        calls = []
        optimizer.register_state_dict_pre_hook(lambda _: calls.append("before saving"))
        optimizer.register_state_dict_post_hook(lambda _, state: {**state, "note": 1})
        optimizer.register_load_state_dict_pre_hook(
            lambda _, state: {k: v for k, v in state.items() if k != "note"}
        )
        optimizer.register_load_state_dict_post_hook(lambda _: calls.append("after loading"))
        saved = optimizer.state_dict()
        assert saved["note"] == 1
        optimizer.load_state_dict(saved)
        assert calls == ["before saving", "after loading"]

    @optims(DATABASE)
    def test_copies_and_pickles_keep_every_public_attribute(self, device, dtype, optim_info):
        for optim_input in every_input(device, optim_info):
            optimizer, loss = made(optim_info, optim_input, device)
            run(optimizer, loss, STEPS, optim_input.kwargs.get("maximize", False))
            public = {name for name in vars(optimizer) if not name.startswith("_")}
            for twin in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
                assert {name for name in vars(twin) if not name.startswith("_")} == public
                assert identical(twin.state_dict(), optimizer.state_dict()), optim_input.desc
                # Unpickling adds an option of torch's own.
                assert identical(twin.defaults | optimizer.defaults, twin.defaults), optim_input.desc

    @optims(DATABASE)
    def test_it_can_be_printed(self, device, dtype, optim_info):
        for optim_input in every_input(device, optim_info):
            optimizer, loss = made(optim_info, optim_input, device)
            unused, text = repr(optimizer), ""
            run(optimizer, loss, 1)
            text = repr(optimizer)
            assert optim_info.optim_cls.__name__ in unused
            assert "temperature" in text

    @optims(DATABASE)
    def test_the_first_step_makes_the_state_of_every_parameter(self, device, dtype, optim_info):
        weight, bias, _ = line(device)
        spare = Parameter(torch.tensor([1.0, 3.0], device=device))
        optimizer = optim_info.optim_cls([{"params": [weight, bias]}, {"params": [spare]}])
        weight.grad = torch.ones_like(weight)
        optimizer.step(lambda: 1.0)
        for parameter in (weight, bias, spare):
            assert optimizer.state[parameter]["mean_field"].shape == parameter.shape


instantiate_device_type_tests(TestOptimizerState, globals(), only_for=("cpu", "cuda"))


def test_every_promise_is_collected_for_both_optimizers():
    """A machinery that quietly makes no tests would pass; so the number is written down."""
    collected = [name for name in vars(TestOptimizerStateCPU) if name.startswith("test_")]  # noqa: F821
    assert len(collected) == 20
