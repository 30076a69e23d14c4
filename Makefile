# What people and CI run. Every target sets up what it needs; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
EXAMPLE ?= examples/liver_ct_en.txt
PYTEST ?= -q -n auto --maxprocesses 4

.PHONY: help setup demo test check lint format types imports yaml kb bench bench-record accuracy accuracy-record
.PHONY: docs docs-check pins wheel serve clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

$(READY): requirements/dev.txt pyproject.toml scripts/setup
	@scripts/setup $(VENV)
	@touch $@

setup: $(READY)  ## install base and development tools into .venv (quick when up to date)

demo: setup  ## install, then review an example report
	@$(BIN)/radassist review $(EXAMPLE)

test: setup  ## install, then run the tests
	@$(BIN)/python -m pytest $(PYTEST)

check: setup lint types imports yaml kb docs-check test  ## all that CI runs

lint: setup  ## style (ruff)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: setup  ## put the code in order (ruff)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: setup  ## types (mypy, strict)
	@$(BIN)/mypy

imports: setup  ## the one-way rule between the rooms (import-linter)
	@$(BIN)/lint-imports

yaml: setup  ## data files (yamllint)
	@$(BIN)/yamllint knowledge_base .github .pre-commit-config.yaml

kb: setup  ## prove every guideline table
	@$(BIN)/radassist kb check

bench: setup  ## measure speed, memory and start-up against bare spaCy
	@$(BIN)/python -m eval.bench

bench-record: setup  ## measure at length, and record the figures in the README
	@$(BIN)/python -m eval.bench --long --out docs/measured.json
	@$(BIN)/python scripts/docs.py

accuracy: setup  ## measure how often the categories are right, on labelled reports
	@$(BIN)/python -m eval.accuracy

accuracy-record: setup  ## measure that, and record the figures in the README
	@$(BIN)/python -m eval.accuracy --out docs/accuracy.json
	@$(BIN)/python scripts/docs.py

docs: setup  ## write the generated pages anew
	@$(BIN)/python scripts/docs.py

docs-check: setup  ## fail if a generated page is stale
	@$(BIN)/python scripts/docs.py --check

pins: setup  ## compile requirements/*.txt from pyproject.toml
	@scripts/pins $(BIN)

wheel: setup  ## build the wheel into dist/
	@$(BIN)/python -m hatchling build -t wheel

serve: setup  ## open the web page on 127.0.0.1
	@$(BIN)/radassist serve

clean:  ## remove what the tools left behind (not .venv)
	@rm -rf dist build bench-results .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find assistant serve eval tests -name __pycache__ -type d -prune -exec rm -rf {} +
