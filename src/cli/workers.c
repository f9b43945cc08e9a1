/* SPDX-License-Identifier: Apache-2.0 */
#include "workers.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Locks and sockets of the run must not live on in a worker when the run is killed. */
static void close_others(int fd)
{
    if (fd > STDERR_FILENO + 1)
        (void)close_range(STDERR_FILENO + 1, (unsigned)fd - 1, 0);
    (void)close_range((unsigned)fd + 1, ~0U, 0);
}

static bool start(struct workers *w, void (*serve)(void *owner, int fd), void *owner)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return false;
    pid_t pid = fork();
    if (pid == 0) {
        /* Who interrupts the run interrupts its processes too; the run tells them what to do. */
        (void)signal(SIGINT, SIG_IGN);
        (void)signal(SIGTERM, SIG_IGN);
        close_others(ends[1]);
        serve(owner, ends[1]);
        _exit(0);
    }
    (void)close(ends[1]);
    if (pid < 0) {
        int error = errno;
        (void)close(ends[0]);
        errno = error;
        return false;
    }
    w->fds[w->count] = ends[0];
    w->pids[w->count++] = pid;
    return true;
}

bool workers_start(struct workers *w, size_t count, void (*serve)(void *owner, int fd), void *owner)
{
    (void)fflush(NULL); /* or what waits there would be written by each */
    while (w->count < count) {
        if (start(w, serve, owner))
            continue;
        fprintf(stderr, "smtpscan: --workers: %s\n", strerror(errno));
        for (size_t i = 0; i < w->count; i++)
            (void)close(w->fds[i]);
        workers_wait(w);
        return false;
    }
    return true;
}

void workers_wait(struct workers *w)
{
    for (size_t i = 0; i < w->count; i++) {
        int status = 0;
        while (waitpid(w->pids[i], &status, 0) < 0 && errno == EINTR)
            continue;
        if (WIFSIGNALED(status))
            fprintf(stderr, "smtpscan: worker %d was ended by signal %d (%s)\n", (int)w->pids[i],
                    WTERMSIG(status), strsignal(WTERMSIG(status)));
        else if (WEXITSTATUS(status))
            fprintf(stderr, "smtpscan: worker %d has failed\n", (int)w->pids[i]);
    }
    w->count = 0;
}
