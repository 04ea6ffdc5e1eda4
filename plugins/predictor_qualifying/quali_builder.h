/*
 * quali_builder.h - builds a qualifying session by hand, for the tests. Not part of any plugin.
 */
#ifndef QUALI_BUILDER_H
#define QUALI_BUILDER_H

#include <f1pd/plugin.h>

#include "race_builder.h"

struct qualifying_cfg {
	int64_t runs;
};

extern const struct f1p_entry f1p_entry_v1;

/* A session that has not begun: equal cars, each of a team of two. */
static inline struct f1p_state *quali_new(uint32_t cars)
{
	struct f1p_state *s = race_grid(cars, F1P_UNKNOWN);
	s->type = F1P_SESSION_QUALIFYING;
	s->clock_running = F1P_NO;
	s->part = 0;
	s->lap = F1P_UNKNOWN;
	for (uint32_t i = 0; i < F1P_MAX_CARS; i++) {
		for (uint32_t k = 0; k < F1P_PRIORS; k++) {
			s->car_prior[i][k] = F1P_UNKNOWN;
		}
	}
	for (uint32_t i = 0; i < cars; i++) {
		struct f1p_car *car = &s->cars[i];
		car->grid = car->position = F1P_UNKNOWN;
		car->in_pit = F1P_YES;
		car->knocked_out = F1P_NO;
		car->part_best_ms[0] = car->part_best_ms[1] = car->part_best_ms[2] = F1P_UNKNOWN;
		s->car_prior[i][F1P_PRIOR_QUALIFYING_PACE] = 0;
		s->car_prior[i][F1P_PRIOR_QUALIFYING_PACE_SD] = 300;
		s->car_prior[i][F1P_PRIOR_TEAM] = (int32_t)(i / 2) + 1;
	}
	return s;
}

static inline void quali_running(struct f1p_state *s, uint8_t part, int32_t left_ms)
{
	s->part = part;
	s->status = F1P_STATUS_STARTED;
	s->clock_remaining_ms = left_ms;
	s->t_clock_ns = s->t_event_ns;
}

/* Positions by the times of the part; cars without one last, by number. Cars that are knocked out keep theirs. */
static inline void quali_rank(struct f1p_state *s, uint32_t part)
{
	for (uint32_t i = 0; i < s->n_cars; i++) {
		struct f1p_car *car = &s->cars[i];
		int32_t mine = car->part_best_ms[part - 1], place = 1;
		for (uint32_t j = 0; j < s->n_cars; j++) {
			int32_t theirs = s->cars[j].part_best_ms[part - 1];
			place += s->cars[j].knocked_out != F1P_YES && theirs != F1P_UNKNOWN && (mine == F1P_UNKNOWN || theirs < mine);
			place += s->cars[j].knocked_out != F1P_YES && theirs == mine && j < i;
		}
		if (car->knocked_out != F1P_YES) {
			car->position = place;
		}
	}
}

static inline f1p_status quali_try(const struct f1p_state *s, uint64_t seed, struct f1p_forecast *out)
{
	static const struct qualifying_cfg cfg = { 2500 };
	struct f1p_plugin *p = f1p_entry_v1.create(NULL, "predictor_qualifying");
	assert_non_null(p);
	assert_int_equal(p->init(p), F1P_OK);
	assert_int_equal(p->configure(p, &cfg), F1P_OK);
	assert_int_equal(p->start(p), F1P_OK);
	const struct f1p_predictor *predictor = p->get_extension(p, F1P_EXT_PREDICTOR);
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	f1p_status status = predictor->predict(p, s, seed, NULL, NULL, out);
	p->stop(p);
	p->destroy(p);
	return status;
}

static inline void quali_predict(const struct f1p_state *s, struct f1p_forecast *out)
{
	assert_int_equal(quali_try(s, 1, out), F1P_OK);
	assert_int_equal(out->n_cars, s->n_cars);
	for (uint32_t i = 0; i < out->n_cars; i++) {
		double row = 0, column = 0;
		for (uint32_t k = 0; k < out->n_cars; k++) {
			row += out->cars[i].p_position[k];
			column += out->cars[k].p_position[i];
		}
		assert_true(fabs(row - 1.0) < 1e-9 && fabs(column - 1.0) < 1e-9);
	}
}

/* Chance to be among the first n. */
static inline double quali_first(const struct f1p_car_forecast *car, uint32_t n)
{
	double sum = 0.0;
	for (uint32_t k = 0; k < n; k++) {
		sum += car->p_position[k];
	}
	return sum;
}

#endif
