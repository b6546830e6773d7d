# Thin lines: README.md shows the same commands for those without make.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint bench screenshots lock clean

demo: .venv/ready
	@$(BIN)/python -m deploy.demo $(if $(ONCE),--once)

test: .venv/ready-dev
	@$(BIN)/python -m pytest $(ARGS)

lint: .venv/ready-dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: .venv/ready-dev
	@$(BIN)/python -m tests.benchmarks

# Every page and letter in light and dark, at three widths, and the operator's page after a good day, a bad one and with a
# paused edition: var/screenshots/index.html. It needs a Chromium.
screenshots: .venv/ready-dev
	@CHROMIUM="$${CHROMIUM:-$$(command -v chromium || command -v chromium-browser || command -v google-chrome)}" \
		$(BIN)/python -m pytest -m browser tests/browser/test_every_page.py tests/browser/test_operator_page.py

.venv/ready: deploy/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed. Name it: make PYTHON=python3.12")'
	@echo "Installing what the product needs into .venv (under a minute)" >&2
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements.txt
	@touch $@

.venv/ready-dev: .venv/ready deploy/requirements-dev.txt
	@echo "Installing what the tests need into .venv" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements-dev.txt
	@touch $@

lock:
	@for set in requirements requirements-dev; do \
		uv pip compile --quiet --no-header --no-annotate --generate-hashes --universal --python-version 3.11 \
			--no-emit-index-url --no-emit-find-links deploy/$$set.in -o deploy/$$set.txt; done

clean:
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .hypothesis
