/*
 * ensemble_test.c - predictor_ensemble: blends with known answers, weights, failed members.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include <f1pd/plugin.h>

#include "positions.h"
#include "race_builder.h"
#include "weights.h"

struct ensemble_cfg {
	const char *weights;
	const char *weights_neutral;
	const char *weights_start;
	double widen_per_event;
	double season_rate;
	bool learnt;
};

extern const struct f1p_entry f1p_entry_v1;

static char reason[256];

static f1p_status keep_reason(const struct f1p_host *host, f1p_status status, const char *fmt, ...)
{
	va_list args;
	(void)host;
	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	return status;
}

static const struct f1p_host host = { .size = sizeof(host), .fail = keep_reason };

static struct f1p_plugin *plugin_new(const char *weights, const char *neutral)
{
	struct ensemble_cfg cfg = { weights, neutral, "prerace 1", 0.05, 0.5, true };
	struct f1p_plugin *p = f1p_entry_v1.create(&host, "predictor_ensemble");
	assert_non_null(p);
	assert_int_equal(p->init(p), F1P_OK);
	assert_int_equal(p->configure(p, &cfg), F1P_OK);
	assert_int_equal(p->start(p), F1P_OK);
	return p;
}

/* A member's forecast: the running order is kept with chance `sure`, else anything can happen. */
static struct f1p_forecast *opinion(const struct f1p_state *s, const char *model, double sure)
{
	struct f1p_forecast *f = calloc(1, sizeof(*f));
	struct positions_field field;
	struct positions_matrix m, broad;
	double retire[F1P_MAX_CARS] = { 0 };
	positions_field_init(&field, s);
	positions_certain(&m, &field);
	positions_broad(&broad, &field);
	positions_mix(&m, &broad, 1.0 - sure, field.n);
	for (uint32_t row = 0; row < field.n; row++) {
		retire[row] = field.running[row] ? 0.1 : 1.0;
	}
	f->size = sizeof(*f);
	positions_fill(f, s, &field, &m, retire);
	snprintf(f->model, sizeof(f->model), "%s", model);
	return f;
}

static struct f1p_member member(const char *instance, const struct f1p_forecast *f, uint32_t age)
{
	return (struct f1p_member){ .size = sizeof(struct f1p_member), .age_events = age, .instance = instance, .forecast = f };
}

static f1p_status combine(struct f1p_plugin *p, const struct f1p_state *s, const struct f1p_member *members, uint32_t n,
			  struct f1p_forecast *out)
{
	const struct f1p_ensemble *e = p->get_extension(p, F1P_EXT_ENSEMBLE);
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	f1p_status status = e->combine(p, s, members, n, out);
	for (uint32_t i = 0; status == F1P_OK && i < out->n_cars; i++) {
		double row = 0, column = 0;
		for (uint32_t k = 0; k < out->n_cars; k++) {
			row += out->cars[i].p_position[k];
			column += out->cars[k].p_position[i];
		}
		assert_true(fabs(row - 1.0) < 1e-9 && fabs(column - 1.0) < 1e-9);
	}
	return status;
}

static void test_one_member_passes_through(void **state)
{
	(void)state;
	static struct f1p_forecast out;
	struct f1p_state *s = race_new(20, 30, 57);
	struct f1p_plugin *p = plugin_new("midrace 0.7, order 0.3", "midrace 0.4, order 0.6");
	struct f1p_forecast *a = opinion(s, "midrace", 0.6);
	struct f1p_member m[] = { member("midrace", a, 0) };
	assert_int_equal(combine(p, s, m, 1, &out), F1P_OK);
	for (uint32_t i = 0; i < 20; i++) {
		for (uint32_t k = 0; k < 20; k++) {
			assert_true(fabs(out.cars[i].p_position[k] - a->cars[i].p_position[k]) < 1e-9);
		}
	}
	assert_string_equal(out.model, "ensemble");
	assert_int_equal(out.missing, 0);
	p->destroy(p);
	free(a);
	free(s);
}

