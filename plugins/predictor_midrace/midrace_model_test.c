/*
 * midrace_model_test.c - what predictor_midrace takes from the past and learns: priors, tyres, stops, training.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include <f1pd/model.h>

#include "helpers/fmath.h"
#include "learn.h"
#include "pace.h"
#include "plan.h"
#include "prepare.h"
#include "race_builder.h"
#include "stops.h"

#define SEED UINT64_C(7)

extern const struct f1p_entry f1p_entry_v1;

static struct midrace_cfg config;

static struct f1p_plugin *plugin_new(const struct f1p_host *host)
{
	struct f1p_plugin *p = f1p_entry_v1.create(host, "predictor_midrace");
	assert_non_null(p);
	assert_int_equal(p->init(p), F1P_OK);
	assert_int_equal(p->configure(p, &config), F1P_OK);
	return p;
}

static void predict_by(struct f1p_plugin *p, const struct f1p_state *s, struct f1p_forecast *out)
{
	const struct f1p_predictor *predictor = p->get_extension(p, F1P_EXT_PREDICTOR);
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	assert_int_equal(predictor->predict(p, s, SEED, NULL, NULL, out), F1P_OK);
}

static void predict(const struct f1p_state *s, struct f1p_forecast *out)
{
	struct f1p_plugin *p = plugin_new(NULL);
	predict_by(p, s, out);
	p->destroy(p);
}

static void field_of(struct mc_field *field, const struct f1p_state *s)
{
	struct positions_field cars;
	struct midrace_model model;
	uint16_t rows[MC_LANES];
	midrace_model_init(&model);
	positions_field_init(&cars, s);
	mc_field_init(field, rows, s, &cars, &config, &model, SEED);
}

/* Chance that the car stops again, by lane; cars are numbered in order, so lane = index. */
static double stops_again(const struct mc_field *f, uint32_t lane)
{
	return f->stint_end[lane][f->n_laps - 1] / (double)MC_NEVER;
}

/* ---- priors ---- */

static void test_prior_pace_moves_the_forecast(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_grid(10, 57);
	for (uint32_t i = 0; i < 10; i++) {
		s->car_prior[i][F1P_PRIOR_RACE_PACE] = i == 4 ? -800 : 0;
		s->car_prior[i][F1P_PRIOR_RACE_PACE_SD] = 300;
	}
	predict(s, &f);
	for (uint32_t i = 0; i < 10; i++) {
		assert_true(i == 4 || f.cars[4].p_win > f.cars[i].p_win);
	}
	assert_true(f.cars[0].expected_position < f.cars[9].expected_position); /* equal pace: the grid decides */
	free(s);
}

static void test_uncertain_prior_gives_way_sooner(void **state)
{
	(void)state;
	static struct f1p_forecast sure, unsure;
	struct f1p_state *s = race_new(10, 10, 57);
	for (uint32_t i = 0; i < 10; i++) {
		s->car_prior[i][F1P_PRIOR_RACE_PACE] = i == 9 ? -600 : 0; /* expected to be fast, and is not */
		s->car_prior[i][F1P_PRIOR_RACE_PACE_SD] = 150;
	}
	predict(s, &sure);
	for (uint32_t i = 0; i < 10; i++) {
		s->car_prior[i][F1P_PRIOR_RACE_PACE_SD] = 1000;
	}
	predict(s, &unsure);
	assert_true(sure.cars[9].expected_position < unsure.cars[9].expected_position - 0.5);
	free(s);
}

