/* SPDX-License-Identifier: Apache-2.0 */
#include "test_names.h"

#include "name.h"

static const struct {
    const char *name;
    enum dns_type type;
} types[] = {
    {"A", DNS_TYPE_A},     {"AAAA", DNS_TYPE_AAAA},   {"MX", DNS_TYPE_MX},   {"TXT", DNS_TYPE_TXT},
    {"PTR", DNS_TYPE_PTR}, {"CNAME", DNS_TYPE_CNAME}, {"SOA", DNS_TYPE_SOA}, {"TIMEOUT", 0},
};

void test_names_init(struct test_names *n)
{
    n->count = n->questions = 0;
    buf_init(&n->asked, 65536);
}

void test_names_release(struct test_names *n)
{
    buf_release(&n->asked);
}

void test_names_add(struct test_names *n, struct octets name, struct octets type,
                    struct octets data)
{
    assert_true(n->count < TEST_NAMES_ROWS);
    struct test_name *row = &n->rows[n->count++];
    *row = (struct test_name){.name = name, .data = data};
    for (size_t i = 0; i < KIT_COUNT(types); i++)
        if (octets_is_equal(type, octets_of(types[i].name)))
            row->type = types[i].name;
    assert_non_null(row->type);
}

void test_names_add_lines(struct test_names *n, const char *lines)
{
    struct octets rest = octets_of(lines);
    while (rest.size) {
        struct octets line = octets_take_until(&rest, '\n');
        struct octets name = octets_take_until(&line, ' ');
        struct octets type = octets_take_until(&line, ' ');
        test_names_add(n, name, type, line);
    }
}

/* As it stands in a message. */
static bool is_name(struct octets plain, struct octets asked)
{
    struct buf escaped;
    buf_init(&escaped, 4096);
    dns_name_append_escaped(&escaped, dns_name_without_dot(plain));
    bool is_same = octets_is_equal_nocase(buf_octets(&escaped), asked);
    buf_release(&escaped);
    return is_same;
}

static void fill(const struct test_name *row, enum dns_type type, struct dns_record *r)
{
    struct octets data = row->data;
    uint64_t preference = 0;
    *r = (struct dns_record){.owner = row->name, .type = type, .text = data};
    if (type == DNS_TYPE_MX)
        assert_true(octets_to_number(octets_take_until(&data, ' '), 65535, &preference));
    r->preference = (uint16_t)preference;
    r->name = data.size ? data : OCTETS(".");
    if (type == DNS_TYPE_A || type == DNS_TYPE_AAAA)
        assert_true(address_parse(data, &r->address));
}

static const char *type_name(enum dns_type type)
{
    for (size_t i = 0; i < KIT_COUNT(types); i++)
        if (types[i].type == type)
            return types[i].name;
    fail_msg("a type that no test has");
    return NULL;
}

/* The answer for one name, aliases not followed; *ret_alias is where one leads. */
static struct dns_answer look_up(struct test_names *n, struct octets name, enum dns_type type,
                                 struct octets *ret_alias)
{
    struct dns_answer a = {.status = DNS_NO_SUCH_NAME, .records = n->records};
    bool has_timeout = false;
    *ret_alias = OCTETS_NONE;
    for (size_t i = 0; i < n->count; i++) {
        const struct test_name *row = &n->rows[i];
        bool is_below = name.size && dns_name_is_under(row->name, name);
        if (is_below && a.status == DNS_NO_SUCH_NAME)
            a.status = DNS_NO_DATA;
        if (!is_name(row->name, name))
            continue;
        a.status = a.count ? DNS_FOUND : DNS_NO_DATA;
        has_timeout = has_timeout || octets_is_equal(octets_of(row->type), OCTETS("TIMEOUT"));
        if (octets_is_equal(octets_of(row->type), OCTETS("CNAME")))
            *ret_alias = row->data;
        if (octets_is_equal(octets_of(row->type), octets_of(type_name(type)))) {
            fill(row, type, &n->records[a.count++]);
            a.status = DNS_FOUND;
        }
    }
    if (has_timeout && !a.count)
        a.status = DNS_FAILED;
    return a;
}

struct dns_answer test_names_answer(struct test_names *n, const struct dns_question *q)
{
    struct octets name = q->name, alias;
    n->questions++;
    buf_append(&n->asked, name);
    buf_append_format(&n->asked, " %s;", type_name(q->type));
    for (int i = 0; i < 8; i++) {
        struct dns_answer a = look_up(n, name, q->type, &alias);
        if (a.count || !alias.size)
            return a;
        name = alias;
    }
    return (struct dns_answer){.status = DNS_FAILED};
}
