# Everything here needs Go, make, git, gcc and bash alone. Tools and the control plane are built from Go
# modules on first use and kept in the user's cache folder; nothing prebuilt is downloaded.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
IMAGE ?= tokenwright:$(VERSION)
PLATFORMS ?= linux/amd64,linux/arm64
REPOSITORY ?=
WATCH_NAMESPACES ?=
COMPONENTS ?=
SOURCE_URL ?=
DOCKER ?= docker
FUZZTIME ?= 10s
SCALE ?= 10000
BENCH ?= .
BENCHFLAGS ?= -benchmem

TOOL := go tool -modfile=hack/tools/go.mod

# The assets folder is built in a line of its own, so that a failing build stops the recipe.
with_control_plane = export KUBEBUILDER_ASSETS; KUBEBUILDER_ASSETS=$$(hack/controlplane/build.sh);
# kubectl is the user's own if there is one, else the one of the control plane.
kubectl = "$$(command -v kubectl || printf '%s/kubectl' "$$(hack/controlplane/build.sh)")"
build_image = go run -C hack/image . -root="$$PWD" -out="$$PWD/bin/image" -name='$(IMAGE)' -version='$(VERSION)' \
	-platforms='$(PLATFORMS)' -source='$(SOURCE_URL)'
# Folders that hold a module, and the nested ones among them that have tests. These look at files outside of their module,
# of which Go's test cache knows nothing: they run each time.
modules = $(patsubst %/,%,$(dir $(shell find . -name go.mod -not -path '*/node_modules/*' | sort)))
tested_modules = $(foreach m,$(filter-out .,$(modules)),$(if $(shell find $m -name '*_test.go' -print -quit),$m))

scripts = .ci/run $(shell find hack test -name '*.sh' | sort)

##@ General

.PHONY: help
help: ## Show this list.
	@awk 'BEGIN { FS = ":.*## "; printf "Usage: make TARGET\n" } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z][a-z-]*:.*## / { printf "  %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Try it

.PHONY: demo
demo: ## Show one client's whole life on a local control plane, then exit.
	@$(with_control_plane) go run ./hack/dev demo

.PHONY: dev
dev: ## Run control plane, operator and issuer until interrupted; writes .dev/kubeconfig.
	@$(with_control_plane) mkdir -p bin; go build -o bin/dev ./hack/dev; exec bin/dev

##@ Develop

.PHONY: generate
generate: ## Write deep copies, CRDs, roles, apply configurations and the API reference.
	$(TOOL) controller-gen object paths=./api/v1alpha1
	rm -rf config/crd/bases
	$(TOOL) controller-gen crd:omitToolVersion=true paths=./api/v1alpha1 output:crd:dir=config/crd/bases
	rm -rf api/v1alpha1/applyconfiguration
	$(TOOL) controller-gen applyconfiguration paths=./api/v1alpha1
	rm -f config/rbac/operator_role.yaml config/rbac/issuer_role.yaml
	$(TOOL) controller-gen rbac:roleName=tokenwright-operator,fileName=operator_role.yaml \
		paths=./controllers/... output:rbac:dir=config/rbac
	$(TOOL) controller-gen rbac:roleName=tokenwright-issuer,fileName=issuer_role.yaml \
		paths=./issuer/... output:rbac:dir=config/rbac
	go run ./hack/install/clientrole <config/rbac/operator_role.yaml >config/namespaced/clients/role.yaml
	@mkdir -p docs/reference
	$(TOOL) crd-ref-docs --log-level=WARN --config=hack/crd-ref-docs.yaml --renderer=markdown \
		--templates-dir=hack/crd-ref-docs --source-path=./api/v1alpha1 --output-path=docs/reference/api.md
	@for role in operator issuer; do [[ -s config/rbac/$${role}_role.yaml ]] || { \
		echo "There is no rule for the role of the $$role: +kubebuilder:rbac markers stand apart, with a blank line" \
			"between them and the doc comment of what follows." >&2; exit 1; }; done

.PHONY: build
build: ## Build bin/tokenwright, static and reproducible, with the version stamped in.
	VERSION='$(VERSION)' hack/build.sh bin/tokenwright

.PHONY: test
test: ## Run all tests against a real API server (built first if need be).
	@$(with_control_plane) \
	echo "Testing all packages with the control plane in $$KUBEBUILDER_ASSETS"; \
	go test ./...; \
	for module in $(tested_modules); do echo "Testing module $$module"; (cd "$$module" && go test -count=1 ./...); done

.PHONY: test-race
test-race: ## Run the same tests under the race detector (slower).
	@$(with_control_plane) go test -race ./...

.PHONY: conformance
conformance: ## Let other people's clients judge the issuer; those for node need Node 20.19 or later.
	@modules=$$(test/conformance/node/install.sh); \
	CONFORMANCE_MODULES="$$modules" go test -count=1 ./test/conformance

.PHONY: browser-test
browser-test: ## Tell the stories of a real browser; root on Debian gets chromium installed if need be.
	@browser=$$(test/browser/chromium.sh); echo "Testing with $$browser; pictures of all pages go to test/browser/out"; \
	BROWSER_PATH="$$browser" go test -count=1 ./test/browser

.PHONY: install-test
install-test: ## Judge the Helm chart with Helm (built first if need be), and install and uninstall on a local control plane.
	@$(with_control_plane) helm=$$(hack/tools/helm/build.sh); HELM="$$helm" go test -count=1 ./test/install ./hack/chart

