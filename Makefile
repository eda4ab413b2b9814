# Needs make, git and Python 3.11 to 3.13; everything else it fetches itself. `make help` says what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
VENV := .venv
BIN := $(VENV)/bin
LOCKED := install -qq --disable-pip-version-check --require-hashes --no-build-isolation
PYTEST := $(BIN)/python -m pytest
WORKERS ?= 2
# Unit tests wait a little, and half of what the whole suite does is to wait for processes: more of them than cores.
CHECK_WORKERS ?= 3
TEST_WORKERS ?= 4

.PHONY: help setup demo soak simulate check lint test test-long bench bench-terminal bench-city lock deb voices system-demo system-soak system-test system-long system-deb system-voices

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: $(VENV)/dev.stamp system-test ## everything that the other targets need; a second time it does nothing

demo: $(VENV)/run.stamp system-demo ## a whole day of three homes on this machine; ONCE=1 ends by itself, JSON=FILE keeps it
	@$(BIN)/zhendao-sim demo $(if $(ONCE),--once) $(if $(JSON),--json $(JSON)) $(ARGS)

soak: $(VENV)/run.stamp system-soak ## half an hour of random faults, then the books must balance; SEED= MINUTES= HOMES= JSON=FILE
	@$(BIN)/zhendao-sim soak --minutes $(or $(MINUTES),30) $(if $(SEED),--seed $(SEED)) $(if $(HOMES),--homes $(HOMES)) \
		$(if $(JSON),--json $(JSON)) $(ARGS)

simulate: $(VENV)/run.stamp ## the world in a bottle, a thousand seeds, less than ten minutes; SEEDS=A..B FAULTS= TERMINALS= DAYS=
	@$(BIN)/zhendao-sim world --seeds $(or $(SEEDS),1..1000) --faults $(or $(FAULTS),each) --workers $(WORKERS) \
		--terminals $(or $(TERMINALS),2) --days $(or $(DAYS),1) $(ARGS)

check: lint ## lint, types, layers, unit tests: less than two minutes
	$(PYTEST) -q -n $(CHECK_WORKERS) --dist worksteal -m "not long" tests/unit

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports >.cache-imports 2>&1 && rm .cache-imports || { cat .cache-imports; rm .cache-imports; exit 1; }

test: lint system-test ## everything but the long suite, with branch coverage: a quarter of an hour
	@echo "$(PYTEST) -n $(TEST_WORKERS) --dist worksteal -m 'not long' --cov"; \
	$(PYTEST) -q -n $(TEST_WORKERS) --dist worksteal -m "not long" --cov --cov-report=html:dist/coverage --cov-fail-under=90 || { \
	[ $$? = 1 ] || exit 1; few=$$(grep -c :: .pytest_cache/v/cache/lastfailed); [ $$few -ge 1 -a $$few -le 10 ] || exit 1; \
	echo "what failed beside others is tried once more, alone"; \
	$(PYTEST) -q --last-failed --last-failed-no-failures none -m "not long"; }

test-long: $(VENV)/dev.stamp system-test system-long ## the long suite: kills, floods, many seeds, all that is drawn at random drawn anew
	$(PYTEST) -q -m "long or hypothesis" --timeout 3600 --hypothesis-profile fresh

bench: $(VENV)/dev.stamp system-test ## the figures that docs/ states, measured on this machine
	@for one in bench/*.py; do echo "== $$one"; $(BIN)/python "$$one" || exit 1; done

deb: $(VENV)/run.stamp system-deb ## Debian packages into dist/, for this machine; ARCH=arm64 for a Raspberry Pi
	@$(BIN)/python deploy/deb/build.py --out dist $(if $(ARCH),--arch $(ARCH)) $(ARGS)

voices: $(VENV)/run.stamp system-voices ## the spoken prompts, made with espeak-ng, where a terminal run from here finds them
	@$(BIN)/python deploy/voices/build.py $(ARGS)

bench-terminal: $(VENV)/dev.stamp system-test ## the terminal beside a measured peer, a quarter of an hour; writes docs/benchmarks.*
	@$(BIN)/python bench/terminal --write $(if $(JSON),--json $(JSON)) $(ARGS)

bench-city: $(VENV)/run.stamp ## what is found in 20 cities x 5 days of which all is known; SEEDS= DAYS= SCALE=xuhui ARGS=--write
	@$(BIN)/python bench/city --workers $(WORKERS) --seeds $(or $(SEEDS),1..20) --days $(or $(DAYS),5) \
		--scale $(or $(SCALE),small) $(if $(JSON),--json $(JSON)) $(ARGS)

lock: $(VENV)/dev.stamp ## write requirements/*.lock anew after a change of pyproject.toml
	requirements/compile $(ARGS)

system-demo:
	@requirements/system demo

system-soak:
	@requirements/system soak

system-test:
	@requirements/system test

system-long:
	@requirements/system long

system-deb:
	@requirements/system deb

$(VENV)/bin/python:
	@requirements/venv $(VENV)

$(VENV)/run.stamp: requirements/build.lock requirements/run.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing what requirements/run.lock names"
	@$(BIN)/python -m pip $(LOCKED) -r requirements/build.lock
	@$(BIN)/python -m pip $(LOCKED) -r requirements/run.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock $(VENV)/run.stamp
	@echo "installing what requirements/dev.lock names"
	@$(BIN)/python -m pip $(LOCKED) -r requirements/dev.lock
	@touch $@

system-voices:
	@requirements/system voices
