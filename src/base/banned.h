/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Functions that make mistakes easy become compile errors.  Included by every source file through
 * base/err.h, after the system headers have been seen, so that their own declarations stand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strncpy strcat strncat sprintf vsprintf gets strtok
#pragma GCC poison sscanf atoi atol atoll atof localtime gmtime ctime asctime srand tmpnam
/* Not poisoned: OpenSSL's headers name parameters so.  Calls do not link. */
#define rand() rand_is_banned()
