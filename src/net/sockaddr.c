/* SPDX-License-Identifier: Apache-2.0 */
#include "sockaddr.h"

#include <netinet/in.h>

void sockaddr_make(const struct address *a, uint16_t port, struct sockaddr_storage *ret)
{
    *ret = (struct sockaddr_storage){0};
    if (a->family == 4) {
        struct sockaddr_in *in = (struct sockaddr_in *)ret;
        in->sin_family = AF_INET;
        in->sin_port = htons(port);
        memcpy(&in->sin_addr, a->octets, 4);
    } else {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        memcpy(&in6->sin6_addr, a->octets, 16);
    }
}

struct address sockaddr_to_address(const struct sockaddr_storage *from)
{
    struct address a = {0};
    if (from->ss_family == AF_INET) {
        a.family = 4;
        memcpy(a.octets, &((const struct sockaddr_in *)from)->sin_addr, 4);
    } else if (from->ss_family == AF_INET6) {
        a.family = 6;
        memcpy(a.octets, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
    }
    return a;
}

uint16_t sockaddr_port(const struct sockaddr_storage *from)
{
    /* Both kinds keep the port in the same place (RFC 3493 s3.3, s3.10). */
    return ntohs(((const struct sockaddr_in *)from)->sin_port);
}
