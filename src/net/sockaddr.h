/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <sys/socket.h>

#include "../base/address.h"
#include "../base/err.h"

/* Between our addresses and those of the socket calls.  Ports are in host order. */
void sockaddr_make(const struct address *a, uint16_t port, struct sockaddr_storage *ret);
socklen_t sockaddr_size(const struct sockaddr_storage *of);
/* Family 0 when it is neither IPv4 nor IPv6. */
struct address sockaddr_to_address(const struct sockaddr_storage *from);
uint16_t sockaddr_port(const struct sockaddr_storage *from);
/* Whether connections can begin at this address; errno says why not. */
MUST_CHECK bool sockaddr_is_ours(const struct address *a);