static void test_blend_lies_between(void **state)
{
	(void)state;
	static struct f1p_forecast out;
	struct f1p_state *s = race_new(20, 30, 57);
	struct f1p_plugin *p = plugin_new("midrace 0.7, order 0.3", "midrace 0.4, order 0.6");
	struct f1p_forecast *a = opinion(s, "midrace", 0.9), *b = opinion(s, "order", 0.3);
	struct f1p_member m[] = { member("x", a, 0), member("y", b, 0) };
	assert_int_equal(combine(p, s, m, 2, &out), F1P_OK);
	double green = out.cars[0].p_win;
	assert_true(green < a->cars[0].p_win && green > b->cars[0].p_win);
	/* For two opinions on one scale the log-odds average is close to the average of the log-odds of winning. */
	double la = log(a->cars[0].p_win / (1 - a->cars[0].p_win)), lb = log(b->cars[0].p_win / (1 - b->cars[0].p_win));
	double want = 1.0 / (1.0 + exp(-(0.7 * la + 0.3 * lb)));
	assert_true(fabs(green - want) < 0.03);
	s->neutralised = F1P_YES;
	s->track = F1P_TRACK_SC;
	assert_int_equal(combine(p, s, m, 2, &out), F1P_OK);
	assert_true(out.cars[0].p_win < green - 0.05);
	p->destroy(p);
	free(a);
	free(b);
	free(s);
}

static void test_before_the_first_lap_prerace_speaks(void **state)
{
	(void)state;
	static struct f1p_forecast out;
	struct f1p_state *s = race_grid(20, 57);
	struct f1p_plugin *p = plugin_new("midrace 0.7, order 0.3", "midrace 0.4, order 0.6");
	struct f1p_forecast *a = opinion(s, "midrace", 0.9), *b = opinion(s, "prerace", 0.3);
	struct f1p_member m[] = { member("x", a, 0), member("y", b, 0) };
	assert_int_equal(combine(p, s, m, 2, &out), F1P_OK);
	assert_true(fabs(out.cars[0].p_win - b->cars[0].p_win) < 1e-9);
	assert_int_equal(combine(p, s, m, 1, &out), F1P_OK); /* without it, the others as ever */
	assert_true(fabs(out.cars[0].p_win - a->cars[0].p_win) < 1e-9);
	s->lap = 2;
	assert_int_equal(combine(p, s, m, 2, &out), F1P_OK);
	assert_true(fabs(out.cars[0].p_win - a->cars[0].p_win) < 1e-9);
	p->destroy(p);
	free(a);
	free(b);
	free(s);
}

/* Who did better than the other in this season's races counts for more. */
static void test_the_blend_follows_the_season(void **state)
{
	(void)state;
	static struct f1p_forecast before, after;
	struct f1p_state *s = race_new(20, 30, 57);
	struct f1p_plugin *p = plugin_new("midrace 0.5, order 0.5", "midrace 0.5, order 0.5");
	struct f1p_forecast *sure = opinion(s, "midrace", 0.9), *unsure = opinion(s, "order", 0.2);
	struct f1p_member m[] = { member("predictor-midrace", sure, 0), member("predictor-order", unsure, 0) };
	assert_int_equal(combine(p, s, m, 2, &before), F1P_OK);
	s->n_member_scores = 2;
	s->member_scores[0] = (struct f1p_member_score){ .name = "midrace", .races = { 4, 4 }, .excess_e6 = { { 0 }, { -9000, -9000, -9000 } } };
	s->member_scores[1] = (struct f1p_member_score){ .name = "order", .races = { 4, 4 }, .excess_e6 = { { 0 }, { 9000, 9000, 9000 } } };
	assert_int_equal(combine(p, s, m, 2, &after), F1P_OK);
	assert_true(after.cars[0].p_win > before.cars[0].p_win + 0.02 && after.cars[0].p_win < sure->cars[0].p_win);
	p->destroy(p);
	free(sure);
	free(unsure);
	free(s);
}

