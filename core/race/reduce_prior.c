#include "race/race_internal.h"

#include <string.h>

void prior_read(int32_t value[F1P_PRIORS], const struct f1p_ev_prior *e)
{
	for (uint32_t i = 0; i < F1P_PRIORS; i++) {
		value[i] = i < e->n ? e->value[i] : F1P_UNKNOWN;
	}
}

int32_t *prior_of(struct fold *f, const struct f1p_ev_prior *e)
{
	if (e->car == 0) {
		return f->st.prior;
	}
	const struct f1p_car *car = fold_find_car(f, e->car);
	return car ? f->st.car_prior[car - f->st.cars] : NULL;
}

void reduce_prior(struct race *r, const struct f1p_event *ev)
{
	int32_t *held = prior_of(&r->now, (const struct f1p_ev_prior *)ev);

	if (held) {
		prior_read(held, (const struct f1p_ev_prior *)ev);
	}
}

void reduce_member_scores(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_member_scores *e = (const struct f1p_ev_member_scores *)ev;
	struct f1p_state *st = &r->now.st;

	st->n_member_scores = e->n < F1P_MEMBER_SCORES ? e->n : F1P_MEMBER_SCORES;
	memcpy(st->member_scores, e->scores, sizeof(st->member_scores));
	for (uint32_t i = 0; i < F1P_MEMBER_SCORES; i++) { /* a journal may hold anything */
		st->member_scores[i].name[sizeof(st->member_scores[i].name) - 1] = '\0';
	}
}
