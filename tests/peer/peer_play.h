/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "peer_script.h"
#include "peer_wire.h"

/* Plays the whole script on one connection, until it has ended, and frees the wire. */
void peer_play(const struct peer_script *s, const struct peer_tls_contexts *tls,
               struct peer_wire *w);
