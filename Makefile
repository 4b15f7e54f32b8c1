# The project's verbs. Each builds what it needs.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
SRC    ?= tests/samples/shop

.PHONY: review test test-editors lint format bench eval fuzz lock clean

# Findings are the expected outcome of a review (exit 1); only "could not run" (2) fails the target.
review: $(READY)
	@$(BIN)/oldhand review $(SRC) || [ $$? -eq 1 ]

test: $(READY)
	$(BIN)/python -m pytest tests -n auto -m "not e2e"

test-editors: $(READY)
	tests/e2e/install.sh
	PYTHON=$(PYTHON) tests/e2e/install_litellm.sh
	$(BIN)/python -m pytest tests/e2e -m e2e

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)
	$(BIN)/python -m tests.bench $(if $(filter-out file,$(origin SRC)),--src $(SRC))

# A persona on labelled code, against whatever server the environment names; needs a key and costs money.
eval: $(READY)
	$(BIN)/python -m tests.eval $(DATA) $(if $(OUT),--out $(OUT))

# Everything that is tried at random, in full: some minutes.
fuzz: $(READY)
	OLDHAND_FUZZ=full $(BIN)/python -m pytest tests -n auto -k "fuzz or races"

# Refreshes the lock; uv is only needed here.
lock: $(READY)
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --generate-hashes --universal --python-version 3.11 --no-header --quiet --output-file requirements-dev.txt

$(READY): requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
