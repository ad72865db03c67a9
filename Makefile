# `make up` sets up and runs, `make test` sets up and checks; the rest are their parts.

PYTHON ?= python3
# One more than the processors that are expected: tests of browsers and servers wait a lot.
TEST_PROCESSES ?= 3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
VENDOR := commondesk/site/static/vendor

.PHONY: help up test check bench fuzz assets simulation wheel migrations pins clean
.DELETE_ON_ERROR:

help:
	@echo "make up      set up and run"
	@echo "make test    set up, then check"
	@echo "make check   lint, types, import contract and tests on what is installed"
	@echo "make bench   run every benchmark; each prints one line of JSON"
	@echo "make fuzz    read 50,000 mails that were spoilt on purpose"
	@echo "make fault   kill, fill and cut off everything in turn, as root; takes hours"
	@echo "make simulation  compile the planner's simulation: the same results, quicker"
	@echo "make assets  fetch the files for the browser"
	@echo "make wheel   pack what can be installed elsewhere, into dist/"

up: .venv/.ready-to-run .venv/.ready-assets
	@exec $(BIN)/commondesk up

test: .venv/.ready-to-check .venv/.ready-assets
	@scripts/need chromium command -v chromium
	@scripts/need dovecot-imapd sh -c 'command -v dovecot || test -x /usr/sbin/dovecot'
	@scripts/need dovecot-lmtpd test -x /usr/lib/dovecot/lmtp
	@scripts/need postfix test -x /usr/sbin/postfix
	@$(MAKE) --no-print-directory check

check:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n $(TEST_PROCESSES) --dist worksteal

bench:
	@for bench in benchmarks/[!_]*.py; do $(BIN)/python "$$bench" || exit 1; done

fuzz:
	$(BIN)/python -m tests.fuzz.mutants

# Each prints one line of JSON; all are run, and one that is not well fails the whole. See docs/faults.md.
fault:
	@is_well=0; for words in \
		"kills --channel smtp" "kills --channel lmtp" imap_kills \
		"disks --store mail" "disks --store data --cycles 10" \
		"io_errors --kind fsync" "io_errors --kind write" "io_errors --kind rename" \
		database outage \
		"poison --kind hang" "poison --kind spin" "poison --kind memory" \
		"poison --kind segfault" "poison --kind exception"; \
	do $(BIN)/python -m tests.faults.$$words || is_well=1; done; exit $$is_well

simulation: .venv/.ready-to-run
	$(PIP) install --require-hashes -r requirements-simulation.txt

assets:
	@rm -f .venv/.ready-assets
	@$(MAKE) --no-print-directory .venv/.ready-assets

wheel: .venv/.ready-to-run .venv/.ready-assets
	$(BIN)/python -m build --wheel --no-isolation

migrations: .venv/.ready-to-run
	DJANGO_SETTINGS_MODULE=commondesk.site.settings $(BIN)/django-admin makemigrations

# New pins: needs the tool uv, which nothing else here uses.
pins:
	for set in requirements requirements-build requirements-simulation requirements-dev; do \
		uv pip compile --upgrade --generate-hashes --no-header --no-emit-index-url \
			--python-version 3.11 --quiet $$set.in --output-file $$set.txt || exit 1; \
	done

clean:
	rm -rf .venv node_modules dist build $(VENDOR) .mypy_cache .ruff_cache .pytest_cache

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@scripts/need python3-venv $(PYTHON) -c 'import ensurepip'
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.ready-to-run: .venv/.made requirements.txt requirements-build.txt pyproject.toml
	$(PIP) install --require-hashes -r requirements.txt -r requirements-build.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.ready-to-check: .venv/.ready-to-run requirements-dev.txt
	$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

.venv/.ready-assets: package-lock.json package.json commondesk/site/assets.py | .venv/.ready-to-run
	@scripts/need npm command -v npm
	npm ci --no-progress --loglevel=error
	$(BIN)/python -m commondesk.site.assets node_modules
	@touch $@
