#include "history/history_db.h"

#include "base/log.h"
#include "history/history.h"
#include "history/history_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define APPLICATION_ID 0x46315044 /* "F1PD": tells our files from everybody else's */
#define BUSY_MS 5000
#define SQL_MAX 2048
#define ASIDE_MAX 1000

enum verdict { FILE_GOOD = 1, FILE_DAMAGED, FILE_REFUSED };

static bool is_damage(int rc)
{
	return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
}

static enum verdict verdict_of(sqlite3 *db, int rc, const char *path, char *err, size_t err_size)
{
	snprintf(err, err_size, "%s: %s", path, db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
	return is_damage(rc) ? FILE_DAMAGED : FILE_REFUSED;
}

/* ---- when to look closely ---- */

static const char suspicion[] = ".check"; /* PATH.check */

static void beside(char *out, size_t size, const char *path, const char *suffix)
{
	snprintf(out, size, "%s%s", path, suffix);
}

static bool is_suspect(const struct history_place *p)
{
	static const char *const signs[] = {suspicion, "-wal"};
	char sign[4200];

	for (size_t i = 0; i < 2 && !p->memory; i++) {
		beside(sign, sizeof(sign), p->path, signs[i]);
		if (access(sign, F_OK) == 0)
			return true;
	}
	return false;
}

void history_db_suspect(const struct history_place *p, int rc)
{
	char sign[4200];

	if (p->memory || !is_damage(rc))
		return;
	beside(sign, sizeof(sign), p->path, suspicion);
	int fd = open(sign, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
}

/* ---- connections ---- */

static int connect_to(const struct history_place *p, sqlite3 **db)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

	*db = NULL;
	int rc = sqlite3_open_v2(p->path, db, flags | (p->memory ? SQLITE_OPEN_URI : 0), NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(*db, BUSY_MS);
	if (rc == SQLITE_OK)
		sqlite3_db_config(*db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return rc;
}

static int exec(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* The first column of the first row, as a number; text "ok" is 1. */
static int ask(sqlite3 *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		const unsigned char *text = sqlite3_column_text(st, 0);
		*out = text && strcmp((const char *)text, "ok") == 0 ? 1 : sqlite3_column_int64(st, 0);
		rc = SQLITE_OK;
	}
	int end = sqlite3_finalize(st);
	return rc == SQLITE_DONE ? SQLITE_ERROR : rc != SQLITE_OK ? rc : end;
}

/* ---- schema ---- */

static int create_tables(sqlite3 *db)
{
	char sql[SQL_MAX];
	int rc = exec(db, "BEGIN IMMEDIATE");

	for (uint32_t type = 1; type < F1P_HIST_TYPES && rc == SQLITE_OK; type++)
		rc = history_sql_create(history_table(type), sql, sizeof(sql)) ? exec(db, sql) : SQLITE_TOOBIG;
	snprintf(
		sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", APPLICATION_ID, HISTORY_SCHEMA);
	if (rc == SQLITE_OK)
		rc = exec(db, sql);
	if (rc != SQLITE_OK && !sqlite3_get_autocommit(db))
		exec(db, "ROLLBACK");
	return rc;
}

static enum verdict check_schema(sqlite3 *db, const char *path, bool closely, char *err, size_t err_size)
{
	int64_t version = 0, id = 0, tables = 0, sound = 1;
	int rc = ask(db, "PRAGMA user_version", &version);

	rc = rc ? rc : ask(db, "PRAGMA application_id", &id);
	rc = rc ? rc : ask(db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (rc != SQLITE_OK)
		return verdict_of(db, rc, path, err, err_size);
	if (tables != 0 && id != APPLICATION_ID) {
		snprintf(err, err_size, "%s: another program's database; choose another data folder", path);
		return FILE_REFUSED;
	}
	if (version > HISTORY_SCHEMA) {
		snprintf(err, err_size,
			"%s: written by a newer f1pd (schema %lld, this one knows %d); update f1pd or move the file away", path,
			(long long)version, HISTORY_SCHEMA);
		return FILE_REFUSED;
	}
	if (tables == 0)
		rc = create_tables(db);
	else if (closely)
		rc = ask(db, "PRAGMA quick_check(1)", &sound);
	if (rc != SQLITE_OK)
		return verdict_of(db, rc, path, err, err_size);
	if (!sound) {
		snprintf(err, err_size, "%s: damaged", path);
		return FILE_DAMAGED;
	}
	return FILE_GOOD;
}

static enum verdict open_once(const struct history_place *p, sqlite3 **db, char *err, size_t err_size)
{
	bool closely = is_suspect(p);
	int rc = connect_to(p, db);

	if (rc == SQLITE_OK && !p->memory)
		rc = exec(*db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
	enum verdict v = rc == SQLITE_OK ? check_schema(*db, p->path, closely, err, err_size)
					 : verdict_of(*db, rc, p->path, err, err_size);
	if (v != FILE_GOOD) {
		sqlite3_close(*db);
		*db = NULL;
	}
	return v;
}

/* ---- damaged files ---- */

/* The log beside the file belongs to it: left behind, it would be read into the new one. */
static bool set_aside(const char *path)
{
	static const char *const parts[] = {"-wal", "-shm", ""};
	char from[4200], to[4200];
	int n = 1;

	do {
		snprintf(to, sizeof(to), "%s.corrupt-%d", path, n);
	} while (access(to, F_OK) == 0 && n++ < ASIDE_MAX);
	for (size_t i = 0; i < 3; i++) {
		beside(from, sizeof(from), path, parts[i]);
		snprintf(to, sizeof(to), "%s.corrupt-%d%s", path, n, parts[i]);
		if (rename(from, to) != 0 && (errno != ENOENT || i == 2))
			return false;
	}
	log_line(F1P_LOG_ERROR, "history", "%s: damaged, moved aside to %s; a new one begins: import what is needed again", path,
		to);
	return true;
}

struct sqlite3 *history_db_open(const struct history_place *p, char *err, size_t err_size)
{
	char sign[4200];
	sqlite3 *db;
	enum verdict v = open_once(p, &db, err, err_size);

	if (v == FILE_DAMAGED && !p->memory) {
		if (set_aside(p->path))
			open_once(p, &db, err, err_size);
		else
			snprintf(err, err_size, "%s: damaged, and it cannot be moved aside: %s", p->path, strerror(errno));
	}
	beside(sign, sizeof(sign), p->path, suspicion);
	if (db && !p->memory)
		unlink(sign);
	return db;
}

struct sqlite3 *history_db_open_reader(const struct history_place *p, char *err, size_t err_size)
{
	sqlite3 *db;
	int rc = connect_to(p, &db);

	if (rc == SQLITE_OK)
		rc = exec(db, "PRAGMA query_only = 1");
	if (rc != SQLITE_OK) {
		verdict_of(db, rc, p->path, err, err_size);
		sqlite3_close(db);
		return NULL;
	}
	return db;
}
