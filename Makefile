# Cuewright's commands. Each sets up what it needs; running one again is quick.
#
#   make run     the page            make check   format, lint, types, layers
#   make test    the tests           make bench   seconds per station, real-time factor
#   make cues    ten cues to judge   make golden  how well words are understood
#   make fuzz    random words, replies and broken files, guided by coverage; ARGS="media --seconds 300"
#   make data    the training corpus and its card, from CUEWRIGHT_DATA (../shared/data unless set)
#   make train   the composer, on CPU or GPU; goes on where it stopped, e.g. make train ARGS="--minutes 60"
#   make regions ten seconds of every region on one page to listen through
#   make space   the folder for a Hugging Face Space; ARGS="--dry-run OWNER/NAME" or "--upload OWNER/NAME"
#   make gpu-bench  engines of sound at full size, random weights, on a GPU; ARGS="--tiny" proves the code anywhere
#   make eval    every evaluation of the engines, as Markdown; ARGS="--card" writes them into models/CARDS.md
#
# TORCH_INDEX: on Linux, PyPI's torch carries CUDA. To install the much smaller CPU build, give the address of
# PyTorch's CPU wheel index: make run TORCH_INDEX=https://...

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
TORCH_INDEX ?=
ARGS ?=
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
INSTALL := $(PIP) install -c constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX),)
CHECKED := assistant models tests app.py
export OMP_NUM_THREADS ?= 2

.PHONY: run test test-all check format bench cues regions golden fuzz data train eval gpu-bench space clean

run: $(VENV)/.run
	@.ci/system-packages run
	@$(BIN)/python app.py

test: $(VENV)/.dev
	@.ci/system-packages test
	@$(BIN)/python -m tests.both $(ARGS)

test-all: $(VENV)/.dev
	@.ci/system-packages test
	@$(BIN)/python -m tests.both --all $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/mypy assistant
	$(BIN)/python -m pytest tests/test_layers.py

format: $(VENV)/.dev
	$(BIN)/ruff format $(CHECKED)
	$(BIN)/ruff check --fix $(CHECKED)

bench: $(VENV)/.dev
	@.ci/system-packages run
	@$(BIN)/python -m tests.bench $(ARGS)

cues: $(VENV)/.dev
	@.ci/system-packages run
	@$(BIN)/python -m tests.cues $(ARGS)

regions: $(VENV)/.dev
	@.ci/system-packages run
	@$(BIN)/python -m models.regional $(ARGS)

space: $(VENV)/.dev
	@$(BIN)/python -m tests.space $(ARGS)

golden: $(VENV)/.dev
	@$(BIN)/python -m tests.golden $(ARGS)

fuzz: $(VENV)/.dev
	@$(BIN)/python -m tests.fuzz $(if $(ARGS),$(ARGS),words)

data: $(VENV)/.dev
	@$(BIN)/python -m models.transformer.data $(ARGS)

# The corpus is built where it is not there or what reads it has changed; never where ARGS names another.
CORPUS := runs/corpus.npz
train: $(VENV)/.dev $(if $(findstring --corpus,$(ARGS)),,$(CORPUS))
	@$(BIN)/python -m models.transformer.train $(ARGS)

$(CORPUS): models/transformer/corpus.py models/transformer/vocabulary.py | $(VENV)/.dev
	@$(BIN)/python -m models.transformer.data

eval: $(VENV)/.dev
	@.ci/system-packages run
	@$(BIN)/python -m models.evaluation $(ARGS)

gpu-bench: $(VENV)/.dev
	@$(BIN)/python -m models.evaluation.gpu_bench $(ARGS)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "error: $$($(PYTHON) --version 2>&1); Python 3.11 or newer; install it or name it: make run PYTHON=python3.11"; exit 2; }
	@echo "Setting up Python in $(VENV) (once; about two minutes and 2 GB) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing the packages ..."
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Installing the packages for tests and checks ..."
	@$(INSTALL) --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache *.egg-info
