/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer [--log FILE] [--ca FILE] SCRIPT [ADDRESS [PORT]]
 *
 * Plays a script of tests/peers/ (see peer_script.h) as a server: each connection is served the
 * whole of it, from its first line on.  It listens on ADDRESS (127.0.0.1) and PORT (0: any free
 * one), says "ADDRESS PORT" once it does, and serves until it is killed or its standard input ends.
 * --log takes what peer_log.h says, else standard error does; --ca takes the authority of the
 * certificates, as PEM.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer_play.h"

#define SCRIPT_OCTETS_MAX ((size_t)1 << 20)
#define EXIT_USAGE        2

struct peer {
    const char *script_path, *address, *port, *log_path, *ca_path;
    struct arena arena;
    struct peer_script script;
    struct peer_tls_contexts tls;
    struct peer_log log;
    int listener;
};

struct connection {
    const struct peer *peer;
    unsigned number;
    int fd;
};

static bool complain(const char *what, const char *why)
{
    (void)fprintf(stderr, "peer: %s: %s\n", what, why);
    return false;
}

/* ---- what it is told ---- */

static bool read_arguments(struct peer *p, int argc, char **argv)
{
    static const struct option options[] = {
        {"log", required_argument, NULL, 'l'}, {"ca", required_argument, NULL, 'c'}, {0}};
    int option;
    p->address = "127.0.0.1";
    p->port = "0";
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == '?')
            return false;
        *(option == 'l' ? &p->log_path : &p->ca_path) = optarg;
    }
    int left = argc - optind;
    if (left < 1 || left > 3)
        return complain("usage", "peer [--log FILE] [--ca FILE] SCRIPT [ADDRESS [PORT]]");
    p->script_path = argv[optind];
    p->address = left > 1 ? argv[optind + 1] : p->address;
    p->port = left > 2 ? argv[optind + 2] : p->port;
    return true;
}

static bool read_script(struct peer *p)
{
    struct dialogue_problem problem = {0};
    uint8_t *text = arena_alloc(&p->arena, SCRIPT_OCTETS_MAX);
    FILE *f = fopen(p->script_path, "re");
    if (!f || !text)
        return complain(p->script_path, strerror(errno));
    size_t size = fread(text, 1, SCRIPT_OCTETS_MAX, f);
    (void)fclose(f); /* read only: nothing is lost */
    enum err e = peer_script_read((struct octets){text, size}, &p->arena, &p->script, &problem);
    if (e == ERR_SYNTAX)
        (void)fprintf(stderr, "%s:%u: %s\n", p->script_path, problem.line, problem.text);
    return e == ERR_OK || (e != ERR_SYNTAX && complain(p->script_path, err_text(e)));
}

static bool open_log(struct peer *p)
{
    p->log.fd = STDERR_FILENO;
    if (p->log_path)
        p->log.fd = open(p->log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    return p->log.fd >= 0 || complain(p->log_path, strerror(errno));
}

static bool make_certificates(struct peer *p)
{
    if (!p->script.has_tls)
        return true;
    enum err e = peer_tls_make(p->ca_path, &p->tls);
    return e == ERR_OK || complain("certificates", err_text(e));
}

/* ---- what it does ---- */

static bool say_where(const struct peer *p)
{
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (getsockname(p->listener, (struct sockaddr *)&name, &size) != 0 ||
        getnameinfo((struct sockaddr *)&name, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return complain(p->address, "listens at an address that has no name");
    (void)printf("%s %s\n", host, port);
    return fflush(stdout) == 0;
}

static bool start_listening(struct peer *p)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *where;
    int on = 1;
    int error = getaddrinfo(p->address, p->port, &hints, &where);
    if (error)
        return complain(p->address, gai_strerror(error));
    p->listener = socket(where->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool listens = p->listener >= 0 &&
                   setsockopt(p->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                   bind(p->listener, where->ai_addr, where->ai_addrlen) == 0 &&
                   listen(p->listener, SOMAXCONN) == 0;
    freeaddrinfo(where);
    return listens ? say_where(p) : complain(p->address, strerror(errno));
}

static void log_open(const struct connection *c, const struct sockaddr_storage *from,
                     socklen_t size)
{
    char host[NI_MAXHOST] = "?", port[NI_MAXSERV] = "?", line[NI_MAXHOST + NI_MAXSERV + 8];
    (void)getnameinfo((const struct sockaddr *)from, size, host, sizeof host, port, sizeof port,
                      NI_NUMERICHOST | NI_NUMERICSERV);
    (void)snprintf(line, sizeof line, "open %s %s", host, port);
    peer_log_event(&c->peer->log, c->number, line);
}

static void *serve(void *argument)
{
    struct connection *c = argument;
    struct peer_wire wire;
    peer_wire_init(&wire, c->fd, c->number, &c->peer->log);
    peer_play(&c->peer->script, &c->peer->tls, &wire);
    free(c);
    return NULL;
}

static void accept_one(const struct peer *p, unsigned number)
{
    struct sockaddr_storage from;
    socklen_t size = sizeof from;
    pthread_t thread;
    struct connection *c = malloc(sizeof *c);
    if (!c)
        return;
    *c = (struct connection){p, number,
                             accept4(p->listener, (struct sockaddr *)&from, &size, SOCK_CLOEXEC)};
    if (c->fd < 0) {
        free(c);
        return;
    }
    log_open(c, &from, size);
    if (pthread_create(&thread, NULL, serve, c) == 0) {
        (void)pthread_detach(thread);
        return;
    }
    (void)complain("connection", "no thread can be had");
    (void)close(c->fd);
    free(c);
}

/* Until standard input ends. */
static void run(const struct peer *p)
{
    enum { INPUT, LISTENER };
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = p->listener, .events = POLLIN}};
    char ignored[256];
    for (unsigned number = 1;;) {
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[LISTENER].revents)
            accept_one(p, number++);
        if (fds[INPUT].revents && read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
            return;
    }
}

int main(int argc, char **argv)
{
    static struct peer p;
    arena_init(&p.arena, 16 * SCRIPT_OCTETS_MAX);
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) /* TLS writes without MSG_NOSIGNAL */
        return EXIT_FAILURE;
    if (!read_arguments(&p, argc, argv) || !read_script(&p))
        return EXIT_USAGE;
    if (!open_log(&p) || !make_certificates(&p) || !start_listening(&p))
        return EXIT_FAILURE;
    run(&p);
    /* Connections may still be served: exit would clear up under them. */
    _exit(EXIT_SUCCESS);
}