static void test_circuit_priors_are_used(void **state)
{
	(void)state;
	static struct mc_field usual, told;
	struct f1p_state *s = race_new(10, 10, 57);
	field_of(&usual, s);
	s->prior[F1P_PRIOR_PIT_LOSS] = 28000;
	s->prior[F1P_PRIOR_OVERTAKING] = -1500;
	s->prior[F1P_PRIOR_SC_RATE] = 30000;
	s->prior[F1P_PRIOR_VSC_RATE] = 20000;
	s->prior[F1P_PRIOR_RED_RATE] = 5000;
	s->prior[F1P_PRIOR_RETIREMENT_RATE] = 1000;
	field_of(&told, s);
	assert_true(fabs((double)usual.pit_loss_s - 22.0) < 1e-3);
	assert_true(fabs((double)told.pit_loss_s - 28.0) < 1e-3);
	assert_true(told.pass[160] < usual.pass[160] / 2);
	assert_true(fabs(told.dnf[0] / 1048576.0 - 0.001) < 1e-5);
	/* ten cars retire at .001 a lap and bring out .0026 safety cars: the rest comes by itself */
	assert_true(fabs(told.sc_chance / 1048576.0 - (0.03 - 0.0026)) < 1e-4);
	assert_true(fabs(told.red_chance / 1048576.0 - 0.005) < 1e-4);
	free(s);
}

static void test_retirement_prior_is_of_the_car(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(10, 1, 57);
	for (uint32_t i = 0; i < 10; i++) {
		s->car_prior[i][F1P_PRIOR_RETIREMENT] = i == 3 ? 400000 : 100000;
	}
	predict(s, &f);
	assert_true(fabs(f.cars[3].p_retire - 0.39) < 0.04); /* the first lap's share is past */
	assert_true(fabs(f.cars[0].p_retire - 0.08) < 0.03);
	free(s);
}

static void test_start_gain_counts_before_the_start_only(void **state)
{
	(void)state;
	static struct mc_field plain, gains;
	struct f1p_state *s = race_grid(10, 57);
	field_of(&plain, s);
	s->car_prior[5][F1P_PRIOR_START_GAIN] = 900;
	field_of(&gains, s);
	assert_true(fabs((double)(plain.slot[5] - gains.slot[5]) - 0.45) < 0.01); /* slot and position meet half-way */
	assert_true(gains.start);
	free(s);
}

static void test_mad_priors_do_no_harm(void **state)
{
	(void)state;
	static const int32_t mad[] = {INT32_MAX, -INT32_MAX, F1P_UNKNOWN, 0, -1};
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(20, 10, 57);
	for (size_t m = 0; m < sizeof(mad) / sizeof(mad[0]); m++) {
		for (uint32_t k = 0; k < F1P_PRIORS; k++) {
			s->prior[k] = mad[m];
			for (uint32_t i = 0; i < 20; i++) {
				s->car_prior[i][k] = mad[m];
			}
		}
		predict(s, &f);
		assert_true(f.cars[0].p_win > 0.0 && f.cars[0].p_win < 1.0);
	}
	free(s);
}

/* ---- pace and tyres of this race ---- */

static struct f1p_lap tyre_lap(double pace, uint8_t compound, uint16_t age, double off, double slope)
{
	return (struct f1p_lap){.time_ms = (int32_t)lround(90000.0 * (1.0 + 0.01 * (pace + off + slope * age))),
		.gap_ms = F1P_UNKNOWN,
		.interval_ms = 3000,
		.tyre_age = age,
		.compound = compound,
		.position = 5,
		.elapsed_ms = F1P_UNKNOWN};
}

/* Every other car changes from medium to hard after lap 12, the rest stay out. */
static struct f1p_state *two_strategies(uint32_t laps, double slope)
{
	struct f1p_state *s = race_new(12, (int32_t)laps, 57);
	for (uint32_t i = 0; i < 12; i++) {
		for (uint32_t k = 1; k < laps; k++) {
			s->cars[i].history[k] = i % 2 && k >= 12
							? tyre_lap(0.0, F1P_TYRE_HARD, (uint16_t)(k - 11), 0.37, slope)
							: tyre_lap(0.0, F1P_TYRE_MEDIUM, (uint16_t)(k + 1), 0.241, slope);
		}
	}
	return s;
}