static void test_order_of_members_does_not_matter_much(void **state)
{
	(void)state;
	static struct f1p_forecast x, y;
	struct f1p_state *s = race_new(20, 30, 57);
	struct f1p_plugin *p = plugin_new("midrace 0.7, order 0.3", "midrace 0.4, order 0.6");
	struct f1p_forecast *a = opinion(s, "midrace", 0.9), *b = opinion(s, "order", 0.3);
	struct f1p_member ab[] = { member("x", a, 0), member("y", b, 0) }, ba[] = { member("y", b, 0), member("x", a, 0) };
	combine(p, s, ab, 2, &x);
	combine(p, s, ba, 2, &y);
	for (uint32_t i = 0; i < 20; i++) {
		assert_true(fabs(x.cars[i].p_win - y.cars[i].p_win) < 1e-12);
	}
	p->destroy(p);
	free(a);
	free(b);
	free(s);
}

static void test_zeros_stay_zero(void **state)
{
	(void)state;
	static struct f1p_forecast out;
	struct f1p_state *s = race_new(20, 30, 57);
	s->cars[4].retired = F1P_YES;
	struct f1p_plugin *p = plugin_new("midrace 0.7, order 0.3", "midrace 0.4, order 0.6");
	struct f1p_forecast *a = opinion(s, "midrace", 0.9), *b = opinion(s, "order", 0.3);
	struct f1p_member m[] = { member("x", a, 0), member("y", b, 0) };
	assert_int_equal(combine(p, s, m, 2, &out), F1P_OK);
	assert_true(out.cars[4].p_win == 0.0 && out.cars[4].p_points == 0.0);
	assert_true(out.cars[4].p_position[19] == 1.0);
	assert_true(out.cars[4].p_retire == 1.0);
	assert_true(out.cars[0].p_win < 1.0);
	p->destroy(p);
	free(a);
	free(b);
	free(s);
}

static void test_old_member_widens_and_is_marked(void **state)
{
	(void)state;
	static struct f1p_forecast fresh, old, older;
	struct f1p_state *s = race_new(20, 30, 57);
	struct f1p_plugin *p = plugin_new("midrace 0.7, order 0.3", "midrace 0.4, order 0.6");
	struct f1p_forecast *a = opinion(s, "midrace", 0.9);
	struct f1p_member m[] = { member("x", a, 0) };
	combine(p, s, m, 1, &fresh);
	m[0].age_events = 2;
	assert_int_equal(combine(p, s, m, 1, &old), F1P_OK);
	m[0].age_events = 1000000;
	assert_int_equal(combine(p, s, m, 1, &older), F1P_OK);
	assert_int_equal(fresh.missing & F1P_MISSING_MEMBER, 0);
	assert_true(old.missing & F1P_MISSING_MEMBER);
	assert_true(old.cars[0].p_win < fresh.cars[0].p_win - 0.05);
	assert_true(older.cars[0].p_win < old.cars[0].p_win && older.cars[0].p_win > 0.4);
	assert_true(old.confidence < fresh.confidence && older.confidence < old.confidence);
	p->destroy(p);
	free(a);
	free(s);
}

static void test_old_member_learns_of_a_retirement(void **state)
{
	(void)state;
	static struct f1p_forecast out;
	struct f1p_state *s = race_new(20, 30, 57);
	struct f1p_plugin *p = plugin_new("midrace 0.7, order 0.3", "midrace 0.4, order 0.6");
	struct f1p_forecast *a = opinion(s, "midrace", 0.9);
	s->cars[0].retired = F1P_YES;
	struct f1p_member m[] = { member("x", a, 3) };
	assert_int_equal(combine(p, s, m, 1, &out), F1P_OK);
	assert_true(out.cars[0].p_win == 0.0);
	assert_true(out.cars[0].p_retire == 1.0);
	p->destroy(p);
	free(a);
	free(s);
}

