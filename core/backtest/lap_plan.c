/* lap_plan.c - the rows of a race as a list of what happens when. */
#include "backtest/lap_fold_internal.h"

#include <stdlib.h>
#include <string.h>

#define LANE_MS (22 * SECOND_MS)          /* where the time in the pit lane is not known */
#define LANE_MAX_MS (120 * SECOND_MS)     /* longer ones wait for the end of a red flag */
#define PIT_START_MS (10 * SECOND_MS)     /* the field is past: who starts from the pit lane may go */
#define NOTICED_MS (10 * SECOND_MS)       /* a car that does not come round is marked as out so long after it should have */

static void add_item(struct lap_fold *f, struct item item)
{
	if (f->n_items == f->capacity) {
		size_t capacity = f->capacity ? f->capacity * 2 : 2048;
		struct item *grown = realloc(f->items, capacity * sizeof(*grown));
		if (!grown) {
			f->short_of_memory = true;
			return;
		}
		f->items = grown;
		f->capacity = capacity;
	}
	f->items[f->n_items++] = item;
}

int starter_index(const struct lap_fold *f, const char *driver_id)
{
	for (size_t i = 0; i < f->entries->n; i++)
		if (strcmp(f->entries->cars[i].driver_id, driver_id) == 0)
			return f->entries->cars[i].start ? (int)i : -1;
	return -1;
}

static void add_crossings(struct lap_fold *f)
{
	for (size_t k = 0; k < f->n_laps; k++) {
		const struct f1p_hist_lap *l = &f->laps[k];
		int i = l->lap >= 1 && l->lap <= LAPS && l->elapsed_ms > 0 ? starter_index(f, l->driver_id) : -1;
		if (i < 0)
			continue;
		struct runner *r = &f->runners[i];
		r->line_ms[l->lap] = l->elapsed_ms;
		r->last = l->lap > r->last ? l->lap : r->last;
		if (l->elapsed_ms < f->leader_ms[l->lap])
			f->leader_ms[l->lap] = l->elapsed_ms;
		int32_t place = l->position == F1P_UNKNOWN ? 99 : l->position;
		add_item(f, (struct item){l->elapsed_ms, CROSSES_LINE, (uint8_t)i, (uint16_t)l->lap, (uint32_t)k, place});
	}
}

/* A car whose laps end is told to be out when it should have come round again; the leader's lap says how long that takes. */
static void add_retirement(struct lap_fold *f, size_t i)
{
	const struct runner *r = &f->runners[i];
	int32_t last_ms = r->line_ms[r->last], lead = 0;

	while (lead < LAPS && f->leader_ms[lead + 1] <= last_ms)
		lead++;
	if (lead >= f->winner_laps || f->leader_ms[lead + 1] == NEVER)
		return; /* it saw the flag */
	int32_t behind = r->last ? last_ms - f->leader_ms[lead] : 0;
	add_item(f, (struct item){f->leader_ms[lead + 1] + behind + NOTICED_MS, GIVES_UP, (uint8_t)i, 0, 0, 0});
}

static const struct f1p_hist_stop *stop_of(const struct lap_fold *f, const char *driver_id, int32_t lap)
{
	for (size_t k = 0; k < f->n_stops; k++)
		if (f->stops[k].lap == lap && strcmp(f->stops[k].driver_id, driver_id) == 0)
			return &f->stops[k];
	return NULL;
}

/* Who neither comes round again nor has a time in the lane ended its race in the pits. */
static void add_pit_exit(struct lap_fold *f, const struct item *crossing)
{
	const struct runner *r = &f->runners[crossing->car];
	const struct f1p_hist_stop *stop = stop_of(f, f->entries->cars[crossing->car].driver_id, crossing->lap);
	int32_t lane_ms = stop && stop->lane_ms > 0 && stop->lane_ms <= LANE_MAX_MS ? stop->lane_ms : 0;
	int32_t exit_ms = crossing->t_ms + (lane_ms ? lane_ms : LANE_MS);
	bool goes_on = crossing->lap < LAPS && r->line_ms[crossing->lap + 1] != NEVER;

	if (!goes_on && !lane_ms)
		return;
	if (stop && stop->lane_ms > LANE_MAX_MS && goes_on)
		exit_ms = crossing->t_ms + stop->lane_ms;
	if (goes_on && exit_ms >= r->line_ms[crossing->lap + 1])
		exit_ms = r->line_ms[crossing->lap + 1] - 1;
	add_item(f, (struct item){exit_ms, PIT_EXIT, crossing->car, crossing->lap, (uint32_t)lane_ms, 0});
}

