/*
 * gaps.c - the lines of the ledger, and outages of whole sources.
 */
#include "race/gaps.h"
#include "base/log.h"
#include "race/gaps_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- lines ---- */

static struct f1p_ev_gap *find_line(struct gaps *g, uint32_t id)
{
	for (uint32_t i = g->n; i > 0 && g->lines[i - 1].id >= id; i--) {
		if (g->lines[i - 1].id == id) {
			return &g->lines[i - 1];
		}
	}
	return NULL;
}

/* Outages that are open have yet to be closed: they stay. */
static void drop_oldest(struct gaps *g)
{
	uint32_t i = 0;

	while (i + 1 < g->n && g->lines[i].how == F1P_GAP_OPEN) {
		i++;
	}
	memmove(&g->lines[i], &g->lines[i + 1], (g->n - i - 1) * sizeof(g->lines[0]));
	g->n--;
}

static struct f1p_ev_gap *append(struct gaps *g)
{
	if (g->n == GAP_LINES_MAX) {
		drop_oldest(g);
	}
	if (g->n == g->cap) {
		uint32_t cap = g->cap ? g->cap * 2 : 16;
		struct f1p_ev_gap *grown = realloc(g->lines, cap * sizeof(*grown));

		if (!grown) {
			return NULL;
		}
		g->lines = grown;
		g->cap = cap;
	}
	return &g->lines[g->n++];
}

static struct f1p_event line_header(void)
{
	return (struct f1p_event){.size = sizeof(struct f1p_ev_gap), .type = F1P_EV_GAP};
}

void gaps_publish(struct gaps *g, struct f1p_ev_gap *line)
{
	struct f1p_ev_gap copy = *line;

	copy.h = line_header();
	g->emit(g->arg, &copy);
	line->h = copy.h; /* number and time that it got */
}

struct f1p_ev_gap *gaps_add(struct gaps *g, uint32_t source_id, const char *source, uint32_t kind, uint8_t how)
{
	struct f1p_ev_gap *line;

	if (g->total == GAP_LINES_MAX) {
		log_line(F1P_LOG_WARN, "core",
			"the gap ledger is full with %u lines: from now on the oldest are dropped; all stand in the journal", GAP_LINES_MAX);
	}
	line = append(g);
	if (!line) {
		return NULL;
	}
	*line = (struct f1p_ev_gap){.h = line_header(), .id = ++g->total, .kind = kind, .source_id = source_id,
				    .t_from_ns = F1P_UNKNOWN_NS, .t_to_ns = F1P_UNKNOWN_NS, .how = how, .first_lap = F1P_UNKNOWN,
				    .last_lap = F1P_UNKNOWN};
	snprintf(line->source, sizeof(line->source), "%s", source);
	return line;
}

/* ---- outages ---- */

struct outage *gaps_outage(struct gaps *g, uint32_t source_id)
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
	return gaps_outage((struct gaps *)(uintptr_t)g, source_id) != NULL;
}

static void begin_outage(struct gaps *g, uint32_t source_id, uint32_t line)
{
	const struct f1p_state *st = &g->race->now.st;
	struct outage *o = &g->outages[g->n_outages++];

	*o = (struct outage){.source_id = source_id, .line = line};
	for (size_t i = 0; i < F1P_MAX_CARS; i++) {
		o->laps[i] = i < st->n_cars ? st->cars[i].laps : F1P_UNKNOWN;
	}
}

/* The race is as it was when the line was written: an outage that was open goes on. */
static void restore_outage(struct gaps *g, const struct f1p_ev_gap *line)
{
	struct outage *o = gaps_outage(g, line->source_id);

	if (o && o->line == line->id && line->how != F1P_GAP_OPEN) {
		*o = g->outages[--g->n_outages];
	} else if (!o && line->how == F1P_GAP_OPEN && g->n_outages < OUTAGES_MAX) {
		begin_outage(g, line->source_id, line->id);
	}
}

void gaps_restore(struct gaps *g, const struct f1p_ev_gap *told)
{
	struct f1p_ev_gap *line;

	if (told->h.size < sizeof(*told) || told->id < 1) {
		return;
	}
	line = find_line(g, told->id);
	if (!line && told->id > g->total) {
		g->total = told->id;
		line = append(g);
	}
	if (line) {
		*line = *told;
		restore_outage(g, line);
	}
}

void gaps_open(struct gaps *g, uint32_t source_id, const char *source, uint32_t kind, int64_t t_from_ns, const char *text)
{
	struct f1p_ev_gap *line;

	if (gaps_outage(g, source_id) || g->n_outages == OUTAGES_MAX) {
		return;
	}
	line = gaps_add(g, source_id, source, kind, F1P_GAP_OPEN);
	if (!line) {
		return;
	}
	begin_outage(g, source_id, line->id);
	line->t_from_ns = t_from_ns;
	snprintf(line->text, sizeof(line->text), "%s", text);
	gaps_publish(g, line);
}

void gaps_close(struct gaps *g, uint32_t source_id, uint8_t how, uint32_t filled_by, int64_t t_to_ns)
{
	static const char *const texts[] = {[F1P_GAP_SNAPSHOT] = "the present values came back",
					    [F1P_GAP_OTHER_SOURCE] = "another source went on"};
	const struct f1p_state *st = &g->race->now.st;
	struct outage *found = gaps_outage(g, source_id);
	struct f1p_ev_gap *line, copy;
	struct outage o;

	if (!found) {
		return;
	}
	o = *found;
	*found = g->outages[--g->n_outages];
	line = find_line(g, o.line);
	if (!line) {
		return; /* a recovered ledger that had no memory for it */
	}
	line->how = how;
	line->filled_by = filled_by;
	line->t_to_ns = t_to_ns;
	snprintf(line->text, sizeof(line->text), "%s", texts[how]);
	gaps_publish(g, line);
	copy = *line; /* new lines may move the others */
	for (size_t i = 0; i < st->n_cars; i++) {
		gaps_find_laps(g, &copy, &st->cars[i], o.laps[i]);
	}
}

void gaps_visit(const struct gaps *g, void (*fn)(void *arg, const struct f1p_ev_gap *), void *arg)
{
	for (uint32_t i = 0; i < g->n; i++) {
		fn(arg, &g->lines[i]);
	}
}
