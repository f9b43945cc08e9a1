# SPDX-License-Identifier: Apache-2.0
# A server of go-smtp: go-smtp.go beside this file.
setup() { :; }
start() { /lab/package/bin/go-smtp "$ADDR" "$VARIANT" & }