.PHONY: forward-auth-test
forward-auth-test: ## Have a real nginx ask tokenwright forward-auth, and stand before an issuer; Debian's is fetched if need be.
	@nginx=$$(test/forwardauth/nginx.sh); NGINX_PATH="$$nginx" go test -count=1 ./test/forwardauth ./test/gateway

.PHONY: e2e
e2e: ## Tell an installation's whole story on the cluster of KUBECONFIG, or on one of kind; see docs/e2e.md.
	@KUBECTL=$(kubectl) hack/e2e/run.sh

.PHONY: bench
bench: ## Run the benchmarks; BENCH=regexp picks some, BENCHFLAGS adds flags.
	@$(with_control_plane) \
	packages=$$(grep -rlE --include='*_test.go' '^func Benchmark' . | xargs -r dirname | sort -u || true); \
	[[ -n $$packages ]] || { echo "There is no benchmark yet."; exit 0; }; \
	go test -run='^$$' -bench='$(BENCH)' $(BENCHFLAGS) $$packages

.PHONY: scale
scale: ## Time SCALE clients (10000) until all are Ready, beside the bare API writes of that.
	@$(with_control_plane) SCALE='$(SCALE)' go test -count=1 -timeout=60m -v -run='^TestScale$$' ./test/scale

.PHONY: memory
memory: ## Measure the operator's memory from its start, beside SCALE objects (300) of 250 KB of each kind.
	@$(with_control_plane) SCALE='$(if $(filter file,$(origin SCALE)),300,$(SCALE))' \
		go test -count=1 -timeout=60m -v -run='^Test(Memory|Greatest)$$' ./test/scale

.PHONY: hostile
hostile: ## Play what tenants and strangers may try for longer than make test does, and print what was measured.
	@$(with_control_plane) HOSTILE_MEASURE=1 go test -count=1 -timeout=20m -v ./test/hostile

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (10s).
	@targets=$$(grep -rHoE --include='*_test.go' '^func Fuzz[[:alnum:]_]+' . | sort || true); \
	[[ -n $$targets ]] || { echo "There is no fuzz target yet."; exit 0; }; \
	while IFS=: read -r file func; do \
		echo "Fuzzing $${func#func } of $$(dirname "$$file") for $(FUZZTIME)"; \
		go test -run='^$$' -fuzz="^$${func#func }\$$" -fuzztime='$(FUZZTIME)' "$$(dirname "$$file")" </dev/null; \
	done <<<"$$targets"

.PHONY: lint
lint: ## Check code, API conventions, format and shell scripts.
	@lint=$$(hack/tools/lint/build.sh); \
	"$$lint" run ./...; \
	"$$lint" fmt --diff
	@for script in $(scripts); do bash -n "$$script"; done
	@if command -v shellcheck >/dev/null; then shellcheck -x $(scripts); \
	else echo "shellcheck is not installed: shell scripts were checked for syntax only"; fi

.PHONY: fmt
fmt: ## Format all Go files as lint expects them.
	@"$$(hack/tools/lint/build.sh)" fmt

.PHONY: tidy
tidy: ## Tidy go.mod and go.sum of every module here.
	@for module in $(modules); do echo "go mod tidy in $$module"; (cd "$$module" && go mod tidy); done

.PHONY: verify
verify: ## Regenerate and tidy everything, lint, and fail if that changed a file.
	@hack/verify.sh

##@ Ship

.PHONY: image
image: ## Build the container image IMAGE (tokenwright:VERSION) with Docker.
	$(DOCKER) build --build-arg VERSION='$(VERSION)' --tag '$(IMAGE)' .

.PHONY: image-archive
image-archive: ## Build the same without Docker, for PLATFORMS, with lists of modules, into bin/image.
	@rm -rf bin/image; $(build_image)

.PHONY: image-push
image-push: ## Do that, and push it to REPOSITORY, tagged with VERSION.
	@[[ -n '$(REPOSITORY)' ]] || { echo "Say where to: make image-push REPOSITORY=registry.example/tokenwright" >&2; exit 2; }
	@rm -rf bin/image; $(build_image) -repository='$(REPOSITORY)'

.PHONY: release
release: ## Write install.yaml and the Helm chart for IMAGE into bin/release.
	@KUBECTL=$(kubectl) VERSION='$(VERSION)' hack/install/release.sh '$(IMAGE)' bin/release

.PHONY: install
install: ## Install the CRDs into the cluster of the current kubeconfig.
	@$(kubectl) apply --server-side -k config/crd

.PHONY: uninstall
uninstall: ## Remove the CRDs and with them every object of these kinds.
	@$(kubectl) delete --ignore-not-found -k config/crd

.PHONY: deploy
deploy: ## Install the CRDs and run the operator from IMAGE; WATCH_NAMESPACES=a,b confines it to these, COMPONENTS=metrics opens its metrics.
	@export KUBECTL=$(kubectl); hack/install/render.sh '$(IMAGE)' '$(WATCH_NAMESPACES)' '$(COMPONENTS)' | "$$KUBECTL" apply --server-side -f -

.PHONY: undeploy
undeploy: ## Remove clients, policies and issuers, then what deploy installed; keeps the namespace with the key rings.
	@KUBECTL=$(kubectl) hack/install/undeploy.sh
