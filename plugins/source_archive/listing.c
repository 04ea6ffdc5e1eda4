#include "listing.h"

#include "leaf.h"
#include "livetiming.h"
#include "values.h"

#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define STREAM ".jsonStream"
#define DAY_NS INT64_C(86400000000000)
#define LAST_NS INT64_C(7000000000000000000) /* 2191: a later start would spoil the whole calendar */

/* The whole document must be sound before any of it is believed. */
static bool begin(const char *text, size_t n, struct f1p_json_slice *out, char *why, size_t why_size)
{
	static const struct f1p_json_handler none = {0};
	size_t bom = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	*out = (struct f1p_json_slice){text + bom, n - bom};
	return f1p_json_read(&none, NULL, out->text, out->n, why, why_size) == F1P_OK;
}

/* ---- a year ---- */

struct reading {
	struct listing *listing;
	struct f1p_session_plan place; /* of the meeting in hand */
	char code[8];
};

static uint32_t key_of(struct f1p_json_slice s)
{
	int32_t key = leaf_int(s, 1, INT32_MAX);

	return key == F1P_UNKNOWN ? 0 : (uint32_t)key;
}

static uint8_t type_of(const char *type, const char *name)
{
	bool sprint = strstr(name, "Sprint") != NULL;

	if (strcmp(type, "Race") == 0)
		return sprint ? F1P_SESSION_SPRINT : F1P_SESSION_RACE;
	if (strcmp(type, "Qualifying") == 0)
		return sprint || strstr(name, "Shootout") ? F1P_SESSION_SPRINT_QUALIFYING : F1P_SESSION_QUALIFYING;
	return strcmp(type, "Practice") == 0 ? F1P_SESSION_PRACTICE : F1P_SESSION_UNKNOWN;
}

static uint8_t number_of(struct f1p_json_slice s, const char *name)
{
	int32_t number = leaf_int(s, 1, 3);
	size_t n = strlen(name);

	if (number != F1P_UNKNOWN)
		return (uint8_t)number;
	return n > 0 && name[n - 1] >= '1' && name[n - 1] <= '3' ? (uint8_t)(name[n - 1] - '0') : 0;
}

static int64_t utc_of(struct f1p_json_slice local, int32_t offset_s)
{
	char text[40];
	size_t n = leaf_text(local, text, sizeof(text));
	int64_t t_ns;

	if (offset_s == F1P_UNKNOWN || !lt_parse_utc(text, n, &t_ns) || t_ns < 0)
		return F1P_UNKNOWN_NS;
	return t_ns - offset_s * INT64_C(1000000000);
}

static bool take_path(struct f1p_session_plan *p, struct f1p_json_slice s)
{
	char text[PATH_ROOM * 2], path[PATH_ROOM];

	if (leaf_text(s, text, sizeof(text)) == 0)
		return true;
	if (!path_session(text, path))
		return false;
	memcpy(p->path, path, sizeof(path));
	return true;
}

static bool read_session(void *arg, struct f1p_json_slice element)
{
	enum { KEY, TYPE, NUMBER, NAME, START, END, OFFSET, PATH };
	static const char *const keys[] = {"Key", "Type", "Number", "Name", "StartDate", "EndDate", "GmtOffset", "Path"};
	struct reading *r = arg;
	struct f1p_json_slice m[COUNT(keys)];
	struct f1p_session_plan p = r->place;
	char type[16], offset[16];

	if (!leaf_members(element, keys, m, COUNT(keys)))
		return true;
	leaf_text(m[NAME], p.name, sizeof(p.name));
	leaf_text(m[TYPE], type, sizeof(type));
	p.session_key = key_of(m[KEY]);
	p.type = type_of(type, p.name);
	p.number = p.type == F1P_SESSION_PRACTICE ? number_of(m[NUMBER], p.name) : 0;
	if (!lt_parse_offset(offset, leaf_text(m[OFFSET], offset, sizeof(offset)), &p.gmt_offset_s))
		p.gmt_offset_s = F1P_UNKNOWN;
	p.t_start_ns = utc_of(m[START], p.gmt_offset_s);
	if (p.t_start_ns < 0 || p.t_start_ns > LAST_NS || !take_path(&p, m[PATH])) {
		r->listing->refused++;
		return true;
	}
	p.t_end_ns = utc_of(m[END], p.gmt_offset_s);
	if (p.t_end_ns <= p.t_start_ns || p.t_end_ns - p.t_start_ns > DAY_NS)
		p.t_end_ns = F1P_UNKNOWN_NS;
	if (r->listing->n == SESSIONS_MAX)
		return false;
	struct listed *l = &r->listing->sessions[r->listing->n++];
	l->plan = p;
	memcpy(l->code, r->code, sizeof(l->code));
	return true;
}

