/*
 * encode_state.c - the race state as JSON, whole or as the difference between two states.
 *
 * Both forms run over the same tables, so that a client that applies the differences ends up with what the whole form says.
 */
#include "helpers/encode_keys.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ cars */

enum field_kind {
	FIELD_INT = 1, /* int32_t, F1P_UNKNOWN -> null */
	FIELD_TRI,
	FIELD_TEXT,
	FIELD_COMPOUND,
	FIELD_COLOUR,
	FIELD_RETIRED_HOW,
	FIELD_INTS,  /* array of int32_t */
	FIELD_TRIS,  /* array of enum f1p_tri */
	FIELD_STINTS /* looks at n_stints */
};
struct car_field {
	const char *key;
	enum field_kind kind;
	size_t offset;
	size_t size;
};
#define CAR(key, kind, field)                                                                                                    \
	{                                                                                                                        \
		key, kind, offsetof(struct f1p_car, field), sizeof(((struct f1p_car *)0)->field)                                 \
	}

static const struct car_field car_fields[] = {
	CAR("code", FIELD_TEXT, code),
	CAR("name", FIELD_TEXT, name),
	CAR("team", FIELD_TEXT, team),
	CAR("country", FIELD_TEXT, country),
	CAR("colour", FIELD_COLOUR, colour_rgb),
	CAR("position", FIELD_INT, position),
	CAR("grid", FIELD_INT, grid),
	CAR("gap_ms", FIELD_INT, gap_ms),
	CAR("gap_laps", FIELD_INT, gap_laps),
	CAR("interval_ms", FIELD_INT, interval_ms),
	CAR("interval_laps", FIELD_INT, interval_laps),
	CAR("catching", FIELD_TRI, catching),
	CAR("laps", FIELD_INT, laps),
	CAR("last_ms", FIELD_INT, last_ms),
	CAR("last_overall", FIELD_TRI, last_overall),
	CAR("last_personal", FIELD_TRI, last_personal),
	CAR("best_ms", FIELD_INT, best_ms),
	CAR("best_lap", FIELD_INT, best_lap),
	CAR("sectors_ms", FIELD_INTS, sector_ms),
	CAR("sectors_overall", FIELD_TRIS, sector_overall),
	CAR("sectors_personal", FIELD_TRIS, sector_personal),
	CAR("part_best_ms", FIELD_INTS, part_best_ms),
	CAR("speeds_kmh", FIELD_INTS, speed_kmh),
	CAR("compound", FIELD_COMPOUND, compound),
	CAR("tyre_age", FIELD_INT, tyre_age),
	CAR("tyre_new", FIELD_TRI, tyre_new),
	CAR("stops", FIELD_INT, stops),
	CAR("stint_laps", FIELD_INT, stint_laps),
	CAR("in_pit", FIELD_TRI, in_pit),
	CAR("pit_out", FIELD_TRI, pit_out),
	CAR("stopped", FIELD_TRI, stopped),
	CAR("retired", FIELD_TRI, retired),
	CAR("retired_how", FIELD_RETIRED_HOW, retired_how),
	CAR("knocked_out", FIELD_TRI, knocked_out),
	CAR("cutoff", FIELD_TRI, cutoff),
	CAR("pace_ms", FIELD_INT, pace_ms),
	CAR("penalty_ms", FIELD_INT, penalty_ms),
	CAR("last_pit_lap", FIELD_INT, last_pit_lap),
	CAR("last_pit_lane_ms", FIELD_INT, last_pit_lane_ms),
	CAR("stints", FIELD_STINTS, stints),
};
#define N_CAR_FIELDS (sizeof(car_fields) / sizeof(car_fields[0]))

static void stints(struct f1p_json *j, const struct f1p_car *car)
{
	uint8_t n = car->n_stints < F1P_MAX_STINTS ? car->n_stints : F1P_MAX_STINTS;
	f1p_json_array(j);
	for (uint8_t i = 0; i < n; i++) {
		const struct f1p_stint *s = &car->stints[i];
		f1p_json_object(j);
		f1p_json_key(j, "compound");
		f1p_json_str(j, f1p_compound_name(s->compound));
		f1p_json_key(j, "laps");
		f1p_encode_int(j, s->total_laps);
		f1p_json_key(j, "age");
		f1p_encode_int(j, s->start_laps);
		f1p_json_key(j, "new");
		f1p_encode_tri(j, s->is_new);
		f1p_json_key(j, "first_lap");
		f1p_encode_int(j, s->first_lap);
		f1p_json_end(j);
	}
	f1p_json_end(j);
}

