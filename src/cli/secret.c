/* SPDX-License-Identifier: Apache-2.0 */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/random.h"
#include "options.h"

#define RANDOM_OCTETS     32 /* as strong as the hash */
#define SECRET_OCTETS_MIN ((size_t)32)
#define SECRET_OCTETS_MAX ((size_t)4096)

static bool complain(const char *path, const char *problem)
{
    return cli_complain("--secret", path, problem);
}

/* ---- where it is ---- */

/* A path that is not absolute is to be ignored (XDG Base Directory Specification 0.8). */
static const char *absolute(const char *variable)
{
    const char *value = getenv(variable);
    return value && value[0] == '/' ? value : NULL;
}

/* NULL: neither variable is set, or memory is out. */
static char *default_path(void)
{
    const char *config = absolute("XDG_CONFIG_HOME"), *home = absolute("HOME");
    char *path = NULL;
    int size = config ? asprintf(&path, "%s/smtpscan/secret", config)
               : home ? asprintf(&path, "%s/.config/smtpscan/secret", home)
                      : -1;
    return size < 0 ? NULL : path;
}

/* All folders above it. */
static bool make_folders(char *path)
{
    for (char *c = path + 1; *c; c++) {
        if (*c != '/')
            continue;
        *c = 0;
        bool failed = mkdir(path, 0700) && errno != EEXIST;
        *c = '/';
        if (failed)
            return false;
    }
    return true;
}

/* ---- making ---- */

static bool write_random(int fd)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t octets[RANDOM_OCTETS];
    char text[2 * RANDOM_OCTETS + 1];
    if (random_fill(octets, sizeof octets))
        return false;
    for (size_t i = 0; i < sizeof octets; i++) {
        text[2 * i] = digits[octets[i] >> 4];
        text[2 * i + 1] = digits[octets[i] & 15];
    }
    text[sizeof text - 1] = '\n';
    bool ok = write(fd, text, sizeof text) == (ssize_t)sizeof text && fsync(fd) == 0;
    OPENSSL_cleanse(octets, sizeof octets);
    OPENSSL_cleanse(text, sizeof text);
    return ok;
}

/* Whole under its name or not at all; who comes second takes that of the first. */
static bool make(const char *path)
{
    char *draft = NULL;
    if (asprintf(&draft, "%s.XXXXXX", path) < 0)
        return false;
    int fd = mkstemp(draft); /* of mode 0600 */
    bool ok = fd >= 0 && write_random(fd);
    ok = fd >= 0 && close(fd) == 0 && ok;
    ok = ok && (link(draft, path) == 0 || errno == EEXIST);
    int error_number = errno;
    if (fd >= 0)
        (void)unlink(draft);
    free(draft);
    errno = error_number;
    return ok;
}

/* ---- reading ---- */

static const char *wrong_with(const struct stat *about)
{
    if (!S_ISREG(about->st_mode))
        return "is no file";
    if (about->st_mode & (S_IRWXG | S_IRWXO))
        return "others than its owner may use it: its mode must be 0600";
    return about->st_size > (off_t)SECRET_OCTETS_MAX ? "is longer than 4,096 octets" : NULL;
}

static bool hash(const char *path, struct octets secret, uint8_t ret_key[CONSENT_KEY_OCTETS])
{
    unsigned size = CONSENT_KEY_OCTETS;
    secret = octets_trim(secret);
    if (secret.size < SECRET_OCTETS_MIN)
        return complain(path, "holds less than 32 octets");
    return EVP_Digest(secret.at, secret.size, ret_key, &size, EVP_sha256(), NULL) ||
           complain(path, "SHA-256 failed");
}

static bool read_key(const char *path, int fd, uint8_t ret_key[CONSENT_KEY_OCTETS])
{
    uint8_t text[SECRET_OCTETS_MAX];
    struct stat about;
    const char *wrong = fstat(fd, &about) ? strerror(errno) : wrong_with(&about);
    if (wrong)
        return complain(path, wrong);
    ssize_t size = read(fd, text, sizeof text);
    bool ok = size < 0 ? complain(path, strerror(errno))
                       : hash(path, (struct octets){text, (size_t)size}, ret_key);
    OPENSSL_cleanse(text, sizeof text);
    return ok;
}

static bool open_key(const char *path, bool quiet, uint8_t ret_key[CONSENT_KEY_OCTETS])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT && make(path)) {
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd >= 0 && !quiet)
            fprintf(stderr, "smtpscan: a new secret was made: %s\n", path);
    }
    if (fd < 0)
        return complain(path, strerror(errno));
    bool ok = read_key(path, fd, ret_key);
    (void)close(fd);
    return ok;
}

bool secret_key(const char *path, bool quiet, uint8_t ret_key[CONSENT_KEY_OCTETS])
{
    if (path)
        return open_key(path, quiet, ret_key);
    char *own = default_path();
    bool ok = own && make_folders(own);
    if (!own)
        fprintf(stderr, "smtpscan: --secret: neither XDG_CONFIG_HOME nor HOME says where it is\n");
    else if (!ok)
        (void)complain(own, strerror(errno));
    ok = ok && open_key(own, quiet, ret_key);
    free(own);
    return ok;
}
