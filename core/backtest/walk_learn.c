/* walk_learn.c - the result of a race for those who learn, when all forecasts of it are made. */
#include "backtest/walk_internal.h"
#include "base/log.h"

static void read_outcome(const struct walker *w, const struct moment *m, struct f1p_outcome *out)
{
	for (size_t i = 0; i < m->state->n_cars; i++) {
		const struct entry *e = entry_of_car(&w->entries, m->state->cars[i].number);
		uint16_t position = !e ? 0 : m->phase == WALK_QUALIFYING ? e->qualified : e->finish;
		out[i] = (struct f1p_outcome){.car = m->state->cars[i].number,
			.classified = e && e->result ? e->result->classified : F1P_TRI_UNKNOWN,
			.retired = !position ? F1P_TRI_UNKNOWN : e->retired ? F1P_YES : F1P_NO,
			.position = position ? position : F1P_UNKNOWN,
			.laps = e && e->result ? e->result->laps : F1P_UNKNOWN,
			.gap_ms = e && m->phase != WALK_QUALIFYING ? e->gap_ms : F1P_UNKNOWN};
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

void show_race(struct walker *w)
{
	for (size_t k = 0; k < w->members->n; k++)
		if (w->members->all[k]->trainable)
			for (size_t i = 0; i < w->moments.n; i++)
				if (w->moments.all[i].phase < WALK_SPRINT)
					show(w, &w->moments.all[i], w->members->all[k]);
	w->has_examples = true;
}

void fit_all(struct walker *w, int32_t next_race_id)
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

bool begin_training(struct walker *w)
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
