# Keras Export Workbench. `make run` and `make test` set everything up by themselves; `make` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help setup setup-test run test test-all test-clients coverage lint fuzz bench dist outdated screenshots install-desktop clean

PY := .venv/bin/python
# Bytecode is kept: the tests start some hundred processes, each of which would compile the workbench anew.
unexport PYTHONDONTWRITEBYTECODE
# Two tests at a time, each file's on one worker: TensorFlow's start and Keras' loading use one core each.
PYTEST := -m pytest -n 2 --dist loadfile
# Tests must not open windows on somebody's screen; another platform is taken where it is asked for by name.
OFFSCREEN := QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen}

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Virtual environment, pinned packages, Qt's system libraries; quick when nothing changed
	@packaging/setup.sh

setup-test:
	@packaging/setup.sh test

run: setup ## Set up, then the window on the sample project (without a display: the same job headless)
	@packaging/run.sh

test: lint ## Set up, lint, type-check, then every test but the heavy ones
	$(OFFSCREEN) $(PY) $(PYTEST) -m "not heavy"

test-all: lint ## The same with the heavy tests (minutes)
	$(OFFSCREEN) $(PY) $(PYTEST)

test-clients: setup-test ## Real clients, each in an environment of its own, against the local target (downloads them)
	PYTHONPATH=tests:tests/clients $(PY) tests/clients/museum.py

coverage: setup-test ## The tests of `make test` with branch coverage of spec, core and engine, at least 92 %
	$(OFFSCREEN) $(PY) $(PYTEST) -m "not heavy" --cov --cov-report=term-missing --cov-fail-under=92

lint: setup-test ## ruff and mypy
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

fuzz: setup-test ## Damaged files and messages against every reader, two minutes each (SECONDS=600 for more)
	PYTHONPATH=tests $(PY) -m fuzz.input_bench --seconds $(or $(SECONDS),120)

bench: setup-test ## Time the steps against their peers: BENCHMARKS.md (ONLY="cli gate", OPTIONS="--quick --against DIR")
	$(OFFSCREEN) $(PY) tests/benchmarks/run.py --markdown BENCHMARKS.md $(OPTIONS) $(ONLY)

outdated: setup-test ## Packages with newer releases, and which requirement keeps each back; asks the package index
	$(PY) packaging/outdated.py

dist: setup ## The sdist and the wheel, reproducible, into dist/
	PYTHON=$(PY) packaging/make-dist.sh

screenshots: setup ## Every tab, light and dark, three sizes, into .screenshots/; the README's own anew
	@packaging/has-display.sh || export QT_QPA_PLATFORM=offscreen; PYTHONPATH=tests $(PY) -m screenshots .screenshots --readme packaging/screenshots

install-desktop: setup ## Menu entry, icon and file types for this user (undo: packaging/install-desktop.sh --uninstall)
	@packaging/install-desktop.sh

clean: ## Remove all that these targets made here, the virtual environment included
	rm -rf .venv .coverage .coverage.* .screenshots .pytest_cache .mypy_cache .ruff_cache build dist .hypothesis
	find workbench tests resources -name __pycache__ -type d -prune -exec rm -rf {} +
