"""What training costs: an epoch with each optimizer, the released behaviour, and the parts of a step.

The network of an epoch has LeNet-5's size and synthetic digits, in batches of 64 (our choice).
"""

from __future__ import annotations

import copy

import pytest
import torch
from torch.nn.functional import cross_entropy

from gpu.released import ReleasedDFGDA
from tests.benchmarks.networks import convolutional_network, lenet5, synthetic_digits
from tests.benchmarks.optimizers import OPTIMIZERS, SGD, Unavailable, dfgda, torch_optimizer
from tests.benchmarks.quantizers import eager, gpu_method
from tests.benchmarks.tensor_accounting import peak_bytes
from tests.benchmarks.timing import interleaved

BATCH = 64
EPOCH_OPTIMIZERS = {
    name: OPTIMIZERS[name].make
    for name in (
        SGD,
        "Adam, fused",
        "DFGDA recommended",
        "DFGDA recommended, compiled",
        "DFGDA recommended, compiled, unchecked",
    )
} | {
    "DFGDA block acceptance": dfgda("recommended", acceptance="block"),
    "DFGDA as printed, first-order test": dfgda("as_printed", acceptance="linearised", level_count=512),
    "DFGDA as printed, literal sums": dfgda(
        "as_printed", acceptance="linearised", quantizer="literal", level_count=512
    ),
}


def step_on(model, optimizer, images, labels, passes=None):
    """One step by the closure contract; ``passes`` collects one entry per forward and backward pass."""

    def closure():
        optimizer.zero_grad()
        loss = cross_entropy(model(images), labels)
        loss.backward()
        if passes is not None:
            passes.append(1)
        return loss

    return lambda: optimizer.step(closure)


def bench_epoch(benchmark, recording, device, full):
    torch.manual_seed(0)
    start = lenet5().to(device)
    images, labels = synthetic_digits(BATCH * (16 if full else 2), 32, device)
    calls = {}
    for name, make in EPOCH_OPTIMIZERS.items():
        model = copy.deepcopy(start)
        try:
            optimizer = make(model.parameters())
        except Unavailable as error:
            recording.skip(name, str(error))
            continue
        batches = zip(images.split(BATCH), labels.split(BATCH), strict=True)
        steps = [step_on(model, optimizer, *batch) for batch in batches]
        calls[name] = lambda steps=steps: [step() for step in steps]
    times = interleaved(benchmark, calls, 15 if full else 2, device)
    setting = {"n": sum(p.numel() for p in start.parameters()), "batch": BATCH, "steps": len(images) // BATCH}
    recording.add_times("epoch", setting, times)


def bench_released_behaviour(benchmark, recording, device, full):
    torch.manual_seed(0)
    count = 1024 if full else 4
    images, labels = synthetic_digits(BATCH, 28, device)
    plain, annealed = (convolutional_network().to(device) for _ in range(2))
    passes = {"SGD": [], "released": []}
    # The released scripts compare with SGD without momentum.
    sgd = torch_optimizer("SGD")(plain.parameters())
    calls = {"SGD": step_on(plain, sgd, images, labels, passes["SGD"])}
    released = ReleasedDFGDA(annealed.parameters(), level_count=count)
    calls["released"] = step_on(annealed, released, images, labels, passes["released"])
    setting = {"n": sum(p.numel() for p in plain.parameters()), "K": count, "batch": BATCH}
    times = interleaved(benchmark, calls, 6 if full else 2, device)
    recording.add_times("released", setting, times)
    for name, call in calls.items():
        recording.add("released", name, setting, [peak_bytes(call, device)], "memory", "bytes")
        passes[name].clear()
        call()
        recording.add("released", name, setting, [len(passes[name])], "passes", "count")


@pytest.mark.parametrize("trained", ["all", "first", "last"])
def bench_gradient_of_one_block(benchmark, recording, device, full, trained):
    """Forward and backward pass where only one tensor is trained, against all of them: time and memory."""
    torch.manual_seed(0)
    images, labels = synthetic_digits(BATCH, 28, device)
    whole, part = convolutional_network().to(device), convolutional_network().to(device)
    weights = [p for p in part.parameters() if p.ndim > 1]
    chosen = {"all": weights, "first": weights[:1], "last": weights[-1:]}[trained]
    for parameter in part.parameters():
        parameter.requires_grad_(trained == "all" or any(parameter is one for one in chosen))

    def gradient(model):
        model.zero_grad(set_to_none=True)
        cross_entropy(model(images), labels).backward()

    calls = {"all tensors": lambda: gradient(whole), "trained": lambda: gradient(part)}
    times = interleaved(benchmark, calls, 11 if full else 2, device)
    setting = {"trained": trained, "batch": BATCH}
    recording.add_times(f"gradient, {trained}", setting, times)
    for name, call in calls.items():
        call()
        whole.zero_grad(set_to_none=True)
        part.zero_grad(set_to_none=True)
        recording.add(f"gradient, {trained}", name, setting, [peak_bytes(call, device)], "memory", "bytes")


@pytest.mark.parametrize("count", [256, 512, 1024])
def bench_share_of_entropy(benchmark, recording, device, full, count):
    """Entropy (with value) of all parameters of the LeNet-5-size network against a forward and backward pass."""
    torch.manual_seed(0)
    model = lenet5().to(device)
    images, labels = synthetic_digits(BATCH, 32, device)
    theta = torch.cat([p.detach().flatten() for p in model.parameters()])
    sigma = theta.std().item()
    levels = torch.linspace(-sigma, sigma, count, device=device)

    def gradient():
        model.zero_grad(set_to_none=True)
        cross_entropy(model(images), labels).backward()

    calls = {"forward and backward": gradient}
    for name, make in {"entropy, chunked": gpu_method("chunked"), "entropy, closed form": eager}.items():
        quantize = make(levels, sigma, 5 * sigma)
        calls[name] = lambda quantize=quantize: quantize(theta)
    times = interleaved(benchmark, calls, 7 if full else 2, device)
    recording.add_times(f"entropy, K={count}", {"n": theta.numel(), "K": count, "batch": BATCH}, times)
