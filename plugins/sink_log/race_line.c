/*
 * race_line.c - see race_line.h.
 */
#include "race_line.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "helpers/encode.h"
#include "helpers/event_size.h"

#define FORECAST_NEWS 0.05 /* a favourite's probability that moved by less is no news */

struct line {
	char *out;
	size_t used;
};

static void F1P_PRINTF(2, 3) add(struct line *line, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line->out + line->used, RACE_LINE_MAX - line->used, fmt, ap);
	va_end(ap);
	if (n > 0) {
		line->used += (size_t)n;
	}
	if (line->used >= RACE_LINE_MAX) {
		line->used = RACE_LINE_MAX - 1;
	}
}

/* Text of the feed may hold anything; a line break in it would forge a line. */
static void clean(struct line *line)
{
	for (size_t i = 0; i < line->used; i++) {
		unsigned char c = (unsigned char)line->out[i];

		if (c < 0x20 || c == 0x7f) {
			line->out[i] = ' ';
		}
	}
}

void race_line_init(struct race_line *r)
{
	*r = (struct race_line){
		.lap = F1P_UNKNOWN, .total_laps = F1P_UNKNOWN, .track = F1P_TRACK_UNKNOWN, .rain = F1P_TRI_UNKNOWN};
}

static struct race_line_car *car_of(struct race_line *r, uint16_t number)
{
	for (uint32_t i = 0; i < r->n_cars; i++) {
		if (r->cars[i].number == number) {
			return &r->cars[i];
		}
	}
	if (r->n_cars == F1P_MAX_CARS) {
		return NULL;
	}
	struct race_line_car *car = &r->cars[r->n_cars++];
	*car = (struct race_line_car){.number = number,
		.in_pit = F1P_TRI_UNKNOWN,
		.retired = F1P_TRI_UNKNOWN,
		.stopped = F1P_TRI_UNKNOWN,
		.compound = F1P_TYRE_UNKNOWN,
		.stint_laps = F1P_UNKNOWN};
	return car;
}

void race_line_adopt(struct race_line *r, const struct f1p_state *s)
{
	r->lap = s->lap;
	r->total_laps = s->total_laps;
	r->track = s->track;
	r->rain = (uint8_t)s->weather.rain;
	for (uint32_t i = 0; i < s->n_cars; i++) {
		const struct f1p_car *from = &s->cars[i];
		struct race_line_car *car = car_of(r, from->number);

		if (!car) {
			continue;
		}
		car->in_pit = from->in_pit;
		car->retired = from->retired;
		car->stopped = from->stopped;
		car->compound = from->compound;
		car->stint = from->n_stints ? (uint8_t)(from->n_stints - 1) : 0;
		car->stint_laps = from->tyre_age;
		memcpy(car->code, from->code, sizeof(car->code));
	}
}

static void add_name(struct line *line, struct race_line *r, uint16_t number)
{
	const struct race_line_car *car = car_of(r, number);

	if (car && car->code[0]) {
		add(line, "%.7s", car->code);
	} else {
		add(line, "car %u", (unsigned)number);
	}
}

static void add_upper(struct line *line, const char *text)
{
	for (; *text; text++) {
		add(line, "%c", *text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text == '_' ? ' ' : *text);
	}
}

static void add_head(struct line *line, const struct race_line *r, int64_t t_ns)
{
	char text[F1P_TIME_TEXT];

	if (f1p_time_text(t_ns, text)) {
		add(line, "%.8s ", text + 11);
	} else {
		add(line, "--:--:-- ");
	}
	if (r->lap != F1P_UNKNOWN && r->total_laps != F1P_UNKNOWN) {
		add(line, "L%d/%d ", r->lap, r->total_laps);
	} else if (r->lap != F1P_UNKNOWN) {
		add(line, "L%d ", r->lap);
	}
}

static bool racing(const struct race_line *r)
{
	return r->lap != F1P_UNKNOWN && r->lap >= 1;
}

