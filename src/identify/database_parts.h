/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "database.h"

/* Steps of building the database, used by database.c alone. */

/* Groups specimens into classes and releases. */
MUST_CHECK enum err identify_database_classes(struct identify_database *db);
