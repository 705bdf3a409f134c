"""Memory and work of tensor code, counted and not timed."""

from __future__ import annotations

import tracemalloc

import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode


def peak_bytes(function, device):
    """Largest number of bytes allocated at once by a call, beyond what was there before it.

    On the CPU every allocation and release that passes through torch's allocator is summed up, compiled code and
    temporaries inside operators included; releasing what was there before the call earns no credit.  On CUDA
    the allocator's own peak is read.

    >>> peak_bytes(lambda: torch.zeros(1000).add(1).sum().item(), torch.device("cpu")) >= 8000
    True
    """
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        kept = function()
        torch.cuda.synchronize(device)
        peak = torch.cuda.max_memory_allocated(device) - before
        del kept
        return peak
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        kept = function()
    del kept
    events = [event for event in recorded.profiler.kineto_results.events() if event.name() == "[memory]"]
    now = peak = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        now += event.nbytes()
        peak = max(peak, now)
    return peak


def peak_bytes_of_arrays(function):
    """The same for NumPy code, by tracemalloc."""
    tracemalloc.start()
    try:
        kept = function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        kept = None  # noqa: F841  (released only after the peak was read)
        tracemalloc.stop()


class _Elements(TorchDispatchMode):
    """Sums up the entries of all tensors that the operators of a call return."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        result = operator(*args, **(kwargs or {}))
        if not operator.is_view:
            found = result if isinstance(result, tuple | list) else (result,)
            self.count += sum(tensor.numel() for tensor in found if isinstance(tensor, torch.Tensor))
        return result


def computed_elements(function):
    """How many tensor entries a call computes: one for each entry that an operator returns, views aside.

    >>> computed_elements(lambda: (torch.ones(10) * 2).view(2, 5).sum())
    21
    """
    with _Elements() as counted:
        function()
    return counted.count


def state_bytes(optimizer):
    """Bytes of all tensors an optimizer keeps between steps, each storage once, the parameters not counted."""
    parameters = {p.untyped_storage().data_ptr() for group in optimizer.param_groups for p in group["params"]}
    found = {}

    def visit(value):
        if isinstance(value, torch.Tensor):
            storage = value.untyped_storage()
            if storage.data_ptr() not in parameters:
                found[storage.data_ptr()] = storage.nbytes()
        elif isinstance(value, dict):
            for entry in value.values():
                visit(entry)
        elif isinstance(value, list | tuple):
            for entry in value:
                visit(entry)

    visit(dict(optimizer.state))
    visit([{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups])
    return sum(found.values())
