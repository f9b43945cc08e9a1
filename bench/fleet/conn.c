/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve.h"

#define LINE_MAX_OCTETS ((size_t)64 * 1024) /* without its end: nobody says that to a server */

static int descriptor(const struct serve *s, const struct conn *c)
{
    return (int)(c - s->conns);
}

void conn_close(struct serve *s, int fd, bool resets)
{
    static const struct linger at_once = {.l_onoff = 1};
    struct conn *c = &s->conns[fd];
    if (c->is_pending)
        wheel_remove(&s->wheel, &c->hook);
    if (c->crypt.ssl)
        crypt_release(&c->crypt);
    free(c->rest);
    c->rest = NULL;
    c->rest_size = 0;
    c->is_pending = c->is_open = false;
    c->generation++;
    s->open--;
    if (resets)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

/* ---- out ---- */

static uint8_t write_address(char *out, size_t room, const struct address *a)
{
    struct buf text;
    buf_init(&text, room);
    address_append(&text, a);
    uint8_t size = (uint8_t)text.size;
    if (size)
        memcpy(out, text.data, size);
    buf_release(&text);
    return size;
}

#define VIEW(array, size) ((struct octets){(const uint8_t *)(array), (size)})

static size_t render(struct serve *s, struct conn *c, const struct script *script)
{
    struct script_values v = {.noise = c->talk.noise + c->talk.commands, .clock = &s->clock};
    if (script->uses & 1u << SCRIPT_CLIENT && !c->client_size)
        c->client_size = write_address(c->client, sizeof c->client, &c->peer);
    if (script->uses & 1u << SCRIPT_TARGET && !c->target_size)
        c->target_size = write_address(c->target, sizeof c->target, &c->local);
    if (script->uses & (1u << SCRIPT_HOST | 1u << SCRIPT_DOMAIN) && !c->host_size)
        c->host_size = (uint8_t)draw_host(&c->talk.who, c->host);
    if (script->uses & 1u << SCRIPT_DATE)
        script_clock_set(&s->clock, (uint64_t)time(NULL));
    v.of[SCRIPT_HOST] = VIEW(c->host, c->host_size);
    v.of[SCRIPT_DOMAIN] = octets_sub(v.of[SCRIPT_HOST], 3, c->host_size); /* behind "mx." */
    v.of[SCRIPT_ME] = VIEW(c->talk.me.at, c->talk.me.size);
    v.of[SCRIPT_SENDER] = VIEW(c->talk.sender.at, c->talk.sender.size);
    v.of[SCRIPT_CLIENT] = VIEW(c->client, c->client_size);
    v.of[SCRIPT_TARGET] = VIEW(c->target, c->target_size);
    return script_say(script, &v, s->out, sizeof s->out);
}

/* Sends all, or closes; false when it has closed. */
static bool put(struct serve *s, struct conn *c, struct octets o)
{
    ssize_t n = o.size ? send(descriptor(s, c), o.at, o.size, MSG_NOSIGNAL) : 0;
    if (n == (ssize_t)o.size)
        return true;
    if (n >= 0 || errno == EAGAIN)
        s->counts->cut++;
    else
        s->counts->left++;
    conn_close(s, descriptor(s, c), true);
    return false;
}

static bool put_wire(struct serve *s, struct conn *c)
{
    for (size_t n; (n = crypt_take(&c->crypt, s->out, sizeof s->out)) > 0;)
        if (!put(s, c, VIEW(s->out, n)))
            return false;
    return true;
}

static bool say(struct serve *s, struct conn *c, const struct script *script)
{
    struct octets plain = VIEW(s->out, render(s, c, script));
    s->counts->refusals += script->code == 421;
    if (!c->crypt.ssl)
        return put(s, c, plain);
    crypt_write(&c->crypt, plain);
    return put_wire(s, c);
}

/* Does what the act wants; false when the connection is closed. */
static bool perform(struct serve *s, struct conn *c, struct talk_act act)
{
    int fd = descriptor(s, c);
    if (act.resets) {
        conn_close(s, fd, true);
        return false;
    }
    if (act.says && !say(s, c, act.says))
        return false;
    if (act.starts_tls && crypt_start(&c->crypt, s->tls)) {
        s->counts->failed++;
        conn_close(s, fd, true);
        return false;
    }
    if (!act.closes)
        return true;
    if (c->crypt.ssl) {
        crypt_end(&c->crypt);
        if (!put_wire(s, c))
            return false;
    }
    conn_close(s, fd, false);
    return false;
}

/* At once, or when this address would; false when nothing more is to be heard now. */
static bool act(struct serve *s, struct conn *c, struct talk_act what, uint32_t delay_ms)
{
    if (!delay_ms)
        return perform(s, c, what);
    c->act = what;
    c->is_pending = true;
    wheel_add(&s->wheel, &c->hook, s->now_ms + delay_ms);
    return false;
}

/* ---- in ---- */

static void keep_rest(struct serve *s, struct conn *c, struct octets rest)
{
    uint8_t *copy = NULL;
    if (rest.size) {
        copy = malloc(rest.size);
        if (!copy || rest.size > LINE_MAX_OCTETS) {
            free(copy);
            s->counts->failed++;
            conn_close(s, descriptor(s, c), true);
            return;
        }
        memcpy(copy, rest.at, rest.size);
    }
    free(c->rest);
    c->rest = copy;
    c->rest_size = rest.size;
}

/* Hears line by line, until an act has to wait or the connection ends. */
static void hear(struct serve *s, struct conn *c, struct octets data)
{
    while (data.size) {
        size_t end = octets_find_octet(data, '\n', 0);
        if (end == data.size)
            break;
        struct octets line = octets_sub(data, 0, end + 1);
        data = octets_sub(data, end + 1, data.size);
        s->counts->commands++;
        struct talk_act what = talk_hear(&c->talk, line);
        uint32_t delay = draw_delay(s->rules, &c->talk.who, c->talk.commands);
        if (what.starts_tls)
            data.size = 0; /* what was sent ahead of the handshake is no part of it */
        if (!act(s, c, what, delay)) {
            if (!c->is_pending)
                return;
            break;
        }
    }
    if (data.size || c->rest_size)
        keep_rest(s, c, data);
}

/* Puts what was left over in front of what is read next. */
static size_t take_rest(struct serve *s, struct conn *c)
{
    size_t n = c->rest_size;
    if (n)
        memcpy(s->in, c->rest, n);
    return n;
}

static void take_plain(struct serve *s, struct conn *c, size_t size)
{
    struct octets data = VIEW(s->in, size);
    if (c->is_pending)
        keep_rest(s, c, data);
    else
        hear(s, c, data);
}

static void take_wire(struct serve *s, struct conn *c, size_t size)
{
    bool was_up = c->crypt.is_up;
    bool is_well = crypt_feed(&c->crypt, VIEW(s->in, size));
    if (!put_wire(s, c))
        return;
    if (!is_well) {
        s->counts->left++;
        conn_close(s, descriptor(s, c), false);
        return;
    }
    if (c->crypt.is_up && !was_up) {
        s->counts->handshakes++;
        talk_secure(&c->talk);
    }
    if (!c->crypt.is_up)
        return;
    size_t n = take_rest(s, c), had = n, more;
    while ((more = crypt_read(&c->crypt, s->in + n, sizeof s->in - n)) > 0)
        n += more;
    if (n > had)
        take_plain(s, c, n);
}

void conn_read(struct serve *s, int fd)
{
    struct conn *c = &s->conns[fd];
    size_t had = c->crypt.ssl ? 0 : take_rest(s, c);
    ssize_t n = recv(fd, s->in + had, sizeof s->in - had, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        s->counts->left++;
        conn_close(s, fd, false);
    } else if (c->crypt.ssl) {
        take_wire(s, c, (size_t)n);
    } else {
        take_plain(s, c, had + (size_t)n);
    }
}

void conn_due(struct serve *s, struct wheel_hook *hook)
{
    struct conn *c = (struct conn *)(void *)((char *)hook - offsetof(struct conn, hook));
    c->is_pending = false;
    if (perform(s, c, c->act) && c->rest_size)
        hear(s, c, VIEW(s->in, take_rest(s, c)));
}

void conn_open(struct serve *s, int fd, const struct address *local, const struct address *peer)
{
    struct conn *c = &s->conns[fd];
    struct draw who;
    draw_address(s->rules, s->cast, local, &who);
    c->is_open = true;
    c->local = *local;
    c->peer = *peer;
    c->host_size = c->client_size = c->target_size = 0;
    s->counts->sessions++;
    if (++s->open > s->counts->peak)
        s->counts->peak = s->open;
    talk_init(&c->talk, s->cast, &who, who.hash ^ s->counts->sessions << 20);
    (void)act(s, c, talk_greet(&c->talk), draw_delay(s->rules, &who, 0));
}
