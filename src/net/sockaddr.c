/* SPDX-License-Identifier: Apache-2.0 */
#include "sockaddr.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

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

socklen_t sockaddr_size(const struct sockaddr_storage *of)
{
    return of->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
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

bool sockaddr_is_ours(const struct address *a)
{
    struct sockaddr_storage from;
    int fd = socket(a->family == 4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    sockaddr_make(a, 0, &from);
    socklen_t size = a->family == 4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    int result = bind(fd, (const struct sockaddr *)&from, size), error = errno;
    (void)close(fd);
    errno = error;
    return result == 0;
}
