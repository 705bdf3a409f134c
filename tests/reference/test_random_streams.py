"""Philox4x32-10 against published answers and an independent library; what streams make of its words."""

import math

import numpy as np
import pytest
import randomgen
from hypothesis import example, given
from hypothesis import strategies as st

from reference import random_streams
from reference.random_streams import RandomStream, philox4x32

WORD = st.integers(0, 2**32 - 1)
INDEX = st.integers(0, 2**64 - 1)

# Known-answer vectors of the Random123 library (Salmon et al., SC11) for philox4x32 with ten rounds.
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text):
    return [int(word, 16) for word in text.split()]


def agrees_with_the_published_answers():
    return all(
        philox4x32(words(counter), words(key)).tolist() == words(answer)
        for counter, key, answer in KNOWN_ANSWERS
    )


def library_words(counter, key):
    """The same four words from randomgen, which increments its 128-bit counter before it draws."""
    start = (sum(word << (32 * i) for i, word in enumerate(counter)) - 1) % 2**128
    generator = randomgen.Philox(counter=start, key=key[0] + (key[1] << 32), number=4, width=32)
    return generator.random_raw(4).tolist()


def test_philox_gives_the_published_answers():
    assert agrees_with_the_published_answers()


@pytest.mark.parametrize("rounds", [7, 9, 11])
def test_another_number_of_rounds_fails_the_published_answers(monkeypatch, rounds):
    monkeypatch.setattr(random_streams, "ROUNDS", rounds)
    assert not agrees_with_the_published_answers()


@pytest.mark.parametrize("constant", ["_MULTIPLIERS", "_KEY_INCREMENTS"])
def test_exchanged_constants_fail_the_published_answers(monkeypatch, constant):
    monkeypatch.setattr(random_streams, constant, getattr(random_streams, constant)[::-1])
    assert not agrees_with_the_published_answers()


@given(st.tuples(WORD, WORD, WORD, WORD), st.tuples(WORD, WORD))
@example(counter=(0, 0, 0, 0), key=(0, 0))
@example(counter=(0, 1, 0, 0), key=(2**32 - 1, 0))
def test_philox_agrees_with_an_independent_library(counter, key):
    assert philox4x32(counter, key).tolist() == library_words(counter, key)


@given(st.integers(0, 2**64 - 1), WORD, WORD, INDEX)
@example(seed=2**64 - 1, stream=2**32 - 1, step=2**32 - 1, index=2**64 - 1)
@example(seed=2**32, stream=1, step=2, index=2**32)
def test_a_stream_uses_the_documented_counter_and_key(seed, stream, step, index):
    counter = (index % 2**32, index >> 32, step, stream)
    expected = library_words(counter, (seed % 2**32, seed >> 32))
    assert RandomStream(seed, stream).words(step, index).tolist() == expected


@given(st.lists(INDEX, max_size=12), WORD)
def test_an_element_gets_the_same_words_whatever_is_asked_beside_it(indices, step):
    stream = RandomStream(seed=20, stream=3)
    together = stream.words(step, indices)
    assert together.shape == (len(indices), 4)
    for i, index in enumerate(indices):
        assert np.array_equal(together[i], stream.words(step, index))


def test_indices_of_any_shape_and_integer_type_are_accepted():
    stream = RandomStream(seed=1, stream=0)
    flat = stream.uniforms(0, np.arange(6))
    for dtype in (np.uint8, np.int16, np.uint32, np.int64, np.uint64):
        assert np.array_equal(stream.uniforms(0, np.arange(6, dtype=dtype).reshape(2, 3)), flat.reshape(2, 3))
    assert stream.normals(0, np.zeros((0, 3), dtype=np.int64)).shape == (0, 3)


def test_no_two_elements_steps_streams_or_seeds_share_their_words():
    seen = {
        RandomStream(seed, stream).words(step, index).tobytes()
        for seed in (0, 1, 2**32)
        for stream in (0, 1)
        for step in (0, 1)
        for index in (0, 1, 2**32, 2**33)
    }
    assert len(seen) == 3 * 2 * 2 * 4


@given(st.lists(INDEX, min_size=1, max_size=9), WORD)
def test_uniforms_are_midpoints_of_the_cells_of_a_grid(indices, step):
    stream = RandomStream(seed=5, stream=5)
    cells = stream.uniforms(step, indices) * 2.0**32 - 0.5
    assert np.array_equal(cells, stream.words(step, indices)[:, 0])


def test_the_extreme_words_give_uniforms_strictly_inside_the_interval():
    extremes = random_streams._unit_interval(np.array([0, 2**32 - 1], dtype=np.uint32))
    assert extremes.tolist() == [2.0**-33, 1.0 - 2.0**-33]


def largest_cell_deviation(uniforms, cells):
    counts = np.bincount((uniforms * cells).astype(int), minlength=cells)
    expected = uniforms.size / cells
    return np.max(np.abs(counts - expected)) / math.sqrt(expected)


def test_uniforms_fill_the_interval_evenly():
    uniforms = RandomStream(seed=0, stream=0).uniforms(0, np.arange(2**16))
    # Counts of 64 cells, in standard deviations: five is passed once in some 20,000 such tests, and the seed
    # is fixed.
    assert largest_cell_deviation(uniforms, 64) < 5.0
    assert largest_cell_deviation(uniforms**1.1, 64) > 5.0


