#include "forecast/prior.h"

#include <string.h>

#include "helpers/rng.h"

static uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < n; i++) {
		h = f1p_mix64(h ^ b[i]);
	}
	return h;
}

static uint64_t hash_car(const struct f1p_car *car)
{
	uint64_t h = hash_bytes(car->number, car->code, strnlen(car->code, sizeof(car->code)));

	h = hash_bytes(h, car->team, strnlen(car->team, sizeof(car->team)));
	return hash_bytes(h, &car->grid, sizeof(car->grid));
}

int32_t prior_key(const struct f1p_state *s)
{
	uint64_t h = f1p_mix64(s->session_key ^ (uint64_t)s->year << 32 ^ (uint64_t)s->type << 48), cars = 0;

	h = hash_bytes(h, &s->t_start_ns, sizeof(s->t_start_ns));
	h = hash_bytes(h, s->circuit, strnlen(s->circuit, sizeof(s->circuit)));
	for (uint32_t i = 0; i < s->n_cars; i++) {
		cars += hash_car(&s->cars[i]); /* a sum: the order of the cars says nothing */
	}
	int32_t key = (int32_t)(f1p_mix64(h ^ cars) & INT32_MAX);
	return key ? key : 1;
}

static bool has_forecasts(uint8_t type)
{
	return type == F1P_SESSION_RACE || type == F1P_SESSION_SPRINT || type == F1P_SESSION_QUALIFYING ||
	       type == F1P_SESSION_SPRINT_QUALIFYING;
}

bool prior_due(const struct f1p_state *s)
{
	int32_t made_for = s->prior[PRIOR_KEY_AT];

	if (!has_forecasts(s->type) || s->n_cars == 0) {
		return false;
	}
	if (made_for != F1P_UNKNOWN && s->status >= F1P_STATUS_STARTED) {
		return false;
	}
	return made_for != prior_key(s);
}

static const int32_t *held(const struct f1p_state *s, uint16_t car)
{
	if (car == 0) {
		return s->prior;
	}
	for (uint32_t i = 0; i < s->n_cars; i++) {
		if (s->cars[i].number == car) {
			return s->car_prior[i];
		}
	}
	return NULL;
}

static struct f1p_ev_prior whole(const struct f1p_ev_prior *e, const struct f1p_state *s)
{
	struct f1p_ev_prior out = {.h = {.size = sizeof(out), .type = F1P_EV_PRIOR, .flags = s->flags & F1P_EVF_SIMULATED,
					   .t_event_ns = s->t_event_ns},
		.car = e ? e->car : 0, .n = F1P_PRIORS};

	for (uint32_t i = 0; i < F1P_PRIORS; i++) {
		out.value[i] = e && i < e->n ? e->value[i] : F1P_UNKNOWN;
	}
	return out;
}

uint32_t prior_events(struct f1p_ev_prior *out, const struct f1p_ev_prior *list, uint32_t n, const struct f1p_state *s)
{
	struct f1p_ev_prior race = whole(NULL, s);
	uint32_t told = 0;

	for (uint32_t i = 0; i < n && told < PRIOR_EVENTS_MAX - 1; i++) {
		struct f1p_ev_prior e = whole(&list[i], s);
		const int32_t *now = held(s, e.car);

		if (e.car == 0) {
			race = e;
		} else if (now && memcmp(now, e.value, sizeof(e.value)) != 0) {
			out[told++] = e;
		}
	}
	race.value[PRIOR_KEY_AT] = prior_key(s);
	out[told++] = race;
	return told;
}

bool member_scores_event(struct f1p_ev_member_scores *out, const struct f1p_member_score *list, uint32_t n, const struct f1p_state *s)
{
	*out = (struct f1p_ev_member_scores){.h = {.size = sizeof(*out), .type = F1P_EV_MEMBER_SCORES,
						     .flags = s->flags & F1P_EVF_SIMULATED, .t_event_ns = s->t_event_ns},
		.n = n};
	memcpy(out->scores, list, sizeof(out->scores));
	return n != s->n_member_scores || memcmp(out->scores, s->member_scores, sizeof(out->scores)) != 0;
}
