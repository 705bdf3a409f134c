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


def count_of(nested):
    """Return how many numbers and words a nested state holds."""
    if isinstance(nested, torch.Tensor):
        return nested.numel()
    if isinstance(nested, (dict, list, tuple)):
        return sum(map(count_of, nested.values() if isinstance(nested, dict) else nested))
    return 1


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
            twins = copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))
            for twin in twins:
                assert {name for name in vars(twin) if not name.startswith("_")} == public
                assert identical(twin.state_dict(), optimizer.state_dict()), optim_input.desc
                # Unpickling adds an option of torch's own.
                assert identical(twin.defaults | optimizer.defaults, twin.defaults), optim_input.desc
            kept = copy.deepcopy([twin.state_dict() for twin in twins])
            run(optimizer, loss, 1, optim_input.kwargs.get("maximize", False))
            assert identical([twin.state_dict() for twin in twins], kept), "a step has changed a copy"

    @optims(DATABASE)
    def test_a_state_does_not_grow_with_the_number_of_steps(self, device, dtype, optim_info):
        for optim_input in every_input(device, optim_info):
            optimizer, loss = made(optim_info, optim_input, device)
            maximize, counts = optim_input.kwargs.get("maximize", False), []
            # The released code looks at ten losses, and keeps no more.
            for steps in (10, 1, 4):
                run(optimizer, loss, steps, maximize)
                counts.append(count_of(optimizer.state_dict()))
            assert counts == [counts[0]] * 3, optim_input.desc
            numbers = [value for group in optimizer.param_groups for value in group.values()]
            assert not any(isinstance(value, torch.Tensor) and value.requires_grad for value in numbers), (
                "the state holds the graph of a loss"
            )

    @optims(DATABASE)
    def test_a_group_that_is_added_starts_afresh(self, device, dtype, optim_info):
        weight, bias, loss = line(device)
        cooling = {"schedule": "geometric", "initial_temperature": 1e-4, "cooling_ratio": 0.5}
        optimizer = optim_info.optim_cls([weight], lr=0.1, **cooling)
        run(optimizer, loss)
        optimizer.add_param_group({"params": [bias], "lr": 0.02})
        new, start = optimizer.param_groups[1], bias.detach().clone()
        alone = optim_info.optim_cls([bias], lr=0.02, **cooling).param_groups[0]
        assert identical(
            {k: v for k, v in new.items() if k != "params"}, {k: alone[k] for k in alone if k != "params"}
        )
        run(optimizer, loss, 1)
        assert not torch.equal(bias, start)
        assert [row["step"] for row in optimizer.status()] == [STEPS + 1, 1]
        assert [row["temperature"] for row in optimizer.status()] == [1e-4 * 0.5 ** (STEPS + 1), 1e-4 * 0.5]
        with pytest.raises(ValueError, match="f_max must be between 0 and 1"):
            optimizer.add_param_group({"params": [Parameter(torch.ones(1))], "f_max": 1.5})
        assert len(optimizer.param_groups) == 2

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
    assert len(collected) == 24