static void add_pit_exits(struct lap_fold *f)
{
	for (size_t k = 0, n = f->n_items; k < n; k++) {
		struct item crossing = f->items[k];
		if (crossing.what == CROSSES_LINE && (f->laps[crossing.row].row.flags & F1P_HISTL_IN))
			add_pit_exit(f, &crossing);
	}
	for (size_t i = 0; i < f->entries->n; i++)
		if (f->entries->cars[i].start && f->entries->cars[i].grid == 0)
			add_item(f, (struct item){PIT_START_MS, PIT_EXIT, (uint8_t)i, 0, 0, 0});
}

static int32_t pit_exit_ms(const struct lap_fold *f, size_t car, int32_t lap)
{
	for (size_t k = 0; k < f->n_items; k++)
		if (f->items[k].what == PIT_EXIT && f->items[k].car == car && f->items[k].lap == lap)
			return f->items[k].t_ms;
	return NEVER;
}

/* Under a red flag tyres are changed while all wait: known when the race goes on. NEVER: no red flag at that time. */
static int32_t end_of_red_ms(const struct lap_fold *f, int32_t from_ms, int32_t to_ms)
{
	for (size_t k = 0; k < f->n_neutral; k++) {
		const struct f1p_hist_neutralisation *n = &f->neutral[k];
		if (n->kind == F1P_TRACK_RED && n->t_end_ms > from_ms && n->t_start_ms < to_ms)
			return n->t_end_ms - SECOND_MS;
	}
	return NEVER;
}

static void add_stints(struct lap_fold *f)
{
	for (size_t k = 0; k < f->n_stints; k++) {
		const struct f1p_hist_stint *s = &f->stints[k];
		int i = starter_index(f, s->driver_id);
		if (i < 0 || s->first_lap == F1P_UNKNOWN || s->first_lap <= 1 || s->first_lap > f->runners[i].last + 1)
			continue;
		int32_t line_ms = f->runners[i].line_ms[s->first_lap - 1];
		int32_t next_ms = s->first_lap <= LAPS ? f->runners[i].line_ms[s->first_lap] : NEVER;
		if (line_ms == NEVER)
			continue;
		int32_t t_ms = pit_exit_ms(f, (size_t)i, s->first_lap - 1);
		if (t_ms == NEVER)
			t_ms = end_of_red_ms(f, line_ms, next_ms);
		if (t_ms == NEVER || t_ms < line_ms)
			t_ms = line_ms + LANE_MS;
		if (t_ms >= next_ms)
			t_ms = next_ms - 1;
		add_item(f, (struct item){t_ms, NEW_TYRES, (uint8_t)i, (uint16_t)s->first_lap, (uint32_t)k, 0});
	}
}

static void add_track_and_weather(struct lap_fold *f)
{
	for (size_t k = 0; k < f->n_neutral; k++) {
		const struct f1p_hist_neutralisation *n = &f->neutral[k];
		if (n->t_start_ms == F1P_UNKNOWN || n->t_end_ms == F1P_UNKNOWN)
			continue;
		add_item(f, (struct item){n->t_start_ms, TRACK_CHANGES, 0, 0, 0, 0});
		add_item(f, (struct item){n->t_end_ms, TRACK_CHANGES, 0, 0, 0, 0});
	}
	for (size_t k = 0; k < f->n_weather; k++)
		if (f->weather[k].t_ms != F1P_UNKNOWN)
			add_item(f, (struct item){f->weather[k].t_ms, WEATHER_REPORT, 0, 0, (uint32_t)k, 0});
}

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->t_ms != y->t_ms)
		return x->t_ms < y->t_ms ? -1 : 1;
	if (x->what != y->what)
		return x->what < y->what ? -1 : 1;
	if (x->tie != y->tie)
		return x->tie < y->tie ? -1 : 1;
	return x->car != y->car ? (x->car < y->car ? -1 : 1) : (x->row > y->row) - (x->row < y->row);
}

void plan_race(struct lap_fold *f)
{
	int32_t longest = 0;

	add_crossings(f);
	for (int32_t lap = 1; lap <= LAPS; lap++)
		longest = f->leader_ms[lap] != NEVER ? lap : longest;
	f->winner_laps = f->race_row->laps > 0 && f->race_row->laps < longest ? f->race_row->laps : longest;
	if (!f->winner_laps)
		return;
	add_item(f, (struct item){f->leader_ms[f->winner_laps], FLAG_FALLS, 0, 0, 0, 0});
	add_pit_exits(f);
	add_stints(f);
	add_track_and_weather(f);
	for (size_t i = 0; i < f->entries->n; i++)
		if (f->entries->cars[i].start)
			add_retirement(f, i);
	qsort(f->items, f->n_items, sizeof(f->items[0]), compare_items);
}
