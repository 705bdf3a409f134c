"""Random streams where the host must not read: on a device without waiting, and compiled without recompiling."""

import pytest
import torch
from torch._dynamo.testing import CompileCounter
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from gpu.random_streams import RandomStream


def read_on_the_host(stream, step, indices):
    return stream.first_words(step, indices).max().item()


def test_nothing_is_read_on_the_host():
    stream = RandomStream(2**40, 3)
    with FakeTensorMode():
        # Of unknown values: the value of a tensor made of a constant is known even here.
        step, indices = (torch.empty(s, dtype=torch.int64, device="cuda") for s in ((), (8,)))
        for method in (stream.words, stream.first_words, stream.uniforms, stream.normals):
            for number in (step, 5):
                assert method(number, indices).device.type == "cuda"
        assert stream.permutation(step, 8).device.type == "cuda"
        with pytest.raises(DataDependentOutputException):
            read_on_the_host(stream, step, indices)


def test_a_new_step_number_does_not_recompile():
    counter = CompileCounter()

    @torch.compile(backend=counter, fullgraph=True)
    def draw(step, indices):
        return RandomStream(5, 3).normals(step, indices, torch.float32)

    indices = torch.arange(33)
    for number in range(5):
        expected = RandomStream(5, 3).normals(number, indices, torch.float32)
        assert torch.equal(draw(torch.tensor(number), indices), expected)
    assert counter.frame_count == 1


# The compiler of torch itself calls what torch has deprecated.
@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
def test_the_compiled_words_are_the_same_and_compiled_normals_do_not_depend_on_the_cut():
    stream, step = RandomStream(2**63 + 5, 3), torch.tensor(2**32 - 1)

    @torch.compile(dynamic=True, fullgraph=True)
    def draw(step, indices):
        return stream.first_words(step, indices), stream.normals(step, indices, torch.float32)

    # Seeds from 2^63 on were once taken for floats by the compiler.
    indices = torch.arange(2**32 - 50, 2**32 + 51)
    words, normals = draw(step, indices)
    assert torch.equal(words, stream.first_words(step, indices))
    for cut in (2, 33, 64):
        pieces = [draw(step, part)[1] for part in (indices[:cut], indices[cut:])]
        assert torch.equal(torch.cat(pieces), normals)
