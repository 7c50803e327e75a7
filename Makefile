.DEFAULT_GOAL := help
.PHONY: help test race lint fuzz bench browser interop webchat check

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

test: ## all tests
	go test ./...

race: ## all tests under the race detector
	go test -race ./...

lint: ## gofmt, go vet, staticcheck
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }
	go vet ./...
	go tool staticcheck ./...

fuzz: ## each fuzz target for FUZZTIME (default 10s)
	internal/fuzzall.sh $(or $(FUZZTIME),10s)

bench: ## the benchmark against the floor and the JavaScript SDK
	go build -o bench/out/benchbot ./examples/benchbot
	bench/run.sh --budget 400 --bot ours='$(CURDIR)/bench/out/benchbot,http://127.0.0.1:19795/api/messages'

browser: ## the chat page in a real headless Chromium (needs Node and Chromium)
	cd test/browser && npm ci --no-audit --no-fund && node --test

webchat: ## fetch the real Web Chat for "go build -tags webchat" (needs Node)
	internal/webchat.sh

interop: webchat ## clients, a bot and a playground of others against ours (needs Node and Chromium)
	go build -tags webchat -o test/interop/out/outspoken ./cmd/outspoken
	cd test/interop && npm ci --no-audit --no-fund --ignore-scripts && OUTSPOKEN_BIN="$$PWD/out/outspoken" npm test

check: lint race ## what a change must pass
