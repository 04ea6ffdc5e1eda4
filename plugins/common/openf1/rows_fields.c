/*
 * rows_fields.c - what is known, as rows: fields in alphabetical order.
 */
#include "rows_internal.h"

#include <encode_words.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define FIELDS_MAX 24
#define WORD(words, i) ((i) < sizeof(words) / sizeof((words)[0]) ? (words)[i] : NULL)

struct out {
	const struct openf1_rows *r;
	openf1_row_fn fn;
	void *arg;
	struct openf1_field fields[FIELDS_MAX];
	size_t n;
	bool stopped;
};

static struct openf1_field *add(struct out *o, const char *name, uint32_t kind)
{
	struct openf1_field *f = &o->fields[o->n++];

	*f = (struct openf1_field){.name = name, .kind = kind};
	return f;
}

static void add_int(struct out *o, const char *name, bool known, int64_t value)
{
	add(o, name, known ? OPENF1_INT : OPENF1_NULL)->value = value;
}

static void add_number(struct out *o, const char *name, int32_t value)
{
	add_int(o, name, value != F1P_UNKNOWN, value);
}

static void add_decimal(struct out *o, const char *name, bool known, int64_t value, int decimals)
{
	struct openf1_field *f = add(o, name, known && value != F1P_UNKNOWN ? OPENF1_DECIMAL : OPENF1_NULL);

	f->value = value;
	f->decimals = decimals;
}

static void add_seconds(struct out *o, const char *name, int32_t ms)
{
	add_decimal(o, name, true, ms, 3);
}

static void add_text(struct out *o, const char *name, const char *text)
{
	add(o, name, text != NULL && text[0] != '\0' ? OPENF1_TEXT : OPENF1_NULL)->text = text;
}

static void add_time(struct out *o, const char *name, int64_t t_ns)
{
	add(o, name, t_ns != F1P_UNKNOWN_NS ? OPENF1_TIME : OPENF1_NULL)->value = t_ns;
}

static void add_bool(struct out *o, const char *name, bool value)
{
	add(o, name, OPENF1_BOOL)->value = value;
}

static void add_meeting_key(struct out *o)
{
	add_int(o, "meeting_key", o->r->has_session && o->r->session.meeting_key != 0, o->r->session.meeting_key);
}

static void add_session_key(struct out *o)
{
	add_int(o, "session_key", o->r->has_session && o->r->session.session_key != 0, o->r->session.session_key);
}

static void give(struct out *o)
{
	o->stopped = o->stopped || !o->fn(o->arg, o->fields, o->n);
	o->n = 0;
}

/* ---- the session ---- */

static void offset_text(int32_t offset_s, char out[16])
{
	int32_t ahead = offset_s < 0 ? -offset_s : offset_s;

	out[0] = '\0';
	if (offset_s != F1P_UNKNOWN) {
		snprintf(out, 16, "%s%02d:%02d:%02d", offset_s < 0 ? "-" : "", ahead / 3600 % 100, ahead / 60 % 60, ahead % 60);
	}
}

static void sessions(struct out *o)
{
	static const char *const types[] = {[F1P_SESSION_PRACTICE] = "Practice",
		[F1P_SESSION_QUALIFYING] = "Qualifying",
		[F1P_SESSION_SPRINT_QUALIFYING] = "Sprint Qualifying",
		[F1P_SESSION_SPRINT] = "Race",
		[F1P_SESSION_RACE] = "Race"};
	const struct f1p_ev_session *s = &o->r->session;
	char offset[16];

	if (!o->r->has_session) {
		return;
	}
	offset_text(s->gmt_offset_s, offset);
	add_int(o, "circuit_key", s->circuit_key != 0, s->circuit_key);
	add_text(o, "circuit_short_name", s->circuit);
	add_text(o, "country_code", s->country);
	add_time(o, "date_end", s->t_end_ns);
	add_time(o, "date_start", s->t_start_ns);
	add_text(o, "gmt_offset", offset);
	add_bool(o, "is_cancelled", false);
	add_text(o, "location", s->location);
	add_meeting_key(o);
	add_session_key(o);
	add_text(o, "session_name", s->name);
	add_text(o, "session_type", WORD(types, s->type));
	add_int(o, "year", s->year != 0, s->year);
	give(o);
}

