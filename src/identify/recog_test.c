/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "recog.h"

struct world {
    struct arena arena;
    struct smtp_regex_set regexes;
    struct signatures signatures;
    struct recog_counts counts;
    struct dialogue_problem problem;
};

static enum err load(struct world *w, const char *path, const char *text)
{
    static const struct octets products[] = {OCTETS_INIT("Exim"), OCTETS_INIT("Example Mailer")};
    *w = (struct world){0};
    arena_init(&w->arena, 1 << 20);
    signatures_init(&w->signatures, &w->arena, &w->regexes);
    const struct bundle_file f = {.path = path, .text = octets_of(text)};
    return recog_load(&w->signatures, &(struct recog_names){.at = products, .count = 2}, &f,
                      &w->counts, &w->problem);
}

static void release(struct world *w)
{
    smtp_regex_set_release(&w->regexes);
    arena_release(&w->arena);
}

#define ROW(attributes, params) "<fingerprint " attributes ">" params "</fingerprint>"
#define VENDOR(v)               "<param pos=\"0\" name=\"service.vendor\" value=\"" v "\"/>"
#define PRODUCT(p)              "<param pos=\"0\" name=\"service.product\" value=\"" p "\"/>"
#define VERSION(pos)            "<param pos=\"" pos "\" name=\"service.version\"/>"
#define LIST(rows)              "<?xml version='1.0'?><fingerprints>" rows "</fingerprints>"

static const struct row {
    const char *name, *path, *text;
    const char *heard;             /* with its code; NULL: nothing is loaded */
    const char *product, *version; /* product NULL: it does not match */
    bool is_unproven;
} rows[] = {
    {"a greeting, without its code", "xml/smtp_banners.xml",
     LIST(ROW("pattern=\"^(\\S+) Mail &lt;(\\d+)&gt;$\"",
              VENDOR("Maker") PRODUCT("Mail") VERSION("2"))),
     "220 mx Mail <7>", "Maker Mail", "7", true},
    {"a reply, with its code", "smtp_help.xml",
     LIST(ROW("pattern=\"^214[ -]Maker$\"", PRODUCT("Maker Mail"))), "214-Maker", "Maker Mail", "",
     true},
    {"a name that is ours but for its case", "smtp_banners.xml",
     LIST(ROW("pattern=\"exim\"", VENDOR("University") PRODUCT("exim"))), "220 exim", "Exim", "",
     false},
    {"a name that is ours with its vendor", "smtp_banners.xml",
     LIST(ROW("pattern=\"mailer\"", VENDOR("example") PRODUCT("mailer"))), "220 mailer",
     "Example Mailer", "", false},
    {"a product that repeats its vendor", "smtp_banners.xml",
     LIST(ROW("pattern=\"m\"", VENDOR("Maker") PRODUCT("Maker Mail"))), "220 m", "Maker Mail", "",
     true},
    {"case matters", "smtp_banners.xml", LIST(ROW("pattern=\"mail\"", PRODUCT("M"))), "220 MAIL",
     NULL, NULL, false},
    {"unless the row says so", "smtp_banners.xml",
     LIST(ROW("pattern=\"mail\" flags=\"REG_ICASE\"", PRODUCT("M"))), "220 MAIL", "M", "", true},
    {"a group that is not there", "smtp_banners.xml",
     LIST(ROW("pattern=\"mail\"", PRODUCT("M") VERSION("9"))), "220 mail", "M", "", true},
    {"MAIL has another name", "smtp_mailfrom.xml", LIST(ROW("pattern=\"mail\"", PRODUCT("M"))),
     "250 mail", "M", "", true},
};

static void test_row(void **state)
{
    const struct row *c = *state;
    struct world w;
    struct octets version = OCTETS_NONE;
    assert_int_equal(load(&w, c->path, c->text), ERR_OK);
    assert_int_equal(w.counts.loaded, 1);
    struct signature *one = &w.signatures.items[0];
    struct octets line = octets_of(c->heard);
    if (!one->has_code)
        line = octets_sub(line, 4, line.size);
    assert_int_equal(signature_matches(&w.signatures, one, line, &version), c->product != NULL);
    if (c->product) {
        kit_assert_text(one->product, c->product);
        kit_assert_text(version, c->version);
        assert_int_equal(one->is_unproven, c->is_unproven);
    }
    release(&w);
}

static void test_counts(void **state)
{
    static const char text[] =
        LIST(ROW("pattern=\"a\"", PRODUCT("A")) ROW("pattern=\"(\"", PRODUCT("B"))
                 ROW("pattern=\"b\"", VENDOR("C")) ROW("x=\"\"", PRODUCT("D")));
    struct world w;
    (void)state;
    assert_int_equal(load(&w, "smtp_ehlo.xml", text), ERR_OK);
    assert_int_equal(w.counts.loaded, 1);
    assert_int_equal(w.counts.refused, 2);
    assert_int_equal(w.counts.nameless, 1);
    release(&w);
    assert_int_equal(load(&w, "smtp_turn.xml", text), ERR_OK);
    assert_int_equal(w.counts.not_asked, 4);
    assert_int_equal(w.signatures.count, 0);
    release(&w);
}

static const struct hostile {
    const char *name, *text;
} hostile[] = {
    {"nothing", ""},
    {"no XML", "PRODUCT | /regex/ | EXAMPLE"},
    {"another document", "<html/>"},
    {"half a document", "<fingerprints><fingerprint pattern=\"a\">"},
    {"a document type", "<!DOCTYPE fingerprints><fingerprints/>"},
    {"entities that grow", "<!DOCTYPE f [<!ENTITY a \"aaaa\"><!ENTITY b "
                           "\"&a;&a;&a;&a;\">]><fingerprints>&b;</fingerprints>"},
    {"entities from outside",
     "<!DOCTYPE f [<!ENTITY a SYSTEM \"file:///etc/hostname\">]><fingerprints>&a;</fingerprints>"},
    {"an entity that nobody declared", "<fingerprints>&a;</fingerprints>"},
    {"elements in elements", "<fingerprints><a><a><a><a><a><a><a><a><a>"},
};

static void test_hostile(void **state)
{
    const struct hostile *c = *state;
    struct world w;
    assert_int_equal(load(&w, "smtp_banners.xml", c->text), ERR_SYNTAX);
    assert_true(w.problem.text[0]);
    assert_int_equal(w.signatures.count, 0);
    release(&w);
}

/* Every beginning of a file is a fault, and nothing worse. */
static void test_every_prefix(void **state)
{
    const struct row *c = *state;
    char text[600];
    for (size_t n = 0; n < strlen(c->text); n++) {
        struct world w;
        memcpy(text, c->text, n);
        text[n] = 0;
        assert_int_equal(load(&w, c->path, text), ERR_SYNTAX);
        release(&w);
    }
}

int main(void)
{
    struct CMUnitTest tests[2 * KIT_COUNT(rows) + KIT_COUNT(hostile) + 1] = {
        cmocka_unit_test(test_counts)};
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, rows, test_row);
    KIT_ADD_ROWS(tests, &count, rows, test_every_prefix);
    KIT_ADD_ROWS(tests, &count, hostile, test_hostile);
    return cmocka_run_group_tests_name("recog", tests, NULL, NULL);
}
