/* SPDX-License-Identifier: Apache-2.0 */
#include "conf.h"

void conf_init(struct conf *c, struct octets text)
{
    *c = (struct conf){.rest = text};
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static struct octets without_comment(struct octets line)
{
    for (size_t i = 0; i < line.size; i++)
        if (line.at[i] == '#' && (i == 0 || is_blank(line.at[i - 1])))
            return octets_sub(line, 0, i);
    return line;
}

static bool has_control(struct octets o)
{
    for (size_t i = 0; i < o.size; i++)
        if ((o.at[i] < ' ' && o.at[i] != '\t') || o.at[i] == 0x7f)
            return true;
    return false;
}

static bool is_name(struct octets o)
{
    for (size_t i = 0; i < o.size; i++)
        if (!octet_is_alpha(o.at[i]) && !octet_is_digit(o.at[i]) && o.at[i] != '-')
            return false;
    return o.size > 0;
}

bool conf_next(struct conf *c, struct octets *ret_name, struct octets *ret_value)
{
    while (c->rest.size && !c->problem) {
        struct octets line = octets_take_until(&c->rest, '\n');
        c->line++;
        line = octets_trim(without_comment(line));
        if (!line.size)
            continue;
        size_t equals = octets_find_octet(line, '=', 0);
        struct octets name = octets_trim(octets_sub(line, 0, equals));
        struct octets value = octets_trim(octets_sub(line, equals + 1, line.size));
        if (has_control(line)) {
            c->problem = "holds a control character";
        } else if (equals == line.size || !is_name(name) || !value.size) {
            c->problem = "takes NAME = VALUE, such as level = identify";
        } else {
            *ret_name = name;
            *ret_value = value;
            return true;
        }
    }
    return false;
}
