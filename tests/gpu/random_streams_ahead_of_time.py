"""The kernel compiled to machine code for two GPU generations, and an ill-typed one refused.

A script of its own, because kernels cannot be compiled where the interpreter is on.
"""

import triton
import triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from gpu.random_streams_kernel import philox_words, words_kernel


@triton.jit
def indices_that_are_floats(words_pointer):
    place = tl.arange(0, 64)
    first, _, _, _ = philox_words(0, 0, place.to(tl.float32), 0, 0)
    tl.store(words_pointer + place, first.to(tl.int64))


def compiled(kernel, signature, constants, capability):
    source = ASTSource(kernel, signature=signature, constexprs=constants)
    return triton.compile(source, target=GPUTarget("cuda", capability, 32))


def main():
    signature = {
        "words_pointer": "*i64",
        "normals_pointer": "*fp32",
        "step_pointer": "*i64",
        **{p.name: p.annotation_type for p in words_kernel.params if p.annotation_type},
        "BLOCK": "constexpr",
    }
    assert [p.name for p in words_kernel.params] == list(signature)
    for capability in (80, 90):
        result = compiled(words_kernel, signature, {"BLOCK": 1024}, capability)
        assert len(result.asm["cubin"]) > 0
        assert f".target sm_{capability}" in result.asm["ptx"]
    try:
        compiled(indices_that_are_floats, {"words_pointer": "*i64"}, {}, 90)
    except triton.CompilationError:
        return
    raise AssertionError("an ill-typed kernel was compiled")


if __name__ == "__main__":
    main()
