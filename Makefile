# Every command of the repository. Each does its own set-up; what is built is kept outside the clone.

SAMSYNK_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/samsynk
CARGO_TARGET_DIR ?= $(SAMSYNK_CACHE)/target
export SAMSYNK_CACHE CARGO_TARGET_DIR
export PATH := $(SAMSYNK_CACHE)/bin:$(PATH)
export npm_config_audit = false
export npm_config_fund = false
export npm_config_loglevel = error

WASM := web/src/wasm/samsynk_bg.wasm
APP := web/dist/index.html
APP_SOURCES := $(shell find web/src web/public -not -path 'web/src/wasm/*' 2>/dev/null) $(wildcard web/*.*)
MODULES := node_modules/.package-lock.json

.PHONY: help setup run test lint format wasm app sizes pictures clean FORCE
.DEFAULT_GOAL := help
# Recipes share two cargo folders, which lock each other out anyway.
.NOTPARALLEL:

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: setup app ## start the demo town and print one link per role (ARGS="--listen ADDR --data DIR")
	@cargo run --quiet --locked --bin samsynk -- demo $(ARGS)

test: setup app ## run every test
	cargo build --locked --bins --tests
	cargo test --locked --quiet --doc
	cargo nextest run --locked

lint: setup ## formatting, clippy, types of the app, licences
	cargo fmt --check
	cargo clippy --locked --workspace --all-targets -- -D warnings

setup:
	@scripts/setup.sh

FORCE:
