/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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

/*
 * The bare loop: connect, greeting, EHLO, QUIT, 221, with raw epoll and nothing else.  What a plain
 * session costs at the least; a scanner is held against it in one and the same run.
 *
 *   reference PORT CONCURRENT COUNT [FIRST]    COUNT addresses upwards from FIRST (127.1.0.0)
 *   reference PORT CONCURRENT < ADDRESSES      one a line
 */
#define EVENTS_MAX 512
#define PATIENCE_S 30 /* for a session that does not move */

enum step { CONNECTING, GREETING, EHLO, QUIT };

struct session {
    enum step step;
    bool is_open;
    char tail[4]; /* first octets of the line under way: its code and separator */
    size_t line;  /* octets of it */
    time_t since;
};

static struct {
    struct session *sessions; /* by descriptor */
    size_t room, open, at_once, next, count;
    uint32_t first, *addresses;
    uint16_t port;
    int epoll;
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

static void on_input(int fd)
{
    static const char ehlo[] = "EHLO reference.example\r\n", quit[] = "QUIT\r\n";
    struct session *s = &run.sessions[fd];
    char data[16384];
    ssize_t n = recv(fd, data, sizeof data, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        end(fd, s->step == CONNECTING && n < 0 ? &run.refused : &run.closed, false);
        return;
    }
    s->since = run.now;
    if (s->step == CONNECTING)
        s->step = GREETING;
    if (!ends_reply(s, data, (size_t)n))
        return;
    if (s->step == QUIT) {
        end(fd, &run.answered, false);
        return;
    }
    bool says_ehlo = s->step == GREETING;
    s->step = says_ehlo ? EHLO : QUIT;
    if (send(fd, says_ehlo ? ehlo : quit, says_ehlo ? sizeof ehlo - 1 : sizeof quit - 1,
             MSG_NOSIGNAL) < 0)
        end(fd, &run.closed, false);
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

static bool take_arguments(int argc, char **argv)
{
    struct in_addr first;
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
        fprintf(stderr, "usage: reference PORT CONCURRENT COUNT [FIRST]\n"
                        "       reference PORT CONCURRENT < ADDRESSES\n");
        return 2;
    }
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
    free(run.sessions);
    free(run.addresses);
    return 0;
}
