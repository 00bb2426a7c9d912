# `make help` lists what there is. Needs GNU make and Python 3.11 or newer, nothing else.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run test test-system test-distributed test-on-cluster test-pythons sql-inventory check proof proof-short mutants load bench bench-check manage demo-reset requirements advisories clean

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
EMBEDDED := $(BIN)/python -m batconnect.embedded
PYTEST_WORKERS ?= 2
ON_SCRATCH_SERVERS = BATCONNECT_DATA_DIR="$$(scripts/test_data_dir.sh)" BATCONNECT_DURABLE=off exec $(EMBEDDED) exec --
INVENTORIED := tests/journeys tests/tenancy/test_stepwise.py payments/tests/test_refunds.py payments/tests/test_void_payment.py \
  ledger/tests/test_write_off.py ledger/tests/settlement/test_worked_weeks.py
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONUNBUFFERED := 1
# Bytecode is kept, whatever the environment says: without it each process compiles the whole project first (4 s).
export PYTHONDONTWRITEBYTECODE :=

help: ## say what each target does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS=$$'\t' read -r name text; \
	  do printf '  make %-16s %s\n' "$$name" "$$text"; done

setup: $(INSTALLED) ## make .venv and install the pinned requirements (does nothing when they are installed)

$(INSTALLED): requirements-dev.txt scripts/setup.sh
	@scripts/setup.sh $(VENV)
	@touch $@

run: setup ## start database, broker, web, worker and beat; PORT=8000; Ctrl-C stops all
	@exec $(EMBEDDED) run

test: setup ## the suite against real PostgreSQL, without what is long; ARGS="-k name" narrows it
	@$(ON_SCRATCH_SERVERS) $(BIN)/pytest -n $(PYTEST_WORKERS) --dist loadgroup -m "not system and not long" $(ARGS)

test-system: setup ## the long tests, and those that need Debian packages: names the missing ones, installs them as root
	@scripts/system_packages.sh
	@$(ON_SCRATCH_SERVERS) $(BIN)/pytest -n $(PYTEST_WORKERS) --dist loadgroup -m "system or long" $(ARGS)

test-pythons: ## set-up, start and suite on every Python from 3.11 on, as root and as an ordinary user; ARGS narrows
	@ARGS="$(ARGS)" scripts/test_pythons.sh

sql-inventory: setup ## record the distinct statements of tests as a distributed database gets them; ARGS="payments/tests"
	@SQL_INVENTORY=var/sql-inventory DATABASE_DISTRIBUTED=true $(ON_SCRATCH_SERVERS) \
	  $(BIN)/pytest -p tests.distributed.recording -m "not system" $(or $(ARGS),$(INVENTORIED))

test-distributed: setup ## guarantees, statements and books of the Citus cluster of DATABASE_URL (docs/scale-distributed.md)
	@exec $(BIN)/python -m tests.distributed $(ARGS)

test-on-cluster: setup ## tests of the suite in databases distributed over CLUSTER_NODES; ARGS="tests/tenancy" (docs/scale-distributed.md)
	@DATABASE_DISTRIBUTED=true exec $(BIN)/pytest -m "not system" $(ARGS)

check: setup ## lint, format, types, layers, migrations, deployment, OpenAPI, generated docs
	@exec $(EMBEDDED) exec -- scripts/check.sh

proof: setup ## faults, races, hostile input and strangers on a server of its own, 40 min; ARGS="--replay SEED"
	@exec $(BIN)/python -m proof $(ARGS)

proof-short: setup ## the same in 4 min, as part of .ci/run
	@exec $(BIN)/python -m proof --short $(ARGS)

mutants: setup ## small mistakes in the modules that move money: does a test notice? Not part of .ci/run; ARGS="--seed=7"
	@$(ON_SCRATCH_SERVERS) $(BIN)/python -m mutation $(ARGS)

bench: setup ## ratios measured in one run, on a scratch cluster (benchmarks/); ARGS=lists runs one
	@exec $(BIN)/python -m benchmarks $(ARGS)

bench-check: setup ## the benchmarks that have floors (benchmarks/floors.py), failing below one; ARGS narrows
	@exec $(BIN)/python -m benchmarks --check $(ARGS)

load: setup ## a mixed day by locust at rising load on a server of its own, 10 min; ARGS="--minutes N" narrows
	@exec $(BIN)/python -m benchmarks.load $(ARGS)

manage: setup ## run a management command: make manage CMD="verify_ledger"
	@test -n "$(CMD)" || { echo 'Say which: make manage CMD="verify_ledger"'; exit 2; }
	@exec $(BIN)/python manage.py $(CMD)

demo-reset: setup ## throw the demo data away and load it again
	@exec $(BIN)/python manage.py reset_demo $(ARGS)

requirements: setup ## compile requirements*.txt anew from requirements*.in
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header --no-emit-index-url --upgrade requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header --no-emit-index-url -c requirements.txt requirements-tracing.in -o requirements-tracing.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header --no-emit-index-url -c requirements.txt -c requirements-tracing.txt requirements-dev.in -o requirements-dev.txt

advisories: setup ## ask PyPI what is known against the pinned versions; ARGS="--database D" reads a checkout of its database
	@exec $(BIN)/python scripts/advisories.py take $(ARGS)

clean: ## remove .venv and caches; var/ with its data stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
