"""What the last accepted audit said: the recorded verdicts and the README's claim table.

The record is written by `python -m proofs --record` and read by `list`, by the tests, and by every
audit, which fails if a verdict is no longer what was recorded.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from proofs.claim import Claim, all_claims
from proofs.ledger import Row
from proofs.verdict import Verdict

PATH = Path(__file__).parent / "recorded_verdicts.json"
README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- claim table: begin (generated) -->", "<!-- claim table: end -->"

Cells = dict[tuple[str, str], str]


def recorded_cells() -> dict[str, Cells]:
    """The recorded verdict per claim and (reading, version); empty if nothing was recorded yet."""
    if not PATH.exists():
        return {}
    data = json.loads(PATH.read_text(encoding="utf-8"))
    return {
        identifier: {(cell["reading"], cell["version"]): cell["verdict"] for cell in cells}
        for identifier, cells in data.items()
    }


def recorded_verdict(claim: Claim, recorded: dict[str, Cells] | None = None) -> Verdict:
    """The recorded verdict of a claim's default reading and version; open if it is not recorded."""
    cells = (recorded_cells() if recorded is None else recorded).get(claim.id, {})
    return Verdict(cells.get((claim.default_reading, claim.version), Verdict.OPEN))


def changes(rows: Sequence[Row]) -> list[str]:
    """One line for every cell whose verdict is not the recorded one."""
    recorded = recorded_cells()
    found = []
    for row in rows:
        before = recorded.get(row.claim.id, {})
        now = {cell: verdict.value for cell, verdict in row.cells.items()}
        found += [
            f"{row.claim.id} ({reading}, {version}): {before.get((reading, version), 'not recorded')} -> "
            f"{now.get((reading, version), 'gone')}"
            for reading, version in dict.fromkeys([*before, *now])
            if before.get((reading, version)) != now.get((reading, version))
        ]
    return found


def write(rows: Sequence[Row]) -> None:
    """Record the verdicts of a whole ledger and renew the README's table."""
    data = {
        row.claim.id: [
            {"reading": reading, "version": version, "verdict": verdict.value}
            for (reading, version), verdict in row.cells.items()
        ]
        for row in rows
    }
    PATH.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    README.write_text(with_claim_table(README.read_text(encoding="utf-8")), encoding="utf-8")


def _cell(text: str) -> str:
    return (
        text.replace("|", "\\|")
        .replace("\n", " ")
        .replace("<", "&lt;")
        .replace("*", "\\*")
        .replace("_", "\\_")
    )


def _verdict_words(claim: Claim, recorded: dict[str, Cells]) -> str:
    """The verdict in bold, with the columns that differ from it."""
    headline = recorded_verdict(claim, recorded)
    others = [
        f"{reading}{'' if version == claim.version else f' ({version})'}: {verdict}"
        for (reading, version), verdict in recorded.get(claim.id, {}).items()
        if verdict != headline.value and verdict != Verdict.OPEN.value
    ]
    return f"**{headline.value}**" + (f" ({'; '.join(others)})" if others else "")


def claim_table() -> str:
    """The README's claim table in Markdown, computed from the recorded verdicts."""
    recorded, claims = recorded_cells(), all_claims()
    verdicts = {claim.id: recorded_verdict(claim, recorded) for claim in claims.values()}
    paper = [c for c in claims.values() if c.kind != "result"]
    totals = Counter(verdicts[claim.id] for claim in paper)
    lines = [
        f"{len(paper)} claims of the paper: "
        + ", ".join(f"{totals[verdict]} {verdict.value}" for verdict in Verdict if totals[verdict])
        + f"; and {len(claims) - len(paper)} statements of ours.",
        "",
        "| claim | statement | verdict |",
        "|---|---|---|",
    ]
    for claim in paper:
        if claim.theorem is not None and claim.kind == "theorem part":
            repairs = [
                f"{identifier} ({_cell(readings)})" if readings else identifier
                for identifier, readings in claim.repairs_in_words.items()
            ]
            statement = _cell(claim.statement) + (f" *Repaired by {', '.join(repairs)}.*" if repairs else "")
            lines.append(f"| {claim.id} | {statement} | {_cell_keep(_verdict_words(claim, recorded))} |")
    lines += ["", "<details><summary>Every claim, by part of the paper</summary>", ""]
    for section in dict.fromkeys(claim.section for claim in claims.values()):
        lines += [f"\n**{section}**\n", "| claim | kind | verdict |", "|---|---|---|"]
        lines += [
            f"| {claim.id} | {claim.kind} | {_cell_keep(_verdict_words(claim, recorded))} |"
            for claim in claims.values()
            if claim.section == section
        ]
    return "\n".join([*lines, "", "</details>"])


def _cell_keep(markdown: str) -> str:
    return markdown.replace("|", "\\|")


def with_claim_table(readme: str) -> str:
    """The README with its generated part renewed."""
    before, rest = readme.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{claim_table()}\n{END}{after}"
