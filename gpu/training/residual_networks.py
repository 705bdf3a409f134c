"""ResNet-50 along two or three axes, with a width to choose: shapes of the paper's Table 2, trained nowhere here."""

from __future__ import annotations

import torch
from torch import Tensor, nn

STAGES = ((3, 1), (4, 2), (6, 4), (3, 8))  # blocks and width factor; K. He et al., CVPR 2016, Table 1


class Bottleneck(nn.Module):
    """Reduce, convolve, expand by 4, and add the input."""

    def __init__(self, inputs: int, width: int, stride: int, axes: int) -> None:
        super().__init__()
        self.reduce = _normalised(inputs, width, 1, 1, axes)
        self.spatial = _normalised(width, width, 3, stride, axes)
        self.expand = _normalised(width, 4 * width, 1, 1, axes)
        same = stride == 1 and inputs == 4 * width
        self.shortcut = nn.Identity() if same else _normalised(inputs, 4 * width, 1, stride, axes)

    def forward(self, inputs: Tensor) -> Tensor:
        inner = self.spatial(torch.relu(self.reduce(inputs))).relu()
        return torch.relu(self.expand(inner) + self.shortcut(inputs))


def _normalised(inputs: int, outputs: int, size: int, stride: int, axes: int) -> nn.Module:
    convolution, norm = ((nn.Conv2d, nn.BatchNorm2d), (nn.Conv3d, nn.BatchNorm3d))[axes - 2]
    return nn.Sequential(
        convolution(inputs, outputs, size, stride=stride, padding=size // 2, bias=False), norm(outputs)
    )


def residual_network(axes: int, classes: int = 1000, width: int = 64, channels: int = 3) -> nn.Sequential:
    """Return ResNet-50 for images (axes 2) or clips (axes 3); width 64 is the published one.

    Raises:
        ValueError: axes is neither 2 nor 3.

    >>> sum(p.numel() for p in residual_network(2).parameters())
    25557032
    """
    if axes not in (2, 3):
        raise ValueError(f"axes must be 2 or 3, got {axes}")
    pool, mean = ((nn.MaxPool2d, nn.AdaptiveAvgPool2d), (nn.MaxPool3d, nn.AdaptiveAvgPool3d))[axes - 2]
    layers: list[nn.Module] = [_normalised(channels, width, 7, 2, axes), nn.ReLU(), pool(3, 2, padding=1)]
    inputs = width
    for stage, (blocks, factor) in enumerate(STAGES):
        for block in range(blocks):
            stride = 2 if block == 0 and stage > 0 else 1
            layers.append(Bottleneck(inputs, width * factor, stride, axes))
            inputs = 4 * width * factor
    return nn.Sequential(*layers, mean(1), nn.Flatten(), nn.Linear(inputs, classes))
