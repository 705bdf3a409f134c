"""The search finds what is there, and is the same every time."""

from hypothesis import strategies as st

from proofs.adversarial_search import search


def test_a_violation_that_random_sampling_would_miss_is_found_by_steering():
    found = search(lambda x: 1e-3 - abs(x - 0.7310585), st.floats(0, 1), examples=600)
    assert found.found_violation


def test_a_true_statement_survives_and_reports_how_near_the_search_came():
    found = search(lambda x: -((x - 0.5) ** 2) - 1e-6, st.floats(0, 1), examples=200)
    assert not found.found_violation
    assert -0.01 < found.largest_excess < 0
    assert 0 <= found.nearest <= 1
    assert found.examples >= 100


def test_the_same_search_gives_the_same_result():
    first, second = (search(lambda x: -abs(x - 3), st.integers(-50, 50), examples=50) for _ in range(2))
    assert first == second
