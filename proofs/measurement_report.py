"""The README's block of measurements and the pictures, made from the recorded JSON.

python -m proofs.measurement_report             pictures into build/bench
python -m proofs.measurement_report --record    the README's block too
python -m proofs.measurement_report --folder build/bench    from a trial run
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from shutil import copyfile
from typing import Any

from proofs.learner_comparisons import GRID, MACHINES, PRINTED, groups, total_cost_ratio
from proofs.measured_data import FOLDER, load_measurement, recorded_names
from proofs.measurement_tables import TABLES, tables
from proofs.record import README

BEGIN, END = "<!-- measurements: begin (generated) -->", "<!-- measurements: end -->"
PICTURES = README.parent / "build" / "bench"
SHOWN = "quantizers_roofline.png"  # the picture that the README shows, kept beside the data
FASTEST = "closed form, compiled"
EXPLANATION = (
    "Medians over rounds in which all candidates took turns; ratios are medians of the ratios within a round, in "
    "parentheses an interval that contains the median with at least 95 % probability (all rounds, where they are "
    'fewer than six). An exponent that is no constant is shown as "bent", with its values at both ends.'
)


def measurement_block(folder: Path = FOLDER) -> str:
    """All tables in Markdown, computed from the recorded measurements."""
    names = recorded_names(folder)
    if not names:
        return "Nothing has been measured yet: run `make bench`."
    kinds = list(TABLES)
    names.sort(key=lambda name: (name.endswith("_cuda"), kinds.index(name.removesuffix("_cuda"))))
    blocks = [tables(load_measurement(name, folder)) for name in names]
    details = ["<details>", "<summary>All tables, with machine and versions</summary>", *blocks, "</details>"]
    return "\n\n".join([*_headlines(folder), EXPLANATION, *details])


def _headlines(folder: Path) -> list[str]:
    """The ratios that a reader asks for first, and the picture, as far as they are recorded."""
    wanted = [
        ("quantizers", f"soft quantization at K = 1024: {name} over the compiled closed form", name, FASTEST)
        for name in ("dense", "pykeops", "closed form, eager")
    ]
    wanted += [
        ("training", f"training epoch: {name} over SGD with momentum", name, "SGD momentum, foreach")
        for name in ("DFGDA recommended", "DFGDA as printed, literal sums")
    ]
    wanted.append(("training", "training step: released behaviour over SGD", "released", "SGD"))
    lines = []
    for name, words, above, below in wanted:
        setting: dict[str, Any] = {"K": 1024, "dtype": "float32"} if name == "quantizers" else {}
        found = load_measurement(name, folder) if name in recorded_names(folder) else None
        if found and found.select(above, **setting) and found.select(below, **setting):
            ratio = found.ratio(above, below, per="n" if setting else None, **setting)
            lines.append(f"| {words} | {ratio} |")
    if "learners" in recorded_names(folder):
        found = load_measurement("learners", folder)
        if groups(found, MACHINES):
            ratio = total_cost_ratio(found, MACHINES, PRINTED, GRID)
            lines.append(f"| support vector machine on real data: as printed over a grid search | {ratio} |")
    if not lines:
        return []
    table = "\n".join(["| ratio of times | median (interval) |", "|---|---|", *lines])
    picture = f"![Nanoseconds per element against the number of levels](proofs/measurements/pictures/{SHOWN})"
    return [table, picture] if (folder / "pictures" / SHOWN).exists() else [table]


def with_measurements(readme: str, folder: Path = FOLDER) -> str:
    """The README with its generated block renewed.

    Raises:
        ValueError: a marker is missing or repeated.
    """
    for marker in (BEGIN, END):
        if readme.count(marker) != 1:
            raise ValueError(f"the README must contain {marker!r} once, it does {readme.count(marker)} times")
    before, rest = readme.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{measurement_block(folder)}\n{END}{after}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the pictures, print the tables, and renew the README's block if asked to."""
    parser = argparse.ArgumentParser(prog="python -m proofs.measurement_report", description=__doc__)
    parser.add_argument("--record", action="store_true", help="renew the README's block")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the measurements lie")
    parser.add_argument("--pictures", type=Path, default=PICTURES, help="where the pictures go")
    options = parser.parse_args(arguments)
    if options.record and options.folder != FOLDER:
        parser.error(f"--record shows what lies in {FOLDER}, not a trial run in {options.folder}")
    from proofs.measurement_pictures import draw  # matplotlib is needed for the pictures only

    print(measurement_block(options.folder))
    for path in draw(options.folder, options.pictures):
        print(path)
    if options.record:
        if options.pictures == PICTURES and (PICTURES / SHOWN).exists():
            (FOLDER / "pictures").mkdir(exist_ok=True)
            copyfile(PICTURES / SHOWN, FOLDER / "pictures" / SHOWN)
        README.write_text(with_measurements(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
