"""Philox on tensors: the reference's words bit for bit; uniforms and normals within budgets of rounding."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

import reference.random_streams
import reference.training
from gpu import random_streams
from gpu.random_streams import RandomStream, philox4x32
from tests.gpu.strategies import INDICES, SEEDS, STREAMS, WORDS, tells_apart
from tests.gpu.stream_errors import normal_and_budget, stream_agrees, uniforms_of

SCATTERED = st.lists(INDICES, max_size=9)

# Known-answer vectors of the Random123 library (Salmon et al., SC11) for philox4x32 with ten rounds.
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def as_tensor(indices):
    return torch.tensor(indices, dtype=torch.int64)


def as_array(indices):
    return np.array(indices, dtype=np.uint64)


def agrees_with_the_published_answers():
    parsed = [[[int(word, 16) for word in text.split()] for text in row] for row in KNOWN_ANSWERS]
    return all(
        philox4x32(as_tensor(counter), tuple(key)).tolist() == answer for counter, key, answer in parsed
    )


def has_the_words_of_the_reference(kind, seed, stream, step, indices):
    expected = reference.random_streams.RandomStream(seed, stream).words(step, as_array(indices))
    found = kind(seed, stream).words(step, as_tensor(indices))
    return found.dtype == torch.int64 and np.array_equal(found.numpy(), expected)


def test_philox_gives_the_published_answers():
    assert agrees_with_the_published_answers()


@pytest.mark.parametrize("rounds", [7, 9, 11])
def test_another_number_of_rounds_fails_the_published_answers_and_the_reference(monkeypatch, rounds):
    monkeypatch.setattr(random_streams, "ROUNDS", rounds)
    assert not agrees_with_the_published_answers()
    assert not has_the_words_of_the_reference(RandomStream, 1, 2, 3, [4])


@pytest.mark.parametrize("constant", ["MULTIPLIERS", "KEY_INCREMENTS"])
def test_exchanged_constants_fail_the_published_answers(monkeypatch, constant):
    monkeypatch.setattr(random_streams, constant, getattr(random_streams, constant)[::-1])
    assert not agrees_with_the_published_answers()


@given(SEEDS, WORDS, WORDS, SCATTERED)
@example(seed=2**64 - 1, stream=2**32 - 1, step=2**32 - 1, indices=[2**63 - 1])
@example(seed=2**32, stream=1, step=2, indices=[2**32, 2**32 - 1])
def test_the_words_are_those_of_the_reference(seed, stream, step, indices):
    assert has_the_words_of_the_reference(RandomStream, seed, stream, step, indices)
    words = RandomStream(seed, stream).words(step, as_tensor(indices))
    assert torch.equal(RandomStream(seed, stream).first_words(step, as_tensor(indices)), words[:, 0])
    counter = [[index % 2**32, index >> 32, step, stream] for index in indices]
    key = (seed % 2**32, seed >> 32)
    assert torch.equal(philox4x32(as_tensor(counter).reshape(-1, 4), key), words)


@dataclass(frozen=True)
class ExchangedHalves(RandomStream):
    """Planted: index halves exchanged in the counter."""

    def words(self, step, indices):
        return super().words(step, ((indices & (2**31 - 1)) << 32) | (indices >> 32))


@dataclass(frozen=True)
class ShiftedByOne(RandomStream):
    """Planted: every element gets the words of its neighbour."""

    def words(self, step, indices):
        return super().words(step, indices ^ 1)


@dataclass(frozen=True)
class ShortKey(RandomStream):
    """Planted: the upper half of the seed is lost."""

    def words(self, step, indices):
        return RandomStream(self.seed % 2**32, self.stream).words(step, indices)


@pytest.mark.parametrize("planted", [ExchangedHalves, ShiftedByOne, ShortKey])
def test_planted_wrong_counters_and_keys_are_rejected(planted):
    assert has_the_words_of_the_reference(RandomStream, 2**40 + 1, 2, 3, [4])
    assert not has_the_words_of_the_reference(planted, 2**40 + 1, 2, 3, [4])


@given(SEEDS, WORDS, WORDS, SCATTERED)
def test_a_step_that_is_a_tensor_gives_the_same_numbers(seed, stream, step, indices):
    source, elements, number = RandomStream(seed, stream), as_tensor(indices), torch.tensor(step)
    assert torch.equal(source.words(number, elements), source.words(step, elements))
    assert torch.equal(source.uniforms(number, elements), source.uniforms(step, elements))
    assert torch.equal(source.normals(number, elements), source.normals(step, elements))
    assert torch.equal(source.permutation(number, 5), source.permutation(step, 5))


def on_tensors(kind, problem, dtype):
    """Words and normals of a problem by a kind of stream."""
    source, indices = kind(problem.seed, problem.stream), as_tensor(problem.indices)
    return source.words(problem.step, indices), source.normals(problem.step, indices, dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@given(STREAMS)
def test_words_and_normals_of_a_span_are_those_of_the_reference(dtype, problem):
    assert stream_agrees(problem, *on_tensors(RandomStream, problem, dtype))


@pytest.mark.parametrize("planted", [ExchangedHalves, ShiftedByOne, ShortKey])
def test_some_span_of_the_strategy_tells_planted_counters_and_keys_apart(planted):
    assert tells_apart(STREAMS, lambda p: stream_agrees(p, *on_tensors(planted, p, torch.float64)))


@given(SEEDS, WORDS, SCATTERED)
def test_float64_uniforms_are_those_of_the_reference(seed, step, indices):
    expected = reference.random_streams.RandomStream(seed, 4).uniforms(step, as_array(indices))
    assert np.array_equal(RandomStream(seed, 4).uniforms(step, as_tensor(indices)).numpy(), expected)


def test_the_streams_are_numbered_as_in_the_reference():
    for purpose in ("DATA", "ORDER", "BLOCK", "NOISE", "ACCEPTANCE"):
        name = f"{purpose}_STREAM"
        assert getattr(random_streams, name) == getattr(reference.training, name)


def normals_are_within_the_budget(kind, dtype, step, count):
    words = reference.random_streams.RandomStream(9, 3).words(step, np.arange(count))
    expected, budget = normal_and_budget(words, dtype)
    found = kind(9, 3).normals(step, torch.arange(count), dtype).to(torch.float64).numpy()
    return bool(np.all(np.abs(found - expected) <= budget))


@dataclass(frozen=True)
class SineOfTheAngle(RandomStream):
    """Planted: the other normal of the pair."""

    def normals(self, step, indices, dtype):
        words = self.words(step, indices).to(torch.float64)
        first, second = ((words[..., i] + 0.5) * 2.0**-32 for i in range(2))
        return (torch.sqrt(-2.0 * torch.log(first)) * torch.sin(2.0 * math.pi * second)).to(dtype)


@dataclass(frozen=True)
class OnePartInAMillion(RandomStream):
    """Planted: the normals of a slightly wrong scale."""

    def normals(self, step, indices, dtype):
        return super().normals(step, indices, dtype) * (1.0 + 2.0**-16)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_normals_are_those_of_the_reference_up_to_rounding(dtype):
    assert normals_are_within_the_budget(RandomStream, dtype, 1, 2**14)
    for planted in (SineOfTheAngle, OnePartInAMillion):
        assert not normals_are_within_the_budget(planted, dtype, 1, 2**14)


@dataclass(frozen=True)
class GivenWords(RandomStream):
    """A stream whose words are those of the table, by index."""

    table: tuple = ()

    def _words(self, step, indices, count):
        return torch.tensor(self.table, dtype=torch.int64)[indices].unbind(-1)[:count]


EXTREMES = [0, 1, 2**30, 2**31, 2**32 - 1, 2**32 - 2, 2**32 - 2**8, 2**32 - 2**19]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_extreme_words_give_finite_normals_within_the_stated_bounds(dtype):
    table = [(first, second, 0, 0) for first in EXTREMES for second in EXTREMES]
    expected, budget = normal_and_budget(np.array(table), dtype)
    stream = GivenWords(0, 0, table)
    found = stream.normals(0, torch.arange(len(table)), dtype).to(torch.float64).numpy()
    assert np.all(np.abs(found - expected) <= budget)
    assert np.all(np.abs(found) < 6.77)
    radius = np.sqrt(-2.0 * np.log(uniforms_of(np.array(table)[:, 0])))
    assert np.all(np.abs(found - expected) < np.where(radius >= 2.0**-7, 2.0**-16, 2.0**-11))


def test_float64_uniforms_are_never_0_or_1_and_float32_ones_reach_1():
    stream = GivenWords(0, 0, [(0, 0, 0, 0), (2**32 - 1, 0, 0, 0)])
    assert stream.uniforms(0, torch.arange(2)).tolist() == [2.0**-33, 1.0 - 2.0**-33]
    assert stream.uniforms(0, torch.arange(2), torch.float32).tolist() == [2.0**-33, 1.0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_sixteen_bit_numbers_are_the_rounded_float32_ones(dtype):
    stream, indices = RandomStream(1, 1), torch.arange(100)
    assert torch.equal(stream.normals(0, indices, dtype), stream.normals(0, indices, torch.float32).to(dtype))
    assert torch.equal(
        stream.uniforms(0, indices, dtype), stream.uniforms(0, indices, torch.float32).to(dtype)
    )


@given(st.lists(st.integers(0, 60), max_size=4), st.sampled_from([torch.float32, torch.float64]))
def test_numbers_do_not_depend_on_how_the_elements_are_cut(cuts, dtype):
    stream, indices = RandomStream(1, 3), torch.arange(61)
    whole = stream.normals(7, indices, dtype)
    ends = [0, *sorted(cuts), 61]
    pieces = [stream.normals(7, indices[ends[i] : ends[i + 1]], dtype) for i in range(len(ends) - 1)]
    assert torch.equal(torch.cat(pieces), whole)
    backwards = stream.normals(7, indices.flip(0).reshape(1, 61), dtype)
    assert torch.equal(backwards.reshape(61).flip(0), whole)


@given(SEEDS, WORDS, st.integers(0, 60))
def test_permutations_are_those_of_the_reference(seed, step, size):
    expected = reference.random_streams.RandomStream(seed, 1).permutation(step, size)
    assert RandomStream(seed, 1).permutation(step, size).tolist() == expected.tolist()


@given(st.lists(st.integers(0, 3), max_size=20))
def test_equal_words_are_ordered_by_index(words):
    stream = GivenWords(0, 0, [(word, 0, 0, 0) for word in words] or [(0, 0, 0, 0)])
    expected = sorted(range(len(words)), key=lambda i: (words[i], i))
    assert stream.permutation(0, len(words)).tolist() == expected


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: RandomStream(-1, 0), ValueError, "seed"),
        (lambda: RandomStream(2**64, 0), ValueError, "seed"),
        (lambda: RandomStream(0, 2**32), ValueError, "stream"),
        (lambda: RandomStream(0.5, 0), TypeError, "seed"),
        (lambda: RandomStream(0, 0).words(2**32, torch.arange(1)), ValueError, "step"),
        (lambda: RandomStream(0, 0).words(torch.tensor(1.0), torch.arange(1)), TypeError, "step"),
        (lambda: RandomStream(0, 0).words(torch.tensor([1]), torch.arange(1)), TypeError, "step"),
        (lambda: RandomStream(0, 0).words(0, torch.zeros(1)), TypeError, "indices"),
        (lambda: RandomStream(0, 0).normals(0, torch.arange(1), torch.int64), TypeError, "dtype"),
        (lambda: RandomStream(0, 0).permutation(0, -1), ValueError, "size"),
        (lambda: philox4x32(torch.zeros(3, dtype=torch.int64), (0, 0)), ValueError, "counter"),
        (lambda: philox4x32(torch.zeros(4), (0, 0)), TypeError, "counter"),
        (lambda: philox4x32(torch.zeros(4, dtype=torch.int64), (0, 2**32)), ValueError, "key"),
    ],
)
def test_arguments_outside_their_range_are_refused_by_name(call, error, said):
    with pytest.raises(error, match=said):
        call()
