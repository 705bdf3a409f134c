"""The plain form of a step, element by element, beside the reference: the spans and the budgets of the kernel."""

import pytest
from hypothesis import given

from gpu import annealing
from tests.gpu import annealing_spans
from tests.gpu.annealing_reference import departures
from tests.gpu.annealing_spans import by_tensors, moved_by
from tests.gpu.strategies import SPANS, tells_apart


def agrees(span):
    return not departures(span, moved_by(by_tensors, span))


@given(SPANS)
def test_a_step_of_a_span_is_that_of_the_reference(span):
    assert not departures(span, moved_by(by_tensors, span))


class WordsOfTheNextElement(annealing.RandomStream):
    """Planted: every element gets the numbers of its neighbour."""

    def _words(self, step, indices, count):
        return super()._words(step, indices + 1, count)


def hotter(form):
    return lambda theta, width, count, heat: form(theta, width, count, 1.01 * heat)


def one_level_missing(form):
    return lambda theta, width, count, heat: form(theta, width, count - 1, heat)


def entropy_of_the_value(words):
    def planted(theta, width, counted, heat, recipe):
        value = annealing.quantized_value(theta, width, None, heat, recipe)
        return words(value, width, counted, heat, recipe)

    return planted


def uphill(test):
    return lambda change, *rest: test(-change, *rest)


def exchanged_weights(average):
    return lambda mean, slope, smoothing, weighting: average(mean, slope, 1.0 - smoothing, weighting)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("closed_form", hotter),
        ("closed_form", one_level_missing),
        ("entropy_words", entropy_of_the_value),
        ("_accepted", uphill),
        ("_penalty_change", lambda change: lambda *arguments: -change(*arguments)),
        ("averaged_gradient", exchanged_weights),
        ("RandomStream", lambda stream: WordsOfTheNextElement),
    ],
)
def test_some_span_of_the_strategy_tells_a_planted_variant_apart(name, wrong, monkeypatch):
    monkeypatch.setattr(annealing, name, wrong(getattr(annealing, name)))
    assert tells_apart(SPANS, agrees)


def test_some_span_of_the_strategy_tells_a_mask_shifted_by_one_apart(monkeypatch):
    def shifted(theta, gradient, average, index, members, *rest):
        of_the_next = None if members is None else lambda index: members(index + 1)
        return annealing.anneal_(theta, gradient, average, index, of_the_next, *rest)

    monkeypatch.setattr(annealing_spans, "anneal_", shifted)
    assert tells_apart(SPANS, agrees)


def test_no_span_of_the_strategy_tells_the_right_form_apart():
    assert not tells_apart(SPANS, agrees, examples=25)
