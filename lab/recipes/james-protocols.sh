# SPDX-License-Identifier: Apache-2.0
# The SMTP library of Apache James with its Netty transport: JamesProtocols.java beside this file.
. /lab/src/recipes/java.inc
setup() { make_key_store; }
start() { run_java /lab/src/recipes/JamesProtocols.java "$ADDR" "$VARIANT"; }
