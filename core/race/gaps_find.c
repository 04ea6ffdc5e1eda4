/*
 * gaps_find.c - which laps, messages, stops, stints and retirements nobody told, and which were concluded from something else.
 */
#include "race/gaps.h"
#include "race/gaps_internal.h"
#include <stdio.h>

#define TOLD_LATE "told late"
#define CONCLUDED_LAP "time from its sectors, or between two crossings of the line"

/* What one search is about. */
struct search {
	struct gaps *g;
	const struct f1p_car *car;
	uint32_t source_id;
	const char *source;
	int64_t t_from_ns, t_to_ns;
};

static bool lap_missing(const struct f1p_car *car, int32_t lap)
{
	return lap >= 1 && lap <= car->n_laps && car->history[lap - 1].time_ms == F1P_UNKNOWN;
}

/* Of the first lap no feed tells a time: it counts from lights out, and is marked in the history only. */
static bool lap_concluded(const struct f1p_car *car, int32_t lap)
{
	return lap >= 2 && lap <= car->n_laps && car->history[lap - 1].time_ms != F1P_UNKNOWN &&
	       car->history[lap - 1].flags & F1P_LAPF_INFERRED;
}

static struct f1p_ev_gap *line_of_lap(const struct gaps *g, uint16_t car, int32_t lap, uint8_t how)
{
	for (uint32_t i = g->n; i > 0; i--) {
		struct f1p_ev_gap *line = &g->lines[i - 1];

		if (line->how == how && line->kind == F1P_DATA_LAPS && line->car == car && lap >= line->first_lap &&
		    lap <= line->last_lap) {
			return line;
		}
	}
	return NULL;
}

bool gaps_lost(const struct gaps *g, uint16_t car, int32_t lap)
{
	return line_of_lap(g, car, lap, F1P_GAP_LOST) != NULL;
}

/* ---- laps ---- */

/* When the lap ended, or the time given. */
static int64_t lap_end_ns(const struct search *s, int32_t lap, int64_t else_ns)
{
	int64_t green_ns = s->g->race->now.st.t_green_ns;

	if (green_ns == F1P_UNKNOWN_NS || lap < 1 || lap > s->car->n_laps || s->car->history[lap - 1].elapsed_ms == F1P_UNKNOWN) {
		return else_ns;
	}
	return green_ns + s->car->history[lap - 1].elapsed_ms * NS_PER_MS;
}

static void write_laps(const struct search *s, int32_t first, int32_t last, uint8_t how)
{
	struct f1p_ev_gap *line = gaps_add(s->g, s->source_id, s->source, F1P_DATA_LAPS, how);

	if (!line) {
		return;
	}
	line->car = s->car->number;
	line->first_lap = first;
	line->last_lap = last;
	line->t_from_ns = lap_end_ns(s, first - 1, s->t_from_ns);
	line->t_to_ns = lap_end_ns(s, last, s->t_to_ns);
	snprintf(line->text, sizeof(line->text), "%s", how == F1P_GAP_LOST ? "no lap time was told" : CONCLUDED_LAP);
	gaps_publish(s->g, line);
}

/* Runs that follow one another are one line. */
static void write_concluded(const struct search *s, int32_t first, int32_t last)
{
	struct f1p_ev_gap *before = line_of_lap(s->g, s->car->number, first - 1, F1P_GAP_REPAIRED);

	if (before && before->last_lap == first - 1 && before->source_id == s->source_id) {
		before->last_lap = last;
		before->t_to_ns = lap_end_ns(s, last, s->t_to_ns);
		gaps_publish(s->g, before);
	} else {
		write_laps(s, first, last, F1P_GAP_REPAIRED);
	}
}

static bool is_unlisted(const struct search *s, int32_t lap, uint8_t how)
{
	return (how == F1P_GAP_LOST ? lap_missing(s->car, lap) : lap_concluded(s->car, lap)) &&
	       !line_of_lap(s->g, s->car->number, lap, how);
}

/* The runs from lap to last that are not in the ledger yet. */
static void list_runs(const struct search *s, int32_t lap, int32_t last, uint8_t how)
{
	for (; lap <= last; lap++) {
		int32_t first = lap;

		while (lap <= last && is_unlisted(s, lap, how)) {
			lap++;
		}
		if (lap > first && how == F1P_GAP_LOST) {
			write_laps(s, first, lap - 1, how);
		} else if (lap > first) {
			write_concluded(s, first, lap - 1);
		}
	}
}

void gaps_find_laps(struct gaps *g, const struct f1p_ev_gap *outage, const struct f1p_car *car, int32_t known)
{
	struct search s = {g, car, outage->source_id, outage->source, outage->t_from_ns, outage->t_to_ns};
	int32_t first = known == F1P_UNKNOWN ? 1 : known + 1;

	list_runs(&s, first, car->n_laps, F1P_GAP_LOST);
	list_runs(&s, first, car->n_laps - 1, F1P_GAP_REPAIRED); /* the newest may still be told */
}

