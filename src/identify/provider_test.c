/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "provider.h"

struct world {
    struct arena arena;
    struct smtp_regex_set regexes;
    struct providers providers;
    struct dialogue_problem problem;
};

static enum err load(struct world *w, const char *text)
{
    *w = (struct world){0};
    arena_init(&w->arena, 1 << 20);
    providers_init(&w->providers, &w->arena, &w->regexes);
    const struct bundle_file f = {.path = "providers/test.txt", .text = octets_of(text)};
    return providers_load(&w->providers, &f, &w->problem);
}

static void release(struct world *w)
{
    smtp_regex_set_release(&w->regexes);
    arena_release(&w->arena);
}

static const struct name {
    const char *name, *pattern, *host;
    bool matches;
} names[] = {
    {"a name is itself", "mx.example.org", "mx.example.org", true},
    {"case does not matter", "mx.example.org", "MX.Example.ORG", true},
    {"nor does the root", "mx.example.org", "mx.example.org.", true},
    {"a name is not what is below it", "example.org", "mx.example.org", false},
    {"a dot means any name below", ".example.org", "a.mx.example.org", true},
    {"but not the name itself", ".example.org", "example.org", false},
    {"nor a part of a label", ".example.org", "myexample.org", false},
    {"nor an empty label", ".example.org", ".example.org", false},
    {"an asterisk is what the certificate has", "*.example.org", "*.example.org", true},
    {"and no wildcard", "*.example.org", "mx.example.org", false},
};

static void test_name(void **state)
{
    const struct name *c = *state;
    assert_int_equal(provider_name_matches(octets_of(c->pattern), octets_of(c->host)), c->matches);
}

static const struct wrong {
    const char *name, *text;
    unsigned line;
} wrong[] = {
    {"known by nothing", "provider X\nsource a test\n", 1},
    {"no source", "provider X\nmx .example.org\n", 1},
    {"a greeting without example", "provider X\ngreeting /a/\nsource a test\n", 1},
    {"an example without greeting", "provider X\nmx a.example\nexample a\nsource a test\n", 1},
    {"no host name", "provider X\nmx a b\n", 2},
    {"a greeting without slashes", "provider X\ngreeting hello\n", 2},
    {"two products", "provider X\nproduct A\nproduct B\n", 3},
    {"an unknown key", "provider X\nin greeting\n", 2},
};

static void test_wrong(void **state)
{
    const struct wrong *c = *state;
    struct world w;
    assert_int_equal(load(&w, c->text), ERR_SYNTAX);
    assert_int_equal(w.problem.line, c->line);
    release(&w);
}

static const char sample[] = "provider One\n"
                             "about    hosted mailboxes\n"
                             "mx       .one.example\n"
                             "certificate *.one.example\n"
                             "greeting /^one ESMTP/\n"
                             "greeting /^uno ESMTP/\n"
                             "example  uno ESMTP\n"
                             "counter  two ESMTP\n"
                             "runs     Postfix\n"
                             "product  One MTA\n"
                             "source   a test\n"
                             "seen     2023\n"
                             "\n"
                             "provider Two\n"
                             "mx       mx.two.example\n"
                             "certificate .two.example\n"
                             "greeting /^two ESMTP/\n"
                             "example  two ESMTP\n"
                             "source   a test\n";

#define MX          (1u << PROVIDER_BY_MX)
#define CERTIFICATE (1u << PROVIDER_BY_CERTIFICATE)
#define GREETING    (1u << PROVIDER_BY_GREETING)

static const struct found {
    const char *name, *host, *certificate, *greeting;
    const char *provider; /* NULL: none */
    unsigned by;
} founds[] = {
    {"by its name", "in.one.example", "a.example", "220 mx", "One", MX},
    {"by its certificate", "a.example", "*.one.example", "220 mx", "One", CERTIFICATE},
    {"by its greeting", "a.example", "a.example", "220 uno ESMTP", "One", GREETING},
    {"by all three", "a.one.example", "*.one.example", "220 one ESMTP", "One",
     MX | CERTIFICATE | GREETING},
    {"two grounds outweigh one", "a.one.example", "*.two.example", "220 two ESMTP", "Two",
     CERTIFICATE | GREETING},
    {"a name outweighs a greeting", "mx.two.example", "", "220 one ESMTP", "Two", MX},
    {"a certificate outweighs a greeting", "", "*.two.example", "220 one ESMTP", "Two",
     CERTIFICATE},
    {"by nothing", "a.example", "one.example", "220 mx one ESMTP", NULL, 0},
    {"not when nothing was heard", "in.one.example", NULL, NULL, NULL, 0},
};

static void test_find(void **state)
{
    const struct found *c = *state;
    struct octets name = octets_of(c->certificate), line = octets_of(c->greeting);
    struct facts_certificate leaf = {.names = &name, .name_count = 1};
    struct facts_visit v = {.host = octets_of(c->host),
                            .greeting = {.lines = &line, .line_count = c->greeting != NULL},
                            .tls = {.is_up = c->certificate != NULL,
                                    .chain = &leaf,
                                    .chain_count = c->certificate != NULL}};
    struct world w;
    struct provider_hit hit = {0};
    assert_int_equal(load(&w, sample), ERR_OK);
    assert_int_equal(provider_find(&w.providers, &v, &hit), c->provider != NULL);
    if (c->provider) {
        kit_assert_text(hit.provider->name, c->provider);
        assert_int_equal(hit.by, c->by);
    }
    release(&w);
}

static void test_load(void **state)
{
    struct world w;
    const char *path = "";
    (void)state;
    assert_int_equal(load(&w, sample), ERR_OK);
    assert_int_equal(w.providers.count, 2);
    const struct provider *one = &w.providers.items[0];
    kit_assert_text(one->product, "One MTA");
    kit_assert_text(one->runs.at[0].text, "Postfix");
    assert_int_equal(one->greeting_count, 2);
    assert_int_equal(providers_verify(&w.providers, &path, &w.problem), ERR_OK);
    release(&w);
}

static const struct unverified {
    const char *name, *text;
    unsigned line;
} unverified[] = {
    {"a greeting that does not compile", "provider X\ngreeting /(/\nexample (\nsource t\n", 2},
    {"an example that does not match", "provider X\ngreeting /a/\nexample b\nsource t\n", 3},
    {"a counter that matches", "provider X\ngreeting /a/\nexample a\ncounter ba\nsource t\n", 4},
};

static void test_unverified(void **state)
{
    const struct unverified *c = *state;
    struct world w;
    const char *path = "";
    assert_int_equal(load(&w, c->text), ERR_OK);
    assert_int_equal(providers_verify(&w.providers, &path, &w.problem), ERR_SYNTAX);
    assert_string_equal(path, "providers/test.txt");
    assert_int_equal(w.problem.line, c->line);
    release(&w);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(names) + KIT_COUNT(wrong) + KIT_COUNT(founds) +
                            KIT_COUNT(unverified) + 1] = {cmocka_unit_test(test_load)};
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, names, test_name);
    KIT_ADD_ROWS(tests, &count, wrong, test_wrong);
    KIT_ADD_ROWS(tests, &count, unverified, test_unverified);
    KIT_ADD_ROWS(tests, &count, founds, test_find);
    return cmocka_run_group_tests_name("provider", tests, NULL, NULL);
}
