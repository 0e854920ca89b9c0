# The front door. `make help` is the place to begin; `make demo` shows it all on real data.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Which variables stand on the make line; db/Makefile says why.
export TOOLKIT_MAKE_LINE := $(foreach name,$(.VARIABLES),$(if $(filter command line,$(origin $(name))),$(name)))

READY := node_modules/.package-lock.json

.PHONY: help
help: ## What there is
	@awk -F ':[^#]*## ' '/^[a-z-]+:[^#]*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile; echo
	@$(MAKE) --no-print-directory -C db help

$(READY): package-lock.json
	@command -v node >/dev/null || { echo "error: Node.js is not installed."; echo "HINT:  install version 20.19 or newer: https://nodejs.org/en/download"; exit 5; } >&2
	@npm ci --no-audit --no-fund --loglevel=error && touch $@

.PHONY: setup demo test soak check bench docs
setup: $(READY) ## Install what the scripts need, and look whether the rest is there
	@node --import tsx scripts/doctor.ts
demo: $(READY) ## See it work on real data: save, lose everything, restore, compare
	@node --import tsx scripts/demo.ts
test: $(READY) ## Every test, on real servers
	@node --import tsx scripts/test/run.ts
soak: $(READY) ## Kill every verb at every step: hours, by hand
	@node --import tsx scripts/test/soak.ts
check: $(READY) ## Types, lint, format, import rules, generated files, unused code
	@node --import tsx scripts/check.ts
bench: $(READY) ## Measure, and write docs/reference/benchmarks.md
	@node --import tsx scripts/bench/bench.ts
docs: $(READY) ## Write the generated files again
	@node --import tsx scripts/settings/generate.ts

# Everything else is a database command.
.PHONY: start stop restart status check-running logs psql set-password start-restored discard-former sample save \
	backup restore restore-locally list verify delete config doctor help-all
start stop restart status check-running logs psql set-password start-restored discard-former sample save backup \
restore restore-locally list verify delete config doctor help-all:
	@$(MAKE) --no-print-directory -C db $@
