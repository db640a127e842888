# make setup   a virtual environment in .venv with everything in it
# make demo    train digits, export, serve, ask one question
# make test    the test suite
# make test-system   what needs clean environments and processes of its own; asks the package index
# make check   format, lint and types, as CI runs them

PYTHON ?= python3
PORT ?= 3000
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup demo test test-system check format clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; \
	  sys.exit(0 if (3, 11) <= v <= (3, 13) else f"Okazu runs on Python 3.11 to 3.13, $(PYTHON) is {v[0]}.{v[1]}: make setup PYTHON=python3.12")'
	@test -x $(BIN)/pip || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }; }
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[train,dev,benchmark,jax]'
	@touch $@

demo: setup
	@PATH="$(abspath $(BIN)):$$PATH" OKAZU_PORT=$(PORT) $(BIN)/python -m training.cli.demo

test: setup
	$(BIN)/python -m pytest --ignore tests/system --numprocesses logical --maxprocesses 4 --dist loadfile

test-system: setup
	$(BIN)/python -m pytest tests/system

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