static void meetings(struct out *o)
{
	const struct f1p_ev_session *s = &o->r->session;
	char offset[16];

	if (!o->r->has_session) {
		return;
	}
	offset_text(s->gmt_offset_s, offset);
	add_int(o, "circuit_key", s->circuit_key != 0, s->circuit_key);
	add_text(o, "circuit_short_name", s->circuit);
	add_text(o, "country_code", s->country);
	add_text(o, "gmt_offset", offset);
	add_bool(o, "is_cancelled", false);
	add_text(o, "location", s->location);
	add_meeting_key(o);
	add_text(o, "meeting_name", s->meeting);
	add_int(o, "year", s->year != 0, s->year);
	give(o);
}

static void messages(struct out *o)
{
	for (size_t i = 0; i < o->r->messages.n && !o->stopped; i++) {
		const struct rows_message *m = ROWS_AT(&o->r->messages, const struct rows_message, i);

		add_text(o, "category", m->category != 0 ? lt_category_word(m->category) : "SessionStatus");
		add_time(o, "date", m->t_ns);
		add_int(o, "driver_number", m->car != 0, m->car);
		add_text(o, "flag", lt_flag_word(m->flag));
		add_number(o, "lap_number", m->lap);
		add_meeting_key(o);
		add_text(o, "message", m->text);
		add_int(o, "qualifying_phase", m->part >= 1 && m->part <= 3, m->part);
		add_text(o, "scope", lt_scope_word(m->scope));
		add_int(o, "sector", m->sector != 0, m->sector);
		add_session_key(o);
		give(o);
	}
}

static void weather(struct out *o)
{
	for (size_t i = 0; i < o->r->weathers.n && !o->stopped; i++) {
		const struct f1p_ev_weather *w = ROWS_AT(&o->r->weathers, const struct f1p_ev_weather, i);
		uint32_t has = w->mask;

		add_decimal(o, "air_temperature", has & F1P_WX_AIR, w->air_temp_dc, 1);
		add_time(o, "date", w->h.t_event_ns);
		add_decimal(o, "humidity", has & F1P_WX_HUMIDITY, w->humidity_dpct, 1);
		add_meeting_key(o);
		add_decimal(o, "pressure", has & F1P_WX_PRESSURE, w->pressure_dhpa, 1);
		add_int(o, "rainfall", (has & F1P_WX_RAIN) && w->rain != F1P_TRI_UNKNOWN, w->rain == F1P_YES);
		add_session_key(o);
		add_decimal(o, "track_temperature", has & F1P_WX_TRACK, w->track_temp_dc, 1);
		add_number(o, "wind_direction", has & F1P_WX_WIND_DIR ? w->wind_dir_deg : F1P_UNKNOWN);
		add_decimal(o, "wind_speed", has & F1P_WX_WIND_SPEED, w->wind_speed_dms, 1);
		give(o);
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

static void drivers(struct out *o)
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
		add_text(o, "broadcast_name", names.broadcast);
		add_text(o, "country_code", d->country);
		add_int(o, "driver_number", true, o->r->cars[i]->number);
		add_text(o, "first_name", names.first);
		add_text(o, "full_name", d->name);
		add(o, "headshot_url", OPENF1_NULL);
		add_text(o, "last_name", names.last);
		add_meeting_key(o);
		add_text(o, "name_acronym", d->code);
		add_session_key(o);
		add_text(o, "team_colour", d->mask & F1P_DRIVER_COLOUR ? colour : NULL);
		add_text(o, "team_name", d->team);
		give(o);
	}
}

