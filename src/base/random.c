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

enum err random_name(char *at, size_t size)
{
    static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    enum err e = random_fill(at, size);
    for (size_t i = 0; !e && i < size; i++)
        at[i] = set[(uint8_t)at[i] % (i ? 36 : 26)];
    return e;
}
