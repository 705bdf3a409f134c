"""What the command line prints: the ledger as a table, a claim in full, lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from proofs.claim import Claim, all_claims
from proofs.hypotheses import Hypothesis
from proofs.ledger import Exhibit, Row
from proofs.quick_experiments import QuickRuns
from proofs.verdict import Verdict

COLOURS = {
    Verdict.PROVED: "green",
    Verdict.REPAIRED: "cyan",
    Verdict.REFUTED: "red",
    Verdict.VACUOUS: "magenta",
    Verdict.INCONSISTENT: "magenta",
    Verdict.SUPPORTED: "yellow",
    Verdict.REPRODUCED: "green",
    Verdict.NOT_REPRODUCED: "red",
    Verdict.OUT_OF_REACH: "bright_black",
    Verdict.OPEN: "bright_black",
}

RELATION_COLOURS = {"meets": "green", "breaks": "red", "depends": "yellow"}

_PIPE_WIDTH = 140  # our choice: where there is no terminal to ask


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PIPE_WIDTH)


def _coloured(verdict: Verdict) -> str:
    return f"[{COLOURS[verdict]}]{verdict.value}[/]"


def _deciding(row: Row) -> Exhibit | None:
    """The exhibit that carries numbers for the default cell, if any."""
    own = [
        e for e in row.exhibits if e.reading == row.claim.default_reading and e.version == row.claim.version
    ]
    return next((e for e in own if e.outcome.computed), own[0] if own else None)


def print_ledger(rows: Sequence[Row], document: dict[str, Any]) -> None:
    """The whole ledger: one line a claim, grouped by part of the paper, then the counts."""
    console = _console()
    for section in dict.fromkeys(row.claim.section for row in rows):
        table = Table(
            title=section, title_justify="left", title_style="bold", expand=True, box=None, pad_edge=False
        )
        table.add_column("claim", no_wrap=True, width=8)
        table.add_column("verdict", no_wrap=True, width=14)
        table.add_column("statement", no_wrap=True, overflow="ellipsis", ratio=3)
        table.add_column("computed", no_wrap=True, overflow="ellipsis", ratio=2)
        table.add_column("tightness", no_wrap=True, justify="right", width=9)
        for row in rows:
            if row.claim.section == section:
                exhibit = _deciding(row)
                outcome = exhibit.outcome if exhibit else None
                tightness = "" if outcome is None or outcome.tightness is None else f"{outcome.tightness:.3g}"
                table.add_row(
                    row.claim.id,
                    _coloured(row.verdict),
                    escape(row.claim.statement),
                    escape((outcome.computed or "") if outcome else ""),
                    tightness,
                )
        console.print(table, "")
    _print_theorems(console, rows)
    counts = Counter(row.verdict for row in rows if row.claim.kind != "result")
    ours = Counter(row.verdict for row in rows if row.claim.kind == "result")
    console.print(
        f"[bold]{sum(counts.values())} claims of the paper:[/bold] "
        + ", ".join(f"{counts[v]} {_coloured(v)}" for v in Verdict if counts[v])
    )
    if ours:
        console.print(
            f"[bold]{sum(ours.values())} statements of ours:[/bold] "
            + ", ".join(f"{ours[v]} {_coloured(v)}" for v in Verdict if ours[v])
        )
    console.print(f"{len({e.name for r in rows for e in r.exhibits})} checks in {document['seconds']} s")
    console.print(escape(document["experiments"]["summary"]), soft_wrap=True)


def _print_theorems(console: Console, rows: Sequence[Row]) -> None:
    """The statements of the eight theorems, a row each, a column per version of the update."""
    statements = [row for row in rows if row.claim.theorem is not None and row.claim.kind == "theorem part"]
    versions = list(dict.fromkeys(version for row in statements for _, version in row.cells))
    order = [v for v in ("any", "dense", "masked", "blockwise", "algorithm", "released") if v in versions]
    table = Table(
        title="The theorems, by version of the update", title_justify="left", title_style="bold", box=None
    )
    table.add_column("part", no_wrap=True)
    table.add_column("reading", no_wrap=True, overflow="ellipsis", max_width=44)
    for version in order:
        table.add_column(version, no_wrap=True)
    for row in statements:
        for reading in dict.fromkeys(reading for reading, _ in row.cells):
            verdicts = {version: verdict for (r, version), verdict in row.cells.items() if r == reading}
            cells = [_coloured(verdicts[v]) if v in verdicts else "" for v in order]
            table.add_row(row.claim.id, escape(reading), *cells)
    console.print(table, "")


def print_where(report: Path, data: Path) -> None:
    console = _console()
    console.print(f"\nReport: {report.resolve()}\nData:   {data.resolve()}", soft_wrap=True)
    console.print("One claim in full: python -m proofs show T1-S1")


def print_trouble(console: Console, problems: Sequence[str], changed: Sequence[str]) -> None:
    for problem in problems:
        console.print(f"[red]problem:[/red] {escape(problem)}", soft_wrap=True)
    for change in changed:
        console.print(f"[red]verdict changed:[/red] {escape(change)}", soft_wrap=True)
    console.print("If the change is meant, accept it with `python -m proofs --record`.")


def print_departures(console: Console, quick: QuickRuns) -> None:
    """Training runs that are not as recorded, with what may explain it."""
    for line in quick.trouble:
        console.print(f"[red]training run:[/red] {escape(line)}", soft_wrap=True)
    if quick.trouble and quick.versions:
        console.print(f"Other versions than recorded: {escape(', '.join(quick.versions))}", soft_wrap=True)


def _field(console: Console, name: str, text: str) -> None:
    console.print(f"[bold]{name:<14}[/bold]{escape(text)}", soft_wrap=True)


def print_claim(row: Row) -> None:
    """One claim in full, as a referee wants it."""
    console, claim = _console(), row.claim
    console.rule(f"{claim.id}  {_coloured(row.verdict)}", align="left")
    _field(console, "statement", claim.statement)
    if claim.formula:
        _field(console, "formula", claim.formula)
    theorem = f" of Theorem {claim.theorem}" if claim.theorem else ""
    _field(console, "kind", f"{claim.kind}{theorem}")
    _field(console, "location", claim.location)
    _field(console, "version", claim.version)
    for hypothesis in claim.hypotheses:
        _field(console, "hypothesis", hypothesis)
    for name, meaning in claim.readings.items():
        _field(console, "reading", f"{name}: {meaning}")
    if len(row.cells) > 1:
        for (reading, version), verdict in row.cells.items():
            console.print(f"[bold]{'verdict':<14}[/bold]{_coloured(verdict)}  ({escape(reading)}; {version})")
    if claim.note:
        _field(console, "note", claim.note)
    for identifier, readings in claim.repairs_in_words.items():
        which = f" ({readings})" if readings else ""
        _field(console, "repaired by", f"{identifier}{which}: {all_claims()[identifier].statement}")
    if claim.out_of_reach:
        _field(console, "out of reach", claim.out_of_reach)
    if not row.exhibits and claim.plan:
        _field(console, "to settle it", claim.plan)
    for exhibit, cells in row.checks:
        _print_exhibit(console, exhibit, cells)
    console.print()


def about(cells: Sequence[tuple[str, str]]) -> str:
    """The readings and versions that a check is evidence for, in words."""
    readings = ", ".join(dict.fromkeys(reading for reading, _ in cells))
    versions = ", ".join(dict.fromkeys(version for _, version in cells))
    return f"{readings}; version {versions}"


def _print_exhibit(console: Console, exhibit: Exhibit, cells: Sequence[tuple[str, str]]) -> None:
    outcome = exhibit.outcome
    console.print(f"\n[bold]{escape(exhibit.name.replace('_', ' '))}[/bold]: {outcome.finding.value}")
    _field(console, "  for", about(cells))
    _field(console, "  method", f"{exhibit.method}, {exhibit.seconds:.2f} s")
    _field(console, "  code", exhibit.location)
    if exhibit.argument:
        for number, line in enumerate(exhibit.argument.splitlines()):
            _field(console, "  argument" if number == 0 else "", line)
    _field(console, "  finding", outcome.summary)
    if outcome.computed:
        _field(console, "  computed", outcome.computed)
    if outcome.stated:
        _field(console, "  stated", outcome.stated)
    if outcome.tightness is not None:
        _field(console, "  tightness", f"{outcome.tightness:.6g}")
    for name, value in outcome.witness.items():
        _field(console, "  witness", f"{name} = {value}")
    for name, passed in outcome.checks.items():
        console.print(f"    {'[green]✓[/]' if passed else '[red]✗[/]'} {escape(name)}", soft_wrap=True)
    for control in exhibit.controls:
        mark = "[green]✓[/]" if control.behaved else "[red]✗[/]"
        console.print(f"    {mark} control rejected: {escape(control.description)}", soft_wrap=True)
    if exhibit.problem:
        console.print(f"    [red]problem: {escape(exhibit.problem)}[/]", soft_wrap=True)


def summary_data(claim: Claim, verdict: Verdict) -> dict[str, Any]:
    return {
        "id": claim.id,
        "verdict": verdict.value,
        "statement": claim.statement,
        "location": claim.location,
        "kind": claim.kind,
        "theorem": claim.theorem,
        "version": claim.version,
        "repaired_by": claim.repaired_by,
    }


def print_list(found: Sequence[tuple[Claim, Verdict]]) -> None:
    console = _console()
    table = Table(box=None, pad_edge=False)
    table.add_column("claim", no_wrap=True)
    table.add_column("recorded", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    table.add_column("statement", overflow="fold")
    for claim, verdict in found:
        table.add_row(claim.id, _coloured(verdict), claim.kind, escape(claim.statement))
    console.print(table)
    console.print(f"{len(found)} claims. One in full: python -m proofs show ID")


def hypothesis_data(row: Hypothesis, verdict: Verdict) -> dict[str, Any]:
    reading, version = row.cell
    return {**asdict(row), "reading": reading, "version": version, "verdict": verdict.value}


def print_hypotheses(found: Sequence[tuple[Hypothesis, Verdict]]) -> None:
    console = _console()
    table = Table(box=None, pad_edge=False)
    table.add_column("theorem", no_wrap=True, justify="right")
    table.add_column("hypothesis", overflow="fold")
    table.add_column("option", no_wrap=True)
    table.add_column("default", overflow="fold")
    table.add_column("relation", no_wrap=True)
    table.add_column("shown by", overflow="fold")
    table.add_column("recorded", no_wrap=True)
    for row, verdict in found:
        relation = f"[{RELATION_COLOURS[row.relation]}]{row.relation}[/]"
        table.add_row(
            str(row.theorem),
            escape(row.hypothesis),
            row.option,
            escape(row.default),
            relation,
            escape(f"{row.claim} ({row.reading})" if row.reading else row.claim),
            "by reading" if row.relation == "depends" else _coloured(verdict),
        )
    console.print(table)
    console.print("Defaults for parameters of standard deviation 1.")
