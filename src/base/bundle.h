/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "octets.h"

/* The files under data/, built into the program by tools/embed or read from a folder (--data DIR).
 */
struct bundle_file {
    const char *path; /* relative to data/: "stimuli/helo-bare.smtp" */
    struct octets text;
};

struct bundle {
    const struct bundle_file *files;
    size_t count;
    bool is_temporary; /* whoever keeps text or paths copies them */
};

extern const struct bundle bundle_built_in; /* generated */
