// SPDX-License-Identifier: Apache-2.0
// tap.c: preloaded into a scanner, writes what it gives to TLS and gets from it to the file $TLS_TAP.
// A record is a line "C|S SESSION LENGTH", the octets, a line feed; "E SESSION 0" when a session is freed.
// cc -shared -fPIC -o tap.so tap.c -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int tap = -1;

__attribute__((constructor)) static void open_tap(void) {
    const char *path = getenv("TLS_TAP");
    if (path) tap = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

// One write, so that records of several threads or processes do not mix.
static void note(char what, const void *session, const void *octets, size_t length) {
    char head[64];
    int n = snprintf(head, sizeof head, "%c %d.%p %zu\n", what, (int)getpid(), session, length);
    struct iovec parts[] = {{head, (size_t)n}, {(void *)octets, length}, {(void *)"\n", 1}};
    if (tap >= 0 && writev(tap, parts, 3) < 0) abort();
}

// The function of that name in OpenSSL, which a program may be linked with or load later.
static void *behind(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) found = dlsym(dlopen("libssl.so.3", RTLD_LAZY), name);
    if (!found) abort();
    return found;
}

int SSL_write_ex(void *session, const void *octets, size_t length, size_t *written) {
    static int (*real)(void *, const void *, size_t, size_t *);
    if (!real) *(void **)&real = behind("SSL_write_ex");
    int done = real(session, octets, length, written);
    if (done > 0) note('C', session, octets, *written);
    return done;
}

int SSL_write(void *session, const void *octets, int length) {
    static int (*real)(void *, const void *, int);
    if (!real) *(void **)&real = behind("SSL_write");
    int done = real(session, octets, length);
    if (done > 0) note('C', session, octets, (size_t)done);
    return done;
}

int SSL_read_ex(void *session, void *octets, size_t room, size_t *got) {
    static int (*real)(void *, void *, size_t, size_t *);
    if (!real) *(void **)&real = behind("SSL_read_ex");
    int done = real(session, octets, room, got);
    if (done > 0) note('S', session, octets, *got);
    return done;
}

int SSL_read(void *session, void *octets, int room) {
    static int (*real)(void *, void *, int);
    if (!real) *(void **)&real = behind("SSL_read");
    int done = real(session, octets, room);
    if (done > 0) note('S', session, octets, (size_t)done);
    return done;
}

void SSL_free(void *session) {
    static void (*real)(void *);
    if (!real) *(void **)&real = behind("SSL_free");
    note('E', session, "", 0);
    real(session);
}
