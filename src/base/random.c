/* SPDX-License-Identifier: Apache-2.0 */
#include "random.h"

#include <sys/random.h>

enum err random_fill(void *at, size_t octets)
{
    uint8_t *p = at;
    while (octets) {
        ssize_t n = getrandom(p, octets, 0);
        if (n <= 0)
            return ERR_SYS;
        p += n;
        octets -= (size_t)n;
    }
    return ERR_OK;
}

static enum err take_octet(struct random_pool *p, uint8_t *ret)
{
    if (!p->left) {
        enum err e = random_fill(p->octets, sizeof p->octets);
        if (e)
            return e;
        p->left = sizeof p->octets;
    }
    *ret = p->octets[sizeof p->octets - p->left--];
    return ERR_OK;
}

enum err random_name(struct random_pool *p, char *at, size_t size)
{
    static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    enum err e = ERR_OK;
    for (size_t i = 0; i < size && !e; i++) {
        uint8_t octet = 0;
        e = take_octet(p, &octet);
        at[i] = set[octet % (i ? 36 : 26)];
    }
    return e;
}
