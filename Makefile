# `make run` and `make test` do all set-up from nothing: Python >= 3.11 (with venv) and make.
# GNU or BSD make; every target may be called again and does only what is missing.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

# What was compiled is kept, whatever the machine's habit: each later start takes two thirds of the time,
# and the tests start a hundred bots.
export PYTHONDONTWRITEBYTECODE=

.PHONY: run test check format lint types imports unit browser clean help

help:            ## this list
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

run: $(VENV)/.runtime   ## start the bot with bot.toml and faq/ (runtime packages only)
	@PYTHONUNBUFFERED=1 $(BIN)/comptoir run $(ARGS)

test: browser check     ## set up and run everything: format, lint, types, imports, all tests

# Three workers, on two cores too: many tests wait for a browser or another process.
check: $(VENV)/.dev     ## what must be green before a commit
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 3 --dist worksteal

format: $(VENV)/.dev    ## rewrite in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# uv is bootstrapped inside the environment; pip does the same work, slower, where uv has no build or
# fails. It is to trust whom the system trusts, as pip does: a company's own certificate, say.
UV := UV_SYSTEM_CERTS=1 VIRTUAL_ENV=$(VENV) $(BIN)/uv

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Comptoir needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || true

$(VENV)/.runtime: $(BIN)/python pyproject.toml constraints.txt
	@$(UV) pip install --quiet -c constraints.txt -e '.[discord]' \
	|| $(BIN)/python -m pip install --quiet -c constraints.txt -e '.[discord]'
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml constraints.txt
	@$(UV) pip install --quiet -c constraints.txt -e . --group dev \
	|| { $(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1' \
	  && $(BIN)/python -m pip install --quiet -c constraints.txt -e . --group dev ; }
	@touch $@ $(VENV)/.runtime

# Without a browser the browser tests do not pass silently: they say so at the end (tests/conftest.py).
browser:
	@sh tests/install_browser.sh

clean:                  ## remove the environment and caches (never var/)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
