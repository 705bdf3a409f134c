"""Run an experiment: ``python -m gpu.training NAME``; ``--list`` shows them.  A killed run is continued."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

# One thread a process: the models are small, and times of two processes then do not disturb each other.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

FOLDER = Path("build/experiments")


def _parser(names: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gpu.training", description=__doc__)
    parser.add_argument("name", nargs="?", metavar="NAME", help=f"one of {', '.join(names)}, or all")
    parser.add_argument("--list", action="store_true", help="list the experiments with their numbers of runs")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"default: {FOLDER}/NAME.jsonl")
    parser.add_argument(
        "--folder", type=Path, metavar="DIR", help=f"of the files NAME.jsonl (default: {FOLDER})"
    )
    parser.add_argument("--quick", action="store_true", help="a few runs of the full set, in some seconds")
    parser.add_argument(
        "--fresh", action="store_true", help="delete earlier runs first, instead of continuing"
    )
    parser.add_argument("--seeds", type=int, metavar="N", help="paired seeds 0 to N - 1 (default: its own)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (default: 1)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0 fine, 2 bad usage or something missing."""
    from gpu.training.experiments import EXPERIMENTS, arms
    from gpu.training.runner import run_experiment

    parser = _parser(list(EXPERIMENTS))
    options = parser.parse_args(arguments)
    if options.list:
        for name, make in EXPERIMENTS.items():
            runs = sum(len(arm.tuning()) + arm.seeds for arm in arms(name))
            print(f"{name:<16}{runs:>5} runs  {(make.__doc__ or '').splitlines()[0]}")
        return 0
    if options.name is None:
        parser.error("NAME is missing; --list shows the experiments")
    names = list(EXPERIMENTS) if options.name == "all" else [options.name]
    if options.out and len(names) > 1:
        parser.error("--out takes one experiment; without it each gets a file of its own")
    folder = options.folder or (FOLDER / "quick" if options.quick else FOLDER)
    try:
        for name in names:
            path = options.out or folder / f"{name}.jsonl"
            if options.fresh:
                path.unlink(missing_ok=True)
            runs = run_experiment(name, path, quick=options.quick, seeds=options.seeds, jobs=options.jobs)
            print(f"{name}: {runs} runs in {path}")
    except (ValueError, ModuleNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
