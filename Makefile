# The commands. `make lab` to use it, `make test` to check it; both set up what they need.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: lab test lint types unit node format bench bench-runs notebooks screenshots starters caniemail constraints clean

lab: $(VENV)/.lab
	$(BIN)/sesutil lab .

test: lint types node unit

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

# Unit, notebook (nbval, papermill) and browser tests, a file at a time on each core. One run: make unit ARGS="-k rendering"
unit: $(VENV)/.test
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(ARGS)

# What runs on Node: Logto's published connector and an independent template lint; without Node those tests are skipped.
node:
	@if command -v npm >/dev/null; then \
	  test tests/node/node_modules/.package-lock.json -nt tests/node/package.json || npm install --prefix tests/node --no-package-lock --no-audit --no-fund --loglevel=error; \
	else echo "No npm here: the tests with Logto's own connector will be skipped."; fi

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.test
	$(BIN)/python tests/bench.py

bench-runs: $(VENV)/.test
	$(BIN)/python tests/bench_runs.py

# Executes the notebooks as they are committed.
notebooks: $(VENV)/.test
	$(BIN)/python docs/execute_notebooks.py

# The pictures in README and docs.
screenshots: $(VENV)/.test
	$(BIN)/python docs/screenshots.py

# The starter templates, from the texts and the markup in one script.
starters:
	$(PYTHON) docs/make_starters.py

# Which mail program supports what: takes the newest npm package caniemail.
caniemail:
	$(PYTHON) docs/refresh_caniemail.py

# Pins what a fresh install takes today, on each Python that is supported; run it with all three at hand.
constraints:
	$(PYTHON) docs/pin.py python3.11 python3.12 python3.13

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/node/node_modules

$(VENV)/.lab: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "sesutil needs Python 3.11 or newer. Name one: make lab PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable ".[all]"
	@touch $@

$(VENV)/.test: $(VENV)/.lab
	$(PIP) --editable ".[all,dev]"
	@touch $@
