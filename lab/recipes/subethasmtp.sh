# SPDX-License-Identifier: Apache-2.0
# SubEthaSMTP to 3.1: SubEthaSmtp.java beside this file.
. /lab/src/recipes/java.inc
setup() { make_key_store; }
start() { run_java -Dorg.slf4j.simpleLogger.defaultLogLevel=debug /lab/src/recipes/SubEthaSmtp.java "$ADDR" "$VARIANT"; }
