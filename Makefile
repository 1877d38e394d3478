# The daily commands. `make demo` and `make test` are all that a fresh machine needs: they set up what they use.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# by a path in the environment: the import hook of the other kind costs each start of guild some milliseconds
EDITABLE := --config-settings editable_mode=compat -e '.[test,lint]'
TF_VENV := .venv-tensorflow
TF_READY := $(TF_VENV)/.ready
# `make test TENSORFLOW=no` and `make demo TENSORFLOW=no` leave out what trains with TensorFlow, and say so
TENSORFLOW ?= yes
# `make bench PEERS=no` measures ours alone, and says so
PEERS ?= yes
# one more than the cores of a small machine: many tests wait, for a server, a browser or the clock
WORKERS ?= 3
UPSTREAM ?= https://github.com/tensorflow/tensorflow.git
CODE := guildpkg tests benchmarks scripts recipes
# the page of guild view: its one library, and what checks the types of its modules; both at pinned versions
NODE := .node
UPLOT := uplot@1.6.32
TYPESCRIPT := typescript@5.9.3
STATIC := guildpkg/view/static

# the tests start guild thousands of times: with this variable set, each start would compile all of it anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-upstream check fmt lint types page vendor kills bench dist clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F'\t' '{printf "  %-15s %s\n", $$1, $$2}'

demo: $(READY) $(if $(filter yes,$(TENSORFLOW)),$(TF_READY)) ## Build, list and verify real packages, and train one of them
	@TENSORFLOW=$(TENSORFLOW) TF_PYTHON=$(CURDIR)/$(TF_VENV)/bin/python UPSTREAM=$(UPSTREAM) $(BIN)/python -m scripts.demo

test: check $(if $(filter yes,$(TENSORFLOW)),$(TF_READY)) ## Run everything that CI runs
	TF_PYTHON=$(CURDIR)/$(TF_VENV)/bin/python $(BIN)/pytest -n $(WORKERS) --dist worksteal $(if $(filter yes,$(TENSORFLOW)),,-m 'not tensorflow')
	@test '$(TENSORFLOW)' = yes || echo 'left out, as asked: the tests that train with TensorFlow'

test-upstream: $(READY) $(TF_READY) ## Build mnist-tutorial-src from its true upstream (UPSTREAM=URL) and train it
	TF_PYTHON=$(CURDIR)/$(TF_VENV)/bin/python $(BIN)/python -m scripts.test_upstream $(UPSTREAM)

check: lint types page ## Look at the code without running it

fmt: $(READY) ## Format the code
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

lint: $(READY) ## Check format and style
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)

types: $(READY) ## Check the types
	$(BIN)/mypy

kills: $(READY) ## Kill every change of what is installed, published, patched or run at every operation on the disk
	$(BIN)/python -m tests.install.killing
	$(BIN)/python -m tests.pipeline.killing
	GUILD_TEST_KILLS=all $(BIN)/pytest -q tests/index/test_kills.py tests/pipeline/test_run_kills.py

page: ## Check the types of the page of guild view
	@if command -v npm >/dev/null && command -v node >/dev/null; then $(MAKE) --no-print-directory $(NODE)/.ready && node $(NODE)/node_modules/typescript/bin/tsc -p tests/view/tsconfig.json; \
	else echo 'left out: the types of the page of guild view; they need node and npm (apt install nodejs npm)'; fi

vendor: $(NODE)/.ready ## Copy the library of the page of guild view, with its licence, into the repository
	cp $(NODE)/node_modules/uplot/dist/uPlot.iife.min.js $(NODE)/node_modules/uplot/dist/uPlot.min.css $(STATIC)/vendor/
	cp $(NODE)/node_modules/uplot/LICENSE $(STATIC)/vendor/uPlot.LICENSE
	@echo '$(UPLOT), from npm by `make vendor`' > $(STATIC)/vendor/VERSION

bench: $(READY) $(if $(filter yes,$(PEERS)),$(TF_READY)) ## Measure ours beside the peers, in one run
	PEERS=$(PEERS) $(BIN)/python -m benchmarks

dist: $(READY) ## Make a wheel
	$(BIN)/python -m pip wheel --no-deps --wheel-dir dist .

clean: ## Remove everything that make made
	rm -rf $(VENV) $(TF_VENV) $(NODE) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -rf recipes/*/src recipes/*/pkg recipes/*/logs recipes/*/*.pkg.tar.* recipes/*/*.build.json

$(NODE)/.ready: Makefile
	npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix $(NODE) $(UPLOT) $(TYPESCRIPT)
	@touch $@

# An environment is ready when its mark is newer than what it was made from; a killed installation leaves no mark.
$(READY): setup.cfg pyproject.toml
	@test -n '$(PYTHON)' || { echo 'guildpkg needs Python 3.11 or later: install it, or name it with make PYTHON=...'; exit 1; }
	@if command -v uv >/dev/null; then \
	  uv venv -q --seed --allow-existing --python $(PYTHON) $(VENV) && uv pip install -q --python $(BIN)/python $(EDITABLE); \
	else \
	  $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install -q --disable-pip-version-check $(EDITABLE); \
	fi
	@touch $@

$(TF_READY): setup.cfg
	@echo 'Installing TensorFlow once, into $(TF_VENV) (about 1.6 GB on disk)'
	@if command -v uv >/dev/null; then \
	  uv venv -q --allow-existing --python $(PYTHON) $(TF_VENV) && uv pip install -q --python $(TF_VENV)/bin/python 'tensorflow-cpu>=2.16' tensorboard scikit-learn; \
	else \
	  $(PYTHON) -m venv $(TF_VENV) && $(TF_VENV)/bin/python -m pip install -q --disable-pip-version-check 'tensorflow-cpu>=2.16' tensorboard scikit-learn; \
	fi
	@touch $@