static void starting_grid(struct out *o)
{
	for (uint16_t i = 0; i < o->r->n_cars && !o->stopped; i++) {
		const struct rows_car *car = o->r->cars[i];

		if (car->grid == F1P_UNKNOWN) {
			continue;
		}
		add_int(o, "driver_number", true, car->number);
		add(o, "lap_duration", OPENF1_NULL);
		add_meeting_key(o);
		add_int(o, "position", car->grid > 0, car->grid);
		add_session_key(o);
		give(o);
	}
}

/* ---- timing ---- */

static void positions(struct out *o)
{
	for (size_t i = 0; i < o->r->positions.n && !o->stopped; i++) {
		const struct rows_position *p = ROWS_AT(&o->r->positions, const struct rows_position, i);

		add_time(o, "date", p->t_ns);
		add_int(o, "driver_number", true, p->car);
		add_meeting_key(o);
		add_int(o, "position", true, p->position);
		add_session_key(o);
		give(o);
	}
}

static void add_gap(struct out *o, const char *name, bool known, int32_t ms, int32_t laps, char text[24])
{
	if (known && laps > 0) {
		snprintf(text, 24, "+%d LAP%s", laps, laps > 1 ? "S" : "");
		add_text(o, name, text);
	} else {
		add_decimal(o, name, known, ms, 3);
	}
}

static void intervals(struct out *o)
{
	char gap[24], interval[24];

	for (size_t i = 0; i < o->r->intervals.n && !o->stopped; i++) {
		const struct rows_interval *g = ROWS_AT(&o->r->intervals, const struct rows_interval, i);
		bool leads = g->gap_known && g->gap_ms == 0 && g->gap_laps == 0 && !g->interval_known;

		add_time(o, "date", g->t_ns);
		add_int(o, "driver_number", true, g->car);
		add_gap(o, "gap_to_leader", g->gap_known, g->gap_ms, g->gap_laps, gap);
		add_gap(o, "interval", g->interval_known || leads, leads ? 0 : g->interval_ms, leads ? 0 : g->interval_laps,
			interval);
		add_meeting_key(o);
		add_session_key(o);
		give(o);
	}
}

static void add_codes(struct out *o, const char *name, const struct rows_lap *lap, int sector)
{
	struct openf1_field *f = add(o, name, lap->n_segments[sector] > 0 ? OPENF1_CODES : OPENF1_NULL);

	f->codes = lap->segments[sector];
	f->value = lap->n_segments[sector];
}

static void lap_row(struct out *o, const struct rows_car *car, int32_t number)
{
	const struct rows_lap *lap = &car->lap[number - 1];

	add_time(o, "date_start", lap->t_start_ns);
	add_int(o, "driver_number", true, car->number);
	add_seconds(o, "duration_sector_1", lap->sector_ms[0]);
	add_seconds(o, "duration_sector_2", lap->sector_ms[1]);
	add_seconds(o, "duration_sector_3", lap->sector_ms[2]);
	add_number(o, "i1_speed", lap->speed_kmh[0]);
	add_number(o, "i2_speed", lap->speed_kmh[1]);
	add_bool(o, "is_pit_out_lap", lap->out_lap);
	add_seconds(o, "lap_duration", lap->time_ms);
	add_int(o, "lap_number", true, number);
	add_meeting_key(o);
	add_codes(o, "segments_sector_1", lap, 0);
	add_codes(o, "segments_sector_2", lap, 1);
	add_codes(o, "segments_sector_3", lap, 2);
	add_session_key(o);
	add_number(o, "st_speed", lap->speed_kmh[2]);
	give(o);
}

