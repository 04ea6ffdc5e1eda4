/*
 * calendar_file.c - the calendars on disk, for a start without network.
 *
 * {"version":1,"calendars":[{"instance":"...","rank":1,"fetched_ns":...,"sessions":[{"session_key":...,...}]}]}
 * Unknown fields are left out. Written beside and renamed: the file is whole or the former one.
 */
#include "schedule/schedule_internal.h"

#include "helpers/json_reader.h"
#include "helpers/json_writer.h"
#include "helpers/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION 1
#define MAX_BYTES (16u << 20)
#define OLDER_NS (60 * DAY_NS) /* than the newest: its source is long gone */

/* ---- writing ---- */

static void write_plan(struct f1p_json *j, const struct f1p_session_plan *p)
{
	f1p_json_object(j);
	for (size_t i = 0; i < plan_n_fields; i++) {
		const struct plan_field *f = &plan_fields[i];
		const char *text = (const char *)p + f->offset;
		if (f->kind == PLAN_TEXT ? text[0] == '\0' : plan_get(p, f) == f->unknown)
			continue;
		f1p_json_key(j, f->name);
		if (f->kind == PLAN_TEXT)
			f1p_json_str(j, text);
		else
			f1p_json_int(j, plan_get(p, f));
	}
	f1p_json_end(j);
}

static void write_calendar(struct f1p_json *j, const struct calendar *c)
{
	f1p_json_object(j);
	f1p_json_key(j, "instance");
	f1p_json_str(j, c->instance);
	f1p_json_key(j, "rank");
	f1p_json_uint(j, c->rank);
	f1p_json_key(j, "fetched_ns");
	f1p_json_int(j, c->t_fetched_ns);
	f1p_json_key(j, "sessions");
	f1p_json_array(j);
	for (uint32_t i = 0; i < c->n; i++)
		write_plan(j, &c->plans[i]);
	f1p_json_end(j);
	f1p_json_end(j);
}

static bool write_whole(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "we");
	bool ok = f && fwrite(text, 1, n, f) == n;

	if (f && fclose(f) != 0)
		ok = false;
	return ok;
}

bool calendar_file_save(const char *path, const struct calendars *cs, char *why, size_t why_size)
{
	struct f1p_json j;
	char beside[4096];
	size_t n = 0;
	bool ok = false;

	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "version");
	f1p_json_int(&j, VERSION);
	f1p_json_key(&j, "calendars");
	f1p_json_array(&j);
	for (uint32_t i = 0; i < cs->n; i++)
		write_calendar(&j, &cs->list[i]);
	f1p_json_end(&j);
	f1p_json_end(&j);
	const char *text = f1p_json_text(&j, &n);
	if (!text) {
		snprintf(why, why_size, "no memory to write the calendar");
	} else if ((size_t)snprintf(beside, sizeof(beside), "%s.new", path) >= sizeof(beside)) {
		snprintf(why, why_size, "the path is too long");
	} else if (!write_whole(beside, text, n) || rename(beside, path) != 0) {
		snprintf(why, why_size, "cannot be written: %s", strerror(errno));
		unlink(beside);
	} else {
		ok = true;
	}
	f1p_json_finish(&j);
	return ok;
}

/* ---- reading ---- */

enum depth { ROOT = 1, CALENDARS, CALENDAR, SESSIONS, SESSION };

struct reading {
	struct calendars *into;
	struct calendar c; /* in hand */
	struct f1p_session_plan plan;
	int depth;
	int64_t version;
	char key[32];
	const char *fault;
};

static bool refuse(struct reading *r, const char *fault)
{
	r->fault = fault;
	return false;
}

static bool on_key(void *ctx, const char *text, size_t n)
{
	struct reading *r = ctx;

	f1p_utf8_copy(r->key, sizeof(r->key), text, n);
	return true;
}

static bool on_array(void *ctx)
{
	struct reading *r = ctx;

	if ((r->depth == ROOT && strcmp(r->key, "calendars") == 0) || (r->depth == CALENDAR && strcmp(r->key, "sessions") == 0)) {
		r->depth++;
		return true;
	}
	return refuse(r, "is not a calendar of f1pd");
}

static bool on_object(void *ctx)
{
	struct reading *r = ctx;

	if (r->depth != 0 && r->depth != CALENDARS && r->depth != SESSIONS)
		return refuse(r, "is not a calendar of f1pd");
	r->depth++;
	if (r->depth == SESSION)
		plan_init(&r->plan);
	return true;
}

static bool on_end(void *ctx)
{
	((struct reading *)ctx)->depth--;
	return true;
}

/* A session that does not pass the check is left out: the others are good. */
static bool end_session(struct reading *r)
{
	char why[160];

	if (!plan_check(&r->plan, why, sizeof(why)) || r->c.n >= SCHEDULE_MAX_SESSIONS)
		return true;
	if (!r->c.plans)
		r->c.plans = malloc(SCHEDULE_MAX_SESSIONS * sizeof(*r->c.plans));
	if (!r->c.plans)
		return refuse(r, "does not fit into memory");
	r->c.plans[r->c.n++] = r->plan;
	return true;
}