static void fit_pace(const struct f1p_state *s, struct pace_car pace[F1P_MAX_CARS], struct pace_tyres *tyres)
{
	struct positions_field cars;
	struct race_laps laps;
	struct midrace_model model;
	midrace_model_init(&model);
	positions_field_init(&cars, s);
	race_laps_init(&laps, s, &cars, 22.0);
	pace_fit(pace, tyres, &laps, &model, s, &cars);
}

static void test_wear_of_this_race_is_learnt(void **state)
{
	(void)state;
	struct pace_car pace[F1P_MAX_CARS];
	struct pace_tyres low, high;
	struct f1p_state *s = two_strategies(25, 0.01), *t = two_strategies(25, 0.09);
	fit_pace(s, pace, &low);
	fit_pace(t, pace, &high);
	assert_true(low.slope[TYRE_MEDIUM] < 0.045 && high.slope[TYRE_MEDIUM] > 0.057);
	free(s);
	free(t);
}

static void test_tyre_is_not_taken_for_pace(void **state)
{
	(void)state;
	struct pace_car pace[F1P_MAX_CARS];
	struct pace_tyres tyres;
	struct f1p_state *s = two_strategies(25, 0.05);
	fit_pace(s, pace, &tyres);
	assert_true(fabs(pace[0].mean - pace[1].mean) < 0.15); /* lap times differ by half a per cent */
	free(s);
}

static void test_pace_of_a_fast_car_is_found(void **state)
{
	(void)state;
	struct pace_car early[F1P_MAX_CARS], late[F1P_MAX_CARS];
	struct pace_tyres tyres;
	struct f1p_state *s = race_new(12, 3, 57), *t = race_new(12, 40, 57);
	for (uint32_t k = 0; k < 40; k++) {
		s->cars[7].history[k].time_ms = t->cars[7].history[k].time_ms = 89100; /* 1 % */
	}
	fit_pace(s, early, &tyres);
	fit_pace(t, late, &tyres);
	assert_true(late[7].mean - late[0].mean < -0.8);
	assert_true(early[7].mean > late[7].mean);
	assert_true(late[7].sd < early[7].sd);
	free(s);
	free(t);
}

static void test_one_odd_lap_changes_little(void **state)
{
	(void)state;
	struct pace_car pace[F1P_MAX_CARS];
	struct pace_tyres tyres;
	struct f1p_state *s = race_new(12, 20, 57);
	s->cars[2].history[15].time_ms = 95000; /* 5.6 % slow: a trip over the grass */
	fit_pace(s, pace, &tyres);
	assert_true(pace[2].mean - pace[3].mean < 0.2);
	free(s);
}

/* ---- stops ---- */

static void test_an_owed_stop_is_made(void **state)
{
	(void)state;
	static struct mc_field f;
	struct f1p_state *s = race_new(10, 30, 57);
	s->cars[0].n_stints = 1;
	s->cars[0].compound = F1P_TYRE_MEDIUM;
	s->cars[0].stops = 0;
	field_of(&f, s);
	assert_true(f.owes[0] && !f.owes[1]);
	assert_true(stops_again(&f, 0) == 1.0);
	assert_true(stops_again(&f, 1) < 0.9);
	for (uint32_t k = 1; k < f.n_laps; k++) {
		assert_true(f.stint_end[1][k] >= f.stint_end[1][k - 1]);
	}
	free(s);
}

static void test_old_tyres_are_changed_sooner(void **state)
{
	(void)state;
	static struct mc_field f;
	struct f1p_state *s = race_new(10, 30, 57);
	s->cars[2].tyre_age = 25;
	s->cars[3].tyre_age = 2;
	field_of(&f, s);
	assert_true(stops_again(&f, 2) > stops_again(&f, 3) + 0.1);
	free(s);
}

static void test_nobody_stops_for_the_last_laps(void **state)
{
	(void)state;
	static struct mc_field f;
	struct f1p_state *s = race_new(10, 54, 57);
	field_of(&f, s);
	for (uint32_t i = 0; i < 10; i++) {
		assert_true(stops_again(&f, i) < 0.05);
	}
	free(s);
}

