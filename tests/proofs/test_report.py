"""The report: self-contained, complete, and opened by a real browser without errors or network."""

import re
import shutil
import subprocess

import pytest

from proofs import plots, report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--enable-logging=stderr",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]


@pytest.fixture(scope="module")
def page(ledger_rows):
    document = {"created": "now", "seconds": 1.0, "versions": report.software_versions()}
    return report.render(ledger_rows, document)


def external_references(html):
    """Everything a browser would fetch: sources, stylesheets, links that are loaded, CSS urls and imports."""
    loaded = re.findall(
        r"""<(?:script|img|link|iframe|source|video|use|image)\b[^>]*?(?:src|href)=["']([^"'#]+)""", html
    )
    loaded += re.findall(r"url\((?!#|[\"']?data:)([^)]+)\)", html) + re.findall(r"@import\s+([^;]+)", html)
    return [target for target in loaded if not target.startswith("data:")]


def test_the_report_loads_nothing_from_elsewhere(page):
    assert external_references(page) == []


@pytest.mark.parametrize(
    "planted",
    [
        '<script src="https://example.org/x.js"></script>',
        '<link href="style.css">',
        "<style>a{b:url(x.png)}</style>",
    ],
)
def test_a_planted_external_reference_is_found(page, planted):
    assert external_references(page + planted)


def test_every_claim_is_in_the_report_with_its_verdict(page, ledger_rows):
    shown = dict(re.findall(r'<details class="claim" id="([^"]+)" data-verdict="([^"]+)">', page))
    assert shown == {row.claim.id: row.verdict.value for row in ledger_rows}


def test_formulas_are_rendered_as_mathematics(page, ledger_rows):
    formulas = [row.claim.formula for row in ledger_rows if row.claim.formula]
    assert formulas
    assert page.count("<math") >= len(formulas)
    assert "\\frac" not in re.sub(r"<annotation.*?</annotation>", "", page)


def test_statements_cannot_smuggle_markup():
    assert "<script>" not in str(report.linked("<script>alert(1)</script>"))
    assert 'href="#T1-S1"' in str(report.linked("see T1-S1."))


def test_each_picture_is_drawn_and_has_a_caption_that_names_claims():
    figures = plots.figures()
    assert len({figure["name"] for figure in figures}) == len(figures)
    for figure in figures:
        assert figure["svg"].startswith("<svg")
        assert "href=" in str(report.linked(figure["caption"]))


def test_the_same_picture_is_drawn_the_same_way_twice():
    assert plots.figures() == plots.figures()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: the report was not opened in a browser")
def test_the_report_opens_in_a_browser_without_errors_or_network(page, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    command = [
        CHROMIUM,
        *(flag.replace("\t", " ") for flag in QUIET),
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    result = subprocess.run(
        [*command, "--virtual-time-budget=5000", "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    console = [line for line in result.stderr.splitlines() if ":CONSOLE" in line]
    assert console == []
    claims = page.count('<details class="claim"')
    assert f"{claims} of {claims}" in result.stdout  # the filter ran
    assert "<math" in result.stdout
    assert "<svg" in result.stdout
