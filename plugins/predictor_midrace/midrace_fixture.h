/* midrace_fixture.h - for tests: predictor_midrace asked about a race; what it says is checked for being a forecast at all. */
#ifndef MIDRACE_FIXTURE_H
#define MIDRACE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include <f1pd/plugin.h>

#include "helpers/gap_quantiles.h"
#include "prepare.h"
#include "race_builder.h"

#define SEED UINT64_C(20240519)

extern const struct f1p_entry f1p_entry_v1;

static inline struct midrace_cfg config(int64_t runs)
{
	struct midrace_cfg cfg = midrace_cfg_usual();
	cfg.runs = runs;
	return cfg;
}

static inline struct f1p_plugin *plugin_new(const struct midrace_cfg *cfg)
{
	struct f1p_plugin *p = f1p_entry_v1.create(NULL, "predictor_midrace");
	assert_non_null(p);
	assert_int_equal(p->init(p), F1P_OK);
	assert_int_equal(p->configure(p, cfg), F1P_OK);
	assert_int_equal(p->start(p), F1P_OK);
	return p;
}

static inline f1p_status try_predict(struct f1p_plugin *p, const struct f1p_state *s, uint64_t seed, struct f1p_forecast *out)
{
	const struct f1p_predictor *predictor = p->get_extension(p, F1P_EXT_PREDICTOR);
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	return predictor->predict(p, s, seed, NULL, NULL, out);
}

static inline void check_sums(const struct f1p_forecast *f)
{
	for (uint32_t i = 0; i < f->n_cars; i++) {
		double row = 0, column = 0;
		for (uint32_t k = 0; k < f->n_cars; k++) {
			assert_true(f->cars[i].p_position[k] >= 0.0 && f->cars[i].p_position[k] <= 1.0);
			row += f->cars[i].p_position[k];
			column += f->cars[k].p_position[i];
		}
		assert_true(fabs(row - 1.0) < 1e-9);
		assert_true(fabs(column - 1.0) < 1e-9);
		assert_true(f->cars[i].p_win <= f->cars[i].p_podium + 1e-12);
		assert_true(f->cars[i].p_podium <= f->cars[i].p_points + 1e-12);
		assert_in_range(f->cars[i].q05, 1, f->cars[i].q25);
		assert_true(f->cars[i].q50 <= f->cars[i].q75 && f->cars[i].q75 <= f->cars[i].q95 && f->cars[i].q95 <= f->n_cars);
	}
}

static inline void check_gaps(const struct f1p_forecast *f)
{
	for (uint32_t i = 0; i < f->n_cars; i++) {
		assert_true(!f->cars[i].gap_given || f1p_gaps_rise(&f->cars[i]));
	}
}

static inline void predict_cfg(const struct midrace_cfg *cfg, const struct f1p_state *s, struct f1p_forecast *out)
{
	struct f1p_plugin *p = plugin_new(cfg);
	assert_int_equal(try_predict(p, s, SEED, out), F1P_OK);
	p->stop(p);
	p->destroy(p);
	check_sums(out);
	check_gaps(out);
}

static inline void predict(const struct f1p_state *s, int64_t runs, struct f1p_forecast *out)
{
	struct midrace_cfg cfg = config(runs);
	predict_cfg(&cfg, s, out);
}

static inline double win(const struct f1p_forecast *f, uint16_t number)
{
	for (uint32_t i = 0; i < f->n_cars; i++) {
		if (f->cars[i].car == number) {
			return f->cars[i].p_win;
		}
	}
	fail();
	return 0;
}

#endif
