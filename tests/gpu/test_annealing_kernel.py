"""The annealing kernel: equal to the plain form in the interpreter and on a device, compiled for real targets."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
import torch

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

ELEMENTS = 2**26 + 48  # enough to leave every cache
REPETITIONS = 20

# Stack of a thread in bytes: the table by which the cosine reduces its argument takes 32, and two more words of
# a vector are our allowance.
STACK = 64


def run_alone(script, **environment):
    """The output of a script in a fresh process, so that Triton sees this environment when it is imported."""
    pytest.importorskip("triton", reason="the kernel was neither run nor compiled: Triton is not installed")
    finished = subprocess.run(
        [sys.executable, HERE / script],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-4000:]
    return finished.stdout


def test_the_kernel_s_decisions_and_counts_are_those_of_the_plain_form_in_the_interpreter():
    run_alone("annealing_in_the_interpreter.py", TRITON_INTERPRET="1")


def test_the_kernel_compiles_for_two_generations_of_gpu_once_for_all_steps_and_an_ill_typed_one_does_not(
    tmp_path,
):
    report = json.loads(
        run_alone("annealing_ahead_of_time.py", TRITON_INTERPRET="0", TRITON_CACHE_DIR=str(tmp_path))
    )
    assert {row["capability"] for row in report} == {80, 90}
    for row in report:
        print(row)
        assert row["atomic_additions"] in (2, 4), row
        assert row.get("STACK", 0) <= STACK, row
        if row["recipe"] == "plain":
            # Sixteen bytes for each access of a thread, and every product rounded as in the plain form.
            assert row["widest_access"] == 16, row
            assert not row["fused_products"], row
            assert row.get("STACK", 0) == 0, row


@pytest.mark.gpu
def test_the_kernel_s_decisions_are_those_of_the_plain_form_on_a_device(cuda):
    from tests.gpu.annealing_spans import agrees, cases

    for case in cases(60):
        # An approximate exponential moves a probability by about 2^-22: one of these decisions in a million.
        exact = case["noise"] == "zero" and case["quantizer"] is None and case["acceptance_rule"] == "descent"
        flips = 0 if exact and case["penalty_form"] != "boltzmann" else 2
        assert agrees(case, cuda, flips), case


@pytest.mark.gpu
def test_trajectories_without_exponentials_are_those_of_the_plain_form_on_a_device(cuda):
    from tests.gpu.annealing_trajectories import COUNTS, TRAJECTORIES, is_exact, trajectory

    exact = {"descent on a sweep": {"f_min": 0.3, "f_max": 0.3, "tile_size": 32}}
    exact |= {name: options for name, options in TRAJECTORIES.items() if is_exact(options)}
    for name, options in exact.items():
        for dtype in (torch.float32, torch.bfloat16, torch.float64):
            pairs = zip(*(trajectory(options, dtype, use, cuda) for use in ("auto", "never")), strict=True)
            for (ours, status), (theirs, wanted) in pairs:
                assert all(torch.equal(x, y) for x, y in zip(ours, theirs, strict=True)), (name, dtype)
                assert all(status[count] == wanted[count] for count in COUNTS), (name, dtype)


@pytest.mark.gpu
def test_a_new_temperature_seed_or_step_on_a_device_neither_waits_nor_compiles(cuda):
    from gpu.annealing_kernel import anneal_kernel
    from tests.gpu.annealing_spans import BASE, numbers, recipe_of

    step = prepared(cuda, 4096, torch.float32)
    step(recipe_of(BASE), numbers(cuda))
    others = numbers(cuda)._replace(temperature=torch.full((), 0.7, dtype=torch.float64, device=cuda))
    compiled = sum(len(cache[0]) for cache in anneal_kernel.device_caches.values())
    torch.cuda.set_sync_debug_mode("error")
    try:
        step(recipe_of(BASE)._replace(seed=3), others)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert sum(len(cache[0]) for cache in anneal_kernel.device_caches.values()) == compiled


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_time_of_a_step_on_a_device_beside_the_floor_of_its_memory(cuda, dtype, record_property):
    from gpu.annealing_span import bytes_per_element
    from gpu.membership import TileMembers
    from tests.gpu.annealing_spans import BASE, numbers, recipe_of

    plain = BASE | {"quantizer": None, "acceptance_rule": "descent"}
    recipes = {
        "plain": plain,
        "noise and metropolis": plain | {"noise": "linear", "acceptance_rule": "metropolis"},
        "closed form": plain | {"quantizer": "closed_form", "entropy": "all"},
    }
    source, target = (torch.ones(ELEMENTS, dtype=dtype, device=cuda) for _ in range(2))
    bandwidth = 2 * ELEMENTS * dtype.itemsize / seconds(lambda: target.copy_(source))
    print(f"{dtype}: a copy moves {bandwidth / 1e9:.0f} GB/s")
    tiles = -(-ELEMENTS // 65536)
    for name, case in recipes.items():
        step, changing = prepared(cuda, ELEMENTS, dtype), numbers(cuda)
        recipe = recipe_of(case)
        for stride in (1, 100):
            taken = torch.arange(tiles, device=cuda) % stride == 0
            members = None if stride == 1 else TileMembers(taken, 0, 65536)
            fraction = float(taken.float().mean())
            if stride > 1:
                recipe = recipe._replace(entropy=None)
            taken_time = seconds(lambda: step(recipe, changing, members))  # noqa: B023
            moved = bytes_per_element(dtype, True, fraction) * ELEMENTS
            ratio = taken_time * bandwidth / moved
            record_property(f"{name}, f = {fraction:.2g}: time over the floor", ratio)
            print(
                f"{name}, f = {fraction:.2g}: {moved / 1e6:.1f} MB in {taken_time * 1e6:.0f} us, "
                f"{moved / taken_time / 1e9:.0f} GB/s, {ratio:.2f} times the floor"
            )


def prepared(cuda, size, dtype):
    """A function that makes one step of some elements by the kernel."""
    from gpu.annealing_span import anneal_span_, empty_sums
    from tests.gpu.annealing_spans import HALF_WIDTH

    theta, gradient, average = (torch.randn(size, device=cuda).to(dtype) for _ in range(3))
    sums = empty_sums(cuda)

    def step(recipe, changing, members=None):
        anneal_span_(theta, gradient, average, 0, members, None, False, HALF_WIDTH, changing, recipe, sums)

    return step


def seconds(work):
    """The median time of some work on the device."""
    work()
    times = []
    for _ in range(REPETITIONS):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        work()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end) * 1e-3)
    return statistics.median(times)
