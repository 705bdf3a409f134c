"""The report: one self-contained HTML file, readable without a network and without scripts.

Mathematics is MathML, plots are inline SVG; the only script is a filter for the table, and the page
is complete without it.
"""

from __future__ import annotations

import platform
import re
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import latex2mathml.converter
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from proofs import plots
from proofs.claim import all_claims
from proofs.display import about
from proofs.ledger import Row
from proofs.verdict import Verdict

PACKAGES = ("numpy", "sympy", "python-flint", "z3-solver", "hypothesis", "matplotlib")


def software_versions() -> dict[str, str]:
    """The versions of Python and of the packages that evidence rests on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def mathematics(latex: str) -> Markup:
    """LaTeX as MathML, which browsers render themselves."""
    return Markup(latex2mathml.converter.convert(latex, display="block"))  # built from our own claim data


def linked(text: str) -> Markup:
    """Text with claim ids turned into links."""
    known = all_claims()
    pieces = re.split(r"([A-Z][A-Z0-9]*-?[A-Z]*\d+)", text)
    return Markup("").join(
        Markup('<a href="#{0}">{0}</a>').format(piece) if piece in known else escape(piece)
        for piece in pieces
    )


def columns(row: Row) -> list[tuple[Verdict, str]]:
    """The verdicts of a row, each with its reading and the versions of the update that share it."""
    grouped: dict[tuple[str, Verdict], list[str]] = {}
    for (reading, version_name), verdict in row.cells.items():
        grouped.setdefault((reading, verdict), []).append(version_name)
    if len(grouped) == 1:
        return [(row.verdict, "")]
    return [
        (verdict, f"{reading} ({', '.join(names)})" if names != ["any"] else reading)
        for (reading, verdict), names in grouped.items()
    ]


def _sections(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows by part of the paper, with the counts of their verdicts."""
    sections = []
    for title in dict.fromkeys(row.claim.section for row in rows):
        own = [row for row in rows if row.claim.section == title]
        counts = Counter(row.verdict for row in own)
        sections.append(
            {"title": title, "rows": own, "counts": [(v, counts[v]) for v in Verdict if counts[v]]}
        )
    return sections


def _theorems(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Per theorem: the rows of its statement, and the results that repair or sharpen it."""
    return [
        {
            "number": number,
            "statements": [r for r in rows if r.claim.theorem == number and r.claim.kind == "theorem part"],
            "results": [r for r in rows if r.claim.theorem == number and r.claim.kind == "result"],
        }
        for number in sorted({row.claim.theorem for row in rows if row.claim.theorem is not None})
    ]


def render(rows: Sequence[Row], document: dict[str, Any]) -> str:
    """The report as HTML text."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"mathematics": mathematics, "linked": linked, "columns": columns, "about": about}
    paper = Counter(row.verdict for row in rows if row.claim.kind != "result")
    ours = Counter(row.verdict for row in rows if row.claim.kind == "result")
    return environment.get_template("report.html.j2").render(
        document=document,
        paper_counts=[(v, paper[v]) for v in Verdict if paper[v]],
        paper_total=sum(paper.values()),
        our_counts=[(v, ours[v]) for v in Verdict if ours[v]],
        theorems=_theorems(rows),
        sections=_sections(rows),
        verdicts=[v for v in Verdict if paper[v] or ours[v]],
        figures=[figure | {"svg": Markup(figure["svg"])} for figure in plots.figures()],
    )


def write_report(rows: Sequence[Row], document: dict[str, Any], path: Path) -> None:
    """Write the report to `path`."""
    path.write_text(render(rows, document), encoding="utf-8")