static void test_sc_tables_add_up_to_the_regression(void **state)
{
	(void)state;
	static struct mc_field f;
	struct midrace_model model;
	struct f1p_state *s = race_new(10, 20, 57);
	midrace_model_init(&model);
	field_of(&f, s);
	struct stop_case c = {.age = 14,
		.left = 30,
		.stint = 44,
		.total = 57,
		.stops_prior = 1.7,
		.rel = 1,
		.place = 4,
		.since = 1,
		.tyre = TYRE_HARD,
		.owes = true,
		.vsc = true};
	uint32_t k = (uint32_t)(57 - 30 - f.first_lap);
	double sum = (double)f.neutral_since[1][1] + (double)f.neutral_age[1][14] + (double)f.neutral_left[k] +
		     (double)f.neutral_owes[k] + (double)f.neutral_stint[44] + (double)f.neutral_place[3] +
		     (double)f.neutral_rel[2] + (double)f.neutral_tyre[TYRE_HARD];
	assert_true(fabs(sum - stops_logit_neutral(&model, &c)) < 1e-3);
	free(s);
}

static void test_sc_tempts_old_tyres(void **state)
{
	(void)state;
	struct midrace_model model;
	midrace_model_init(&model);
	struct stop_case old = {.age = 20,
				 .left = 30,
				 .stint = 50,
				 .total = 57,
				 .stops_prior = 1.7,
				 .place = 8,
				 .owes = true,
				 .tyre = TYRE_MEDIUM},
			 fresh = old, late = old;
	fresh.age = 2;
	fresh.stint = 32;
	late.since = 3;
	double p = f1p_logistic(stops_logit_neutral(&model, &old));
	assert_true(p > 0.4);
	assert_true(p > f1p_logistic(stops_logit_green(&model, &old)) + 0.2);
	assert_true(p > f1p_logistic(stops_logit_neutral(&model, &fresh)) + 0.2);
	assert_true(p > f1p_logistic(stops_logit_neutral(&model, &late)) + 0.1);
}

static void test_red_flag_pays_what_is_owed(void **state)
{
	(void)state;
	static struct mc_field f;
	struct f1p_state *s = race_new(10, 30, 57);
	s->cars[0].n_stints = 1;
	s->cars[0].compound = F1P_TYRE_MEDIUM;
	s->cars[0].stops = 0;
	s->track = F1P_TRACK_RED;
	field_of(&f, s);
	assert_false(f.owes[0]);
	assert_true(f.age[0] == 0.0f);
	free(s);
}

static void test_red_flag_levels_the_stops(void **state)
{
	(void)state;
	static struct mc_field f;
	struct f1p_state *s = race_new(10, 30, 57);
	s->cars[0].stops = 0; /* changed under the red flag, when the others had stopped before it */
	field_of(&f, s);
	assert_true(stops_again(&f, 0) > stops_again(&f, 1) + 0.02);
	s->n_red = 1;
	field_of(&f, s);
	assert_true(fabs(stops_again(&f, 0) - stops_again(&f, 1)) < 0.02);
	free(s);
}

static void test_wet_crossover(void **state)
{
	(void)state;
	static struct f1p_forecast dry, wet;
	static struct mc_field f;
	struct f1p_state *s = race_new(10, 30, 57);
	predict(s, &dry);
	for (uint32_t i = 1; i < 10; i++) { /* all but the leader have changed to intermediates */
		race_stint(&s->cars[i], F1P_TYRE_INTERMEDIATE, 2);
	}
	field_of(&f, s);
	predict(s, &wet);
	assert_true(f.stint_end[0][3] > 2 * f.stint_end[1][3]);
	assert_true(wet.cars[0].p_win < dry.cars[0].p_win - 0.1);
	assert_true(wet.cars[0].expected_position > dry.cars[0].expected_position + 1.0);
	free(s);
}

/* ---- the end, and gaps that are old ---- */

