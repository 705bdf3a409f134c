"""The audit: run all evidence, and quick training runs beside it, print the ledger, write the report."""

from __future__ import annotations

import argparse
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
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from proofs import display, record
from proofs.ledger import Exhibit, Row, build_rows, run_evidence
from proofs.quick_experiments import QuickRuns, quick_runs
from proofs.report import software_versions, write_report

FINE, CHANGED = 0, 1
DEFAULT_OUTPUT = Path("build/audit")

messages = Console(stderr=True)


def print_json(data: object) -> None:
    """Write data, and nothing else, to standard output."""
    json.dump(data, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


def _run_with_progress(workers: int) -> list[Exhibit]:
    columns = (
        TextColumn("{task.description:<48.48}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=messages, transient=True) as bar:
        task = bar.add_task("reading claims", total=None)

        def advance(name: str, done: int, total: int) -> None:
            bar.update(task, description=name.replace("_", " "), completed=done, total=total)

        return run_evidence(workers=workers, progress=advance)


def _document(rows: Sequence[Row], seconds: float, quick: QuickRuns) -> dict[str, Any]:
    return {
        "audit": "DF-GDA",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "versions": software_versions(),
        "counts": dict(Counter(row.verdict.value for row in rows if row.claim.kind != "result")),
        "changed": record.changes(rows),
        "problems": [problem for row in rows for problem in row.problems],
        "experiments": quick.as_data(),
        "claims": [row.as_data() for row in rows],
    }


def run_audit(options: argparse.Namespace) -> int:
    """Run the audit and return the exit code.

    Raises:
        ValueError: the output directory cannot be written to.
    """
    output: Path = getattr(options, "output", DEFAULT_OUTPUT)
    workers: int = getattr(options, "workers", os.cpu_count() or 1)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"--output must be a directory that can be written to, got {output} ({error})"
        ) from None
    start = time.perf_counter()
    wanted = not getattr(options, "no_experiments", False)
    with quick_runs(output / "quick_experiments", wanted=wanted) as training:
        rows = build_rows(_run_with_progress(workers))
        seconds = time.perf_counter() - start
        with messages.status("waiting for the training runs"):
            quick = training()
    if getattr(options, "record", False):
        record.write(rows)
    document = _document(rows, seconds, quick)
    data_path, report_path = output / "audit.json", output / "report.html"
    data_path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write_report(rows, document, report_path)
    if getattr(options, "json", False):
        print_json(document)
    else:
        display.print_ledger(rows, document)
        display.print_where(report_path, data_path)
    display.print_departures(messages, quick)
    return max(exit_code(rows), CHANGED if quick.trouble else FINE)


def exit_code(rows: Sequence[Row]) -> int:
    """Say what changed, on standard error, and turn it into an exit code."""
    problems = [problem for row in rows for problem in row.problems]
    changed = record.changes(rows)
    if problems or changed:
        display.print_trouble(messages, problems, changed)
        return CHANGED
    return FINE
