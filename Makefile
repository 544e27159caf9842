# The two commands of this project are `make run` and `make test`; `make help` lists the rest.

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(shell command -v $(name) 2>/dev/null)))
VENV := .venv
BIN := $(VENV)/bin
# What is compiled is kept, whatever the shell says: tests start hundreds of processes, and each would compile the whole product again.
KEEPING := PYTHONDONTWRITEBYTECODE=
# In the order in which tests/conftest.py has the files: many short tests would else go first, and the longest be waited for at the end.
TESTS := $(KEEPING) $(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder -m "not slow"
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test tests check coverage accuracy audit-matrix bench screenshots texts soak clean help

run: $(VENV)/run.stamp  ## the catalogue on http://127.0.0.1:8000, with one charging station audited live
	@$(BIN)/ocpp-registry up

test: $(VENV)/test.stamp  ## everything that is tested: style, types and import directions, beside all tests
	@sh tests/debian-packages.sh
	@$(MAKE) --no-print-directory -j 2 check tests

tests: $(VENV)/test.stamp
	$(TESTS) --durations=30

coverage: $(VENV)/test.stamp  ## which lines and branches the tests reach; they take twice as long
	@sh tests/debian-packages.sh
	$(TESTS) --cov --cov-report=term:skip-covered

check: $(VENV)/test.stamp  ## style, types and import directions alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

accuracy: $(VENV)/test.stamp  ## fields right, not read and wrong, per sample document
	@$(BIN)/python -m tests.accuracy

audit-matrix: $(VENV)/test.stamp  ## every kind of clean twin, and every fault of both roles against every case
	@$(BIN)/python -m tests.full_matrix
	@$(BIN)/python -m tests.central_matrix

bench: $(VENV)/test.stamp  ## times and ratios, each measured against its yardstick in the same run; takes about an hour and a half
	@missed=0; for bench in tests/bench/bench_*.py; do $(BIN)/python -m tests.bench.$$(basename $$bench .py) || missed=1; done; exit $$missed

screenshots: $(VENV)/test.stamp  ## makes the pictures in docs/ anew
	OCPP_REGISTRY_SCREENSHOTS=1 $(BIN)/python -m pytest -q tests/browser

texts: $(VENV)/test.stamp  ## gathers the texts of the pages anew, for those who translate them
	@$(BIN)/python -m tests.texts

soak: $(VENV)/test.stamp accuracy  ## the long tests, and `make accuracy`: each test run reads a sample of the documents alone
	$(KEEPING) $(BIN)/python -m pytest -q -m slow

clean:  ## removes what was installed and built here (never var/, where the registry lives)
	rm -rf $(VENV) build *.egg-info .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis

help:
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/make \1	\2/p' Makefile | expand -t 22

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "No python3 found: install Python 3.11 or newer."; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is too old: install Python 3.11 or newer, or name one with make PYTHON=..."; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make environments: apt-get install python3-venv"; exit 2; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: $(VENV)/bin/python requirements.lock pyproject.toml
	@echo "Installing what it needs into $(VENV) (once) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp requirements-test.lock
	@echo "Installing what the tests need into $(VENV) (once) ..."
	@$(PIP) install --require-hashes -r requirements-test.lock
	@touch $@