static bool end_calendar(struct reading *r)
{
	struct calendar c = r->c;

	memset(&r->c, 0, sizeof(r->c));
	c.kept = true;
	if (c.n == 0 || c.instance[0] == '\0' || c.rank == 0 || calendars_put(r->into, &c) != F1P_OK)
		calendar_finish(&c);
	return true;
}

static bool on_object_end(void *ctx)
{
	struct reading *r = ctx;
	int was = r->depth--;

	return was == SESSION ? end_session(r) : was == CALENDAR ? end_calendar(r) : true;
}

static const struct plan_field *field_of(const char *name)
{
	for (size_t i = 0; i < plan_n_fields; i++)
		if (strcmp(plan_fields[i].name, name) == 0)
			return &plan_fields[i];
	return NULL;
}

static bool on_text(void *ctx, const char *text, size_t n)
{
	struct reading *r = ctx;
	const struct plan_field *f = r->depth == SESSION ? field_of(r->key) : NULL;

	if (f && f->kind == PLAN_TEXT)
		f1p_utf8_copy((char *)&r->plan + f->offset, f->bytes, text, n);
	else if (r->depth == CALENDAR && strcmp(r->key, "instance") == 0)
		f1p_utf8_copy(r->c.instance, sizeof(r->c.instance), text, n);
	return true;
}

static bool whole_number(const char *text, size_t n, int64_t *out)
{
	char digits[24], *end;

	if (n == 0 || n >= sizeof(digits))
		return false;
	memcpy(digits, text, n);
	digits[n] = '\0';
	errno = 0;
	*out = strtoll(digits, &end, 10);
	return errno == 0 && *end == '\0';
}

static bool on_number(void *ctx, const char *text, size_t n)
{
	struct reading *r = ctx;
	const struct plan_field *f = r->depth == SESSION ? field_of(r->key) : NULL;
	int64_t v;

	if (!whole_number(text, n, &v))
		return refuse(r, "holds a number that is not whole");
	if (f && f->kind != PLAN_TEXT && v >= f->low && v <= f->high)
		plan_put(&r->plan, f, v);
	else if (r->depth == CALENDAR && strcmp(r->key, "rank") == 0)
		r->c.rank = v > 0 && v <= UINT16_MAX ? (uint32_t)v : 0;
	else if (r->depth == CALENDAR && strcmp(r->key, "fetched_ns") == 0)
		r->c.t_fetched_ns = v > 0 ? v : 0;
	else if (r->depth == ROOT && strcmp(r->key, "version") == 0)
		r->version = v;
	return true;
}

/* Malloc'ed; NULL with errno. */
static char *read_whole(const char *path, size_t *n)
{
	FILE *f = fopen(path, "re");
	struct stat st;
	char *text = NULL;

	if (!f)
		return NULL;
	if (fstat(fileno(f), &st) != 0) {
		fclose(f);
		return NULL;
	}
	if (st.st_size > MAX_BYTES)
		errno = EFBIG;
	else if ((text = malloc((size_t)st.st_size + 1)))
		*n = fread(text, 1, (size_t)st.st_size, f);
	fclose(f);
	return text;
}

static void drop_old(struct calendars *cs)
{
	int64_t newest = 0;
	struct calendars kept = {.n = 0};

	for (uint32_t i = 0; i < cs->n; i++)
		if (cs->list[i].t_fetched_ns > newest)
			newest = cs->list[i].t_fetched_ns;
	for (uint32_t i = 0; i < cs->n; i++) {
		if (newest - cs->list[i].t_fetched_ns > OLDER_NS)
			calendar_finish(&cs->list[i]);
		else
			kept.list[kept.n++] = cs->list[i];
	}
	*cs = kept;
}

bool calendar_file_load(const char *path, struct calendars *cs, char *why, size_t why_size)
{
	static const struct f1p_json_handler handler = {.obj_begin = on_object,
		.obj_end = on_object_end,
		.arr_begin = on_array,
		.arr_end = on_end,
		.key = on_key,
		.str = on_text,
		.num = on_number};
	struct reading r = {.into = cs};
	char err[160] = "";
	size_t n = 0;
	char *text = read_whole(path, &n);

	if (!text && errno == ENOENT)
		return true;
	if (!text) {
		snprintf(why, why_size, "cannot be read: %s", strerror(errno));
		return false;
	}
	f1p_status status = f1p_json_read(&handler, &r, text, n, err, sizeof(err));
	free(text);
	calendar_finish(&r.c);
	if (status == F1P_OK && r.version == VERSION) {
		drop_old(cs);
		return true;
	}
	calendars_finish(cs);
	if (status == F1P_OK)
		snprintf(why, why_size, "is of version %lld, this f1pd reads %d", (long long)r.version, VERSION);
	else
		snprintf(why, why_size, "%s", r.fault ? r.fault : err);
	return false;
}
