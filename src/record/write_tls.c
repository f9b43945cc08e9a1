/* SPDX-License-Identifier: Apache-2.0 */
#include "write_parts.h"

#define SHA512_OCTETS 64

static void put_hash(struct json *j, const char *name, const uint8_t *hash, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t hex[2 * SHA512_OCTETS];
    for (size_t i = 0; i < size; i++) {
        hex[2 * i] = (uint8_t)digits[hash[i] >> 4];
        hex[2 * i + 1] = (uint8_t)digits[hash[i] & 15];
    }
    json_put_octets(j, name, (struct octets){hex, 2 * size});
}

void record_put_sha256(struct json *j, const char *name, const uint8_t *hash)
{
    put_hash(j, name, hash, 32);
}

void record_put_sha512(struct json *j, const char *name, const uint8_t *hash)
{
    put_hash(j, name, hash, SHA512_OCTETS);
}

/* The name of the question is the member's, so that nobody has to search a list. */
static void add_answer(struct json *j, enum facts_tls_ask ask, const struct facts_tls_answer *a)
{
    if (!a->answer)
        return;
    json_put_open_object(j, facts_tls_ask_name(ask));
    json_put_text(j, "answer", facts_answer_name(a->answer));
    json_put_octets_if(j, a->answer == FACTS_ANSWER_YES ? "seen" : "reason", a->words);
    json_put_close_object(j);
}

void record_put_tls_probe(struct json *j, const struct facts_tls_probe *p)
{
    json_put_open_object(j, "tls_probe");
    json_put_number(j, "connections", p->connections);
    json_put_open_object(j, "answers");
    for (unsigned i = 0; i < FACTS_TLS__COUNT; i++)
        add_answer(j, (enum facts_tls_ask)i, &p->answers[i]);
    json_put_close_object(j);
    if (p->group_count) {
        json_put_open_array(j, "groups");
        for (size_t i = 0; i < p->group_count; i++)
            json_put_text(j, NULL, p->groups[i]);
        json_put_close_array(j);
    }
    if (p->dh_bits)
        json_put_number(j, "dh_bits", p->dh_bits);
    if (p->has_leaf)
        record_put_sha256(j, "leaf", p->leaf_sha256);
    if (p->has_nameless_leaf)
        record_put_sha256(j, "nameless_leaf", p->nameless_leaf_sha256);
    json_put_close_object(j);
}
