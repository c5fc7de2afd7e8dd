# Every command of the repository. Each does its own set-up; what is built is kept outside the clone.

SAMSYNK_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/samsynk
CARGO_TARGET_DIR ?= $(SAMSYNK_CACHE)/target
# What the tests in Node.js and the pictures start.
SAMSYNK_BIN := $(CARGO_TARGET_DIR)/debug/samsynk
SIMULATE := $(CARGO_TARGET_DIR)/debug/simulate
export SAMSYNK_CACHE CARGO_TARGET_DIR SAMSYNK_BIN
export PATH := $(SAMSYNK_CACHE)/bin:$(PATH)
export npm_config_audit = false
export npm_config_fund = false
export npm_config_loglevel = error

WASM := web/src/wasm/samsynk_bg.wasm
APP := web/dist/index.html
APP_SOURCES := $(shell find web/src web/public web/scripts -not -path 'web/src/wasm*') $(wildcard web/*.*)
# The crawler has rounds by touch that take minutes each: it is not quick enough for each run.
CRAWL := tests/browser/crawl.test.mjs
BROWSER_TESTS := $(filter-out $(CRAWL),$(sort $(wildcard tests/browser/*.test.mjs)))
INTEROP_TESTS := $(sort $(wildcard tests/interop/*.test.mjs))
# A load generator for servers of the automerge-repo protocol, where it lies beside the repository.
LOAD_GENERATOR := $(wildcard ../shared/peerbench/Cargo.toml)
# npm writes this file last: it is newer than the lock file when everything is installed.
INSTALLED := node_modules/.package-lock.json
NODE_MODULES := $(patsubst %/package-lock.json,%/$(INSTALLED),$(wildcard web/package-lock.json tests/*/package-lock.json))

# Python packages that solve the same problem, in an environment of their own: this file is written when all are installed.
ALLOCATION_PEERS := $(SAMSYNK_CACHE)/allocation-peers/installed

# Stories of the simulation that nobody has told yet, in every test run: 300 take half a minute.
FRESH_STORIES ?= 300
FRESH_SEED ?= $(shell date +%s)

