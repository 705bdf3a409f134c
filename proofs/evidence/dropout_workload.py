"""Products of a training step with and without dropout."""

from __future__ import annotations

import sympy as sp

from proofs.outcome import Method, Outcome, proved_if
from proofs.registry import control, evidence


def products(widths: tuple[sp.Symbol, ...], rows: sp.Symbol, dropped: bool, skip: sp.Expr) -> sp.Expr:
    """Products of dense layers: output, gradient of the weights, gradient of the inputs (not of the first layer).

    With dropout every hidden activation and its gradient are multiplied by the mask. `skip`: the share of hidden
    units whose rows and columns a kernel leaves out; dense kernels leave out none.
    """
    kept = 1 - skip if dropped else sp.Integer(1)
    total = sp.Integer(0)
    for layer in range(len(widths) - 1):
        inputs = widths[layer] * (kept if layer > 0 else 1)
        outputs = widths[layer + 1] * (kept if layer + 2 < len(widths) else 1)
        passes = 2 if layer == 0 else 3
        total += passes * rows * inputs * outputs
    if dropped:
        total += 2 * rows * sum(widths[1:-1])
    return sp.expand(total)


@evidence("INT-9", method=Method.SYMBOLIC)
@control("a kernel that leaves out the dropped half takes fewer products", skip=sp.Rational(1, 2))
def dropout_takes_no_fewer_products(skip: sp.Expr = sp.S.Zero) -> Outcome:
    """Three dense layers of any widths, any number of rows. A dense product multiplies zeros like other numbers,
    so that a step with dropout takes all products of a step without, and two more for each hidden unit and row:
    mask times activation and mask times its gradient. (`skip`: the share of hidden units that the kernel
    leaves out, which needs a kernel for that.)
    """
    inputs, first, second, outputs, rows = sp.symbols("inputs first second outputs rows", positive=True)
    widths = (inputs, first, second, outputs)
    extra = sp.expand(products(widths, rows, True, skip) - products(widths, rows, False, skip))
    return proved_if(
        {
            "not fewer": sp.simplify(extra).is_nonnegative,
            "two more for each hidden unit and row": sp.expand(extra - 2 * rows * (first + second)) == 0,
        },
        "Dropout adds two products for each hidden unit and row, and saves none",
        computed=f"{extra} products more",
        stated="no fewer",
    )
