#include "race/gaps.h"
#include "base/log.h"
#include "race/race_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTAGES_MAX 64u

struct outage { /* of one source: what the race knew when it began */
	uint32_t source_id;
	uint32_t line; /* id */
	int32_t laps[F1P_MAX_CARS];
};

struct gaps {
	struct race *race;
	void (*emit)(void *arg, struct f1p_ev_gap *);
	void *arg;
	struct f1p_ev_gap *lines; /* lines[i].id = i + 1 */
	uint32_t n, cap;
	uint32_t total;           /* ids given, also those beyond the lines that are kept */
	struct outage outages[OUTAGES_MAX];
	uint32_t n_outages;
	int32_t newest_message;   /* its number; F1P_UNKNOWN = none yet */
	uint32_t message_source;  /* who told it: another one counts otherwise */
};

struct gaps *gaps_create(struct race *race, void (*emit)(void *arg, struct f1p_ev_gap *), void *arg)
{
	struct gaps *g = calloc(1, sizeof(*g));

	if (g) {
		g->race = race;
		g->emit = emit;
		g->arg = arg;
		g->newest_message = F1P_UNKNOWN;
	}
	return g;
}

void gaps_destroy(struct gaps *g)
{
	if (g) {
		free(g->lines);
		free(g);
	}
}

void gaps_reset(struct gaps *g)
{
	g->n = 0;
	g->total = 0;
	g->n_outages = 0;
	g->newest_message = F1P_UNKNOWN;
}

static bool reserve(struct gaps *g, uint32_t n)
{
	struct f1p_ev_gap *grown;
	uint32_t cap = g->cap ? g->cap * 2 : 16;

	if (n <= g->cap) {
		return true;
	}
	cap = cap < n ? n : cap;
	grown = realloc(g->lines, cap * sizeof(*grown));
	if (!grown) {
		return false;
	}
	g->lines = grown;
	g->cap = cap;
	return true;
}

static struct f1p_event line_header(void)
{
	return (struct f1p_event){.size = sizeof(struct f1p_ev_gap), .type = F1P_EV_GAP};
}

void gaps_restore(struct gaps *g, const struct f1p_ev_gap *line)
{
	if (line->h.size >= sizeof(*line) && line->id == g->total + 1 && line->id > GAP_LINES_MAX) {
		g->total = line->id;
	}
	if (line->h.size < sizeof(*line) || line->id < 1 || line->id > GAP_LINES_MAX || !reserve(g, line->id)) {
		return;
	}
	for (; g->n < line->id; g->n++) { /* lines of a torn journal that are not there */
		g->lines[g->n] = (struct f1p_ev_gap){.h = line_header(), .id = g->n + 1, .how = F1P_GAP_LOST};
	}
	g->total = g->total > g->n ? g->total : g->n;
	g->lines[line->id - 1] = *line;
}

static void publish(struct gaps *g, const struct f1p_ev_gap *line)
{
	struct f1p_ev_gap copy = *line;

	copy.h = line_header();
	g->emit(g->arg, &copy);
	if (copy.id <= g->n) {
		g->lines[copy.id - 1].h = copy.h; /* number and time that it got */
	}
}

static void begin_line(struct f1p_ev_gap *line, uint32_t source_id, const char *source, uint32_t kind, uint8_t how)
{
	*line = (struct f1p_ev_gap){.h = line_header(), .kind = kind, .source_id = source_id, .t_from_ns = F1P_UNKNOWN_NS,
				    .t_to_ns = F1P_UNKNOWN_NS, .how = how, .first_lap = F1P_UNKNOWN, .last_lap = F1P_UNKNOWN};
	snprintf(line->source, sizeof(line->source), "%s", source);
}

/* What does not fit into the ledger is still counted, by an event that nobody keeps. */
static void count_only(struct gaps *g, uint32_t source_id, const char *source, uint32_t kind, uint8_t how)
{
	struct f1p_ev_gap line;

	if (g->total == GAP_LINES_MAX) {
		log_line(F1P_LOG_WARN, "core",
			"the gap ledger is full with %u lines: further gaps of this session are counted, not listed", GAP_LINES_MAX);
	}
	begin_line(&line, source_id, source, kind, how);
	line.id = ++g->total;
	snprintf(line.text, sizeof(line.text), "the ledger is full; only counted");
	publish(g, &line);
}

/* A new line; NULL when the ledger is full. The rest is the caller's, who then publishes it. */
static struct f1p_ev_gap *add_line(struct gaps *g, uint32_t source_id, const char *source, uint32_t kind, uint8_t how)
{
	struct f1p_ev_gap *line;

