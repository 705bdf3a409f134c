"""Lines of Markdown tables, and numbers in them."""

from __future__ import annotations

from collections.abc import Sequence

DASH = "–"  # not measured


def line(cells: Sequence[str]) -> str:
    r"""One row of a table; bars inside cells are escaped.

    >>> line(["a", "b|c"])
    '| a | b\\|c |'
    """
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def rule(columns: int) -> str:
    """The line below the heading.

    >>> rule(2)
    '|---|---|'
    """
    return "|" + "---|" * columns


def number(value: float) -> str:
    """Three significant digits without an exponent, at most those before the point from a hundred on.

    >>> number(0.01234), number(1234.5)
    ('0.0123', '1,234')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
