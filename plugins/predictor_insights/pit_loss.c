#include "pit_loss.h"

#include <stdlib.h>

#define PRIOR_WEIGHT 3.0
#define NEWEST 8u
#define STOPS_MAX 256u
#define LOSS_UNKNOWN_S 22.0 /* median of 2018-24 */
#define AFTER_SHARE 0.82    /* of the loss, behind the line, where nothing is known of the circuit */
#define STOP_SD_S 1.5

struct stop {
	double end_s, in_s, out_s;
};

static bool green_stop(const struct f1p_car *car, int32_t lap, struct stop *out)
{
	const struct f1p_lap *in = field_lap(car, lap), *o = field_lap(car, lap + 1);
	double pace_s = field_pace_s(car, lap - 1);

	if (!in || !o || !(in->flags & F1P_LAPF_IN) || !(o->flags & F1P_LAPF_OUT) || in->time_ms <= 0 || o->time_ms <= 0 ||
	    (in->flags | o->flags) & F1P_LAPF_NEUTRAL || pace_s <= 0) {
		return false;
	}
	*out = (struct stop){o->elapsed_ms / 1000.0, in->time_ms / 1000.0 - pace_s, o->time_ms / 1000.0 - pace_s};
	return out->in_s + out->out_s > 8 && out->in_s + out->out_s < 45 && out->in_s > -3 && out->out_s > -3;
}

static int by_end(const void *a, const void *b)
{
	double x = ((const struct stop *)a)->end_s, y = ((const struct stop *)b)->end_s;

	return (x > y) - (x < y);
}

/* All of them, in order of time. */
static uint32_t stops_until(struct stop list[STOPS_MAX], const struct f1p_state *s, int32_t lap)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n_cars; i++) {
		for (int32_t k = 2; k < lap && n < STOPS_MAX; k++) {
			n += green_stop(&s->cars[i], k, &list[n]);
		}
	}
	qsort(list, n, sizeof(list[0]), by_end);
	return n;
}

void pit_loss_at(struct pit_loss *p, const struct f1p_state *s, int32_t lap)
{
	struct stop list[STOPS_MAX];
	uint32_t all = stops_until(list, s, lap), n = all < NEWEST ? all : NEWEST;
	double prior_s = field_race_prior(s, F1P_PRIOR_PIT_LOSS, 1e-3, LOSS_UNKNOWN_S);
	double in_s = PRIOR_WEIGHT * prior_s * (1 - AFTER_SHARE), out_s = PRIOR_WEIGHT * prior_s * AFTER_SHARE;

	for (uint32_t i = all - n; i < all; i++) {
		in_s += list[i].in_s;
		out_s += list[i].out_s;
	}
	*p = (struct pit_loss){(in_s + out_s) / (PRIOR_WEIGHT + n), out_s / (PRIOR_WEIGHT + n), STOP_SD_S, n};
}
