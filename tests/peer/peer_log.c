/* SPDX-License-Identifier: Apache-2.0 */
#include "peer_log.h"

#include <unistd.h>

#include "../../src/base/buf.h"

#define LOG_LINE_MAX ((size_t)8 << 20) /* an input buffer, each octet of which takes four */

static void append_quoted(struct buf *out, struct octets octets)
{
    static const char named[] = "\rr\nn\tt\\\\\"\"";
    buf_append_text(out, " \"");
    for (size_t i = 0; i < octets.size; i++) {
        uint8_t c = octets.at[i];
        const char *name = c ? strchr(named, c) : NULL;
        /* Each octet stands before its name; what is a name only, such as 'r', is itself. */
        if (name && (name - named) % 2 == 0)
            buf_append_format(out, "\\%c", name[1]);
        else if (c < 0x20 || c > 0x7e)
            buf_append_format(out, "\\x%02x", c);
        else
            buf_append_octet(out, c);
    }
    buf_append_text(out, "\"");
}

static void write_line(const struct peer_log *l, struct buf *line)
{
    buf_append_text(line, "\n");
    if (buf_error(line) || write(l->fd, line->data, line->size) != (ssize_t)line->size)
        (void)fprintf(stderr, "peer: the log cannot be written\n");
    buf_release(line);
}

void peer_log_event(const struct peer_log *l, unsigned connection, const char *event)
{
    struct buf line;
    buf_init(&line, LOG_LINE_MAX);
    buf_append_format(&line, "%u %s", connection, event);
    write_line(l, &line);
}

void peer_log_octets(const struct peer_log *l, unsigned connection, const char *event,
                     struct octets octets)
{
    struct buf line;
    buf_init(&line, LOG_LINE_MAX);
    buf_append_format(&line, "%u %s", connection, event);
    append_quoted(&line, octets);
    write_line(l, &line);
}
