"""Run an experiment: ``python -m gpu.training NAME --out FILE``; see ``--list``.  A killed run is continued."""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

# One thread a process: the models are small, and times of two processes then do not disturb each other.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

FOLDER = Path("build/experiments")


def _parser(names: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gpu.training", description=__doc__)
    parser.add_argument("name", nargs="?", choices=[*names, "all"], help="experiment, or all of them in turn")
    parser.add_argument("--list", action="store_true", help="list the experiments with their numbers of runs")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"default: {FOLDER}/NAME.jsonl")
    parser.add_argument("--quick", action="store_true", help="a few cells in some seconds: does it run?")
    parser.add_argument(
        "--seeds", type=int, metavar="N", help="paired seeds 0 to N - 1 (default: the experiment's)"
    )
    parser.add_argument("--jobs", type=int, default=1, choices=(1, 2, 4, 8), help="processes (default: 1)")
    return parser


def _timed(cell: Any) -> tuple[Any, list[dict[str, Any]], float]:
    import torch

    from gpu.training.trainer import run

    torch.set_num_threads(1)
    start = time.perf_counter()
    with warnings.catch_warnings():
        # PolyStep remarks on its own settings at every start.
        warnings.simplefilter("ignore")
        rows = run(cell)
    return cell, rows, time.perf_counter() - start


def _carry_out(cells: list[Any], log: Any, pool: Any, advance: Any) -> None:
    """Run the cells that the log does not have, and log each when it ends."""
    missing = [cell for cell in cells if log.rows(cell) is None]
    for _ in range(len(cells) - len(missing)):
        advance(None)
    results: Iterator[Any] = pool.imap_unordered(_timed, missing) if pool else map(_timed, missing)
    for cell, rows, seconds in results:
        log.add(cell, rows, seconds)
        advance(cell)


def run_experiment(name: str, path: Path, *, quick: bool, seeds: int | None, jobs: int) -> None:
    """Carry out what is missing of an experiment, with a progress bar on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from gpu.training.experiments import arms, best
    from gpu.training.run_log import RunLog

    chosen, log = arms(name, quick=quick, seeds=seeds), RunLog(path, name)
    total = sum(len(arm.tuning()) + arm.seeds for arm in chosen)
    columns = TextColumn("{task.description:<44.44}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    pool = multiprocessing.get_context("spawn").Pool(jobs) if jobs > 1 else None
    try:
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(name, total=total)

            def advance(cell: Any) -> None:
                text = name if cell is None else f"{name}: {cell.dataset}, {cell.optimizer}"
                bar.update(task, advance=1, description=text)

            for _, group in itertools.groupby(chosen, key=lambda arm: arm.dataset):
                block = list(group)
                _carry_out([cell for arm in block for cell in arm.tuning()], log, pool, advance)
                final = []
                for arm in block:
                    ends = [(log.rows(cell) or [{}])[-1].get("validation_loss") for cell in arm.tuning()]
                    final += arm.final(best(arm.values(), ends) if ends else arm.values()[0])
                _carry_out(final, log, pool, advance)
    finally:
        if pool:
            pool.terminate()
            pool.join()
    print(f"{name}: {total} runs in {path}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    from gpu.training.experiments import EXPERIMENTS, arms

    parser = _parser(list(EXPERIMENTS))
    options = parser.parse_args(arguments)
    if options.list or options.name is None:
        for name, make in EXPERIMENTS.items():
            runs = sum(len(arm.tuning()) + arm.seeds for arm in arms(name))
            print(f"{name:<16}{runs:>5} runs  {(make.__doc__ or '').splitlines()[0]}")
        return 0 if options.list else 2
    names = list(EXPERIMENTS) if options.name == "all" else [options.name]
    if options.out and len(names) > 1:
        parser.error("--out takes one experiment; without it each gets a file of its own")
    folder = FOLDER / "quick" if options.quick else FOLDER
    try:
        for name in names:
            path = options.out or folder / f"{name}.jsonl"
            run_experiment(name, path, quick=options.quick, seeds=options.seeds, jobs=options.jobs)
    except (ValueError, ModuleNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
