# What one does with this repository. `make` or `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help test lint doc bench tools fuzz clean
SHELL := /bin/bash -euo pipefail

NODE_AT_LEAST := 18

help: ## List the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

test: tools ## Run every test; installs what they need and is missing
	cargo nextest run --workspace
	cargo nextest run -p upto --no-default-features
	cargo test --doc --workspace --quiet
	node --test upto-server/ui/test/*.test.js

lint: ## Check format, lints and documentation, as .ci/run does
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

doc: ## Build the documentation of all crates
	cargo doc --workspace --no-deps

bench: ## Run the benchmarks: lines `figure NAME VALUE UNIT` and `ratio NAME VALUE GOAL`
	@cargo bench --quiet -p upto-server --bench foundation

fuzz: ## Fuzz the decoder for a minute (needs cargo-fuzz)
	cd upto && RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none decode -- -max_total_time=60

tools: ## Install what the tests need and is missing (Debian, as root)
	@command -v cargo-nextest >/dev/null || cargo install --locked cargo-nextest
	@command -v node >/dev/null || { apt-get update -qq && apt-get install -y -qq nodejs; }
	@node -e 'process.exit(parseInt(process.versions.node) >= $(NODE_AT_LEAST) ? 0 : 1)' \
		|| { echo "the page's tests need Node.js $(NODE_AT_LEAST) or newer, this is $$(node --version)" >&2; exit 1; }

clean: ## Remove what was built
	cargo clean
