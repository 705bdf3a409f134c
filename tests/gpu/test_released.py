"""The released optimizer as a ``torch.optim.Optimizer``: closures, saved states, refusals, groups, options."""

import copy
import io
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpu.released import ReleasedDFGDA

SHAPES = [(2, 3), (3,), (1,)]


def start(seed):
    random = np.random.default_rng(seed)
    return [random.normal(size=shape) for shape in SHAPES]


def loss_at(tensors):
    """A coupled quadratic of the three tensors."""
    first, second, third = tensors
    return (
        ((first - 0.5) ** 2).sum() / 2
        + ((second + 0.3) ** 2).sum() / 2
        + (third**2).sum()
        + (first.sum() * second.sum()) / 10
    )


class Run:
    """A model of three tensors, its optimizer, and a closure that counts its calls."""

    def __init__(self, seed=0, dtype=torch.float64, named=False, **options):
        self.tensors = [torch.nn.Parameter(torch.tensor(array, dtype=dtype)) for array in start(seed)]
        names = ("weight", "bias", "scale")
        params = list(zip(names, self.tensors, strict=True)) if named else self.tensors
        self.optimizer = ReleasedDFGDA(params, seed=seed, **options)
        self.calls = 0

    def closure(self):
        self.calls += 1
        self.optimizer.zero_grad()
        loss = loss_at(self.tensors)
        loss.backward()
        return loss

    def steps(self, count):
        for _ in range(count):
            self.optimizer.step(self.closure)
        return self

    def averages(self):
        return [self.optimizer.state[tensor]["mean_field"] for tensor in self.tensors]

    def everything(self):
        """All that a step may change, by value."""
        return copy.deepcopy(([t.detach() for t in self.tensors], self.optimizer.state_dict()))


def same(left, right):
    """Equality of nested values to the last bit."""
    if isinstance(left, torch.Tensor):
        return torch.equal(left, right)
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


@given(st.integers(0, 1000), st.sampled_from([torch.float32, torch.bfloat16, torch.float64]))
def test_a_step_runs_the_model_once_and_once_more_for_each_tensor(seed, dtype):
    run = Run(seed, dtype, level_count=8)
    before = loss_at(run.tensors)
    assert run.optimizer.step(run.closure) == before
    assert run.calls == 1 + len(SHAPES)
    assert all(average.dtype == dtype for average in run.averages())


def test_a_run_resumes_to_the_last_bit_from_a_saved_state():
    whole, part = Run(3, f_min=0.2).steps(25), Run(3, f_min=0.2).steps(13)
    buffer = io.BytesIO()
    torch.save({"optimizer": part.optimizer.state_dict(), "tensors": part.tensors}, buffer)
    buffer.seek(0)
    saved = torch.load(buffer, weights_only=True)
    resumed = Run(3)
    with torch.no_grad():
        for tensor, value in zip(resumed.tensors, saved["tensors"], strict=True):
            tensor.copy_(value)
    resumed.optimizer.load_state_dict(saved["optimizer"])
    assert same(resumed.steps(12).everything(), whole.everything())


def test_the_numbers_of_a_saved_state_do_not_follow_later_steps():
    run = Run().steps(2)
    saved = run.optimizer.state_dict()["param_groups"]
    kept = copy.deepcopy(saved)
    run.steps(1)
    assert same(saved, kept)


def test_a_deep_copy_goes_its_own_way():
    run = Run().steps(3)
    twin = copy.deepcopy(run)
    before = run.everything()
    twin.steps(2)
    assert same(run.everything(), before)
    assert same(run.steps(2).everything(), twin.everything())


@pytest.mark.parametrize("call", [1, 2, 3])
@pytest.mark.parametrize("broken", ["loss", "gradient"])
@pytest.mark.parametrize("steps", [0, 2])
def test_a_number_that_is_not_finite_is_refused_and_changes_nothing(call, broken, steps):
    run = Run(named=True).steps(steps)
    before, run.calls = run.everything(), 0

    def closure():
        loss = run.closure()
        if run.calls == call and broken == "loss":
            return loss * math.nan
        if run.calls == call:
            for tensor in run.tensors:
                tensor.grad[..., 0] = math.inf
        return loss

    name = "start of the step" if (broken, call) == ("loss", 1) else "weight|bias|scale"
    with pytest.raises(ValueError, match=f"{broken}.*({name}).*finite"):
        run.optimizer.step(closure)
    assert same(run.everything(), before)


def test_an_error_of_the_closure_changes_nothing():
    run = Run().steps(1)
    before = run.everything()

    def closure():
        if run.calls == 6:
            raise RuntimeError("the data are gone")
        return run.closure()

    with pytest.raises(RuntimeError, match="the data are gone"):
        run.optimizer.step(closure)
    assert same(run.everything(), before)


def test_a_step_needs_a_closure():
    with pytest.raises(TypeError, match=r"closure.*None"):
        Run().optimizer.step()


def test_a_temperature_that_has_underflowed_is_refused():
    run = Run(temperature=5e-324, decay=0.01).steps(1)
    assert run.optimizer.param_groups[0]["temperature"] == 0.0
    before = run.everything()
    with pytest.raises(ValueError, match=r"temperature.*0\.0"):
        run.steps(1)
    assert same(run.everything(), before)


def test_a_parameter_without_a_gradient_is_left_alone():
    run = Run(level_count=8)
    idle = torch.nn.Parameter(torch.ones(2, dtype=torch.float64))
    run.optimizer.add_param_group({"params": [idle]})
    run.steps(3)
    assert torch.equal(idle, torch.ones(2, dtype=torch.float64))
    assert same(run.averages(), Run(level_count=8).steps(3).averages())


def test_groups_share_what_belongs_to_the_model():
    run = Run(f_min=0.5).steps(2)
    extra = torch.nn.Parameter(torch.ones(2, dtype=torch.float64))
    with pytest.raises(ValueError, match=r"f_min must be the same in every group, got 0\.25"):
        run.optimizer.add_param_group({"params": [extra], "f_min": 0.25})
    assert len(run.optimizer.param_groups) == 1
    run.optimizer.add_param_group({"params": [extra], "lr": 0.5, "level_count": 4})
    first, second = run.optimizer.param_groups
    assert (second["lr"], second["level_count"]) == (0.5, 4)
    assert all(first[name] == second[name] for name in ("f_min", "temperature", "losses", "step", "seed"))


def test_the_step_size_follows_a_scheduler():
    run = Run(lr=0.5)
    scheduler = torch.optim.lr_scheduler.StepLR(run.optimizer, step_size=1, gamma=0.5)
    run.steps(1)
    scheduler.step()
    assert run.optimizer.param_groups[0]["lr"] == 0.25
    as_tensor = Run(lr=torch.tensor(0.5, dtype=torch.float64)).steps(1)
    assert same(as_tensor.averages(), Run(lr=0.5).steps(1).averages())
    assert same([t.detach() for t in as_tensor.tensors], [t.detach() for t in Run(lr=0.5).steps(1).tensors])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lr", -0.1),
        ("f_min", 1.5),
        ("f_max", -0.5),
        ("level_count", 0),
        ("smoothing", 2.0),
        ("decay", 0.0),
        ("decay", 1.5),
        ("temperature", 0.0),
        ("temperature", math.nan),
    ],
)
def test_an_option_outside_its_range_is_refused(name, value):
    with pytest.raises(ValueError, match=f"{name}|f_min must be at most"):
        Run(**{name: value})
