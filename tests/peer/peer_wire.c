/* SPDX-License-Identifier: Apache-2.0 */
#include "peer_wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "../../src/base/clock.h"

#define INPUT_MAX   ((size_t)1 << 20)
#define READ_OCTETS 65536
#define PATIENCE_S  60 /* for a client that neither speaks nor goes */

void peer_wire_init(struct peer_wire *w, int fd, unsigned connection, const struct peer_log *log)
{
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int on = 1;
    *w = (struct peer_wire){.fd = fd, .connection = connection, .log = log};
    buf_init(&w->input, INPUT_MAX);
    /* What cannot be set shows as a test that takes longer. */
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void note(const struct peer_wire *w, const char *event)
{
    peer_log_event(w->log, w->connection, event);
}

/* ---- how it ends ---- */

static void leave_tls(struct peer_wire *w)
{
    SSL_free(w->tls);
    w->tls = NULL;
}

static void log_rest(struct peer_wire *w)
{
    struct octets rest = octets_sub(buf_octets(&w->input), w->logged, w->input.size);
    if (rest.size)
        peer_log_octets(w->log, w->connection, "rest", rest);
    w->logged = w->input.size;
}

static void end(struct peer_wire *w, const char *event)
{
    log_rest(w);
    if (!w->is_over)
        note(w, event);
    w->is_over = true;
}

/* Reading or writing gave `error`, or the end of the stream for 0. */
static void end_by_error(struct peer_wire *w, int error)
{
    if (w->was_reset || error == ECONNRESET)
        end(w, "RST");
    else if (error == EAGAIN || error == EWOULDBLOCK)
        end(w, "timeout");
    else
        end(w, "FIN"); /* EPIPE: the client ended in order and what we sent on was refused */
}

/* ---- reading ---- */

static void note_tls_failure(const struct peer_wire *w)
{
    char line[160];
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    (void)snprintf(line, sizeof line, "tls failed %s", reason ? reason : "without a reason");
    note(w, line);
}

/* How TLS read nothing: the connection has ended, or goes on in clear for what may still come. */
static void leave_tls_after(struct peer_wire *w, int result, int error)
{
    int why = SSL_get_error(w->tls, result);
    bool is_cut = why == SSL_ERROR_SSL &&
                  ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
    if (why == SSL_ERROR_SYSCALL || is_cut)
        end_by_error(w, is_cut ? 0 : error);
    else if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
        end_by_error(w, EAGAIN); /* what the socket's own deadline looks like */
    else if (why == SSL_ERROR_ZERO_RETURN)
        note(w, "close-notify");
    else
        note_tls_failure(w);
    leave_tls(w);
}

static size_t read_tls(struct peer_wire *w, uint8_t *data)
{
    ERR_clear_error();
    errno = 0;
    int n = SSL_read(w->tls, data, READ_OCTETS);
    if (n > 0)
        return (size_t)n;
    leave_tls_after(w, n, errno);
    return 0;
}

static size_t read_clear(struct peer_wire *w, uint8_t *data)
{
    ssize_t n = recv(w->fd, data, READ_OCTETS, 0);
    if (n > 0)
        return (size_t)n;
    end_by_error(w, n == 0 ? 0 : errno);
    return 0;
}

static void log_lines(struct peer_wire *w)
{
    struct octets input = buf_octets(&w->input);
    for (;;) {
        size_t line_end = octets_find_octet(input, '\n', w->logged);
        if (line_end == input.size)
            return;
        peer_log_octets(w->log, w->connection, "line", octets_sub(input, w->logged, line_end + 1));
        w->logged = line_end + 1;
    }
}

/* Reads once and logs what came.  False when the connection is over. */
static bool receive(struct peer_wire *w)
{
    uint8_t data[READ_OCTETS];
    if (w->is_over)
        return false;
    size_t n = w->tls ? read_tls(w, data) : read_clear(w, data);
    if (w->input.size + n > INPUT_MAX) { /* nobody takes it */
        log_rest(w);
        buf_clear(&w->input);
        w->logged = 0;
    }
    buf_append(&w->input, (struct octets){data, n});
    log_lines(w);
    return !w->is_over;
}

bool peer_wire_take_line(struct peer_wire *w, struct buf *line)
{
    size_t from = 0, at;
    while ((at = octets_find_octet(buf_octets(&w->input), '\n', from)) == w->input.size) {
        from = w->input.size;
        if (!receive(w))
            return false;
        from = w->input.size < from ? 0 : from;
    }
    buf_clear(line);
    buf_append(line, octets_sub(buf_octets(&w->input), 0, at + 1));
    buf_drop_front(&w->input, at + 1);
    w->logged -= at + 1;
    return true;
}

bool peer_wire_has_input(const struct peer_wire *w)
{
    int unread = 0;
    if (w->input.size || (w->tls && SSL_pending(w->tls)))
        return true;
    return ioctl(w->fd, FIONREAD, &unread) == 0 && unread > 0;
}

bool peer_wire_await(struct peer_wire *w)
{
    uint8_t first;
    if (w->is_over || w->input.size || w->tls)
        return !w->is_over;
    ssize_t n = recv(w->fd, &first, 1, MSG_PEEK);
    if (n <= 0)
        end_by_error(w, n == 0 ? 0 : errno);
    return n > 0;
}

/* Takes what has come already, and the end behind it. */
static void drain(struct peer_wire *w)
{
    while (receive(w)) {
        buf_clear(&w->input);
        w->logged = 0;
    }
}

/* ---- writing ---- */

static ssize_t write_some(struct peer_wire *w, struct octets o)
{
    errno = 0;
    if (!w->tls)
        return send(w->fd, o.at, o.size, MSG_NOSIGNAL);
    ERR_clear_error();
    int n = SSL_write(w->tls, o.at, (int)o.size);
    return n > 0 ? n : -1;
}

static bool write_all(struct peer_wire *w, struct octets o)
{
    while (o.size && !w->is_over) {
        ssize_t n = write_some(w, o);
        if (n < 0) {
            /* The kernel tells of a reset once: to whoever asks first. */
            w->was_reset = w->was_reset || errno == ECONNRESET;
            if (errno == EAGAIN)
                end_by_error(w, errno);
            drain(w);
            return false;
        }
        o = octets_sub(o, (size_t)n, o.size);
    }
    return !w->is_over;
}

bool peer_wire_send(struct peer_wire *w, struct octets o)
{
    size_t size = w->split ? w->split : o.size;
    while (o.size) {
        if (!write_all(w, octets_sub(o, 0, size)))
            return false;
        o = octets_sub(o, size, o.size);
        if (w->split && o.size && !peer_wire_pause(w, w->split_ms))
            return false;
    }
    return !w->is_over;
}

bool peer_wire_flood(struct peer_wire *w, struct octets pattern, uint64_t count)
{
    struct buf
        chunk; /* as many whole patterns as fit, so that the next chunk goes on where it ends */
    buf_init(&chunk, READ_OCTETS + pattern.size);
    while (chunk.size < READ_OCTETS)
        buf_append(&chunk, pattern);
    while (count && !w->is_over) {
        size_t size = count < chunk.size ? (size_t)count : chunk.size;
        if (!peer_wire_send(w, octets_sub(buf_octets(&chunk), 0, size)))
            break;
        count -= size;
    }
    buf_release(&chunk);
    return !w->is_over;
}

/* POLLRDHUP sees the client's end without reading what came before: a handshake may want that. */
bool peer_wire_pause(struct peer_wire *w, uint32_t ms)
{
    uint64_t until = clock_now_ms() + ms;
    struct pollfd p = {.fd = w->fd, .events = POLLRDHUP};
    for (uint64_t now = clock_now_ms(); now < until; now = clock_now_ms())
        if (poll(&p, 1, (int)(until - now)) > 0) {
            drain(w);
            return false;
        }
    return !w->is_over;
}

/* ---- TLS, and the end ---- */

bool peer_wire_start_tls(struct peer_wire *w, SSL_CTX *context)
{
    char line[64];
    w->tls = SSL_new(context);
    if (!w->tls || SSL_set_fd(w->tls, w->fd) != 1) {
        note_tls_failure(w);
        leave_tls(w);
        return false;
    }
    ERR_clear_error();
    errno = 0;
    int result = SSL_accept(w->tls);
    if (result != 1) {
        leave_tls_after(w, result, errno);
        return false;
    }
    (void)snprintf(line, sizeof line, "tls up %s", SSL_get_version(w->tls));
    note(w, line);
    return true;
}

void peer_wire_shut_down(struct peer_wire *w)
{
    if (w->tls)
        (void)SSL_shutdown(w->tls); /* a client that has gone is seen by the reads to come */
    (void)shutdown(w->fd, SHUT_WR);
}

static void release(struct peer_wire *w)
{
    leave_tls(w);
    (void)close(w->fd);
    buf_release(&w->input);
}

void peer_wire_finish(struct peer_wire *w)
{
    peer_wire_shut_down(w);
    drain(w);
    release(w);
}

void peer_wire_reset(struct peer_wire *w)
{
    struct linger at_once = {.l_onoff = 1};
    (void)setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    end(w, "reset");
    release(w);
}
