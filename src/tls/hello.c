/* SPDX-License-Identifier: Apache-2.0 */
#include "hello.h"

/* How a ClientHello is written.  How answers are read is in answer.c. */

enum {
    RECORD_HANDSHAKE = 22,
    MESSAGE_CLIENT_HELLO = 1,
    SUITE_RENEGOTIATION = 0x00ff, /* TLS_EMPTY_RENEGOTIATION_INFO_SCSV */
    SUITE_FALLBACK = 0x5600,      /* TLS_FALLBACK_SCSV */
    GROUP_X25519 = 0x001d,
};

enum {
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_GROUPS = 10,
    EXTENSION_POINT_FORMATS = 11,
    EXTENSION_SIGNATURES = 13,
    EXTENSION_EMS = 23,
    EXTENSION_VERSIONS = 43,
    EXTENSION_KEY_SHARE = 51,
    EXTENSION_RENEGOTIATION = 0xff01,
};

static void put_u16(struct buf *out, size_t n)
{
    buf_append_octet(out, (uint8_t)(n >> 8));
    buf_append_octet(out, (uint8_t)n);
}

/* A length of so many octets, to be known later. */
static size_t open_length(struct buf *out, size_t octets)
{
    for (size_t i = 0; i < octets; i++)
        buf_append_octet(out, 0);
    return out->size;
}

static void close_length(struct buf *out, size_t start, size_t octets)
{
    if (buf_error(out))
        return;
    size_t size = out->size - start;
    for (size_t i = 1; i <= octets; i++, size >>= 8)
        out->data[start - i] = (uint8_t)size;
}

static size_t open_extension(struct buf *out, unsigned type)
{
    put_u16(out, type);
    return open_length(out, 2);
}

static void put_numbers(struct buf *out, const uint16_t *numbers, size_t count,
                        size_t length_octets)
{
    size_t start = open_length(out, length_octets);
    for (size_t i = 0; i < count; i++)
        put_u16(out, numbers[i]);
    close_length(out, start, length_octets);
}

/* ---- extensions ---- */

static void put_server_name(struct buf *out, struct octets name)
{
    size_t extension = open_extension(out, EXTENSION_SERVER_NAME);
    size_t list = open_length(out, 2);
    buf_append_octet(out, 0); /* host_name (RFC 6066 s3) */
    size_t host = open_length(out, 2);
    buf_append(out, name);
    close_length(out, host, 2);
    close_length(out, list, 2);
    close_length(out, extension, 2);
}

static void put_groups(struct buf *out, const struct tls_hello *h)
{
    size_t extension = open_extension(out, EXTENSION_GROUPS);
    put_numbers(out, h->groups, h->group_count, 2);
    close_length(out, extension, 2);
    extension = open_extension(out, EXTENSION_POINT_FORMATS);
    buf_append(out, OCTETS("\x01\x00")); /* uncompressed (RFC 8422 s5.1.2) */
    close_length(out, extension, 2);
}

static void put_signatures(struct buf *out, const struct tls_hello *h)
{
    /* All that a certificate of any age may need, SHA-1 and DSA come last (RFC 8446 s4.2.3). */
    static const uint16_t all[] = {0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080a,
                                   0x080b, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601,
                                   0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0202};
    const size_t strict = 14;
    size_t count = h->with & TLS_HELLO_NO_SHA1 ? strict : sizeof all / sizeof *all;
    size_t extension = open_extension(out, EXTENSION_SIGNATURES);
    put_numbers(out, all, count, 2);
    close_length(out, extension, 2);
}

static void put_key_share(struct buf *out, const struct tls_hello *h)
{
    size_t extension = open_extension(out, EXTENSION_KEY_SHARE);
    size_t shares = open_length(out, 2);
    if (h->with & TLS_HELLO_KEY_SHARE) {
        put_u16(out, GROUP_X25519);
        put_u16(out, 32);
        buf_append(out, (struct octets){h->from_random + 32, 32});
    }
    close_length(out, shares, 2);
    close_length(out, extension, 2);
}

