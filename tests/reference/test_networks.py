"""Networks: published parameter counts, the laws of the initialisers, and how the entries are drawn."""

import math

import numpy as np
import pytest

from reference.networks import NETWORKS, TensorSpec, initial_network, initial_weights, network_tensors
from reference.random_streams import RandomStream

STREAM = RandomStream(seed=0, stream=0)


@pytest.mark.parametrize(
    ("name", "parameters", "tensors"),
    [
        # LeNet-5 with full connections: 156 + 2416 + 48120 + 10164 + 850.
        ("lenet5", 61_706, 10),
        # 896 + 64 + 18496 + 128 + 73856 + 256 + 20490.
        ("cnn3", 114_186, 14),
        # 4 * 128 * (9 + 128 + 2) + 6 * 129.
        ("lstm", 71_942, 6),
        # The count published with every implementation of ResNet-50: 53 convolutions and norms, one read-out.
        ("resnet50", 25_557_032, 161),
    ],
)
def test_a_network_has_its_number_of_parameters_and_tensors(name, parameters, tensors):
    specs = network_tensors(name)
    assert sum(spec.size for spec in specs) == parameters
    assert len(specs) == tensors


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_names_are_unique_and_offsets_tile_the_parameter_vector(name):
    specs = network_tensors(name)
    assert len({spec.name for spec in specs}) == len(specs)
    ends = [0, *(spec.offset + spec.size for spec in specs)]
    assert [spec.offset for spec in specs] == ends[:-1]


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_biases_and_normalisation_scales_are_tensors_of_their_own(name):
    specs = network_tensors(name)
    assert any("bias" in spec.name for spec in specs)
    constants = [spec for spec in specs if spec.initialiser == "constant"]
    assert bool(constants) == (name in {"cnn3", "resnet50"})
    assert {(spec.name.rsplit(".")[-1], spec.scale) for spec in constants} <= {("weight", 1.0), ("bias", 0.0)}


def within_the_law(spec, entries):
    """Mean and variance within five standard deviations of what the law gives, support respected."""
    deviation, size = spec.standard_deviation, entries.size
    if spec.initialiser == "constant":
        return bool(np.all(entries == spec.scale))
    fourth_moment = {"uniform": 9.0 / 5.0, "normal": 3.0}[spec.initialiser]
    bounded = spec.initialiser == "normal" or bool(np.all(np.abs(entries) < spec.scale))
    mean_fits = abs(entries.mean()) < 5.0 * deviation / math.sqrt(size)
    excess = np.mean((entries / deviation) ** 2) - 1.0
    variance_fits = abs(excess) < 5.0 * math.sqrt((fourth_moment - 1.0) / size)
    return bounded and bool(mean_fits) and bool(variance_fits)


@pytest.mark.parametrize("name", ["lenet5", "cnn3", "lstm"])
def test_initial_weights_have_the_spread_of_their_law(name):
    for spec, entries in initial_network(name, STREAM):
        assert entries.shape == spec.shape
        assert entries.dtype == np.float64
        assert within_the_law(spec, entries), spec


def test_resnet50_has_the_spread_of_its_law_in_one_tensor_of_each_kind():
    specs = {spec.name: spec for spec in network_tensors("resnet50")}
    for name in ("stem.conv.weight", "stem.norm.weight", "stage1.block1.shortcut.norm.bias", "linear.bias"):
        assert within_the_law(specs[name], initial_weights(specs[name], STREAM)), name


def test_a_wrong_spread_fails_the_check_of_the_law():
    spec = network_tensors("lenet5")[4]
    entries = initial_weights(spec, STREAM)
    assert within_the_law(spec, entries)
    assert not within_the_law(spec, 0.97 * entries)
    assert not within_the_law(TensorSpec(spec.name, spec.shape, "normal", spec.scale, spec.offset), entries)


@pytest.mark.parametrize(
    ("network", "tensor", "initialiser", "scale"),
    [
        # 1 / sqrt(fan_in): 1 * 5 * 5, 6 * 5 * 5, 400.
        ("lenet5", "conv1.weight", "uniform", 1 / 5),
        ("lenet5", "conv2.bias", "uniform", 1 / math.sqrt(150)),
        ("lenet5", "linear1.weight", "uniform", 1 / 20),
        # 1 / sqrt(hidden size) for all tensors of an LSTM.
        ("lstm", "lstm.input_weight", "uniform", 1 / math.sqrt(128)),
        ("lstm", "lstm.hidden_bias", "uniform", 1 / math.sqrt(128)),
        # sqrt(2 / fan_out): 64 * 7 * 7 and 64 * 3 * 3.
        ("resnet50", "stem.conv.weight", "normal", math.sqrt(2 / 3136)),
        ("resnet50", "stage1.block1.spatial.conv.weight", "normal", math.sqrt(2 / 576)),
        ("resnet50", "stage4.block3.expand.norm.weight", "constant", 1.0),
        ("resnet50", "linear.weight", "uniform", 1 / math.sqrt(2048)),
    ],
)
def test_the_scale_of_an_initialiser_follows_its_rule(network, tensor, initialiser, scale):
    (spec,) = [spec for spec in network_tensors(network) if spec.name == tensor]
    assert spec.initialiser == initialiser
    assert abs(spec.scale - scale) <= 2 * np.spacing(scale)


def test_the_shapes_of_resnet50_follow_its_table():
    shapes = {spec.name: spec.shape for spec in network_tensors("resnet50")}
    assert shapes["stem.conv.weight"] == (64, 3, 7, 7)
    assert shapes["stage1.block1.reduce.conv.weight"] == (64, 64, 1, 1)
    assert shapes["stage2.block1.shortcut.conv.weight"] == (512, 256, 1, 1)
    assert shapes["stage3.block6.spatial.conv.weight"] == (256, 256, 3, 3)
    assert shapes["stage4.block3.expand.conv.weight"] == (2048, 512, 1, 1)
    assert shapes["linear.weight"] == (1000, 2048)


def test_a_tensor_is_the_same_alone_and_in_its_network_and_differs_from_its_neighbours():
    network = {spec.name: entries for spec, entries in initial_network("lenet5", STREAM)}
    spec = network_tensors("lenet5")[3]
    assert np.array_equal(initial_weights(spec, STREAM), network[spec.name])
    assert not np.array_equal(initial_weights(spec, RandomStream(seed=0, stream=1)), network[spec.name])
    everything = np.concatenate([entries.ravel() for entries in network.values()])
    assert np.unique(everything).size > 0.999 * everything.size


def test_a_tensor_without_spread_says_so():
    spreads = {spec.name: spec.standard_deviation for spec in network_tensors("cnn3")}
    assert spreads["norm1.weight"] == spreads["norm1.bias"] == 0.0
    assert spreads["conv1.bias"] > 0.0


def test_an_unknown_network_or_initialiser_is_named_and_shown():
    with pytest.raises(ValueError, match=r"^name must be one of 'lenet5', .*got 'alexnet'"):
        network_tensors("alexnet")
    with pytest.raises(ValueError, match=r"^spec\.initialiser must be one of .*got 'orthogonal'"):
        initial_weights(TensorSpec("w", (2, 2), "orthogonal", 1.0, 0), STREAM)
