/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/evp.h>

#include "hello.h"

#include "../base/cursor.h"
#include "suites.h"

/* What servers answer to a ClientHello.  Octet by octet or all at once: the outcome is the same. */

#define RECORD_HEADER 5
#define RECORD_OCTETS (16384 + 2048) /* of one record at most (RFC 5246 s6.2.3) */

enum { RECORD_ALERT = 21, RECORD_HANDSHAKE = 22 };
enum { SSL2_ERROR = 0, SSL2_SERVER_HELLO = 4 };
enum {
    MESSAGE_SERVER_HELLO = 2,
    MESSAGE_CERTIFICATE = 11,
    MESSAGE_SERVER_KEY_EXCHANGE = 12,
    MESSAGE_SERVER_HELLO_DONE = 14
};
enum {
    EXTENSION_EMS = 23,
    EXTENSION_VERSIONS = 43,
    EXTENSION_KEY_SHARE = 51,
    EXTENSION_RENEGOTIATION = 0xff01
};

/* A ServerHello with this random is a HelloRetryRequest (RFC 8446 s4.1.3). */
static const uint8_t retry_random[32] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

void tls_answer_init(struct tls_answer *a)
{
    *a = (struct tls_answer){0};
    buf_init(&a->record, RECORD_HEADER + RECORD_OCTETS);
    buf_init(&a->messages, TLS_ANSWER_OCTETS);
}

void tls_answer_release(struct tls_answer *a)
{
    buf_release(&a->record);
    buf_release(&a->messages);
}

static void end(struct tls_answer *a, enum tls_answer_kind kind)
{
    a->kind = kind;
    a->state = TLS_PARSE_DONE;
}

/* ---- messages ---- */

static void take_extension(struct tls_answer *a, unsigned type, struct octets value)
{
    struct cursor c;
    cursor_init(&c, value);
    switch (type) {
    case EXTENSION_EMS:
        a->has_ems = true;
        break;
    case EXTENSION_RENEGOTIATION:
        a->has_renegotiation = true;
        break;
    case EXTENSION_VERSIONS:
        a->version = cursor_u16(&c);
        break;
    case EXTENSION_KEY_SHARE: /* of a hello or a retry: both begin with the group */
        a->group = cursor_u16(&c);
        break;
    }
}

static void take_server_hello(struct tls_answer *a, struct octets body)
{
    struct cursor c;
    cursor_init(&c, body);
    a->version = cursor_u16(&c);
    struct octets random = cursor_take(&c, 32);
    (void)cursor_take(&c, cursor_u8(&c)); /* session */
    a->suite = cursor_u16(&c);
    a->compression = cursor_u8(&c);
    bool failed = c.has_failed;
    a->is_retry = octets_is_equal(random, (struct octets){retry_random, sizeof retry_random});
    if (cursor_left(&c)) {
        struct cursor extensions;
        cursor_init(&extensions, cursor_take(&c, cursor_u16(&c)));
        while (cursor_left(&extensions)) {
            uint16_t type = cursor_u16(&extensions);
            take_extension(a, type, cursor_take(&extensions, cursor_u16(&extensions)));
        }
        failed = failed || c.has_failed || extensions.has_failed;
    }
    a->kind = TLS_ANSWER_HELLO;
    a->has_hello = true;
    if (failed)
        end(a, TLS_ANSWER_ODD);
    else if (a->version >= TLS_1_3)
        end(a, TLS_ANSWER_HELLO); /* what follows is encrypted */
}

static void take_certificate(struct tls_answer *a, struct octets body)
{
    struct cursor c;
    cursor_init(&c, body);
    (void)cursor_take(&c, 3); /* the list */
    uint32_t size = (uint32_t)cursor_u8(&c) << 16;
    size |= cursor_u16(&c);
    struct octets leaf = cursor_take(&c, size);
    a->has_leaf =
        leaf.size && EVP_Digest(leaf.at, leaf.size, a->leaf_sha256, NULL, EVP_sha256(), NULL) == 1;
}

