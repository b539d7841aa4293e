# Everything a person or a machine does with this repository. `make` alone lists it.
#
# Needed: Rust, Go, Python 3.11 or newer, make, a PostgreSQL server and openssl. Nothing is installed outside the
# checkout but the pinned Kubernetes programs, which are built once into the cache that `tests/controlplane` describes,
# and, on a Debian without one, a PostgreSQL server, which is unpacked into the same cache.

PYTHON ?= python3
CARGO ?= cargo
MUTANTS := $(addprefix --file ,'src/operator/decide/**/*.rs' src/operator/cluster/following.rs src/operator/controllers/remembered.rs \
	src/operator/controllers/backoff.rs src/operator/agentcore/faults.rs src/model/token.rs src/model/digest.rs src/model/fault.rs)
TARGET := $(or $(CARGO_TARGET_DIR),target)
PROGRAM := $(TARGET)/debug/agentcore-policy-operator
CONTROLPLANE := $(TARGET)/controlplane
VENV := .venv
SECONDS := 60
PAIRS := 5000000

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

## See it

.PHONY: demo
demo: controlplane-small $(PROGRAM) ## Show the main job in the terminal, end to end (KEEP=1 leaves it running; GENERATION=1: from a sentence to a policy)
	@$(PYTHON) scripts/demo.py run --program $(PROGRAM) --controlplane $(CONTROLPLANE) $(if $(KEEP),--keep) $(if $(GENERATION),--generation)

.PHONY: demo-down
demo-down: $(CONTROLPLANE) ## Stop what `make demo KEEP=1` left running
	@$(PYTHON) scripts/demo.py down --controlplane $(CONTROLPLANE)

.PHONY: cluster
cluster: controlplane-small ## Start a private Kubernetes API server and print its KUBECONFIG line
	@$(CONTROLPLANE) build kube-controller-manager
	@$(CONTROLPLANE) start .cluster --controllers

.PHONY: cluster-down
cluster-down: $(CONTROLPLANE) ## Stop it
	@$(CONTROLPLANE) stop .cluster

.PHONY: bench
bench: controlplane-small ## Measure operator and backend, release build; writes docs/benchmarks.md (ONLY=operator, scale, quotas, backend, authorize, gateway or peers; POLICIES=1000; LOAD=any: on a busy machine too)
	@echo "building the operator for release (a first build takes about 10 minutes)"
	@$(CARGO) build --locked --release
	@$(PYTHON) scripts/bench.py --program $(TARGET)/release/agentcore-policy-operator --controlplane $(CONTROLPLANE) $(if $(ONLY),--only $(ONLY)) $(if $(POLICIES),--policies $(POLICIES)) \
		$(if $(LOAD),--any-load)

## Change it

.PHONY: test
test: fmt-check clippy doc test-rust sdk test-demo ## Everything that must pass before a change is merged (40 minutes; the first time its builds come on top)
	@echo "make test: all passed"

.PHONY: fmt-check
fmt-check: ## Formatting of Rust and Go
	$(CARGO) fmt --check
	@unformatted=$$(gofmt -l tests/controlplane tests/kstatus); test -z "$$unformatted" || { echo "gofmt: $$unformatted"; exit 1; }
	cd tests/controlplane && go vet .
	cd tests/kstatus && go vet .

.PHONY: clippy
clippy: ## Lints, none allowed
	$(CARGO) clippy --all-targets --locked -- -D warnings

.PHONY: doc
doc: ## The documentation builds without a warning
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps --lib --locked --document-private-items

.PHONY: test-rust
test-rust: controlplane-all postgres ## Unit tests and the suite, on a real API server; the chart's tests and generated files are part of it
	@solver=$$($(PYTHON) scripts/cvc5.py) || true; set -x; \
	PATH="$${solver:+$$(dirname "$$solver"):}$$PATH" INSTA_UPDATE=no $(CARGO) test --locked

.PHONY: test-sdk
test-sdk: $(PROGRAM) sdk ## boto3 and the AWS CLI against the local backend, on SQLite and at the same time on PostgreSQL

# With the program that is there: what test-rust has built, with other features of its dependencies, would be built anew.
.PHONY: sdk
sdk: $(VENV)/made postgres
	@# Client and backend wait for each other, so two of each go on together. What the second says comes when the first has ended.
	@export AGENTCORE_OPERATOR_PROGRAM=$(abspath $(PROGRAM)); log=$$(mktemp); \
	$(VENV)/bin/python -m pytest tests/sdk --store=postgres >"$$log" 2>&1 & other=$$!; \
	trap 'kill $$other 2>/dev/null; rm -f "$$log"' EXIT; \
	set -x; $(VENV)/bin/python -m pytest tests/sdk --store=sqlite; one=$$?; \
	wait $$other; two=$$?; cat "$$log"; exit $$((one | two))

