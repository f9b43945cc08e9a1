/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/base/buf.h"
#include "../src/cli/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_ok)
{
    if (!is_ok)
        abort();
}

/* A setting has two parts and its line; written as it was read, it is read the same again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct octets name, value, again_name, again_value;
    struct conf c, again;
    unsigned line = 0;
    conf_init(&c, (struct octets){data, size});
    while (conf_next(&c, &name, &value)) {
        struct buf text;
        check(name.size && value.size && c.line > line && !c.problem);
        line = c.line;
        buf_init(&text, size + 10);
        buf_append(&text, name);
        buf_append_octet(&text, '=');
        buf_append(&text, value);
        conf_init(&again, buf_octets(&text));
        check(conf_next(&again, &again_name, &again_value));
        check(octets_is_equal(name, again_name) && octets_is_equal(value, again_value));
        buf_release(&text);
    }
    check(c.problem || c.rest.size == 0);
    return 0;
}
