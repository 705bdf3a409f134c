"""A step that needs no closure reads nothing on the host and does not compile anew, whatever changes between steps."""

from contextlib import contextmanager
from unittest import mock

import pytest
import torch
from torch._dynamo.testing import CompileCounter
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

import gpu.compilation
from gpu import DFGDA
from gpu.group import Group
from tests.gpu.bitwise import identical
from tests.gpu.networks_of_two_groups import SCHEDULES, SELECTIONS, TwoGroups

COMBINATIONS = [
    *(SCHEDULES[schedule] | SELECTIONS["sweep"] for schedule in SCHEDULES),
    *(SCHEDULES["geometric"] | SELECTIONS[selection] for selection in SELECTIONS),
    *({"acceptance": "none"} | SELECTIONS[selection] for selection in SELECTIONS),
]
OTHERS = [
    {"energy": "regularized", "weight_decay": 0.1, "maximize": True, "refreshed": "all", "f_min": 0.5},
    {"smoothing": 0.0, "acceptance_rule": "sigmoid", "weighting": "gradient", "noise_placement": "outside"},
    {"lr": torch.tensor(0.1)},
    SCHEDULES["entropy"]
    | {"entropy_scope": "selected", "scale": "tensor", "selection": "uniform", "f_max": 0.5}
    | {"f_min": 0.25},
    SCHEDULES["entropy"] | {"quantizer": "literal", "level_count": 9},
]


class NoCopiesFromTheHost(TorchDispatchMode):
    """Refuses tensors made of Python numbers by a copy: on a GPU the host would wait for it."""

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        if operator is torch.ops.aten.lift_fresh.default:
            raise AssertionError("a tensor was made on the host")
        return operator(*args, **(kwargs or {}))


@contextmanager
def decided_on_a_device():
    """Take the decisions of a step as if its tensors were on a GPU, where reading them means waiting."""
    with (
        mock.patch.object(Group, "read_on_host", return_value=False),
        mock.patch(
            "gpu.closed_form._scalar",
            new=lambda value, theta: (
                value.to(torch.float64) if isinstance(value, torch.Tensor) else float(value)
            ),
        ),
    ):
        yield


@pytest.fixture
def as_on_a_device():
    with decided_on_a_device():
        yield


def fake_steps(optimizer_class, options, steps=2):
    """Make steps with tensors that have no numbers; one that is asked for is an error."""
    lr = options.get("lr", 0.1)
    with FakeTensorMode(allow_non_fake_inputs=True):
        parameters = [torch.nn.Parameter(torch.empty(shape)) for shape in ((2, 3), (2,), (5,), ())]
        groups = [{"params": parameters[:2]}, {"params": parameters[2:]}]
        optimizer = optimizer_class(groups, **({"on_nonfinite": "skip"} | options | {"lr": lr}))
        for _ in range(steps):
            for parameter in parameters:
                parameter.grad = torch.empty_like(parameter)
            loss = torch.empty(())
            with NoCopiesFromTheHost():
                optimizer.step(loss=loss)
        return [parameter.dtype for parameter in parameters]


@pytest.mark.parametrize(
    "options", [*COMBINATIONS, *OTHERS], ids=lambda options: " ".join(map(str, options.values()))
)
def test_no_step_reads_a_number_of_its_tensors(options, as_on_a_device, optimizer_class):
    assert fake_steps(optimizer_class, options) == [torch.float32] * 4


@pytest.mark.parametrize("options", [{"on_nonfinite": "raise"}, {"initial_temperature": None}])
def test_the_check_notices_a_read(options, as_on_a_device):
    """An error must name a parameter, and a temperature may follow from the weights: both need numbers."""
    with pytest.raises(DataDependentOutputException):
        fake_steps(DFGDA, options)


def test_the_check_notices_a_choice_made_on_the_host():
    with pytest.raises(DataDependentOutputException):
        fake_steps(DFGDA, SELECTIONS["sweep"])


def test_the_check_notices_a_copy_from_the_host(as_on_a_device, monkeypatch):
    monkeypatch.setattr("gpu.group.on_device", lambda value, device: torch.tensor(value, dtype=torch.float64))
    with pytest.raises(AssertionError, match="a tensor was made on the host"):
        fake_steps(DFGDA, {})


