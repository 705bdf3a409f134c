"""Counter-based random numbers: Philox4x32-10, keyed by a seed and counted by element, step and stream.

Every random number is a pure function of (seed, stream, step, element index).  So a run can be repeated bit
for bit, resumed in the middle, cut into pieces of any size and compared across implementations; nothing is
drawn "next", and no state is kept.

    key      = (seed mod 2^32, seed div 2^32)                          seed    in [0, 2^64)
    counter  = (index mod 2^32, index div 2^32, step, stream)          index   in [0, 2^64)
                                                                       step, stream in [0, 2^32)

A stream number stands for one purpose (noise, mask, acceptance, ...).  Uniforms, normals and permutations of
one stream and step are made of the same words and are not independent of one another: a second purpose needs
a second stream.

The bijection and its constants: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as
1, 2, 3", SC11.  The layout of the counter is our choice; with step = stream = 0 it is that of a 64-bit offset
in Triton.  The paper names no generator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.validation import FloatArray, IntArray, integer_between, nonnegative_integer, shown

WordArray = NDArray[np.uint32]

# Salmon et al., SC11: rounds and multipliers; the key grows by the fractional parts of the golden ratio and
# of sqrt(3), in 32 bits.
ROUNDS = 10
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_KEY_INCREMENTS = (0x9E3779B9, 0xBB67AE85)
_LOW_WORD = np.uint64(0xFFFFFFFF)
_WORD_BITS = np.uint64(32)


def philox4x32(counter: Any, key: Any) -> WordArray:
    """Return Philox4x32-10 of each counter under one key.

    Ten rounds of (c0, c1, c2, c3) -> (hi(M1 c2) ^ c1 ^ k0, lo(M1 c2), hi(M0 c0) ^ c3 ^ k1, lo(M0 c0)), the
    key (k0, k1) being increased between rounds; hi and lo are the halves of a 64-bit product.

    Arguments:
        counter: 32-bit words, shape (..., 4), integers in [0, 2^32).
        key: 32-bit words, shape (2,), integers in [0, 2^32).

    Returns:
        uint32, shape of ``counter``; a bijection of the counters for every key.

    Raises:
        ValueError: a wrong shape, or an entry outside [0, 2^32).
        TypeError: an entry is not an integer.

    Source: Salmon et al., SC11.

    >>> [f"{word:08x}" for word in philox4x32([0, 0, 0, 0], [0, 0])]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    words = _unsigned("counter", counter, 2**32 - 1)
    keys = _unsigned("key", key, 2**32 - 1)
    if words.ndim == 0 or words.shape[-1] != 4:
        raise ValueError(f"counter must have shape (..., 4), got shape {words.shape}: {shown(counter)}")
    if keys.shape != (2,):
        raise ValueError(f"key must have shape (2,), got shape {keys.shape}: {shown(key)}")
    c0, c1, c2, c3 = (words[..., i] for i in range(4))
    k0, k1 = (int(word) for word in keys)
    for _ in range(ROUNDS):
        # A product of two 32-bit words fits in 64 bits, so nothing wraps around.
        first = np.uint64(_MULTIPLIERS[0]) * c0
        second = np.uint64(_MULTIPLIERS[1]) * c2
        c0, c1, c2, c3 = (
            (second >> _WORD_BITS) ^ c1 ^ np.uint64(k0),
            second & _LOW_WORD,
            (first >> _WORD_BITS) ^ c3 ^ np.uint64(k1),
            first & _LOW_WORD,
        )
        k0 = (k0 + _KEY_INCREMENTS[0]) % 2**32
        k1 = (k1 + _KEY_INCREMENTS[1]) % 2**32
    return np.stack([c0, c1, c2, c3], axis=-1).astype(np.uint32)


