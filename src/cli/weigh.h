/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../identify/database.h"

/* Prints what each question tells, the most telling first.  ERR_NOMEM. */
MUST_CHECK enum err cli_data_weigh(const struct identify_database *db);
