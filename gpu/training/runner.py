"""Carry out what is missing of an experiment, in one process or several, with a progress bar."""

from __future__ import annotations

import itertools
import multiprocessing
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gpu.training.arm import best
from gpu.training.experiments import arms
from gpu.training.run_log import RunLog
from gpu.training.trainer import Cell, run

Finished = tuple[Cell, list[dict[str, Any]], float]


def timed(cell: Cell) -> Finished:
    """Run a cell in one thread and return it with its rows and the wall time."""
    torch.set_num_threads(1)
    start = time.perf_counter()
    with warnings.catch_warnings():
        # PolyStep remarks on its own settings at every start.
        warnings.simplefilter("ignore")
        rows = run(cell)
    return cell, rows, time.perf_counter() - start


def _results(cells: list[Cell], pool: ProcessPoolExecutor | None) -> Iterator[Finished]:
    if pool is None:
        yield from map(timed, cells)
    else:
        for future in as_completed([pool.submit(timed, cell) for cell in cells]):
            yield future.result()


def carry_out(
    cells: list[Cell], log: RunLog, pool: ProcessPoolExecutor | None, advance: Callable[[Cell | None], None]
) -> None:
    """Run the cells that the log does not have, and log each when it ends; ``advance`` hears of every cell."""
    missing = [cell for cell in cells if log.rows(cell) is None]
    for _ in range(len(cells) - len(missing)):
        advance(None)
    for cell, rows, seconds in _results(missing, pool):
        log.add(cell, rows, seconds)
        advance(cell)


def run_experiment(
    name: str, path: Path, *, quick: bool = False, seeds: int | None = None, jobs: int = 1
) -> int:
    """Carry out what is missing of an experiment and return its number of runs.

    Arguments:
        name: of the experiment.
        path: of its log; what is there is not run again.
        quick: a few arms with two seeds.
        seeds: number of paired seeds, where it is not the experiment's own.
        jobs: number of processes, at least 1.

    Raises:
        ValueError: an unknown name, a damaged log, or a number out of range.
        ModuleNotFoundError: a package with data or optimizers is missing.
    """
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, got {jobs}")
    chosen, log = arms(name, quick=quick, seeds=seeds), RunLog(path, name)
    total = sum(len(arm.tuning()) + arm.seeds for arm in chosen)
    columns = TextColumn("{task.description:<44.44}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context) if jobs > 1 else None
    try:
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(name, total=total)

            def advance(cell: Cell | None) -> None:
                text = name if cell is None else f"{name}: {cell.dataset}, {cell.optimizer}"
                bar.update(task, advance=1, description=text)

            for _, group in itertools.groupby(chosen, key=lambda arm: arm.dataset):
                block = list(group)
                carry_out([cell for arm in block for cell in arm.tuning()], log, pool, advance)
                final = []
                for arm in block:
                    ends = [(log.rows(cell) or [{}])[-1].get("validation_loss") for cell in arm.tuning()]
                    final += arm.final(best(arm.values(), ends) if ends else arm.values()[0])
                carry_out(final, log, pool, advance)
    finally:
        if pool:
            pool.shutdown(cancel_futures=True)
    return total
