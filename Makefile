# What one does with this repository. `make` or `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help test page-tests kills fixtures loom miri oldest lint doc book package newcomer deny bench tools peers fuzz clean
SHELL := /bin/bash -euo pipefail

NODE_AT_LEAST := 18
# OpenTelemetry's exporters for Python, in a place of their own.
PYTHON_OTLP := target/opentelemetry-python
OTLP_VERSION := 1.45.2
# What tries out the API by its description, likewise.
SCHEMATHESIS := target/schemathesis
SCHEMATHESIS_VERSION := 4.32.5
# What tells what people who can't see or use a mouse would miss on the page.
AXE := target/axe
AXE_VERSION := 4.14.1
# A mail server for the tests, likewise.
AIOSMTPD := target/aiosmtpd
AIOSMTPD_VERSION := 1.4.6
# gRPC for Python, and what reads `.proto` files for it, likewise.
PYTHON_GRPC := target/grpcio-python
GRPC_VERSION := 1.85.1
MIRI := -Zmiri-permissive-provenance -Zmiri-disable-isolation

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

test: tools loom ## Run every test; installs what they need and is missing
	UPTO_COMMAND="$(CURDIR)/target/debug/upto" cargo nextest run --workspace --features upto/cli
	cargo nextest run -p upto --no-default-features
	cargo test --doc --workspace --quiet
	cd upto-tracing/neighbours && CARGO_TARGET_DIR="$(CURDIR)/target/neighbours" cargo test --quiet
	node --test upto-server/ui/test/*.test.js
	$(MAKE) page-tests

# Each test starts a server and a browser of its own: more at once than there are cores would only wait for each other.
page-tests: export UPTO_SERVER_BINARY = $(CURDIR)/target/debug/upto-server
page-tests: export UPTO_AXE = $(CURDIR)/$(AXE)/package/axe.min.js
page-tests: tools ## Run the page's tests in a browser; FILTER=name runs some of them
	cargo build --quiet -p upto-server --bin upto-server
	cd upto-server/browser && CARGO_TARGET_DIR="$(CURDIR)/target/browser" \
		cargo test --quiet --test it -- --test-threads=2 $(FILTER)

kills: export UPTO_KILLS ?= 50
kills: tools ## Kill servers and databases at random under full load, UPTO_KILLS times on every back end
	cargo nextest run -p upto-server --test it --test-threads 1 --success-output immediate -E 'test(/^store::[a-z_]+_kills$$/)'

# Those of earlier releases stay as they are. What a release wrote is in its folder of upto-server/tests/fixtures.
fixtures: tools ## Write the stores that later releases have to read, once for each release
	cargo test -p upto-server --lib --test it -- --ignored --test-threads 1 write_the_fixture_of_this_release

loom: ## Check what threads share without locks, in all orders of their steps
	RUSTFLAGS="--cfg loom" CARGO_TARGET_DIR="$(CURDIR)/target/loom" \
		cargo test --quiet --manifest-path upto/loom/Cargo.toml

# The addresses of messages travel as numbers, so their provenance is exposed: Miri is told that this is meant. It finds
# what is leaked, except with `local`, whose tests start clients, which leave some hundred bytes each behind on purpose.
miri: export CARGO_TARGET_DIR := $(CURDIR)/target/miri
miri: ## Run the tests of the unsafe modules under Miri (needs a nightly toolchain with it)
	@cargo +nightly miri --version >/dev/null 2>&1 \
		|| { echo "Miri is missing: rustup toolchain install nightly --component miri" >&2; exit 1; }
	MIRIFLAGS="$(MIRI)" cargo +nightly miri test -p upto --lib -- ring:: path:: record:: current:: state::
	MIRIFLAGS="$(MIRI) -Zmiri-ignore-leaks" cargo +nightly miri test -p upto --lib -- local:: span::

# By what it declares itself. The server asks for the same or a later one, and says so by itself.
oldest: OLDEST = $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' upto/Cargo.toml)
oldest: ## Build the SDK with the oldest compiler that it is for (installs that by rustup)
	rustup toolchain install $(OLDEST) --profile minimal --no-self-update
	CARGO_TARGET_DIR="$(CURDIR)/target/oldest" \
		cargo +$(OLDEST) check --locked -p upto -p upto-macros -p upto-tracing

lint: ## Check format, lints and documentation, as .ci/run does
	cargo fmt --all --check
	cd upto-server/browser && cargo fmt --check
	cargo clippy --workspace --all-targets --features upto/cli -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --features upto/cli --no-deps --quiet

doc: ## Build the documentation of all crates
	cargo doc --workspace --features upto/cli --no-deps

book: ## Build the book of docs/ into target/book
	@command -v mdbook >/dev/null || cargo install --locked mdbook
	mdbook build

# Without a network; what each crate needs is in cargo's cache after a build.
package: ## Pack the crates as they are published, and build each from its package
	packaging/package --verify

deny: ## Check licences and advisories of dependencies
	@command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny check

newcomer: ## Measure how long it takes from a clean checkout to the first timeline
	packaging/newcomer

# A goal that one of them misses does not keep the others from running.
bench: tools peers ## Run the benchmarks: lines `figure NAME VALUE UNIT` and `ratio NAME VALUE GOAL`; fails if one is MISSED
	@missed=; \
	cargo bench --quiet -p upto-server --bench foundation || missed=1; \
	cargo bench --quiet -p upto-server --bench blocks || missed=1; \
	cargo bench --quiet -p upto-server --bench answers || missed=1; \
	cargo bench --quiet -p upto-server --bench api || missed=1; \
	cargo bench --quiet -p upto-server --bench large || missed=1; \
	cargo bench --quiet -p upto-server --bench live || missed=1; \
	cargo bench --quiet -p upto-server --bench watch || missed=1; \
	cargo bench --quiet -p upto-server --bench fleet || missed=1; \
	cargo bench --quiet -p upto-server --bench probe || missed=1; \
	cargo bench --quiet -p upto --features cli --bench command || missed=1; \
	cargo run --quiet --release -p upto-bench || missed=1; \
	{ cargo build --quiet --release -p upto-server \
		&& cargo run --quiet --release -p upto-server-bench; } || missed=1; \
	{ cd upto-server/browser && CARGO_TARGET_DIR="$(CURDIR)/target/browser" \
		UPTO_SERVER_BINARY="$(CURDIR)/target/release/upto-server" cargo bench --quiet --profile dev --bench page; } || missed=1; \
	test -z "$$missed"

fuzz: ## Fuzz the decoder for a minute (needs cargo-fuzz)
	cd upto && RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none decode -- -max_total_time=60

tools: ## Install what the tests need and is missing (Debian, as root)
	@command -v cargo-nextest >/dev/null || cargo install --locked cargo-nextest
	@command -v node >/dev/null || { apt-get update -qq && apt-get install -y -qq nodejs; }
	@{ command -v chromium && command -v chromedriver; } >/dev/null \
		|| { apt-get update -qq && apt-get install -y -qq chromium chromium-driver; } \
		|| { echo "the page's tests need Chromium and its driver, and they can't be installed" >&2; exit 1; }
	@test -e $(AXE)/complete-$(AXE_VERSION) \
		|| { { command -v npm >/dev/null || { apt-get update -qq && apt-get install -y -qq npm; }; } \
			&& mkdir -p $(AXE) && npm pack --silent --pack-destination $(AXE) axe-core@$(AXE_VERSION) \
			&& tar -xzf $(AXE)/axe-core-$(AXE_VERSION).tgz -C $(AXE) && touch $(AXE)/complete-$(AXE_VERSION); } \
		|| { echo "the page's tests need axe-core, and it can't be fetched" >&2; exit 1; }
	@command -v ninja >/dev/null || { apt-get update -qq && apt-get install -y -qq ninja-build; } \
		|| { echo "the tests of the examples need ninja, and it can't be installed" >&2; exit 1; }
	@command -v systemd-analyze >/dev/null || { apt-get update -qq && apt-get install -y -qq systemd; } \
		|| { echo "the tests of the units need systemd-analyze, and it can't be installed" >&2; exit 1; }
	@python3 -c 'import yaml' 2>/dev/null || { apt-get update -qq && apt-get install -y -qq python3-yaml; } \
		|| { echo "the tests of the workflows need Python's yaml, and it can't be installed" >&2; exit 1; }
	@command -v docker-compose >/dev/null \
		|| { apt-get update -qq && apt-get install -y -qq --no-install-recommends docker-compose; } \
		|| { echo "the tests of the compose file need docker-compose, and it can't be installed" >&2; exit 1; }
	@command -v openssl >/dev/null || { apt-get update -qq && apt-get install -y -qq openssl; } \
		|| { echo "the test of the image's health check needs openssl, and it can't be installed" >&2; exit 1; }
	@command -v promtool >/dev/null \
		|| { apt-get update -qq && apt-get install -y -qq --no-install-recommends prometheus; } \
		|| { echo "the tests of the alert rules need promtool, and it can't be installed" >&2; exit 1; }
	@command -v redis-server >/dev/null \
		|| { apt-get update -qq && apt-get install -y -qq redis-server; } \
		|| { echo "the tests of the store need redis-server, and it can't be installed" >&2; exit 1; }
	@command -v valgrind >/dev/null || { apt-get update -qq && apt-get install -y -qq valgrind; }
	@ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null \
		|| { apt-get update -qq && apt-get install -y -qq postgresql; } \
		|| { echo "the tests of the store need PostgreSQL's server, and it can't be installed" >&2; exit 1; }
	@command -v mariadbd >/dev/null \
		|| { apt-get update -qq && apt-get install -y -qq mariadb-server; } \
		|| { echo "the tests of the store need MariaDB's server, and it can't be installed" >&2; exit 1; }
	@test -e $(PYTHON_OTLP)/complete \
		|| { { python3 -m venv $(PYTHON_OTLP) 2>/dev/null \
				|| { apt-get update -qq && apt-get install -y -qq python3-venv && python3 -m venv $(PYTHON_OTLP); }; } \
			&& $(PYTHON_OTLP)/bin/pip install --quiet --disable-pip-version-check \
				opentelemetry-exporter-otlp-proto-http==$(OTLP_VERSION) \
				opentelemetry-exporter-otlp-proto-grpc==$(OTLP_VERSION) \
			&& touch $(PYTHON_OTLP)/complete; } \
		|| { echo "the tests of OTLP need OpenTelemetry's exporters for Python, and they can't be installed" >&2; exit 1; }
	@test -e $(SCHEMATHESIS)/complete-$(SCHEMATHESIS_VERSION) \
		|| { { python3 -m venv $(SCHEMATHESIS) 2>/dev/null \
				|| { apt-get update -qq && apt-get install -y -qq python3-venv && python3 -m venv $(SCHEMATHESIS); }; } \
			&& $(SCHEMATHESIS)/bin/pip install --quiet --disable-pip-version-check \
				schemathesis==$(SCHEMATHESIS_VERSION) \
			&& touch $(SCHEMATHESIS)/complete-$(SCHEMATHESIS_VERSION); } \
		|| { echo "the tests of the API need schemathesis, and it can't be installed" >&2; exit 1; }
	@test -e $(AIOSMTPD)/complete-$(AIOSMTPD_VERSION) \
		|| { { python3 -m venv $(AIOSMTPD) 2>/dev/null \
				|| { apt-get update -qq && apt-get install -y -qq python3-venv && python3 -m venv $(AIOSMTPD); }; } \
			&& $(AIOSMTPD)/bin/pip install --quiet --disable-pip-version-check aiosmtpd==$(AIOSMTPD_VERSION) \
			&& touch $(AIOSMTPD)/complete-$(AIOSMTPD_VERSION); } \
		|| { echo "the tests of mail need aiosmtpd, and it can't be installed" >&2; exit 1; }
	@test -e $(PYTHON_GRPC)/complete-$(GRPC_VERSION) \
		|| { { python3 -m venv $(PYTHON_GRPC) 2>/dev/null \
				|| { apt-get update -qq && apt-get install -y -qq python3-venv && python3 -m venv $(PYTHON_GRPC); }; } \
			&& $(PYTHON_GRPC)/bin/pip install --quiet --disable-pip-version-check \
				grpcio==$(GRPC_VERSION) grpcio-tools==$(GRPC_VERSION) \
			&& touch $(PYTHON_GRPC)/complete-$(GRPC_VERSION); } \
		|| { echo "the tests of probes need gRPC for Python, and it can't be installed" >&2; exit 1; }
	@command -v prometheus-node-exporter >/dev/null \
		|| { apt-get update -qq && apt-get install -y -qq prometheus-node-exporter; } \
		|| { echo "the tests of probes need prometheus-node-exporter, and it can't be installed" >&2; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) >= $(NODE_AT_LEAST) ? 0 : 1)' \
		|| { echo "the page's tests need Node.js $(NODE_AT_LEAST) or newer, this is $$(node --version)" >&2; exit 1; }

peers: ## Install what is only measured and is missing (Debian, as root)
	@command -v npm >/dev/null || { apt-get update -qq && apt-get install -y -qq npm; } \
		|| { echo "the benchmark of the server's ingest needs npm for statsd, and it can't be installed" >&2; exit 1; }
	@test -x /usr/sbin/rsyslogd || command -v rsyslogd >/dev/null \
		|| { apt-get update -qq && apt-get install -y -qq rsyslog; } \
		|| { echo "the benchmark of the server's ingest needs rsyslog, and it can't be installed" >&2; exit 1; }

clean: ## Remove what was built
	cargo clean
