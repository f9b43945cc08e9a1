/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Runs a fuzz target once for each file of a folder: what libFuzzer found stays found. */
static int replay(const char *folder, const char *name)
{
    char path[4096];
    struct stat about;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (stat(path, &about) || !S_ISREG(about.st_mode))
        return 0;
    FILE *f = fopen(path, "rb");
    size_t size = (size_t)about.st_size;
    uint8_t *data =
        malloc(size ? size : 1); /* of the exact size, so that one octet too far is seen */
    int done = 0;
    if (f && data && fread(data, 1, size, f) == size) {
        (void)LLVMFuzzerTestOneInput(data, size);
        done = 1;
    }
    free(data);
    if (f)
        fclose(f);
    return done;
}

int main(int argc, char **argv)
{
    int count = 0;
    DIR *d = argc == 2 ? opendir(argv[1]) : NULL;
    for (struct dirent *e; d && (e = readdir(d));)
        count += replay(argv[1], e->d_name);
    if (d)
        closedir(d);
    printf("%d inputs\n", count);
    return count == 0; /* an empty corpus tests nothing */
}
