/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "commands.h"

#include "../audit/knowledge.h"
#include "../identify/database.h"

/* What the files of `data` share. */

/* Makes the folder of --output, or the present one, ready; NULL when it said why not. */
const char *data_output_folder(const struct cli_options *o);

/* FOLDER/ID.smtp.  ERR_SYNTAX for an id that is no file name. */
MUST_CHECK enum err data_write_specimen(const char *folder, struct octets id, struct octets text);

/* data import-smtpscan FILE */
enum cli_exit data_import_fingerprints(const struct cli_options *o, struct identify_database *db,
                                       const struct audit_knowledge *k);
