# SPDX-License-Identifier: Apache-2.0
# Dovecot's submission server, which relays to the back end.
export protocol=submission service=submission-login
. /lab/src/recipes/dovecot.inc
