# Two commands for a newcomer: `make run` and `make test`. PYTHON= chooses the interpreter (3.11 to 3.13).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH_VENV ?= .venv-bench
BENCH_STAMP := $(BENCH_VENV)/.installed
AUDIT_VENV ?= .venv-audit
# Terracotta has no wheel, and the way in which pip before 23.1 would build it by itself breaks.
INSTALL := -m pip install --quiet --disable-pip-version-check --use-pep517

.PHONY: run test lint package audit audit-packages attack scale bench soak faults lock docs clean

run: $(STAMP)
	@$(BIN)/python -m infra.local

# The map page is tested in Chromium: root on Debian or Ubuntu gets it, others are told.
test: $(STAMP)
	@$(BIN)/python -m tests.browser
	$(BIN)/python -m pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cfn-lint infra/template.yaml
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive categorical handler ingest infra

# ARGS=: see python -m infra package --help.
package: $(STAMP)
	$(BIN)/python -m infra package $(ARGS)

# checkov judges the stack too; each exception stands with its reason in infra/template.yaml.
audit: $(AUDIT_VENV)/.installed
	$(AUDIT_VENV)/bin/checkov --file infra/template.yaml --compact --quiet --skip-download

$(AUDIT_VENV)/.installed:
	$(PYTHON) -m venv $(AUDIT_VENV)
	$(AUDIT_VENV)/bin/python $(INSTALL) checkov==3.3.30
	touch $@

# Known vulnerabilities in what runs in Lambda; asks PyPI's service, so it is no part of the tests.
audit-packages: $(AUDIT_VENV)/.pip-audit
	$(AUDIT_VENV)/bin/pip-audit --strict --no-deps --disable-pip --requirement requirements.txt

$(AUDIT_VENV)/.pip-audit:
	$(PYTHON) -m venv $(AUDIT_VENV)
	$(AUDIT_VENV)/bin/python $(INSTALL) pip-audit==2.9.0
	touch $@

# The attacks of docs/security.md in their long form; writes benchmarks/attack.md. ATTACKS=: how many.
ATTACKS ?= 10000
attack: $(STAMP)
	ATTACK_EXAMPLES=$(ATTACKS) ATTACK_REPORT=benchmarks/attack.md $(BIN)/python -m pytest --timeout 7200 \
		tests/attack tests/handler/test_schemathesis.py tests/handler/test_bad_input.py

# Simulates many viewers and a backfill, from benchmarks/results.json and what it measures of the local
# system; writes docs/scale.md. ARGS=--known: after a change of benchmarks/scale/aws.toml, say.
scale: $(STAMP)
	$(BIN)/python -m benchmarks.scale $(ARGS)

# QUICK=1: about two minutes. RASTER=path.tif: a COG of your own. ARGS=: see python -m benchmarks --help.
bench: $(STAMP) $(BENCH_STAMP)
	$(BIN)/python -m benchmarks --peer-python $(BENCH_VENV)/bin/python $(if $(QUICK),--quick) $(if $(RASTER),--raster '$(RASTER)') $(ARGS)

# Ten minutes of a map's load while the data change. ARGS=: see python -m benchmarks.soak --help.
soak: $(STAMP)
	$(BIN)/python -m benchmarks.soak $(ARGS)

# Breaks one part after the other under load; writes docs/reliability.md. As root, and with Debian's
# libfaketime, two faults more. ARGS=: see python -m benchmarks.faults --help.
faults: $(STAMP)
	$(BIN)/python -m benchmarks.faults $(ARGS)

# titiler and rio-tiler, apart from what we run on.
$(BENCH_STAMP): requirements-bench.txt | $(STAMP)
	$(BIN)/python -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python $(INSTALL) -r requirements-bench.txt
	touch $(BENCH_STAMP)

$(STAMP): requirements.txt requirements-dev.txt requirements-demo.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "Python 3.11 to 3.13 is needed, this is %d.%d: say make PYTHON=python3.12" % v)'
	@echo "installing into $(VENV), once; this takes a minute or two ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(INSTALL) -r requirements-dev.txt
	@$(BIN)/python $(INSTALL) --no-deps -r requirements-demo.txt
	@touch $(STAMP)

# Writes the four requirements files anew (needs uv).
lock:
	uv pip compile --universal --quiet --no-header --no-annotate pyproject.toml -o requirements.txt
	uv pip compile --universal --quiet --no-header --no-annotate pyproject.toml --extra dev -c requirements.txt -o requirements-dev.txt
	uv pip compile --universal --quiet --no-header --no-annotate --no-deps requirements-demo.in -o requirements-demo.txt
	uv pip compile --universal --quiet --no-header --no-annotate --python-version 3.11 requirements-bench.in -c requirements.txt -o requirements-bench.txt

# Writes docs/settings.md and docs/api.md anew from the settings classes and the OpenAPI document.
docs: $(STAMP)
	$(BIN)/python -m infra.settings_page
	$(BIN)/python -m infra.api_page

clean:
	rm -rf $(VENV) $(BENCH_VENV) $(AUDIT_VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
