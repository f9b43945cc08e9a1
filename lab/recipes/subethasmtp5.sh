# SPDX-License-Identifier: Apache-2.0
# SubEthaSMTP from 5 on: SubEthaSmtp5.java beside this file.
. /lab/src/recipes/java.inc
setup() { make_key_store; }
start() { run_java /lab/src/recipes/SubEthaSmtp5.java "$ADDR" "$VARIANT"; }
