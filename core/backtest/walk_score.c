/* walk_score.c - what was said against what came, beside the baselines. */
#include "backtest/walk_internal.h"

#include <stdlib.h>
#include <string.h>

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

static const struct entry_list *entries_of(const struct walker *w, const struct moment *m)
{
	return m->phase == WALK_SPRINT ? &w->sprint : &w->entries;
}

/* Part of a recorded qualifying; -1: it is none. */
static int part_of(const struct moment *m)
{
	return m->phase >= WALK_LIVE_QUALIFYING ? (m->phase - WALK_LIVE_QUALIFYING) / QUALIFYING_SHARES : -1;
}

/* Whether who ended there had not been knocked out before. */
static bool is_in_part(const struct walker *w, const struct moment *m, uint16_t position)
{
	int part = part_of(m);

	return part < 1 || position <= measures_cut((uint32_t)w->entries.n_qualified, (uint32_t)part - 1);
}

static bool measure(struct walker *w, const struct moment *m, size_t model, const struct f1p_forecast *f, const struct score_result *official,
	struct measures *out)
{
	int part = part_of(m);

	if (part >= 0)
		return measures_part(out, f, official, (uint32_t)part, (uint32_t)w->entries.n_qualified);
	if (m->phase == WALK_QUALIFYING)
		return measures_qualifying(out, f, official);
	return measures_race(out, w->result->calibration[m->phase][model], f, official);
}

static void read_result(const struct walker *w, const struct moment *m, struct score_result *r)
{
	const struct entry_list *entries = entries_of(w, m);

	*r = (struct score_result){.points_places = score_places(m->state->type)};
	for (size_t i = 0; i < entries->n; i++) {
		const struct entry *e = &entries->cars[i];
		uint16_t position = walk_is_qualifying(m->phase) ? e->qualified : e->finish;
		if (position && is_in_part(w, m, position) && runs_on(w, m, e->car))
			r->cars[r->n++] = (struct score_car){.car = e->car,
				.position = position,
				.retired = e->retired,
				.gap_known = e->gap_known,
				.gap_ms = e->gap_ms};
	}
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
	struct score_result official;

	if (!s)
		return;
	memset(s, 0, sizeof(*s));
	*s = (struct walk_score){.race_id = w->row->row.race_id,
		.lap = m->lap,
		.phase = (uint8_t)m->phase,
		.model = (uint8_t)model,
		.wet = score_is_wet(m->state),
		.neutralised = m->state->neutralised == F1P_YES};
	read_result(w, m, &official);
	w->result->n_scores += measure(w, m, model, f, &official, &s->measures);
}

static void score_moment(struct walker *w, const struct moment *m)
{
	struct f1p_forecast *f = malloc(sizeof(*f));

	w->short_of_memory |= !f;
	for (size_t i = 0; i < w->members->n; i++)
		if (m->made[i].n_cars)
			score(w, m, i, &m->made[i]);
	for (int b = 0; f && b < BASELINES && !walk_is_qualifying(m->phase); b++) {
		enum f1p_phase phase = m->phase == WALK_SPRINT ? F1P_PHASE_LIGHTS_OUT : (enum f1p_phase)m->phase;
		baselines_forecast(w->baselines, (enum baseline)b, phase, m->state, entries_of(w, m), f);
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

static void learn_baselines(struct walker *w)
{
	baselines_learn_grid(w->baselines, &w->entries);
	for (size_t i = 0; i < w->moments.n; i++) {
		const struct moment *m = &w->moments.all[i];
		if (m->phase > F1P_PHASE_NONE && m->phase < (int)F1P_PHASES)
			baselines_learn(w->baselines, (enum f1p_phase)m->phase, m->state, &w->entries);
	}
}

void score_moments(struct walker *w)
{
	for (size_t i = 0; i < w->moments.n && is_scored(w); i++) {
		const struct moment *m = &w->moments.all[i];
		tell_forecasts(w, m);
		if (m->forecast && m->phase != F1P_PHASE_NONE && is_wanted(w, m->phase))
			score_moment(w, m);
	}
	learn_baselines(w);
}