static void ints(struct f1p_json *j, const uint8_t *at, size_t size)
{
	int32_t v;
	f1p_json_array(j);
	for (size_t i = 0; i < size; i += sizeof(v)) {
		memcpy(&v, at + i, sizeof(v));
		f1p_encode_int(j, v);
	}
	f1p_json_end(j);
}

static void colour(struct f1p_json *j, uint32_t rgb)
{
	char text[16];
	snprintf(text, sizeof(text), "#%06x", rgb & 0xffffffu);
	f1p_json_str(j, text);
}

static void car_value(struct f1p_json *j, const struct f1p_car *car, const struct car_field *f)
{
	const uint8_t *at = (const uint8_t *)car + f->offset;
	int32_t v;
	uint32_t rgb;
	switch (f->kind) {
	case FIELD_INT:
		memcpy(&v, at, sizeof(v));
		f1p_encode_int(j, v);
		break;
	case FIELD_TRI:
		f1p_encode_tri(j, *at);
		break;
	case FIELD_TEXT:
		f1p_encode_text(j, (const char *)at, f->size);
		break;
	case FIELD_COMPOUND:
		f1p_json_str(j, f1p_compound_name(*at));
		break;
	case FIELD_COLOUR:
		memcpy(&rgb, at, sizeof(rgb));
		colour(j, rgb);
		break;
	case FIELD_RETIRED_HOW:
		f1p_json_str(j, f1p_retired_how_name(*at));
		break;
	case FIELD_INTS:
		ints(j, at, f->size);
		break;
	case FIELD_TRIS:
		f1p_json_array(j);
		for (size_t i = 0; i < f->size; i++) {
			f1p_encode_tri(j, at[i]);
		}
		f1p_json_end(j);
		break;
	case FIELD_STINTS:
		stints(j, car);
		break;
	}
}

static bool car_field_differs(const struct f1p_car *a, const struct f1p_car *b, const struct car_field *f)
{
	if (f->kind == FIELD_STINTS && a->n_stints != b->n_stints) {
		return true;
	}
	return memcmp((const uint8_t *)a + f->offset, (const uint8_t *)b + f->offset, f->size) != 0;
}

/* before NULL: every field. An empty difference writes nothing and returns false. */
static bool car_object(struct f1p_json *j, const struct f1p_car *before, const struct f1p_car *now)
{
	bool open = false;
	for (size_t i = 0; i < N_CAR_FIELDS; i++) {
		const struct car_field *f = &car_fields[i];
		if (before && !car_field_differs(before, now, f)) {
			continue;
		}
		if (!open) {
			f1p_json_object(j);
			f1p_json_key(j, "number");
			f1p_json_uint(j, now->number);
			open = true;
		}
		f1p_json_key(j, f->key);
		car_value(j, now, f);
	}
	if (open) {
		f1p_json_end(j);
	}
	return open;
}

static uint16_t cars_of(const struct f1p_state *s)
{
	return s->n_cars < F1P_MAX_CARS ? s->n_cars : (uint16_t)F1P_MAX_CARS;
}

const struct f1p_car *f1p_state_car(const struct f1p_state *s, uint16_t number)
{
	for (uint16_t i = 0; i < cars_of(s); i++) {
		if (s->cars[i].number == number) {
			return &s->cars[i];
		}
	}
	return NULL;
}

/* ------------------------------------------------- the session as a whole */

void f1p_encode_session(struct f1p_json *j, const struct f1p_state *s)
{
	f1p_json_object(j);
	key_ref(j, "key", s->session_key);
	key_ref(j, "meeting_key", s->meeting_key);
	key_ref(j, "circuit_key", s->circuit_key);
	KEY_TEXT(j, "name", s->name);
	key_name(j, "type", f1p_session_type_name(s->type ? s->type : F1P_SESSION_UNKNOWN));
	key_ref(j, "number", s->number);
	KEY_TEXT(j, "circuit", s->circuit);
	KEY_TEXT(j, "location", s->location);
	KEY_TEXT(j, "country", s->country);
	key_ref(j, "year", s->year);
	KEY_TEXT(j, "meeting", s->meeting);
	key_name(j, "status", f1p_session_status_name(s->status ? s->status : F1P_STATUS_UNKNOWN));
	key_ref(j, "part", s->part);
	key_time(j, "start", s->t_start_ns);
	key_time(j, "end", s->t_end_ns);
	key_time(j, "green", s->t_green_ns);
	key_int(j, "gmt_offset_s", s->gmt_offset_s);
	f1p_json_key(j, "simulated");
	f1p_json_bool(j, (s->flags & F1P_EVF_SIMULATED) != 0);
	f1p_json_end(j);
}

