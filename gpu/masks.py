"""A random subset of given size as a mask, without sorting and without an index list.

Twin: reference/masks.py, and ``random_subset`` in reference/random_streams.py, whose subset this is: the
elements with the smallest words w_0, ties by index.  Difference: the subset is given by a threshold on the
words, found with two histograms of 2^16 bins (the high and the low half of the word).  Time O(size), memory
O(chunk), nothing is read on the host, and the size of the subset may be a tensor on the device.  Membership
is a function of the global index, so that tiles and processes need not know of one another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from gpu.random_streams import RandomStream
from gpu.validation import integer_between

HALF_BITS = 16
HALF_WORD = 2**HALF_BITS - 1
LAST_INDEX = 2**63 - 1
# Elements read at a time, our choice: on a CPU the temporaries stay in a cache, elsewhere launches are few.
CHUNK, DEVICE_CHUNK = 2**16, 2**22


class SubsetThreshold(NamedTuple):
    """What decides membership: w_0 < word, or w_0 = word and index <= last_tie.

    These are 0-dim int64 tensors; ``ties_taken`` counts the members with w_0 = word.
    """

    word: Tensor
    last_tie: Tensor
    ties_taken: Tensor


def subset_threshold(
    stream: RandomStream,
    step: int | Tensor,
    spans: Sequence[tuple[int, int]],
    count: int | Tensor,
    device: torch.device | str | None = None,
    chunk: int | None = None,
    on_host: bool = False,
) -> SubsetThreshold:
    """Return the threshold that picks ``count`` of the eligible elements.

    Arguments:
        stream: the ``RandomStream`` of the selection.
        step: as for ``RandomStream.words``.
        spans: the eligible elements, as pairs (start, stop) of global indices, increasing and disjoint.
        count: number of elements to pick, an integer in [0, eligible]; or a 0-dim int64 tensor, which is
            brought into this range.
        device: where the words are computed; the default device when None.
        chunk: elements per piece, at least 1; it does not change the result; as the device likes when None.
        on_host: whether the host may read if ties have to be told apart, which is rare.  If it may not, the
            pass that does so is always made: three passes instead of two, the same subset.

    Returns:
        A ``SubsetThreshold`` on the device.

    Raises:
        ValueError, TypeError: spans out of order, or an integer outside its range.

    >>> stream = RandomStream(seed=3, stream=1)
    >>> threshold = subset_threshold(stream, 0, [(0, 10)], 4)
    >>> int(subset_mask(stream, 0, torch.arange(10), threshold).sum())
    4
    """
    eligible = _eligible_count(spans)
    device = torch.get_default_device() if device is None else torch.device(device)
    if chunk is None:
        chunk = CHUNK if device.type == "cpu" else DEVICE_CHUNK
    integer_between("chunk", chunk, 1, LAST_INDEX)
    if isinstance(count, Tensor):
        wanted = count.to(torch.int64).clamp(0, eligible)
    else:
        integer_between("count", count, 0, eligible)
        wanted = torch.full((), count, dtype=torch.int64, device=device)
    high_counts = torch.zeros(HALF_WORD + 1, dtype=torch.int64, device=device)
    for index in _chunks(spans, chunk, device):
        words = stream.first_words(step, index)
        high_counts.scatter_add_(0, words >> HALF_BITS, torch.ones_like(words))
    high, below_high, _ = _bin_reaching(high_counts, wanted)
    low_counts = torch.zeros(HALF_WORD + 1, dtype=torch.int64, device=device)
    for index in _chunks(spans, chunk, device):
        words = stream.first_words(step, index)
        inside = (words >> HALF_BITS) == high
        low_counts.scatter_add_(0, words & HALF_WORD, inside.to(torch.int64))
    low, below_low, ties = _bin_reaching(low_counts, wanted - below_high)
    word, ties_taken = (high << HALF_BITS) + low, wanted - below_high - below_low
    if on_host and bool(ties_taken == ties):
        return SubsetThreshold(word, torch.full_like(word, LAST_INDEX), ties_taken)
    met, last_tie = torch.zeros_like(word), torch.full_like(word, -1)
    for index in _chunks(spans, chunk, device):
        tie = stream.first_words(step, index) == word
        rank = met + torch.cumsum(tie, dim=0)
        last_tie = torch.maximum(last_tie, torch.where(tie & (rank <= ties_taken), index, -1).amax())
        met = met + tie.sum()
    return SubsetThreshold(word, last_tie, ties_taken)


def subset_mask(
    stream: RandomStream, step: int | Tensor, indices: Tensor, threshold: SubsetThreshold
) -> Tensor:
    """Return which elements belong to the subset.

    Arguments:
        stream, step: as for ``subset_threshold``.
        indices: global indices, int64, any shape, of eligible elements.
        threshold: the ``SubsetThreshold``.

    Returns:
        Boolean, shape of ``indices``.

    >>> everything = subset_threshold(RandomStream(seed=3, stream=1), 0, [(0, 2)], 2)
    >>> subset_mask(RandomStream(seed=3, stream=1), 0, torch.arange(2), everything)
    tensor([True, True])
    """
    words = stream.first_words(step, indices)
    return (words < threshold.word) | ((words == threshold.word) & (indices <= threshold.last_tie))


def _bin_reaching(counts: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the first bin up to which at least ``wanted`` elements lie, the number below it and in it."""
    reached = torch.cumsum(counts, dim=0)
    chosen = torch.searchsorted(reached, wanted)
    # index_select, because indexing by a 0-dim tensor reads it on the host.
    inside = counts.index_select(0, chosen.reshape(1)).reshape(())
    return chosen, reached.index_select(0, chosen.reshape(1)).reshape(()) - inside, inside


def _chunks(spans: Sequence[tuple[int, int]], chunk: int, device: torch.device) -> Iterator[Tensor]:
    for start, stop in spans:
        for first in range(start, stop, chunk):
            yield torch.arange(first, min(first + chunk, stop), dtype=torch.int64, device=device)


def _eligible_count(spans: Sequence[tuple[int, int]]) -> int:
    end = total = 0
    for start, stop in spans:
        if not end <= start <= stop:
            raise ValueError(f"spans must be increasing, disjoint pairs (start, stop), got {list(spans)!r}")
        end, total = stop, total + stop - start
    return total
