"""Times of several candidates in alternation, driven by pytest-benchmark.

One round calls every candidate once, forwards in even rounds and backwards in odd ones (ABBA), so that slow
drifts of the machine cancel in the ratios.  pytest-benchmark runs the rounds; its own statistics are those of a
whole round, the clocks below are those of each candidate.
"""

from __future__ import annotations

import gc
import time

import torch

SHORTEST = 2e-3  # seconds a single reading lasts at least, by repetition: our choice, 10^4 ticks of the clock
MOST_REPEATS = 1000


def seconds(function, repeats, device):
    """Seconds per call over some repeated calls."""
    if device.type == "cuda":
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda.synchronize(device)
        start.record()
        for _ in range(repeats):
            function()
        end.record()
        torch.cuda.synchronize(device)
        return start.elapsed_time(end) * 1e-3 / repeats
    began = time.perf_counter_ns()
    for _ in range(repeats):
        function()
    return (time.perf_counter_ns() - began) * 1e-9 / repeats


def repeats_for(function, device):
    """How many calls make a reading long enough; the two calls made here are the warm-up."""
    seconds(function, 1, device)
    once = seconds(function, 1, device)
    return max(1, min(MOST_REPEATS, round(SHORTEST / max(once, 1e-9))))


def interleaved(benchmark, candidates, rounds, device):
    """Seconds per call of each candidate, one number per round, all candidates in every round.

    Arguments:
        benchmark: the fixture of pytest-benchmark.
        candidates: name -> function without arguments.
        rounds: number of rounds; six are the fewest that give a median a 95 % interval.
        device: where the candidates run.
    """
    repeats = {name: repeats_for(function, device) for name, function in candidates.items()}
    times = {name: [] for name in candidates}
    names = list(candidates)

    def one_round():
        order = names if len(times[names[0]]) % 2 == 0 else names[::-1]
        for name in order:
            times[name].append(seconds(candidates[name], repeats[name], device))

    gc.collect()
    gc.disable()
    try:
        benchmark.pedantic(one_round, rounds=rounds, iterations=1, warmup_rounds=0)
    finally:
        gc.enable()
    benchmark.extra_info["repeats"] = repeats
    benchmark.extra_info["seconds per call"] = {
        name: sorted(found)[len(found) // 2] for name, found in times.items()
    }
    return times