static void test_the_clock_ends_the_race(void **state)
{
	(void)state;
	static struct mc_field f;
	struct f1p_state *s = race_new(10, 30, 57);
	s->clock_remaining_ms = 90000 * 7 / 2; /* three laps and a half at 90 s: a fourth is finished, then the flag */
	field_of(&f, s);
	assert_int_equal(f.total_laps, 34);
	s->clock_remaining_ms = 7200000;
	field_of(&f, s);
	assert_int_equal(f.total_laps, 57);
	free(s);
}

static void test_a_gap_from_before_the_stop_grows(void **state)
{
	(void)state;
	static struct mc_field f;
	struct f1p_state *s = race_new(10, 30, 57);
	struct f1p_lap *lap = &s->cars[3].history[29];
	lap->flags = F1P_LAPF_IN;
	lap->gap_ms = s->cars[3].gap_ms;
	field_of(&f, s);
	assert_true(f.gap_s[3] > 15.0f); /* it is out again, 3 s behind at the line */
	s->cars[3].gap_ms = 19000;	 /* the feed has told the gap since */
	field_of(&f, s);
	assert_true(fabs((double)f.gap_s[3] - 19.0) < 0.1);
	free(s);
}

static void test_long_stop_is_a_bad_sign(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = race_new(10, 30, 57);
	s->cars[3].in_pit = s->cars[4].in_pit = F1P_YES;
	s->cars[3].t_pit_in_ns = s->t_event_ns - INT64_C(80000000000);
	s->cars[4].t_pit_in_ns = s->t_event_ns - INT64_C(10000000000);
	predict(s, &f);
	assert_true(f.cars[3].p_retire > 0.6);
	assert_true(f.cars[4].p_retire < 0.2);
	free(s);
}

/* ---- training ---- */

struct text {
	char bytes[65536];
	size_t n;
};

static void keep(void *arg, const void *bytes, size_t n)
{
	struct text *t = arg;
	assert_true(t->n + n < sizeof(t->bytes));
	memcpy(t->bytes + t->n, bytes, n);
	t->n += n;
}

#define STOP_LAP 21

/* A race in which every car stops at the end of the same lap. */
static struct f1p_state *race_of_one_stop(int32_t done)
{
	struct f1p_state *s = race_new(20, done, 57);
	for (uint32_t i = 0; i < 20; i++) {
		struct f1p_car *car = &s->cars[i];
		for (int32_t k = 0; k < done; k++) {
			bool after = k + 1 > STOP_LAP;
			car->history[k].compound = after ? F1P_TYRE_HARD : F1P_TYRE_MEDIUM;
			car->history[k].tyre_age = (uint16_t)(after ? k + 1 - STOP_LAP : k + 1);
			car->history[k].flags = k + 1 == STOP_LAP ? F1P_LAPF_IN : k == STOP_LAP ? F1P_LAPF_OUT : 0;
		}
	}
	return s;
}

static void train(struct f1p_plugin *p, int32_t races)
{
	const struct f1p_trainable *t = p->get_extension(p, F1P_EXT_TRAINABLE);
	struct f1p_outcome outcome[20] = {{0}};
	struct f1p_state *s = race_of_one_stop(56);
	assert_int_equal(t->begin(p), F1P_OK);
	for (int32_t race = 0; race < races; race++) {
		for (int32_t lap = 1; lap <= 56;
			lap++) { /* the last state holds all laps; those before need only tell the track */
			struct f1p_example e = {.size = sizeof(e),
				.phase = F1P_PHASE_NONE,
				.race_id = 201801 + race,
				.lap = lap,
				.laps = 57,
				.state = s,
				.outcome = outcome};
			assert_int_equal(t->example(p, &e), F1P_OK);
		}
	}
	free(s);
}

