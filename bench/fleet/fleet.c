/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/base/escape.h"
#include "../../src/target/block.h"
#include "options.h"

/*
 * The fleet: recorded mail servers on every address of 127.0.0.0/8, for runs that are judged by how
 * right they are as well as by how fast.  See bench/README.md.
 */

static volatile int stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* ---- the truth ---- */

static void print_truth(const struct draw_rules *rules, const struct cast *c,
                        const struct address *a)
{
    struct draw d;
    struct buf line;
    draw_address(rules, c, a, &d);
    buf_init(&line, 4096);
    address_append(&line, a);
    const struct octets fields[] = {d.role->product,
                                    d.role->version,
                                    d.role->front,
                                    octets_of(d.role->path),
                                    octets_of(draw_oddity_name(d.oddity)),
                                    octets_of(d.has_tls ? "yes" : "no"),
                                    d.borrowed ? d.borrowed->product : OCTETS_NONE};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        buf_append_octet(&line, '\t');
        escape_visible(&line, fields[i]);
    }
    buf_append_format(&line, "\t%u\n", d.latency_ms);
    (void)fwrite(line.data, 1, line.size, stdout);
    buf_release(&line);
}

/* In the order of the addresses, unlike a scan. */
static bool print_target(const struct draw_rules *rules, const struct cast *c, struct octets text)
{
    struct arena a;
    struct target t;
    struct target_block block;
    const char *problem = "a name";
    arena_init(&a, 65536);
    bool is_well = target_parse(text, &a, &t, &problem) == ERR_OK && t.kind != TARGET_NAME;
    if (is_well) {
        target_block_init(&block, &t, (struct target_shard){0, 1}, 1);
        struct address_number n = block.first;
        for (uint64_t i = 0; i < block.count; i++, n.low++) {
            struct address each = address_of_number(block.family, n);
            print_truth(rules, c, &each);
        }
    } else {
        fprintf(stderr, "fleet: no address: %s\n", problem);
    }
    arena_release(&a);
    return is_well;
}

static int tell_truth(const struct options *o, const struct draw_rules *rules, const struct cast *c)
{
    char *line = NULL;
    size_t room = 0;
    bool is_well = true;
    printf(
        "address\tproduct\tversion\tfront\tspecimen\toddity\tstarttls\tgreeting_of\tlatency_ms\n");
    for (size_t i = 0; i < o->rest_count && is_well; i++)
        is_well = print_target(rules, c, octets_of(o->rest[i]));
    for (ssize_t n; !o->rest_count && is_well && (n = getline(&line, &room, stdin)) > 0;)
        is_well =
            print_target(rules, c, octets_trim((struct octets){(const uint8_t *)line, (size_t)n}));
    free(line);
    return is_well ? 0 : 1;
}

/* ---- listening ---- */

static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* On the wildcard address; *port 0 becomes the one that was free.  -1 when that cannot be. */
static int listen_at(int family, uint16_t *port)
{
    static const int on = 1;
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_port = htons(*port)};
    struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_port = htons(*port)};
    struct sockaddr *a = family == AF_INET ? (void *)&a4 : (void *)&a6;
    socklen_t size = family == AF_INET ? sizeof a4 : sizeof a6;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) || bind(fd, a, size) ||
        listen(fd, 65535) || getsockname(fd, a, &size)) {
        close(fd);
        return -1;
    }
    *port = ntohs(family == AF_INET ? a4.sin_port : a6.sin6_port);
    return fd;
}

/* All listeners of one worker. */
static bool open_listeners(struct options *o, struct serve *s)
{
    s->listener_count = 0;
    for (size_t i = 0; i < o->port_count; i++)
        for (int v6 = 0; v6 <= (o->with_v6 ? 1 : 0); v6++) {
            int fd = listen_at(v6 ? AF_INET6 : AF_INET, &o->ports[i]);
            if (fd < 0) {
                fprintf(stderr, "fleet: port %u: %s\n", o->ports[i], strerror(errno));
                return false;
            }
            s->listeners[s->listener_count++] = fd;
        }
    return true;
}

static void close_listeners(struct serve *s)
{
    for (size_t i = 0; i < s->listener_count; i++)
        close(s->listeners[i]);
    s->listener_count = 0;
}