/* ---- one function per kind of event: takes it in, adds text if it is news */

static void tell_session(struct line *line, const struct f1p_ev_session *ev)
{
	add(line, "session: %.31s, %.63s", ev->name, ev->meeting);
	if (ev->circuit[0]) {
		add(line, " (%.39s)", ev->circuit);
	}
	if (ev->year) {
		add(line, " %u", (unsigned)ev->year);
	}
	if (ev->h.flags & F1P_EVF_SIMULATED) {
		add(line, " SIMULATED");
	}
}

static void tell_track(struct line *line, struct race_line *r, const struct f1p_ev_value *ev)
{
	uint8_t track = (uint8_t)ev->value;

	if (track != r->track) {
		add(line, "track: ");
		add_upper(line, f1p_track_status_name(ev->value));
	}
	r->track = track;
}

static void take_laps(struct race_line *r, const struct f1p_ev_lap_count *ev)
{
	if (ev->mask & F1P_LAPS_CURRENT) {
		r->lap = ev->current;
	}
	if (ev->mask & F1P_LAPS_TOTAL) {
		r->total_laps = ev->total;
	}
}

static void take_driver(struct race_line *r, const struct f1p_ev_driver *ev)
{
	struct race_line_car *car = car_of(r, ev->car);

	if (car && (ev->mask & F1P_DRIVER_CODE)) {
		memcpy(car->code, ev->code, sizeof(car->code));
		car->code[sizeof(car->code) - 1] = '\0';
	}
}

static void take_stint(struct race_line *r, const struct f1p_ev_stint *ev)
{
	struct race_line_car *car = car_of(r, ev->car);

	if (!car || (ev->index != 255 && ev->index < car->stint)) {
		return;
	}
	if (ev->index != 255 && ev->index > car->stint) {
		car->stint = ev->index;
		car->stint_laps = F1P_UNKNOWN;
	}
	if (ev->mask & F1P_STINT_COMPOUND) {
		car->compound = ev->compound;
	}
	if (ev->mask & F1P_STINT_TOTAL) {
		car->stint_laps = ev->total_laps;
	}
}

static void add_tyres(struct line *line, const struct race_line_car *car, bool with_age)
{
	if (car->compound == F1P_TYRE_UNKNOWN) {
		return;
	}
	add(line, " (");
	add_upper(line, f1p_compound_name(car->compound));
	if (with_age && car->stint_laps != F1P_UNKNOWN) {
		add(line, ", %d laps", car->stint_laps);
	}
	add(line, ")");
}

static void tell_status(struct line *line, struct race_line *r, const struct f1p_ev_car_status *ev)
{
	struct race_line_car *car = car_of(r, ev->car);
	const char *news = NULL;
	bool pits = false, leaves = false;

	if (!car) {
		return;
	}
	if (ev->mask & F1P_CAR_IN_PIT) {
		pits = racing(r) && ev->in_pit == F1P_YES && car->in_pit == F1P_NO;
		leaves = racing(r) && ev->in_pit == F1P_NO && car->in_pit == F1P_YES;
		car->in_pit = ev->in_pit;
	}
	if (ev->mask & F1P_CAR_STOPPED) {
		if (ev->stopped == F1P_YES && car->stopped != F1P_YES) {
			news = " has stopped";
		}
		car->stopped = ev->stopped;
	}
	if (ev->mask & F1P_CAR_RETIRED) {
		if (ev->retired == F1P_YES && car->retired != F1P_YES) {
			news = " retires";
		}
		car->retired = ev->retired;
	}
	if (!news && !pits && !leaves) {
		return;
	}
	add_name(line, r, ev->car);
	add(line, "%s", news ? news : pits ? " pits" : " rejoins");
	if (!news) {
		add_tyres(line, car, pits);
	}
}

