"""A CUDA device for the tests marked ``gpu``, or a skip that says what was not shown; and the optimizer tested."""

import os

import pytest
import torch

from gpu import DFGDA


@pytest.fixture
def cuda(request):
    """The CUDA device; without one the test is skipped, or fails where REQUIRE_GPU=1."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    unshown = f"no CUDA device: not shown that {request.node.name.removeprefix('test_').replace('_', ' ')}"
    if os.environ.get("REQUIRE_GPU") == "1":
        pytest.fail(unshown)
    pytest.skip(unshown)


@pytest.fixture
def optimizer_class():
    """The optimizer that keeps the contract; test_planted_optimizers.py calls the same tests with others."""
    return DFGDA