static void track(struct f1p_json *j, const struct f1p_state *s)
{
	f1p_json_object(j);
	key_name(j, "status", f1p_track_status_name(s->track ? s->track : F1P_TRACK_UNKNOWN));
	key_time(j, "since", s->t_track_ns);
	key_tri(j, "neutralised", s->neutralised);
	f1p_json_end(j);
}

static void lap(struct f1p_json *j, const struct f1p_state *s)
{
	f1p_encode_int(j, s->lap);
}

static void total_laps(struct f1p_json *j, const struct f1p_state *s)
{
	f1p_encode_int(j, s->total_laps);
}

static void clock_left(struct f1p_json *j, const struct f1p_state *s)
{
	f1p_json_object(j);
	key_int(j, "remaining_ms", s->clock_remaining_ms);
	key_tri(j, "running", s->clock_running);
	key_time(j, "at", s->t_clock_ns);
	f1p_json_end(j);
}

static void weather(struct f1p_json *j, const struct f1p_state *s)
{
	const struct f1p_weather *w = &s->weather;
	f1p_json_object(j);
	key_tenths(j, "air_temp_c", w->air_temp_dc);
	key_tenths(j, "track_temp_c", w->track_temp_dc);
	key_tenths(j, "humidity_pct", w->humidity_dpct);
	key_tenths(j, "pressure_hpa", w->pressure_dhpa);
	key_tenths(j, "wind_speed_mps", w->wind_speed_dms);
	key_int(j, "wind_dir_deg", w->wind_dir_deg);
	key_tri(j, "rain", w->rain);
	key_tenths(j, "track_trend_c", w->track_trend_dc);
	key_time(j, "rain_changed", w->t_rain_changed_ns);
	key_time(j, "reported", w->t_ns);
	f1p_json_end(j);
}

/* A forecast of the weather service, not a measurement; null before the first. */
static void outlook(struct f1p_json *j, const struct f1p_state *s)
{
	const struct f1p_outlook *o = &s->outlook;
	if (o->n_steps == 0) {
		f1p_json_null(j);
		return;
	}
	f1p_json_object(j);
	KEY_TEXT(j, "provider", o->provider);
	key_time(j, "fetched", o->t_ns);
	f1p_json_key(j, "steps");
	f1p_encode_outlook_steps(j, o->steps, o->n_steps);
	f1p_json_end(j);
}

static void neutralisations(struct f1p_json *j, const struct f1p_state *s)
{
	f1p_json_object(j);
	key_int(j, "sc", s->n_sc);
	key_int(j, "vsc", s->n_vsc);
	key_int(j, "red", s->n_red);
	key_int(j, "lap_start", s->lap_neutral_start);
	f1p_json_end(j);
}

static void best(struct f1p_json *j, const struct f1p_state *s)
{
	const struct f1p_car *car = s->best_car ? f1p_state_car(s, s->best_car) : NULL;
	f1p_json_object(j);
	key_ref(j, "car", s->best_car);
	f1p_json_key(j, "code");
	if (car) {
		f1p_encode_text(j, car->code, sizeof(car->code));
	} else {
		f1p_json_null(j);
	}
	key_int(j, "time_ms", s->best_ms);
	f1p_json_end(j);
}

static void order(struct f1p_json *j, const struct f1p_state *s)
{
	f1p_json_array(j);
	for (uint16_t i = 0; i < cars_of(s); i++) {
		if (s->order[i] < cars_of(s)) {
			f1p_json_uint(j, s->cars[s->order[i]].number);
		}
	}
	f1p_json_end(j);
}

