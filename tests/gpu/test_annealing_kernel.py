"""The annealing kernel: equal to the plain form in the interpreter and on a device, compiled for real targets."""

import json
import statistics
from dataclasses import replace

import pytest
import torch

from tests.gpu.annealing_spans import agrees, cases, long_span, recipe_of, scalars_of
from tests.gpu.annealing_trajectories import COUNTS, TRAJECTORIES, is_exact, trajectory
from tests.gpu.fresh_process import run_in_the_interpreter, run_script

ELEMENTS = 2**26 + 48  # enough to leave every cache
REPETITIONS = 20

# Stack of a thread in bytes: the table by which the cosine reduces its argument takes 32, and two more words of
# a vector are our allowance.
STACK = 64


def test_the_kernel_s_steps_are_those_of_the_reference_and_the_plain_form_in_the_interpreter():
    run_in_the_interpreter("annealing_in_the_interpreter.py")


def test_the_kernel_s_trajectories_are_those_of_the_plain_form_in_the_interpreter():
    run_in_the_interpreter("trajectories_in_the_interpreter.py")


def test_the_kernel_compiles_for_two_generations_of_gpu_once_for_all_steps_and_an_ill_typed_one_does_not(
    tmp_path,
):
    report = json.loads(
        run_script("annealing_ahead_of_time.py", TRITON_INTERPRET="0", TRITON_CACHE_DIR=str(tmp_path))
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
    for span in cases(60):
        # An approximate exponential moves a probability by about 2^-22: one of these decisions in a million.
        exact = span.noise == "zero" and span.quantizer is None and span.acceptance_rule == "descent"
        flips = 0 if exact and span.penalty_form != "boltzmann" else 2
        assert agrees(span, cuda, flips), span


@pytest.mark.gpu
def test_trajectories_without_exponentials_are_those_of_the_plain_form_on_a_device(cuda):
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

    span, step = long_span(), prepared(cuda, 4096, torch.float32)
    step(span)
    others = scalars_of(replace(span, temperature=0.7), cuda)
    compiled = sum(len(cache[0]) for cache in anneal_kernel.device_caches.values())
    torch.cuda.set_sync_debug_mode("error")
    try:
        step(replace(span, seed=3), changing=others)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert sum(len(cache[0]) for cache in anneal_kernel.device_caches.values()) == compiled


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_time_of_a_step_on_a_device_beside_the_floor_of_its_memory(cuda, dtype, record_property):
    from gpu.annealing_span import bytes_per_element
    from gpu.membership import TileMembers

    plain = long_span(quantizer=None, acceptance_rule="descent")
    spans = {
        "plain": plain,
        "noise and metropolis": replace(plain, noise="linear", acceptance_rule="metropolis"),
        "closed form": replace(plain, quantizer="closed_form", entropy="all"),
    }
    source, target = (torch.ones(ELEMENTS, dtype=dtype, device=cuda) for _ in range(2))
    bandwidth = 2 * ELEMENTS * dtype.itemsize / seconds(lambda: target.copy_(source))
    print(f"{dtype}: a copy moves {bandwidth / 1e9:.0f} GB/s")
    tiles = -(-ELEMENTS // 65536)
    for name, span in spans.items():
        step, changing = prepared(cuda, ELEMENTS, dtype), scalars_of(span, cuda)
        for stride in (1, 100):
            taken = torch.arange(tiles, device=cuda) % stride == 0
            members = None if stride == 1 else TileMembers(taken, 0, 65536)
            fraction = float(taken.float().mean())
            if stride > 1:
                span = replace(span, entropy=None)
            taken_time = seconds(lambda: step(span, members, changing))  # noqa: B023
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

    theta, gradient, average = (torch.randn(size, device=cuda).to(dtype) for _ in range(3))
    sums = empty_sums(cuda)

    def step(span, members=None, changing=None):
        changing = scalars_of(span, cuda) if changing is None else changing
        rest = (False, span.half_width, changing, recipe_of(span), sums)
        anneal_span_(theta, gradient, average, 0, members, None, *rest)

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