/* The run of such laps that ends with this one; its first lap, or last + 1. */
static int32_t run_before(const struct search *s, int32_t last, uint8_t how)
{
	int32_t lap = last;

	while (is_unlisted(s, lap, how)) {
		lap--;
	}
	return lap + 1;
}

/* Laps that are settled although no outage was seen: what comes later is late. Those before the first known one were run before we
 * came. */
static void note_settled_laps(const struct search *s, int32_t last)
{
	int32_t first = run_before(s, last, F1P_GAP_LOST);

	if (first > 1) {
		list_runs(s, first, last, F1P_GAP_LOST);
	}
	list_runs(s, run_before(s, last, F1P_GAP_REPAIRED), last, F1P_GAP_REPAIRED);
}

static struct search search_of(struct gaps *g, const struct f1p_car *car, const struct f1p_event *ev, const char *source)
{
	return (struct search){g, car, ev->source_id, source, ev->t_event_ns, ev->t_event_ns};
}

static void note_crossing(struct gaps *g, const struct f1p_event *ev, const char *source)
{
	const struct f1p_ev_car_lap *e = (const struct f1p_ev_car_lap *)ev;
	const struct f1p_car *car = fold_find_car(&g->race->now, e->car);

	if (car && e->mask & F1P_LAP_NUMBER && !gaps_outage(g, ev->source_id)) {
		struct search s = search_of(g, car, ev, source);

		note_settled_laps(&s, car->n_laps - 1);
	}
}

/* Nothing comes after: the last laps are as they are. */
static void note_end(struct gaps *g, const struct f1p_event *ev, const char *source)
{
	const struct f1p_state *st = &g->race->now.st;

	for (size_t i = 0; i < st->n_cars && ((const struct f1p_ev_value *)ev)->value >= F1P_STATUS_FINALISED; i++) {
		struct search s = search_of(g, &st->cars[i], ev, source);

		note_settled_laps(&s, st->cars[i].n_laps);
	}
}

/* ---- what fills a line ---- */

static bool message_missing(const struct f1p_state *st, int32_t index)
{
	for (size_t i = 0; i < st->n_messages; i++) {
		if (st->messages[i].index == index) {
			return false;
		}
	}
	return true;
}

static bool still_missing(const struct gaps *g, const struct f1p_ev_gap *line, int32_t n)
{
	const struct f1p_car *car;

	if (line->kind == F1P_DATA_MESSAGES) {
		return message_missing(&g->race->now.st, n);
	}
	car = fold_find_car(&g->race->now, line->car);
	return car && (lap_missing(car, n) || (line->how == F1P_GAP_REPAIRED && lap_concluded(car, n)));
}

static void settle(struct f1p_ev_gap *line, uint32_t source_id, const char *text)
{
	line->how = source_id == line->source_id ? F1P_GAP_SNAPSHOT : F1P_GAP_OTHER_SOURCE;
	line->filled_by = source_id;
	snprintf(line->text, sizeof(line->text), "%s", text);
}

/* Something came that the line may have waited for. True: it changed. */
static bool look_again(struct gaps *g, struct f1p_ev_gap *line, const struct f1p_event *ev)
{
	const struct f1p_car *car = line->kind == F1P_DATA_LAPS ? fold_find_car(&g->race->now, line->car) : NULL;
	int32_t first = line->first_lap;
	int32_t last = line->last_lap;

	while (first <= last && !still_missing(g, line, first)) {
		first++;
	}
	while (last > first && !still_missing(g, line, last)) {
		last--;
	}
	if (first > last && line->how == F1P_GAP_LOST && car && lap_concluded(car, line->last_lap)) {
		line->how = F1P_GAP_REPAIRED;
		line->t_to_ns = ev->t_event_ns;
		snprintf(line->text, sizeof(line->text), CONCLUDED_LAP);
	} else if (first > last) {
		settle(line, ev->source_id, TOLD_LATE);
	} else if (first == line->first_lap && last == line->last_lap) {
		return false;
	} else {
		line->first_lap = first;
		line->last_lap = last;
	}
	return true;
}

static bool may_be_filled(const struct f1p_ev_gap *line)
{
	return (line->how == F1P_GAP_LOST || line->how == F1P_GAP_REPAIRED) && line->first_lap != F1P_UNKNOWN;
}

static void fill_lines(struct gaps *g, const struct f1p_event *ev, uint32_t kind, uint16_t car)
{
	for (uint32_t i = 0; i < g->n; i++) {
		struct f1p_ev_gap *line = &g->lines[i];

		if (line->kind == kind && line->car == car && may_be_filled(line) && look_again(g, line, ev)) {
			gaps_publish(g, line);
		}
	}
}

/* ---- messages ---- */