/* Lap by lap: rows of one lap were told together. */
static void laps(struct out *o)
{
	for (int32_t number = 1; number <= (int32_t)F1P_MAX_LAPS; number++) {
		for (uint16_t i = 0; i < o->r->n_cars && !o->stopped; i++) {
			const struct rows_car *car = o->r->cars[i];

			if (number <= car->newest_lap && car->lap[number - 1].begun) {
				lap_row(o, car, number);
			}
		}
	}
}

static void stint_row(struct out *o, const struct rows_car *car, uint8_t index)
{
	const struct rows_stint *s = &car->stints[index];
	int32_t first = 0, last = 0;

	if (!rows_stint_span(car, index, &first, &last)) {
		return;
	}
	add_text(o, "compound", lt_compound_word(s->compound));
	add_int(o, "driver_number", true, car->number);
	add_int(o, "lap_end", true, last);
	add_int(o, "lap_start", true, first);
	add_meeting_key(o);
	add_session_key(o);
	add_int(o, "stint_number", true, index + 1);
	add_number(o, "tyre_age_at_start", s->start_laps);
	give(o);
}

static void stints(struct out *o)
{
	for (uint16_t i = 0; i < o->r->n_cars; i++) {
		for (uint8_t k = 0; k < o->r->cars[i]->n_stints && !o->stopped; k++) {
			stint_row(o, o->r->cars[i], k);
		}
	}
}

static void pits(struct out *o)
{
	for (uint16_t i = 0; i < o->r->n_cars; i++) {
		const struct rows_car *car = o->r->cars[i];

		for (uint8_t k = 0; k < car->n_pits && !o->stopped; k++) {
			const struct rows_pit *p = &car->pits[k];

			add_time(o, "date", p->t_ns);
			add_int(o, "driver_number", true, car->number);
			add_seconds(o, "lane_duration", p->lane_ms);
			add_int(o, "lap_number", true, p->lap);
			add_meeting_key(o);
			add_seconds(o, "pit_duration", p->lane_ms);
			add_session_key(o);
			add_seconds(o, "stop_duration", p->stop_ms);
			give(o);
		}
	}
}

/* ---- telemetry ---- */

static void car_data(struct out *o)
{
	for (size_t i = 0; i < o->r->telemetry.n && !o->stopped; i++) {
		const struct f1p_ev_telemetry *t = ROWS_AT(&o->r->telemetry, const struct f1p_ev_telemetry, i);

		add_int(o, "brake", t->brake_pct != 255, t->brake_pct);
		add_time(o, "date", t->h.t_event_ns);
		add_int(o, "driver_number", true, t->car);
		add_int(o, "drs", t->drs != 255, t->drs);
		add_meeting_key(o);
		add_int(o, "n_gear", true, t->gear);
		add_int(o, "rpm", true, t->rpm);
		add_session_key(o);
		add_int(o, "speed", true, t->speed_kmh);
		add_int(o, "throttle", t->throttle_pct != 255, t->throttle_pct);
		give(o);
	}
}

static void location(struct out *o)
{
	for (size_t i = 0; i < o->r->places.n && !o->stopped; i++) {
		const struct f1p_ev_xyz *p = ROWS_AT(&o->r->places, const struct f1p_ev_xyz, i);

		add_time(o, "date", p->h.t_event_ns);
		add_int(o, "driver_number", true, p->car);
		add_meeting_key(o);
		add_session_key(o);
		add_int(o, "x", true, p->x_dm);
		add_int(o, "y", true, p->y_dm);
		add_int(o, "z", true, p->z_dm);
		give(o);
	}
}

bool openf1_rows_each(const struct openf1_rows *r, enum of1_collection collection, openf1_row_fn fn, void *arg)
{
	static void (*const collections[])(struct out *) = {
		[OF1_SESSIONS] = sessions,
		[OF1_MEETINGS] = meetings,
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
	};
	struct out o = {.r = r, .fn = fn, .arg = arg};

	if (collection > OF1_NONE && collection < sizeof(collections) / sizeof(collections[0])) {
		collections[collection](&o);
	}
	return !o.stopped;
}