	if (g->n == GAP_LINES_MAX) {
		count_only(g, source_id, source, kind, how);
		return NULL;
	}
	if (!reserve(g, g->n + 1)) {
		return NULL;
	}
	line = &g->lines[g->n++];
	begin_line(line, source_id, source, kind, how);
	line->id = g->total = g->n;
	return line;
}

static struct outage *find_outage(struct gaps *g, uint32_t source_id)
{
	for (uint32_t i = 0; i < g->n_outages; i++) {
		if (g->outages[i].source_id == source_id) {
			return &g->outages[i];
		}
	}
	return NULL;
}

bool gaps_is_open(const struct gaps *g, uint32_t source_id)
{
	return find_outage((struct gaps *)(uintptr_t)g, source_id) != NULL;
}

void gaps_open(struct gaps *g, uint32_t source_id, const char *source, uint32_t kind, int64_t t_from_ns, const char *text)
{
	const struct f1p_state *st = &g->race->now.st;
	struct f1p_ev_gap *line;
	struct outage *o;

	if (find_outage(g, source_id) || g->n_outages == OUTAGES_MAX) {
		return;
	}
	line = add_line(g, source_id, source, kind, F1P_GAP_OPEN);
	if (!line) {
		return;
	}
	o = &g->outages[g->n_outages++];
	*o = (struct outage){.source_id = source_id, .line = line->id};
	for (size_t i = 0; i < F1P_MAX_CARS; i++) {
		o->laps[i] = i < st->n_cars ? st->cars[i].laps : F1P_UNKNOWN;
	}
	line->t_from_ns = t_from_ns;
	snprintf(line->text, sizeof(line->text), "%s", text);
	publish(g, line);
}

static bool lap_missing(const struct f1p_car *car, int32_t lap)
{
	return lap >= 1 && lap <= car->n_laps && car->history[lap - 1].time_ms == F1P_UNKNOWN;
}

static void write_lost_laps(struct gaps *g, const struct f1p_ev_gap *outage, const struct f1p_car *car, int32_t first, int32_t last)
{
	struct f1p_ev_gap *line = add_line(g, outage->source_id, outage->source, F1P_DATA_LAPS, F1P_GAP_LOST);

	if (!line) {
		return;
	}
	line->car = car->number;
	line->first_lap = first;
	line->last_lap = last;
	line->t_from_ns = outage->t_from_ns;
	line->t_to_ns = outage->t_to_ns;
	snprintf(line->text, sizeof(line->text), "no lap time was told");
	publish(g, line);
}

/* The runs of completed laps without a time. */
static void find_lost_laps(struct gaps *g, const struct f1p_ev_gap *outage, const struct f1p_car *car, int32_t known)
{
	int32_t lap = known == F1P_UNKNOWN ? 1 : known + 1;

	while (lap <= car->n_laps) {
		int32_t first = lap;

		while (lap_missing(car, lap)) {
			lap++;
		}
		if (lap > first) {
			write_lost_laps(g, outage, car, first, lap - 1);
		}
		lap++;
	}
}

void gaps_close(struct gaps *g, uint32_t source_id, uint8_t how, uint32_t filled_by, int64_t t_to_ns)
{
	static const char *const texts[] = {[F1P_GAP_SNAPSHOT] = "the present values came back",
					    [F1P_GAP_OTHER_SOURCE] = "another source went on"};
	const struct f1p_state *st = &g->race->now.st;
	struct outage *found = find_outage(g, source_id);
	struct f1p_ev_gap line;
	struct outage o;

	if (!found) {
		return;
	}
	o = *found;
	*found = g->outages[--g->n_outages];
	g->lines[o.line - 1].how = how;
	g->lines[o.line - 1].filled_by = filled_by;
	g->lines[o.line - 1].t_to_ns = t_to_ns;
	snprintf(g->lines[o.line - 1].text, sizeof(line.text), "%s", texts[how]);
	line = g->lines[o.line - 1]; /* a copy: new lines may move the others */
	publish(g, &line);
	for (size_t i = 0; i < st->n_cars; i++) {
		find_lost_laps(g, &line, &st->cars[i], o.laps[i]);
	}
}

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
	return car && lap_missing(car, n);
}