@pytest.mark.parametrize("options", COMBINATIONS, ids=lambda options: " ".join(map(str, options.values())))
def test_the_decisions_taken_on_a_device_are_those_taken_on_the_host(options, monkeypatch, optimizer_class):
    problem, twin = TwoGroups(), TwoGroups()
    optimizer, other = (optimizer_class(each.groups, lr=0.1, **options) for each in (problem, twin))
    for _ in range(4):
        optimizer.step(problem.closure)
        with monkeypatch.context() as patch:
            patch.setattr(Group, "read_on_host", lambda self: False)
            other.step(twin.closure)
        assert identical(problem.parameters, twin.parameters)
    assert identical(optimizer.state_dict(), other.state_dict())


@pytest.mark.gpu
@pytest.mark.parametrize(
    "options", [*COMBINATIONS, *OTHERS], ids=lambda options: " ".join(map(str, options.values()))
)
def test_no_step_waits_for_the_gpu(options, cuda, optimizer_class):
    parameters = [torch.nn.Parameter(torch.randn(shape, device="cuda")) for shape in ((2, 3), (2,), (5,), ())]
    groups = [{"params": parameters[:2]}, {"params": parameters[2:]}]
    lr = options.get("lr", torch.tensor(0.1)).item()
    optimizer = optimizer_class(groups, **({"on_nonfinite": "skip"} | options | {"lr": lr}))
    loss = torch.ones((), device="cuda")
    for parameter in parameters:
        parameter.grad = torch.randn_like(parameter)
    optimizer.step(loss=loss)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(3):
            optimizer.step(loss=loss)
    finally:
        torch.cuda.set_sync_debug_mode("default")


# For each compiled function one graph serves every length; a length of 1 is always a case of its own for the compiler.
GRAPHS = 2


@contextmanager
def compilations_counted():
    """Count the compilations of the elementwise work, with a backend that runs the graph as it is."""
    torch._dynamo.reset()
    counted, ordinary = CompileCounter(), gpu.compilation.compiled_copy

    def compiled_and_counted(function):
        return ordinary(function, backend=counted)

    with mock.patch.multiple(gpu.compilation, _compiled={}, compiled_copy=compiled_and_counted):
        try:
            yield counted
        finally:
            torch._dynamo.reset()


@pytest.fixture
def counter():
    with compilations_counted() as counted:
        yield counted


@pytest.mark.parametrize("asked", ["compile=True", "torch.compile(optimizer.step)"])
@pytest.mark.parametrize(
    ("schedule", "selection", "tensor_lr"),
    [
        ("geometric", "everything", False),
        ("geometric", "uniform", True),
        ("geometric", "sweep", False),
        ("compounding", "block", True),
    ],
)
def test_steps_after_the_second_compile_nothing(
    asked, tensor_lr, selection, schedule, counter, optimizer_class
):
    problem, twin = TwoGroups(), TwoGroups()
    options = SCHEDULES[schedule] | SELECTIONS[selection] | {"on_nonfinite": "skip"}
    lr = [torch.tensor(0.1) if tensor_lr else 0.1 for _ in range(2)]
    other = optimizer_class(twin.groups, lr=lr[0], **options)
    optimizer = optimizer_class(problem.groups, lr=lr[1], compile=asked == "compile=True", **options)
    whole = CompileCounter()
    step = optimizer.step if asked == "compile=True" else torch.compile(optimizer.step, backend=whole)
    counts = []
    for _ in range(5):
        step(loss=problem.closure().detach())
        other.step(loss=twin.closure().detach())
        for group in (*optimizer.param_groups, *other.param_groups):
            group["lr"] = group["lr"] * 0.9
        counts.append(counter.frame_count + whole.frame_count)
    functions = 2 if selection == "uniform" else 1  # random words beside the elementwise work
    assert 1 <= counts[0] <= counts[1] <= GRAPHS * functions
    assert counts[2:] == [counts[1]] * 3
    # The backend runs what was traced, so that a number frozen by the trace would show.
    assert identical(problem.parameters, twin.parameters)
    temperatures = [[row["temperature"] for row in each.status()] for each in (optimizer, other)]
    assert temperatures[0] == temperatures[1]
    assert all(row["temperature"] < row["start_temperature"] for row in optimizer.status())


def test_seeds_beyond_the_limit_of_the_compiler_are_compiled_like_the_first(counter, optimizer_class):
    """Beyond some number of graphs of one function the compiler gives up without an error: eight, and here two."""
    with torch._dynamo.config.patch(recompile_limit=2):
        for seed in range(4):
            problem = TwoGroups()
            optimizer = optimizer_class(problem.groups, lr=0.1, noise="linear", seed=seed, compile=True)
            before = counter.frame_count
            for _ in range(3):
                optimizer.step(problem.closure)
            assert counter.frame_count == before + 1