static void put_extensions(struct buf *out, const struct tls_hello *h)
{
    size_t all = open_length(out, 2);
    if (h->server_name.size)
        put_server_name(out, h->server_name);
    if (h->with & TLS_HELLO_RENEGOTIATION) {
        size_t extension = open_extension(out, EXTENSION_RENEGOTIATION);
        buf_append_octet(out, 0);
        close_length(out, extension, 2);
    }
    if (h->with & TLS_HELLO_EMS)
        close_length(out, open_extension(out, EXTENSION_EMS), 2);
    if (h->group_count)
        put_groups(out, h);
    if (h->version >= TLS_1_2)
        put_signatures(out, h);
    if (h->version_count) {
        size_t extension = open_extension(out, EXTENSION_VERSIONS);
        put_numbers(out, h->versions, h->version_count, 1);
        close_length(out, extension, 2);
    }
    if (h->with & (TLS_HELLO_KEY_SHARE | TLS_HELLO_EMPTY_KEY_SHARE))
        put_key_share(out, h);
    close_length(out, all, 2);
}

/* ---- the hello ---- */

static void put_suites(struct buf *out, const struct tls_hello *h)
{
    size_t start = open_length(out, 2);
    for (size_t i = 0; i < h->suite_count; i++)
        put_u16(out, h->suites[i]);
    if (h->with & TLS_HELLO_RENEGOTIATION && h->version == TLS_SSL3)
        put_u16(out, SUITE_RENEGOTIATION);
    if (h->with & TLS_HELLO_FALLBACK)
        put_u16(out, SUITE_FALLBACK);
    close_length(out, start, 2);
}

/* RFC 6101 appendix E.1: a record header of two octets, and every kind of cipher of SSLv2. */
static void append_ssl2(struct buf *out, const struct tls_hello *h)
{
    static const uint8_t kinds[] = {0x07, 0x00, 0xc0, 0x05, 0x00, 0x80, 0x03,
                                    0x00, 0x80, 0x01, 0x00, 0x80, 0x06, 0x00,
                                    0x40, 0x04, 0x00, 0x80, 0x02, 0x00, 0x80};
    size_t start = open_length(out, 2);
    buf_append_octet(out, MESSAGE_CLIENT_HELLO);
    put_u16(out, TLS_SSL2);
    put_u16(out, sizeof kinds);
    put_u16(out, 0);  /* no session */
    put_u16(out, 16); /* the challenge */
    buf_append(out, (struct octets){kinds, sizeof kinds});
    buf_append(out, (struct octets){h->from_random, 16});
    close_length(out, start, 2);
    if (!buf_error(out))
        out->data[start - 2] |= 0x80; /* a header of two octets, no padding */
}

void tls_hello_append(struct buf *out, const struct tls_hello *h)
{
    bool deflates = h->with & TLS_HELLO_DEFLATE;
    if (h->version == TLS_SSL2) {
        append_ssl2(out, h);
        return;
    }
    buf_append_octet(out, RECORD_HANDSHAKE);
    /* RFC 8446 s5.1: the first record may say TLS 1.0, whatever is offered in it. */
    put_u16(out, h->version < TLS_1_0 ? h->version : TLS_1_0);
    size_t record = open_length(out, 2);
    buf_append_octet(out, MESSAGE_CLIENT_HELLO);
    size_t message = open_length(out, 3);
    put_u16(out, h->version);
    buf_append(out, (struct octets){h->from_random, 32});
    buf_append_octet(out, 0); /* no session */
    put_suites(out, h);
    buf_append(out, deflates ? OCTETS("\x02\x01\x00") : OCTETS("\x01\x00"));
    if (h->version > TLS_SSL3)
        put_extensions(out, h);
    close_length(out, message, 3);
    close_length(out, record, 2);
}
