# make app    install what the app needs, then serve it at http://127.0.0.1:7860
# make test   install what tests need, then run them (no key, no model, no network)
# make check  lint, format, types, unsafe code      make live  tests with the embedded model
# make journeys  whole journeys through every screen in a browser, by keyboard, on a phone, with axe
# make screenshots  every screen, light and dark, desktop and phone, into docs/screens
# make pins   resolve constraints.txt, keeping the versions it has    make clean remove the virtual environment

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# uv does not read pip's configuration: hand it the index that pip would use.
INDEX   = index="$$($(BIN)/pip config get global.index-url 2>/dev/null || true)"; \
	UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$index}}"; \
	if [ -n "$$UV_DEFAULT_INDEX" ]; then export UV_DEFAULT_INDEX; else unset UV_DEFAULT_INDEX; fi
INSTALL = $(INDEX); $(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt

# Compiled modules are kept: each test that starts the app would compile them anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: app test journeys check live screenshots pins clean

app: $(VENV)/.app
	@$(BIN)/python app.py

test: $(VENV)/.dev
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -m "not live and not journey" -q -n auto --dist loadfile

journeys: $(VENV)/.dev
	@$(BIN)/python -m pytest -m journey -q

check: $(VENV)/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	@$(BIN)/bandit -q -c pyproject.toml -r app.py assistant evals knowledge prompts ui

live: $(VENV)/.dev
	@$(BIN)/python -m pytest -m live -q -s

screenshots: $(VENV)/.dev
	@$(BIN)/python -m tests.screens

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; v=sys.version_info; sys.exit(0 if v >= (3, 11) else f"Even Keel needs Python 3.11 or newer; {sys.executable} is {v.major}.{v.minor}. Try: make app PYTHON=python3.12")'
	@echo "Creating $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check "uv==0.13.9"

$(VENV)/.app: pyproject.toml constraints.txt | $(BIN)/uv
	@echo "Installing pinned dependencies ..."
	@$(INSTALL) -e '.[local]' || $(BIN)/pip install -c constraints.txt -e '.[local]'
	@touch $@

$(VENV)/.dev: $(VENV)/.app
	@echo "Installing what tests need ..."
	@$(INSTALL) -e '.[local,dev]' || $(BIN)/pip install -c constraints.txt -e '.[local,dev]'
	@touch $@

pins: $(BIN)/uv
	@$(INDEX); $(BIN)/uv pip compile pyproject.toml --extra local --extra inspect --extra mcp --extra dev --universal --python-version 3.11 --quiet \
		--no-header --no-annotate --no-emit-index-url -o constraints.txt

clean:
	rm -rf $(VENV)
