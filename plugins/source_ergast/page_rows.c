/* page_rows.c - results, grids, laps, stops and standings as rows of the history. */
#include "page.h"

#include "leaf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct f1p_history_row head(const struct want *w, uint32_t type, size_t size)
{
	return (struct f1p_history_row){.size = (uint32_t)size, .type = type, .race_id = w->season * 100 + w->round};
}

/* ---- who ---- */

static bool name_of_driver(struct f1p_json_slice driver, char *id, size_t id_size, struct rows *rows)
{
	static const char *const keys[] = {"driverId", "code", "givenName", "familyName"};
	struct f1p_json_slice m[COUNT(keys)];
	struct f1p_hist_name name = {.row = {.size = sizeof(name), .type = F1P_HIST_DRIVER}};
	char given[64], family[64], both[sizeof(given) + sizeof(family)];

	if (!leaf_members(driver, keys, m, COUNT(keys)) || !leaf_text(m[0], id, id_size))
		return true; /* the row is left out; the page goes on */
	leaf_text(m[0], name.id, sizeof(name.id));
	leaf_text(m[1], name.code, sizeof(name.code));
	size_t n = leaf_text(m[2], given, sizeof(given));
	leaf_text(m[3], family, sizeof(family));
	snprintf(both, sizeof(both), "%s%s%s", given, n ? " " : "", family);
	memcpy(name.name, both, strnlen(both, sizeof(name.name) - 1));
	return rows_add(rows, &name);
}

static bool name_of_constructor(struct f1p_json_slice constructor, char *id, size_t id_size, struct rows *rows)
{
	static const char *const keys[] = {"constructorId", "name"};
	struct f1p_json_slice m[COUNT(keys)];
	struct f1p_hist_name name = {.row = {.size = sizeof(name), .type = F1P_HIST_CONSTRUCTOR}};

	if (!leaf_members(constructor, keys, m, COUNT(keys)) || !leaf_text(m[0], id, id_size))
		return true;
	leaf_text(m[0], name.id, sizeof(name.id));
	leaf_text(m[1], name.name, sizeof(name.name));
	return rows_add(rows, &name);
}

/* ---- results ---- */

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* status: hundreds of reasons until 2024, a handful of words since. */
static uint8_t ending(const char *status, const char *position)
{
	static const char *const fine[] = {"Finished", "Lapped", "+"};
	static const char *const accidents[] = {
		"Accident", "Collision", "Spun off", "Fatal accident", "Damage", "Debris", "Puncture"};
	static const char *const absent[] = {"Did not", "Withdrew", "Not classified", "Excluded"};
	static const char *const others[] = {
		"Illness", "Injur", "Driver unwell", "Physical", "Out of fuel", "Not restarted", "Safety"};

	if (strcmp(position, "D") == 0 || strcmp(position, "E") == 0 || begins(status, "Disqualified"))
		return F1P_DNF_DSQ;
	for (size_t i = 0; i < COUNT(fine); i++)
		if (begins(status, fine[i]))
			return F1P_DNF_NONE;
	for (size_t i = 0; i < COUNT(accidents); i++)
		if (begins(status, accidents[i]))
			return F1P_DNF_ACCIDENT;
	for (size_t i = 0; i < COUNT(absent); i++)
		if (begins(status, absent[i]))
			return i < 2 ? F1P_DNF_DNS : F1P_DNF_OTHER;
	for (size_t i = 0; i < COUNT(others); i++)
		if (begins(status, others[i]))
			return F1P_DNF_OTHER;
	if (status[0] == '\0' || begins(status, "Retired"))
		return F1P_DNF_UNKNOWN;
	return F1P_DNF_MECHANICAL;
}

static int32_t in_member(struct f1p_json_slice object, const char *key, int32_t (*read)(struct f1p_json_slice))
{
	struct f1p_json_slice value;

	return leaf_members(object, &key, &value, 1) ? read(value) : F1P_UNKNOWN;
}

static int32_t millis(struct f1p_json_slice s)
{
	return leaf_int(s, 0, 86400000);
}

static int32_t time_of_lap(struct f1p_json_slice time)
{
	return in_member(time, "time", leaf_clock);
}

static void fill_places(struct f1p_hist_result *r, const char *status, const char *position)
{
	r->dnf = ending(status, position);
	r->classified = position[0] >= '1' && position[0] <= '9' ? F1P_YES : position[0] ? F1P_NO : F1P_TRI_UNKNOWN;
	if (r->dnf == F1P_DNF_DNS)
		r->grid = F1P_UNKNOWN;
	r->pit_lane_start = r->grid == F1P_UNKNOWN ? F1P_TRI_UNKNOWN : r->grid == 0 ? F1P_YES : F1P_NO;
}

