/* scorecard_test.c - lines of live scores become the tables of a walk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "backtest/scorecard.h"
#include "backtest/tally.h"

#include <math.h>
#include <string.h>

static const char lines[] =
	"{\"session\":{\"year\":2031,\"start\":\"2031-03-02T14:00:00Z\"},\"phase\":\"d50\",\"name\":\"grid_table\",\"baseline\":true,\"podium_logloss\":0.25}\n"
	"{\"session\":{\"year\":2031,\"start\":\"2031-03-02T14:00:00Z\"},\"phase\":\"d50\",\"name\":\"ensemble\",\"lap\":29,\"podium_logloss\":0.2,"
	"\"top3_hit\":1,\"gap_cover90\":0.75,\"calibration\":{\"win\":[[0,10,0.5,1],[14,1,0.99,1]]}}\n"
	"not a line\n"
	"\n"
	"{\"session\":{\"year\":2031,\"start\":\"2031-03-09T14:00:00Z\"},\"phase\":\"d50\",\"name\":\"ensemble\",\"podium_logloss\":0.4,\"wet\":true}\n"
	"{\"session\":{\"year\":null,\"start\":\"2032-03-01T14:00:00Z\"},\"phase\":\"d50\",\"name\":\"ensemble\",\"podium_logloss\":0.6}\n";

static struct walk_result card;

static double mean_of(const char *model, struct tally_filter f, int measure)
{
	struct measures m;

	return tally_mean(&card, &f, tally_model(&card, model), &m) ? m.v[measure] : NAN;
}

static void test_lines_become_means_by_season_and_weather(void **state)
{
	size_t bad;

	(void)state;
	assert_true(scorecard_parse(&card, lines, strlen(lines), &bad));
	assert_int_equal(bad, 1);
	assert_int_equal(card.n_races, 3);
	assert_int_equal(card.n_models, 1 + BASELINES);
	assert_string_equal(card.names[0], "ensemble");
	assert_int_equal(card.first_baseline, 1);
	assert_true(fabs(mean_of("ensemble", (struct tally_filter){.phase = F1P_PHASE_D50}, MEASURE_PODIUM_LOGLOSS) - 0.4) < 1e-12);
	assert_true(fabs(mean_of("ensemble", (struct tally_filter){.phase = F1P_PHASE_D50, .season = 2031}, MEASURE_PODIUM_LOGLOSS) - 0.3) < 1e-12);
	assert_true(mean_of("ensemble", (struct tally_filter){.phase = F1P_PHASE_D50, .weather = TALLY_WET}, MEASURE_PODIUM_LOGLOSS) == 0.4);
	assert_true(mean_of("grid_table", (struct tally_filter){.phase = F1P_PHASE_D50}, MEASURE_PODIUM_LOGLOSS) == 0.25);
	assert_true(mean_of("ensemble", (struct tally_filter){.phase = F1P_PHASE_D50}, MEASURE_TOP3_HIT) == 1); /* of the one that has it */
	assert_true(mean_of("ensemble", (struct tally_filter){.phase = F1P_PHASE_D50}, MEASURE_GAP_COVER90) == 0.75);
	assert_true(isnan(mean_of("grid_table", (struct tally_filter){.phase = F1P_PHASE_D50}, MEASURE_GAP_COVER90)));
	assert_true(tally_has_measure(&card, F1P_PHASE_D50, MEASURE_GAP_COVER90));
	assert_false(tally_has_measure(&card, F1P_PHASE_D50, MEASURE_GAP_COVER50));
	assert_false(tally_has_measure(&card, F1P_PHASE_D75, MEASURE_GAP_COVER90));
	assert_true(card.calibration[F1P_PHASE_D50][0][TARGET_WIN].n[0] == 10);
	assert_true(card.calibration[F1P_PHASE_D50][0][TARGET_WIN].y[14] == 1);
	walk_result_finish(&card);
}

static void test_a_corrected_result_replaces_the_first(void **state)
{
	static const char twice[] =
		"{\"session\":{\"year\":2031,\"start\":\"a\"},\"phase\":\"d90\",\"name\":\"ensemble\",\"rps\":0.5,\"calibration\":{\"win\":[[3,1,0.2,0]]}}\n"
		"{\"session\":{\"year\":2031,\"start\":\"a\"},\"phase\":\"d90\",\"name\":\"ensemble\",\"rps\":0.1,\"calibration\":{\"win\":[[3,1,0.2,1]]}}";
	size_t bad;

	(void)state;
	assert_true(scorecard_parse(&card, twice, strlen(twice), &bad));
	assert_int_equal(card.n_scores, 1);
	assert_true(mean_of("ensemble", (struct tally_filter){.phase = F1P_PHASE_D90}, MEASURE_RPS) == 0.1);
	assert_true(card.calibration[F1P_PHASE_D90][0][TARGET_WIN].n[3] == 1);
	assert_true(card.calibration[F1P_PHASE_D90][0][TARGET_WIN].y[3] == 1);
	walk_result_finish(&card);
}

static void test_hostile_lines_are_passed_over(void **state)
{
	static const char *const bad_lines[] = {"{", "[]", "{\"session\":{}}", "{\"session\":{\"year\":2031,\"start\":\"a\"},\"phase\":\"d11\",\"name\":\"x\"}",
		"{\"session\":{\"year\":2031,\"start\":\"a\"},\"phase\":\"d10\",\"name\":\"x\",\"calibration\":{\"win\":[[15,1,1,1]]}}",
		"{\"session\":{\"year\":2031,\"start\":\"a\"},\"phase\":\"d10\",\"name\":\"x\",\"calibration\":{\"win\":[[1,1,1]]}}",
		"{\"session\":{\"year\":99,\"start\":\"a\"},\"phase\":\"d10\",\"name\":\"x\"}"};
	size_t bad;

	(void)state;
	for (size_t i = 0; i < sizeof(bad_lines) / sizeof(bad_lines[0]); i++) {
		assert_true(scorecard_parse(&card, bad_lines[i], strlen(bad_lines[i]), &bad));
		assert_int_equal(bad, 1);
		assert_int_equal(card.n_scores, 0);
		walk_result_finish(&card);
	}
}

static void test_no_file_is_an_empty_card(void **state)
{
	char err[200];
	size_t bad;

	(void)state;
	assert_true(scorecard_read(&card, "no-such-folder/scores.jsonl", &bad, err, sizeof(err)));
	assert_int_equal(card.n_races, 0);
	walk_result_finish(&card);
	assert_false(scorecard_read(&card, "/", &bad, err, sizeof(err)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_become_means_by_season_and_weather),
		cmocka_unit_test(test_a_corrected_result_replaces_the_first),
		cmocka_unit_test(test_hostile_lines_are_passed_over),
		cmocka_unit_test(test_no_file_is_an_empty_card),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
