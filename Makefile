# The commands that people and checks rely on; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
UV_VERSION := 0.13.9
# uv installs the locked environments. One that is there is used; otherwise pip fetches this one into .tools/
UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
BIN := .venv/bin
AIRFLOW_BIN := airflow/.venv/bin
SOURCES := $(wildcard libs/*/src services/*/src)

export UV_PYTHON_DOWNLOADS := never
# a virtual environment that happens to be active is not the one meant here
unexport VIRTUAL_ENV
# TensorFlow and Airflow import twice as fast once their bytecode is kept
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## list these commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Acneflow needs CPython 3.11, 3.12 or 3.13; $(PYTHON) is $$($(PYTHON) --version 2>&1). Set PYTHON=<another>."; exit 1; }
	@echo "fetching uv $(UV_VERSION) with pip into .tools/"
	@$(PYTHON) -m pip install -qq --disable-pip-version-check --root-user-action=ignore --target .tools uv==$(UV_VERSION)

.PHONY: install
install: $(if $(findstring .tools,$(UV)),.tools/bin/uv) ## install both locked environments (the other commands do it by themselves)
	@[ -d .venv ] && [ -d airflow/.venv ] || echo "installing two locked environments, 2.5 GB on the disk (a minute or so, once)"
	@$(UV) sync --frozen --quiet
	@$(UV) sync --frozen --quiet --project airflow

.PHONY: demo
demo: install ## the whole loop: scrape, train, publish, serve, predict (SOURCE=folder DATA=<folder>, FORCE=1)
	@$(BIN)/acneflow demo --source $(or $(SOURCE),sample) $(if $(DATA),--data "$(DATA)") $(if $(FORCE),--force)

.PHONY: status
status: install ## what runs, and what is in production
	@$(BIN)/acneflow status

.PHONY: logs
logs: install ## the services' last log lines (SERVICE=gateway for one)
	@$(BIN)/acneflow logs $(SERVICE)

.PHONY: up
up: ## the stack in containers, built and well (OFFLINE=1 pulls no image but the bases; GPU=1, STORE=seaweedfs|s3, MONITORING=1)
	@$(PYTHON) deploy/compose.py up $(if $(OFFLINE),--with offline) $(if $(STORE),--with $(STORE)) $(if $(GPU),--with gpu) \
	  $(if $(MONITORING),--profile monitoring)

.PHONY: down
down: ## stop every service, processes and containers; the data stays
	@if $(PYTHON) deploy/compose.py present; then $(PYTHON) deploy/compose.py down; fi
	@if [ -x $(BIN)/acneflow ] && [ -f .env ]; then $(BIN)/acneflow down; fi

.PHONY: reset
reset: ## stop the stack in containers and delete its volumes: images, models, history; .env stays
	@$(PYTHON) deploy/compose.py reset

.PHONY: clean
clean: install ## stop the processes of make demo and delete their data; .env stays
	@$(BIN)/acneflow clean

.PHONY: test
test: test-fast test-e2e ## all tests, the whole embedded stack included
	@echo "not run: tests/photos (make test-photos), tests/faults (make test-faults), tests/browser (make test-browser)," \
	  "tests/stack and airflow/tests/containers (make stack-test)"

.PHONY: test-fast
test-fast: install ## the tests that don't start the whole stack (COVERAGE=1 shows what they cover, and takes a fifth longer)
	@$(BIN)/pytest -m 'not e2e' --numprocesses 2 --dist loadfile $(if $(COVERAGE),--cov=libs --cov=services --cov-report=)
	@$(AIRFLOW_BIN)/pytest airflow/tests
	@$(if $(COVERAGE),for each in $(SOURCES); do \
	  echo "covered: $${each%/src} $$($(BIN)/coverage report --include="$$each/*" --format=total) %"; done)

.PHONY: test-e2e
test-e2e: install ## the whole embedded stack, from an empty machine to a prediction
	@$(BIN)/pytest tests/e2e -m e2e

.PHONY: test-photos
test-photos: install ## the loop on real photographs (installs Debian's tuxpaint-stamps-default if it is missing)
	@tests/photos/install
	@$(BIN)/pytest tests/photos -m photos

.PHONY: test-faults
test-faults: install ## kill, flood and damage things many times over (minutes)
	@$(BIN)/pytest tests/faults -m faults

.PHONY: test-browser
test-browser: install ## the web page and Airflow's in a real Chromium (installs Debian's if it is missing, and axe-core)
	@tests/browser/install
	@$(BIN)/pytest tests/browser -m browser

.PHONY: stack-test
stack-test: install ## the stack in containers, from a fresh clone to a rollback, and Airflow's steps in them (needs Docker; about 20 minutes)
	@tests/stack/install
	@$(AIRFLOW_BIN)/pytest airflow/tests/containers -m stack
	@$(BIN)/pytest tests/stack tests/unit/objectstore -m stack

.PHONY: verify-online
verify-online: install ## what needs images that must be pulled: MinIO, TensorFlow Serving, monitoring (Docker and a network)
	@$(BIN)/pytest tests/stack -m online

.PHONY: bench
bench: install ## run the benchmarks (NAME=scraper for one)
	@for each in $(or $(NAME),$(notdir $(patsubst %/,%,$(dir $(wildcard benchmarks/*/run.py))))); do \
	  UV=$(UV) $(BIN)/python benchmarks/$$each/run.py; done

.PHONY: lint
lint: install ## style, formatting, strict types, Dockerfiles and compose files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(SOURCES) tests predict.py examples deploy
	@$(AIRFLOW_BIN)/mypy --config-file airflow/pyproject.toml airflow/include airflow/init airflow/dags airflow/tests
	@$(BIN)/hadolint services/Dockerfile airflow/Dockerfile deploy/store/Dockerfile
	@findings=$$($(BIN)/compose-lint --quiet docker-compose.yml) || { echo "$$findings"; exit 1; }

.PHONY: format
format: install ## rewrite the code as lint wants it
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: protos
protos: install ## generate libs/wire's messages from its .proto file
	@$(BIN)/python -m grpc_tools.protoc -Ilibs/wire/proto --python_out=libs/wire/src/wire --pyi_out=libs/wire/src/wire libs/wire/proto/serving.proto
