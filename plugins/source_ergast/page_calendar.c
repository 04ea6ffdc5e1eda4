/* page_calendar.c - one race of the calendar: the weekend's sessions, and where it is. */
#include "page.h"

#include "leaf.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MINUTE_NS INT64_C(60000000000)
#define YEAR_NS (525949 * MINUTE_NS)

struct session {
	const char *key; /* NULL: the race itself */
	const char *name;
	uint8_t type, number;
	uint8_t minutes;
};
static const struct session sessions[] = {
	{"FirstPractice", "Practice 1", F1P_SESSION_PRACTICE, 1, 60},
	{"SecondPractice", "Practice 2", F1P_SESSION_PRACTICE, 2, 60},
	{"ThirdPractice", "Practice 3", F1P_SESSION_PRACTICE, 3, 60},
	{"SprintQualifying", "Sprint Qualifying", F1P_SESSION_SPRINT_QUALIFYING, 0, 45},
	{"SprintShootout", "Sprint Qualifying", F1P_SESSION_SPRINT_QUALIFYING, 0, 45},
	{"Sprint", "Sprint", F1P_SESSION_SPRINT, 0, 60},
	{"Qualifying", "Qualifying", F1P_SESSION_QUALIFYING, 0, 60},
};
static const struct session race_session = {NULL, "Race", F1P_SESSION_RACE, 0, 120};

/* What is of another time, give or take a year, is as good as untold: the host would refuse the whole calendar for it. */
static int64_t in_season(int64_t t_ns, int32_t season)
{
	int64_t year = 1970 + t_ns / YEAR_NS;

	return t_ns >= 0 && year >= season - 1 && year <= season + 1 ? t_ns : F1P_UNKNOWN_NS;
}

static int64_t start_of(struct f1p_json_slice object, int32_t season)
{
	static const char *const keys[] = {"date", "time"};
	struct f1p_json_slice m[2];

	return leaf_members(object, keys, m, 2) ? in_season(leaf_utc(m[0], m[1]), season) : F1P_UNKNOWN_NS;
}

/* A session without an hour is left out: nobody could connect in time for it. */
static void add_session(struct race *r, const struct f1p_session_plan *place, const struct session *s, int64_t t_start_ns)
{
	if (t_start_ns == F1P_UNKNOWN_NS || r->n_plans == SESSIONS_MAX)
		return;
	struct f1p_session_plan *p = &r->plans[r->n_plans++];
	*p = *place;
	p->type = s->type;
	p->number = s->number;
	p->t_start_ns = t_start_ns;
	p->t_end_ns = t_start_ns + s->minutes * MINUTE_NS;
	memcpy(p->name, s->name, strlen(s->name) + 1);
}

static void fill_place(struct race *r, struct f1p_session_plan *place, struct f1p_json_slice circuit)
{
	static const char *const keys[] = {"circuitId", "circuitName", "Location"};
	static const char *const location[] = {"lat", "long", "locality", "country"};
	struct f1p_json_slice m[COUNT(keys)], l[COUNT(location)];

	leaf_members(circuit, keys, m, COUNT(keys));
	leaf_members(m[2], location, l, COUNT(location));
	leaf_text(m[0], r->row.circuit_id, sizeof(r->row.circuit_id));
	leaf_text(m[1], place->circuit, sizeof(place->circuit));
	leaf_text(l[2], place->location, sizeof(place->location));
	leaf_text(l[3], place->country, sizeof(place->country));
	leaf_text(l[3], r->row.country, sizeof(r->row.country));
	place->lat_e4 = r->row.lat_e4 = leaf_decimal(l[0], 4);
	place->lon_e4 = r->row.lon_e4 = leaf_decimal(l[1], 4);
	if (place->lat_e4 < -900000 || place->lat_e4 > 900000 || place->lon_e4 < -1800000 || place->lon_e4 > 1800000)
		place->lat_e4 = r->row.lat_e4 = place->lon_e4 = r->row.lon_e4 = F1P_UNKNOWN;
}

static void fill_race(struct race *r, int32_t season)
{
	r->t_race_ns = r->t_qualifying_ns = r->t_sprint_ns = F1P_UNKNOWN_NS;
	r->row = (struct f1p_hist_race){.row = {sizeof(r->row), F1P_HIST_RACE, season * 100 + r->round, 0},
		.t_start_ns = F1P_UNKNOWN_NS,
		.laps = F1P_UNKNOWN,
		.scheduled_laps = F1P_UNKNOWN,
		.length_m = F1P_UNKNOWN,
		.lat_e4 = F1P_UNKNOWN,
		.lon_e4 = F1P_UNKNOWN,
		.sprint = F1P_NO,
		.street = F1P_TRI_UNKNOWN,
		.wet = F1P_TRI_UNKNOWN};
}

bool calendar_add(int32_t season, struct f1p_json_slice element, struct calendar *calendar)
{
	enum { ROUND, NAME, CIRCUIT, DATE, TIME, SESSIONS };
	const char *keys[SESSIONS + COUNT(sessions)] = {"round", "raceName", "Circuit", "date", "time"};
	static const struct f1p_json_slice end_of_day = {"\"23:59:59Z\"", 11};
	struct f1p_json_slice m[COUNT(keys)];
	struct f1p_session_plan place = {
		.size = sizeof(place), .year = (uint16_t)season, .cancelled = F1P_TRI_UNKNOWN, .gmt_offset_s = F1P_UNKNOWN};

	for (size_t i = 0; i < COUNT(sessions); i++)
		keys[SESSIONS + i] = sessions[i].key;
	if (!leaf_members(element, keys, m, COUNT(keys)))
		return true;
	int32_t round = leaf_int(m[ROUND], 1, 99);
	if (round == F1P_UNKNOWN)
		return true;
	if (calendar->n == RACES_MAX)
		return false;
	struct race *r = &calendar->races[calendar->n++];
	*r = (struct race){.round = round};
	fill_race(r, season);
	fill_place(r, &place, m[CIRCUIT]);
	place.round = (uint16_t)round;
	leaf_text(m[NAME], place.meeting, sizeof(place.meeting));
	memcpy(r->row.name, place.meeting, sizeof(r->row.name));
	for (size_t i = 0; i < COUNT(sessions); i++) {
		int64_t t = start_of(m[SESSIONS + i], season);
		if (sessions[i].type == F1P_SESSION_SPRINT && m[SESSIONS + i].text) {
			r->row.sprint = F1P_YES;
			r->t_sprint_ns = t;
		} else if (sessions[i].type == F1P_SESSION_QUALIFYING) {
			r->t_qualifying_ns = t;
		}
		add_session(r, &place, &sessions[i], t);
	}
	r->row.t_start_ns = leaf_utc(m[DATE], m[TIME]);
	add_session(r, &place, &race_session, in_season(r->row.t_start_ns, season));
	r->t_race_ns = r->row.t_start_ns != F1P_UNKNOWN_NS ? r->row.t_start_ns : leaf_utc(m[DATE], end_of_day);
	return true;
}
