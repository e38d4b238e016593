# `make demo` and `make test` need Python 3.11 or newer and nothing else: each makes its
# own environment in .venv on first use (tools/environment).

PY := .venv/bin/python

# pyright's wrapper would otherwise ask the package index for a newer version on each run.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.NOTPARALLEL:
.PHONY: help demo hospital test lint types floors unit coverage eval fuzz chaos bench litellm mutate docs screenshots site site-check docs-serve tutorial dist sbom fmt clean run-env demo-env dev-env

help:
	@echo 'make demo      a gateway between a model on this machine and a cloud, in six prompts'
	@echo 'make hospital  a policy checked, a note scanned, three decisions explained'
	@echo 'make test      everything that must hold: style, types, floors, tests'
	@echo 'make fmt       format the sources and mend what can be mended'
	@echo 'make coverage  the tests again, with the branches they miss'
	@echo 'make eval      the detectors on labelled data: DATA=FILE POLICY=std.pii MAP=FILE'
	@echo 'make fuzz      random policies, requests, bodies and streams, EPOL_FUZZ=100000 of them'
	@echo 'make chaos     a gateway under load whose parts break in turn, for MINUTES=20'
	@echo 'make bench     measure, and compare with the committed baseline'
	@echo 'make litellm   epol inside the real proxy of LiteLLM, in an environment of its own'
	@echo 'make mutate    change the sources and see whether the tests notice'
	@echo 'make docs      write the pages that are made from the code'
	@echo 'make screenshots  take the pictures of the documentation, where chromium is installed'
	@echo 'make site      the documentation as a site, in site/; make docs-serve shows it'
	@echo 'make site-check  look at each page of the site in a browser (Chromium)'
	@echo 'make tutorial  type the tutorial into a shell, on a machine with Python alone'
	@echo 'make dist      wheel and sdist, in dist/: the same bytes each time'
	@echo 'make sbom      what an installation of the wheel consists of, in dist/ (CycloneDX)'
	@echo 'make clean     remove everything that was made, .venv too'

run-env:
	@tools/environment run

demo-env:
	@tools/environment demo

dev-env:
	@tools/environment dev

demo: demo-env
	$(PY) examples/demo/demo.py

hospital: run-env
	$(PY) examples/hospital/demo.py

test: lint types floors unit

lint: dev-env
	$(PY) -m ruff check
	$(PY) -m ruff format --check

types: dev-env
	$(PY) -m mypy
	$(PY) -m pyright

floors: dev-env
	.venv/bin/lint-imports

unit: dev-env
	$(PY) -m pytest --numprocesses=auto

coverage: dev-env
	$(PY) -m coverage erase
	$(PY) -m coverage run -m pytest --numprocesses=auto
	$(PY) -m coverage combine --quiet
	$(PY) -m coverage report

DATA ?= tests/detection/pii.jsonl
POLICY ?= std.pii
MAP ?= tests/detection/types.yaml

eval: dev-env
	.venv/bin/epolc eval $(DATA) --policy $(POLICY) $(if $(filter std.pii%,$(POLICY)),--map $(MAP))

fuzz: dev-env
	EPOL_FUZZ=$${EPOL_FUZZ:-100000} $(PY) -m pytest tests/fuzz tests/hunt/test_hunt.py tests/planted/test_random_policies.py --numprocesses=auto

chaos: dev-env
	$(PY) -m tests.chaos --minutes $${MINUTES:-20}

bench: dev-env
	$(PY) bench/run.py
	$(PY) bench/scan.py
	$(PY) bench/decide.py
	$(PY) bench/enforce.py
	$(PY) bench/log.py

# Apart from `test`: its environment takes some minutes and 1 GB.  Once that is there, `test` runs
# these tests too.
litellm: dev-env
	@tools/environment litellm
	$(PY) -m pytest tests/gateway/litellm

mutate: dev-env
	$(PY) tests/mutate.py

docs: dev-env
	$(PY) -m tools.docs

screenshots: dev-env
	EPOL_SCREENSHOTS=1 $(PY) -m pytest tests/gateway/live/test_pictures.py -k taken

site: dev-env
	$(PY) -m tools.site.build

docs-serve: site
	$(PY) -m http.server --bind 127.0.0.1 --directory site 8000

site-check: site
	$(PY) -m tools.site.look

tutorial: dev-env
	EPOL_TUTORIAL=1 $(PY) -m pytest tests/docs/test_tutorial.py

dist: dev-env
	$(PY) -m hatchling build --directory dist

sbom: dist
	$(PY) tools/sbom.py

fmt: dev-env
	$(PY) -m ruff check --fix --exit-zero
	$(PY) -m ruff format

clean:
	rm -rf .venv .venv-litellm build dist site .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache bench/peers/.envs
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
