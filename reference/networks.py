"""Shapes and initial weights of networks the paper trains, written out so that nothing is downloaded.

The paper names LeNet-5, a 3-layer CNN, ResNet-50 and an LSTM (its Table 2) without giving their shapes.
ResNet-50 has the shapes everyone uses (K. He et al., CVPR 2016, 25,557,032 parameters); the others are our
choice where the name leaves one.  The initialisers are the defaults of the paper's framework, PyTorch:

    convolution, linear      weight and bias uniform on [-b, b], b = 1 / sqrt(fan_in)
                             (Kaiming's uniform law with negative slope sqrt(5))
    ResNet's convolutions    normal with variance 2 / fan_out, no bias
    LSTM                     uniform on [-b, b], b = 1 / sqrt(hidden size)
    normalisation            scale 1, bias 0

The last row matters: those tensors have spread 0, and the paper's grid and temperature rule, which are
multiples of the spread, are undefined on them.

Claims that rest on it: IMP-1, IMP-11..15, PQ-16, PQ-17.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from reference.random_streams import RandomStream
from reference.validation import FloatArray, one_of

_Draft = tuple[str, tuple[int, ...], str, float]


@dataclass(frozen=True)
class TensorSpec:
    """One trainable tensor: its name, its shape and the law of its initial entries.

    Attributes:
        name: name of the layer and of the tensor in it.
        shape: at least one axis.
        initialiser: "uniform" on [-scale, scale], "normal" with standard deviation scale, or "constant", all
            entries being scale.
        scale: parameter of the initialiser.
        offset: index of the tensor's first entry among all parameters of its network.

    >>> TensorSpec("bias", (6,), "uniform", 0.2, 150).size
    6
    """

    name: str
    shape: tuple[int, ...]
    initialiser: str
    scale: float
    offset: int

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.shape)

    @property
    def standard_deviation(self) -> float:
        """Standard deviation of the initialiser's law: the paper's sigma_init for this tensor."""
        unit_deviation = {"uniform": 1.0 / math.sqrt(3.0), "normal": 1.0, "constant": 0.0}
        return self.scale * unit_deviation[self.initialiser]


def network_tensors(name: Any) -> list[TensorSpec]:
    """Return the trainable tensors of a network, in the order of its layers.

    Arguments:
        name: "lenet5", "cnn3", "lstm" or "resnet50".

    Returns:
        A list of ``TensorSpec`` whose offsets are the running sum of their sizes.

    Raises:
        ValueError: an unknown name.

    Source: Table 2 of the paper for the names; see the module for shapes and initialisers.

    >>> sum(tensor.size for tensor in network_tensors("resnet50"))
    25557032
    """
    offset = 0
    tensors = []
    for draft in NETWORKS[one_of("name", name, NETWORKS)]():
        tensors.append(TensorSpec(*draft, offset))
        offset += tensors[-1].size
    return tensors


def initial_weights(spec: TensorSpec, stream: RandomStream) -> FloatArray:
    """Return the initial entries of one tensor.

    Each entry is made of the random numbers of its index in the whole network at step 0, so that tensors are
    independent and any of them can be made alone.

    Arguments:
        spec: the tensor.
        stream: the random stream set aside for initial weights.

    Returns:
        float64, of shape ``spec.shape``.

    Raises:
        ValueError: an unknown initialiser.

    Source: defaults of PyTorch, see the module.

    >>> initial_weights(network_tensors("lenet5")[1], RandomStream(seed=0, stream=0)).shape
    (6,)
    """
    initialiser = one_of("spec.initialiser", spec.initialiser, ("uniform", "normal", "constant"))
    if initialiser == "constant":
        return np.full(spec.shape, spec.scale)
    indices = np.arange(spec.offset, spec.offset + spec.size)
    if initialiser == "normal":
        entries = spec.scale * stream.normals(0, indices)
    else:
        entries = spec.scale * (2.0 * stream.uniforms(0, indices) - 1.0)
    return entries.reshape(spec.shape)


def initial_network(name: Any, stream: RandomStream) -> Iterator[tuple[TensorSpec, FloatArray]]:
    """Yield each tensor of a network with its initial entries, one at a time.

    Arguments, errors: as ``network_tensors`` and ``initial_weights``.

    >>> sum(weights.size for _, weights in initial_network("lenet5", RandomStream(seed=0, stream=0)))
    61706
    """
    for spec in network_tensors(name):
        yield spec, initial_weights(spec, stream)


def _affine(name: str, shape: tuple[int, ...]) -> Iterator[_Draft]:
    """Yield weight and bias of a convolution (out, in, height, width) or of a linear layer (out, in)."""
    bound = 1.0 / math.sqrt(math.prod(shape[1:]))
    yield f"{name}.weight", shape, "uniform", bound
    yield f"{name}.bias", shape[:1], "uniform", bound


def _normalisation(name: str, channels: int) -> Iterator[_Draft]:
    yield f"{name}.weight", (channels,), "constant", 1.0
    yield f"{name}.bias", (channels,), "constant", 0.0


def _lenet5() -> Iterator[_Draft]:
    """Y. LeCun et al., 1998, with full connections between its convolutions: 32 x 32 images, 10 classes."""
    yield from _affine("conv1", (6, 1, 5, 5))
    yield from _affine("conv2", (16, 6, 5, 5))
    yield from _affine("linear1", (120, 16 * 5 * 5))
    yield from _affine("linear2", (84, 120))
    yield from _affine("linear3", (10, 84))


def _cnn3() -> Iterator[_Draft]:
    """Three normalised convolutions, each followed by a halving of 32 x 32 colour images (our choice)."""
    channels = (3, 32, 64, 128)
    for layer in (1, 2, 3):
        yield from _affine(f"conv{layer}", (channels[layer], channels[layer - 1], 3, 3))
        yield from _normalisation(f"norm{layer}", channels[layer])
    yield from _affine("linear", (10, 128 * 4 * 4))


def _lstm() -> Iterator[_Draft]:
    """One LSTM layer for nine sensor channels, 128 units, and a read-out of six activities (our choice)."""
    inputs, hidden, classes = 9, 128, 6
    bound = 1.0 / math.sqrt(hidden)
    # The four gates are stacked along the first axis.
    yield "lstm.input_weight", (4 * hidden, inputs), "uniform", bound
    yield "lstm.hidden_weight", (4 * hidden, hidden), "uniform", bound
    yield "lstm.input_bias", (4 * hidden,), "uniform", bound
    yield "lstm.hidden_bias", (4 * hidden,), "uniform", bound
    yield from _affine("linear", (classes, hidden))


def _resnet50() -> Iterator[_Draft]:
    """K. He et al., CVPR 2016, Table 1, 50 layers: 224 x 224 colour images, 1000 classes."""

    def convolution(name: str, outputs: int, inputs: int, width: int) -> Iterator[_Draft]:
        shape = (outputs, inputs, width, width)
        yield f"{name}.conv.weight", shape, "normal", math.sqrt(2.0 / (outputs * width * width))
        yield from _normalisation(f"{name}.norm", outputs)

    yield from convolution("stem", 64, 3, 7)
    inputs = 64
    for stage, (blocks, width) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512)), start=1):
        for block in range(1, blocks + 1):
            place = f"stage{stage}.block{block}"
            yield from convolution(f"{place}.reduce", width, inputs, 1)
            yield from convolution(f"{place}.spatial", width, width, 3)
            yield from convolution(f"{place}.expand", 4 * width, width, 1)
            if block == 1:
                yield from convolution(f"{place}.shortcut", 4 * width, inputs, 1)
            inputs = 4 * width
    yield from _affine("linear", (1000, inputs))


NETWORKS: dict[str, Callable[[], Iterator[_Draft]]] = {
    "lenet5": _lenet5,
    "cnn3": _cnn3,
    "lstm": _lstm,
    "resnet50": _resnet50,
}
