# Every command does its own set-up, and skips what is already there (bin/provision.py).
# `make help` reads the lines marked with two hashes.

SHELL = /bin/sh
PYTHON ?= python3
NEXT_PYTHON ?= python3.13
PORT ?= 8000
ARGS ?=
REDIS ?= redis://127.0.0.1:6379/15
POSTGRES ?= postgres://postgres@127.0.0.1:5432/postgres
export PYTHON PORT

venv = .venv/bin/python
setup = @sh bin/setup
# Commands of this folder's own site; where a production site is installed, manage.py asks which.
development = $(if $(wildcard /etc/prevent/environment),, \
	DJANGO_SETTINGS_MODULE=$${DJANGO_SETTINGS_MODULE:-cms.settings.dev})
# What few sites need: each has its own requirements and its own lock.
extras = oidc rq s3 sentry
# The tools for lists and locks, in an environment of their own.
supply = @$(venv) -m venv build/supply && build/supply/bin/python -m pip install --quiet \
	--disable-pip-version-check -r bin/requirements-supply.txt
bench = DJANGO_SETTINGS_MODULE=cms.settings.test $(venv) -m bench

# Migrations that no site has run before the first release: there is no older version to keep going.
first_release = 0001_initial 0004_record 0005_change_with_page 0006_figures_requests_and_feedback 0007_drafts_without_dates 0009_messages_and_needs 0010_held_places_and_new_addresses 0011_inboxes_and_expiry

# Values that production settings accept, for checks that never connect to anything.
sample_production = \
	DJANGO_SETTINGS_MODULE=cms.settings.production \
	SECRET_KEY=sample-Zq7vN2xK9mT4bW8cR1yH6dJ3fL5gP0sA-for-checks-only-not-secret \
	FIELD_ENCRYPTION_KEYS=c2FtcGxlLWtleS1mb3ItY2hlY2tzLW9ubHktMTIzNDU= \
	ALLOWED_HOSTS=www.council.example \
	SITE_URL=https://www.council.example \
	TECHNICAL_EMAIL=web@council.example \
	ORGANISER_EMAIL_DOMAINS=council.example \
	EMAIL_URL=smtp+tls://user:password@mail.council.example:587 \
	DATABASE_URL=postgres://user:password@db.council.example:5432/prevent \
	CACHE_URL=redis://127.0.0.1:6379/1

.PHONY: help run test test-next check attacks scan sbom lock outdated backup restore faults races bench wheel install-test plugin-test contract-test clients strings pictures format clean
.DEFAULT_GOAL := help

help: ## list the commands
	@echo "Commands:"
	@while IFS= read -r line; do \
		case "$$line" in \
			[a-z]*": ## "*) printf '  make %-13s %s\n' "$${line%%:*}" "$${line##*: ## }" ;; \
		esac; \
	done < Makefile

run: ## serve the demo site on 127.0.0.1:PORT (8000) with its mail worker; Ctrl-C stops it
	$(setup) --port
	@mkdir -p build/collected
	@exec $(venv) bin/supervise.py

test: ## run the test suite, on DATABASE_URL if set; ARGS="-k agenda -x" goes to pytest
	$(setup) --dev
	@DJANGO_ALLOW_ASYNC_UNSAFE=1 $(venv) -m pytest -n auto --dist loadgroup $(ARGS)

test-next: ## run the test suite on the next Django, Wagtail and Python, NEXT_PYTHON=python3.13
	$(setup) --dev
	@$(venv) bin/test_next.py --python "$(NEXT_PYTHON)" $(ARGS)

check: ## check style, formatting, types, migrations and deployment settings
	$(setup) --dev
	$(venv) -m ruff check .
	$(venv) -m ruff format --check .
	$(venv) -m djlint --quiet --lint templates
	$(venv) -m djhtml --tabwidth 2 --check templates
	$(venv) -m mypy
	DJANGO_SETTINGS_MODULE=cms.settings.test DATABASE_URL=sqlite://:memory: \
		$(venv) manage.py makemigrations --check --dry-run
	@DJANGO_SETTINGS_MODULE=cms.settings.test DATABASE_URL=sqlite://:memory: \
		$(venv) manage.py lintmigrations --no-cache --quiet ok ignore warning --ignore-name $(first_release) \
		--include-apps prevent_content prevent_events prevent_registrations home
	$(venv) -m bandit --quiet --recursive -c pyproject.toml .
	@echo "manage.py check --deploy --fail-level WARNING, with sample production settings"
	@folder=$$(mktemp -d) && $(sample_production) VAR_DIR=$$folder \
		$(venv) manage.py check --deploy --fail-level WARNING; status=$$?; rmdir $$folder; exit $$status

faults: ## break a running site in many ways, count what is lost and write docs/faults.md; as root
	$(setup) --dev
	@$(bench).faults --write

