/*
 * rows_fields.c - what is known, as rows: fields in alphabetical order.
 */
#include "rows_internal.h"

#include <encode_words.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct openf1_field *rows_add(struct rows_out *o, const char *name, uint32_t kind)
{
	struct openf1_field *f = &o->fields[o->n++];

	*f = (struct openf1_field){.name = name, .kind = kind};
	return f;
}

void rows_add_int(struct rows_out *o, const char *name, bool known, int64_t value)
{
	rows_add(o, name, known ? OPENF1_INT : OPENF1_NULL)->value = value;
}

void rows_add_number(struct rows_out *o, const char *name, int32_t value)
{
	rows_add_int(o, name, value != F1P_UNKNOWN, value);
}

void rows_add_decimal(struct rows_out *o, const char *name, bool known, int64_t value, int decimals)
{
	struct openf1_field *f = rows_add(o, name, known && value != F1P_UNKNOWN ? OPENF1_DECIMAL : OPENF1_NULL);

	f->value = value;
	f->decimals = decimals;
}

void rows_add_text(struct rows_out *o, const char *name, const char *text)
{
	rows_add(o, name, text != NULL && text[0] != '\0' ? OPENF1_TEXT : OPENF1_NULL)->text = text;
}

void rows_add_time(struct rows_out *o, const char *name, int64_t t_ns)
{
	rows_add(o, name, t_ns != F1P_UNKNOWN_NS ? OPENF1_TIME : OPENF1_NULL)->value = t_ns;
}

void rows_add_bool(struct rows_out *o, const char *name, bool value)
{
	rows_add(o, name, OPENF1_BOOL)->value = value;
}

void rows_add_meeting_key(struct rows_out *o)
{
	rows_add_int(o, "meeting_key", o->r->has_session && o->r->session.meeting_key != 0, o->r->session.meeting_key);
}

void rows_add_session_key(struct rows_out *o)
{
	rows_add_int(o, "session_key", o->r->has_session && o->r->session.session_key != 0, o->r->session.session_key);
}

void rows_give(struct rows_out *o)
{
	o->stopped = o->stopped || !o->fn(o->arg, o->fields, o->n);
	o->n = 0;
}

/* ---- messages, weather ---- */

static void messages(struct rows_out *o)
{
	for (size_t i = 0; i < o->r->messages.n && !o->stopped; i++) {
		const struct rows_message *m = ROWS_AT(&o->r->messages, const struct rows_message, i);

		if (m->t_told_ns > o->until_ns) {
			continue;
		}
		rows_add_text(o, "category", m->category != 0 ? lt_category_word(m->category) : "SessionStatus");
		rows_add_time(o, "date", m->t_ns);
		rows_add_int(o, "driver_number", m->car != 0, m->car);
		rows_add_text(o, "flag", lt_flag_word(m->flag));
		rows_add_number(o, "lap_number", m->lap);
		rows_add_meeting_key(o);
		rows_add_text(o, "message", m->text);
		rows_add_int(o, "qualifying_phase", m->part >= 1 && m->part <= 3, m->part);
		rows_add_text(o, "scope", lt_scope_word(m->scope));
		rows_add_int(o, "sector", m->sector != 0, m->sector);
		rows_add_session_key(o);
		rows_give(o);
	}
}

static void weather(struct rows_out *o)
{
	for (size_t i = 0; i < o->r->weathers.n && !o->stopped; i++) {
		const struct f1p_ev_weather *w = ROWS_AT(&o->r->weathers, const struct f1p_ev_weather, i);
		uint32_t has = w->mask;

		if (w->h.t_event_ns > o->until_ns) {
			continue;
		}
		rows_add_decimal(o, "air_temperature", has & F1P_WX_AIR, w->air_temp_dc, 1);
		rows_add_time(o, "date", w->h.t_event_ns);
		rows_add_decimal(o, "humidity", has & F1P_WX_HUMIDITY, w->humidity_dpct, 1);
		rows_add_meeting_key(o);
		rows_add_decimal(o, "pressure", has & F1P_WX_PRESSURE, w->pressure_dhpa, 1);
		rows_add_int(o, "rainfall", (has & F1P_WX_RAIN) && w->rain != F1P_TRI_UNKNOWN, w->rain == F1P_YES);
		rows_add_session_key(o);
		rows_add_decimal(o, "track_temperature", has & F1P_WX_TRACK, w->track_temp_dc, 1);
		rows_add_number(o, "wind_direction", has & F1P_WX_WIND_DIR ? w->wind_dir_deg : F1P_UNKNOWN);
		rows_add_decimal(o, "wind_speed", has & F1P_WX_WIND_SPEED, w->wind_speed_dms, 1);
		rows_give(o);
	}
}

