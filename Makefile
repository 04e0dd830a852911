# Two commands for a newcomer: `make run` and `make test`. PYTHON= chooses the interpreter (3.11 to 3.13).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run test lint lock clean

run: $(STAMP)
	$(BIN)/python -m infra.local

test: $(STAMP)
	$(BIN)/python -m pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(STAMP): requirements.txt requirements-dev.txt requirements-demo.txt
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "Python 3.11 to 3.13 is needed, this is %d.%d: say make PYTHON=python3.12" % v)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-demo.txt
	touch $(STAMP)

# Writes the three requirements files anew from pyproject.toml (needs uv).
lock:
	uv pip compile --universal --quiet --no-header --no-annotate pyproject.toml -o requirements.txt
	uv pip compile --universal --quiet --no-header --no-annotate pyproject.toml --extra dev -c requirements.txt -o requirements-dev.txt
	uv pip compile --universal --quiet --no-header --no-annotate --no-deps requirements-demo.in -o requirements-demo.txt

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
