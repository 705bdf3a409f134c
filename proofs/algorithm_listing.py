"""The flow of data through the paper's Algorithm 1: which symbols each line reads and which it assigns.

Only names, no formulas. Lines whose display is lost are marked: what they read is the likeliest
reconstruction of their equation. Every check about the listing as a text reads it from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Value = TypeVar("Value")

# The loop variables: which block, which epoch, which piece of the data, which parameter.
INDICES = frozenset({"i", "e", "b", "j"})
INPUTS = ("theta", "data", "T_max", "f_min", "f_max", "alpha", "eta", "lambda", "N")


@dataclass(frozen=True)
class Line:
    """One line of the listing: its number, what it reads, what it assigns, and whether its display is lost."""

    number: int
    reads: tuple[str, ...]
    writes: tuple[str, ...] = ()
    lost: bool = False


LISTING = (
    Line(1, (), ("mu",)),
    Line(2, ("T_max",), ("T",)),
    Line(3, ("theta", "T"), ("H_max",)),
    Line(4, ("theta", "B"), ("blocks",)),
    Line(5, ("E",), ("e",)),
    Line(6, ("data", "B"), ("data_blocks",)),
    Line(7, ("data_blocks",), ("b",)),
    Line(8, ("theta", "data_blocks", "b"), ("loss",)),
    Line(9, ("loss", "loss of block b-1"), ("dL",)),
    Line(10, ("f_min", "f_max", "dL", "max dL"), ("f",), lost=True),
    Line(11, ("f", "theta"), ("k",)),
    Line(12, ("theta", "k"), ("selected",)),
    Line(13, ("selected", "blocks", "i"), ("j",)),
    Line(14, ("mu", "alpha", "loss"), ("mu",), lost=True),
    Line(15, ("theta", "i", "eta", "mu", "eps", "T"), ("candidate",), lost=True),
    Line(16, ("candidate", "levels", "T"), ("candidate",), lost=True),
    Line(17, ("candidate", "theta", "i", "lambda", "T"), ("dE",)),
    Line(18, ("dE", "T"), ("A",), lost=True),
    Line(19, ("A", "j"), ()),
    Line(20, ("theta_next", "j"), ("theta",)),
    Line(22, ("theta", "j"), ("theta_next",)),
    Line(25, ("T_max", "H", "H_max"), ("T",), lost=True),
    Line(26, ("theta", "T"), ("H",), lost=True),
    Line(29, ("theta",), ()),
)


def never_read(lines: Iterable[Line] = LISTING, inputs: Iterable[str] = INPUTS) -> set[str]:
    """The inputs that no line reads.

    >>> never_read()
    {'N'}
    """
    return set(inputs) - {symbol for line in lines for symbol in line.reads}


def read_before_assigned(lines: Iterable[Line] = LISTING, inputs: Iterable[str] = INPUTS) -> dict[str, int]:
    """The symbols that a first pass reads before any line assigned them, with the line that does.

    >>> read_before_assigned()["E"]
    5
    """
    known = set(inputs)
    found: dict[str, int] = {}
    for line in lines:
        for symbol in line.reads:
            if symbol not in known:
                found.setdefault(symbol, line.number)
        known |= set(line.writes)
    return found


def depends_on(symbol: str, lines: Iterable[Line] = LISTING) -> set[str]:
    """All symbols that the value of a symbol can come from, through any number of passes.

    >>> "blocks" in depends_on("selected", [line for line in LISTING if line.number <= 12])
    False
    """
    assigned = list(lines)
    found: set[str] = set()
    waiting = [symbol]
    while waiting:
        current = waiting.pop()
        for line in assigned:
            if current in line.writes:
                new = set(line.reads) - found
                found |= new
                waiting.extend(new)
    return found


def lines_about(index: str, lines: Iterable[Line] = LISTING) -> list[int]:
    """The numbers of the lines that read an index.

    >>> lines_about("i")
    [13, 15, 17]
    """
    return [line.number for line in lines if index in line.reads]


def assigned(state: Mapping[str, Value], number: int, lines: Iterable[Line] = LISTING) -> dict[str, Value]:
    """The values after a line that copies one symbol into another for one parameter.

    Raises ValueError where the line assigns anything but one symbol from one other.

    >>> assigned({"theta": 1, "theta_next": 2}, 20)
    {'theta': 2, 'theta_next': 2}
    """
    (line,) = [line for line in lines if line.number == number]
    sources = [symbol for symbol in line.reads if symbol not in INDICES]
    if len(sources) != 1 or len(line.writes) != 1:
        raise ValueError(f"line {number} must copy one symbol into another, it reads {sources}")
    return {**state, line.writes[0]: state[sources[0]]}