static void test_useless_member_is_left_out(void **state)
{
	(void)state;
	static struct f1p_forecast out;
	struct f1p_state *s = race_new(20, 30, 57), *other = race_new(19, 30, 57);
	struct f1p_plugin *p = plugin_new("midrace 0.7, order 0.3", "midrace 0.4, order 0.6");
	struct f1p_forecast *a = opinion(s, "midrace", 0.9), *b = opinion(other, "order", 0.3);
	struct f1p_member m[] = { member("x", a, 0), member("y", b, 4) };
	assert_int_equal(combine(p, s, m, 2, &out), F1P_OK);
	assert_true(fabs(out.cars[0].p_win - a->cars[0].p_win) < 1e-9);
	assert_true(out.missing & F1P_MISSING_MEMBER);
	assert_int_equal(combine(p, s, m + 1, 1, &out), F1P_EUNSUPPORTED);
	a->cars[2].p_position[0] = NAN;
	assert_int_equal(combine(p, s, m, 1, &out), F1P_EUNSUPPORTED);
	p->destroy(p);
	free(a);
	free(b);
	free(s);
	free(other);
}

static void test_members_that_exclude_each_other(void **state)
{
	(void)state;
	static struct f1p_forecast out;
	struct f1p_state *s = race_new(6, 30, 57);
	struct f1p_plugin *p = plugin_new("midrace 0.7, order 0.3", "midrace 0.4, order 0.6");
	struct f1p_forecast *a = opinion(s, "midrace", 1.0);
	s->cars[0].position = 2; /* the other is sure of the opposite */
	s->cars[1].position = 1;
	struct f1p_forecast *b = opinion(s, "order", 1.0);
	struct f1p_member m[] = { member("x", a, 0), member("y", b, 0) };
	assert_int_equal(combine(p, s, m, 2, &out), F1P_OK);
	assert_true(out.cars[0].p_win > out.cars[1].p_win);
	assert_true(out.cars[0].p_win + out.cars[1].p_win > 0.999);
	assert_true(out.cars[3].p_position[3] > 0.999);
	p->destroy(p);
	free(a);
	free(b);
	free(s);
}

static void test_result_stands_after_the_flag(void **state)
{
	(void)state;
	static struct f1p_forecast out;
	struct f1p_state *s = race_new(20, 57, 57);
	struct f1p_plugin *p = plugin_new("midrace 0.7, order 0.3", "midrace 0.4, order 0.6");
	struct f1p_forecast *a = opinion(s, "midrace", 0.3);
	struct f1p_member m[] = { member("x", a, 5) };
	s->status = F1P_STATUS_FINISHED;
	assert_int_equal(combine(p, s, m, 1, &out), F1P_OK);
	assert_true(out.cars[0].p_win == 1.0 && out.confidence == 1.0 && out.cars[0].p_retire == 0.0);
	p->destroy(p);
	free(a);
	free(s);
}

static void test_predict_alone_has_nothing_to_say(void **state)
{
	(void)state;
	static struct f1p_forecast out;
	struct f1p_state *s = race_new(20, 30, 57);
	struct f1p_plugin *p = plugin_new("", "");
	const struct f1p_predictor *predictor = p->get_extension(p, F1P_EXT_PREDICTOR);
	assert_int_equal(predictor->predict(p, s, 1, NULL, NULL, &out), F1P_EUNSUPPORTED);
	assert_null(p->get_extension(p, "f1p.none/1"));
	p->destroy(p);
	free(s);
}

static void test_other_sessions_are_unsupported(void **state)
{
	(void)state;
	static struct f1p_forecast out;
	struct f1p_state *s = race_new(20, 30, 57);
	struct f1p_plugin *p = plugin_new("", "");
	struct f1p_forecast *a = opinion(s, "midrace", 0.3);
	struct f1p_member m[] = { member("x", a, 0) };
	s->type = F1P_SESSION_PRACTICE;
	assert_int_equal(combine(p, s, m, 1, &out), F1P_EUNSUPPORTED);
	p->destroy(p);
	free(a);
	free(s);
}

