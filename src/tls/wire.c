/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

/* With nothing to read it is to be asked again, and is not at its end. */
static int take(BIO *b, char *at, size_t size, size_t *ret_size)
{
    struct tls_wire *w = BIO_get_data(b);
    struct octets head = octets_sub(w->in, 0, size);
    BIO_clear_retry_flags(b);
    *ret_size = head.size;
    if (!head.size) {
        BIO_set_retry_read(b);
        return 0;
    }
    memcpy(at, head.at, head.size);
    w->in = octets_sub(w->in, head.size, w->in.size);
    return 1;
}

static int collect(BIO *b, const char *at, size_t size, size_t *ret_size)
{
    struct tls_wire *w = BIO_get_data(b);
    BIO_clear_retry_flags(b);
    buf_append(&w->out, (struct octets){(const uint8_t *)at, size});
    *ret_size = size;
    return buf_error(&w->out) == ERR_OK;
}

static long control(BIO *b, int command, long number, void *pointer)
{
    (void)b;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *tls_wire_method(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
    if (!m)
        return NULL;
    if (BIO_meth_set_read_ex(m, take) == 1 && BIO_meth_set_write_ex(m, collect) == 1 &&
        BIO_meth_set_ctrl(m, control) == 1)
        return m;
    BIO_meth_free(m);
    return NULL;
}

BIO *tls_wire_bio(const BIO_METHOD *method, struct tls_wire *w)
{
    BIO *b = BIO_new(method);
    if (!b)
        return NULL;
    BIO_set_data(b, w);
    BIO_set_init(b, 1);
    return b;
}