static bool read_meeting(void *arg, struct f1p_json_slice element)
{
	enum { KEY, NUMBER, LOCATION, NAME, COUNTRY, CIRCUIT, SESSIONS };
	static const char *const keys[] = {"Key", "Number", "Location", "Name", "Country", "Circuit", "Sessions"};
	static const char *const country[] = {"Code", "Name"}, *const circuit[] = {"Key", "ShortName"};
	struct reading *r = arg;
	struct f1p_session_plan *p = &r->place;
	struct f1p_json_slice m[COUNT(keys)], pair[2];

	if (!leaf_members(element, keys, m, COUNT(keys)))
		return true;
	int32_t round = leaf_int(m[NUMBER], 1, 99);
	p->round = round == F1P_UNKNOWN ? 0 : (uint16_t)round;
	p->meeting_key = key_of(m[KEY]);
	leaf_text(m[NAME], p->meeting, sizeof(p->meeting));
	leaf_text(m[LOCATION], p->location, sizeof(p->location));
	leaf_members(m[COUNTRY], country, pair, 2);
	leaf_text(pair[0], r->code, sizeof(r->code));
	leaf_text(pair[1], p->country, sizeof(p->country));
	leaf_members(m[CIRCUIT], circuit, pair, 2);
	p->circuit_key = key_of(pair[0]);
	leaf_text(pair[1], p->circuit, sizeof(p->circuit));
	leaf_each(m[SESSIONS], read_session, r);
	return r->listing->n < SESSIONS_MAX;
}

bool listing_read(struct listing *l, int32_t year, const char *text, size_t n, char *why, size_t why_size)
{
	static const char *const keys[] = {"Meetings"};
	struct f1p_json_slice all, meetings;
	struct reading r = {.listing = l,
		.place = {.size = sizeof(r.place),
			.year = (uint16_t)year,
			.cancelled = F1P_TRI_UNKNOWN,
			.lat_e4 = F1P_UNKNOWN,
			.lon_e4 = F1P_UNKNOWN}};

	l->n = l->refused = 0;
	if (!begin(text, n, &all, why, why_size))
		return false;
	if (!leaf_members(all, keys, &meetings, 1) || !meetings.text || meetings.text[0] != '[') {
		snprintf(why, why_size, "it has no list of meetings");
		return false;
	}
	leaf_each(meetings, read_meeting, &r);
	return true;
}

/* ---- a session ---- */

bool topics_have(const struct topics *t, const char *name)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (strcmp(t->names[i], name) == 0)
			return true;
	return false;
}

bool topics_add(struct topics *t, const char *name, size_t n)
{
	char copy[TOPIC_ROOM] = "";

	if (!path_topic(name, n))
		return false;
	memcpy(copy, name, n);
	if (topics_have(t, copy))
		return true;
	if (t->n == TOPICS_MAX)
		return false;
	memcpy(t->names[t->n++], copy, sizeof(copy));
	return true;
}

bool topics_read(struct topics *t, const char *text, size_t n, char *why, size_t why_size)
{
	static const char *const keys[] = {"Feeds"}, *const stream[] = {"StreamPath"};
	struct f1p_json_slice all, feeds, name, feed, file;
	struct f1p_json_cutter c;
	char path[TOPIC_ROOM + 32];

	t->n = 0;
	if (!begin(text, n, &all, why, why_size))
		return false;
	if (!leaf_members(all, keys, &feeds, 1) || !feeds.text || feeds.text[0] != '{' ||
		!f1p_json_cut_begin(&c, feeds.text, feeds.n)) {
		snprintf(why, why_size, "it has no list of feeds");
		return false;
	}
	while (f1p_json_cut_next(&c, &name, &feed) == F1P_OK) {
		size_t len = leaf_members(feed, stream, &file, 1) ? leaf_text(file, path, sizeof(path)) : 0;
		size_t tail = sizeof(STREAM) - 1;
		if (len > tail && strcmp(path + len - tail, STREAM) == 0)
			topics_add(t, path, len - tail);
	}
	return true;
}
