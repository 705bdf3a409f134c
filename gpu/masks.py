"""A random subset of given size as a mask, without sorting and without an index list.

Twin: reference/masks.py, and ``random_subset`` in reference/random_streams.py, whose subset this is: the
elements with the smallest words w_0, ties by index.  Difference: the subset is given by a threshold on the
words.  Where the host may read, one pass finds it: uniform words put it close to count / eligible, and the few
words near there are sorted.  Elsewhere two histograms of 2^16 bins (the high and the low half of the word) do,
nothing is read on the host, and the size of the subset may be a tensor on the device.  Time O(size), memory
O(chunk + sqrt(size)).  Membership is a function of the global index, so that tiles and processes need not know
of one another.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from gpu.compilation import for_any_length
from gpu.random_streams import RandomStream
from gpu.validation import integer_between

HALF_BITS = 16
HALF_WORD = 2**HALF_BITS - 1
LAST_INDEX = 2**63 - 1
WORDS = 2**32
# Elements read at a time, our choice: on a CPU the temporaries stay in a cache, elsewhere launches are few.
CHUNK, DEVICE_CHUNK, COMPILED_CHUNK = 2**14, 2**22, 2**16
# How far from the expected threshold words are kept, in standard deviations of a word's rank: our choice.  Beyond
# 8 the histograms are needed about once in 10^15 steps where many are picked; where one is, once in 8000.
DEVIATIONS = 8.0


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
    compiled: bool = False,
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
        on_host: whether the host may read.  If it may not, three passes are made instead of one, for the same
            subset.
        compiled: whether the words are made by compiled code, where the host may read.

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
        chunk = DEVICE_CHUNK if device.type != "cpu" else COMPILED_CHUNK if compiled else CHUNK
    integer_between("chunk", chunk, 1, LAST_INDEX)
    if isinstance(count, Tensor):
        wanted = count.to(torch.int64).clamp(0, eligible)
    else:
        integer_between("count", count, 0, eligible)
        wanted = torch.full((), count, dtype=torch.int64, device=device)
    if on_host:
        indices = _chunks(spans, chunk, device)
        found = _threshold_near(stream, step, indices, wanted, eligible, compiled)
        if found is not None:
            return found
    high_counts = torch.zeros(HALF_WORD + 1, dtype=torch.int64, device=device)
    for index in _chunks(spans, chunk, device):
        words = stream.first_words(step, index)
        high_counts.scatter_add_(0, words >> HALF_BITS, torch.ones_like(words))
    high, below_high = _bin_reaching(high_counts, wanted)
    low_counts = torch.zeros(HALF_WORD + 1, dtype=torch.int64, device=device)
    for index in _chunks(spans, chunk, device):
        words = stream.first_words(step, index)
        inside = (words >> HALF_BITS) == high
        low_counts.scatter_add_(0, words & HALF_WORD, inside.to(torch.int64))
    low, below_low = _bin_reaching(low_counts, wanted - below_high)
    word, ties_taken = (high << HALF_BITS) + low, wanted - below_high - below_low
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


def _threshold_near(
    stream: RandomStream,
    step: int | Tensor,
    indices: Iterator[Tensor],
    wanted: Tensor,
    eligible: int,
    compiled: bool,
) -> SubsetThreshold | None:
    """Return the threshold by one pass that keeps the words near its expected place; None: it is not near there.

    indices: of all eligible elements, in increasing order.
    """
    count = int(wanted)
    share = count / max(1, eligible)
    around = DEVIATIONS * math.sqrt(share * (1.0 - share) / max(1, eligible)) + 1.0 / WORDS
    lowest, highest = math.floor((share - around) * WORDS), math.ceil((share + around) * WORDS)
    words_of = for_any_length(_words_of, stream) if compiled else _words_of
    below, near_words, near_indices = 0, [], []
    for index in indices:
        words = words_of(stream, step, index)
        below += int((words < lowest).count_nonzero())
        near = ((words >= lowest) & (words <= highest)).nonzero().squeeze(1)
        near_words.append(words[near])
        near_indices.append(index[near])
    rank = count - below
    if rank == 0:
        last_tie = torch.full_like(wanted, -1)
        return SubsetThreshold(torch.full_like(last_tie, lowest), last_tie, torch.zeros_like(last_tie))
    ordered, places = torch.cat(near_words).sort(stable=True)
    if not 0 < rank <= len(ordered):
        return None
    word = ordered[rank - 1]
    last_tie = torch.cat(near_indices)[places[rank - 1]]
    return SubsetThreshold(word, last_tie, (ordered[:rank] == word).sum())


def _words_of(stream: RandomStream, step: int | Tensor, index: Tensor) -> Tensor:
    return stream.first_words(step, index)


def _bin_reaching(counts: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Return the first bin up to which at least ``wanted`` elements lie, and the number below it."""
    reached = torch.cumsum(counts, dim=0)
    chosen = torch.searchsorted(reached, wanted)
    # index_select, because indexing by a 0-dim tensor reads it on the host.
    inside = counts.index_select(0, chosen.reshape(1)).reshape(())
    return chosen, reached.index_select(0, chosen.reshape(1)).reshape(()) - inside


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
