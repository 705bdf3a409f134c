"""The command line: run the audit, show one claim in full, list claims.

Exit codes: 0 fine; 1 a verdict is not what is recorded (or evidence has a problem); 2 bad usage.
With --json the result, and nothing else, goes to standard output; progress goes to standard error.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from proofs import display, record
from proofs.claim import KINDS, VERSIONS, Claim, all_claims
from proofs.experiment import start_experiment
from proofs.hypotheses import all_hypotheses, disagreements, verdict_shown
from proofs.ledger import Exhibit, Row, build_rows, run_evidence, with_repairs
from proofs.report import software_versions, write_report
from proofs.verdict import Verdict

FINE, CHANGED, BAD_USAGE = 0, 1, 2
DEFAULT_OUTPUT = Path("build/audit")

_messages = Console(stderr=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m proofs",
        description="Audit the claims of the DF-GDA paper: run every proof and counterexample, print the "
        "ledger, write a report.",
        epilog="Exit codes: 0 fine, 1 a verdict differs from the recorded one, 2 bad usage. "
        "Examples: `python -m proofs`, `python -m proofs show T1-S1`, "
        "`python -m proofs list --verdict refuted --theorem 1`.",
    )
    _add_json(parser)
    _add_audit_options(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    audit = commands.add_parser("audit", help="run everything (the default)")
    _add_json(audit)
    _add_audit_options(audit)

    show = commands.add_parser("show", help="one claim in full: statement, readings, evidence, witness, code")
    show.add_argument("claims", nargs="+", metavar="ID", help="claim id, such as T1-S1")
    _add_json(show)

    listing = commands.add_parser("list", help="claims with their recorded verdicts, filtered")
    listing.add_argument(
        "--verdict", choices=[v.value for v in Verdict], help="only claims with this verdict"
    )
    listing.add_argument("--theorem", type=int, choices=range(1, 9), help="only claims of this theorem")
    listing.add_argument("--kind", choices=sorted(KINDS), help="only claims of this kind")
    listing.add_argument(
        "--version", choices=sorted(VERSIONS), help="only claims about this version of the update"
    )
    listing.add_argument("--search", metavar="TEXT", help="only claims whose statement contains this text")
    _add_json(listing)

    assumed = commands.add_parser(
        "hypotheses", help="hypotheses of the theorems beside the default options that meet or break them"
    )
    _add_json(assumed)

    experiment = commands.add_parser(
        "experiment", help="run an experiment (training runs in a process of their own); --list shows them"
    )
    experiment.add_argument("name", nargs="?", metavar="NAME", help="experiment, or `all`")
    experiment.add_argument("--list", action="store_true", help="list the experiments")
    experiment.add_argument("--quick", action="store_true", help="a few runs in some seconds")
    experiment.add_argument("--out", type=Path, metavar="FILE", help="default: build/experiments/NAME.jsonl")
    experiment.add_argument("--seeds", type=_positive, metavar="N", help="number of paired seeds")
    experiment.add_argument("--jobs", type=_positive, metavar="N", help="number of processes (default: 1)")
    return parser


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,
        help="machine-readable output on standard output",
    )


def _add_audit_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output",
        type=Path,
        default=argparse.SUPPRESS,
        metavar="DIR",
        help=f"where report.html and audit.json go (default: {DEFAULT_OUTPUT})",
    )
    parser.add_argument(
        "--workers",
        type=_positive,
        default=argparse.SUPPRESS,
        metavar="N",
        help="number of processes (default: number of cores)",
    )
    parser.add_argument(
        "--record",
        action="store_true",
        default=argparse.SUPPRESS,
        help="accept the computed verdicts: renew the record and the README's table",
    )


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return number


def _print_json(data: object) -> None:
    json.dump(data, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


def _known(identifiers: Sequence[str]) -> list[str]:
    """The ids in their proper spelling; an unknown one is bad usage, with suggestions."""
    by_upper = {identifier.upper(): identifier for identifier in all_claims()}
    found = []
    for given in identifiers:
        if given.upper() not in by_upper:
            near = difflib.get_close_matches(given.upper(), by_upper, n=3, cutoff=0.5)
            hint = f" Did you mean {', '.join(by_upper[n] for n in near)}?" if near else ""
            raise ValueError(f"no claim has the id {given!r}.{hint} `python -m proofs list` shows all ids.")
        found.append(by_upper[given.upper()])
    return list(dict.fromkeys(found))


def _run_with_progress(workers: int) -> list[Exhibit]:
    columns = (
        TextColumn("{task.description:<48.48}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_messages, transient=True) as bar:
        task = bar.add_task("reading claims", total=None)

        def advance(name: str, done: int, total: int) -> None:
            bar.update(task, description=name.replace("_", " "), completed=done, total=total)

        return run_evidence(workers=workers, progress=advance)


def _document(rows: Sequence[Row], seconds: float) -> dict[str, Any]:
    return {
        "audit": "DF-GDA",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "versions": software_versions(),
        "counts": dict(Counter(row.verdict.value for row in rows if row.claim.kind != "result")),
        "changed": record.changes(rows),
        "problems": [problem for row in rows for problem in row.problems],
        "claims": [row.as_data() for row in rows],
    }


def _audit(options: argparse.Namespace) -> int:
    output: Path = getattr(options, "output", DEFAULT_OUTPUT)
    workers: int = getattr(options, "workers", os.cpu_count() or 1)
    as_json = getattr(options, "json", False)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"--output must be a directory that can be written to, got {output} ({error})"
        ) from None
    start = time.perf_counter()
    rows = build_rows(_run_with_progress(workers))
    if getattr(options, "record", False):
        record.write(rows)
    document = _document(rows, time.perf_counter() - start)
    data_path, report_path = output / "audit.json", output / "report.html"
    data_path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write_report(rows, document, report_path)
    if as_json:
        _print_json(document)
    else:
        display.print_ledger(rows, document)
        display.print_where(report_path, data_path)
    return _exit_code(rows)


def _exit_code(rows: Sequence[Row]) -> int:
    """Say what changed, on standard error, and turn it into an exit code."""
    problems = [problem for row in rows for problem in row.problems]
    changed = record.changes(rows)
    if problems or changed:
        display.print_trouble(_messages, problems, changed)
        return CHANGED
    return FINE


def _show(options: argparse.Namespace) -> int:
    wanted = _known(options.claims)
    needed = with_repairs(wanted)
    with _messages.status("running the evidence"):
        rows = build_rows(run_evidence(needed), needed)
    shown = sorted(
        (row for row in rows if row.claim.id in wanted), key=lambda row: wanted.index(row.claim.id)
    )
    if getattr(options, "json", False):
        _print_json({"claims": [row.as_data() for row in shown]})
    else:
        for row in shown:
            display.print_claim(row)
    return _exit_code(shown)


def _list(options: argparse.Namespace) -> int:
    recorded = record.recorded_cells()

    def chosen(claim: Claim) -> bool:
        text = (options.search or "").casefold()
        return (
            (options.verdict is None or record.recorded_verdict(claim, recorded).value == options.verdict)
            and (options.theorem is None or claim.theorem == options.theorem)
            and (options.kind is None or claim.kind == options.kind)
            and (options.version is None or claim.version == options.version)
            and text in claim.statement.casefold()
        )

    found = [
        (claim, record.recorded_verdict(claim, recorded)) for claim in all_claims().values() if chosen(claim)
    ]
    if getattr(options, "json", False):
        _print_json({"claims": [display.summary_data(claim, verdict) for claim, verdict in found]})
    else:
        display.print_list(found)
    return FINE


def _hypotheses(options: argparse.Namespace) -> int:
    recorded, rows = record.recorded_cells(), all_hypotheses()
    found = [(row, verdict_shown(row, recorded)) for row in rows]
    if getattr(options, "json", False):
        _print_json({"hypotheses": [display.hypothesis_data(row, verdict) for row, verdict in found]})
    else:
        display.print_hypotheses(found)
    wrong = [line for row in rows for line in disagreements(row, recorded)]
    for line in wrong:
        _messages.print(f"[red]problem:[/red] {escape(line)}", highlight=False, soft_wrap=True)
    return CHANGED if wrong else FINE


def _experiment(options: argparse.Namespace) -> int:
    if options.name is None and not options.list:
        raise ValueError("experiment needs a NAME; `python -m proofs experiment --list` shows them")
    passed = [options.name] if options.name else []
    passed += [flag for flag in ("--list", "--quick") if getattr(options, flag[2:])]
    for name in ("out", "seeds", "jobs"):
        value = getattr(options, name)
        passed += [] if value is None else [f"--{name}", str(value)]
    return start_experiment(passed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    options = _parser().parse_args(arguments)
    command = {"show": _show, "list": _list, "hypotheses": _hypotheses, "experiment": _experiment}.get(
        options.command or "audit", _audit
    )
    try:
        return command(options)
    except ValueError as error:
        _messages.print(f"[red]error:[/red] {escape(str(error))}", highlight=False, soft_wrap=True)
        return BAD_USAGE
