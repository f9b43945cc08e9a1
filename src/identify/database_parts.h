/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "database.h"

/* Steps of building the database, used by database.c alone. */

/* Groups specimens into classes. */
MUST_CHECK enum err identify_database_classes(struct identify_database *db);
/* Measures how steady each question is within a class, and how telling each specimen's reaction is
 * against the others. */
void identify_database_weigh(struct identify_database *db);
