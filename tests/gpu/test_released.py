"""The released optimizer against the reference, state by state, and as a ``torch.optim.Optimizer``."""

import copy
import io
import math
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpu import released, released_unit
from gpu.mean_field import mean_field
from gpu.released import ReleasedDFGDA
from reference.random_streams import RandomStream
from reference.released import ReleasedSettings, released_initial_state, released_step
from reference.training import NOISE_STREAM, ORDER_STREAM

EPS = sys.float_info.epsilon
SHAPES = [(2, 3), (3,), (1,)]
SIZES = [math.prod(shape) for shape in SHAPES]


def start(seed):
    random = np.random.default_rng(seed)
    return [random.normal(size=shape) for shape in SHAPES]


def loss_at(tensors):
    """A coupled quadratic of the three tensors, by the same operations on either side."""
    first, second, third = tensors
    return (
        ((first - 0.5) ** 2).sum() / 2
        + ((second + 0.3) ** 2).sum() / 2
        + (third**2).sum()
        + (first.sum() * second.sum()) / 10
    )


def gradients_at(tensors):
    first, second, third = tensors
    return [first - 0.5 + second.sum() / 10, second + 0.3 + first.sum() / 10, 2 * third]


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


def reference_states(seed, count, temperature, settings):
    """The states of the reference after each step, and how many tensors it tried in all."""
    ends = np.cumsum(SIZES)
    state = released_initial_state(start(seed))
    state = type(state)(state.tensors, state.mean_fields, temperature)
    states, tried = [], 0
    for step in range(count):
        normals = [
            RandomStream(seed, NOISE_STREAM).normals(step, np.arange(end - size, end)).reshape(shape)
            for end, size, shape in zip(ends, SIZES, SHAPES, strict=True)
        ]
        order = RandomStream(seed, ORDER_STREAM).permutation(step, len(SHAPES))
        taken = released_step(state, settings, lambda t: float(loss_at(t)), gradients_at, order, normals)
        state, tried = taken.state, tried + len(taken.selected)
        states.append(state)
    return states, tried


def trajectory_error(seed, temperature, lr, count=50, f_min=1.0, level_count=16, decay=0.992):
    """The largest distance from the reference in 50 steps, in budgets of the step; inf where a count differs.

    Our choice of the budget: 20 roundings of the largest entry in each step, over the temperature where that
    is below 1, because the derivative of the quantization grows like range / T.
    """
    settings = ReleasedSettings(f_min=f_min, level_count=level_count, step_size=lr, decay=decay)
    states, tried = reference_states(seed, count, temperature, settings)
    options = {"f_min": f_min, "level_count": level_count, "decay": decay, "temperature": temperature}
    run, worst = Run(seed, lr=lr, **options), 0.0
    for number, state in enumerate(states):
        run.steps(1)
        group = run.optimizer.param_groups[0]
        held = [
            *run.tensors,
            *run.averages(),
            np.array([group["temperature"]]),
            np.array(group["losses"]),
        ]
        exact = [*state.tensors, *state.mean_fields, np.array([state.temperature]), np.array(state.losses)]
        for mine, theirs in zip(held, exact, strict=True):
            value = mine.detach().numpy() if isinstance(mine, torch.Tensor) else mine
            gap = np.max(np.abs(value - theirs), initial=0.0)
            scale = max(1.0, float(np.abs(theirs).max(initial=0.0))) / min(1.0, state.temperature)
            worst = max(worst, float(gap) / (20 * EPS * scale * (number + 1)))
    return worst if run.calls == count + tried else math.inf


VERSIONS = [
    {"temperature": 1.0, "lr": 0.01},
    {"temperature": 1.0, "lr": 0.01, "level_count": 1024},
    {"temperature": 0.1, "lr": 0.3, "f_min": 0.3},
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("seed", [0, 1, 2**63])
def test_fifty_steps_are_those_of_the_reference(version, seed):
    assert trajectory_error(seed, **version) <= 1.0


WRONG = {
    "accept sign": (released, "released_acceptance", lambda rule: lambda change, heat: rule(-change, heat)),
    "every candidate kept": (released, "released_acceptance", lambda rule: lambda change, heat: True),
    "temperature off by one percent": (
        released,
        "released_temperature",
        lambda rule: lambda *arguments: 1.01 * rule(*arguments),
    ),
    "one level missing": (
        released_unit,
        "released_soft_quantize",
        lambda rule: lambda candidate, count, heat: rule(candidate, count - 1, heat),
    ),
    "smoothing weights exchanged": (
        released_unit,
        "mean_field",
        lambda rule: lambda before, slope, alpha: mean_field(before, slope, alpha, "gradient"),
    ),
    "entropy of one tensor only": (
        released,
        "released_entropy",
        lambda rule: lambda tensors, heat: rule(tensors[:1], heat),
    ),
    "previous and current loss exchanged": (
        released,
        "released_fraction",
        lambda rule: lambda losses, *bounds: rule([*losses[:-2], *losses[-1:], *losses[-2:-1]], *bounds),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_planted_error_leaves_the_reference(name, monkeypatch):
    module, rule, wrong = WRONG[name]
    monkeypatch.setattr(module, rule, wrong(getattr(module, rule)))
    # A loss that moves: a fraction of the tensors follows its changes.
    assert trajectory_error(1, 0.1, 0.3, f_min=0.0) > 1.0


def test_without_the_planted_errors_the_same_run_agrees():
    assert trajectory_error(1, 0.1, 0.3, f_min=0.0) <= 1.0


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
