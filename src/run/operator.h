/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/octets.h"

/* The registered domain of a host: "example.co.uk" of "mx1.mail.example.co.uk", by the public
 * suffix list.  Borrows from the host; none when the host is none, a suffix itself, or too long. */
struct octets run_operator_of(struct octets host);
