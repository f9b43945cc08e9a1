/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../dns/consent.h"

/*
 * The secret whose SHA-256 is the key of our records of consent: a file of 32 octets or more, blanks
 * around them left out, that nobody but its owner may read.  It is made once, from the system's
 * random source.
 */

/* `path`, or the default when NULL: $XDG_CONFIG_HOME/smtpscan/secret, without that variable
 * ~/.config/smtpscan/secret.  Makes it when it is not there, and says so on stderr unless `quiet`.
 * False: a line on stderr said why. */
MUST_CHECK bool secret_key(const char *path, bool quiet, uint8_t ret_key[CONSENT_KEY_OCTETS]);