/* ---- drivers ---- */

struct names {
	char first[48], last[48], broadcast[56];
};

/* A word in capitals, as the feed writes last names. */
static bool is_capitals(const char *word)
{
	return isupper((unsigned char)word[0]) && !islower((unsigned char)word[1]);
}

static void copy_capitalised(char *out, const char *from, size_t n)
{
	bool begins = true;

	for (size_t i = 0; i < n; i++) {
		out[i] = begins || (unsigned char)from[i] >= 0x80 ? from[i] : (char)tolower((unsigned char)from[i]);
		begins = from[i] == ' ' || from[i] == '-' || from[i] == '\'';
	}
}

/* "Max VERSTAPPEN", "Nyck DE VRIES", "ZHOU Guanyu": the last name is what stands in capitals. Other forms give nothing. */
static void split_name(const char *full, struct names *out)
{
	const char *blank = strchr(full, ' ');
	size_t n = strlen(full), first = 0;

	memset(out, 0, sizeof(*out));
	if (blank == NULL || n >= sizeof(out->last)) {
		return;
	}
	if (is_capitals(full) && !is_capitals(blank + 1)) {
		first = (size_t)(blank - full);
		memcpy(out->first, blank + 1, n - first - 1);
		copy_capitalised(out->last, full, first);
		snprintf(out->broadcast, sizeof(out->broadcast), "%c %.*s", blank[1], (int)first, full);
		return;
	}
	while (blank != NULL && !is_capitals(blank + 1)) {
		blank = strchr(blank + 1, ' ');
	}
	if (blank == NULL || is_capitals(full) || (unsigned char)full[0] >= 0x80) {
		return;
	}
	first = (size_t)(blank - full);
	memcpy(out->first, full, first);
	copy_capitalised(out->last, blank + 1, n - first - 1);
	snprintf(out->broadcast, sizeof(out->broadcast), "%c %s", full[0], blank + 1);
}

static void drivers(struct rows_out *o)
{
	struct names names;
	char colour[8] = "";

	for (uint16_t i = 0; i < o->r->n_cars && !o->stopped; i++) {
		const struct f1p_ev_driver *d = &o->r->cars[i]->driver;

		if (d->mask == 0) {
			continue;
		}
		split_name(d->name, &names);
		snprintf(colour, sizeof(colour), "%06X", (unsigned)d->colour_rgb);
		rows_add_text(o, "broadcast_name", names.broadcast);
		rows_add_text(o, "country_code", d->country);
		rows_add_int(o, "driver_number", true, o->r->cars[i]->number);
		rows_add_text(o, "first_name", names.first);
		rows_add_text(o, "full_name", d->name);
		rows_add(o, "headshot_url", OPENF1_NULL);
		rows_add_text(o, "last_name", names.last);
		rows_add_meeting_key(o);
		rows_add_text(o, "name_acronym", d->code);
		rows_add_session_key(o);
		rows_add_text(o, "team_colour", d->mask & F1P_DRIVER_COLOUR ? colour : NULL);
		rows_add_text(o, "team_name", d->team);
		rows_give(o);
	}
}

static void starting_grid(struct rows_out *o)
{
	for (uint16_t i = 0; i < o->r->n_cars && !o->stopped; i++) {
		const struct rows_car *car = o->r->cars[i];

		if (car->grid == F1P_UNKNOWN || car->t_grid_ns > o->until_ns) {
			continue;
		}
		rows_add_int(o, "driver_number", true, car->number);
		rows_add(o, "lap_duration", OPENF1_NULL);
		rows_add_meeting_key(o);
		rows_add_int(o, "position", car->grid > 0, car->grid);
		rows_add_session_key(o);
		rows_give(o);
	}
}

/* ---- timing ---- */

static void positions(struct rows_out *o)
{
	for (size_t i = 0; i < o->r->positions.n && !o->stopped; i++) {
		const struct rows_position *p = ROWS_AT(&o->r->positions, const struct rows_position, i);

		if (p->t_ns > o->until_ns) {
			continue;
		}
		rows_add_time(o, "date", p->t_ns);
		rows_add_int(o, "driver_number", true, p->car);
		rows_add_meeting_key(o);
		rows_add_int(o, "position", true, p->position);
		rows_add_session_key(o);
		rows_give(o);
	}
}

