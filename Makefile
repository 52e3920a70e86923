# Every target sets up what it needs by itself: a virtual environment in .venv, filled from the locks, hashes checked.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run demo test test-service fast lint browser screenshots bench format spellings deb docs sbom lock clean

run: $(VENV)/ready
	$(BIN)/monitor run

demo: $(VENV)/ready
	$(BIN)/monitor demo

test: lint browser
	$(BIN)/python -m pytest -n auto --dist worksteal

# Tests of the pages need Debian's Chromium; where it is not and cannot be had, they are skipped.
browser:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1; } || true

# The pictures of the documentation, from the demo's articles.
screenshots: $(VENV)/ready-dev browser
	PYTHONPATH=tests $(BIN)/python bench/screenshots.py

# The suite without its slow tests: little more than a minute on two cores.
fast: $(VENV)/ready-dev
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow"

# The Debian package, for the release that this machine runs: dist/monitor_*.deb
deb:
	deploy/deb.sh

# The documentation as a site: build/site/index.html
docs: requirements-docs.lock | $(VENV)/bin/python
	test -x build/docs-venv/bin/mkdocs || $(PYTHON) -m venv build/docs-venv
	build/docs-venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.lock
	rm -rf build/docs build/site && cp -r docs build/docs
	sed 's#](docs/#](#g; s#](SECURITY.md#](security.md#g; s#](CHANGELOG.md#](changelog.md#g; s#](LICENSE)#](https://www.apache.org/licenses/LICENSE-2.0)#g' README.md > build/docs/index.md
	sed 's#](docs/#](#g' SECURITY.md > build/docs/security.md
	sed 's#](docs/#](#g' CHANGELOG.md > build/docs/changelog.md
	build/docs-venv/bin/mkdocs build --quiet --strict

# What it runs with: a bill of materials (CycloneDX) in dist/, and the list of licences.
sbom: $(VENV)/ready
	$(BIN)/python deploy/sbom.py --licences docs/licences.md dist/monitor.cdx.json

# The package under a real systemd, in a throwaway Debian. Needs root; a Debian lies in /var/tmp/monitor-debian from then on.
test-service: $(VENV)/ready-dev
	command -v debootstrap systemd-nspawn >/dev/null || apt-get install -y -qq --no-install-recommends debootstrap systemd-container
	test -e /var/tmp/monitor-debian/usr/bin/systemctl || debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,python3,ca-certificates,procps bookworm /var/tmp/monitor-debian
	MONITOR_TEST_DEBIAN=/var/tmp/monitor-debian $(BIN)/python -m pytest tests/test_package.py

lint: $(VENV)/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# DATA names a folder of labelled pages; benchmarks that need one say so when it is missing.
bench: $(VENV)/ready-bench
	$(BIN)/python bench/pipeline.py
	$(BIN)/python bench/match.py
	$(BIN)/python bench/poll.py
	$(BIN)/python bench/parse.py
	$(BIN)/python bench/schedule.py
	$(if $(DATA),$(BIN)/python -m bench.extract $(DATA) --peers,@echo "bench/extract.py is left out: make bench DATA=folder names labelled pages")
	$(if $(DATA),$(BIN)/python bench/tiers.py $(DATA),@echo "bench/tiers.py is left out: make bench DATA=folder names labelled pages")

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "monitor needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "cannot make a virtual environment: on Debian and Ubuntu, install python3-venv"; exit 1; }

$(VENV)/ready: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/ready-dev: requirements-dev.lock $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# To be run after a change of a shipped pack, or of how words are inflected: all forms of its names, worked out once.
spellings: $(VENV)/ready
	$(BIN)/python -m monitor.ship

# Peers that benchmarks are measured against, and nobody else needs.
$(VENV)/ready-bench: requirements-bench.lock $(VENV)/ready-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-bench.lock
	@touch $@

# Needs uv on the PATH; writes no index address into the locks.
lock:
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet -o requirements-dev.lock
	uv pip compile pyproject.toml --extra build --extra dev --extra bench --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet -o requirements-bench.lock
	uv pip compile pyproject.toml --extra docs --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet -o requirements-docs.lock

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