def test_normals_have_the_moments_of_the_normal_law():
    count = 2**16
    normals = RandomStream(seed=0, stream=0).normals(0, np.arange(count))
    # Standard deviations of the sample moments: 1, 2, 15 and 96 are the variances of z, z^2, z^3, z^4.
    for power, mean, variance in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)]:
        assert abs(np.mean(normals**power) - mean) < 5.0 * math.sqrt(variance / count)
    assert np.max(np.abs(normals)) <= math.sqrt(66.0 * math.log(2.0))


def test_normals_of_neighbouring_elements_and_steps_are_uncorrelated():
    stream, count = RandomStream(seed=0, stream=0), 2**16
    here, later = (stream.normals(step, np.arange(count)) for step in (0, 1))
    for other in (later, np.roll(here, 1)):
        assert abs(np.mean(here * other)) < 5.0 / math.sqrt(count)


@given(WORD, st.integers(0, 50))
def test_a_permutation_visits_every_element_once(step, size):
    order = RandomStream(seed=7, stream=1).permutation(step, size)
    assert sorted(order.tolist()) == list(range(size))


@given(WORD, st.integers(0, 50), st.data())
def test_a_random_subset_is_the_sorted_beginning_of_the_permutation(step, size, data):
    count = data.draw(st.integers(0, size))
    stream = RandomStream(seed=7, stream=1)
    subset = stream.random_subset(step, size, count)
    assert subset.tolist() == sorted(stream.permutation(step, size)[:count].tolist())


def test_a_random_subset_takes_the_smallest_words():
    stream = RandomStream(seed=7, stream=1)
    chosen = np.zeros(30, dtype=bool)
    chosen[stream.random_subset(4, 30, 11)] = True
    keys = stream.words(4, np.arange(30))[:, 0]
    assert chosen.sum() == 11
    assert keys[chosen].max() < keys[~chosen].min()


def test_equal_words_are_ordered_by_index(monkeypatch):
    # Three words only, 0, 1 and 2, in turn.
    few_words = np.repeat(np.arange(999, dtype=np.uint32)[:, np.newaxis] % 3, 4, axis=1)
    monkeypatch.setattr(RandomStream, "words", lambda *_: few_words)
    stream = RandomStream(seed=0, stream=0)
    expected = [*range(0, 999, 3), *range(1, 999, 3), *range(2, 999, 3)]
    assert stream.permutation(0, 999).tolist() == expected
    assert stream.random_subset(0, 999, 2).tolist() == [0, 3]


def test_every_pair_is_chosen_about_equally_often():
    stream, draws = RandomStream(seed=11, stream=0), 3000
    counts = {}
    for step in range(draws):
        pair = tuple(stream.random_subset(step, 5, 2).tolist())
        counts[pair] = counts.get(pair, 0) + 1
    assert len(counts) == math.comb(5, 2)
    expected = draws / math.comb(5, 2)
    assert all(abs(count - expected) < 5.0 * math.sqrt(expected) for count in counts.values())


def test_a_stream_is_a_value():
    assert RandomStream(seed=1, stream=2) == RandomStream(np.int64(1), np.uint8(2))
    with pytest.raises(AttributeError):
        RandomStream(seed=1, stream=2).seed = 3


STREAM = RandomStream(seed=0, stream=0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: RandomStream(-1, 0),
            ValueError,
            r"^seed must be an integer in \[0, 18446744073709551615\], got -1",
        ),
        (
            lambda: RandomStream(2**64, 0),
            ValueError,
            r"^seed must be an integer in .*got 18446744073709551616",
        ),
        (lambda: RandomStream(1.0, 0), TypeError, r"^seed must be an integer, got 1\.0"),
        (lambda: RandomStream(0, 2**32), ValueError, r"^stream must be an integer in \[0, 4294967295\]"),
        (
            lambda: STREAM.uniforms(-1, [0]),
            ValueError,
            r"^step must be an integer in \[0, 4294967295\], got -1",
        ),
        (lambda: STREAM.uniforms(2**32, [0]), ValueError, r"^step must be an integer in"),
        (lambda: STREAM.uniforms(0, [0, -1]), ValueError, r"^indices must be integers in .*got -1"),
        (lambda: STREAM.uniforms(0, [0, 2**64]), ValueError, r"^each entry of indices must be an integer in"),
        (
            lambda: STREAM.uniforms(0, [0.5]),
            TypeError,
            r"^each entry of indices must be an integer, got 0\.5",
        ),
        (
            lambda: STREAM.uniforms(0, [True]),
            TypeError,
            r"^each entry of indices must be an integer, got True",
        ),
        (lambda: STREAM.permutation(0, -1), ValueError, r"^size must be an integer of at least 0, got -1"),
        (lambda: STREAM.random_subset(0, 3, 4), ValueError, r"^count must be an integer in \[0, 3\], got 4"),
        (lambda: philox4x32([0, 0, 0], [0, 0]), ValueError, r"^counter must have shape \(\.\.\., 4\)"),
        (lambda: philox4x32(0, [0, 0]), ValueError, r"^counter must have shape \(\.\.\., 4\)"),
        (lambda: philox4x32([0, 0, 0, 0], [0]), ValueError, r"^key must have shape \(2,\), got shape \(1,\)"),
        (
            lambda: philox4x32([0, 0, 0, 2**32], [0, 0]),
            ValueError,
            r"^counter must be integers in .*got 4294967296",
        ),
    ],
)
def test_a_wrong_argument_is_named_and_shown(call, error, message):
    with pytest.raises(error, match=message):
        call()