@dataclass(frozen=True)
class RandomStream:
    """The random numbers of one purpose under one seed.

    Arguments:
        seed: integer in [0, 2^64); the key.
        stream: integer in [0, 2^32); the purpose.

    Raises:
        ValueError, TypeError: an argument is not an integer in its range.

    Source: our choice, see the module.

    >>> RandomStream(seed=1, stream=2).uniforms(step=0, indices=[5]).shape
    (1,)
    """

    seed: int
    stream: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", integer_between("seed", self.seed, 0, 2**64 - 1))
        object.__setattr__(self, "stream", integer_between("stream", self.stream, 0, 2**32 - 1))

    def words(self, step: Any, indices: Any) -> WordArray:
        """Return the four 32-bit words that belong to each element at one step.

        Arguments:
            step: integer in [0, 2^32).
            indices: global element indices, any shape, integers in [0, 2^64).

        Returns:
            uint32, shape of ``indices`` with a last axis of four.

        Raises:
            ValueError, TypeError: an argument is not made of integers in its range.

        >>> [f"{word:08x}" for word in RandomStream(seed=0, stream=0).words(0, 0)]
        ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
        """
        step = integer_between("step", step, 0, 2**32 - 1)
        elements = _unsigned("indices", indices, 2**64 - 1)
        counter = np.empty((*elements.shape, 4), dtype=np.uint64)
        counter[..., 0] = elements & _LOW_WORD
        counter[..., 1] = elements >> _WORD_BITS
        counter[..., 2] = step
        counter[..., 3] = self.stream
        return philox4x32(counter, np.array([self.seed % 2**32, self.seed >> 32], dtype=np.uint64))

    def uniforms(self, step: Any, indices: Any) -> FloatArray:
        """Return uniform random numbers, one for each element.

        u = (w_0 + 1/2) 2^-32, exact in float64 and never 0 or 1 (our choice).

        Arguments, errors: as ``words``.

        Returns:
            Shape of ``indices``, inside [2^-33, 1 - 2^-33].

        >>> bool(0.0 < RandomStream(seed=3, stream=0).uniforms(0, 7) < 1.0)
        True
        """
        return _unit_interval(self.words(step, indices)[..., 0])

    def normals(self, step: Any, indices: Any) -> FloatArray:
        """Return standard normal random numbers, one for each element (Box and Muller's transformation).

        z = sqrt(-2 log u_0) cos(2 pi u_1), with u_i = (w_i + 1/2) 2^-32.

        Arguments, errors: as ``words``.

        Returns:
            Shape of ``indices``, |z| <= sqrt(66 log 2) < 6.77.  The words are the same on every machine; z
            may differ by units in the last place where the logarithm or the cosine does.

        >>> bool(abs(RandomStream(seed=3, stream=0).normals(0, 7)) < 6.77)
        True
        """
        words = self.words(step, indices)
        radius = np.sqrt(-2.0 * np.log(_unit_interval(words[..., 0])))
        normals: FloatArray = radius * np.cos(2.0 * np.pi * _unit_interval(words[..., 1]))
        return normals

    def permutation(self, step: Any, size: Any) -> IntArray:
        """Return a random order of 0..size-1: the elements sorted by their word w_0, ties by index.

        Ties, of probability about size^2 / 2^33 in all, make it very slightly non-uniform.

        Arguments:
            step: integer in [0, 2^32).
            size: number of elements, an integer of at least 0.

        Returns:
            Shape (size,), each of 0..size-1 once.

        Raises:
            ValueError, TypeError: an argument is not an integer in its range.

        >>> sorted(int(i) for i in RandomStream(seed=3, stream=0).permutation(0, 4))
        [0, 1, 2, 3]
        """
        size = nonnegative_integer("size", size)
        keys = self.words(step, np.arange(size))[:, 0]
        return np.argsort(keys, kind="stable").astype(np.int64)

    def random_subset(self, step: Any, size: Any, count: Any) -> IntArray:
        """Return ``count`` of the elements 0..size-1 in increasing order: the first ones of ``permutation``.

        These are the elements with the smallest words w_0, ties by index.

        Arguments:
            step: integer in [0, 2^32).
            size: number of elements, an integer of at least 0.
            count: number of elements chosen, an integer in [0, size].

        Returns:
            Shape (count,), strictly increasing.

        Raises:
            ValueError, TypeError: an argument is not an integer in its range.

        >>> len(RandomStream(seed=3, stream=0).random_subset(0, size=10, count=4))
        4
        """
        size = nonnegative_integer("size", size)
        count = integer_between("count", count, 0, size)
        return np.sort(self.permutation(step, size)[:count])


def _unit_interval(words: WordArray) -> FloatArray:
    result: FloatArray = (words.astype(np.float64) + 0.5) * 2.0**-32
    return result


def _unsigned(name: str, value: Any, largest: int) -> NDArray[np.uint64]:
    """Return ``value`` as uint64, of any shape, if its entries are integers in [0, largest]."""
    array = np.asarray(value)
    if array.dtype.kind not in "iu" and array.size:
        # Lists that mix integers below and above 2^63 become floats or objects; they are judged one by one.
        array = np.asarray(value, dtype=object)
        for entry in array.reshape(-1).tolist():
            integer_between(f"each entry of {name}", entry, 0, largest)
    elif array.size and (array.min() < 0 or array.max() > largest):
        wrong = array.min() if array.min() < 0 else array.max()
        raise ValueError(f"{name} must be integers in [0, {largest}], got {wrong}")
    return array.astype(np.uint64)
