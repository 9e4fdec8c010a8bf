# Needs Python 3.11 or later and make; everything else is installed into .venv.
#
# The set-up is recorded by a file named after what it depends on. One that was interrupted, moved
# or broken has no such file and is made anew; one of other pins is brought up to date in place.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
unexport PYTHONPATH PYTHONHOME

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PINS := $(firstword $(shell cat pyproject.toml constraints.txt | cksum))
READY := $(VENV)/ready-$(PINS)
READY_DEV := $(VENV)/ready-dev-$(PINS)
READY_SCALE := $(VENV)/ready-scale-$(PINS)

# PYTHON=... chooses the interpreter of a new environment; else the first that is fit.
PYTHON := $(or $(PYTHON),$(shell for p in python3 python3.13 python3.12 python3.11; do \
	if $$p -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo $$p; break; fi; done))

# An environment that does not import this very tree is no environment of ours.
FOUND := $(shell $(BIN)/python -c 'import ballotproof; print(ballotproof.__file__)' 2>/dev/null)
ifneq ($(FOUND),$(CURDIR)/src/ballotproof/__init__.py)
$(shell rm -f $(VENV)/ready-*)
endif

MUTATED := raft.election paxos.single_decree paxos.flexible paxos.multi paxos.fast raft.replication

.PHONY: help check prove mutate conform conform-deep mutants soak-sim test test-long kill-test test-scale soak bench verify lint types docs support fix coverage build lock venv clean

help:  ## this list (the first call of any target also installs: half a minute)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# One recipe for both: $(1) is what to install, $(2) the records to leave.
define set_up
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later with its venv module is needed." >&2; exit 1; }
	@ls $(VENV)/ready-* >/dev/null 2>&1 || rm -rf $(VENV)
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@rm -f $(VENV)/ready-*
	$(PIP) install --quiet --constraint constraints.txt hatchling editables
	$(PIP) install --quiet --constraint constraints.txt --no-build-isolation --editable '$(1)'
	@touch $(2)
endef

$(READY):
	$(call set_up,.,$(READY))

$(READY_DEV):
	$(call set_up,.[dev$(COMMA)docs],$(READY) $(READY_DEV))

$(READY_SCALE):
	$(call set_up,.[dev$(COMMA)docs$(COMMA)scale],$(READY) $(READY_DEV) $(READY_SCALE))

COMMA := ,

venv: $(READY_DEV)  ## the environment with all development tools, in .venv (half a minute)

check: $(READY)  ## explore the shipped models, ask Z3 about their first steps, prove: one table (some minutes)
	$(BIN)/ballotproof survey

prove: $(READY)  ## the shipped proofs, for every size, with what each rests on (minutes)
	$(BIN)/ballotproof prove --all

mutate: $(READY)  ## mutants of the proofs of Paxos and Raft, with a class each; goes on where it was left (about an hour of processor time)
	$(BIN)/ballotproof mutate $(MUTATED) --quiet || test $$? -eq 14  # 14: some are undecided

lint: $(READY_DEV)  ## ruff: rules and format (1 s)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY_DEV)  ## mypy --strict and pyright, on every file (10 s)
	$(BIN)/mypy
	$(BIN)/basedpyright

conform: $(READY)  ## the programs held against their specifications, three ways (three to four minutes)
	$(BIN)/python -m ballotproof.impl.refine.conform

conform-deep: $(READY)  ## 20,000,000 worlds of three Raft servers, two terms and a crash (five minutes, 4 GB; WORLDS=)
	$(BIN)/python -m ballotproof.impl.refine.conform --deep $(or $(WORLDS),20000000)

mutants: $(READY_DEV)  ## known mistakes made in the programs, and what notices each (a minute)
	$(BIN)/python tests/impl/mutants.py

soak-sim: $(READY)  ## 100,000 simulated clusters; goes on where it was left (half an hour)
	$(BIN)/python -m ballotproof.impl.refine.soak --runs 100000 --resume soak-sim.txt

docs: $(READY_DEV)  ## the documentation, into docs/_build/html (2 s)
	$(BIN)/sphinx-build --nitpicky --fail-on-warning --keep-going --jobs auto --quiet \
		--doctree-dir docs/_build/doctrees docs docs/_build/html

support: $(READY_DEV)  ## which lemma supports which, for the documentation: all proofs anew (five minutes)
	$(BIN)/ballotproof prove --all --no-cache --quiet --graph docs/reference/support.json

test: lint types docs  ## all that a change must pass: lint, types, docs, tests and doctests (ten to fifteen minutes on two cores)
	$(BIN)/pytest --numprocesses 2 --quiet

test-long: $(READY_DEV)  ## the slow tests (minutes)
	$(BIN)/pytest --numprocesses 2 --quiet --hypothesis-profile others -m slow || test $$? -eq 5  # 5: there is none

soak: $(READY_DEV)  ## 200,000 random specifications by both engines (days; FROM=SEED goes on)
	$(BIN)/python -m tests.agree.soak $(if $(FROM),--start $(FROM)) $(if $(COUNT),--count $(COUNT))

bench: $(READY_DEV)  ## measure speed, memory and proofs, beside TLC and Spin where installed (half an hour)
	$(BIN)/python -m benchmarks $(ROWS) $(if $(MYPYVY),--mypyvy $(MYPYVY))

kill-test: $(READY_DEV)  ## searches killed 200 times and taken up again (a minute or two)
	$(BIN)/pytest --quiet -rP -m slow tests/model_check/backends/native/test_checkpoint.py

test-scale: $(READY_SCALE)  ## searches spread over a Ray cluster on this machine (two minutes, and Ray to install)
	$(BIN)/pytest --quiet -m slow tests/model_check/backends/native/test_cluster.py

verify: check test test-long build  ## everything, and writes nothing to the sources (minutes)

fix: $(READY_DEV)  ## rewrite the sources: ruff's safe repairs, then its format (1 s)
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

coverage: $(READY_DEV)  ## which lines the tests miss (half a minute)
	$(BIN)/coverage run -m pytest --quiet
	$(BIN)/coverage report

build: $(READY_DEV)  ## the source distribution, and from it the wheel, into dist (3 s)
	rm -rf dist
	$(BIN)/python -m build --no-isolation

lock: $(READY_DEV)  ## rewrite constraints.txt with the newest versions (half a minute)
	rm -rf $(VENV)/lock
	$(BIN)/python -m venv $(VENV)/lock
	$(VENV)/lock/bin/pip install --quiet hatchling editables
	$(VENV)/lock/bin/pip install --quiet --no-build-isolation --editable '.[dev,docs,scale]'
	{ grep '^#' constraints.txt; \
		$(VENV)/lock/bin/pip freeze --exclude-editable | LC_ALL=C sort -f; } > $(VENV)/lock/new
	mv $(VENV)/lock/new constraints.txt
	rm -rf $(VENV)/lock

clean:  ## remove all that was made, the environment too (1 s)
	rm -rf $(VENV) build dist docs/_build .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
