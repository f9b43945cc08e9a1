/* SPDX-License-Identifier: Apache-2.0 */
#include "interrupt.h"

static void on_signal(uv_signal_t *handle, int number)
{
    struct interrupt *i = handle->data;
    (void)number;
    i->has_come = true;
    run_interrupt(i->run);
    i->setup->dns = setup_dns_counts(i->setup);
    resolver_free(i->setup->resolver);
    i->setup->resolver = NULL;
}

void interrupt_watch(struct interrupt *i, struct setup *setup, struct run *run)
{
    const int numbers[] = {SIGINT, SIGTERM};
    *i = (struct interrupt){.setup = setup, .run = run};
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        i->signals[k].data = i;
        if (uv_signal_init(&setup->loop.uv, &i->signals[k]) ||
            uv_signal_start(&i->signals[k], on_signal, numbers[k]))
            fprintf(stderr, "smtpscan: signals are not watched\n");
        uv_unref((uv_handle_t *)&i->signals[k]);
    }
}

void interrupt_ignore(struct interrupt *i)
{
    for (size_t k = 0; k < sizeof i->signals / sizeof *i->signals; k++)
        uv_close((uv_handle_t *)&i->signals[k], NULL);
}
