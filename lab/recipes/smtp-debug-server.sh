# SPDX-License-Identifier: Apache-2.0
# The example server of go-smtp, which takes all mail and knows no TLS.
setup() { :; }
start() { /lab/package/bin/smtp-debug-server -l "$ADDR:25" & }
