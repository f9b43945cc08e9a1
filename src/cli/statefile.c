/* SPDX-License-Identifier: Apache-2.0 */
#include "statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct statefile none = {.fd = -1, .folder = -1};

static void close_keeping_errno(int *fd)
{
    int error_number = errno;
    if (*fd >= 0)
        (void)close(*fd); /* what was written is on disk, or its failure is known */
    *fd = -1;
    errno = error_number;
}

static bool is_at_path(int fd, const char *path)
{
    struct stat ours, theirs;
    return fstat(fd, &ours) == 0 && stat(path, &theirs) == 0 && ours.st_ino == theirs.st_ino &&
           ours.st_dev == theirs.st_dev;
}

/* Between opening and locking the holder may have replaced the file: then it is opened anew. */
static enum err open_locked(struct statefile *f, const char *path)
{
    for (;;) {
        struct stat about;
        f->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
        if (f->fd < 0 || fstat(f->fd, &about))
            return ERR_SYS;
        if (!S_ISREG(about.st_mode)) {
            errno = EINVAL;
            return ERR_SYS;
        }
        if (flock(f->fd, LOCK_EX | LOCK_NB))
            return ERR_SYS;
        if (is_at_path(f->fd, path)) {
            f->is_new = about.st_size == 0;
            return ERR_OK;
        }
        close_keeping_errno(&f->fd);
    }
}

/* The file itself and not a link to it, for a link would be replaced. */
static enum err find_folder(struct statefile *f, const char *path)
{
    f->path = realpath(path, NULL);
    char *copy = f->path ? strdup(f->path) : NULL;
    if (!copy || asprintf(&f->new_path, "%s.new", f->path) < 0) {
        f->new_path = NULL;
        free(copy);
        return f->path ? ERR_NOMEM : ERR_SYS;
    }
    f->folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    return f->folder < 0 ? ERR_SYS : ERR_OK;
}

enum err statefile_open(struct statefile *f, const char *path)
{
    *f = none;
    enum err e = open_locked(f, path);
    if (!e)
        e = find_folder(f, path);
    if (e) {
        int error_number = errno;
        statefile_close(f);
        errno = error_number;
    }
    return e;
}

enum err statefile_read(const struct statefile *f, struct buf *out)
{
    uint8_t piece[16 * 1024];
    off_t at = 0;
    for (;;) {
        ssize_t n = pread(f->fd, piece, sizeof piece, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? ERR_SYS : ERR_OK;
        buf_append(out, (struct octets){piece, (size_t)n});
        if (buf_error(out))
            return buf_error(out);
        at += n;
    }
}

static bool write_all(int fd, struct octets o)
{
    for (size_t done = 0; done < o.size;) {
        ssize_t n = write(fd, o.at + done, o.size - done);
        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

enum err statefile_replace(struct statefile *f, struct octets text)
{
    int fd = open(f->new_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    bool ok = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && write_all(fd, text) &&
              fsync(fd) == 0 && rename(f->new_path, f->path) == 0;
    if (!ok) {
        int error_number = errno;
        if (fd >= 0)
            (void)unlink(f->new_path);
        close_keeping_errno(&fd);
        errno = error_number;
        return ERR_SYS;
    }
    close_keeping_errno(&f->fd);
    f->fd = fd;
    f->is_new = false;
    return fsync(f->folder) ? ERR_SYS : ERR_OK;
}

void statefile_close(struct statefile *f)
{
    if (f->is_new && f->path)
        (void)unlink(f->path); /* empty: nothing is lost if it stays */
    close_keeping_errno(&f->fd);
    close_keeping_errno(&f->folder);
    free(f->path);
    free(f->new_path);
    *f = none;
}
