"""Networks and images to train them on, made here so that nothing is downloaded."""

from __future__ import annotations

import torch
from torch import nn

# Which of the seven segments (top, upper left, upper right, middle, lower left, lower right, bottom) a digit has.
SEGMENTS = (
    "1110111",
    "0010010",
    "1011101",
    "1011011",
    "0111010",
    "1101011",
    "1101111",
    "1010010",
    "1111111",
    "1111011",
)
_PLACES = (
    (slice(2, 4), slice(3, 11)),
    (slice(3, 10), slice(2, 4)),
    (slice(3, 10), slice(10, 12)),
    (slice(9, 11), slice(3, 11)),
    (slice(10, 17), slice(2, 4)),
    (slice(10, 17), slice(10, 12)),
    (slice(16, 18), slice(3, 11)),
)


def lenet5():
    """LeNet-5 with full connections: 61,706 parameters, as in reference/networks.py; 32 x 32 images."""
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)),
        nn.Flatten(),
        *(nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)),
    )


def convolutional_network():
    """Twelve tensors with 451,010 parameters, the size of a released script's network; 28 x 28 images.

    Its shapes are our choice.

    >>> sum(p.numel() for p in convolutional_network().parameters())
    451010
    """
    return nn.Sequential(
        *(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        nn.Flatten(),
        *(nn.Linear(576, 426), nn.ReLU(), nn.Linear(426, 342), nn.ReLU(), nn.Linear(342, 10)),
    )


def synthetic_digits(count, width, device):
    """Seven-segment digits at random places with noise: images (count, 1, width, width) and labels.

    >>> images, labels = synthetic_digits(20, 28, "cpu")
    >>> images.shape, sorted(set(labels.tolist()))[:2]
    (torch.Size([20, 1, 28, 28]), [0, 1])
    """
    generator = torch.Generator().manual_seed(0)
    glyphs = torch.zeros(10, 20, 14)
    for digit, segments in enumerate(SEGMENTS):
        for place, present in zip(_PLACES, segments, strict=True):
            glyphs[(digit, *place)] += float(present)
    labels = torch.arange(count) % 10
    images = 0.1 * torch.randn(count, 1, width, width, generator=generator)
    corners = torch.stack(
        [torch.randint(0, width - side + 1, (count,), generator=generator) for side in (20, 14)]
    )
    for image, label, (down, right) in zip(images, labels, corners.T.tolist(), strict=True):
        image[0, down : down + 20, right : right + 14] += glyphs[label].clamp(max=1.0)
    order = torch.randperm(count, generator=generator)
    return images[order].to(device), labels[order].to(device)
