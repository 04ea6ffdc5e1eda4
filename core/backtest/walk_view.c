/* walk_view.c - the race as it stood at each moment, from its laps or from a recording, and what the past said then. */
#include "backtest/live_fold.h"
#include "backtest/member_scores.h"
#include "backtest/qualifying_fold.h"
#include "backtest/walk_internal.h"
#include "forecast/prior.h"

#include <string.h>

static void keep_moment(struct walker *w, int phase, int32_t lap, bool forecast)
{
	if (moments_add(&w->moments, race_state(w->race), phase, lap, forecast))
		w->moments.all[w->moments.n - 1].seen = w->members->view.moment;
	else
		w->short_of_memory = true;
}

static bool begin_race(struct walker *w, struct lap_fold *fold, enum lap_fold_stage stage)
{
	race_destroy(w->race);
	w->race = race_create();
	if (!w->race) {
		w->short_of_memory = true;
		return false;
	}
	lap_fold_begin(fold, w->race, stage);
	return true;
}

/* Of the races that were scored up to here. */
static void tell_member_scores(struct walker *w)
{
	struct f1p_member_score scores[F1P_MEMBER_SCORES];
	struct f1p_ev_member_scores e;
	uint32_t n = member_scores_of(w->result, season_of(w), scores);

	if (member_scores_event(&e, scores, n, race_state(w->race)))
		race_apply(w->race, &e.h);
}

/* What the past says, as the view shows it now. */
static void apply_priors(struct walker *w)
{
	struct f1p_ev_prior list[PRIOR_EVENTS_MAX];
	struct instance *in = w->members->priors;
	uint32_t n = 0;

	if (!in || !(w->o->learn || in_forecast_seasons(w)))
		return;
	memset(list, 0, sizeof(list));
	f1p_status status = in->priors->priors(in->plugin, race_state(w->race), list, PRIOR_EVENTS_MAX, &n);
	if (status != F1P_OK || n > PRIOR_EVENTS_MAX)
		n = 0;
	tell_member_scores(w);
	n = prior_events(list, list, n, race_state(w->race));
	for (uint32_t i = 0; i < n; i++)
		race_apply(w->race, &list[i].h);
}

static void keep_before(struct walker *w, enum lap_fold_stage stage, int phase)
{
	w->members->view.moment = stage == LAP_FOLD_BEFORE_RACE ? PAST_BEFORE_RACE : PAST_BEFORE_QUALIFYING;
	if (!begin_race(w, w->fold, stage))
		return;
	apply_priors(w);
	keep_moment(w, phase, 0, in_forecast_seasons(w) && is_wanted(w, phase));
}

/* Nobody learns from a sprint: they are few, and other races. */
static void keep_sprint(struct walker *w)
{
	struct lap_fold *fold = NULL;

	entry_list_read_sprint(&w->sprint, w->past, w->row->row.race_id);
	if (!w->sprint.n_started || !in_forecast_seasons(w) || !is_wanted(w, WALK_SPRINT))
		return;
	w->members->view.moment = PAST_BEFORE_SPRINT;
	fold = lap_fold_create(w->past, w->row, &w->sprint);
	w->short_of_memory |= !fold;
	if (fold && begin_race(w, fold, LAP_FOLD_BEFORE_SPRINT)) {
		apply_priors(w);
		keep_moment(w, WALK_SPRINT, 0, true);
	}
	lap_fold_destroy(fold);
}

/* ---- qualifying as it was recorded ---- */

static void on_qualifying(void *arg, struct race *race)
{
	(void)race;
	apply_priors(arg);
}

static void on_part(void *arg, struct race *race, int moment)
{
	struct walker *w = arg;

	(void)race;
	if (is_wanted(w, WALK_LIVE_QUALIFYING + moment))
		keep_moment(w, WALK_LIVE_QUALIFYING + moment, 0, true);
}