static void tell_pit(struct line *line, struct race_line *r, const struct f1p_ev_pit *ev)
{
	bool stop = ev->h.type == F1P_EV_PIT_STOP && ev->stationary_ms != F1P_UNKNOWN;

	if (!stop && ev->lane_ms == F1P_UNKNOWN) {
		return;
	}
	add_name(line, r, ev->car);
	if (stop) {
		add(line, " stood %.1f s in the pits", ev->stationary_ms / 1000.0);
	} else {
		add(line, " was %.1f s in the pit lane", ev->lane_ms / 1000.0);
	}
}

static void tell_weather(struct line *line, struct race_line *r, const struct f1p_ev_weather *ev)
{
	if (!(ev->mask & F1P_WX_RAIN)) {
		return;
	}
	if (ev->rain == F1P_YES && r->rain == F1P_NO) {
		add(line, "rain begins");
	} else if (ev->rain == F1P_NO && r->rain == F1P_YES) {
		add(line, "rain ends");
	}
	r->rain = (uint8_t)ev->rain;
}

/* Indices of the three cars with the highest win probability. */
static uint32_t favourites(const struct f1p_forecast *f, uint32_t top[3])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->n_cars; i++) {
		uint32_t at = n < 3 ? n : 3;

		while (at > 0 && f->cars[i].p_win > f->cars[top[at - 1]].p_win) {
			if (at < 3) {
				top[at] = top[at - 1];
			}
			at--;
		}
		if (at < 3) {
			top[at] = i;
		}
		n += n < 3;
	}
	return n;
}

static void tell_forecast(struct line *line, struct race_line *r, const struct f1p_ev_forecast *ev)
{
	const struct f1p_forecast *f = &ev->forecast;
	uint16_t cars[3] = {0};
	uint32_t top[3] = {0}, n;

	if (!ev->published || !f1p_forecast_event_valid(ev) || (n = favourites(f, top)) == 0) {
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		cars[i] = f->cars[top[i]].car;
	}
	if (ev->trigger != F1P_TRIGGER_LAP && memcmp(cars, r->forecast_top, sizeof(cars)) == 0 &&
		fabs(f->cars[top[0]].p_win - r->forecast_win) < FORECAST_NEWS) {
		return;
	}
	memcpy(r->forecast_top, cars, sizeof(cars));
	r->forecast_win = f->cars[top[0]].p_win;
	add(line, "forecast:");
	for (uint32_t i = 0; i < n; i++) {
		add(line, "%s", i ? ", " : " ");
		add_name(line, r, cars[i]);
		add(line, " %.1f %%", 100.0 * f->cars[top[i]].p_win);
	}
	add(line, " to win (confidence %.2f)", f->confidence);
}

static void tell_plugin(struct line *line, const struct f1p_ev_plugin_status *ev)
{
	if (ev->h.type == F1P_EV_SOURCE_END) {
		add(line, "%.47s has no more data", ev->instance);
		return;
	}
	add(line, "%.47s is %s", ev->instance, f1p_condition_name((int)ev->condition));
	if (ev->reason[0]) {
		add(line, ": %.159s", ev->reason);
	}
}

/* ---- live sources */

static void tell_link(struct line *line, const struct f1p_ev_link *ev)
{
	bool named = ev->h.size >= sizeof(*ev) && ev->source[0]; /* not in journals of older days */

	add(line, "%.47s: connection %s", named ? ev->source : "a source", f1p_link_name((int)(ev->condition & 0xffu)));
	if (ev->text[0]) {
		add(line, ": %.159s", ev->text);
	}
}

static void tell_choice(struct line *line, const struct f1p_ev_source_choice *ev)
{
	add(line, "%s now from %.47s", f1p_data_kind_name((int)(ev->kind & 0xffu)), ev->to[0] ? ev->to : "nobody");
	if (ev->from[0]) {
		add(line, " instead of %.47s", ev->from);
	}
	if (ev->reason[0]) {
		add(line, " (%.63s)", ev->reason);
	}
}