void rows_add_gap(struct rows_out *o, const char *name, bool known, int32_t ms, int32_t laps, char text[24])
{
	if (known && laps > 0) {
		snprintf(text, 24, "+%d LAP%s", laps, laps > 1 ? "S" : "");
		rows_add_text(o, name, text);
	} else {
		rows_add_decimal(o, name, known, ms, 3);
	}
}

static void intervals(struct rows_out *o)
{
	char gap[24], interval[24];

	for (size_t i = 0; i < o->r->intervals.n && !o->stopped; i++) {
		const struct rows_interval *g = ROWS_AT(&o->r->intervals, const struct rows_interval, i);
		bool leads = g->gap_known && g->gap_ms == 0 && g->gap_laps == 0 && !g->interval_known;

		if (g->t_ns > o->until_ns) {
			continue;
		}
		rows_add_time(o, "date", g->t_ns);
		rows_add_int(o, "driver_number", true, g->car);
		rows_add_gap(o, "gap_to_leader", g->gap_known, g->gap_ms, g->gap_laps, gap);
		rows_add_gap(o, "interval", g->interval_known || leads, leads ? 0 : g->interval_ms, leads ? 0 : g->interval_laps,
			interval);
		rows_add_meeting_key(o);
		rows_add_session_key(o);
		rows_give(o);
	}
}

/* What was told by then, else unknown. */
static int32_t by_then(const struct rows_out *o, int32_t value, int64_t t_told_ns)
{
	return t_told_ns <= o->until_ns ? value : F1P_UNKNOWN;
}

static void add_codes(struct rows_out *o, const char *name, const struct rows_lap *lap, int sector, uint16_t codes[ROWS_SEGMENTS])
{
	struct openf1_field *f = NULL;
	uint8_t n = 0;

	for (uint8_t i = 0; i < lap->n_segments[sector]; i++) {
		bool told = lap->t_begun_ns + lap->segments_ms[sector][i] * INT64_C(1000000) <= o->until_ns;

		codes[i] = told ? lap->segments[sector][i] : 0;
		n = codes[i] != 0 ? (uint8_t)(i + 1) : n;
	}
	f = rows_add(o, name, n > 0 ? OPENF1_CODES : OPENF1_NULL);
	f->codes = codes;
	f->value = n;
}

static int64_t lap_start(const struct rows_out *o, const struct rows_lap *lap)
{
	return lap->t_start_ns <= o->until_ns ? lap->t_start_ns : F1P_UNKNOWN_NS;
}

static void lap_row(struct rows_out *o, const struct rows_car *car, uint16_t number)
{
	const struct rows_lap *lap = &car->lap[number - 1];
	uint16_t codes[3][ROWS_SEGMENTS];

	rows_add_time(o, "date_start", lap_start(o, lap));
	rows_add_int(o, "driver_number", true, car->number);
	rows_add_decimal(o, "duration_sector_1", true, by_then(o, lap->sector_ms[0], lap->t_sector_ns[0]), 3);
	rows_add_decimal(o, "duration_sector_2", true, by_then(o, lap->sector_ms[1], lap->t_sector_ns[1]), 3);
	rows_add_decimal(o, "duration_sector_3", true, by_then(o, lap->sector_ms[2], lap->t_sector_ns[2]), 3);
	rows_add_number(o, "i1_speed", by_then(o, lap->speed_kmh[0], lap->t_speed_ns[0]));
	rows_add_number(o, "i2_speed", by_then(o, lap->speed_kmh[1], lap->t_speed_ns[1]));
	rows_add_bool(o, "is_pit_out_lap", lap->out_lap && lap->t_out_ns <= o->until_ns);
	rows_add_decimal(o, "lap_duration", true, by_then(o, lap->time_ms, lap->t_time_ns), 3);
	rows_add_int(o, "lap_number", true, number);
	rows_add_meeting_key(o);
	add_codes(o, "segments_sector_1", lap, 0, codes[0]);
	add_codes(o, "segments_sector_2", lap, 1, codes[1]);
	add_codes(o, "segments_sector_3", lap, 2, codes[2]);
	rows_add_session_key(o);
	rows_add_number(o, "st_speed", by_then(o, lap->speed_kmh[2], lap->t_speed_ns[2]));
	rows_give(o);
}

