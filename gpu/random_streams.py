"""Counter-based random numbers: Philox4x32-10 on tensors of global element indices, on any device.

Twin: reference/random_streams.py.  The words are the same, bit for bit.  Differences: words are int64 tensors
with values in [0, 2^32); indices end at 2^63 instead of 2^64; the step may be a 0-dim tensor, which is not
read on the host, so that a step number on the device neither waits nor recompiles; uniforms and normals come
in the dtype asked for.

Every number is a function of (seed, stream, step, global index) alone.  So it does not depend on how the
elements are cut into tiles or spread over processes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gpu.validation import integer_between

# Salmon et al., SC11: rounds and multipliers; the key grows by the fractional parts of the golden ratio and
# of sqrt(3), in 32 bits.
ROUNDS = 10
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
KEY_INCREMENTS = (0x9E3779B9, 0xBB67AE85)
LOW_WORD = 0xFFFFFFFF

# One stream per purpose, numbered as in the reference: streams of one seed are independent of one another.
DATA_STREAM, ORDER_STREAM, BLOCK_STREAM, NOISE_STREAM, ACCEPTANCE_STREAM = range(5)


def philox4x32(counter: Tensor, key: tuple[int, int]) -> Tensor:
    """Return Philox4x32-10 of each counter under one key.

    Arguments:
        counter: int64, shape (..., 4), values in [0, 2^32), which is not checked.
        key: two integers in [0, 2^32).

    Returns:
        int64, shape of ``counter``, values in [0, 2^32).

    Raises:
        ValueError, TypeError: a wrong shape, dtype or key.

    >>> [f"{word:08x}" for word in philox4x32(torch.zeros(4, dtype=torch.int64), (0, 0)).tolist()]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    if counter.dtype != torch.int64:
        raise TypeError(f"counter must be an int64 tensor, got dtype {counter.dtype}")
    if counter.ndim == 0 or counter.shape[-1] != 4:
        raise ValueError(f"counter must have shape (..., 4), got shape {tuple(counter.shape)}")
    k0, k1 = (integer_between("each word of key", word, 0, LOW_WORD) for word in key)
    return torch.stack(_rounds(*counter.clone().unbind(-1), k0, k1, 4), dim=-1)