bool row_of_result(const struct want *w, struct f1p_json_slice element, struct rows *rows)
{
	enum { NUMBER, POSITION, TEXT, POINTS, DRIVER, CONSTRUCTOR, GRID, LAPS, STATUS, TIME, FASTEST };
	static const char *const keys[] = {"number", "position", "positionText", "points", "Driver", "Constructor", "grid",
		"laps", "status", "Time", "FastestLap"};
	struct f1p_json_slice m[COUNT(keys)];
	char status[64], position[8];
	struct f1p_hist_result r = {.row = head(w, F1P_HIST_RESULT, sizeof(r)), .penalty_ms = F1P_UNKNOWN};

	if (!leaf_members(element, keys, m, COUNT(keys)))
		return true;
	r.session = w->kind == KIND_SPRINT ? F1P_HIST_SPRINT : F1P_HIST_MAIN;
	r.number = leaf_int(m[NUMBER], 0, (int32_t)F1P_MAX_CAR_NUMBER);
	r.position = leaf_int(m[POSITION], 1, 99);
	r.grid = leaf_int(m[GRID], 0, 99);
	r.laps = leaf_int(m[LAPS], 0, 400);
	r.points_c = leaf_decimal(m[POINTS], 2);
	r.time_ms = in_member(m[TIME], "millis", millis);
	r.best_ms = in_member(m[FASTEST], "Time", time_of_lap);
	leaf_text(m[STATUS], status, sizeof(status));
	leaf_text(m[TEXT], position, sizeof(position));
	fill_places(&r, status, position);
	if (!name_of_driver(m[DRIVER], r.driver_id, sizeof(r.driver_id), rows) ||
		!name_of_constructor(m[CONSTRUCTOR], r.constructor_id, sizeof(r.constructor_id), rows))
		return false;
	return !r.driver_id[0] || rows_add(rows, &r);
}

bool row_of_qualifying(const struct want *w, struct f1p_json_slice element, struct rows *rows)
{
	static const char *const keys[] = {"position", "Driver", "Constructor", "Q1", "Q2", "Q3"};
	struct f1p_json_slice m[COUNT(keys)];
	struct f1p_hist_qualifying q = {
		.row = head(w, F1P_HIST_QUALIFYING, sizeof(q)), .session = F1P_HIST_MAIN, .grid_penalty = F1P_UNKNOWN};

	if (!leaf_members(element, keys, m, COUNT(keys)))
		return true;
	q.position = leaf_int(m[0], 1, 99);
	for (size_t i = 0; i < 3; i++)
		q.q_ms[i] = leaf_clock(m[3 + i]);
	if (!name_of_driver(m[1], q.driver_id, sizeof(q.driver_id), rows) ||
		!name_of_constructor(m[2], q.constructor_id, sizeof(q.constructor_id), rows))
		return false;
	return !q.driver_id[0] || rows_add(rows, &q);
}

/* ---- the race itself ---- */

bool row_of_stop(const struct want *w, struct f1p_json_slice element, struct rows *rows)
{
	static const char *const keys[] = {"driverId", "lap", "stop", "duration"};
	struct f1p_json_slice m[COUNT(keys)];
	struct f1p_hist_stop s = {
		.row = head(w, F1P_HIST_STOP, sizeof(s)), .stationary_ms = F1P_UNKNOWN, .tyre_change = F1P_TRI_UNKNOWN};

	if (!leaf_members(element, keys, m, COUNT(keys)) || !leaf_text(m[0], s.driver_id, sizeof(s.driver_id)))
		return true;
	s.lap = leaf_int(m[1], 0, 400);
	s.stop = leaf_int(m[2], 1, 99);
	s.lane_ms = leaf_clock(m[3]);
	return s.stop == F1P_UNKNOWN || rows_add(rows, &s);
}

bool row_of_timing(const struct want *w, int32_t lap, struct f1p_json_slice element, struct rows *rows)
{
	static const char *const keys[] = {"driverId", "position", "time"};
	struct f1p_json_slice m[COUNT(keys)];
	struct f1p_hist_lap l = {.row = head(w, F1P_HIST_LAP, sizeof(l)),
		.lap = lap,
		.elapsed_ms = F1P_UNKNOWN,
		.gap_ms = F1P_UNKNOWN,
		.tyre_laps = -1,
		.compound = F1P_TYRE_UNKNOWN};

	if (!leaf_members(element, keys, m, COUNT(keys)) || !leaf_text(m[0], l.driver_id, sizeof(l.driver_id)))
		return true;
	l.position = leaf_int(m[1], 1, 99);
	l.time_ms = leaf_clock(m[2]);
	return rows_add(rows, &l);
}

/* ---- standings ---- */

static bool standing(const struct want *w, uint32_t kind, struct f1p_json_slice element, struct rows *rows)
{
	static const char *const keys[] = {"position", "points", "wins", "Driver", "Constructor"};
	struct f1p_json_slice m[COUNT(keys)];
	struct f1p_hist_standing s = {.row = head(w, F1P_HIST_STANDING, sizeof(s)), .kind = kind};

	if (!leaf_members(element, keys, m, COUNT(keys)))
		return true;
	s.position = leaf_int(m[0], 1, 999);
	s.points_c = leaf_decimal(m[1], 2);
	s.wins = leaf_int(m[2], 0, 99);
	bool ok = kind == F1P_STANDING_DRIVER ? name_of_driver(m[3], s.id, sizeof(s.id), rows)
					      : name_of_constructor(m[4], s.id, sizeof(s.id), rows);
	return ok && (!s.id[0] || rows_add(rows, &s));
}

bool row_of_driver_standing(const struct want *w, struct f1p_json_slice element, struct rows *rows)
{
	return standing(w, F1P_STANDING_DRIVER, element, rows);
}

bool row_of_constructor_standing(const struct want *w, struct f1p_json_slice element, struct rows *rows)
{
	return standing(w, F1P_STANDING_CONSTRUCTOR, element, rows);
}
