"""The annealing kernel compiled to machine code for two GPU generations, and an ill-typed one refused.

A script of its own, because kernels cannot be compiled where the interpreter is on.  It prints, as JSON, what
the assembler says of each: registers of a thread, and bytes that did not fit into them.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
import triton
import triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from triton.runtime.driver import driver

from gpu import annealing_kernel
from gpu.annealing_kernel import anneal_kernel
from gpu.annealing_span import ALIGNMENT, CHUNK, SLOTS, anneal_span_, block_size, empty_sums
from tests.gpu.annealing_spans import long_span, recipe_of, scalars_of, tensors_of

WORKING = {"fp32": tl.float32, "fp64": tl.float64, "bf16": tl.float32, "fp16": tl.float32}

PLAIN = {
    "MEMBERS": None,
    "WEIGHTING": "history",
    "REFRESH_ALL": False,
    "MAXIMIZE": False,
    "DECAYS": False,
    "NOISE": None,
    "QUANTIZED": False,
    "RULE": "descent",
    "PENALTY": None,
    "ENTROPY": None,
}
EVERYTHING = PLAIN | {
    "MEMBERS": "tiles",
    "REFRESH_ALL": True,
    "DECAYS": True,
    "NOISE": "inside",
    "QUANTIZED": True,
    "RULE": "sigmoid",
    "PENALTY": "boltzmann",
    "ENTROPY": "all",
}
# Between them the cases take every branch of the kernel; the oldest target compiles the two extremes only.
CASES = [
    (80, "fp32", PLAIN),
    (80, "bf16", EVERYTHING),
    (90, "fp32", PLAIN | {"MEMBERS": "tiles"}),
    (
        90,
        "fp64",
        EVERYTHING | {"MEMBERS": "range", "NOISE": "outside", "MAXIMIZE": True, "RULE": "metropolis"},
    ),
    (90, "fp32", EVERYTHING),
    (
        90,
        "fp16",
        PLAIN
        | {
            "MEMBERS": "subset",
            "WEIGHTING": None,
            "RULE": "doubled_sigmoid",
            "PENALTY": "squared_times_temperature",
        },
    ),
]
POINTERS = {"sums": "i64", "permission": "u1", "step": "i64"}
SCALARS = ("lr", "temperature", "noise_scale")


def compiled(capability, stored, options, **changed):
    """The kernel for parameters of a stored type; ``changed``: types of single arguments."""
    members = {None: (None, None), "tiles": ("u1", None)}.get(options["MEMBERS"], ("i64", "i64"))
    types = dict.fromkeys(("theta", "gradient", "mean"), stored) | POINTERS
    types |= dict.fromkeys(SCALARS, "fp64") | dict(zip(("first", "second"), members, strict=True))
    if options["WEIGHTING"] is None:
        types["mean"] = None
    types |= changed
    block = block_size(options["QUANTIZED"], torch.float64 if stored == "fp64" else torch.float32)
    sizes = {"ALIGNMENT": ALIGNMENT, "BLOCK": block, "CHUNK": CHUNK, "SLOTS": SLOTS}
    constants = options | sizes | {"WORKING": WORKING[stored]}
    signature = {}
    for parameter in anneal_kernel.params:
        name = parameter.name
        if name.endswith("_pointer"):
            kind = types[name.removesuffix("_pointer")]
            signature[name] = "constexpr" if kind is None else f"*{kind}"
            if kind is None:
                constants[name] = None
        else:
            signature[name] = changed.get(name) or parameter.annotation_type or "constexpr"
    # Memory comes from an allocator that aligns to 16 bytes at least.
    aligned = {
        (place,): [["tt.divisibility", 16]]
        for place, kind in enumerate(signature.values())
        if kind.startswith("*")
    }
    source = ASTSource(anneal_kernel, signature=signature, constexprs=constants, attrs=aligned)
    target = GPUTarget("cuda", capability, 32)
    return triton.compile(source, target=target, options={"enable_fp_fusion": False})


def resources(cubin):
    """Registers of a thread, and bytes of its stack, as ``cuobjdump`` reads them; nothing without it."""
    own = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    program = str(own) if own.exists() else shutil.which("cuobjdump")
    if program is None:
        return {}
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        command = [program, "-res-usage", file.name]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {name: int(re.search(rf"{name}:(\d+)", text)[1]) for name in ("REG", "STACK")}


class DeviceThatIsNotThere:
    """What Triton asks of a driver before it compiles."""

    def get_current_target(self):
        return GPUTarget("cuda", 90, 32)

    def get_current_device(self):
        return 0

    def get_current_stream(self, device):
        return 0


class CompiledOnly:
    """In the place of the kernel: a launch compiles what it would have run."""

    def __getitem__(self, grid):
        return lambda *arguments, **options: anneal_kernel.warmup(*arguments, grid=grid, **options)


def kernels_of(*changes):
    """How many kernels some launches compile, each with changes of its own."""
    anneal_kernel.device_caches.clear()
    for changed in changes:
        span = long_span(**({"start": 0, "temperature": 0.7} | changed))
        rest = (
            False,
            span.half_width,
            scalars_of(span, "cpu"),
            recipe_of(span),
            empty_sums(torch.device("cpu")),
        )
        anneal_span_(*tensors_of(span, "cpu"), span.start, None, None, *rest)
    return sum(len(compiled_ones[0]) for compiled_ones in anneal_kernel.device_caches.values())


def check_that_a_new_step_compiles_nothing():
    driver.set_active(DeviceThatIsNotThere())
    annealing_kernel.anneal_kernel = CompiledOnly()
    plain = {"quantizer": None, "acceptance_rule": "descent"}
    others = ({"seed": 1}, {"seed": 2**64 - 1}, {"start": 2**40 + 1}, {"size": 1}, {"weight_decay": 0.0})
    assert kernels_of(plain, *(plain | other for other in others)) == 1
    assert kernels_of(plain, plain | {"maximize": True}) == 2


def main():
    report = []
    for capability, stored, options in CASES:
        assembly = compiled(capability, stored, options).asm
        assert f".target sm_{capability}" in assembly["ptx"]
        assert len(assembly["cubin"]) > 0
        accesses = re.findall(
            r"(?:ld|st)\.global(?:\.nc)?(?:\.L1::\w+)*(?:\.v(\d))?\.b(\d+)", assembly["ptx"]
        )
        row = {
            "capability": capability,
            "stored": stored,
            "recipe": "plain" if not options["QUANTIZED"] and options["RULE"] == "descent" else "rich",
            "members": options["MEMBERS"],
            "widest_access": max(int(count or 1) * int(bits) // 8 for count, bits in accesses),
            "fused_products": re.search(r"\bfma\.rn\.f(32|64)", assembly["ptx"]) is not None,
            "atomic_additions": len(re.findall(r"(?:atom|red)\.global\S*\.add\.[us]64", assembly["ptx"])),
        }
        report.append(row | resources(assembly["cubin"]))
    print(json.dumps(report))
    check_that_a_new_step_compiles_nothing()
    try:
        compiled(90, "fp32", PLAIN | {"RULE": "metropolis"}, start="fp64")
    except triton.CompilationError:
        return
    sys.exit("an ill-typed kernel was compiled")


if __name__ == "__main__":
    main()