/* Something came that the line may have waited for. */
static void look_again(struct gaps *g, struct f1p_ev_gap *line, uint32_t source_id)
{
	int32_t first = line->first_lap;
	int32_t last = line->last_lap;

	while (first <= last && !still_missing(g, line, first)) {
		first++;
	}
	while (last > first && !still_missing(g, line, last)) {
		last--;
	}
	if (first > last) {
		line->how = source_id == line->source_id ? F1P_GAP_SNAPSHOT : F1P_GAP_OTHER_SOURCE;
		line->filled_by = source_id;
		snprintf(line->text, sizeof(line->text), "told late");
	} else if (first == line->first_lap && last == line->last_lap) {
		return;
	} else {
		line->first_lap = first;
		line->last_lap = last;
	}
	publish(g, line);
}

static void note_message(struct gaps *g, const struct f1p_ev_race_control *e, const char *source)
{
	struct f1p_ev_gap *line;

	if (g->newest_message != F1P_UNKNOWN && g->message_source == e->h.source_id && e->index > g->newest_message + 1) {
		line = add_line(g, e->h.source_id, source, F1P_DATA_MESSAGES, F1P_GAP_LOST);
		if (line) {
			line->first_lap = g->newest_message + 1;
			line->last_lap = e->index - 1;
			line->t_from_ns = line->t_to_ns = e->h.t_event_ns;
			snprintf(line->text, sizeof(line->text), "race-control messages were skipped");
			publish(g, line);
		}
	}
	g->message_source = e->h.source_id;
	if (g->newest_message == F1P_UNKNOWN || e->index > g->newest_message) {
		g->newest_message = e->index;
	}
}

/* Laps before the newest that nobody told, although no outage was seen. Those before the first known one were run before we
 * came. */
static void note_skipped_laps(struct gaps *g, const struct f1p_event *ev, const char *source)
{
	const struct f1p_ev_car_lap *e = (const struct f1p_ev_car_lap *)ev;
	const struct f1p_car *car = fold_find_car(&g->race->now, e->car);
	struct f1p_ev_gap named = {.source_id = ev->source_id, .t_from_ns = ev->t_event_ns, .t_to_ns = ev->t_event_ns};
	int32_t last, lap;

	if (!car || !(e->mask & F1P_LAP_NUMBER) || find_outage(g, ev->source_id)) {
		return;
	}
	last = lap = car->n_laps - 1;
	while (lap_missing(car, lap) && !gaps_lost(g, car->number, lap)) {
		lap--;
	}
	if (lap < last && lap >= 1) {
		snprintf(named.source, sizeof(named.source), "%s", source);
		write_lost_laps(g, &named, car, lap + 1, last);
	}
}

void gaps_accepted(struct gaps *g, const struct f1p_event *ev, const char *source)
{
	uint32_t kind = ev->type == F1P_EV_RACE_CONTROL ? F1P_DATA_MESSAGES : F1P_DATA_LAPS;
	uint16_t car;

	if (ev->space != F1P_SPACE_CORE ||
	    (ev->type != F1P_EV_RACE_CONTROL && ev->type != F1P_EV_CAR_LAP && ev->type != F1P_EV_LAP_RECORD)) {
		return;
	}
	car = kind == F1P_DATA_MESSAGES ? 0 : ev->type == F1P_EV_CAR_LAP ? ((const struct f1p_ev_car_lap *)ev)->car
									  : ((const struct f1p_ev_lap_record *)ev)->car;
	for (uint32_t i = 0; i < g->n; i++) {
		struct f1p_ev_gap *line = &g->lines[i];

		if (line->how == F1P_GAP_LOST && line->kind == kind && line->car == car && line->first_lap != F1P_UNKNOWN) {
			look_again(g, line, ev->source_id);
		}
	}
	if (kind == F1P_DATA_MESSAGES) {
		note_message(g, (const struct f1p_ev_race_control *)ev, source);
	} else if (ev->type == F1P_EV_CAR_LAP && !(ev->flags & F1P_EVF_SNAPSHOT)) {
		note_skipped_laps(g, ev, source);
	}
}

bool gaps_lost(const struct gaps *g, uint16_t car, int32_t lap)
{
	for (uint32_t i = 0; i < g->n; i++) {
		const struct f1p_ev_gap *line = &g->lines[i];

		if (line->how == F1P_GAP_LOST && line->kind == F1P_DATA_LAPS && line->car == car && lap >= line->first_lap &&
		    lap <= line->last_lap) {
			return true;
		}
	}
	return false;
}

void gaps_visit(const struct gaps *g, void (*fn)(void *arg, const struct f1p_ev_gap *), void *arg)
{
	for (uint32_t i = 0; i < g->n; i++) {
		fn(arg, &g->lines[i]);
	}
}