static void test_training_learns_when_cars_stop(void **state)
{
	(void)state;
	struct midrace_model model;
	struct f1p_plugin *p = plugin_new(NULL);
	const struct f1p_trainable *t = p->get_extension(p, F1P_EXT_TRAINABLE);
	static struct text text;
	char why[100];
	train(p, 20);
	assert_int_equal(t->fit(p, 201901), F1P_OK);
	text.n = 0;
	assert_int_equal(t->save(p, keep, &text), F1P_OK);
	struct params *params = params_read(text.bytes, text.n, why, sizeof(why));
	assert_non_null(params);
	midrace_model_init(&model);
	midrace_model_load(&model, params);
	struct stop_case c = {.age = STOP_LAP,
				 .left = 57 - STOP_LAP,
				 .stint = 57,
				 .total = 57,
				 .stops_prior = 1.7,
				 .place = 5,
				 .tyre = TYRE_MEDIUM,
				 .owes = true},
			 early = c, again = c;
	early.age = 8;
	early.left = 49;
	again.owes = false;
	again.rel = 0;
	again.tyre = TYRE_HARD;
	again.left = 57 - 2 * STOP_LAP;
	again.stint = 57 - STOP_LAP;
	double at_stop = f1p_logistic(stops_logit_green(&model, &c));
	assert_true(at_stop > 0.1);
	assert_true(at_stop > 10.0 * f1p_logistic(stops_logit_green(&model, &early)));
	assert_true(at_stop > 10.0 * f1p_logistic(stops_logit_green(&model, &again))); /* one stop was enough */
	params_destroy(params);
	p->destroy(p);
}

static void test_training_is_deterministic(void **state)
{
	(void)state;
	static struct text text[2];
	for (int i = 0; i < 2; i++) {
		struct f1p_plugin *p = plugin_new(NULL);
		const struct f1p_trainable *t = p->get_extension(p, F1P_EXT_TRAINABLE);
		train(p, 12);
		if (i == 1) {
			assert_int_equal(t->fit(p, 201813), F1P_OK); /* a fit on the way leaves no trace in a later one */
		}
		assert_int_equal(t->fit(p, 201901), F1P_OK);
		text[i].n = 0;
		assert_int_equal(t->save(p, keep, &text[i]), F1P_OK);
		p->destroy(p);
	}
	assert_int_equal(text[0].n, text[1].n);
	assert_memory_equal(text[0].bytes, text[1].bytes, text[0].n);
}

