# One command each; the virtual environment is made and brought up to date by itself.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run demo setup test test-long attack mutation lint bench clean

run: .venv/ready
	@$(BIN)/python main.py

demo: .venv/ready
	@$(BIN)/python main.py --demo

setup: .venv/ready

.venv/ready: pyproject.toml constraints.txt setup.sh
	@PYTHON=$(PYTHON) sh setup.sh

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q -n 2 --dist worksteal --durations=20 --durations-min=2 -m "not long and not alone"
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q -m alone tests/gui

test-long: .venv/ready
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q -s -m long

attack: .venv/ready
	$(BIN)/python -m tests.attack.faults --count 500
	$(BIN)/python -m tests.attack.readers --count 100000
	$(BIN)/python -m tests.attack.writes
	$(BIN)/python -m tests.attack.homes
	$(BIN)/python -m tests.attack.clock

mutation: .venv/ready
	$(BIN)/python -m tests.mutation

bench: .venv/ready
	@for name in overhead workloads looks parallel shift large plot window telemetry live; do $(BIN)/python main.py bench $$name || exit 1; done

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
