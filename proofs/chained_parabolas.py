"""Functions of one variable made of parabolas: every one has a 1-Lipschitz slope, is coercive and knows its minimum.

They contain the extremal functions of the descent inequality and of Theorem 8 for short steps, so a search
among them can come as near to the bounds as one likes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reference.validation import FloatArray


class ChainedParabolas:
    """The function with value 0 and slope 1 at 0, curvature 1 right of 0, then the given pieces leftwards.

    pieces: (width, curvature) from 0 to the left, width > 0, curvature in [-1, 1]; curvature 1 after the last
    """

    def __init__(self, pieces: Sequence[tuple[float, float]]) -> None:
        # Nodes from the right to the left; piece k lies left of node k.
        self.nodes, self.slopes, self.values = [0.0], [1.0], [0.0]
        self.curvatures = [*(curvature for _, curvature in pieces), 1.0]
        for width, curvature in pieces:
            self.values.append(self.values[-1] - width * self.slopes[-1] + curvature * width**2 / 2)
            self.slopes.append(self.slopes[-1] - width * curvature)
            self.nodes.append(self.nodes[-1] - width)

    def _piece(self, x: float) -> tuple[float, float, float, float]:
        k = max(sum(x <= node for node in self.nodes) - 1, 0)
        curvature = 1.0 if x > 0 else self.curvatures[k]
        return x - self.nodes[k], self.values[k], self.slopes[k], curvature

    def value(self, x: float) -> float:
        step, value, slope, curvature = self._piece(x)
        return value + step * slope + curvature * step**2 / 2

    def gradient(self, theta: FloatArray) -> FloatArray:
        """The slope, in the form that the reference asks for: shape (1,) to shape (1,)."""
        step, _, slope, curvature = self._piece(float(theta[0]))
        return np.array([slope + curvature * step])

    @property
    def minimum(self) -> float:
        """The least value: at a node, or where the slope vanishes inside a piece or beyond the last node."""
        ends = [*self.nodes[1:], -np.inf]
        bottoms = [
            value - slope**2 / (2 * curvature)
            for node, end, value, slope, curvature in zip(
                self.nodes, ends, self.values, self.slopes, self.curvatures, strict=True
            )
            if curvature > 0 and end <= node - slope / curvature <= node
        ]
        return min([*self.values, *bottoms])
