# tipoff's commands. `make` alone lists them.
# Everything is installed into .venv, from the hashed locks in 3rdparty/.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCKS := 3rdparty/requirements.lock 3rdparty/dev.lock
PACKAGES := core plugins/espn_collector plugins/features plugins/history_collector plugins/models
TIPOFF_HOME ?= $(CURDIR)/.tipoff
AIRFLOW_HOME ?= $(CURDIR)/.airflow
export TIPOFF_HOME AIRFLOW_HOME
# Compiled modules make `import airflow` four times as fast.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo up down test test-changed lint format lock api recorded clean

help:  ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: $(VENV)/ready  ## install everything into .venv (other commands do this by themselves)

$(VENV)/ready: $(LOCKS) $(addsuffix /pyproject.toml,$(PACKAGES))
	@command -v $(PYTHON) >/dev/null || { echo "tipoff needs CPython 3.11; name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up $(VENV): 200 packages from hashed locks, one to four minutes ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes $(addprefix -r ,$(LOCKS))
	@$(PIP) install --no-deps --no-build-isolation --config-settings editable_mode=compat $(addprefix -e ,$(PACKAGES))
	@touch $@

demo: setup  ## collect a simulated league, build features, train, predict: four DAGs in a real Airflow
	@$(BIN)/tipoff demo

up: setup  ## start Airflow with its UI on this machine (Ctrl-C stops it)
	@$(BIN)/tipoff up

down: setup  ## stop the Airflow that `make up` has started
	@$(BIN)/tipoff down

test: setup  ## run every test through Pants (plain pytest where CPython 3.9 for Pants is missing)
	@if build-support/pants.sh --available 2>/dev/null; then \
	  build-support/pants.sh test --output=all ::; \
	else \
	  echo "No CPython 3.9 for Pants: running plain pytest instead."; \
	  $(BIN)/python -m pytest -n auto; \
	fi

test-changed: setup  ## run only the tests that the change against main needs
	@build-support/pants.sh --changed-since=main --changed-dependents=transitive test --output=all

lint: setup  ## check style, types and layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@for folder in $(PACKAGES) dags tests benchmarks; do $(BIN)/mypy --no-error-summary $$folder || exit 1; done
	@$(BIN)/lint-imports

format: setup  ## mend what ruff can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock:  ## resolve 3rdparty/*.txt anew (needs uv)
	@uv pip compile -q --python-version 3.11 --generate-hashes --no-header --no-annotate 3rdparty/requirements.txt 3rdparty/pytest.txt -o 3rdparty/requirements.lock
	@uv pip compile -q --python-version 3.11 --generate-hashes --no-header --no-annotate -c 3rdparty/requirements.lock 3rdparty/pytest.txt -o 3rdparty/pytest.lock
	@uv pip compile -q --python-version 3.11 --generate-hashes --no-header --no-annotate -c 3rdparty/requirements.lock 3rdparty/dev.txt -o 3rdparty/dev.lock

api: setup  ## write the record of the public API anew, after a change that is meant
	@$(BIN)/python -m tipoff.public core/api.txt

recorded: setup  ## the whole path over published seasons: make recorded DATA=folder
	@$(BIN)/python benchmarks/recorded_seasons.py $(DATA)

clean:  ## remove the environment, and what the demo and the tests wrote
	rm -rf $(VENV) .tipoff .airflow .pants.d
