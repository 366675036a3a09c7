# `make` alone lists the commands. `make run` and `make test` need nothing but Python 3.11, make and gcc.

PYTHON ?= python3
BIN := .venv/bin
HTML = $(shell find templates -name '*.html')
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help run test check format lock check-inputs bench bench-definitions bench-log bench-pages soak screenshots

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/installed ## Set everything up and serve until Ctrl-C
	@$(BIN)/python -m studio.launch

test: export STUDIO_DATA_DIR := $(CURDIR)/var/test
test: .venv/installed-dev ## Set up what the tests need and run them all; make test ARGS="tests/unit" runs some
	@$(BIN)/python -m studio.launch test $(ARGS)

check: export STUDIO_URL := https://studio.example
check: export STUDIO_DATA_DIR := $(CURDIR)/var/check
check: .venv/installed-dev ## Check format, style, types, walls between rooms, templates, settings and migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djade --check --target-version 5.2 $(HTML)
	$(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run

format: .venv/installed-dev ## Put code and templates into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djade --target-version 5.2 $(HTML)

check-inputs: .venv/installed ## Read every definition below a folder and say what comes of it; make check-inputs DIR=...
	@$(BIN)/python manage.py check_inputs $(DIR)

bench: .venv/installed ## Measure builds beside docker build and pip, and many small ones beside the bare engine
	@$(BIN)/python -m benchmarks builds $(ARGS)

bench-definitions: .venv/installed ## Measure how reading, lint, digest and rendering grow with the length of a file
	@$(BIN)/python -m benchmarks.definitions

bench-log: .venv/installed-dev ## Measure how fast a build's log is written down, shown, searched and followed
	@$(BIN)/python -m benchmarks.log_page

bench-pages: .venv/installed-dev ## Measure what pages cost the server beside an empty one, with much data and ten times as much
	@$(BIN)/python -m benchmarks.pages $(ARGS)

soak: .venv/installed-dev ## Kill parts of a studio at random, 100 times, and count builds that are lost, run twice or stuck
	@$(BIN)/python -m benchmarks.soak $(ARGS)

screenshots: .venv/installed-dev ## Take pictures of the pages of a studio that really builds, for docs/screenshots
	@$(BIN)/python -m tests.screenshots docs/screenshots

lock: .venv/installed-dev ## Pin what requirements.in and requirements-dev.in ask for, with hashes
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-dev.in -o requirements-dev.txt

# Debian's python3 comes without the module that makes virtual environments; as root its package is fetched.
.venv/bin/python:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || ( \
		echo "Fetching Debian's python3-venv ..." && apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends python3-venv > /dev/null )
	@$(PYTHON) -m venv .venv

.venv/installed: requirements.txt | .venv/bin/python
	@echo "Python packages ... (this takes a minute the first time)"
	@started=$$(date +%s); $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.txt && echo "Python packages: $$(($$(date +%s) - started)) s"
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@echo "Python packages for tests and checks ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
