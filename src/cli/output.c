/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err open_file(struct output *o, const char *path, int how)
{
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

void output_write(struct output *o, struct octets piece)
{
    size_t done = 0;
    while (!o->error && done < piece.size) {
        ssize_t n = write(o->fd, piece.at + done, piece.size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            o->error = ERR_SYS;
            o->error_number = errno;
            off_t end = o->is_file && done ? lseek(o->fd, 0, SEEK_CUR) : -1;
            if (end >= (off_t)done && ftruncate(o->fd, end - (off_t)done))
                o->error_number = errno;
            break;
        }
        done += (size_t)n;
    }
}

void output_close(struct output *o)
{
    if (o->fd > STDERR_FILENO && close(o->fd) && !o->error) {
        o->error = ERR_SYS;
        o->error_number = errno;
    }
    o->fd = -1;
}

bool output_is_terminal(const struct output *o)
{
    return isatty(o->fd) == 1;
}