static uint32_t bits_of(struct octets number)
{
    size_t zeros = 0;
    while (zeros < number.size && !number.at[zeros])
        zeros++;
    if (zeros == number.size)
        return 0;
    uint32_t bits = (uint32_t)(number.size - zeros) * 8;
    for (unsigned top = number.at[zeros]; top < 0x80; top <<= 1)
        bits--;
    return bits;
}

/* RFC 5246 s7.4.3: a prime first; RFC 8422 s5.4: a curve first. */
static void take_key_exchange(struct tls_answer *a, struct octets body)
{
    const struct tls_suite *suite = tls_suite_of(a->suite);
    struct cursor c;
    cursor_init(&c, body);
    if (suite && suite->traits & TLS_SUITE_DHE)
        a->dh_bits = bits_of(cursor_take(&c, cursor_u16(&c)));
    else if (suite && suite->traits & TLS_SUITE_ECDHE && cursor_u8(&c) == 3) /* a named curve */
        a->group = cursor_u16(&c);
}

static void take_message(struct tls_answer *a, uint8_t type, struct octets body)
{
    if (a->kind != TLS_ANSWER_HELLO && type != MESSAGE_SERVER_HELLO && type != 0) {
        end(a, TLS_ANSWER_ODD); /* 0: a HelloRequest, to be ignored */
        return;
    }
    switch (type) {
    case MESSAGE_SERVER_HELLO:
        if (a->kind == TLS_ANSWER_HELLO)
            end(a, TLS_ANSWER_ODD);
        else
            take_server_hello(a, body);
        break;
    case MESSAGE_CERTIFICATE:
        take_certificate(a, body);
        break;
    case MESSAGE_SERVER_KEY_EXCHANGE:
        take_key_exchange(a, body);
        break;
    case MESSAGE_SERVER_HELLO_DONE:
        a->state = TLS_PARSE_DONE;
        break;
    }
}

/* The messages that are whole; records may cut them anywhere. */
static void take_messages(struct tls_answer *a)
{
    while (a->state == TLS_PARSE_MORE && a->messages.size >= 4) {
        struct cursor c;
        cursor_init(&c, buf_octets(&a->messages));
        uint8_t type = cursor_u8(&c);
        size_t size = (size_t)cursor_u8(&c) << 16;
        size |= cursor_u16(&c);
        if (size > TLS_ANSWER_OCTETS - 4)
            a->state = TLS_PARSE_LIMIT;
        if (a->state != TLS_PARSE_MORE || size > cursor_left(&c))
            return;
        take_message(a, type, cursor_take(&c, size));
        buf_drop_front(&a->messages, 4 + size);
    }
}

/* ---- records ---- */

/* Octets of the record under way, header included; the header when that is not yet there.  0: it is
 * none. */
static size_t record_size(const struct tls_answer *a)
{
    const uint8_t *at = a->record.data;
    if (a->record.size < RECORD_HEADER)
        return RECORD_HEADER;
    size_t size = (size_t)at[3] << 8 | at[4];
    if (at[0] & 0x80) { /* SSLv2: a header of two octets */
        size = (size_t)(at[0] & 0x7f) << 8 | at[1];
        bool is_known = at[2] == SSL2_ERROR || at[2] == SSL2_SERVER_HELLO;
        return is_known && size >= 3 && size <= RECORD_OCTETS ? size + 2 : 0;
    }
    bool is_known = at[0] == RECORD_ALERT || at[0] == RECORD_HANDSHAKE;
    return is_known && at[1] == 3 && size && size <= RECORD_OCTETS ? size + RECORD_HEADER : 0;
}

static void take_alert(struct tls_answer *a, struct octets payload)
{
    if (payload.size != 2) {
        end(a, TLS_ANSWER_ODD);
        return;
    }
    if (payload.at[0] == 1 && payload.at[1] != 0)
        return; /* a warning, such as unrecognized_name: the hello may still come */
    a->alert = payload.at[1];
    end(a, TLS_ANSWER_ALERT);
}