# The one that asks for no second in which nothing else is under way; with the program that is there, as above.
.PHONY: test-demo
test-demo: controlplane-small
	@folder=$$(mktemp -d); log=$$(mktemp); trap 'rm -rf "$$folder" "$$log"' EXIT; set -x; \
	$(PYTHON) scripts/demo.py run --program $(PROGRAM) --controlplane $(CONTROLPLANE) --generation --folder "$$folder/demo" >"$$log" 2>&1 \
		|| { cat "$$log"; exit 1; }; tail -n 1 "$$log"

.PHONY: fuzz
fuzz: ## Give every reader of the backend edited input, SECONDS (60) each
	BOLERO_RANDOM_TEST_TIME_MS=$(SECONDS)000 $(CARGO) test --locked --lib -- fuzz_

.PHONY: cvc5
cvc5: ## Fetch the solver that judges findings exactly into the cache (Debian); prints its path
	@$(PYTHON) scripts/cvc5.py

.PHONY: model
model: ## Walk through every state of the planner's model (a build of about 5 minutes, then up to 10)
	CARGO_PROFILE_DEV_OPT_LEVEL=2 $(CARGO) test --locked --lib operator::proof -- --ignored --nocapture --test-threads=1

.PHONY: authorizer
authorizer: ## Compare the gateway's authorizer with Cedar's over all policies, on PAIRS (5,000,000) of a set and a request (a release build, then about 10 minutes)
	$(CARGO) build --locked --release --bin authorize-load
	$(TARGET)/release/authorize-load compare $(PAIRS)

.PHONY: author
author: ## Count what the author translates, refuses and gets wrong of printed sentences, and of SENTENCES (340, always the same) paraphrases
	$(if $(SENTENCES),SENTENCES=$(SENTENCES)) $(CARGO) test --locked --lib -- --nocapture --test-threads=1 a_paraphrase_means every_printed_sentence a_word_that_is_no_value a_rule_with_one_clause every_phrase_is what_a_model_repairs

.PHONY: faults
faults: controlplane-all ## Kill, lose, double, delay and refuse at every request that changes something, and answer late, to a release build (25 minutes; PLAN='...' plays one plan, or one workload's)
	@echo "building operator and rig for release (a first build takes about 15 minutes)"
	PLAN="$(PLAN)" $(CARGO) test --locked --release --test suite faults::$(if $(PLAN),every) -- --ignored --nocapture --skip what_a_fault_delays

.PHONY: recovery
recovery: controlplane-all ## Measure how much later everything is done after a fault, one plan in 19, each by itself, by a release build (15 minutes)
	@echo "building operator and rig for release (a first build takes about 15 minutes)"
	$(CARGO) test --locked --release --test suite faults::what_a_fault -- --ignored --nocapture

.PHONY: mutants
mutants: ## Change the planner, tokens and error classes in every way cargo-mutants knows, and see the tests fail (a day)
	@# --lib: the suite's binary is not linked anew for each of them. The model is left out: it would take a minute each time.
	$(CARGO) mutants $(MUTANTS) --timeout 300 --cargo-arg=--lib -- -- operator:: model:: --skip operator::proof

.PHONY: crds
crds: $(PROGRAM) ## Write crds/ and the chart's copy from the Rust types
	$(PYTHON) scripts/crds.py --program $(PROGRAM)

.PHONY: switches
switches: $(PROGRAM) ## Write the table of switches in docs/backend.md
	$(PYTHON) scripts/switches.py --program $(PROGRAM)

.PHONY: clean
clean: cluster-down demo-down ## Stop what runs and remove what was built here (not the cache of Kubernetes programs)
	rm -rf $(VENV)
	$(CARGO) clean

# Stages.

# Cargo knows best what has changed.
.PHONY: $(PROGRAM)
$(PROGRAM):
	@echo "building the operator (a first build takes about 7 minutes)"
	@$(CARGO) build --locked

$(CONTROLPLANE): $(wildcard tests/controlplane/*)
	@mkdir -p $(TARGET)
	@cd tests/controlplane && go build -o $(abspath $@) .

# Programs that are there already are not built again.
.PHONY: controlplane-small
controlplane-small: $(CONTROLPLANE)
	@$(CONTROLPLANE) build etcd kube-apiserver kubectl

.PHONY: controlplane-all
controlplane-all: $(CONTROLPLANE)
	@$(CONTROLPLANE) build etcd kube-apiserver kubectl kube-controller-manager helm

# Found on this machine, or fetched into the cache without being installed.
.PHONY: postgres
postgres:
	@$(PYTHON) tests/postgres/server.py find >/dev/null

$(VENV)/made: tests/sdk/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/sdk/requirements.txt
	@touch $@
