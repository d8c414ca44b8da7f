# Everything runs in .venv, which is made from the locks: nothing else on the machine is touched.
# Two commands for a newcomer: `make demo` and `make test`.
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# One more than the two cores that are counted on: tests wait for processes of their own.
JOBS ?= 3
# Compiled sources are kept between runs: the tests start many processes that would compile them anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check soak fuzz bench bench-write bench-million conformance clients lock clean run-venv dev-venv

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' Makefile

run-venv:
	@sh .ci/venv run

dev-venv:
	@sh .ci/venv dev

demo: run-venv ## one agreement kept true in both emulated CRMs, over real HTTP
	@$(BIN)/leadpact demo

test: dev-venv ## the whole suite
	@$(PYTEST) --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder --quiet

check: dev-venv ## lint, types, import contracts, dependencies, the 400-line wall, documents
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry core connectors mappings app sandbox
	@$(PYTEST) --numprocesses $(JOBS) --quiet tests/architecture

soak: dev-venv ## thousands of simulated histories and other long runs
	@HYPOTHESIS_PROFILE=explore $(PYTEST) --numprocesses $(JOBS) --dist worksteal -m soak tests

fuzz: dev-venv ## five minutes of spoilt calls to each emulated CRM
	@LEADPACT_FUZZ_MINUTES=5 $(PYTEST) --numprocesses $(JOBS) --quiet -m "soak or not soak" tests/fuzz

bench: dev-venv ## the table of limits: bound, measured, compared with, held (20 minutes, idle)
	@$(BIN)/python -m benchmarks

bench-write: dev-venv ## the same, and keep it in benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks --write

bench-million: dev-venv ## a million leads, for an hour or two of an idle machine; kept likewise
	@$(BIN)/python -m benchmarks --write bench_million

conformance: dev-venv ## scenarios of docs/connectors.md × connectors × switches; the state stores' contract
	@$(PYTEST) --numprocesses $(JOBS) --quiet -m "soak or not soak" -p leadpact.conformance.plugin tests/conformance tests/contract

clients: dev-venv ## vendors' own clients, Singer taps and Salesforce's command line against the sandbox
	@$(BIN)/python tests/clients/run_clients.py

lock: ## resolve the locks anew (needs a package index)
	@sh .ci/lock

clean: ## remove .venv and every cache; state in .leadpact stays
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find core connectors mappings app sandbox tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
