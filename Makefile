# The one entry to this project. `make` or `make help` lists what there is.

CARGO ?= cargo
CC ?= cc
PYTHON ?= python3
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
LIBDIR ?= lib
DESTDIR ?=
BUILD ?= build
WERROR ?=
SEEDS ?= 10000
SOAK ?= 100000
ROUNDS ?= 100
PROFILE ?= release
FEATURES ?= default

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
BUILT := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
MCOCOMP := $(BUILT)/mcocomp
HEADERS := $(wildcard include/*.h)

# Everything a C program of ours is compiled with: the public headers, the built library, nothing else.
C_FLAGS = -std=c99 -Wall -Wextra -Wpedantic $(WERROR) $(CFLAGS) -Iinclude -Ic-examples
C_LIBS = -L$(BUILD)/lib -lmcoiot -Wl,-rpath,$(abspath $(BUILD)/lib) -pthread
PROGRAMS := $(addprefix $(BUILD)/bin/,weather-server weather-device minimal-server minimal-device tree-server tree-router tree-device \
	callbacks-device outage-device upgrade-server-1 upgrade-server-2 upgrade-device-1 upgrade-device-2 dynamic tls-server tls-device)

.PHONY: help build demo test sim model soak bench header check-headers check-examples python test-python install clean fmt lint programs bench-programs FORCE
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'

build: $(BUILD)/lib/libmcoiot.so $(MCOCOMP) ## the library, the schema compiler (PROFILE=release, FEATURES=default: compression tls)

demo: programs ## two weather stations bring a year of readings to a server
	@$(PYTHON) c-examples/weather/demo.py $(BUILD)/bin $(DEMO)

test: ## everything there is to test, with a summary at the end
	@$(PYTHON) scripts/test.py

sim: ## trees in the simulator, SEEDS=10000 different fates, and every planted fault
	MCO_SIM_SEEDS=$(SEEDS) $(CARGO) test --release --locked --test sim -- --nocapture

model: ## every execution of a small fleet, under 10 minutes and 8 GiB
	MCO_MODEL=full $(CARGO) test --release --locked --test model -- --nocapture --test-threads 1

soak: ## for long: SOAK=100000 trees in the simulator (under an hour on 2 cores), ROUNDS=100 trees of processes, the model
	MCO_SIM_SEEDS=$(SOAK) $(CARGO) test --release --locked --test sim -- --nocapture trees
	MCO_ROUNDS=$(ROUNDS) $(CARGO) test --release --locked --test tree -- --nocapture kills
	$(MAKE) model

bench: bench-programs ## rows per second and bytes per reading, beside plain SQLite; what Python's ways of inserting cost
	$(CARGO) bench --locked --bench rows -- $(BUILD)/bin
	@$(PYTHON) scripts/python_tests.py --bench || test $$? = 77

header: ## write the generated headers into include/
	MCOIOT_UPDATE=1 $(CARGO) test --locked --test headers

check-headers: ## the headers: generated ones, each alone and twice, symbols, layout
	$(CARGO) test --locked --test headers

check-examples: build ## install into a temporary directory, build the examples against that, run them
	@$(PYTHON) scripts/examples.py

python: ## the wheel of the Python module (into build/python)
	@mkdir -p $(BUILD)/python
	MCOIOT_PROFILE=$(PROFILE) $(PYTHON) -m pip wheel --quiet --no-deps --wheel-dir $(BUILD)/python ./python

test-python: programs ## the tests of the Python module, with every CPython found
	@$(PYTHON) scripts/python_tests.py

install: build ## headers, library, mcocomp, pkg-config file (PREFIX, LIBDIR, DESTDIR)
	@PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' DESTDIR='$(DESTDIR)' VERSION='$(VERSION)' BUILT='$(BUILT)' sh scripts/install.sh

clean: ## remove what was built
	rm -rf $(BUILD)
	$(CARGO) clean

fmt: ## format the Rust code
	$(CARGO) fmt

lint: ## formatting and clippy, warnings are errors
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets --locked -- -D warnings
	$(CARGO) clippy --lib --locked --no-default-features -- -D warnings

# ---- the library -----------------------------------------------------------------------------------------------------

$(BUILT)/libmcoiot.so $(MCOCOMP): FORCE
	@$(CARGO) build --profile $(PROFILE) --locked --no-default-features --features '$(FEATURES)' --lib --bin mcocomp

$(BUILD)/lib/libmcoiot.so: $(BUILT)/libmcoiot.so
	@mkdir -p $(@D)
	@ln -sf $(abspath $<) $(BUILD)/lib/libmcoiot.so.0
	@ln -sf $(abspath $<) $@

# ---- the example programs --------------------------------------------------------------------------------------------

programs: $(PROGRAMS) ## the example programs (into build/bin)

bench-programs: $(BUILD)/bin/bench-device $(BUILD)/bin/bench-server

# One schema gives one pair of files, named after the database in it.
$(BUILD)/gen/iotdevice.c: c-examples/minimal/device.mco
$(BUILD)/gen/iotserver.c: c-examples/minimal/server.mco
$(BUILD)/gen/weatherdevice.c: c-examples/weather/device.mco
$(BUILD)/gen/weatherserver.c: c-examples/weather/server.mco
$(BUILD)/gen/treedevice.c: c-examples/tree/device.mco
$(BUILD)/gen/treerouter.c: c-examples/tree/router.mco
$(BUILD)/gen/treeserver.c: c-examples/tree/server.mco
$(BUILD)/gen/1/upgradedevice.c: c-examples/upgrade/device.mco
$(BUILD)/gen/1/upgradeserver.c: c-examples/upgrade/server.mco
$(BUILD)/gen/2/upgradedevice.c: c-examples/upgrade/device_2.mco
$(BUILD)/gen/2/upgradeserver.c: c-examples/upgrade/server_2.mco

$(BUILD)/gen/%.c: $(MCOCOMP)
	@mkdir -p $(@D)
	@$(MCOCOMP) -p $(@D) $(filter %.mco,$^) > /dev/null
	@touch $@

# A program: its own file, the generated one, the helpers.
define program
@mkdir -p $(@D)
$(CC) $(C_FLAGS) $(addprefix -I,$(dir $(filter $(BUILD)/gen/%,$^))) -o $@ $(filter %.c,$^) $(C_LIBS)
endef
COMMON := c-examples/common.c c-examples/common.h $(HEADERS) $(BUILD)/lib/libmcoiot.so
WEATHER := c-examples/weather/weather.c c-examples/weather/weather.h

$(BUILD)/bin/minimal-device: c-examples/minimal/device.c $(BUILD)/gen/iotdevice.c $(COMMON)
$(BUILD)/bin/minimal-server: c-examples/minimal/server.c $(BUILD)/gen/iotserver.c $(COMMON)
$(BUILD)/bin/dynamic: c-examples/dynamic/dynamic.c $(COMMON)
$(BUILD)/bin/weather-device: c-examples/weather/device.c $(BUILD)/gen/weatherdevice.c $(WEATHER) $(COMMON)
$(BUILD)/bin/weather-server: c-examples/weather/server.c $(BUILD)/gen/weatherserver.c $(WEATHER) $(COMMON)
$(BUILD)/bin/tree-%: c-examples/tree/%.c $(BUILD)/gen/tree%.c $(COMMON)
	$(program)
$(BUILD)/bin/tls-%: c-examples/tls/%.c c-examples/tls/security.h $(BUILD)/gen/iot%.c $(COMMON)
	$(program)
$(BUILD)/bin/callbacks-device $(BUILD)/bin/outage-device: $(BUILD)/bin/%-device: c-examples/%/device.c $(BUILD)/gen/iotdevice.c $(COMMON)
$(BUILD)/bin/upgrade-%-1: c-examples/upgrade/%.c $(BUILD)/gen/1/upgrade%.c $(COMMON)
	$(program)
$(BUILD)/bin/upgrade-%-2: c-examples/upgrade/%.c $(BUILD)/gen/2/upgrade%.c $(COMMON)
	$(program)
$(BUILD)/bin/upgrade-%-2: C_FLAGS += -DVERSION=2
$(BUILD)/bin/bench-device: benches/device.c $(BUILD)/gen/iotdevice.c $(WEATHER) $(COMMON)
$(BUILD)/bin/bench-server: benches/server.c $(BUILD)/gen/iotserver.c $(COMMON)

$(BUILD)/bin/%:
	$(program)

FORCE:
