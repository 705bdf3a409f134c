"""The command line: run the audit, show one claim in full, list claims.

Exit codes: 0 fine; 1 a verdict is not what is recorded, evidence has a problem, or a quick training run departs
from its record; 2 bad usage.
With --json the result, and nothing else, goes to standard output; progress goes to standard error.
"""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape

from proofs import display, record
from proofs.audit import CHANGED, DEFAULT_OUTPUT, FINE, exit_code, messages, print_json, run_audit
from proofs.claim import KINDS, VERSIONS, Claim, all_claims
from proofs.experiment import start_experiment
from proofs.hypotheses import all_hypotheses, disagreements, verdict_shown
from proofs.ledger import build_rows, run_evidence, with_repairs
from proofs.verdict import Verdict

BAD_USAGE = 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m proofs",
        description="Audit the claims of the DF-GDA paper: run every proof and counterexample and, where PyTorch "
        "is installed, a sample of the training runs, print the ledger, write a report.",
        epilog="Exit codes: 0 fine, 1 a verdict or a training run differs from the recorded one, 2 bad usage. "
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
    experiment.add_argument(
        "--quick", action="store_true", help="a few runs of the full set, in some seconds"
    )
    experiment.add_argument(
        "--fresh", action="store_true", help="delete earlier runs instead of continuing them"
    )
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
        "--no-experiments",
        action="store_true",
        default=argparse.SUPPRESS,
        help="leave out the quick training runs, which otherwise run beside the evidence where PyTorch is installed",
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


def _show(options: argparse.Namespace) -> int:
    wanted = _known(options.claims)
    needed = with_repairs(wanted)
    with messages.status("running the evidence"):
        rows = build_rows(run_evidence(needed), needed)
    shown = sorted(
        (row for row in rows if row.claim.id in wanted), key=lambda row: wanted.index(row.claim.id)
    )
    if getattr(options, "json", False):
        print_json({"claims": [row.as_data() for row in shown]})
    else:
        for row in shown:
            display.print_claim(row)
    return exit_code(shown)


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
        print_json({"claims": [display.summary_data(claim, verdict) for claim, verdict in found]})
    else:
        display.print_list(found)
    return FINE


def _hypotheses(options: argparse.Namespace) -> int:
    recorded, rows = record.recorded_cells(), all_hypotheses()
    found = [(row, verdict_shown(row, recorded)) for row in rows]
    if getattr(options, "json", False):
        print_json({"hypotheses": [display.hypothesis_data(row, verdict) for row, verdict in found]})
    else:
        display.print_hypotheses(found)
    wrong = [line for row in rows for line in disagreements(row, recorded)]
    for line in wrong:
        messages.print(f"[red]problem:[/red] {escape(line)}", highlight=False, soft_wrap=True)
    return CHANGED if wrong else FINE


def _experiment(options: argparse.Namespace) -> int:
    if options.name is None and not options.list:
        raise ValueError("experiment needs a NAME; `python -m proofs experiment --list` shows them")
    passed = [options.name] if options.name else []
    passed += [flag for flag in ("--list", "--quick", "--fresh") if getattr(options, flag[2:])]
    for name in ("out", "seeds", "jobs"):
        value = getattr(options, name)
        passed += [] if value is None else [f"--{name}", str(value)]
    return start_experiment(passed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    options = _parser().parse_args(arguments)
    command = {"show": _show, "list": _list, "hypotheses": _hypotheses, "experiment": _experiment}.get(
        options.command or "audit", run_audit
    )
    try:
        return command(options)
    except ValueError as error:
        messages.print(f"[red]error:[/red] {escape(str(error))}", highlight=False, soft_wrap=True)
        return BAD_USAGE
