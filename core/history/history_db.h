/* history_db.h - one SQLite connection to the store: opening, schema, damaged files. */
#ifndef HISTORY_HISTORY_DB_H
#define HISTORY_HISTORY_DB_H

#include <f1pd/base.h>

struct sqlite3;

/* "/dir/history.sqlite", or for memory a name of the memdb VFS. */
struct history_place {
	char path[4096];
	bool memory;
};

/* The writer's connection: makes the file and its tables, sets a damaged one aside (with a log line). The whole file is read
 * for damage only if the last writer did not close it or met damage in it. NULL with one line in err. */
struct sqlite3 *history_db_open(const struct history_place *, char *err, size_t err_size);
/* One more connection, for reading; the store is open already. */
struct sqlite3 *history_db_open_reader(const struct history_place *, char *err, size_t err_size);

/* [any] If the result code tells of damage, the next start looks at the whole file. */
void history_db_suspect(const struct history_place *, int rc);

#endif
