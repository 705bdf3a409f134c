"""Each theorem's hypotheses beside the default option of the algorithm that meets or breaks them, as data.

No relation is taken on trust: it must agree with the recorded verdict of the claim that shows it.

=========  ====================================================================================
relation   recorded verdict of the claim
=========  ====================================================================================
meets      the named reading and version is proved
breaks     the named reading and version is refuted, repaired, inconsistent or vacuous
depends    among its readings and versions some are proved and some fail: more than the option decides
=========  ====================================================================================
"""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from proofs.claim import all_claims
from proofs.record import Cells
from proofs.verdict import Verdict
from reference.settings import Settings, paper_settings

PATH = Path(__file__).parent / "hypotheses.toml"
RELATIONS = ("meets", "breaks", "depends")
FAILED = frozenset({Verdict.REFUTED, Verdict.REPAIRED, Verdict.INCONSISTENT, Verdict.VACUOUS})
OPTIONS = frozenset(field.name for field in dataclasses.fields(Settings))


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """One hypothesis of a theorem and the option that bears on it.

    default:  the value of the option in the paper's settings, as `default_text` writes it
    relation: a word of `RELATIONS`
    claim:    the claim that shows it, under `reading` and `version` (its own defaults where left out)
    """

    theorem: int
    hypothesis: str
    option: str
    default: str
    relation: str
    claim: str
    reading: str | None = None
    version: str | None = None

    def __post_init__(self) -> None:
        name = f"theorem {self.theorem}, {self.option}"
        if self.theorem not in range(1, 9):
            raise ValueError(f"{name}: theorem must be one of 1..8, got {self.theorem!r}")
        if self.option not in OPTIONS:
            raise ValueError(f"{name}: option must be an attribute of Settings, got {self.option!r}")
        if self.relation not in RELATIONS:
            raise ValueError(f"{name}: relation must be one of {RELATIONS}, got {self.relation!r}")
        if self.claim not in all_claims():
            raise ValueError(f"{name}: claim must be the id of a claim, got {self.claim!r}")

    @property
    def cell(self) -> tuple[str, str]:
        claim = all_claims()[self.claim]
        return self.reading or claim.default_reading, self.version or claim.version


def all_hypotheses(path: Path = PATH) -> tuple[Hypothesis, ...]:
    """Every row of the table, in the order of the theorems."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["row"]
    return tuple(Hypothesis(**row) for row in rows)


def default_text(option: str) -> str:
    """The default of an option in the paper's settings, for parameters of standard deviation 1.

    >>> default_text("noise"), default_text("initial_temperature")
    ('linear', '5.0')
    """
    value = getattr(paper_settings([-1.0, 1.0]), option)
    if option == "levels":
        spacing = np.diff(value)
        # A grid computed as ends and a count is uniform up to the rounding of its points.
        rounding = 4 * np.finfo(np.float64).eps * np.abs(value).max()
        kind = "uniform " if np.ptp(spacing) <= rounding else ""
        return f"{value.size} {kind}levels from {value[0]:g} to {value[-1]:g}"
    return str(value)


def verdict_shown(row: Hypothesis, recorded: dict[str, Cells]) -> Verdict:
    """The recorded verdict of the claim under the reading and version of the row; open if not recorded."""
    return Verdict(recorded.get(row.claim, {}).get(row.cell, Verdict.OPEN))


def disagreements(row: Hypothesis, recorded: dict[str, Cells]) -> list[str]:
    """What in a row is not so, by the settings and by the record; empty for a right row."""
    name, found = f"theorem {row.theorem}, {row.option}", []
    actual = default_text(row.option)
    if actual != row.default:
        found.append(f"{name}: the default is {actual!r}, the table says {row.default!r}")
    verdict = verdict_shown(row, recorded)
    everywhere = {Verdict(cell) for cell in recorded.get(row.claim, {}).values()}
    agrees = {
        "meets": verdict is Verdict.PROVED,
        "breaks": verdict in FAILED,
        "depends": Verdict.PROVED in everywhere and bool(everywhere & FAILED),
    }[row.relation]
    if not agrees:
        found.append(
            f"{name}: {row.claim} {row.cell} is {verdict.value}, which does not show {row.relation!r}"
        )
    return found
