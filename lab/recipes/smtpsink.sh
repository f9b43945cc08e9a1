# SPDX-License-Identifier: Apache-2.0
# Postfix's smtp-sink, which takes everything.
setup() { :; }
start() { smtp-sink -u nobody -h "$HOST" "$ADDR:25" 100 & }