static void test_too_few_examples_change_nothing(void **state)
{
	(void)state;
	static struct f1p_forecast before, after;
	struct f1p_plugin *p = plugin_new(NULL);
	const struct f1p_trainable *t = p->get_extension(p, F1P_EXT_TRAINABLE);
	struct f1p_state *s = race_new(20, 20, 57);
	predict_by(p, s, &before);
	assert_int_equal(t->fit(p, 201901), F1P_AGAIN); /* not even begun */
	train(p, 1);
	assert_int_equal(t->fit(p, 201901), F1P_AGAIN);
	predict_by(p, s, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	free(s);
	p->destroy(p);
}

struct file_host {
	struct f1p_host host;
	const char *text;
};

static const char *file_fragment(const struct f1p_host *host, const char *id, size_t *n)
{
	assert_string_equal(id, "predictor_midrace");
	*n = strlen(((const struct file_host *)host)->text);
	return ((const struct file_host *)host)->text;
}

static const char *file_version(const struct f1p_host *host)
{
	(void)host;
	return "0123456789ab";
}

static const void *file_extension(const struct f1p_host *host, const char *id)
{
	static const struct f1p_model model = {.size = sizeof(model), .fragment = file_fragment, .version = file_version};
	(void)host;
	return strcmp(id, F1P_EXT_MODEL) == 0 ? &model : NULL;
}

static void test_model_file_gives_the_trained_forecast(void **state)
{
	(void)state;
	static struct f1p_forecast trained, loaded, plain;
	static struct text text;
	struct f1p_plugin *p = plugin_new(NULL);
	const struct f1p_trainable *t = p->get_extension(p, F1P_EXT_TRAINABLE);
	struct f1p_state *s = race_grid(20, 57);
	predict_by(p, s, &plain);
	train(p, 12);
	assert_int_equal(t->fit(p, 201901), F1P_OK);
	predict_by(p, s, &trained);
	text.n = 0;
	assert_int_equal(t->save(p, keep, &text), F1P_OK);
	text.bytes[text.n] = 0;
	p->destroy(p);
	struct file_host host = {.host = {.size = sizeof(host.host), .get_extension = file_extension}, .text = text.bytes};
	p = plugin_new(&host.host);
	predict_by(p, s, &loaded);
	p->destroy(p);
	assert_memory_not_equal(plain.cars, trained.cars, sizeof(plain.cars));
	for (uint32_t i = 0; i < 20; i++) { /* the file has nine digits */
		assert_true(fabs(loaded.cars[i].p_win - trained.cars[i].p_win) < 0.002);
		assert_true(fabs(loaded.cars[i].p_podium - trained.cars[i].p_podium) < 0.002);
	}
	assert_string_equal(plain.version, "2.1.0");
	assert_string_equal(loaded.version, "2.1.0+0123456789ab");
	free(s);
}

static void test_mad_model_file_does_no_harm(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct file_host host = {.host = {.size = sizeof(host.host), .get_extension = file_extension},
		.text = "{\"tyre_slope\":[1e300,-1e300,1e300],\"tyre_off\":[1,2],\"stop_wet\":[1e308,1e308,1e308,1e308,1e308,"
			"1e308,"
			"-1e308,1e308,1e308,1e308,1e308,1e308,1e308,1e308]}"};
	struct f1p_state *s = race_new(20, 20, 57);
	s->cars[0].history[3].compound = F1P_TYRE_INTERMEDIATE;
	struct f1p_plugin *p = plugin_new(&host.host);
	predict_by(p, s, &f);
	double sum = 0.0;
	for (uint32_t i = 0; i < 20; i++) {
		sum += f.cars[i].p_win;
	}
	assert_true(fabs(sum - 1.0) < 1e-9);
	p->destroy(p);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prior_pace_moves_the_forecast),
		cmocka_unit_test(test_uncertain_prior_gives_way_sooner),
		cmocka_unit_test(test_circuit_priors_are_used),
		cmocka_unit_test(test_retirement_prior_is_of_the_car),
		cmocka_unit_test(test_start_gain_counts_before_the_start_only),
		cmocka_unit_test(test_mad_priors_do_no_harm),
		cmocka_unit_test(test_wear_of_this_race_is_learnt),
		cmocka_unit_test(test_tyre_is_not_taken_for_pace),
		cmocka_unit_test(test_pace_of_a_fast_car_is_found),
		cmocka_unit_test(test_one_odd_lap_changes_little),
		cmocka_unit_test(test_an_owed_stop_is_made),
		cmocka_unit_test(test_old_tyres_are_changed_sooner),
		cmocka_unit_test(test_nobody_stops_for_the_last_laps),
		cmocka_unit_test(test_sc_tables_add_up_to_the_regression),
		cmocka_unit_test(test_sc_tempts_old_tyres),
		cmocka_unit_test(test_red_flag_pays_what_is_owed),
		cmocka_unit_test(test_red_flag_levels_the_stops),
		cmocka_unit_test(test_wet_crossover),
		cmocka_unit_test(test_the_clock_ends_the_race),
		cmocka_unit_test(test_a_gap_from_before_the_stop_grows),
		cmocka_unit_test(test_long_stop_is_a_bad_sign),
		cmocka_unit_test(test_training_learns_when_cars_stop),
		cmocka_unit_test(test_training_is_deterministic),
		cmocka_unit_test(test_too_few_examples_change_nothing),
		cmocka_unit_test(test_model_file_gives_the_trained_forecast),
		cmocka_unit_test(test_mad_model_file_does_no_harm),
	};
	config = midrace_cfg_usual();
	config.runs = 3000;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
