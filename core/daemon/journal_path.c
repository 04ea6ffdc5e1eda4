#include "daemon/journal_path.h"

#include "base/log.h"
#include "helpers/journal_format.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define MAX_ASIDE 1000000

enum verdict { FRESH = 1, RESUME, SET_ASIDE, IN_USE };

struct reader {
	FILE *f;
	uint8_t *data;
	size_t len, cap;
	bool eof;
};

static bool more(struct reader *r, size_t used)
{
	memmove(r->data, r->data + used, r->len - used);
	r->len -= used;
	size_t n = fread(r->data + r->len, 1, r->cap - r->len, r->f);
	r->len += n;
	return n > 0;
}

/* A status of ENDS that no new session follows means that the race is over. */
static bool session_over(struct reader *r)
{
	const uint8_t *ev;
	size_t size, used, at = F1P_JOURNAL_HEADER;
	bool over = false;

	for (;;) {
		f1p_status rc = f1p_journal_record_read(r->data + at, r->len - at, &ev, &size, &used);
		if (rc == F1P_AGAIN) {
			if (!more(r, at))
				return over;
			at = 0;
			continue;
		}
		if (rc != F1P_OK)
			return over;
		struct f1p_ev_value v = {0};
		memcpy(&v, ev, size < sizeof(v) ? size : sizeof(v));
		if (v.h.space == F1P_SPACE_CORE && v.h.type == F1P_EV_SESSION_STATUS)
			over = v.value == F1P_STATUS_ENDS;
		else if (v.h.space == F1P_SPACE_CORE && (v.h.type == F1P_EV_FEED_RESET || v.h.type == F1P_EV_SESSION))
			over = false;
		at += used;
	}
}

/* why: of a journal that is set aside */
static enum verdict judge(const char *path, uint64_t identity, const char **why)
{
	struct f1p_journal_header h;
	struct reader r = {.cap = 1u << 20};
	enum verdict v = SET_ASIDE;

	*why = "cannot be read";
	r.f = fopen(path, "rb");
	if (!r.f)
		return errno == ENOENT ? FRESH : SET_ASIDE;
	/* A file that another daemon writes is not ours to move. The lock goes with the descriptor; journal_open takes its own. */
	if (flock(fileno(r.f), LOCK_EX | LOCK_NB) != 0) {
		fclose(r.f);
		return IN_USE;
	}
	r.data = malloc(r.cap);
	if (r.data && !more(&r, 0))
		v = FRESH;
	else if (r.data && f1p_journal_header_check(r.data, r.len, &h) != F1P_OK)
		*why = "is no journal of this f1pd version";
	else if (r.data && h.identity != identity)
		*why = "is of other sources";
	else if (r.data && session_over(&r))
		*why = "is of a session that is over";
	else if (r.data)
		v = RESUME;
	free(r.data);
	fclose(r.f);
	return v;
}

/* 12 for "012.f1j"; 0 for any other name. */
static long aside_number(const char *name)
{
	char *end;
	long n = isdigit((unsigned char)name[0]) ? strtol(name, &end, 10) : 0;

	return n > 0 && n < MAX_ASIDE && strcmp(end, ".f1j") == 0 ? n : 0;
}

static void delete_until(const char *dir, long last)
{
	struct dirent *entry;
	char path[4400];
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d)) != NULL) {
		long n = aside_number(entry->d_name);
		if (n && n <= last && snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name) < (int)sizeof(path))
			unlink(path);
	}
	if (d)
		closedir(d);
}

bool journal_path_aside(const char *dir, int64_t keep, char *out, size_t out_size, char *err, size_t err_size)
{
	struct dirent *entry;
	long newest = 0;
	DIR *d = opendir(dir);

	if (!d) {
		snprintf(err, err_size, "%s: cannot read the journal folder: %s", dir, strerror(errno));
		return false;
	}
	while ((entry = readdir(d)) != NULL)
		if (aside_number(entry->d_name) > newest)
			newest = aside_number(entry->d_name);
	closedir(d);
	if (snprintf(out, out_size, "%s/%03ld.f1j", dir, newest + 1) >= (int)out_size) {
		snprintf(err, err_size, "%s: path too long", dir);
		return false;
	}
	delete_until(dir, newest + 1 - keep);
	return true;
}

static bool set_aside(const char *path, const char *why, const char *dir, int64_t keep, char *err, size_t err_size)
{
	char to[4400];

	if (!journal_path_aside(dir, keep, to, sizeof(to), err, err_size))
		return false;
	if (rename(path, to) == 0) {
		log_line(F1P_LOG_INFO, "journal", "%s %s: kept as %s, and begun anew", path, why, to);
		return true;
	}
	snprintf(err, err_size, "%s: cannot set the former journal aside: %s", path, strerror(errno));
	return false;
}

bool journal_path_choose(const char *given, const char *dir, uint64_t identity, int64_t keep, char *out, size_t out_size, char *err,
			 size_t err_size)
{
	if (given) {
		if (snprintf(out, out_size, "%s", given) < (int)out_size)
			return true;
		snprintf(err, err_size, "%.200s...: path too long", given);
		return false;
	}
	if (snprintf(out, out_size, "%s/current.f1j", dir) >= (int)out_size) {
		snprintf(err, err_size, "%s: path too long", dir);
		return false;
	}
	const char *why;
	enum verdict v = judge(out, identity, &why);
	if (v == IN_USE) {
		snprintf(err, err_size, "%s: another f1pd is writing it; stop it or choose another journal_dir", out);
		return false;
	}
	return v != SET_ASIDE || set_aside(out, why, dir, keep, err, err_size);
}