races: ## race for the last places on a real server, 20 rounds; POSTGRES=server address
	$(setup) --dev
	@$(bench).races
	@$(bench).races --postgres $(POSTGRES)

bench: ## measure speed beside a plain Wagtail site, Django and nginx; POSTGRES= REDIS= addresses
	$(setup) --dev
	@for program in wrk nginx; do command -v $$program >/dev/null || \
		apt-get install -qy --no-install-recommends wrk nginx-light; done
	@$(bench).report --write $(if $(POSTGRES),--postgres $(POSTGRES)) $(if $(REDIS),--redis $(REDIS))

attacks: ## send 20,000 hostile requests and count what breaks
	$(setup) --dev
	@ATTACKS=20000 FULL_MATRIX=1 $(venv) -m pytest tests/attacks tests/registrations/review/test_matrix.py $(ARGS)

scan: ## check the code against this project's own rules (bin/semgrep.yml), and the Dockerfile
	$(setup)
	@mkdir -p build && $(venv) -m venv build/scan
	@build/scan/bin/python -m pip install --quiet --disable-pip-version-check -r bin/requirements-scan.txt
	@build/scan/bin/semgrep scan --metrics=off --disable-version-check --quiet --error --config bin/semgrep.yml \
		--exclude migrations cms home events prevent_content
	@build/scan/bin/hadolint Dockerfile && echo "Nothing found."

sbom: ## list the packages and their licences in dist/sbom.json and dist/licences.md
	$(setup)
	$(supply)
	@mkdir -p dist
	@build/supply/bin/cyclonedx-py requirements --output-format JSON --output-file dist/sbom.json deploy/requirements.lock
	@build/supply/bin/pip-licenses --python=$(venv) --format=markdown --output-file=dist/licences.md >/dev/null
	@ls -1 dist/sbom.json dist/licences.md

lock: ## renew deploy/requirements*.lock, with hashes, from requirements*.txt
	$(setup)
	$(supply)
	@for name in requirements $(extras:%=requirements-%); do \
		build/supply/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --upgrade \
			--no-header --constraint requirements.txt $$name.txt --output-file deploy/$$name.lock || exit 1; \
	done
	@ls -1 deploy/*.lock

outdated: ## list packages with a newer release, and advisories for the locked versions
	$(setup) --dev
	@$(venv) -m pip list --outdated
	$(supply)
	@build/supply/bin/pip-audit --disable-pip --require-hashes \
		-r deploy/requirements.lock $(extras:%=-r deploy/requirements-%.lock) || \
		echo "There are advisories, or the advisory database cannot be reached: see above."

backup: ## back up the database and media to one file in VAR_DIR/backups, while the site runs
	$(setup)
	@$(development) $(venv) manage.py backup --verify

restore: ## restore the backup FILE=; stop the web server and worker first
	$(setup)
	@$(development) $(venv) manage.py restore $(if $(FILE),"$(FILE)",FILE=)

wheel: ## build the plugin's wheel in dist/
	$(setup) --dev
	@$(venv) -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls -1 dist/prevent_roundtables-*.whl

install-test: ## follow docs/operators/install.md to the letter on a copy of this machine, as root
	$(setup) --dev
	@$(venv) tests/operators/installation.py

plugin-test: wheel
plugin-test: ## install the wheel into Wagtail sites old and new, as docs/plugin.md says; PLUGIN_HOST=folder
	$(setup) --dev
	@PLUGIN_TEST=1 NEXT_PYTHON=$(NEXT_PYTHON) POSTGRES=$(POSTGRES) \
		$(venv) -m pytest tests/plugin -n 2 --dist loadgroup $(ARGS)

clients: ## lint the API document, then generate and compile TypeScript and Python clients
	$(setup) --dev
	@$(development) DATABASE_URL=sqlite://:memory: SITE_URL=https://www.council.example sh bin/clients.sh

contract-test: ## send requests that the API document allows, and some that it does not
	$(setup) --dev
	@CONTRACT_TEST=1 $(venv) -m pytest tests/api/test_contract.py $(ARGS)

strings: ## count the text people read, by kind; ARGS="--sample 60" prints a random sample
	$(setup) --dev
	@$(venv) -m tests.inventory $(ARGS)

pictures: ## retake the screenshots in docs/editors, in Chromium
	$(setup) --dev
	@mkdir -p docs/images/editors
	@REQUIRE_BROWSER=1 EDITOR_PICTURES=docs/images/editors DJANGO_ALLOW_ASYNC_UNSAFE=1 \
		$(venv) -m pytest -q tests/browser/test_editing.py

format: ## format Python and templates
	$(setup) --dev
	$(venv) -m ruff check --fix .
	$(venv) -m ruff format .
	$(venv) -m djhtml --tabwidth 2 templates

clean: ## remove what set-up made, but not var/ (database, media, mail)
	@rm -rf .venv build dist node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache htmlcov .coverage
