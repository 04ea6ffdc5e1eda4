#include "backtest/walk.h"

#include "backtest/walk_internal.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void walk_result_finish(struct walk_result *r)
{
	free(r->scores);
	free(r->excluded);
	r->scores = NULL;
	r->excluded = NULL;
}

static void exclude(struct walker *w)
{
	int32_t *grown = realloc(w->result->excluded, (w->result->n_excluded + 1) * sizeof(*grown));

	w->short_of_memory |= !grown;
	if (!grown)
		return;
	w->result->excluded = grown;
	grown[w->result->n_excluded++] = w->row->row.race_id;
}

/* Nobody forecasts what ends before it has begun. */
static bool is_washout(const struct walker *w)
{
	return w->row->laps > 0 && w->row->scheduled_laps > 0 && w->row->laps * 4 < w->row->scheduled_laps;
}

static void walk_race(struct walker *w)
{
	keep_moments(w);
	if (w->short_of_memory || !moments_forecast(&w->moments, w->members, w->row->row.race_id, &w->result->n_forecasts)) {
		w->failed = true;
		return;
	}
	score_moments(w);
	w->result->n_races++;
	if (w->o->learn)
		show_race(w);
}

static void next_race(struct walker *w)
{
	int32_t season = season_of(w);

	entry_list_read(&w->entries, w->past, w->row->row.race_id);
	if (w->entries.n_started == 0)
		return; /* not yet held */
	if (is_washout(w)) {
		exclude(w);
		return;
	}
	w->result->last_race = w->row->row.race_id;
	if (w->o->learn && season != w->season && season >= w->o->burn_in && w->has_examples)
		fit_all(w, w->row->row.race_id);
	if (season != w->season && w->o->progress) {
		char line[80];
		snprintf(line, sizeof(line), "season %d", season);
		w->o->progress(w->o->arg, line);
	}
	w->season = season;
	w->fold = lap_fold_create(w->past, w->row, &w->entries);
	w->short_of_memory |= !w->fold;
	if (w->fold)
		walk_race(w);
	lap_fold_destroy(w->fold);
	w->fold = NULL;
}

static void name_models(struct walker *w)
{
	struct walk_result *r = w->result;

	for (size_t i = 0; i < w->members->n; i++) {
		const struct instance *in = w->members->all[i];
		const char *name = in == w->members->ensemble ? "ensemble" : members_name(in);
		snprintf(r->names[i], sizeof(r->names[i]), "%s", name);
	}
	r->first_baseline = w->members->n;
	r->n_models = r->first_baseline + BASELINES;
	for (int b = 0; b < BASELINES; b++)
		snprintf(r->names[r->first_baseline + (size_t)b], sizeof(r->names[0]), "%s", baseline_name(b));
}

bool walk(const struct past *past, struct members *members, const struct walk_options *o, struct walk_result *result)
{
	struct walker w = {.past = past, .members = members, .o = o, .result = result, .baselines = o->baselines ? o->baselines : baselines_create()};
	size_t n_races;
	const struct f1p_hist_race *races = past_races(past, &n_races);

	memset(result, 0, sizeof(*result));
	name_models(&w);
	w.short_of_memory = !moments_init(&w.moments, o->workers) || !w.baselines;
	w.failed = w.short_of_memory || (o->learn && !begin_training(&w));
	for (size_t i = 0; !w.failed && !w.short_of_memory && i < n_races; i++) {
		w.row = &races[i];
		if ((o->until && w.row->row.race_id > o->until) || (o->to && season_of(&w) > o->to))
			break;
		next_race(&w);
	}
	if (!w.failed && o->learn && w.has_examples)
		fit_all(&w, result->last_race + 1);
	if (w.short_of_memory)
		log_line(F1P_LOG_ERROR, "backtest", "out of memory in race %d", result->last_race);
	race_destroy(w.race);
	moments_finish(&w.moments);
	if (!o->baselines)
		baselines_destroy(w.baselines);
	return !w.failed && !w.short_of_memory;
}
