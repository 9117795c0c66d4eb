# Each verb makes its own .venv when there is none: with uv where it is there, with pip where it is not.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
JOBS   ?= 2
# Ours are held against it. It pins old packages that it does not need, so it comes without them.
ORACLE := imagecorruptions==1.1.2

export UV_COMPILE_BYTECODE := 1
export UV_FIND_LINKS := $(PIP_FIND_LINKS)

.PHONY: demo test slow gates check bench format clean

demo: $(VENV)/demo.made         ## train 18 digit classifiers, ask them 48 questions, write a report
	$(BIN)/fieldmark demo

test: $(VENV)/dev.made          ## the fast tests and every docstring example
	$(BIN)/pytest -n $(JOBS) -m "not slow"

slow: $(VENV)/dev.made          ## the tests that take longer, and more examples for hypothesis
	$(BIN)/pytest -n $(JOBS) -m "slow or hypothesis" --hypothesis-profile thorough

gates: $(VENV)/dev.made         ## what needs no test: style, layers, types, sizes
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python scripts/measure.py --check

check: gates test slow          ## everything that has to hold before a change is done

bench: $(VENV)/dev.made         ## speed, each against its peer in the same run
	$(BIN)/python benchmarks/testbed_throughput.py
	$(BIN)/python benchmarks/photos_throughput.py
	$(BIN)/python benchmarks/plan_speed.py --scale 0.1
	$(BIN)/python benchmarks/statistics_speed.py
	$(BIN)/python benchmarks/shifts_speed.py
	$(BIN)/python benchmarks/decoding_speed.py --count 1000
	$(BIN)/python benchmarks/testbed_size.py --scale 0.02

format: $(VENV)/dev.made
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf $(VENV) fieldmark-demo dist .pytest_cache .mypy_cache .ruff_cache

$(VENV)/bin/python:
	@if command -v uv >/dev/null; then uv venv --quiet --python $(PYTHON) $(VENV); \
	else $(PYTHON) -m venv $(VENV); fi

$(VENV)/demo.made: pyproject.toml constraints.txt | $(VENV)/bin/python
	@if command -v uv >/dev/null; then \
	  uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable .; \
	else \
	  $(BIN)/python -m pip install --quiet --constraint constraints.txt torch && \
	  $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .; fi
	@touch $@

$(VENV)/dev.made: $(VENV)/demo.made
	@if command -v uv >/dev/null; then \
	  uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --group dev; \
	else $(BIN)/python scripts/install_group.py dev; fi
	@if command -v uv >/dev/null; then \
	  uv pip install --quiet --python $(BIN)/python --no-deps $(ORACLE); \
	else $(BIN)/python -m pip install --quiet --no-deps $(ORACLE); fi \
	|| echo "no $(ORACLE): tests that hold shifts against it will be skipped"
	@touch $@
