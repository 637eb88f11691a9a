# The entry points. `make` alone lists them.
#
# Everything builds the whole workspace with one set of features, so that the demo, the tests and the lints share what
# the others compiled. A `cargo run -p` here would resolve other features and compile half of it again.

TARGET := $(or $(CARGO_TARGET_DIR),target)
BERTH_DEV := $(TARGET)/debug/berth-dev
BERTH_CACHE := $(or $(BERTH_CACHE_DIR),$(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME)/berth,$(HOME)/.cache/berth))

CARGO_DENY_VERSION := 0.20.2
CARGO_DENY_ROOT := $(BERTH_CACHE)/cargo-deny-$(CARGO_DENY_VERSION)
CARGO_DENY := $(CARGO_DENY_ROOT)/bin/cargo-deny

# make imports KUBECONFIG from the environment, and the demo must never touch the cluster you happen to be logged in
# to: only a path written on make's command line counts, and it travels as an argument.
ifeq ($(origin KUBECONFIG),command line)
DEMO_ARGUMENTS := --kubeconfig "$(KUBECONFIG)"
DOCTOR_ARGUMENTS := --own-cluster
endif
unexport KUBECONFIG

.DEFAULT_GOAL := help
.PHONY: help demo demo-down test test-all bench lint fmt openapi deny build doctor

help: ## List what make can do
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: doctor build ## One request, one real environment; KUBECONFIG=path uses a cluster of yours
	$(BERTH_DEV) demo $(DEMO_ARGUMENTS)

demo-down: ## Remove everything the demo started and stored
	@test -x $(BERTH_DEV) || $(MAKE) --no-print-directory build
	$(BERTH_DEV) demo-down

test: doctor build ## All tests, on SQLite and on PostgreSQL, against a real control plane
	BERTH_TEST_DATABASE=sqlite cargo test --workspace --locked --no-fail-fast
	BERTH_TEST_DATABASE=postgres cargo test --workspace --locked --no-fail-fast --test it

test-all: lint deny test bench ## Everything there is to check, benchmarks included

bench: doctor ## Measure against the floor, in release mode
	cargo build --release --workspace --bins --locked
	$(TARGET)/release/berth-dev bench

lint: ## Formatting and clippy, warnings refused
	cargo fmt --all -- --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

fmt: ## Format the code
	cargo fmt --all

openapi: build ## Write openapi/berth.v1.json from the code
	@mkdir -p openapi
	$(TARGET)/debug/berth-server openapi > $(TARGET)/berth.v1.json
	mv $(TARGET)/berth.v1.json openapi/berth.v1.json

deny: $(CARGO_DENY) ## Licences, sources and banned dependencies
	$(CARGO_DENY) --workspace --all-features --locked check bans licenses sources

build:
	cargo build --workspace --all-targets --locked

doctor:
	@tools/doctor.sh $(DOCTOR_ARGUMENTS)

# With its own target folder: the tool shares nothing with the workspace and must not wait for its lock.
$(CARGO_DENY):
	cargo install cargo-deny --version $(CARGO_DENY_VERSION) --locked --root $(CARGO_DENY_ROOT) \
		--target-dir $(CARGO_DENY_ROOT)/target
	rm -rf $(CARGO_DENY_ROOT)/target
