/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void output_expect_limits(void)
{
    (void)signal(SIGXFSZ, SIG_IGN);
}

static enum err open_file(struct output *o, const char *path, int how)
{
    output_expect_limits();
    *o = (struct output){.path = path};
    o->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | how, 0666);
    if (o->fd < 0)
        return ERR_SYS;
    struct stat s;
    o->is_file = fstat(o->fd, &s) == 0 && S_ISREG(s.st_mode);
    return ERR_OK;
}

enum err output_open(struct output *o, const char *path)
{
    *o = (struct output){.fd = STDOUT_FILENO, .path = "standard output"};
    return !path || strcmp(path, "-") == 0 ? ERR_OK : open_file(o, path, O_TRUNC);
}

enum err output_append(struct output *o, const char *path)
{
    return open_file(o, path, O_APPEND);
}

/* Where the last line that has an end ends, at `from` or behind it. */
static bool find_whole(int fd, off_t from, off_t size, off_t *ret)
{
    uint8_t piece[16 * 1024];
    for (off_t end = size; end > from;) {
        off_t begin = end - from > (off_t)sizeof piece ? end - (off_t)sizeof piece : from;
        ssize_t n = pread(fd, piece, (size_t)(end - begin), begin);
        if (n != end - begin)
            return false;
        for (; n > 0; n--)
            if (piece[n - 1] == '\n') {
                *ret = begin + n;
                return true;
            }
        end = begin;
    }
    *ret = from;
    return true;
}

static enum err go_on(struct output *o, off_t safe, bool begins, const char **ret_problem)
{
    struct stat about;
    uint8_t last = 0;
    off_t whole;
    if (fstat(o->fd, &about))
        return ERR_SYS;
    o->is_file = S_ISREG(about.st_mode);
    if (!o->is_file)
        *ret_problem = "only a regular file can be gone on with";
    else if (flock(o->fd, LOCK_EX | LOCK_NB))
        *ret_problem = "another process writes to it";
    else if (begins && about.st_size)
        *ret_problem = "holds something although the run begins: name another, or remove it";
    else if (about.st_size < safe)
        *ret_problem = "is shorter than what was written to it";
    else if (safe && (pread(o->fd, &last, 1, safe - 1) != 1 || last != '\n'))
        *ret_problem = "is not what was written";
    if (*ret_problem)
        return ERR_SYNTAX;
    if (!find_whole(o->fd, safe, about.st_size, &whole) || ftruncate(o->fd, whole) ||
        lseek(o->fd, whole, SEEK_SET) < 0)
        return ERR_SYS;
    return ERR_OK;
}

enum err output_continue(struct output *o, const char *path, uint64_t safe, bool begins,
                         const char **ret_problem)
{
    output_expect_limits();
    *ret_problem = NULL;
    *o = (struct output){.path = path};
    o->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
    if (o->fd < 0)
        return ERR_SYS;
    enum err e = go_on(o, (off_t)safe, begins, ret_problem);
    if (e) {
        int error_number = errno;
        (void)close(o->fd); /* nothing was written */
        errno = error_number;
    }
    return e;
}

uint64_t output_size(const struct output *o)
{
    off_t at = lseek(o->fd, 0, SEEK_CUR);
    return at < 0 ? 0 : (uint64_t)at;
}

/* How many of the last `done` octets are to be taken back: those behind the last end of a line. */
static size_t cut_short(struct octets piece, size_t done)
{
    size_t cut = 0;
    while (cut < done && piece.at[done - cut - 1] != '\n')
        cut++;
    return cut;
}

static void write_all(struct output *o, struct octets piece, bool is_one)
{
    size_t done = 0;
    while (!o->error && done < piece.size) {
        ssize_t n = write(o->fd, piece.at + done, piece.size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            o->error = ERR_SYS;
            o->error_number = errno;
            off_t cut = (off_t)(is_one ? done : cut_short(piece, done));
            off_t end = o->is_file && done ? lseek(o->fd, 0, SEEK_CUR) : -1;
            if (end >= cut &&
                (ftruncate(o->fd, end - cut) || lseek(o->fd, end - cut, SEEK_SET) < 0))
                o->error_number = errno;
            break;
        }
        done += (size_t)n;
    }
}

void output_write(struct output *o, struct octets piece)
{
    write_all(o, piece, true);
}

void output_flush(struct output *o)
{
    write_all(o, buf_octets(&o->waiting), false);
    buf_clear(&o->waiting);
}

void output_add(struct output *o, struct octets lines)
{
    o->waiting.cap = 2 * OUTPUT_BATCH;
    if (lines.size > OUTPUT_BATCH || o->waiting.size > OUTPUT_BATCH)
        output_flush(o);
    if (lines.size <= OUTPUT_BATCH)
        buf_append(&o->waiting, lines);
    else
        write_all(o, lines, false);
    if (buf_error(&o->waiting) && !o->error)
        o->error = buf_error(&o->waiting);
}

void output_close(struct output *o)
{
    output_flush(o);
    buf_release(&o->waiting);
    if (o->fd > STDERR_FILENO && close(o->fd) && !o->error) {
        o->error = ERR_SYS;
        o->error_number = errno;
    }
    o->fd = -1;
}

bool output_say(const struct output *o)
{
    if (o->error)
        fprintf(stderr, "smtpscan: %s: %s\n", o->path,
                o->error == ERR_SYS ? strerror(o->error_number) : err_text(o->error));
    return o->error;
}

bool output_is_terminal(const struct output *o)
{
    return isatty(o->fd) == 1;
}
