/* import_session.h - `f1pd import SESSION`: source_archive fetches its files, then they are played into a journal. */
#ifndef DAEMON_IMPORT_SESSION_H
#define DAEMON_IMPORT_SESSION_H

#include "config/config.h"
#include "daemon/import_command.h"

/* Takes the configuration over, of which source_archive's options and the data folder are used. Prints what came to stdout.
 * Returns the exit code: 0, or 1 if there is no journal. */
int import_session(struct config *, const struct import_options *);

#endif
