# Every command of the project. `make help` lists them.
PYTHON ?= python3
PORT ?= 8080
SECONDS ?= 600
BIN := .venv/bin
# Tests wait for other processes as well: half as many more of them as there are processors.
WORKERS := $(shell echo $$(( ($$(getconf _NPROCESSORS_ONLN) * 3 + 1) / 2 )))
# A browser works beside its test: half as many of these.
PAGES := $(shell echo $$(( ($$(getconf _NPROCESSORS_ONLN) + 1) / 2 )))
# The directories whose tests take a second or more each.
LONG := tests/guarantees tests/server tests/moving tests/clients
# Two steps of the set-up: what running Rollbook needs, and what developing it needs besides.
RUNTIME := .venv/.runtime-ready
READY := .venv/.ready
# Tests start Rollbook a thousand times: compiled once, it starts in two thirds of the time.
unexport PYTHONDONTWRITEBYTECODE
# Locked files name everything, so nothing is resolved anew, nor added that was left out of them.
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps
LOCK := uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -q

.PHONY: help install demo serve test test-most test-pages prove laws mutants fuzz check fix bench lock sbom audit clean

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

# What is set up is used again until the locked dependencies change.
$(RUNTIME): requirements/build.txt requirements/runtime.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Rollbook needs Python 3.11 or newer; set PYTHON=")'
	@$(PYTHON) -m venv .venv || { echo 'Python cannot make .venv here. On Debian and Ubuntu that needs: apt install python3-venv' >&2; exit 1; }
	$(INSTALL) --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	$(INSTALL) --no-build-isolation -e .
	@touch $(RUNTIME)

$(READY): $(RUNTIME) requirements/dev.txt
	$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $(READY)

install: $(READY) ## Make .venv with everything in it

demo: $(RUNTIME) ## A term of classes in, the contract's JSON and CSV out; ends by itself
	@$(BIN)/python demo/run.py

serve: $(RUNTIME) ## Serve the demo school until Ctrl-C, on port 8080 or PORT=
	@$(BIN)/python demo/serve.py $(PORT)

test: $(READY) ## All tests, on SQLite and on PostgreSQL
	@# Apart, since a real LiveKit server tells whole seconds, and these tests ask for the right ones.
	$(BIN)/pytest -n 2 tests/livekit
	@# A browser waits more than it works, so its tests go beside the others.
	@$(MAKE) --no-print-directory -j 2 test-most test-pages

test-most: $(READY)
	@# What takes long comes first: one long test at the end keeps all but one of the processors waiting.
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --ignore=tests/livekit --ignore=tests/dashboard $(LONG) tests

test-pages: $(READY) # apart, since the browser's driver keeps an event loop of its own running
	@mkdir -p build
	@$(BIN)/pytest -n $(PAGES) tests/dashboard > build/test-pages.log 2>&1; ended=$$?; cat build/test-pages.log; exit $$ended

prove: $(READY) ## Attack every guarantee in full and write docs/guarantees.md; ONLY= for some, whose rows alone are new
	$(BIN)/pytest tests/guarantees --whole --timeout 3600 $(if $(ONLY),-k "$(ONLY)") --write-guarantees docs/guarantees.md

laws: $(READY) ## Try each property with many more examples than `make test` does
	$(BIN)/pytest -n $(WORKERS) -m hypothesis --whole

mutants: $(READY) ## Break the code in known ways, and see that tests find each
	$(BIN)/python tests/mutants.py

fuzz: $(READY) ## Hunt for input that makes it fail, SECONDS= for each family; ONLY= for one of them
	$(BIN)/pytest tests/fuzz --timeout 0 --seconds $(SECONDS) $(if $(ONLY),-k "$(ONLY)")

check: $(READY) ## Format, lint, imports, dependencies, types, licences, known vulnerabilities
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/deptry src demo
	$(BIN)/deptry tests bench supply --ignore DEP002,DEP004 # they may use what only developing needs
	$(BIN)/mypy
	$(BIN)/python -m supply.licences
	$(BIN)/python -m supply.vulnerabilities

fix: $(READY) ## Format, and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) ## Measure, beside a reference and the limits; LARGE=1 with 10,000,000 sessions too, ONLY= for some
	$(BIN)/python -m bench $(if $(LARGE),--large) $(if $(ONLY),--only $(ONLY))

lock: ## Resolve the dependencies anew (needs uv)
	$(LOCK) pyproject.toml --group dev -o requirements/dev.txt
	@# What runs is what was tested.
	$(LOCK) pyproject.toml --constraints requirements/dev.txt -o requirements/runtime.txt
	$(LOCK) pyproject.toml --extra otel --constraints requirements/dev.txt -o requirements/otel.txt
	$(LOCK) --group build --constraints requirements/dev.txt -o requirements/build.txt

sbom: $(READY) ## Write what runs as a bill of materials (CycloneDX), build/sbom.json
	@$(BIN)/python -m supply.sbom build/sbom.json

audit: $(READY) ## Ask for known vulnerabilities of what runs, and fail for one
	@$(BIN)/python -m supply.vulnerabilities --strict

clean: ## Remove what the other commands made
	rm -rf .venv build tests/clients/node_modules tests/openid/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
