# SPDX-License-Identifier: Apache-2.0
# Dovecot's LMTP server.
export protocol=lmtp service=lmtp
. /lab/src/recipes/dovecot.inc
