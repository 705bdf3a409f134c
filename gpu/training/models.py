"""The models of the paper's Table 2, small enough that an experiment takes minutes on one core.

Shapes are our choice where the name leaves one; weights start as PyTorch starts them.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from gpu.training.generated_data import CHANNELS, VOCABULARY

WELLS = 200  # our choice; the smallest fraction of the paper, 0.01, then moves two of them
COUPLING, TILT = 0.2, 0.1  # between neighbours, and towards +1; our choice


class Recurrent(nn.Module):
    """One LSTM layer whose last output is read out linearly; input (rows, time, channels)."""

    def __init__(self, classes: int, hidden: int = 16) -> None:
        super().__init__()
        self.layer = nn.LSTM(CHANNELS, hidden, batch_first=True)
        self.readout = nn.Linear(hidden, classes)

    def forward(self, inputs: Tensor) -> Tensor:
        outputs, _ = self.layer(inputs)
        return self.readout(outputs[:, -1])


class TextNetwork(nn.Module):
    """Embedding, one convolution along the text, the largest response, a linear read-out."""

    def __init__(self, classes: int, width: int = 8) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, width)
        self.convolution = nn.Conv1d(width, 2 * width, 3, padding=1)
        self.readout = nn.Linear(2 * width, classes)

    def forward(self, words: Tensor) -> Tensor:
        responses = torch.relu(self.convolution(self.embedding(words).transpose(1, 2)))
        return self.readout(responses.amax(dim=2))


class ChainOfWells(nn.Module):
    r"""A loss without data: a ring of coupled double wells, tilted so that all +1 is best.

    sum over i of (x_i^2 - 1)^2 - c x_i x_{i+1} - h x_i: a smooth Ising ring.  Each domain wall costs about 2c.
    """

    def __init__(self) -> None:
        super().__init__()
        self.positions = nn.Parameter(torch.randn(WELLS))

    def forward(self, inputs: Tensor) -> Tensor:
        x = self.positions
        return ((x**2 - 1) ** 2 - COUPLING * x * x.roll(1) - TILT * x).sum()

    def order(self) -> float:
        """Absolute mean of the signs: 1 where all positions are in wells of one side."""
        return float(self.positions.detach().sign().mean().abs())


def _fully_connected(*hidden: int) -> Callable[[Tensor, int, float], nn.Module]:
    def build(inputs: Tensor, classes: int, dropout: float) -> nn.Module:
        widths = (inputs[0].numel(), *hidden)
        layers: list[nn.Module] = [nn.Flatten()]
        for before, after in pairwise(widths):
            layers += [nn.Linear(before, after), nn.ReLU()]
            if dropout:
                layers.append(nn.Dropout(dropout))
        return nn.Sequential(*layers, nn.Linear(widths[-1], classes))

    return build


def _lenet(inputs: Tensor, classes: int, dropout: float) -> nn.Module:
    """LeNet-5 (Y. LeCun et al., 1998) with the kernels and widths that images of 8 x 8 leave room for."""
    return nn.Sequential(
        *(nn.Conv2d(inputs.shape[1], 6, 3, padding=1), nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Conv2d(6, 16, 3), nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Flatten(), nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 24), nn.Tanh(), nn.Linear(24, classes)),
    )


def _three_convolutions(inputs: Tensor, classes: int, dropout: float) -> nn.Module:
    """Three normalised convolutions along one or two axes, each with stride 2 but the first."""
    image = inputs.ndim == 4
    convolution = nn.Conv2d if image else nn.Conv1d
    norm = nn.BatchNorm2d if image else nn.BatchNorm1d
    pool = nn.AdaptiveAvgPool2d if image else nn.AdaptiveAvgPool1d
    layers: list[nn.Module] = []
    before = inputs.shape[1]
    for width, stride in ((8, 1), (16, 2), (16, 2)):
        layers += [convolution(before, width, 3, stride=stride, padding=1), norm(width), nn.ReLU()]
        before = width
    return nn.Sequential(*layers, pool(2), nn.Flatten(), nn.Linear(16 * (4 if image else 2), classes))


MODELS: dict[str, Callable[[Tensor, int, float], nn.Module]] = {
    "lenet": _lenet,
    "three_convolutions": _three_convolutions,
    "lstm": lambda inputs, classes, dropout: Recurrent(classes),
    "text_cnn": lambda inputs, classes, dropout: TextNetwork(classes),
    "one_hidden_layer": _fully_connected(24),
    "two_hidden_layers": _fully_connected(32, 16),
    "chain_of_wells": lambda inputs, classes, dropout: ChainOfWells(),
}


def build(name: str, inputs: Tensor, classes: int, seed: int, dropout: float = 0.0) -> nn.Module:
    """Return a model for inputs of this shape, its weights drawn from a seed.

    Arguments:
        name: a key of ``MODELS``.
        inputs: rows of the data set, of which only the shape counts.
        classes: number of classes, at least 1.
        seed: of the initial weights; torch's global state is left as it was.
        dropout: chance that a hidden unit of a fully connected network is dropped, in [0, 1).

    Raises:
        ValueError: an unknown name, or dropout for a model that has none.

    >>> build("one_hidden_layer", torch.zeros(5, 4), 3, seed=0)(torch.zeros(5, 4)).shape
    torch.Size([5, 3])
    """
    if name not in MODELS:
        raise ValueError(f"name must be one of {', '.join(MODELS)}, got {name!r}")
    if dropout and "hidden" not in name:
        raise ValueError(
            f"dropout must be 0 for {name}, which has no fully connected layers, got {dropout!r}"
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MODELS[name](inputs, classes, dropout)
