#include "backtest/walk.h"

#include "backtest/lap_fold.h"
#include "backtest/live_fold.h"
#include "backtest/moments.h"
#include "base/log.h"
#include "forecast/prior.h"

#include <f1pd/model.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_SHARE 20 /* the ensemble's examples: one at every 1/20 of the distance */

static const struct {
	const char *name;
	int percent; /* of the distance; 0 = none */
} phases[WALK_PHASES] = {
	[F1P_PHASE_PRE_QUALIFYING] = {"pre_qualifying", 0},
	[F1P_PHASE_LIGHTS_OUT] = {"lights_out", 0},
	[F1P_PHASE_D10] = {"d10", 10},
	[F1P_PHASE_D25] = {"d25", 25},
	[F1P_PHASE_D50] = {"d50", 50},
	[F1P_PHASE_D75] = {"d75", 75},
	[F1P_PHASE_D90] = {"d90", 90},
	[WALK_QUALIFYING] = {"qualifying", 0},
};

const char *walk_phase_name(int phase)
{
	return phase > 0 && phase < WALK_PHASES && phases[phase].name ? phases[phase].name : "?";
}

int walk_phase_of_name(const char *name, size_t n)
{
	for (int i = 1; i < WALK_PHASES; i++)
		if (phases[i].name && strlen(phases[i].name) == n && memcmp(phases[i].name, name, n) == 0)
			return i;
	return 0;
}

void walk_result_finish(struct walk_result *r)
{
	free(r->scores);
	free(r->excluded);
	r->scores = NULL;
	r->excluded = NULL;
}

struct walker {
	const struct past *past;
	struct members *members;
	const struct walk_options *o;
	struct walk_result *result;
	struct baselines *baselines;
	struct race *race;
	struct moments moments;
	struct entry_list entries;
	struct lap_fold *fold;
	const struct f1p_hist_race *row;
	int32_t season; /* of the race before */
	bool failed, short_of_memory, has_examples;
};

/* ---- what is wanted ---- */

static int32_t season_of(const struct walker *w)
{
	return w->row->row.race_id / 100;
}

static bool is_wanted(const struct walker *w, int phase)
{
	return w->o->phases == 0 || w->o->phases >> phase & 1;
}

static bool any_lap_wanted(const struct walker *w)
{
	for (int phase = F1P_PHASE_D10; phase <= F1P_PHASE_D90; phase++)
		if (is_wanted(w, phase))
			return true;
	return false;
}

static bool in_forecast_seasons(const struct walker *w)
{
	return season_of(w) >= w->o->burn_in && (!w->o->to || season_of(w) <= w->o->to);
}

static bool is_scored(const struct walker *w)
{
	return season_of(w) >= w->o->from && (!w->o->to || season_of(w) <= w->o->to);
}

static int32_t lap_at(int32_t laps, int percent)
{
	int32_t lap = (laps * percent + 50) / 100;

	return lap > 0 ? lap : 1;
}

static int phase_of_lap(int32_t lap, int32_t laps)
{
	for (int phase = F1P_PHASE_D10; phase <= F1P_PHASE_D90; phase++)
		if (lap == lap_at(laps, phases[phase].percent))
			return phase;
	return F1P_PHASE_NONE;
}

static bool is_step(int32_t lap, int32_t laps)
{
	for (int i = 1; i < STEP_SHARE; i++)
		if (lap == lap_at(laps, i * 100 / STEP_SHARE))
			return true;
	return false;
}

/* ---- the state at a moment ---- */

static void keep_moment(struct walker *w, int phase, int32_t lap, bool forecast)
{
	w->short_of_memory |= !moments_add(&w->moments, race_state(w->race), phase, lap, forecast);
}

static bool begin_race(struct walker *w, enum lap_fold_stage stage)
{
	race_destroy(w->race);
	w->race = race_create();
	if (!w->race) {
		w->short_of_memory = true;
		return false;
	}
	lap_fold_begin(w->fold, w->race, stage);
	return true;
}

/* What the past says, as the view shows it now. */
static void apply_priors(struct walker *w)
{
	struct f1p_ev_prior list[PRIOR_EVENTS_MAX];
	struct instance *in = w->members->priors;
	uint32_t n = 0;

	if (!in)
		return;
	memset(list, 0, sizeof(list));
	f1p_status status = in->priors->priors(in->plugin, race_state(w->race), list, PRIOR_EVENTS_MAX, &n);
	if (status != F1P_OK || n > PRIOR_EVENTS_MAX)
		n = 0;
	n = prior_events(list, list, n, race_state(w->race));
	for (uint32_t i = 0; i < n; i++)
		race_apply(w->race, &list[i].h);
}