static void tell_gap(struct line *line, struct race_line *r, const struct f1p_ev_gap *ev)
{
	add(line, "gap %u: %s of %.47s", (unsigned)ev->id, f1p_data_kind_name((int)(ev->kind & 0xffu)), ev->source);
	if (ev->car) {
		add(line, ", ");
		add_name(line, r, ev->car);
	}
	if (ev->first_lap != F1P_UNKNOWN) {
		add(line, ", %d to %d", ev->first_lap, ev->last_lap);
	}
	add(line, ": %s", f1p_gap_how_name(ev->how));
	if (ev->text[0]) {
		add(line, " (%.95s)", ev->text);
	}
}

static void tell_revision(struct line *line, struct race_line *r, const struct f1p_ev_revision *ev)
{
	add(line, "corrected: %s of ", f1p_revised_name((int)(ev->field & 0xffu)));
	add_name(line, r, ev->car);
	if (ev->lap != F1P_UNKNOWN) {
		add(line, " in %d", ev->lap);
	}
	add(line, ": %d instead of %d", ev->new_value, ev->old_value);
}

/* ---- dispatch */

static void tell(struct line *line, struct race_line *r, const struct f1p_event *ev)
{
	const void *p = ev;

	switch (ev->type) {
	case F1P_EV_FEED_RESET:
		race_line_init(r);
		break;
	case F1P_EV_SESSION:
		tell_session(line, p);
		break;
	case F1P_EV_SESSION_STATUS:
		add(line, "session: %s", f1p_session_status_name(((const struct f1p_ev_value *)p)->value));
		break;
	case F1P_EV_SESSION_PART:
		add(line, "session: part %d", ((const struct f1p_ev_value *)p)->value);
		break;
	case F1P_EV_TRACK_STATUS:
		tell_track(line, r, p);
		break;
	case F1P_EV_LAP_COUNT:
		take_laps(r, p);
		break;
	case F1P_EV_DRIVER:
		take_driver(r, p);
		break;
	case F1P_EV_CAR_STATUS:
		tell_status(line, r, p);
		break;
	case F1P_EV_STINT:
	case F1P_EV_TYRE:
		take_stint(r, p);
		break;
	case F1P_EV_WEATHER:
		tell_weather(line, r, p);
		break;
	case F1P_EV_RACE_CONTROL:
		add(line, "race control: %.239s", ((const struct f1p_ev_race_control *)p)->text);
		break;
	case F1P_EV_PIT_LANE_TIME:
	case F1P_EV_PIT_STOP:
		tell_pit(line, r, p);
		break;
	case F1P_EV_FORECAST:
		tell_forecast(line, r, p);
		break;
	case F1P_EV_PLUGIN_STATUS:
	case F1P_EV_SOURCE_END:
		tell_plugin(line, p);
		break;
	case F1P_EV_LINK:
		tell_link(line, p);
		break;
	case F1P_EV_SOURCE_CHOICE:
		tell_choice(line, p);
		break;
	case F1P_EV_GAP:
		tell_gap(line, r, p);
		break;
	case F1P_EV_REVISION:
		tell_revision(line, r, p);
		break;
	default:
		break;
	}
}

size_t race_line_tell(struct race_line *r, const struct f1p_event *ev, char out[RACE_LINE_MAX])
{
	struct line line = {.out = out};
	size_t head;

	out[0] = '\0';
	if (ev->space != F1P_SPACE_CORE || ev->size < f1p_event_least_size(ev->type)) {
		return 0;
	}
	add_head(&line, r, ev->t_event_ns);
	head = line.used;
	tell(&line, r, ev);
	/* what is repeated to reach a point in time has been told before, or never was news */
	if (line.used == head || (ev->flags & F1P_EVF_CATCHUP)) {
		out[0] = '\0';
		return 0;
	}
	clean(&line);
	return line.used;
}
