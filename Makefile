# One-word commands; `make help` lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PYTHON ?= python3
VENV   := .venv
LOWEST := .venv-lowest
BIN    := $(VENV)/bin
PYTEST := $(PYTHON) tools/as_root.py $(BIN)/python -m pytest
# Most tests wait for a target or an engine, so two workers a core end sooner; a module stays on one worker.
WORKERS ?= $(shell expr 2 \* $$(nproc 2>/dev/null || echo 1))
SIDE_BY_SIDE := -n $(WORKERS) --dist loadscope
DEMO   ?= examples/demo/demo.py
STORIES := tests/contract/test_engine_support.py $(addprefix tests/acceptance/test_,package_add.py plugin_story.py pair_story.py cancel.py)

# Set up anew when the dependencies change, and only then.
DEPENDENCIES := $(shell sha256sum pyproject.toml 2>/dev/null | cut -c1-16)
READY    := $(VENV)/.ready-$(DEPENDENCIES)
KERBEROS := $(VENV)/.kerberos-$(DEPENDENCIES)

.PHONY: help setup kerberos system engine engines demo test check format lint types unit contract acceptance fuzz faults record bench live sdk compilers docs workflows lowest dist publish clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with everything to develop and test

$(READY):
	@$(PYTHON) -c 'import sys; sys.exit("python3 is too old: 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@PYTHON=$(PYTHON) tools/system.sh python
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@rm -f $(VENV)/.ready-*
	@touch $@

kerberos: $(KERBEROS) ## add the extra [kerberos], built from source: a few minutes, once

# With pywinrm's own Kerberos, an independent client that the emulated hosts are checked with.
# Apart from setup, because neither the demo nor `make check` needs it, and not every machine has the headers.
$(KERBEROS): $(READY)
	@PYTHON=$(PYTHON) tools/system.sh kerberos
	@if command -v gcc && command -v krb5-config; then \
		$(BIN)/python -m pip install --quiet --editable '.[kerberos]' 'pywinrm[kerberos]' && rm -f $(VENV)/.kerberos-* && touch $@; \
	else \
		echo "kerberos: the extra is left out, as gcc or krb5-config is missing; its tests are skipped" >&2; \
	fi >/dev/null

system: ## install Samba and Kerberos clients for the tests (Debian, as root)
	@PYTHON=$(PYTHON) tools/system.sh

engine: ## say where the Pulumi engine is, building the pinned one once if none is installed
	@$(PYTHON) tools/engine.py

engines: setup ## run the stories of the engine with the pinned and with the newest one
	@for engine in "" newest; do \
		export ENGINE=$$engine && $(PYTHON) tools/engine.py && $(BIN)/python -m pytest $(SIDE_BY_SIDE) $(STORIES) || exit 1; \
	done

demo: setup ## run the whole story on emulated hosts and an embedded directory
	@engine=$$($(PYTHON) tools/engine.py) && \
		PATH="$$engine:$$PATH" PULUMI_RUNTIME_VIRTUALENV="$(CURDIR)/$(VENV)" $(BIN)/python $(DEMO)

test: system setup kerberos engine compilers ## run all tests, WORKERS at a time
	$(PYTEST) $(SIDE_BY_SIDE)

check: setup ## format, lint, types and unit tests: quick, before each commit
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32
	$(BIN)/python -m pytest tests/unit

format: setup ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --select I --fix .

lint: setup ## look for mistakes without running anything
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup ## check the types, of Windows's branches too
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32

unit: setup ## test the pure rooms
	$(BIN)/python -m pytest tests/unit

contract: setup engine ## test each face and each emulated target by itself
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) tests/contract

acceptance: system setup kerberos engine compilers ## test the whole with the real engine, a real domain and its KDC
	$(PYTEST) $(SIDE_BY_SIDE) tests/acceptance

fuzz: setup ## try new hostile answers for FUZZ_SECONDS, 60 by default
	FUZZ_SECONDS=$(or $(FUZZ_SECONDS),60) $(BIN)/python -m pytest tests/fuzz -s --timeout 3600

faults: system setup engine ## strike every operation with every fault, and write the table of docs/fidelity.md
	WRITE_FAULT_TABLE=1 $(PYTEST) $(SIDE_BY_SIDE) tests/contract/faults tests/acceptance/killed tests/acceptance/replication/test_stalled.py

record: setup engine ## hold the recorded conversations with the engine anew and write them down
	RECORD=1 $(BIN)/python -m pytest tests/contract/conversations

live: setup ## ask a real Hyper-V host what only Windows can answer (docs/live.md)
	@$(BIN)/hyperv-migration live

bench: setup engine ## time programs beside ones that do nothing, count messages, and write docs/benchmarks.md
	$(BIN)/python tools/bench/run.py --times 3

sdk: setup ## write the schema and the SDKs of all languages anew from the property declarations
	$(BIN)/python tools/python_sdk.py
	$(BIN)/python tools/write_schema.py
	$(BIN)/python tools/native_sdks.py

compilers: setup ## build and install once what writes and checks the SDKs of other languages
	@$(BIN)/python tools/native_sdks.py --prepare
	@$(BIN)/python tools/actionlint.py --prepare

docs: setup ## write the generated pages of docs/ anew from the declarations
	$(BIN)/python tools/write_docs.py

workflows: setup ## lint .github/workflows with the pinned actionlint
	$(BIN)/python tools/actionlint.py

# The dependencies as low as pyproject.toml lets them be; what only develops and tests stays as new as it is.
lowest: system setup engine ## test with the lowest versions of all dependencies, in .venv-lowest
	$(PYTHON) -m venv $(LOWEST)
	$(BIN)/uv pip compile --quiet --no-header --resolution lowest-direct --python-version 3.11 \
		--extra kerberos --extra credssp --output-file $(LOWEST)/lowest.txt pyproject.toml
	$(BIN)/uv pip install --quiet --python $(LOWEST)/bin/python --constraint $(LOWEST)/lowest.txt --editable '.[dev,kerberos,credssp]'
	$(PYTHON) tools/as_root.py $(LOWEST)/bin/python -m pytest $(SIDE_BY_SIDE) tests/unit tests/contract

dist: setup compilers ## build everything that a release publishes into dist/
	$(BIN)/python tools/dist.py

publish: setup ## publish dist/ to one place: TO=pypi, npm, go or github (docs/releasing.md)
	@$(BIN)/python tools/publish.py $(TO)

clean: ## remove what was made in this folder; the engine's cache stays
	rm -rf $(VENV) $(LOWEST) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