/* ---- weights ---- */

static void test_unnamed_members_share_the_rest(void **state)
{
	(void)state;
	struct weights w;
	char err[120];
	double share[4];
	static struct f1p_forecast f[4];
	struct f1p_member m[4];
	static const char *models[] = { "midrace", "order", "mine", "yours" };
	for (uint32_t i = 0; i < 4; i++) {
		snprintf(f[i].model, sizeof(f[i].model), "%s", models[i]);
		m[i] = member("instance", &f[i], 0);
	}
	assert_true(weights_parse(&w, "midrace=0.5, order 0.3", err, sizeof(err)));
	weights_of(&w, m, 4, share);
	assert_true(fabs(share[0] - 0.5) < 1e-12 && fabs(share[1] - 0.3) < 1e-12);
	assert_true(fabs(share[2] - 0.1) < 1e-12 && fabs(share[3] - 0.1) < 1e-12);
	weights_of(&w, m + 1, 1, share);
	assert_true(share[0] == 1.0);
	assert_true(weights_parse(&w, "midrace 1", err, sizeof(err)));
	weights_of(&w, m, 3, share);
	assert_true(share[0] == 1.0 && share[1] == 0.0 && share[2] == 0.0);
	weights_of(&w, m + 2, 2, share);
	assert_true(share[0] == 0.5 && share[1] == 0.5);
}

static void test_instance_names_count_too(void **state)
{
	(void)state;
	struct weights w;
	char err[120];
	double share[2];
	static struct f1p_forecast f[2];
	struct f1p_member m[2] = { member("first", &f[0], 0), member("second", &f[1], 0) };
	assert_true(weights_parse(&w, "second 0.9 first 0.1", err, sizeof(err)));
	weights_of(&w, m, 2, share);
	assert_true(fabs(share[0] - 0.1) < 1e-12 && fabs(share[1] - 0.9) < 1e-12);
}

static void test_bad_weights_are_refused_with_a_reason(void **state)
{
	(void)state;
	static const char *bad[] = { "midrace", "midrace x", "midrace 1.5", "midrace -1", "midrace 0.7, order 0.7", "a 0.1.1",
				     "a .", "averyveryverylongnameofamemberthatnobodyhas 0.1",
				     "a 0 b 0 c 0 d 0 e 0 f 0 g 0 h 0 i 0 j 0 k 0 l 0 m 0 n 0 o 0 p 0 q 0" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ensemble_cfg cfg = { "midrace 1", bad[i], "", 0.05, 0.5, true };
		struct f1p_plugin *p = f1p_entry_v1.create(&host, "predictor_ensemble");
		p->init(p);
		reason[0] = '\0';
		assert_int_equal(p->configure(p, &cfg), F1P_ECONFIG);
		assert_non_null(strstr(reason, "weights_neutral"));
		p->destroy(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_member_passes_through),
		cmocka_unit_test(test_blend_lies_between),
		cmocka_unit_test(test_before_the_first_lap_prerace_speaks),
		cmocka_unit_test(test_the_blend_follows_the_season),
		cmocka_unit_test(test_order_of_members_does_not_matter_much),
		cmocka_unit_test(test_zeros_stay_zero),
		cmocka_unit_test(test_old_member_widens_and_is_marked),
		cmocka_unit_test(test_old_member_learns_of_a_retirement),
		cmocka_unit_test(test_useless_member_is_left_out),
		cmocka_unit_test(test_members_that_exclude_each_other),
		cmocka_unit_test(test_result_stands_after_the_flag),
		cmocka_unit_test(test_predict_alone_has_nothing_to_say),
		cmocka_unit_test(test_other_sessions_are_unsupported),
		cmocka_unit_test(test_unnamed_members_share_the_rest),
		cmocka_unit_test(test_instance_names_count_too),
		cmocka_unit_test(test_bad_weights_are_refused_with_a_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
