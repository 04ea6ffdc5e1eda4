/*
 * rule_test.c - what the grammar takes, what it refuses and how it says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/rng.h"
#include "rule.h"

static void means(const char *text, const char *canonical)
{
	char err[200] = "", out[RULE_TEXT], again[RULE_TEXT];
	struct rule r, twice;

	if (!rule_parse(&r, text, strlen(text), err, sizeof(err))) {
		fail_msg("%s: %s", text, err);
	}
	rule_text(&r, out);
	assert_string_equal(out, canonical);
	assert_true(rule_parse(&twice, out, strlen(out), err, sizeof(err)));
	rule_text(&twice, again);
	assert_string_equal(again, out);
	assert_memory_equal(&r, &twice, sizeof(r));
}

static void each_form_has_one_canonical_text(void **state)
{
	(void)state;
	means("win[VER] changes by >= 5 points", "win[VER] changes by >= 5 points");
	means("win [ver] changes by \xe2\x89\xa5 5 points", "win[VER] changes by >= 5 points");
	means("  Win[VER]   rises by 2.5 points ", "win[VER] rises by >= 2.50 points");
	means("retirement[HAM] falls by 1 point", "retirement[HAM] falls by >= 1 points");
	means("podium[44]>60%", "podium[44] > 60 %");
	means("points[4] <= 12.25 %", "points[4] <= 12.25 %");
	means("podium < 5 %", "podium < 5 %");
	means("overtake within 3 laps >= 60 %", "overtake within 3 laps >= 60 %");
	means("overtake[NOR] within 1 lap \xe2\x89\xa4 60 %", "overtake[NOR] within 1 laps <= 60 %");
	means("OVERTAKE[NOR ON VER] WITHIN 5 LAPS >= 60 %", "overtake[NOR on VER] within 5 laps >= 60 %");
	means("safety car", "safety car");
	means("SAFETY   CAR", "safety car");
	means("vsc", "vsc");
	means("red flag", "red flag");
	means("pits[VER]", "pits[VER]");
	means("pits", "pits");
	means("my driver pits", "my driver pits");
	means("my driver win > 50 %", "my driver win > 50 %");
	means("retires[1]", "retires[1]");
	means("leads[VER]", "leads[VER]");
	means("position[VER] <= 3", "position[VER] <= 3");
	means("rain", "rain");
	means("starts", "starts");
	means("finishes", "finishes");
	means("race control[63]", "race control[63]");
}

static void a_rule_is_what_it_says(void **state)
{
	char err[100];
	struct rule r;

	(void)state;
	assert_true(rule_parse(&r, "overtake[NOR on 1] within 3 laps >= 60.5 %", 42, err, sizeof(err)));
	assert_int_equal(r.kind, RULE_OVERTAKE);
	assert_int_equal(r.test, RULE_AT_LEAST);
	assert_int_equal(r.laps, 3);
	assert_int_equal(r.value, 6050);
	assert_string_equal(r.who.code, "NOR");
	assert_int_equal(r.whom.number, 1);
	assert_true(rule_parse(&r, "position[VER] < 3", 17, err, sizeof(err)));
	assert_int_equal(r.value, 3);
}

static void refuses(const char *text, const char *why)
{
	char err[300] = "";
	struct rule r;

	if (rule_parse(&r, text, strlen(text), err, sizeof(err))) {
		fail_msg("%s is taken", text);
	}
	if (!strstr(err, why)) {
		fail_msg("%s: says \"%s\", not \"%s\"", text, err, why);
	}
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
	char longer[300];

	(void)state;
	refuses("", "win, podium");
	refuses("wins[VER] > 5 %", "win, podium");
	refuses("safety", "is expected at character 1");
	refuses("safety car now", "the end is expected at character 12");
	refuses("win[VER]", ">, >=, < or <= is missing at the end");
	refuses("win[VER > 5 %", "\"]\" is expected at character 9");
	refuses("win[] > 5 %", "a driver");
	refuses("win[VERS] > 5 %", "a driver");
	refuses("win[0] > 5 %", "a driver");
	refuses("win[1234] > 5 %", "a driver");
	refuses("win[V1] > 5 %", "a driver");
	refuses("win[VER on NOR] > 5 %", "\"]\" is expected at character 9");
	refuses("win[VER] > 101 %", "a number from 0.00 to 100 is expected at character 12");
	refuses("win[VER] > -1 %", "a number");
	refuses("win[VER] > 1e3 %", "\"%\"");
	refuses("win[VER] > 5", "\"%\" is missing");
	refuses("win[VER] > 5 points", "\"%\"");
	refuses("win[VER] changes by 0 points", "a number from 0.10");
	refuses("win[VER] changes by 5 %", "\"points\"");
	refuses("overtake within 2 laps > 5 %", "1, 3 or 5");
	refuses("position[VER] <= 2.5", "whole number");
	refuses("position[VER] <= 0", "a number from 1.00 to 32");
	refuses("my driver rain", "not about a driver");
	refuses("my driver pits[VER]", "the end is expected");
	refuses("rain[VER]", "the end is expected");
	memset(longer, ' ', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	refuses(longer, "at most 200 bytes");
}

/* Whatever is made of the pieces of the grammar: taken or refused with a reason, and what is taken has a text that is taken. */
static void any_mixture_is_taken_or_refused(void **state)
{
	static const char *const pieces[] = {"win", "overtake", "[", "]", "VER", "44", " on ", " within ", "3", " laps ",
		">=", "<", "%", " changes ", " by ", " points", "position", " ", "my driver ", "safety car", "\xe2\x89\xa5",
		"\xff", ".", "5.5", "\0"};
	struct f1p_rng rng;
	unsigned taken = 0;

	(void)state;
	f1p_rng_seed(&rng, 7, 1);
	for (int i = 0; i < 200000; i++) {
		char text[256] = "", err[300] = "", out[RULE_TEXT];
		uint32_t n = 1 + f1p_rng_below(&rng, 9);
		struct rule r;
		for (uint32_t k = 0; k < n; k++) {
			strcat(text, pieces[f1p_rng_below(&rng, sizeof(pieces) / sizeof(pieces[0]))]);
		}
		if (!rule_parse(&r, text, strlen(text), err, sizeof(err))) {
			assert_true(err[0] != '\0');
			continue;
		}
		taken++;
		rule_text(&r, out);
		assert_true(rule_parse(&r, out, strlen(out), err, sizeof(err)));
	}
	assert_true(taken > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_has_one_canonical_text),
		cmocka_unit_test(a_rule_is_what_it_says),
		cmocka_unit_test(what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(any_mixture_is_taken_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
