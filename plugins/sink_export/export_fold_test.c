/*
 * export_fold_test.c - simulated races, written as feed messages and read again: the fold is the same, byte for byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <encode.h>
#include <livetiming.h>

#include "race/race.h"
#include "race/race_compare.h"
#include "simulator.h"

#define SEEDS 6
#define START_NS INT64_C(1900000000000000000)

struct copy { /* the race that the messages tell */
	struct race *race;
	struct lt_decoder *decoder;
	uint64_t events, messages;
};

static f1p_status fold(void *arg, const struct f1p_event *ev)
{
	struct copy *c = arg;

	c->events++;
	race_apply(c->race, ev);
	return F1P_OK;
}

static f1p_status decode(void *arg, const char *topic, const char *json, size_t n, int64_t t_ns)
{
	struct copy *c = arg;

	c->messages++;
	assert_int_equal(lt_message(c->decoder, topic, strlen(topic), json, n, t_ns, 0), F1P_OK);
	return F1P_OK;
}

static struct sim_config config(uint64_t seed)
{
	return (struct sim_config){.seed = seed,
		.cars = 20,
		.laps = 25,
		.lap_time_s = 80,
		.pit_loss_s = 20,
		.rain = seed % 3 == 0 ? SIM_YES : SIM_AUTO,
		.safety_car = seed % 2 == 0 ? SIM_YES : SIM_AUTO,
		.red_flag = seed % 4 == 1 ? SIM_YES : SIM_NO,
		.rate = 1,
		.pre_start_s = 30,
		.start_ns = START_NS};
}

/* What the state keeps of the telling itself. */
static void make_comparable(struct f1p_state *st)
{
	st->flags = 0;
	st->seq = 0;
}

static void same_state(uint64_t seed, const struct f1p_state *original, const struct f1p_state *told)
{
	struct f1p_state *a = malloc(sizeof(*a)), *b = malloc(sizeof(*b));
	char why[160] = "something that is no fact of the feed";

	assert_non_null(a);
	assert_non_null(b);
	memcpy(a, told, sizeof(*a));
	memcpy(b, original, sizeof(*b));
	make_comparable(a);
	make_comparable(b);
	if (memcmp(a, b, F1P_STATE_HASHED) != 0) {
		size_t at = 0;

		while (((const uint8_t *)a)[at] == ((const uint8_t *)b)[at]) {
			at++;
		}
		race_same_facts(told, original, why, sizeof(why));
		fail_msg("seed %llu: byte %zu differs: %s", (unsigned long long)seed, at, why);
	}
	free(a);
	free(b);
}

static void play(uint64_t seed)
{
	struct sim_config cfg = config(seed);
	struct sim *sim = sim_create(&cfg);
	struct race *original = race_create();
	struct copy copy = {.race = race_create()};
	struct lt_encoder *encoder = lt_encoder_create(decode, &copy);
	const struct f1p_event *ev = NULL;
	uint64_t events = 0;

	copy.decoder = lt_create(fold, NULL, &copy);
	assert_true(sim != NULL && original != NULL && copy.race != NULL && encoder != NULL && copy.decoder != NULL);
	while ((ev = sim_next_event(sim)) != NULL) {
		events++;
		race_apply(original, ev);
		assert_int_equal(lt_encode(encoder, ev), F1P_OK);
	}
	assert_int_equal(lt_encode_flush(encoder), F1P_OK);
	assert_int_equal(copy.events, events);
	assert_true(events > 1000 && copy.messages < events);
	assert_int_equal(lt_get_stats(copy.decoder)->bad_values, 0);
	assert_int_equal(lt_get_stats(copy.decoder)->merge_oddities, 0);
	same_state(seed, race_state(original), race_state(copy.race));
	lt_encoder_destroy(encoder);
	lt_destroy(copy.decoder);
	race_destroy(original);
	race_destroy(copy.race);
	sim_destroy(sim);
}

static void a_race_written_and_read_is_the_same_race(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		play(seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_race_written_and_read_is_the_same_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
