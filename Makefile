# Each target is one script; read that to know what it does.
.PHONY: help run up down reset status build test chaos soak simulate market lint format bench docs clean
.DEFAULT_GOAL := help

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

run:  ## the whole suite on this machine, until Ctrl-C
	@deploy/local/run
up:  ## the same in the background
	@deploy/local/up
down:  ## stops it; its data stays
	@deploy/local/stack stop all
reset:  ## stops it and forgets its data
	@deploy/local/reset
status:  ## what runs, and where
	@deploy/local/stack status
build:  ## every service, for speed
	@deploy/local/setup build && deploy/local/build
test:  ## every test, against a throw-away stack on free ports
	@deploy/local/test
chaos:  ## ten thousand faults in an hour and a half; SEED= repeats a run, FAULTS=, MINUTES=, ONLY= narrow it
	@deploy/local/chaos
soak:  ## an hour of steady load with faults, and what memory, files and rows do meanwhile; MINUTES=, RATE=, SEED=
	@deploy/local/soak
simulate:  ## a hundred thousand random histories of orders, in memory
	@deploy/local/simulate --histories 100000
market:  ## the choice among offers against its rivals, in markets with hidden rates; draws .local/market/regret.svg
	@deploy/local/market
lint:  ## format, imports between rooms, scripts
	@deploy/checks/lint
format:  ## puts the sources into the form that lint asks for
	@swift format --in-place --recursive --parallel Package.swift Services Shared Tests
bench:  ## the numbers that README promises, measured here
	@deploy/local/bench
docs:  ## the documentation of the modules, into .build/docs
	@deploy/local/docs
clean:  ## what was built and what was started
	@deploy/local/reset && rm -rf .build .local .local-test