static void keep_qualifying(struct walker *w)
{
	bool wanted = w->o->recordings && w->entries.n_qualified && in_forecast_seasons(w) &&
		      any_wanted(w, WALK_LIVE_QUALIFYING, WALK_PHASES - 1);
	const char *path = wanted ? recordings_find_qualifying(w->o->recordings, w->row) : NULL;
	struct qualifying_fold_ops ops = {.arg = w, .begins = on_qualifying, .moment = on_part};

	if (!path)
		return;
	w->members->view.moment = PAST_BEFORE_QUALIFYING;
	race_destroy(w->race);
	w->race = race_create();
	w->short_of_memory |= !w->race;
	if (w->race)
		qualifying_fold(w->o->recordings, path, w->race, &ops);
}

/* ---- the race as it was recorded ---- */

static void tell_car(struct race *race, uint16_t type, uint16_t car, int32_t value)
{
	struct f1p_ev_car_value e = {
		.h = {.size = sizeof(e), .type = type, .t_event_ns = race_state(race)->t_event_ns}, .car = car, .value = value};

	race_apply(race, &e.h);
}

/* Recordings often lack the grid, and some begin with places of a later time: what stands on the grid is known. */
static void tell_grid(const struct walker *w, struct race *race)
{
	uint16_t last = (uint16_t)w->entries.n_started;

	for (size_t i = 0; i < race_state(race)->n_cars; i++) {
		uint16_t car = race_state(race)->cars[i].number;
		const struct entry *e = entry_of_car(&w->entries, car);
		if (e && e->start)
			tell_car(race, F1P_EV_CAR_GRID, car, e->grid);
		tell_car(race, F1P_EV_CAR_POSITION, car, e && e->start ? e->start : ++last);
	}
}

static void on_lights_out(void *arg, struct race *race)
{
	struct walker *w = arg;

	w->members->view.moment = PAST_BEFORE_RACE;
	tell_grid(w, race);
	apply_priors(w);
	keep_moment(w, F1P_PHASE_LIGHTS_OUT, 0, in_forecast_seasons(w) && is_wanted(w, F1P_PHASE_LIGHTS_OUT));
}

int32_t laps_of(const struct walker *w)
{
	int32_t laps = lap_fold_laps(w->fold);

	return laps ? laps : w->row->laps;
}

static void keep_lap(struct walker *w, int32_t lap)
{
	int32_t laps = laps_of(w);
	int phase = phase_of_lap(lap, laps);

	if (lap < laps && (w->o->learn || phase != F1P_PHASE_NONE)) /* other laps are examples and nothing else */
		keep_moment(w, phase, lap, lap_is_forecast(w, lap, laps));
}

static void on_lap(void *arg, struct race *race, int32_t lap)
{
	struct walker *w = arg;

	(void)race;
	w->laps_seen++;
	keep_lap(w, lap);
}

/* False, and nothing is kept, where there is no recording that covers the race. */
static bool keep_recorded(struct walker *w)
{
	const char *path = w->o->recordings ? recordings_find(w->o->recordings, w->row) : NULL;
	struct live_fold_ops ops = {.arg = w, .lights_out = on_lights_out, .lap = on_lap};
	size_t before = w->moments.n;

	if (!path || laps_of(w) <= 0)
		return false;
	race_destroy(w->race);
	w->race = race_create();
	w->short_of_memory |= !w->race;
	w->laps_seen = 0;
	int32_t last = w->race ? live_fold(w->o->recordings, path, w->race, &ops) : 0;
	if (last + 1 >= laps_of(w) && w->laps_seen + 2 >= laps_of(w)) {
		w->result->n_recorded++;
		return true;
	}
	moments_cut(&w->moments, before);
	return false;
}

static void keep_laps(struct walker *w)
{
	for (int32_t lap; (lap = lap_fold_next(w->fold, w->race)) > 0 && !w->short_of_memory;)
		keep_lap(w, lap);
}

void keep_moments(struct walker *w)
{
	moments_cut(&w->moments, 0);
	w->members->view.race_id = w->row->row.race_id;
	if (w->entries.n_qualified)
		keep_before(w, LAP_FOLD_QUALIFYING, WALK_QUALIFYING);
	keep_qualifying(w);
	keep_sprint(w);
	keep_before(w, LAP_FOLD_BEFORE_QUALIFYING, F1P_PHASE_PRE_QUALIFYING);
	if (!keep_recorded(w)) {
		keep_before(w, LAP_FOLD_BEFORE_RACE, F1P_PHASE_LIGHTS_OUT);
		keep_laps(w);
	}
}
