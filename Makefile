# make setup   a virtual environment in .venv with everything in it
# make demo    train digits, export, serve, ask one question
# make test-quick    a minute of tests for the edit loop: nothing is trained, no server is started
# make test          the tests, but for the slow ones
# make test-system   the slow ones: clean environments, servers, kills, long trainings; asks the package index
# make check         format, lint, types and the order of imports, as CI runs them

PYTHON ?= python3
PORT ?= 3000
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup demo test test-quick test-system check format clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; \
	  sys.exit(0 if (3, 11) <= v <= (3, 13) else f"Okazu runs on Python 3.11 to 3.13, $(PYTHON) is {v[0]}.{v[1]}: make setup PYTHON=python3.12")'
	@test -x $(BIN)/pip || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }; }
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[train,dev,benchmark,jax]'
	@touch $@

demo: setup
	@PATH="$(abspath $(BIN)):$$PATH" OKAZU_PORT=$(PORT) $(BIN)/python -m training.cli.demo

PYTEST := $(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile
# Folders whose tests neither import Keras nor start processes, but for those that are marked.
QUICK := tests/models tests/service tests/training/data tests/training/recipe --ignore tests/service/bento

test-quick: setup
	$(PYTEST) -m "not slow and not keras" $(QUICK)

test: setup
	$(PYTEST) -m "not slow"

test-system: setup
	$(PYTEST) -m slow

check: setup
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache

format: setup
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