/* One row to come, and what it is sorted by. */
struct place {
	int64_t t_ns; /* F1P_UNKNOWN_NS comes first, as null does there */
	uint32_t order;
	uint16_t car;
	uint16_t i;
};

static int by_time(const void *a, const void *b)
{
	const struct place *p = a, *q = b;

	return p->t_ns != q->t_ns ? (p->t_ns > q->t_ns) - (p->t_ns < q->t_ns) : (p->order > q->order) - (p->order < q->order);
}

#define PLACES_MAX ((size_t)F1P_MAX_CARS * F1P_MAX_LAPS)
_Static_assert(F1P_MAX_LAPS >= ROWS_PITS && F1P_MAX_LAPS >= F1P_MAX_STINTS, "places");

static void put_place(struct place *places, size_t *n, int64_t t_ns, uint16_t car, uint16_t i)
{
	places[*n] = (struct place){.t_ns = t_ns, .order = (uint32_t)*n, .car = car, .i = i};
	++*n;
}

typedef size_t (*places_fn)(const struct rows_out *, struct place *);
typedef void (*place_row_fn)(struct rows_out *, const struct rows_car *, uint16_t i);

static void in_order_of_time(struct rows_out *o, places_fn find, place_row_fn row)
{
	struct place *places = malloc(PLACES_MAX * sizeof(*places));
	size_t n = places != NULL ? find(o, places) : 0;

	o->stopped = o->stopped || places == NULL;
	if (n > 0) {
		qsort(places, n, sizeof(*places), by_time);
	}
	for (size_t i = 0; i < n && !o->stopped; i++) {
		row(o, o->r->cars[places[i].car], places[i].i);
	}
	free(places);
}

/* Lap by lap: rows of one lap were told together. */
static size_t lap_places(const struct rows_out *o, struct place *places)
{
	size_t n = 0;

	for (uint16_t number = 1; number <= F1P_MAX_LAPS; number++) {
		for (uint16_t i = 0; i < o->r->n_cars; i++) {
			const struct rows_car *car = o->r->cars[i];
			const struct rows_lap *lap = number <= car->newest_lap ? &car->lap[number - 1] : NULL;

			if (lap != NULL && lap->begun && lap->t_begun_ns <= o->until_ns) {
				put_place(places, &n, lap_start(o, lap), i, number);
			}
		}
	}
	return n;
}

static void laps(struct rows_out *o)
{
	in_order_of_time(o, lap_places, lap_row);
}

static size_t stint_places(const struct rows_out *o, struct place *places)
{
	size_t n = 0;

	for (uint16_t i = 0; i < o->r->n_cars; i++) {
		for (uint8_t k = 0; k < o->r->cars[i]->n_stints; k++) {
			if (o->r->cars[i]->stints[k].t_seen_ns <= o->until_ns) {
				put_place(places, &n, o->r->cars[i]->stints[k].t_seen_ns, i, k);
			}
		}
	}
	return n;
}

static void stint_row(struct rows_out *o, const struct rows_car *car, uint16_t index)
{
	const struct rows_stint *s = &car->stints[index];
	int32_t first = 0, last = 0, done = rows_laps_done(car, o->until_ns);

	if (!rows_stint_span(car, (uint8_t)index, &first, &last)) {
		return;
	}
	if (o->until_ns != INT64_MAX && last > done) {
		last = first > done ? first : done;
	}
	rows_add_text(o, "compound", s->t_compound_ns <= o->until_ns ? lt_compound_word(s->compound) : NULL);
	rows_add_int(o, "driver_number", true, car->number);
	rows_add_int(o, "lap_end", true, last);
	rows_add_int(o, "lap_start", true, first);
	rows_add_meeting_key(o);
	rows_add_session_key(o);
	rows_add_int(o, "stint_number", true, index + 1);
	rows_add_number(o, "tyre_age_at_start", s->start_laps);
	rows_give(o);
}

static void stints(struct rows_out *o)
{
	in_order_of_time(o, stint_places, stint_row);
}

