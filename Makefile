# Everything that README shows. `make help` lists it.
PYTHON ?= python3
BIN := .venv/bin
SHELL := /bin/bash

.PHONY: help setup demo test check bench clean

help:  ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/ready  ## build .venv with everything that the rest needs

.venv/ready: requirements.lock setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup  ## create the demo city in var/, and serve it on http://127.0.0.1:8000
	$(BIN)/muster migrate
	$(BIN)/muster load processes --demo
	$(BIN)/muster serve

test: setup  ## run all tests (PostgreSQL too, where its programs are installed)
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

check: setup  ## ruff and mypy
	$(BIN)/ruff check engine web migrations tests
	$(BIN)/mypy

bench: setup  ## measure, one JSON object a line
	$(BIN)/python -m tests.bench --json

clean:  ## remove what setup and runs made
	rm -rf .venv var
