# KuberLogic: every task has a target, `make help` is the manual. Run as root on Debian 12.
SHELL := /bin/bash
.DEFAULT_GOAL := help
TEMPLATE ?= examples/wordpress/app.yaml
PLAN ?=

.PHONY: help install demo demo-break demo-down setup build test unit e2e world systemd soak bench fmt lint clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  make demo TEMPLATE=app.yaml PLAN=plan-id    the same with an application of yours"

demo: ## the whole flow, for real: install, build, start, buy, watch it arrive
	@tools/setup build run
	@tools/build release kuberlogic chargebee-sim
	@tools/demo up --template "$(TEMPLATE)" --plan "$(PLAN)"

demo-break: ## break the demo in five ways and watch it recover; starts one if there is none
	@tools/setup build run
	@tools/build release kuberlogic chargebee-sim
	@tools/demo-break --template "$(TEMPLATE)" --plan "$(PLAN)"

demo-down: ## remove the demo without a trace
	@tools/demo down

install: ## program and systemd units on this machine: PREFIX=/usr/local DATA_DIR=/var/lib/kuberlogic DESTDIR=
	@tools/setup build run
	@tools/build release kuberlogic
	@tools/images build pause
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" DATA_DIR="$(DATA_DIR)" tools/install

setup: ## install what building, running and testing need
	@tools/setup build run test

build: ## build the release
	@tools/setup build
	@tools/build release all
	@tools/images build pause

test: ## install what it needs and pass every test the project has
	@tools/setup build run test
	@tools/test all

unit: ## unit, contract and golden tests of the release build
	@tools/setup build
	@tools/test unit

e2e: ## the running program against real engine, gateway, simulator and browser
	@tools/setup build run test
	@tools/test machine

world: ## the simulated world: SEEDS=1000 SUBSCRIPTIONS=50 YEARS=3
	@tools/setup build
	@tools/test world

soak: ## what needs hours: 10^6 simulated subscription-years
	@tools/setup build run test
	@tools/test soak

systemd: ## install, upgrade, reboot and uninstall on a Debian machine of its own with systemd
	@tools/setup build run test machine
	@tools/build release kuberlogic chargebee-sim
	@tools/images build pause tiny
	@tools/test systemd

bench: ## speed and memory, each with the ratio to its floor
	@tools/setup build run test
	@tools/bench

fmt: ## format the sources
	@tools/setup lint
	@git ls-files -z '*.cc' '*.h' | xargs -0 clang-format-19 -i

lint: ## formatting and static analysis
	@tools/setup lint
	@tools/lint

clean: ## remove build trees (caches stay)
	rm -rf build
