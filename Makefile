# The front door. `make help` is the place to begin; `make demo` shows it all on real data.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Which variables stand on the make line; db/Makefile says why.
export TOOLKIT_MAKE_LINE := $(foreach name,$(.VARIABLES),$(if $(filter command line,$(origin $(name))),$(name)))

.PHONY: help
help: ## What there is
	@awk -F ':[^#]*## ' '/^[a-z-]+:[^#]*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile; echo
	@$(MAKE) --no-print-directory -C db help
	@echo; echo '  Charts of the data: cd example-app && make help'

.PHONY: setup demo test test-image soak check bench docs
setup: ## Install what the scripts need, and look whether the rest is there
	@scripts/setup.sh
demo: ## See it work on real data: save, lose everything, restore, compare, explore
	@scripts/run.sh demo.ts
test: ## Every test, on real servers
	@scripts/run.sh test/run.ts
test-image: ## The main story with an image of yours (IMAGE=…), and its line of docs/reference/compatibility.md
	@scripts/run.sh test/image.ts
soak: ## Kill every verb at every step: hours, by hand
	@scripts/run.sh test/soak.ts
check: ## Types, lint, format, import rules, generated files, unused code
	@scripts/run.sh check.ts
bench: ## Measure, and write docs/reference/benchmarks.md
	@scripts/run.sh bench/bench.ts
docs: ## Write the generated files again
	@scripts/run.sh settings/generate.ts

# Everything else is a database command.
.PHONY: start stop restart status check-running logs psql set-password start-restored undo-restore discard-former sample save \
	backup restore restore-locally dump restore-dump clone salvage list verify stats cleanup delete explore config doctor help-all
start stop restart status check-running logs psql set-password start-restored undo-restore discard-former sample save backup \
restore restore-locally dump restore-dump clone salvage list verify stats cleanup delete explore config doctor help-all:
	@$(MAKE) --no-print-directory -C db $@
