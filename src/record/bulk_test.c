/* SPDX-License-Identifier: Apache-2.0 */
#include "bulk.h"

#include "../../tests/kit/kit.h"

/* ' stands for " in all texts. */
static const struct {
    const char *name, *line, *lean, *findings;
} rows[] = {
    {"what is compared stays, in its order", "{'type':'service','port':25,'host':'a'}",
     "{'type':'service','port':25,'host':'a'}", ""},
    {"bulk goes, wherever it stands",
     "{'reactions':[{'ask':'help'}],'type':'service','quit':{'code':221},'port':25,'cost':{}}",
     "{'type':'service','port':25}", ""},
    {"findings of a service are given apart",
     "{'type':'service','findings':[{'id':'a.b','evidence':['x']}],'port':25}",
     "{'type':'service','port':25}", "[{'id':'a.b','evidence':['x']}]"},
    {"those of a name stay too, for what they rest on is read",
     "{'type':'domain','findings':[{'id':'a.b'}]}", "{'type':'domain','findings':[{'id':'a.b'}]}",
     "[{'id':'a.b'}]"},
    {"software without why",
     "{'software':{'product':'X','evidence':[1],'claim':{'product':'Y','text':'t'}}}",
     "{'software':{'product':'X','claim':{'product':'Y'}}}", ""},
    {"the first line of a hello", "{'ehlo':{'code':250,'lines':['a','B'],'extensions':{'B':''}}}",
     "{'ehlo':{'code':250,'lines':['a'],'extensions':{'B':''}}}", ""},
    {"the first certificate of a chain",
     "{'tls':{'chain':[{'subject':'a','names':['b']},{'subject':'c'}]}}",
     "{'tls':{'chain':[{'subject':'a'}]}}", ""},
    {"what is of another type stays", "{'tls':[1],'ehlo':null,'software':'x','findings':3}",
     "{'tls':[1],'ehlo':null,'software':'x','findings':3}", "3"},
    {"empty lists and objects", "{'tls':{'chain':[]},'ehlo':{'ms':1}}",
     "{'tls':{'chain':[]},'ehlo':{}}", ""},
    {"blanks between", " { 'type' : 'service' , 'cost' : 1 , 'port' : 25 } ",
     "{'type':'service','port':25}", ""},
    {"no object", "[1]", NULL, NULL},
    {"nothing", "", NULL, NULL},
    {"half of one", "{'type':'service'", NULL, NULL},
    {"bulk that is no JSON", "{'type':'service','reactions':[}", NULL, NULL},
    {"something behind it", "{'type':'service'} x", NULL, NULL},
};

static struct octets quoted(struct buf *room, const char *text)
{
    size_t start = room->size;
    for (const char *c = text; *c; c++)
        buf_append_octet(room, *c == '\'' ? '"' : (uint8_t)*c);
    return octets_sub(buf_octets(room), start, room->size);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct record_lean lean;
        struct buf line, lean_room, wanted, findings;
        buf_init(&line, 4096);
        buf_init(&lean_room, 4096);
        buf_init(&wanted, 4096);
        buf_init(&findings, 4096);
        enum err e = record_lean_of(quoted(&line, rows[i].line), &lean_room, &lean);
        bool is_right =
            rows[i].lean ? !e && octets_is_equal(lean.line, quoted(&wanted, rows[i].lean)) &&
                               octets_is_equal(lean.findings, quoted(&findings, rows[i].findings))
                         : e == ERR_SYNTAX;
        if (!is_right)
            fail_msg("%s: %.*s", rows[i].name, e ? 0 : (int)lean.line.size,
                     e ? "" : (const char *)lean.line.at);
        buf_release(&line);
        buf_release(&lean_room);
        buf_release(&wanted);
        buf_release(&findings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
