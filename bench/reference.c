/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

/*
 * The bare loop: connect, greeting, EHLO, QUIT, 221, with raw epoll and nothing else; with --tls,
 * STARTTLS, a handshake, and EHLO again before QUIT.  What a session costs at the least; a scanner is
 * held against it in one and the same run.
 *
 *   reference [--tls] PORT CONCURRENT COUNT [FIRST]    COUNT addresses upwards from FIRST (127.1.0.0)
 *   reference [--tls] PORT CONCURRENT < ADDRESSES      one a line
 *
 * The chain is verified against the system's roots, whatever comes of it, as a scanner does.
 */
#define EVENTS_MAX 512
#define PATIENCE_S 30 /* for a session that does not move */

enum step { CONNECTING, GREETING, EHLO, STARTTLS, SHAKING, SECURE, QUIT };

struct session {
    enum step step;
    bool is_open;
    char tail[4]; /* first octets of the line under way: its code and separator */
    size_t line;  /* octets of it */
    time_t since;
    SSL *tls;
};

static struct {
    struct session *sessions; /* by descriptor */
    size_t room, open, at_once, next, count;
    uint32_t first, *addresses;
    uint16_t port;
    int epoll;
    SSL_CTX *tls; /* NULL: all in clear */
    size_t answered, closed, refused, late, failed;
    time_t now;
} run;

static bool read_addresses(void)
{
    char line[64];
    size_t room = 0;
    while (fgets(line, sizeof line, stdin)) {
        struct in_addr a;
        line[strcspn(line, "\r\n\t ")] = 0;
        if (!inet_aton(line, &a))
            continue;
        if (run.count == room) {
            room = room ? 2 * room : 4096;
            uint32_t *more = realloc(run.addresses, room * sizeof *more);
            if (!more)
                return false;
            run.addresses = more;
        }
        run.addresses[run.count++] = ntohl(a.s_addr);
    }
    return true;
}

static void end(int fd, size_t *counter, bool resets)
{
    static const struct linger at_once = {.l_onoff = 1};
    run.sessions[fd].is_open = false;
    run.open--;
    ++*counter;
    if (resets)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    SSL_free(run.sessions[fd].tls);
    run.sessions[fd].tls = NULL;
    close(fd);
}

static bool start(void)
{
    static const int on = 1;
    size_t i = run.next;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(run.port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    if ((size_t)fd >= run.room) {
        close(fd);
        return false;
    }
    run.next++;
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    to.sin_addr.s_addr = htonl(run.addresses ? run.addresses[i] : run.first + (uint32_t)i);
    run.sessions[fd] = (struct session){.is_open = true, .since = run.now};
    run.open++;
    if (connect(fd, (struct sockaddr *)(void *)&to, sizeof to) && errno != EINPROGRESS) {
        end(fd, &run.refused, false);
        return true;
    }
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(run.epoll, EPOLL_CTL_ADD, fd, &e))
        end(fd, &run.failed, true);
    return true;
}

/* Whether these octets end a reply: a line whose fourth is no hyphen. */
static bool ends_reply(struct session *s, const char *data, size_t size)
{
    bool is_last = false;
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '\n') {
            is_last = is_last || s->line < 4 || s->tail[3] != '-';
            s->line = 0;
        } else if (s->line++ < sizeof s->tail) {
            s->tail[s->line - 1] = data[i];
        }
    }
    return is_last;
}

/* What is said once the step is done, and what is awaited then. */
static const struct {
    const char *says;
    enum step next, next_tls;
} steps[] = {
    [GREETING] = {"EHLO reference.example\r\n", EHLO, EHLO},
    [EHLO] = {"QUIT\r\n", QUIT, STARTTLS},
    [STARTTLS] = {NULL, SHAKING, SHAKING},
    [SECURE] = {"QUIT\r\n", QUIT, QUIT},
};

static bool say(int fd, const char *text)
{
    SSL *tls = run.sessions[fd].tls;
    int size = (int)strlen(text);
    return tls ? SSL_write(tls, text, size) == size
               : send(fd, text, (size_t)size, MSG_NOSIGNAL) == size;
}

static void shake(int fd)
{
    struct session *s = &run.sessions[fd];
    int result = SSL_do_handshake(s->tls);
    if (result == 1) {
        (void)SSL_get_verify_result(s->tls);
        s->step = SECURE;
        if (!say(fd, steps[GREETING].says))
            end(fd, &run.closed, false);
    } else if (SSL_get_error(s->tls, result) != SSL_ERROR_WANT_READ) {
        ERR_clear_error();
        end(fd, &run.failed, true);
    }
}

static void start_tls(int fd)
{
    struct session *s = &run.sessions[fd];
    s->step = SHAKING;
    s->tls = SSL_new(run.tls);
    if (!s->tls || SSL_set_fd(s->tls, fd) != 1) {
        end(fd, &run.failed, true);
        return;
    }
    SSL_set_connect_state(s->tls);
    shake(fd);
}