/* ---- workers ---- */

static void report(const struct serve_counts *counts, uint32_t workers)
{
    struct serve_counts sum = {0};
    for (uint32_t i = 0; i < workers; i++) {
#define X(name, about) sum.name += counts[i].name;
        SERVE_COUNT_MAP(X)
#undef X
        sum.user_s += counts[i].user_s;
        sum.system_s += counts[i].system_s;
    }
#define X(name, about) printf("%-10s %12lu  %s\n", #name, (unsigned long)sum.name, about);
    SERVE_COUNT_MAP(X)
#undef X
    double cpu_us = (sum.user_s + sum.system_s) * 1e6;
    printf("cpu        %12.2f  seconds, %.2f of them ours; %.1f us a session, %.2f us a line\n",
           cpu_us / 1e6, sum.user_s, cpu_us / (double)(sum.sessions ? sum.sessions : 1),
           cpu_us / (double)(sum.commands ? sum.commands : 1));
}

static pid_t start_worker(struct serve *s, pid_t parent)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    /* The parent's end is the worker's. */
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent)
        _exit(1);
    _exit(serve_run(s, &stop) ? 1 : 0);
}

static void wait_for_end(const pid_t *pids, uint32_t count)
{
    sigset_t none;
    sigemptyset(&none);
    while (!stop)
        sigsuspend(&none);
    for (uint32_t i = 0; i < count; i++)
        (void)kill(pids[i], SIGTERM);
    for (uint32_t i = 0; i < count; i++)
        while (waitpid(pids[i], NULL, 0) < 0 && errno == EINTR)
            ;
}

/* Starts all workers, the listeners of each before it; how many run. */
static uint32_t start_all(struct options *o, struct serve *s, struct serve_counts *counts,
                          pid_t *pids)
{
    pid_t self = getpid();
    for (uint32_t i = 0; i < o->workers; i++) {
        s->counts = &counts[i];
        bool is_open = open_listeners(o, s);
        pids[i] = is_open ? start_worker(s, self) : -1;
        close_listeners(s);
        if (pids[i] < 0)
            return i;
    }
    return o->workers;
}

static int serve_all(struct options *o, const struct draw_rules *rules, const struct cast *c)
{
    struct serve *s = calloc(1, sizeof *s);
    pid_t pids[OPTIONS_WORKERS_MAX];
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t held;
    struct serve_counts *counts = mmap(NULL, OPTIONS_WORKERS_MAX * sizeof *counts,
                                       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!s || counts == MAP_FAILED || crypt_context_new(&s->tls))
        return 1;
    if (o->log && !(s->log = fopen(o->log, "ae"))) {
        perror(o->log);
        return 1;
    }
    if (s->log)
        (void)setvbuf(s->log, NULL, _IOLBF, 0);
    raise_descriptors();
    s->cast = c;
    s->rules = rules;
    s->stays_awake = o->awake;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    uint32_t running = start_all(o, s, counts, pids);
    (void)sigaction(SIGCHLD, &action, NULL); /* a worker that fails ends all */
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &held, NULL);
    if (running == o->workers) {
        printf("playing %zu specimens of %zu products at port", c->role_count, c->product_count);
        for (size_t i = 0; i < o->port_count; i++)
            printf(" %u", o->ports[i]);
        printf("\n");
        (void)fflush(stdout);
    } else {
        stop = 1;
    }
    wait_for_end(pids, running);
    report(counts, running);
    (void)munmap(counts, OPTIONS_WORKERS_MAX * sizeof *counts);
    SSL_CTX_free(s->tls);
    free(s);
    return running == o->workers ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct options o;
    struct draw_rules rules;
    struct cast *c;
    if (!options_parse(&o, argc, argv))
        return 2;
    if (o.help) {
        options_help();
        return 0;
    }
    enum err e = cast_new(o.only, &c);
    if (e) {
        fprintf(stderr, "fleet: specimens: %s\n", err_text(e));
        return 1;
    }
    int status = !options_weigh(&o, c, &rules) ? 2
                 : o.truth                     ? tell_truth(&o, &rules, c)
                                               : serve_all(&o, &rules, c);
    cast_free(c);
    return status;
}