static void keep_before(struct walker *w, enum lap_fold_stage stage, int phase)
{
	w->members->view.moment = stage == LAP_FOLD_BEFORE_RACE ? PAST_BEFORE_RACE : PAST_BEFORE_QUALIFYING;
	if (!begin_race(w, stage))
		return;
	apply_priors(w);
	keep_moment(w, phase, 0, in_forecast_seasons(w) && is_wanted(w, phase));
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

static int32_t laps_of(const struct walker *w)
{
	int32_t laps = lap_fold_laps(w->fold);

	return laps ? laps : w->row->laps;
}

static void keep_lap(struct walker *w, int32_t lap)
{
	int32_t laps = laps_of(w);
	bool forecast = in_forecast_seasons(w) && any_lap_wanted(w);

	if (lap < laps)
		keep_moment(w, phase_of_lap(lap, laps), lap, forecast && is_step(lap, laps));
}

static void on_lap(void *arg, struct race *race, int32_t lap)
{
	(void)race;
	keep_lap(arg, lap);
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
	int32_t last = w->race ? live_fold(w->o->recordings, path, w->race, &ops) : 0;
	if (last + 1 >= laps_of(w) && w->moments.n + 2 >= before + (size_t)laps_of(w)) {
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

/* ---- scores ---- */

/* Whether it was still to be forecast: by its laps, or where there are none by what was known then. */
static bool runs_on(const struct walker *w, const struct moment *m, uint16_t car)
{
	if (m->lap == 0 || lap_fold_laps(w->fold))
		return m->lap == 0 || lap_fold_runs_on(w->fold, car, m->lap);
	for (size_t i = 0; i < m->state->n_cars; i++)
		if (m->state->cars[i].number == car)
			return m->state->cars[i].retired != F1P_YES;
	return false;
}

static void read_result(const struct walker *w, const struct moment *m, struct score_result *r)
{
	*r = (struct score_result){0};
	for (size_t i = 0; i < w->entries.n; i++) {
		const struct entry *e = &w->entries.cars[i];
		uint16_t position = m->phase == WALK_QUALIFYING ? e->qualified : e->finish;
		if (position && runs_on(w, m, e->car))
			r->cars[r->n++] = (struct score_car){e->car, position, e->retired};
	}
}

static bool is_wet(const struct f1p_state *s)
{
	bool wet = s->weather.rain == F1P_YES;

	for (size_t i = 0; i < s->n_cars; i++)
		wet |= s->cars[i].retired != F1P_YES &&
		       (s->cars[i].compound == F1P_TYRE_INTERMEDIATE || s->cars[i].compound == F1P_TYRE_WET);
	return wet;
}

static struct walk_score *new_score(struct walker *w)
{
	struct walk_result *r = w->result;

	if (r->n_scores == r->capacity) {
		size_t capacity = r->capacity ? r->capacity * 2 : 1024;
		struct walk_score *grown = realloc(r->scores, capacity * sizeof(*grown));
		if (!grown) {
			w->short_of_memory = true;
			return NULL;
		}
		r->scores = grown;
		r->capacity = capacity;
	}
	return &r->scores[r->n_scores];
}

static void score(struct walker *w, const struct moment *m, size_t model, const struct f1p_forecast *f)
{
	struct walk_score *s = new_score(w);
	struct calibration *c = w->result->calibration[m->phase][model];
	struct score_result official;

	if (!s)
		return;
	memset(s, 0, sizeof(*s));
	*s = (struct walk_score){.race_id = w->row->row.race_id,
		.lap = m->lap,
		.phase = (uint8_t)m->phase,
		.model = (uint8_t)model,
		.wet = is_wet(m->state),
		.neutralised = m->state->neutralised == F1P_YES};
	read_result(w, m, &official);
	w->result->n_scores += m->phase == WALK_QUALIFYING ? measures_qualifying(&s->measures, f, &official)
							    : measures_race(&s->measures, c, f, &official);
}

static void score_moment(struct walker *w, const struct moment *m)
{
	struct f1p_forecast *f = malloc(sizeof(*f));

	w->short_of_memory |= !f;
	for (size_t i = 0; i < w->members->n; i++)
		if (m->made[i].n_cars)
			score(w, m, i, &m->made[i]);
	for (int b = 0; f && b < BASELINES && m->phase != WALK_QUALIFYING; b++) {
		baselines_forecast(w->baselines, (enum baseline)b, (enum f1p_phase)m->phase, m->state, &w->entries, f);
		score(w, m, w->result->first_baseline + (size_t)b, f);
	}
	free(f);
}

static void tell_forecasts(const struct walker *w, const struct moment *m)
{
	for (size_t i = 0; w->o->forecast && m->made && i < w->members->n; i++)
		if (m->made[i].n_cars)
			w->o->forecast(w->o->arg, w->row->row.race_id, m->phase == F1P_PHASE_NONE ? 0 : m->phase, w->result->names[i], m->lap,
				m->state, &m->made[i]);
}

/* ---- training ---- */

static void read_outcome(const struct walker *w, const struct moment *m, struct f1p_outcome *out)
{
	for (size_t i = 0; i < m->state->n_cars; i++) {
		const struct entry *e = entry_of_car(&w->entries, m->state->cars[i].number);
		uint16_t position = !e ? 0 : m->phase == WALK_QUALIFYING ? e->qualified : e->finish;
		out[i] = (struct f1p_outcome){.car = m->state->cars[i].number,
			.classified = e && e->result ? e->result->classified : F1P_TRI_UNKNOWN,
			.retired = !position ? F1P_TRI_UNKNOWN : e->retired ? F1P_YES : F1P_NO,
			.position = position ? position : F1P_UNKNOWN,
			.laps = e && e->result ? e->result->laps : F1P_UNKNOWN};
	}
}

static void show(struct walker *w, const struct moment *m, struct instance *in)
{
	struct f1p_outcome outcome[F1P_MAX_CARS];
	struct f1p_member list[MEMBERS_MAX];
	struct f1p_example e = {.size = sizeof(e),
		.phase = m->phase == WALK_QUALIFYING ? F1P_PHASE_NONE : (uint32_t)m->phase,
		.race_id = w->row->row.race_id,
		.lap = m->lap,
		.laps = laps_of(w),
		.state = m->state,
		.outcome = outcome};

	read_outcome(w, m, outcome);
	if (in->ensemble) {
		e.n_members = moments_list(m, w->members, list);
		e.members = list;
	}
	f1p_status status = in->trainable->example(in->plugin, &e);
	if (status != F1P_OK && status != F1P_EUNSUPPORTED && in->failures++ == 0)
		log_line(F1P_LOG_WARN, "backtest", "%s refused an example of race %d: %s", in->file->name, e.race_id,
			instance_status_name(status));
}

static void show_all(struct walker *w)
{
	for (size_t k = 0; k < w->members->n; k++)
		if (w->members->all[k]->trainable)
			for (size_t i = 0; i < w->moments.n; i++)
				show(w, &w->moments.all[i], w->members->all[k]);
	w->has_examples = true;
}

static void fit_all(struct walker *w, int32_t next_race_id)
{
	w->members->view.race_id = next_race_id; /* all races before it are over */
	w->members->view.moment = PAST_BEFORE_QUALIFYING;
	for (size_t k = 0; k < w->members->n; k++) {
		struct instance *in = w->members->all[k];
		if (!in->trainable)
			continue;
		f1p_status status = in->trainable->fit(in->plugin, next_race_id);
		if (status != F1P_OK && status != F1P_AGAIN) {
			char reason[160];
			services_take_reason(in->host, reason, sizeof(reason));
			log_line(F1P_LOG_WARN, "backtest", "%s did not fit for race %d: %s", in->file->name, next_race_id,
				reason[0] ? reason : instance_status_name(status));
		}
	}
}

/* ---- a race ---- */

static void learn_baselines(struct walker *w)
{
	baselines_learn_grid(w->baselines, &w->entries);
	for (size_t i = 0; i < w->moments.n; i++) {
		const struct moment *m = &w->moments.all[i];
		if (m->phase > F1P_PHASE_NONE && m->phase < (int)F1P_PHASES)
			baselines_learn(w->baselines, (enum f1p_phase)m->phase, m->state, &w->entries);
	}
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
	moments_cut(&w->moments, 0);
	w->members->view.race_id = w->row->row.race_id;
	if (w->entries.n_qualified)
		keep_before(w, LAP_FOLD_QUALIFYING, WALK_QUALIFYING);
	keep_before(w, LAP_FOLD_BEFORE_QUALIFYING, F1P_PHASE_PRE_QUALIFYING);
	if (!keep_recorded(w)) {
		keep_before(w, LAP_FOLD_BEFORE_RACE, F1P_PHASE_LIGHTS_OUT);
		keep_laps(w);
	}
	if (w->short_of_memory || !moments_forecast(&w->moments, w->members, w->row->row.race_id, &w->result->n_forecasts)) {
		w->failed = true;
		return;
	}
	for (size_t i = 0; i < w->moments.n && is_scored(w); i++) {
		const struct moment *m = &w->moments.all[i];
		tell_forecasts(w, m);
		if (m->forecast && m->phase != F1P_PHASE_NONE && is_wanted(w, m->phase))
			score_moment(w, m);
	}
	w->result->n_races++;
	learn_baselines(w);
	if (w->o->learn)
		show_all(w);
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

static bool begin_training(struct walker *w)
{
	for (size_t k = 0; k < w->members->n; k++) {
		struct instance *in = w->members->all[k];
		f1p_status status = in->trainable ? in->trainable->begin(in->plugin) : F1P_OK;
		if (status != F1P_OK) {
			log_line(F1P_LOG_ERROR, "backtest", "%s cannot learn: %s", in->file->name, instance_status_name(status));
			return false;
		}
	}
	return true;
}

bool walk(const struct past *past, struct members *members, const struct walk_options *o, struct walk_result *result)
{
	struct walker w = {.past = past, .members = members, .o = o, .result = result, .baselines = baselines_create()};
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
	baselines_destroy(w.baselines);
	return !w.failed && !w.short_of_memory;
}
