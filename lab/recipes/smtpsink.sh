# SPDX-License-Identifier: Apache-2.0
# Postfix's smtp-sink, which takes everything.
setup() { :; }
start() { smtp-sink -v -u nobody -h "$HOST" "$ADDR:25" 100 & }