struct member {
	const char *key;
	void (*write)(struct f1p_json *, const struct f1p_state *);
};
static const struct member members[] = {
	{"session", f1p_encode_session},
	{"track", track},
	{"lap", lap},
	{"total_laps", total_laps},
	{"clock", clock_left},
	{"weather", weather},
	{"outlook", outlook},
	{"neutralisations", neutralisations},
	{"best", best},
	{"order", order},
};
#define N_MEMBERS (sizeof(members) / sizeof(members[0]))

void f1p_encode_message(struct f1p_json *j, const struct f1p_message *m)
{
	f1p_json_object(j);
	f1p_json_key(j, "index");
	f1p_json_uint(j, m->index);
	key_time(j, "utc", m->t_utc_ns);
	key_int(j, "lap", m->lap);
	key_ref(j, "car", m->car);
	key_name(j, "category", f1p_rc_category_name(m->category));
	key_name(j, "flag", f1p_rc_flag_name(m->flag));
	key_name(j, "scope", f1p_rc_scope_name(m->scope));
	key_name(j, "mode", f1p_rc_mode_name(m->mode));
	key_name(j, "status", f1p_rc_status_name(m->status));
	key_ref(j, "sector", m->sector);
	KEY_TEXT(j, "text", m->text);
	f1p_json_end(j);
}

void f1p_encode_state(struct f1p_json *j, const struct f1p_state *s)
{
	uint16_t n_messages = s->n_messages < F1P_MAX_MESSAGES ? s->n_messages : (uint16_t)F1P_MAX_MESSAGES;
	f1p_json_object(j);
	f1p_json_key(j, "seq");
	f1p_json_uint(j, s->seq);
	key_time(j, "time", s->t_event_ns);
	f1p_json_key(j, "simulated");
	f1p_json_bool(j, (s->flags & F1P_EVF_SIMULATED) != 0);
	for (size_t i = 0; i < N_MEMBERS; i++) {
		f1p_json_key(j, members[i].key);
		members[i].write(j, s);
	}
	f1p_json_key(j, "cars");
	f1p_json_array(j);
	for (uint16_t i = 0; i < cars_of(s); i++) {
		if (s->order[i] < cars_of(s)) {
			car_object(j, NULL, &s->cars[s->order[i]]);
		}
	}
	f1p_json_end(j);
	f1p_json_key(j, "race_control");
	f1p_json_array(j);
	for (uint16_t i = 0; i < n_messages; i++) {
		f1p_encode_message(j, &s->messages[i]);
	}
	f1p_json_end(j);
	f1p_json_end(j);
}

/* Both sides are encoded and compared as text: "changed" means exactly what a client would see. */
static size_t member_changes(struct f1p_json *j, const struct f1p_state *before, const struct f1p_state *now)
{
	struct f1p_json old_value, new_value;
	size_t changed = 0;
	f1p_json_init(&old_value);
	f1p_json_init(&new_value);
	for (size_t i = 0; i < N_MEMBERS; i++) {
		size_t old_n = 0, new_n = 0;
		f1p_json_clear(&old_value);
		f1p_json_clear(&new_value);
		members[i].write(&old_value, before);
		members[i].write(&new_value, now);
		const char *a = f1p_json_text(&old_value, &old_n);
		const char *b = f1p_json_text(&new_value, &new_n);
		if (!b || (a && old_n == new_n && memcmp(a, b, new_n) == 0)) {
			continue;
		}
		f1p_json_key(j, members[i].key);
		f1p_json_raw(j, b, new_n);
		changed++;
	}
	f1p_json_finish(&old_value);
	f1p_json_finish(&new_value);
	return changed;
}

size_t f1p_encode_state_changes(struct f1p_json *j, const struct f1p_state *before, const struct f1p_state *now)
{
	size_t changed = member_changes(j, before, now);
	bool open = false;
	for (uint16_t i = 0; i < cars_of(now); i++) {
		const struct f1p_car *car = &now->cars[i];
		const struct f1p_car *old = f1p_state_car(before, car->number);
		bool differs = !old;
		for (size_t k = 0; k < N_CAR_FIELDS && !differs; k++) {
			differs = car_field_differs(old, car, &car_fields[k]);
		}
		if (!differs) {
			continue;
		}
		if (!open) {
			f1p_json_key(j, "cars");
			f1p_json_array(j);
			open = true;
			changed++;
		}
		car_object(j, old, car);
	}
	if (open) {
		f1p_json_end(j);
	}
	return changed;
}