static void note_message(struct gaps *g, const struct f1p_ev_race_control *e, const char *source)
{
	struct f1p_ev_gap *line;

	if (g->newest_message != F1P_UNKNOWN && g->message_source == e->h.source_id && e->index > g->newest_message + 1) {
		line = gaps_add(g, e->h.source_id, source, F1P_DATA_MESSAGES, F1P_GAP_LOST);
		if (line) {
			line->first_lap = g->newest_message + 1;
			line->last_lap = e->index - 1;
			line->t_from_ns = line->t_to_ns = e->h.t_event_ns;
			snprintf(line->text, sizeof(line->text), "race-control messages were skipped");
			gaps_publish(g, line);
		}
	}
	g->message_source = e->h.source_id;
	if (g->newest_message == F1P_UNKNOWN || e->index > g->newest_message) {
		g->newest_message = e->index;
	}
}

/* ---- stops, stints and retirements ---- */

static int64_t outage_from_ns(const struct gaps *g)
{
	int64_t from_ns = F1P_UNKNOWN_NS;

	for (uint32_t i = 0; i < g->n && g->n_outages; i++) {
		if (g->lines[i].how == F1P_GAP_OPEN) {
			from_ns = g->lines[i].t_from_ns; /* the newest one */
		}
	}
	return from_ns;
}

/* What the reducers concluded from this event. In a snapshot without an outage before it is what was run before we came. */
static void note_repairs(struct gaps *g, const struct f1p_event *ev, const char *source)
{
	struct repair repairs[REPAIRS_MAX];
	uint32_t n = repairs_take(g->race, repairs);

	for (uint32_t i = 0; i < n && (!(ev->flags & F1P_EVF_SNAPSHOT) || g->n_outages); i++) {
		struct f1p_ev_gap *line = gaps_add(g, ev->source_id, source, repairs[i].kind, F1P_GAP_REPAIRED);

		if (!line) {
			return;
		}
		line->car = repairs[i].car;
		line->first_lap = line->last_lap = repairs[i].lap;
		line->t_from_ns = g->n_outages ? outage_from_ns(g) : ev->t_event_ns;
		line->t_to_ns = ev->t_event_ns;
		snprintf(line->text, sizeof(line->text), "%s", repairs[i].text);
		gaps_publish(g, line);
	}
}

/* The time in the lane of a stop that was only known by its count. */
static void fill_stop(struct gaps *g, const struct f1p_ev_pit *e)
{
	for (uint32_t i = 0; i < g->n && e->lane_ms != F1P_UNKNOWN && e->lap != F1P_UNKNOWN; i++) {
		struct f1p_ev_gap *line = &g->lines[i];

		if (line->how == F1P_GAP_REPAIRED && line->kind == F1P_DATA_PIT && line->car == e->car && line->first_lap == F1P_UNKNOWN &&
		    e->h.t_event_ns - e->lane_ms * NS_PER_MS <= line->t_to_ns) {
			line->first_lap = line->last_lap = e->lap;
			settle(line, e->h.source_id, TOLD_LATE);
			gaps_publish(g, line);
			return;
		}
	}
}

/* A retirement that was concluded: the feed says so now, or the car drives again. */
static void settle_retirements(struct gaps *g, const struct f1p_event *ev)
{
	for (uint32_t i = 0; i < g->n; i++) {
		struct f1p_ev_gap *line = &g->lines[i];
		const struct f1p_car *car = NULL;

		if (line->how != F1P_GAP_REPAIRED || line->kind != F1P_DATA_TIMING) {
			continue;
		}
		car = fold_find_car(&g->race->now, line->car);
		if (car && (car->retired != F1P_YES || car->retired_how != F1P_RETIRED_SILENCE)) {
			settle(line, ev->source_id, car->retired == F1P_YES ? TOLD_LATE : "taken back: it goes on");
			gaps_publish(g, line);
		}
	}
}

/* ---- after each event ---- */

void gaps_accepted(struct gaps *g, const struct f1p_event *ev, const char *source)
{
	if (ev->space != F1P_SPACE_CORE) {
		return;
	}
	note_repairs(g, ev, source);
	switch (ev->type) {
	case F1P_EV_RACE_CONTROL:
		fill_lines(g, ev, F1P_DATA_MESSAGES, 0);
		settle_retirements(g, ev);
		note_message(g, (const struct f1p_ev_race_control *)ev, source);
		break;
	case F1P_EV_CAR_LAP:
		fill_lines(g, ev, F1P_DATA_LAPS, ((const struct f1p_ev_car_lap *)ev)->car);
		if (!(ev->flags & F1P_EVF_SNAPSHOT)) {
			note_crossing(g, ev, source);
		}
		settle_retirements(g, ev);
		break;
	case F1P_EV_CAR_STATUS:
		settle_retirements(g, ev);
		break;
	case F1P_EV_LAP_RECORD:
		fill_lines(g, ev, F1P_DATA_LAPS, ((const struct f1p_ev_lap_record *)ev)->car);
		break;
	case F1P_EV_PIT_LANE_TIME:
	case F1P_EV_PIT_STOP:
		fill_stop(g, (const struct f1p_ev_pit *)ev);
		break;
	case F1P_EV_SESSION_STATUS:
		note_end(g, ev, source);
		break;
	default:
		break;
	}
}