@dataclass(frozen=True)
class RandomStream:
    """The random numbers of one purpose under one seed.

    Arguments:
        seed: integer in [0, 2^64); the key.
        stream: integer in [0, 2^32); the purpose.

    Raises:
        ValueError, TypeError: an argument is not an integer in its range.

    >>> RandomStream(seed=1, stream=2).uniforms(step=0, indices=torch.tensor([5])).shape
    torch.Size([1])
    """

    seed: int
    stream: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", integer_between("seed", self.seed, 0, 2**64 - 1))
        object.__setattr__(self, "stream", integer_between("stream", self.stream, 0, LOW_WORD))

    def words(self, step: int | Tensor, indices: Tensor) -> Tensor:
        """Return the four 32-bit words that belong to each element at one step.

        Arguments:
            step: integer in [0, 2^32), or a 0-dim int64 tensor of such a value, which is not checked.
            indices: global element indices, int64, any shape and device, values in [0, 2^63).

        Returns:
            int64, shape of ``indices`` with a last axis of four, values in [0, 2^32).

        Raises:
            ValueError, TypeError: a step outside its range; a tensor of another dtype or shape.

        >>> RandomStream(seed=0, stream=0).words(0, torch.tensor(0))[0].item() == 0x6627E8D5
        True
        """
        return torch.stack(self._words(step, indices, 4), dim=-1)

    def first_words(self, step: int | Tensor, indices: Tensor) -> Tensor:
        """Return the word w_0 of each element: it orders permutations and subsets.

        Arguments, errors: as ``words``.

        Returns:
            int64, shape of ``indices``, values in [0, 2^32).

        >>> RandomStream(seed=0, stream=0).first_words(0, torch.tensor(0)).item() == 0x6627E8D5
        True
        """
        return self._words(step, indices, 1)[0]

    def uniforms(self, step: int | Tensor, indices: Tensor, dtype: torch.dtype = torch.float64) -> Tensor:
        """Return uniform random numbers u = (w_0 + 1/2) 2^-32, one for each element.

        Arguments, errors: as ``words``; ``dtype`` is a floating-point dtype.

        Returns:
            Shape of ``indices``.  float64: exact and inside [2^-33, 1 - 2^-33], as the reference's.  Below
            float64: rounded, and 1 is reached; so what must be less than 1 needs float64.

        >>> RandomStream(seed=0, stream=0).uniforms(0, torch.tensor(0)).item() * 2.0**32 - 0.5 == 0x6627E8D5
        True
        """
        return _unit_interval(self.first_words(step, indices), _working_dtype(dtype)).to(dtype)

    def normals(self, step: int | Tensor, indices: Tensor, dtype: torch.dtype = torch.float64) -> Tensor:
        """Return standard normal random numbers sqrt(-2 log u_0) cos(2 pi u_1), one for each element.

        Arguments, errors: as ``uniforms``.

        Returns:
            Shape of ``indices``, |z| < 6.77, computed in ``dtype`` (in float32 for the 16-bit ones).  float32
            is within 2^-11 of the float64 number, and within 2^-16 where the radius is at least 2^-7.

        >>> bool(abs(RandomStream(seed=3, stream=0).normals(0, torch.tensor(7))) < 6.77)
        True
        """
        first, second = self._words(step, indices, 2)
        working = _working_dtype(dtype)
        radius = torch.sqrt(-2.0 * torch.log(_unit_interval(first, working)))
        return (radius * torch.cos((2.0 * math.pi) * _unit_interval(second, working))).to(dtype)

    def permutation(self, step: int | Tensor, size: int, device: torch.device | str | None = None) -> Tensor:
        """Return a random order of 0..size-1: the elements sorted by their word w_0, ties by index.

        Arguments:
            step: as for ``words``.
            size: number of elements, an integer of at least 0.
            device: of the result; the step's, if that is a tensor, else the default, when None.

        Returns:
            int64, shape (size,), each of 0..size-1 once.

        >>> sorted(RandomStream(seed=3, stream=0).permutation(0, 4).tolist())
        [0, 1, 2, 3]
        """
        integer_between("size", size, 0, 2**63 - 1)
        if device is None and isinstance(step, Tensor):
            device = step.device
        keys = self.first_words(step, torch.arange(size, dtype=torch.int64, device=device))
        return torch.sort(keys, stable=True).indices

    def _words(self, step: int | Tensor, indices: Tensor, count: int) -> tuple[Tensor, ...]:
        if indices.dtype != torch.int64:
            raise TypeError(f"indices must be an int64 tensor, got dtype {indices.dtype}")
        if isinstance(step, Tensor):
            if step.dtype != torch.int64 or step.ndim != 0:
                raise TypeError(
                    "step must be an integer or a 0-dim int64 tensor, "
                    f"got dtype {step.dtype} and shape {tuple(step.shape)}"
                )
        else:
            integer_between("step", step, 0, LOW_WORD)
            # A fill on the device: torch.tensor would copy from the host and wait.
            step = torch.full((), step, dtype=torch.int64, device=indices.device)
        # Checked again for its side effect: a compiler then takes the integers as constants.  Left as symbols,
        # seeds from 2^63 on were taken for floats.
        seed = integer_between("seed", self.seed, 0, 2**64 - 1)
        stream = integer_between("stream", self.stream, 0, LOW_WORD)
        steps = torch.zeros_like(indices) + step
        streams = torch.full_like(indices, stream)
        key = (seed & LOW_WORD, seed >> 32)
        return _rounds(indices & LOW_WORD, indices >> 32, steps, streams, *key, count)


def _rounds(
    c0: Tensor, c1: Tensor, c2: Tensor, c3: Tensor, k0: int, k1: int, count: int
) -> tuple[Tensor, ...]:
    """Return the first ``count`` (1, 2 or 4) words of Philox4x32-10; the counters are overwritten.

    The product of two 32-bit words wraps to a negative int64 from 2^63 on.  Its low half is right all the
    same, and its high half after the arithmetic shift up to a sign extension.  c0 and c2, which are
    multiplied next, are therefore masked to 32 bits; c1 and c3 are only combined bit by bit before a mask.
    """
    # Two more tensors, and every operation writes into one whose content is done with: fresh memory for each
    # would cost more than the arithmetic.
    spare0, spare1 = torch.empty_like(c0), torch.empty_like(c0)
    for round_number in range(ROUNDS):
        c2 *= MULTIPLIERS[1]
        torch.bitwise_right_shift(c2, 32, out=spare0)
        spare0 ^= c1
        spare0 ^= k0
        spare0 &= LOW_WORD
        if round_number == ROUNDS - 1 and count < 4:
            c2 &= LOW_WORD
            return (spare0, c2)[:count]
        c0 *= MULTIPLIERS[0]
        torch.bitwise_right_shift(c0, 32, out=spare1)
        spare1 ^= c3
        spare1 ^= k1
        spare1 &= LOW_WORD
        c0, c1, c2, c3, spare0, spare1 = spare0, c2, spare1, c0, c1, c3
        k0 = (k0 + KEY_INCREMENTS[0]) & LOW_WORD
        k1 = (k1 + KEY_INCREMENTS[1]) & LOW_WORD
    c1 &= LOW_WORD
    c3 &= LOW_WORD
    return c0, c1, c2, c3


def _unit_interval(words: Tensor, dtype: torch.dtype) -> Tensor:
    return (words.to(dtype) + 0.5) * 2.0**-32


def _working_dtype(dtype: torch.dtype) -> torch.dtype:
    if not dtype.is_floating_point:
        raise TypeError(f"dtype must be a floating-point dtype, got {dtype}")
    return torch.float64 if dtype == torch.float64 else torch.float32