# How long the fuzzer works on each parser.
FUZZ_SECONDS ?= 30
FUZZ_TARGETS ?= $(patsubst fuzz/targets/%.rs,%,$(wildcard fuzz/targets/*.rs))

.PHONY: help run test crawl soak replay bugs mutants lint format app wasm types fuzz figures bench sizes pictures compare clean setup FORCE
.DEFAULT_GOAL := help
# Steps build in the same folders and would only wait for each other.
.NOTPARALLEL:

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: app ## start the demo, which prints one link per role (ARGS="--listen ADDR --data DIR")
	@cargo run --quiet --locked --bin samsynk -- demo $(ARGS)

test: app ## run every test: Rust, the app's own, unmodified clients, then the app in browsers
	cargo build --locked --bins --tests
	cargo test --locked --quiet --doc
	cargo nextest run --locked
	$(SIMULATE) soak $(FRESH_STORIES) $(FRESH_SEED)
	npm test --prefix web
	npm run check --prefix web
	node --test --test-concurrency=1 --test-timeout=120000 $(INTEROP_TESTS)
	node --test --test-concurrency=1 --test-timeout=1800000 $(BROWSER_TESTS)

crawl: app ## press every button of the app by keys and by touch, as everybody and in both languages
	cargo build --locked --bin samsynk
	node --test --test-timeout=1800000 $(CRAWL)

soak: app ## run N=… stories of the simulation beyond those of `make test` (FROM=… is the first seed), and press all buttons of long lists
	cargo build --quiet --locked --package samsynk-server --package samsynk-simulation
	$(SIMULATE) soak $(or $(N),10000) $(or $(FROM),5000)
	SAMSYNK_CRAWL=deep node --test --test-timeout=3600000 $(CRAWL)
	cargo test --quiet --locked --release --package samsynk-server --lib endless

replay: ## tell the story of SEED=… again, as short as it still fails
	cargo build --quiet --locked --package samsynk-simulation
	$(SIMULATE) replay $(SEED)

bugs: ## put each bug of tests/simulation/bugs into a copy of the code, and see that the simulation finds it
	@scripts/bugs.sh

# `make test` breaks each rule by hand (client-core/src/policy/bent.rs); this breaks each line.
mutants: setup ## break each line of the policy in turn, and see that a test fails
	command -v cargo-mutants >/dev/null || cargo install --quiet --locked --root $(SAMSYNK_CACHE) cargo-mutants
	cargo mutants --package samsynk-core --file 'client-core/src/policy/*.rs' --output $(SAMSYNK_CACHE) --no-shuffle -- --lib policy::

# Security advisories are left out because their list is fetched from outside the package registries;
# with network: cargo deny check advisories
lint: app ## check formatting, lints, the app's types, licences and sources of dependencies
	cargo fmt --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	npm run check --prefix web
	command -v cargo-deny >/dev/null || cargo install --quiet --locked --root $(SAMSYNK_CACHE) cargo-deny
	cargo deny --locked --log-level error check bans licenses sources

format: ## format the Rust code
	cargo fmt

app: setup $(APP) ## build the web app into web/dist

wasm: setup $(WASM) ## build the core for the browser into web/src/wasm (SAMSYNK_WASM=quick: bigger, sooner)

types: ## write the app's types anew from the core
	UPDATE_TYPES=1 cargo test --quiet --locked --package samsynk-core --all-features --test typescript

# What the fuzzer learns stays in the cache, crashes in fuzz/artifacts. A crash that is fixed moves to fuzz/finds,
# where `make test` replays it. Run it for hours after a change of what is parsed: FUZZ_SECONDS=3600.
fuzz: setup ## feed each parser with what a fuzzer makes up (FUZZ_SECONDS=30 each, FUZZ_TARGETS="frame sync")
	rustup run nightly rustc --version >/dev/null 2>&1 || rustup toolchain install nightly --profile minimal
	command -v cargo-fuzz >/dev/null || cargo install --quiet --locked --root $(SAMSYNK_CACHE) cargo-fuzz
	CARGO_TARGET_DIR=$(SAMSYNK_CACHE)/target-fuzz cargo +nightly fuzz build --sanitizer none
	@for target in $(FUZZ_TARGETS); do \
		mkdir -p $(SAMSYNK_CACHE)/fuzz/$$target fuzz/artifacts/$$target; \
		echo "fuzz: $$target, $(FUZZ_SECONDS) s; crashes are kept in fuzz/artifacts/$$target"; \
		$(SAMSYNK_CACHE)/target-fuzz/*/release/$$target $(SAMSYNK_CACHE)/fuzz/$$target fuzz/seeds/$$target \
			$$(find fuzz/finds/$$target -maxdepth 0 2>/dev/null) -artifact_prefix=fuzz/artifacts/$$target/ \
			-max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -verbosity=0 -print_final_stats=1 || exit 1; \
	done

figures: app ## measure reloads and edits in Chromium, and edits natively
	cargo build --locked --bin samsynk
	node tests/browser/measure.mjs
	cargo run --quiet --locked --package samsynk-core --features device --example edit_cost

bench: setup ## measure servers beside peers, devices and allocations (DOCUMENTS=2000 SOCKETS=10000); peers need the load generator
	cargo build --locked --release --bin samsynk
	cargo build --locked --release --package samsynk-tests --example device_figures --example allocation_figures --example hostile_figures
	cargo build --locked --release --package samsynk-server --example hub_cost
	$(if $(LOAD_GENERATOR),cargo build --locked --release --features samod-peer --manifest-path $(LOAD_GENERATOR) --target-dir $(SAMSYNK_CACHE)/peerbench)
	@SAMSYNK_RELEASE=$(CARGO_TARGET_DIR)/release/samsynk \
	ALLOCATION_FIGURES=$(CARGO_TARGET_DIR)/release/examples/allocation_figures \
	SAMSYNK_FIGURES=$(CARGO_TARGET_DIR)/release/examples/device_figures \
	HOSTILE_FIGURES=$(CARGO_TARGET_DIR)/release/examples/hostile_figures HUB_COST=$(CARGO_TARGET_DIR)/release/examples/hub_cost \
	PEERBENCH=$(if $(LOAD_GENERATOR),$(SAMSYNK_CACHE)/peerbench/release) node tests/bench/bench.mjs
	@$(MAKE) --no-print-directory compare

compare: $(ALLOCATION_PEERS) ## compare allocations and their times with Python packages (N=200 instances, SEED=1)
	cargo build --quiet --locked --release --bin samsynk
	@$(dir $(ALLOCATION_PEERS))bin/python scripts/compare_allocations.py $(CARGO_TARGET_DIR)/release/samsynk \
		--instances $(or $(N),200) --seed $(or $(SEED),1)

sizes: app ## print what the browser downloads, and how far from the goals it is
	@node scripts/sizes.mjs

pictures: app ## take the pictures of the documentation
	cargo build --locked --bin samsynk
	node scripts/pictures.mjs
	node scripts/allocation-picture.mjs

clean: ## remove all that is built, the cache included
	rm -rf web/dist web/src/wasm web/node_modules tests/*/node_modules
	rm -rf $(SAMSYNK_CACHE)/target $(SAMSYNK_CACHE)/target-wasm $(SAMSYNK_CACHE)/target-fuzz $(SAMSYNK_CACHE)/fuzz $(SAMSYNK_CACHE)/bin $(dir $(ALLOCATION_PEERS))

setup: $(NODE_MODULES)
	@scripts/setup.sh

%/$(INSTALLED): %/package-lock.json
	npm ci --prefix $*
	@touch $@

$(ALLOCATION_PEERS): scripts/compare_allocations.requirements.txt
	python3 -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# Always asked, because cargo knows best; the file changes only when the core did.
$(WASM): FORCE | setup
	@scripts/wasm.sh

$(APP): $(WASM) $(APP_SOURCES) | setup
	npm run build --prefix web

FORCE:
