/* SPDX-License-Identifier: Apache-2.0 */
#include "address.h"

#include <arpa/inet.h>

bool address_parse(struct octets text, struct address *ret)
{
    char copy[INET6_ADDRSTRLEN];
    struct address a = {0};
    if (text.size == 0 || text.size >= sizeof copy)
        return false;
    memcpy(copy, text.at, text.size);
    copy[text.size] = 0;
    if (strlen(copy) != text.size)
        return false;
    if (inet_pton(AF_INET, copy, a.octets) == 1)
        a.family = 4;
    else if (inet_pton(AF_INET6, copy, a.octets) == 1)
        a.family = 6;
    else
        return false;
    *ret = a;
    return true;
}

void address_append(struct buf *out, const struct address *a)
{
    char text[INET6_ADDRSTRLEN];
    if (a->family == 4) { /* three for each visit, and printf is slow */
        for (size_t i = 0; i < 4; i++) {
            if (i)
                buf_append_octet(out, '.');
            buf_append_number(out, a->octets[i]);
        }
        return;
    }
    if (a->family && inet_ntop(AF_INET6, a->octets, text, sizeof text))
        buf_append_text(out, text);
}

bool address_is_equal(const struct address *a, const struct address *b)
{
    return a->family == b->family && memcmp(a->octets, b->octets, address_bits(a) / 8) == 0;
}

unsigned address_bits(const struct address *a)
{
    return a->family == 4 ? 32 : a->family == 6 ? 128 : 0;
}

bool address_is_in(const struct address *a, const struct address *network, unsigned bits)
{
    if (a->family != network->family || bits > address_bits(a))
        return false;
    if (memcmp(a->octets, network->octets, bits / 8) != 0)
        return false;
    uint8_t mask = (uint8_t)(0xff00u >> (bits % 8));
    return bits % 8 == 0 || ((a->octets[bits / 8] ^ network->octets[bits / 8]) & mask) == 0;
}

struct address_number address_to_number(const struct address *a)
{
    struct address_number n = {0};
    for (size_t i = 0; i < address_bits(a) / 8; i++)
        n = (struct address_number){n.high << 8 | n.low >> 56, n.low << 8 | a->octets[i]};
    return n;
}

struct address address_of_number(uint8_t family, struct address_number n)
{
    struct address a = {.family = family};
    for (size_t i = address_bits(&a) / 8; i-- > 0;) {
        a.octets[i] = (uint8_t)n.low;
        n = (struct address_number){n.high >> 8, n.low >> 8 | n.high << 56};
    }
    return a;
}

/* clang-format off */
static const struct {
    const char *network;
    unsigned bits;
    const char *use;
} special[] = {
    {"0.0.0.0",         8, "this network"},
    {"10.0.0.0",        8, "private"},
    {"100.64.0.0",     10, "carrier-grade NAT"},
    {"127.0.0.0",       8, "loopback"},
    {"169.254.0.0",    16, "link-local"},
    {"172.16.0.0",     12, "private"},
    {"192.0.0.0",      24, "IETF protocol assignments"},
    {"192.0.2.0",      24, "documentation"},
    {"192.31.196.0",   24, "AS112"},
    {"192.52.193.0",   24, "AMT"},
    {"192.88.99.0",    24, "6to4 relay anycast"},
    {"192.168.0.0",    16, "private"},
    {"192.175.48.0",   24, "AS112"},
    {"198.18.0.0",     15, "benchmarking"},
    {"198.51.100.0",   24, "documentation"},
    {"203.0.113.0",    24, "documentation"},
    {"224.0.0.0",       4, "multicast"},
    {"240.0.0.0",       4, "reserved"},
    {"::",            128, "unspecified"},
    {"::1",           128, "loopback"},
    {"::ffff:0:0",     96, "IPv4-mapped"},
    {"64:ff9b:1::",    48, "local-use translation"},
    {"100::",          64, "discard-only"},
    {"100:0:0:1::",    64, "dummy prefix"},
    {"2001::",         23, "IETF protocol assignments"},
    {"2001:db8::",     32, "documentation"},
    {"2002::",         16, "6to4"},
    {"2620:4f:8000::", 48, "AS112"},
    {"3fff::",         20, "documentation"},
    {"5f00::",         16, "segment routing"},
    {"fc00::",          7, "private"},
    {"fe80::",         10, "link-local"},
    {"fec0::",         10, "site-local"},
    {"ff00::",          8, "multicast"},
};
/* clang-format on */

/*
 * NAT64's well-known prefix (RFC 6052 s2.1) leads to the IPv4 address in its last four octets: what
 * DNS64 makes of a public address is fine, but nobody may reach 10.0.0.1 by writing it as
 * 64:ff9b::a00:1 (s3.1).
 */
static const struct address nat64 = {.family = 6, .octets = {0x00, 0x64, 0xff, 0x9b}};

static bool unwrap(const struct address *a, const struct address *prefix, struct address *ret)
{
    if (!address_is_in(a, prefix, 96))
        return false;
    *ret = (struct address){.family = 4};
    memcpy(ret->octets, a->octets + 12, 4);
    return true;
}

bool address_unwrap(const struct address *a, struct address *ret)
{
    static const struct address mapped = {.family = 6, .octets = {[10] = 0xff, 0xff}};
    return unwrap(a, &mapped, ret) || unwrap(a, &nat64, ret);
}

const char *address_special_use(const struct address *a)
{
    struct address inner;
    if (unwrap(a, &nat64, &inner))
        a = &inner;
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        struct address network;
        if (address_parse(octets_of(special[i].network), &network) &&
            address_is_in(a, &network, special[i].bits))
            return special[i].use;
    }
    return NULL;
}
