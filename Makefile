# Every command of the project. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help install demo serve test mutants check fix bench lock clean

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

# What is set up is used again until the locked dependencies change.
$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Rollbook needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

install: $(READY) ## Make .venv with everything in it

demo: $(READY) ## A term of classes in, the contract's JSON and CSV out; ends by itself
	@$(BIN)/python demo/run.py

serve: $(READY) ## Serve the demo school on port 8080 until Ctrl-C
	@$(BIN)/python demo/serve.py

test: $(READY) ## All tests, on SQLite and on PostgreSQL
	@# Apart, since a real LiveKit server tells whole seconds, and these tests ask for the right ones.
	$(BIN)/pytest -n 2 tests/livekit
	$(BIN)/pytest -n 2 --ignore=tests/livekit --ignore=tests/dashboard
	@# Apart, since the browser's driver keeps an event loop of its own running.
	$(BIN)/pytest -n 2 tests/dashboard

mutants: $(READY) ## Break the code in known ways, and see that tests find each
	$(BIN)/python tests/mutants.py

check: $(READY) ## Format, lint, imports and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

fix: $(READY) ## Format, and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) ## Measure, beside a reference and the limits
	$(BIN)/python -m bench

lock: $(READY) ## Resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -q -o requirements/runtime.txt
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -q -o requirements/dev.txt

clean: ## Remove what the other commands made
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