static void take_ssl2(struct tls_answer *a, struct octets record)
{
    struct cursor c;
    cursor_init(&c, record);
    (void)cursor_u16(&c); /* the header */
    uint8_t type = cursor_u8(&c);
    (void)cursor_u16(&c); /* session hit, kind of certificate */
    a->version = cursor_u16(&c);
    (void)cursor_u16(&c); /* size of the certificate */
    a->kinds = cursor_u16(&c) / 3u;
    if (type == SSL2_ERROR) {
        a->alert = TLS_ALERT_HANDSHAKE_FAILURE; /* the only one at this stage: no cipher */
        end(a, TLS_ANSWER_ALERT);
    } else {
        end(a, c.has_failed || a->version != TLS_SSL2 ? TLS_ANSWER_ODD : TLS_ANSWER_HELLO);
    }
}

static void take_record(struct tls_answer *a)
{
    struct octets record = buf_octets(&a->record);
    struct octets payload = octets_sub(record, RECORD_HEADER, record.size);
    if (++a->records > TLS_ANSWER_RECORDS) {
        a->state = TLS_PARSE_LIMIT;
    } else if (record.at[0] & 0x80) {
        take_ssl2(a, record);
    } else if (record.at[0] == RECORD_ALERT) {
        take_alert(a, payload);
    } else {
        buf_append(&a->messages, payload);
        if (buf_error(&a->messages))
            a->state = TLS_PARSE_LIMIT;
        else
            take_messages(a);
    }
    buf_clear(&a->record);
}

enum tls_parse tls_answer_feed(struct tls_answer *a, struct octets more)
{
    while (more.size && a->state == TLS_PARSE_MORE) {
        size_t left = record_size(a) - a->record.size;
        struct octets piece = octets_sub(more, 0, left);
        buf_append(&a->record, piece);
        more = octets_sub(more, piece.size, more.size);
        size_t size = record_size(a);
        if (buf_error(&a->record))
            a->state = TLS_PARSE_LIMIT;
        else if (!size)
            end(a, TLS_ANSWER_ODD);
        else if (a->record.size == size && (size > RECORD_HEADER || a->record.data[0] & 0x80))
            take_record(a);
    }
    return a->state;
}

/* ---- names ---- */

const char *tls_alert_text(uint8_t alert)
{
    static const struct {
        uint8_t number;
        const char *text;
    } names[] = {
        {0, "alert: close notify"},
        {10, "alert: unexpected message"},
        {20, "alert: bad record mac"},
        {22, "alert: record overflow"},
        {TLS_ALERT_HANDSHAKE_FAILURE, "alert: handshake failure"},
        {42, "alert: bad certificate"},
        {43, "alert: unsupported certificate"},
        {47, "alert: illegal parameter"},
        {49, "alert: access denied"},
        {50, "alert: decode error"},
        {TLS_ALERT_PROTOCOL_VERSION, "alert: protocol version"},
        {TLS_ALERT_INSUFFICIENT_SECURITY, "alert: insufficient security"},
        {80, "alert: internal error"},
        {TLS_ALERT_INAPPROPRIATE_FALLBACK, "alert: inappropriate fallback"},
        {90, "alert: user canceled"},
        {109, "alert: missing extension"},
        {110, "alert: unsupported extension"},
        {TLS_ALERT_UNRECOGNIZED_NAME, "alert: unrecognized name"},
        {120, "alert: no application protocol"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == alert)
            return names[i].text;
    return "alert";
}

const char *tls_version_text(uint16_t version)
{
    static const char *const since_ssl3[] = {"SSL 3", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"};
    if (version == TLS_SSL2)
        return "SSL 2";
    return version >= TLS_SSL3 && version <= TLS_1_3 ? since_ssl3[version - TLS_SSL3] : "?";
}
