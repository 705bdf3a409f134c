"""Settings: the defaults are the paper's numbers, and every attribute is checked."""

import math

import numpy as np
import pytest

from reference.settings import Settings, gradient_descent_settings, paper_settings

LEVELS = np.array([-1.0, 0.0, 1.0])


def test_the_defaults_are_the_numbers_the_paper_states():
    settings = Settings(levels=LEVELS, initial_temperature=1.0)
    assert (settings.f_min, settings.f_max) == (0.01, 0.5)
    assert settings.floor_factor == 0.01
    assert settings.regularization == 1e-3


def test_the_papers_settings_scale_with_the_spread_of_the_weights():
    theta = np.array([-2.0, 2.0, -2.0, 2.0])
    settings = paper_settings(theta, level_count=5, kappa=0.5)
    assert settings.initial_temperature == 10.0
    assert settings.levels.tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0]
    doubled = paper_settings(2.0 * theta, level_count=5, kappa=0.5, acceptance="metropolis")
    assert np.array_equal(doubled.levels, 2.0 * settings.levels)
    assert doubled.initial_temperature == 20.0
    assert doubled.acceptance == "metropolis"
    assert paper_settings(theta).levels.size == 257


def test_weights_that_are_all_equal_have_no_such_settings():
    with pytest.raises(ValueError, match="standard deviation of theta must be positive"):
        paper_settings([1.0, 1.0])
    with pytest.raises(ValueError, match="standard deviation of theta must be positive"):
        paper_settings([])


def test_gradient_descent_switches_everything_off():
    settings = gradient_descent_settings(0.25)
    assert settings.levels is None
    assert (settings.f_min, settings.f_max, settings.step_size, settings.smoothing) == (1.0, 1.0, 0.25, 0.0)
    assert (settings.noise, settings.acceptance, settings.schedule) == ("zero", "always", "fixed")


def test_settings_do_not_change_with_the_array_they_were_made_from():
    levels = LEVELS.copy()
    settings = Settings(levels=levels, initial_temperature=1.0)
    levels[0] = -9.0
    assert settings.levels[0] == -1.0
    with pytest.raises(ValueError, match="read-only"):
        settings.levels[0] = -9.0
    with pytest.raises(AttributeError):
        settings.f_min = 0.5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("schedule", "linear"),
        ("entropy_normaliser", "maximum"),
        ("entropy_order", "later"),
        ("loss_change", "increase"),
        ("divisor", "mean"),
        ("selection", "largest"),
        ("weighting", "both"),
        ("refreshed", "none"),
        ("noise", "cubic"),
        ("noise_placement", "around"),
        ("energy", "distance"),
        ("penalty_form", "cubic"),
        ("penalty_reduction", "max"),
        ("acceptance", "greedy"),
        ("comparison", "pairs"),
        ("initial_temperature", 0.0),
        ("initial_temperature", math.inf),
        ("floor_factor", -0.1),
        ("floor_factor", 1.1),
        ("cooling_ratio", 0.0),
        ("cooling_ratio", 1.1),
        ("sensitivity", 0.0),
        ("smoothing", 1.5),
        ("step_size", -0.1),
        ("regularization", math.nan),
        ("f_min", 0.6),
        ("f_max", 1.5),
        ("levels", [1.0, 0.0]),
        ("levels", []),
        ("levels", None),
    ],
)
def test_an_attribute_outside_its_range_is_refused_by_name(name, value):
    arguments = {"levels": LEVELS, "initial_temperature": 1.0, name: value}
    # The name of a choice is checked as the name its own module gives it: a noise is a scale.
    shown = {"noise": "scale"}.get(name, name)
    with pytest.raises(ValueError, match=shown):
        Settings(**arguments)
