/*
 * timeline.c - parts of qualifying from the feed's own words, or from lights, flags and laps.
 */
#include "timeline.h"

#include <string.h>

#define LEAST_LAP_MS 10000
#define MOST_LAP_MS 600000
#define LAST_LAP_NS INT64_C(150000000000) /* a lap begun before the flag ends within this time after it */

/* What race control's messages tell. */
struct lights {
	uint32_t part; /* 0: no light has been seen */
	bool runs, ended;
	int64_t t_since_ns; /* since when it runs */
	double used_ms;     /* before that */
	int64_t t_flag_ns[TIMELINE_PARTS]; /* F1P_UNKNOWN_NS */
};

static double between_ms(int64_t from_ns, int64_t to_ns)
{
	return to_ns > from_ns ? (double)(to_ns - from_ns) / 1e6 : 0.0;
}

static void on_green(struct lights *l, int64_t t_ns)
{
	if (l->runs || (l->ended && l->part == TIMELINE_PARTS)) {
		return;
	}
	if (l->part == 0 || l->ended) {
		l->part++;
		l->used_ms = 0.0;
		l->ended = false;
	}
	l->runs = true;
	l->t_since_ns = t_ns;
}

static void on_stop(struct lights *l, int64_t t_ns, bool chequered)
{
	if (l->runs) {
		l->used_ms += between_ms(l->t_since_ns, t_ns);
		l->runs = false;
	}
	if (chequered && l->part > 0 && !l->ended) {
		l->ended = true;
		l->t_flag_ns[l->part - 1] = t_ns;
	}
}

static void read_lights(struct lights *l, const struct f1p_state *state)
{
	memset(l, 0, sizeof(*l));
	for (uint32_t p = 0; p < TIMELINE_PARTS; p++) {
		l->t_flag_ns[p] = F1P_UNKNOWN_NS;
	}
	for (uint32_t i = 0; i < state->n_messages && i < F1P_MAX_MESSAGES; i++) {
		const struct f1p_message *m = &state->messages[i];
		if (m->t_utc_ns <= 0) {
			continue;
		}
		if (m->flag == F1P_FLAG_GREEN) {
			on_green(l, m->t_utc_ns);
		} else if (m->flag == F1P_FLAG_RED || m->flag == F1P_FLAG_CHEQUERED) {
			on_stop(l, m->t_utc_ns, m->flag == F1P_FLAG_CHEQUERED);
		}
	}
}

static bool is_lap(int32_t ms)
{
	return ms > LEAST_LAP_MS && ms < MOST_LAP_MS;
}

static void keep_better(int32_t *best, int32_t ms)
{
	if (is_lap(ms) && (*best == F1P_UNKNOWN || ms < *best)) {
		*best = ms;
	}
}

static uint32_t part_at(const struct lights *l, int64_t t_ns)
{
	uint32_t part = 0;
	while (part + 1 < TIMELINE_PARTS && l->t_flag_ns[part] != F1P_UNKNOWN_NS && t_ns > l->t_flag_ns[part] + LAST_LAP_NS) {
		part++;
	}
	return part;
}

/* Laps from the newest back: each was completed one lap time before the next. */
static void place_laps(int32_t best[TIMELINE_PARTS], const struct f1p_car *car, const struct lights *l)
{
	int64_t t_ns = car->t_line_ns;
	uint32_t k = car->n_laps < F1P_MAX_LAPS ? car->n_laps : F1P_MAX_LAPS;
	if (t_ns <= 0) {
		return;
	}
	while (k-- > 0 && car->history[k].time_ms > 0 && t_ns > 0) {
		keep_better(&best[part_at(l, t_ns)], car->history[k].time_ms);
		t_ns -= (int64_t)car->history[k].time_ms * 1000000;
	}
}

static void read_times(struct timeline *t, const struct f1p_state *state, const struct lights *l)
{
	bool told = false;
	for (uint32_t i = 0; i < state->n_cars && i < F1P_MAX_CARS; i++) {
		for (uint32_t p = 0; p < TIMELINE_PARTS; p++) {
			t->best_ms[i][p] = F1P_UNKNOWN;
			keep_better(&t->best_ms[i][p], state->cars[i].part_best_ms[p]);
			told |= t->best_ms[i][p] != F1P_UNKNOWN;
		}
	}
	for (uint32_t i = 0; i < state->n_cars && i < F1P_MAX_CARS && !told; i++) {
		if (l->part > 0) {
			place_laps(t->best_ms[i], &state->cars[i], l);
		} else if (t->part == 1) {
			keep_better(&t->best_ms[i][0], state->cars[i].best_ms);
		}
	}
	for (uint32_t i = 0; i < state->n_cars && i < F1P_MAX_CARS; i++) {
		t->timed |= t->best_ms[i][t->part - 1] != F1P_UNKNOWN;
	}
}

static double whole_ms(const struct f1p_state *state, uint32_t part)
{
	static const double usual_ms[2][TIMELINE_PARTS] = { { 1080e3, 900e3, 720e3 }, { 720e3, 600e3, 480e3 } };
	return usual_ms[state->type == F1P_SESSION_SPRINT_QUALIFYING][part - 1];
}

/* By the feed's clock. False: it has none, or it does not speak of a part that is under way. */
static bool read_clock(struct timeline *t, const struct f1p_state *state)
{
	bool under_way = state->status == F1P_STATUS_STARTED || state->status == F1P_STATUS_ABORTED || t->timed;
	if (state->clock_remaining_ms == F1P_UNKNOWN || state->clock_remaining_ms < 0 || !under_way) {
		return false;
	}
	bool runs = state->clock_running == F1P_YES && state->t_clock_ns > 0;
	t->left_ms = (double)state->clock_remaining_ms - (runs ? between_ms(state->t_clock_ns, state->t_event_ns) : 0.0);
	if (state->t_clock_ns > 0 && (runs || state->clock_remaining_ms == 0)) {
		t->t_flag_ns = state->t_clock_ns + (int64_t)state->clock_remaining_ms * 1000000;
	}
	return true;
}

static void read_time_left(struct timeline *t, const struct f1p_state *state, const struct lights *l)
{
	double whole = whole_ms(state, t->part);
	bool lit = l->part == t->part;
	t->t_flag_ns = F1P_UNKNOWN_NS;
	t->left_ms = t->timed ? 0.5 * whole : whole;
	t->flag_fallen = (lit && l->ended) || state->status == F1P_STATUS_FINISHED;
	bool told = read_clock(t, state);
	if (!told && lit) {
		t->left_ms = whole - l->used_ms - (l->runs ? between_ms(l->t_since_ns, state->t_event_ns) : 0.0);
		if (l->runs) {
			t->t_flag_ns = l->t_since_ns + (int64_t)((whole - l->used_ms) * 1e6);
		}
	}
	if (lit && l->ended) {
		t->t_flag_ns = l->t_flag_ns[t->part - 1];
	}
	t->left_ms = t->flag_fallen || t->left_ms < 0.0 ? 0.0 : t->left_ms > whole ? whole : t->left_ms;
	t->share_left = t->left_ms / whole;
	t->to_resume = (told || lit) && t->left_ms > 0.0 && t->left_ms < whole; /* a whole part is the next one's */
}

void timeline_read(struct timeline *t, const struct f1p_state *state)
{
	struct lights lights;
	memset(t, 0, sizeof(*t));
	read_lights(&lights, state);
	t->part = state->part >= 1 && state->part <= TIMELINE_PARTS ? state->part : lights.part > 0 ? lights.part : 1;
	read_times(t, state, &lights);
	read_time_left(t, state, &lights);
}
