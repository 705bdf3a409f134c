# `make audit` and `make test` do everything on a fresh machine with Python 3.11+, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
EXTRAS ?= proofs,test,notebooks

.PHONY: help audit test deep notebooks record lint clean

help: ## what the targets do
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=..."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]'
	@touch $@

audit: $(INSTALLED) ## run the whole audit; writes build/audit/report.html and audit.json
	$(BIN)/python -m proofs

test: $(INSTALLED) ## run the tests, notebooks included
	$(BIN)/python -m pytest

deep: $(INSTALLED) ## slow exploration: longer searches, solver comparisons
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[deep]'
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -m deep

notebooks: $(INSTALLED) ## execute the notebooks in place
	$(BIN)/python -m jupyter nbconvert --to notebook --execute --inplace notebooks/*.ipynb

record: $(INSTALLED) ## accept the computed verdicts and renew the README's table
	$(BIN)/python -m proofs --record

lint: $(INSTALLED) ## format and type checks
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

clean: ## remove what the other targets made
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis
