/* SPDX-License-Identifier: Apache-2.0 */
#include "notify.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/clock.h"

#define COMMAND_MS ((uint64_t)10 * 60 * 1000) /* a command that hangs does not end the watch */
#define LOOK_MS    ((uint64_t)1000)

void notify_init(struct notify *n)
{
    n->is_ending = false;
    (void)sigemptyset(&n->waited);
    (void)sigaddset(&n->waited, SIGINT);
    (void)sigaddset(&n->waited, SIGTERM);
    (void)sigaddset(&n->waited, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &n->waited, &n->original);
    (void)signal(SIGCHLD,
                 SIG_DFL); /* who starts us may have it ignored, and then there is no status */
}

/* ---- a signal that ends at once ---- */

static const int ending[] = {SIGINT, SIGTERM};
#define ENDING (sizeof ending / sizeof *ending)

static const char *last_words;
static int last_status;

static void end_at_once(int number)
{
    (void)number;
    ssize_t written = write(STDERR_FILENO, last_words, strlen(last_words));
    (void)written; /* nobody is left to be told */
    _exit(last_status);
}

void notify_let_end(struct notify *n, int status, const char *words)
{
    struct sigaction action = {.sa_handler = end_at_once};
    last_words = words;
    last_status = status;
    for (size_t i = 0; i < ENDING; i++)
        (void)sigaction(ending[i], &action, &n->actions[i]);
    (void)sigprocmask(SIG_UNBLOCK, &n->waited, NULL);
}

void notify_hold(const struct notify *n)
{
    (void)sigprocmask(SIG_BLOCK, &n->waited, NULL);
    for (size_t i = 0; i < ENDING; i++)
        (void)sigaction(ending[i], &n->actions[i], NULL);
}

/* ---- signals that are waited for ---- */

/* The signal that came, or 0. */
static int wait_signal(struct notify *n, uint64_t ms)
{
    const struct timespec time = {.tv_sec = (time_t)(ms / 1000),
                                  .tv_nsec = (long)(ms % 1000) * 1000000};
    int number = sigtimedwait(&n->waited, NULL, &time);
    n->is_ending = n->is_ending || number == SIGINT || number == SIGTERM;
    return number < 0 ? 0 : number;
}

void notify_sleep(struct notify *n, uint64_t ms)
{
    uint64_t end = clock_now_ms() + ms, now;
    while (!n->is_ending && (now = clock_now_ms()) < end)
        (void)wait_signal(n, end - now);
}

bool notify_wait(struct notify *n, pid_t child, uint64_t ms, int *ret_status)
{
    uint64_t end = clock_now_ms() + ms;
    bool in_time = true;
    while (waitpid(child, ret_status, WNOHANG) == 0) {
        int number = wait_signal(n, LOOK_MS);
        if (number == SIGINT || number == SIGTERM) {
            (void)kill(-child, SIGTERM);
            (void)kill(-child, SIGCONT); /* who is stopped would not hear of it */
        }
        if (in_time && ms && clock_now_ms() >= end) {
            (void)kill(-child, SIGKILL);
            in_time = false;
        }
    }
    return in_time;
}

/* ---- a command ---- */

/* A file that has no name, to be read from its beginning; -1 with errno. */
static int file_of(struct octets text)
{
    int fd = memfd_create("changes", MFD_CLOEXEC);
    for (size_t done = 0; fd >= 0 && done < text.size;) {
        ssize_t wrote = write(fd, text.at + done, text.size - done);
        if (wrote < 0) {
            int number = errno;
            (void)close(fd);
            errno = number;
            return -1;
        }
        done += (size_t)wrote;
    }
    if (fd >= 0)
        (void)lseek(fd, 0, SEEK_SET);
    return fd;
}

/* 0, or what errno would be. */
static int start(const struct notify *n, const char *command, int input, pid_t *ret)
{
    char *const words[] = {"sh", "-c", (char *)command, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    int e = posix_spawn_file_actions_init(&files);
    if (e)
        return e;
    e = posix_spawnattr_init(&how);
    if (!e) {
        e = posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
        (void)posix_spawnattr_setsigmask(&how, &n->original);
        (void)posix_spawnattr_setpgroup(&how, 0);
        (void)posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
        if (!e)
            e = posix_spawn(ret, "/bin/sh", &files, &how, words, environ);
        (void)posix_spawnattr_destroy(&how);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    return e;
}

static bool complain(const char *problem, int number)
{
    fprintf(stderr, "smtpscan: --notify: %s %d\n", problem, number);
    return false;
}

bool notify_run(struct notify *n, const char *command, struct octets text)
{
    pid_t child;
    int status = 0, input = file_of(text);
    int e = input < 0 ? errno : start(n, command, input, &child);
    if (input >= 0)
        (void)close(input);
    if (e) {
        fprintf(stderr, "smtpscan: --notify: %s\n", strerror(e));
        return false;
    }
    if (!notify_wait(n, child, COMMAND_MS, &status))
        return complain("the command was killed; it had run for minutes:", 10);
    if (WIFSIGNALED(status))
        return complain("the command was ended by signal", WTERMSIG(status));
    return WEXITSTATUS(status) == 0 ||
           complain("the command failed with status", WEXITSTATUS(status));
}
