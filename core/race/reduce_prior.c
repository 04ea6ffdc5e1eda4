#include "race/race_internal.h"

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
