/* SPDX-License-Identifier: Apache-2.0 */
#include "reply.h"

const char *smtp_anomaly_name(enum smtp_anomaly_bit bit)
{
    static const char *const names[] = {
#define X(id, name, text) name,
        SMTP_ANOMALY_MAP(X)
#undef X
    };
    return bit < SMTP_ANOMALY__COUNT ? names[bit] : "?";
}

uint16_t smtp_line_code(struct octets line)
{
    unsigned code = 0;
    if (line.size < 3)
        return 0;
    for (size_t i = 0; i < 3; i++) {
        if (!octet_is_digit(line.at[i]))
            return 0;
        code = 10 * code + (line.at[i] - (unsigned)'0');
    }
    return (uint16_t)code;
}

struct octets smtp_line_text(struct octets line)
{
    if (!smtp_line_code(line))
        return line;
    size_t from = line.size > 3 && (line.at[3] == ' ' || line.at[3] == '-') ? 4 : 3;
    return octets_sub(line, from, line.size);
}

struct octets smtp_line_enhanced(struct octets line)
{
    struct octets rest = smtp_line_text(line);
    struct octets word = octets_take_word(&rest);
    struct octets left = word;
    for (int part = 0; part < 3; part++) {
        uint64_t n;
        if (!octets_to_number(octets_take_until(&left, '.'), 999, &n) || (part == 0 && n > 5))
            return OCTETS_NONE;
    }
    return left.size ? OCTETS_NONE : word;
}

static bool has_control(struct octets line)
{
    if (octets_is_printable_but(line, '\t', '\t'))
        return false;
    for (size_t i = 0; i < line.size; i++)
        if ((line.at[i] < 0x20 && line.at[i] != '\t') || line.at[i] == 0x7f)
            return true;
    return false;
}

/* Reads one line, its end excluded; true when it is the last one of the reply. */
static bool parse_line(struct octets line, struct smtp_reply *r)
{
    if (line.size + 2 > SMTP_REPLY_LINE_MAX)
        r->anomalies |= SMTP_ANOMALY_LONG_LINE;
    if (has_control(line))
        r->anomalies |= SMTP_ANOMALY_CONTROL;

    uint16_t code = smtp_line_code(line);
    if (!code) {
        r->anomalies |= SMTP_ANOMALY_NO_CODE;
        return r->lines == 1; /* within a reply of several lines, its end is still to come */
    }
    if (r->lines == 1)
        r->code = code;
    else if (code != r->code)
        r->anomalies |= SMTP_ANOMALY_CODE_CHANGED;

    if (line.size == 3 || line.at[3] == ' ')
        return true;
    if (line.at[3] == '-')
        return false;
    r->anomalies |= SMTP_ANOMALY_BAD_SEPARATOR;
    return true;
}

enum smtp_parse smtp_reply_parse(struct smtp_reply *r, struct octets in)
{
    while (r->size < in.size) {
        size_t end = octets_find_octet(in, '\n', r->size);
        if (end == in.size || end >= SMTP_REPLY_MAX)
            break;
        struct octets line = octets_sub(in, r->size, end);
        if (line.size && line.at[line.size - 1] == '\r')
            line.size--;
        else
            r->anomalies |= SMTP_ANOMALY_BARE_LF;
        r->size = end + 1;
        r->lines++;
        if (parse_line(line, r))
            return SMTP_PARSE_DONE;
        if (r->lines == SMTP_REPLY_LINES_MAX)
            return SMTP_PARSE_LIMIT;
    }
    return in.size >= SMTP_REPLY_MAX ? SMTP_PARSE_LIMIT : SMTP_PARSE_MORE;
}

struct octets smtp_reply_take_line(struct octets *rest)
{
    struct octets line = octets_take_until(rest, '\n');
    if (line.size && line.at[line.size - 1] == '\r')
        line.size--;
    return line;
}