/* A whole reply was read. */
static void go_on(int fd)
{
    struct session *s = &run.sessions[fd];
    enum step was = s->step;
    if (was == QUIT) {
        end(fd, &run.answered, false);
        return;
    }
    if (was == STARTTLS) {
        start_tls(fd);
        return;
    }
    s->step = run.tls ? steps[was].next_tls : steps[was].next;
    if (!say(fd, s->step == STARTTLS ? "STARTTLS\r\n" : steps[was].says))
        end(fd, &run.closed, false);
}

static void on_input(int fd)
{
    struct session *s = &run.sessions[fd];
    char data[16384];
    if (s->step == SHAKING) {
        shake(fd);
        return;
    }
    ssize_t n = s->tls ? SSL_read(s->tls, data, sizeof data) : recv(fd, data, sizeof data, 0);
    if (n < 0 && (s->tls ? SSL_get_error(s->tls, (int)n) == SSL_ERROR_WANT_READ : errno == EAGAIN))
        return;
    if (n <= 0) {
        ERR_clear_error();
        end(fd, s->step == CONNECTING && n < 0 ? &run.refused : &run.closed, false);
        return;
    }
    s->since = run.now;
    if (s->step == CONNECTING)
        s->step = GREETING;
    if (ends_reply(s, data, (size_t)n))
        go_on(fd);
}

/* Whoever says nothing: silent servers, and connections that only we believe in. */
static void drop_late(void)
{
    for (size_t fd = 0; fd < run.room; fd++)
        if (run.sessions[fd].is_open && run.now - run.sessions[fd].since > PATIENCE_S)
            end((int)fd, &run.late, true);
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run_all(void)
{
    struct epoll_event events[EVENTS_MAX];
    time_t looked = 0;
    while (run.next < run.count || run.open) {
        run.now = (time_t)seconds(CLOCK_MONOTONIC_COARSE);
        /* A few at a time: a storm of connects overflows the listener's backlog. */
        for (unsigned i = 0; i < 256 && run.next < run.count && run.open < run.at_once; i++)
            if (!start())
                break;
        bool has_room = run.next < run.count && run.open < run.at_once;
        int n = epoll_wait(run.epoll, events, EVENTS_MAX, has_room ? 0 : 1000);
        for (int i = 0; i < n; i++)
            if (run.sessions[events[i].data.fd].is_open)
                on_input(events[i].data.fd);
        if (run.now != looked)
            drop_late();
        looked = run.now;
    }
}

static bool make_context(void)
{
    run.tls = SSL_CTX_new(TLS_client_method());
    if (!run.tls || SSL_CTX_set_default_verify_file(run.tls) != 1 ||
        SSL_CTX_set_default_verify_dir(run.tls) != 1 ||
        SSL_CTX_set1_groups_list(run.tls, "X25519:P-256:P-384") != 1)
        return false;
    SSL_CTX_set_verify(run.tls, SSL_VERIFY_NONE, NULL); /* the result is read, nothing ends by it */
    (void)SSL_CTX_set_session_cache_mode(run.tls, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_mode(run.tls, SSL_MODE_RELEASE_BUFFERS);
    return true;
}

static bool take_arguments(int argc, char **argv)
{
    struct in_addr first;
    if (argc > 1 && strcmp(argv[1], "--tls") == 0) {
        if (!make_context())
            return false;
        argc--;
        argv++;
    }
    if (argc < 3 || argc > 5 || !inet_aton(argc > 4 ? argv[4] : "127.1.0.0", &first))
        return false;
    run.port = (uint16_t)strtoul(argv[1], NULL, 10);
    run.at_once = strtoul(argv[2], NULL, 10);
    run.first = ntohl(first.s_addr);
    if (argc > 3)
        run.count = strtoul(argv[3], NULL, 10);
    return run.port && run.at_once && (argc > 3 || read_addresses());
}

int main(int argc, char **argv)
{
    struct rlimit limit;
    if (!take_arguments(argc, argv)) {
        fprintf(stderr, "usage: reference [--tls] PORT CONCURRENT COUNT [FIRST]\n"
                        "       reference [--tls] PORT CONCURRENT < ADDRESSES\n");
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    run.room = limit.rlim_cur;
    run.sessions = calloc(run.room, sizeof *run.sessions);
    run.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!run.sessions || run.epoll < 0)
        return 1;
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    run_all();
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("%zu sessions: %zu to their end, %zu closed early, %zu refused, %zu late, %zu failed\n"
           "%.2f s, %.0f sessions/s; %.2f s of CPU, %.1f us a session\n",
           run.count, run.answered, run.closed, run.refused, run.late, run.failed, wall,
           (double)run.count / wall, cpu, cpu * 1e6 / (double)(run.count ? run.count : 1));
    SSL_CTX_free(run.tls);
    free(run.sessions);
    free(run.addresses);
    return 0;
}
