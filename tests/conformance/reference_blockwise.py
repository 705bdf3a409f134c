"""The blockwise update of the reference, one block a step.

Not offered: the fraction rule, since the partition decides how many parameters move (``last_fraction`` is the
share of the block); quantizer and acceptance, which the update does not have.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from reference.blocks import block_count, even_partition
from reference.noise import noise_scale
from reference.random_streams import RandomStream
from reference.training import BLOCK_STREAM, NOISE_STREAM
from reference.updates import blockwise_epoch
from reference.validation import FloatArray
from tests.conformance.protocol import Capability, Objective, Options


class Blockwise:
    """The blocks of an even partition into ceil(1/f_min) blocks, in a random order in each epoch."""

    capabilities: ClassVar[set[Capability]] = {
        Capability.PLAIN_STEP,
        Capability.MASK,
        Capability.NOISE,
        Capability.RESUME,
    }

    def __init__(self, objective: Objective, start: FloatArray, seed: int, options: Options) -> None:
        self.objective, self.seed, self.options = objective, seed, options
        self.blocks = even_partition(start.size, min(block_count(options.f_min), start.size))
        self.state: dict[str, Any] = {"theta": start.copy(), "epoch_start": start.copy(), "step": 0}
        self.last_fraction = 1.0

    @property
    def theta(self) -> FloatArray:
        return self.state["theta"].copy()

    def step(self) -> None:
        epoch, position = divmod(self.state["step"], len(self.blocks))
        if position == 0:
            self.state["epoch_start"] = self.theta
        order = RandomStream(self.seed, BLOCK_STREAM).permutation(epoch, len(self.blocks))
        # The reference's unit is the epoch; its rows are the points after each block.
        points = blockwise_epoch(
            self.state["epoch_start"],
            self.objective.gradient,
            self.options.learning_rate,
            self.blocks,
            order,
            self.noise(epoch),
        )
        self.state["theta"] = points[position + 1]
        self.state["step"] += 1
        self.last_fraction = self.blocks[order[position]].size / self.theta.size

    def noise(self, epoch: int) -> FloatArray | None:
        if not self.options.noise:
            return None
        entries = np.arange(len(self.blocks) * self.theta.size).reshape(len(self.blocks), -1)
        scale = noise_scale(self.options.temperature)
        return scale * RandomStream(self.seed, NOISE_STREAM).normals(epoch, entries)

    def state_dict(self) -> Mapping[str, Any]:
        return copy.deepcopy(self.state)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.state = copy.deepcopy(dict(state))
