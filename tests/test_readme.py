"""The README tells the truth: its claim table is current, its commands exist."""

import re

from proofs import record


def test_the_claim_table_is_current():
    text = record.README.read_text(encoding="utf-8")
    assert record.with_claim_table(text) == text, "run `make record`"


def test_a_stale_table_is_noticed():
    text = record.README.read_text(encoding="utf-8")
    stale = text.replace("**proved**", "**refuted**", 1)
    assert stale != text
    assert record.with_claim_table(stale) != stale


def test_every_make_target_that_the_readme_names_exists():
    makefile = (record.README.parent / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z]+)`", record.README.read_text(encoding="utf-8")))
    assert {"audit", "test"} <= named
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
