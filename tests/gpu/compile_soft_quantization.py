"""Compile the kernel ahead of time for GPUs that need not be there, and print what came out as JSON.

A process of its own: Triton must not have been imported for its interpreter.
"""

from __future__ import annotations

import json

import triton
import triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource, CompilationError

from gpu.soft_quantization_kernel import soft_quantize_kernel

CAPABILITIES = (80, 90)
WORKING = {"fp32": tl.float32, "fp64": tl.float64, "bf16": tl.float32, "fp16": tl.float32}
LANES = 32


def compiled(stored, capability):
    """The kernel for theta and value of the stored type, the entropy being of the working one."""
    working = WORKING[stored]
    signature = {
        "theta_pointer": f"*{stored}",
        "width_pointer": "*fp64",
        "heat_pointer": "*fp64",
        "value_pointer": f"*{stored}",
        "entropy_pointer": f"*{working}",
        "size": "i64",
        "count": "i64",
        "WORKING": "constexpr",
        "BLOCK": "constexpr",
    }
    source = ASTSource(soft_quantize_kernel, signature, constexprs={"WORKING": working, "BLOCK": 1024})
    return triton.compile(source, target=GPUTarget("cuda", capability, LANES))


@triton.jit
def ill_typed_kernel(theta_pointer, value_pointer, BLOCK: tl.constexpr):
    """Two blocks whose shapes do not go together are added."""
    place = tl.arange(0, BLOCK)
    tl.store(value_pointer + place, tl.load(theta_pointer + place) + tl.arange(0, 2 * BLOCK))


def is_rejected(kernel):
    signature = {"theta_pointer": "*fp32", "value_pointer": "*fp32", "BLOCK": "constexpr"}
    source = ASTSource(kernel, signature, constexprs={"BLOCK": 128})
    try:
        triton.compile(source, target=GPUTarget("cuda", CAPABILITIES[0], LANES))
    except CompilationError:
        return True
    return False


def main():
    targets = []
    for capability in CAPABILITIES:
        for stored in WORKING:
            assembly = compiled(stored, capability).asm
            targets.append(
                {
                    "capability": capability,
                    "stored": stored,
                    "ptx": f".target sm_{capability}" in assembly["ptx"],
                    "entry": "soft_quantize_kernel" in assembly["ptx"],
                    "spills": ".local" in assembly["ptx"],
                    "cubin": len(assembly["cubin"]),
                }
            )
    print(json.dumps({"targets": targets, "ill_typed_is_rejected": is_rejected(ill_typed_kernel)}))


if __name__ == "__main__":
    main()
