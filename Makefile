# SPDX-License-Identifier: Apache-2.0
# A thin front to meson: each target does its own set-up, packages included (sudo only when not root).
BUILD = build
CHECK = build-check

# Where to: make install PREFIX=/usr DESTDIR=/some/where
PREFIX = /usr/local

.PHONY: all demo scan check check-long build-of-check lab bench accuracy install uninstall deb clean

all:
	@tools/setup build
	@[ -e $(BUILD)/build.ninja ] || meson setup $(BUILD) --buildtype=release -Db_lto=true >/dev/null
	@ninja -C $(BUILD) --quiet

# Real mail servers from Debian's packages on loopback, scanned, shown, stopped.
demo: all
	@tools/demo $(BUILD)/smtpscan

# make scan TARGET=mail.example.org [ARGS="--level detect"]
scan: all
	@[ -n "$(TARGET)" ] || { echo 'usage: make scan TARGET=mail.example.org [ARGS="..."]' >&2; exit 2; }
	@$(BUILD)/smtpscan $(ARGS) $(TARGET)

# Built with sanitizers; unit tests, fuzz corpora, the hostile peer and real servers; coverage of the pure folders.
check: build-of-check
	@tools/check $(CHECK)

# What takes minutes: all servers of the lab's set "audit", each verdict of them, and what is sent to them.
check-long: build-of-check
	@tools/check $(CHECK) long

build-of-check:
	@tools/setup check
	@[ -e $(CHECK)/build.ninja ] || meson setup $(CHECK) -Dtests=true -Db_sanitize=address,undefined -Db_lundef=false -Db_coverage=true >/dev/null
	@ninja -C $(CHECK) --quiet

lab:
	@lab/lab fetch
	@echo "now: lab/lab up [PATTERN], list, check, down"

# What a session costs, against the least that it can; some minutes.  Sizes: bench/scale --help.
bench: all
	@tools/setup bench
	@ninja -C $(BUILD) --quiet bench/fleet bench/reference
	@bench/scale $(BUILD)/smtpscan --write $(ARGS)

# How often the identification is right, measured on servers left out of the database; some minutes.
accuracy: all
	@ninja -C $(BUILD) --quiet bench/accuracy bench/bench-identify
	@$(BUILD)/bench/accuracy > docs/accuracy.md.new && mv docs/accuracy.md.new docs/accuracy.md
	@$(BUILD)/bench/bench-identify
	@echo "docs/accuracy.md is written; data/model.txt as fitted to all specimens:"
	@$(BUILD)/bench/accuracy --model

# Program, man pages, completions for bash, zsh and fish, an example of the configuration file.
install: all
	@meson configure $(BUILD) -Dprefix=$(PREFIX)
	@meson install -C $(BUILD) --quiet $(if $(DESTDIR),--destdir "$(abspath $(DESTDIR))")
	@echo "installed below $(DESTDIR)$(PREFIX)"

# What the last installation from this folder put there.
uninstall:
	@ninja -C $(BUILD) --quiet uninstall

# build/deb/smtpscan_VERSION_ARCH.deb, looked over by lintian; the tree stays as it is.
deb:
	@tools/setup deb
	@tools/make-deb $(BUILD)/deb

clean:
	rm -rf $(BUILD) $(CHECK)