static size_t pit_places(const struct rows_out *o, struct place *places)
{
	size_t n = 0;

	for (uint16_t i = 0; i < o->r->n_cars; i++) {
		for (uint8_t k = 0; k < o->r->cars[i]->n_pits; k++) {
			if (o->r->cars[i]->pits[k].t_told_ns <= o->until_ns) {
				put_place(places, &n, o->r->cars[i]->pits[k].t_ns, i, k);
			}
		}
	}
	return n;
}

static void pit_row(struct rows_out *o, const struct rows_car *car, uint16_t i)
{
	const struct rows_pit *p = &car->pits[i];

	rows_add_time(o, "date", p->t_ns);
	rows_add_int(o, "driver_number", true, car->number);
	rows_add_decimal(o, "lane_duration", true, p->lane_ms, 3);
	rows_add_int(o, "lap_number", true, p->lap);
	rows_add_meeting_key(o);
	rows_add_decimal(o, "pit_duration", true, p->lane_ms, 3);
	rows_add_session_key(o);
	rows_add_decimal(o, "stop_duration", true, p->stop_ms, 3);
	rows_give(o);
}

static void pits(struct rows_out *o)
{
	in_order_of_time(o, pit_places, pit_row);
}

/* ---- telemetry ---- */

static void car_data(struct rows_out *o)
{
	for (size_t i = 0; i < o->r->telemetry.n && !o->stopped; i++) {
		const struct f1p_ev_telemetry *t = ROWS_AT(&o->r->telemetry, const struct f1p_ev_telemetry, i);

		if (t->h.t_event_ns > o->until_ns) {
			continue;
		}
		rows_add_int(o, "brake", t->brake_pct != 255, t->brake_pct);
		rows_add_time(o, "date", t->h.t_event_ns);
		rows_add_int(o, "driver_number", true, t->car);
		rows_add_int(o, "drs", t->drs != 255, t->drs);
		rows_add_meeting_key(o);
		rows_add_int(o, "n_gear", true, t->gear);
		rows_add_int(o, "rpm", true, t->rpm);
		rows_add_session_key(o);
		rows_add_int(o, "speed", true, t->speed_kmh);
		rows_add_int(o, "throttle", t->throttle_pct != 255, t->throttle_pct);
		rows_give(o);
	}
}

static void location(struct rows_out *o)
{
	for (size_t i = 0; i < o->r->places.n && !o->stopped; i++) {
		const struct f1p_ev_xyz *p = ROWS_AT(&o->r->places, const struct f1p_ev_xyz, i);

		if (p->h.t_event_ns > o->until_ns) {
			continue;
		}
		rows_add_time(o, "date", p->h.t_event_ns);
		rows_add_int(o, "driver_number", true, p->car);
		rows_add_meeting_key(o);
		rows_add_session_key(o);
		rows_add_int(o, "x", true, p->x_dm);
		rows_add_int(o, "y", true, p->y_dm);
		rows_add_int(o, "z", true, p->z_dm);
		rows_give(o);
	}
}

bool openf1_rows_each_until(
	const struct openf1_rows *r, enum of1_collection collection, int64_t until_ns, openf1_row_fn fn, void *arg)
{
	static void (*const collections[OF1_COLLECTIONS])(struct rows_out *) = {
		[OF1_SESSIONS] = rows_of_sessions,
		[OF1_MEETINGS] = rows_of_meetings,
		[OF1_DRIVERS] = drivers,
		[OF1_STARTING_GRID] = starting_grid,
		[OF1_RACE_CONTROL] = messages,
		[OF1_POSITION] = positions,
		[OF1_LAPS] = laps,
		[OF1_STINTS] = stints,
		[OF1_PIT] = pits,
		[OF1_INTERVALS] = intervals,
		[OF1_WEATHER] = weather,
		[OF1_CAR_DATA] = car_data,
		[OF1_LOCATION] = location,
		[OF1_SESSION_RESULT] = rows_of_results,
		[OF1_OVERTAKES] = rows_of_overtakes,
	};
	struct rows_out o = {.r = r, .fn = fn, .arg = arg, .until_ns = until_ns != F1P_UNKNOWN_NS ? until_ns : INT64_MAX};

	if (collection > OF1_NONE && collection < OF1_COLLECTIONS && collections[collection] != NULL) {
		collections[collection](&o);
	}
	return !o.stopped;
}

bool openf1_rows_each(const struct openf1_rows *r, enum of1_collection collection, openf1_row_fn fn, void *arg)
{
	return openf1_rows_each_until(r, collection, F1P_UNKNOWN_NS, fn, arg);
}
