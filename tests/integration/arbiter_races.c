/*
 * arbiter_races.c - simulated races, told by one or two live sources that fail at random: the race that comes out is the one
 * that went in, no event is false or doubled, and what could not be recovered stands in the gap ledger.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "race/arbiter_fixture.h"
#include "race/ingest.h"
#include "simulator.h"

#include <helpers/rng.h>

#define TICK_NS (RIG_S / 4)
#define CUTS 20

/* A whole race, in memory. */
struct story {
	uint8_t *bytes;
	size_t len, cap;
	int64_t t_first_ns, t_last_ns;
	int64_t t_green_ns, t_flag_ns; /* between them a source may fail */
	struct race *truth; /* at the end */
};

static void add_event(struct story *s, const struct f1p_event *e)
{
	if (s->len + e->size > s->cap) {
		s->cap = s->cap ? s->cap * 2 : 1 << 20;
		s->bytes = realloc(s->bytes, s->cap);
		assert_non_null(s->bytes);
	}
	memcpy(s->bytes + s->len, e, e->size);
	s->len += e->size;
}

static struct story make_story(uint64_t seed, int laps)
{
	struct sim_config c = {.seed = seed, .cars = 8, .laps = laps, .lap_time_s = 70, .pit_loss_s = 20, .rain = SIM_AUTO,
			       .safety_car = seed % 2 ? SIM_YES : SIM_AUTO, .red_flag = SIM_AUTO, .rate = 1, .pre_start_s = 60,
			       .start_ns = INT64_C(1893506400) * RIG_S};
	struct story s = {.truth = race_create()};
	struct sim *sim = sim_create(&c);
	const struct f1p_event *e;
	uint64_t block[F1P_EVENT_MAX / 8];
	struct f1p_event *ev = (struct f1p_event *)block;

	assert_non_null(sim);
	while ((e = sim_next_event(sim))) {
		memcpy(ev, e, e->size);
		ev->source_id = RIG_A;
		add_event(&s, ev);
		race_apply(s.truth, ev);
		s.t_first_ns = s.t_first_ns ? s.t_first_ns : ev->t_event_ns;
		s.t_last_ns = ev->t_event_ns;
		if (ev->type == F1P_EV_SESSION_STATUS) {
			int32_t status = ((const struct f1p_ev_value *)ev)->value;

			s.t_green_ns = status == F1P_STATUS_STARTED && !s.t_green_ns ? ev->t_event_ns : s.t_green_ns;
			s.t_flag_ns = status == F1P_STATUS_FINISHED ? ev->t_event_ns : s.t_flag_ns;
		}
	}
	assert_false(sim_failed(sim));
	assert_true(s.t_green_ns && s.t_flag_ns > s.t_green_ns);
	sim_destroy(sim);
	return s;
}

static void free_story(struct story *s)
{
	free(s->bytes);
	race_destroy(s->truth);
}

static const struct f1p_event *event_at(const struct story *s, size_t at)
{
	return at < s->len ? (const struct f1p_event *)(s->bytes + at) : NULL;
}

static void clock_to(struct arig *r, int64_t t_ns)
{
	while (r->now_ns < t_ns) {
		r->now_ns = r->now_ns + TICK_NS < t_ns ? r->now_ns + TICK_NS : t_ns;
		arbiter_tick(r->arbiter, r->now_ns);
	}
}

static void say(struct arig *r, uint32_t id, const struct f1p_event *e)
{
	uint64_t block[F1P_EVENT_MAX / 8];
	struct f1p_event *ev = (struct f1p_event *)block;

	memcpy(ev, e, e->size);
	ev->source_id = id;
	ev->source_seq = ++r->source_seq;
	ev->t_recv_ns = r->now_ns;
	arbiter_take(r->arbiter, ev, r->now_ns);
}

/* ---- what came out ---- */

struct heard {
	int32_t laps[F1P_MAX_CAR_NUMBER + 1];
	bool messages[65536];
	int32_t status, track;
};

/* Nothing that happened once may happen twice. A feed may take back a lap and give it again; the simulator does not. */
static void check_once(struct heard *h, const struct f1p_event *ev, uint64_t seed)
{
	if (ev->type == F1P_EV_CAR_LAP && ((const struct f1p_ev_car_lap *)ev)->mask & F1P_LAP_NUMBER) {
		const struct f1p_ev_car_lap *e = (const struct f1p_ev_car_lap *)ev;

		if (e->laps < h->laps[e->car] || (e->laps == h->laps[e->car] && e->laps && !(ev->flags & F1P_EVF_SNAPSHOT))) {
			fail_msg("seed %u: lap %d of car %u was told after lap %d", (unsigned)seed, e->laps, e->car, h->laps[e->car]);
		}
		h->laps[e->car] = e->laps;
	} else if (ev->type == F1P_EV_RACE_CONTROL) {
		const struct f1p_ev_race_control *e = (const struct f1p_ev_race_control *)ev;

		if (h->messages[e->index]) {
			fail_msg("seed %u: message %u was told twice", (unsigned)seed, e->index);
		}
		h->messages[e->index] = true;
	} else if (ev->type == F1P_EV_TRACK_STATUS) {
		int32_t track = ((const struct f1p_ev_value *)ev)->value;

		assert_int_not_equal(track, h->track);
		h->track = track;
	}
}

struct witness {
	struct arig *rig;
	struct heard heard;
	uint64_t seed;
};

static void witness_forward(void *arg, struct f1p_event *ev)
{
	struct witness *w = arg;

	check_once(&w->heard, ev, w->seed);
	ev->seq = ++w->rig->seq;
	race_apply(w->rig->race, ev);
}

static void witness_remark(void *arg, struct f1p_event *ev)
{
	struct witness *w = arg;

	ev->t_event_ns = race_state(w->rig->race)->t_event_ns;
	ev->seq = ++w->rig->seq;
	race_apply(w->rig->race, ev);
}

static struct witness *begin(struct arig *r, const struct story *s, uint64_t seed)
{
	struct witness *w = calloc(1, sizeof(*w));
	struct arbiter_ops ops = {w, witness_forward, witness_remark};

	memset(r, 0, sizeof(*r));
	r->race = race_create();
	r->arbiter = arbiter_create(r->race, &ops);
	r->now_ns = s->t_first_ns - RIG_S;
	w->rig = r;
	w->seed = seed;
	return w;
}

static void end(struct arig *r, struct witness *w)
{
	arbiter_destroy(r->arbiter);
	race_destroy(r->race);
	free(w);
}

static void check_facts(struct arig *r, const struct f1p_state *want, uint64_t seed)
{
	char why[160] = "";

	if (!race_same_facts(race_state(r->race), want, why, sizeof(why))) {
		fail_msg("seed %u: %s", (unsigned)seed, why);
	}
}

/* Returns how many laps are missing; each of them stands in the ledger as lost. */
static int check_history(struct arig *r, const struct f1p_state *want, uint64_t seed)
{
	int missing = 0;

	for (size_t i = 0; i < want->n_cars; i++) {
		const struct f1p_car *car = race_car(race_state(r->race), want->cars[i].number);

		for (int32_t lap = 1; lap <= car->n_laps; lap++) {
			const struct f1p_lap *is = &car->history[lap - 1];
			const struct f1p_lap *should = &want->cars[i].history[lap - 1];
			bool known = is->time_ms != F1P_UNKNOWN;

			if (known && !(is->flags & F1P_LAPF_INFERRED) && is->time_ms != should->time_ms) {
				fail_msg("seed %u car %u lap %d: %d ms, not %d", (unsigned)seed, car->number, lap, is->time_ms,
					should->time_ms);
			}
			missing += !known;
			if (known == gaps_lost(arbiter_gaps(r->arbiter), car->number, lap)) {
				fail_msg("seed %u car %u lap %d: known %d, in the ledger %d", (unsigned)seed, car->number, lap, known,
					!known);
			}
		}
	}
	return missing;
}

/* ---- one source, cut at random ---- */

struct cut {
	int64_t from_ns, to_ns;
};

static int compare_cuts(const void *a, const void *b)
{
	int64_t x = ((const struct cut *)a)->from_ns, y = ((const struct cut *)b)->from_ns;

	return (x > y) - (x < y);
}

/* 1 to 100 s long each, never touching. */
static size_t random_cuts(const struct story *s, struct f1p_rng *rng, struct cut cuts[CUTS])
{
	uint32_t span_s = (uint32_t)((s->t_flag_ns - s->t_green_ns) / RIG_S) - 200;
	size_t n = 0;

	for (size_t i = 0; i < CUTS; i++) {
		cuts[i].from_ns = s->t_green_ns + (int64_t)f1p_rng_below(rng, span_s * 1000) * 1000000;
		cuts[i].to_ns = cuts[i].from_ns + (int64_t)(1000 + f1p_rng_below(rng, 100000)) * 1000000;
	}
	qsort(cuts, CUTS, sizeof(cuts[0]), compare_cuts);
	for (size_t i = 0; i < CUTS; i++) {
		if (n == 0 || cuts[i].from_ns > cuts[n - 1].to_ns + 2 * RIG_S) {
			cuts[n++] = cuts[i];
		}
	}
	return n;
}

static void link(struct arig *r, uint32_t condition)
{
	struct f1p_ev_link e = {.h = {.size = sizeof(e), .type = F1P_EV_LINK, .t_event_ns = r->now_ns}, .condition = condition};

	say(r, RIG_A, &e.h);
}

/* The source's connection is down from `at` on; the feed goes on without it. Returns where it comes back. */
static size_t outage(struct arig *r, const struct story *s, size_t at, const struct cut *cut, struct race *feed)
{
	const struct f1p_event *e;

	link(r, F1P_LINK_DOWN);
	while ((e = event_at(s, at)) && (e->t_event_ns <= cut->to_ns)) {
		race_apply(feed, e);
		at += e->size;
	}
	clock_to(r, cut->to_ns);
	arig_tell_snapshot(r, RIG_A, race_state(feed));
	link(r, F1P_LINK_UP);
	return at;
}

static int tell_with_cuts(struct arig *r, const struct story *s, const struct cut *cuts, size_t n)
{
	struct race *feed = race_create();
	const struct f1p_event *e;
	size_t at = 0, done = 0;
	bool whole = true; /* between two records */

	while ((e = event_at(s, at))) {
		if (done < n && whole && e->t_event_ns >= cuts[done].from_ns) {
			clock_to(r, cuts[done].from_ns);
			at = outage(r, s, at, &cuts[done], feed);
			done++;
			continue;
		}
		clock_to(r, e->t_event_ns);
		race_apply(feed, e);
		say(r, RIG_A, e);
		whole = !(e->flags & F1P_EVF_MORE);
		at += e->size;
	}
	race_destroy(feed);
	return (int)done;
}

static void one_source_cut_at_random_loses_only_what_the_ledger_tells(void **state)
{
	int cuts_done = 0, missing = 0, lines = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct story s = make_story(seed, 25);
		struct cut cuts[CUTS];
		struct f1p_rng rng;
		struct arig r;
		struct witness *w = begin(&r, &s, seed);
		struct arig_gap_count gaps;

		f1p_rng_seed(&rng, seed, 99);
		arig_source(&r, RIG_A, 50);
		cuts_done += tell_with_cuts(&r, &s, cuts, random_cuts(&s, &rng, cuts));
		check_facts(&r, race_state(s.truth), seed);
		missing += check_history(&r, race_state(s.truth), seed);
		gaps = arig_gaps(&r);
		assert_int_equal(gaps.open, 0);
		assert_int_equal(race_state(r.race)->gaps_total, gaps.lines);
		assert_int_equal(race_state(r.race)->gaps_open, gaps.lost);
		lines += gaps.lines;
		end(&r, w);
		free_story(&s);
	}
	print_message("%d cuts: %d laps lost, %d lines in the ledgers\n", cuts_done, missing, lines);
	assert_true(cuts_done >= 60 && missing > 20);
}

/* ---- two sources ---- */

struct life { /* of the primary: when it does not speak */
	struct cut cuts[CUTS];
	size_t n;
};

static bool is_dead(const struct life *l, int64_t t_ns)
{
	for (size_t i = 0; i < l->n; i++) {
		if (t_ns >= l->cuts[i].from_ns && t_ns < l->cuts[i].to_ns) {
			return true;
		}
	}
	return false;
}

/* Both tell the same race, each with its lag; the primary does not while it is dead, and tells a snapshot when it is back. */
static void tell_by_two(struct arig *r, const struct story *s, const struct life *l, int64_t lag_a_ns, int64_t lag_b_ns)
{
	struct race *feed = race_create();
	size_t at[2] = {0, 0};
	const int64_t lag[2] = {lag_a_ns, lag_b_ns};
	bool was_dead = false, whole = true;

	for (;;) {
		const struct f1p_event *e[2] = {event_at(s, at[0]), event_at(s, at[1])};
		int who = e[0] && (!e[1] || e[0]->t_event_ns + lag[0] <= e[1]->t_event_ns + lag[1]) ? 0 : 1;
		bool dead;

		if (!e[who]) {
			break;
		}
		clock_to(r, e[who]->t_event_ns + lag[who]);
		at[who] += e[who]->size;
		if (who == 1) {
			say(r, RIG_B, e[1]);
			continue;
		}
		dead = whole ? is_dead(l, e[0]->t_event_ns) : was_dead;
		if (was_dead && !dead) {
			arig_tell_snapshot(r, RIG_A, race_state(feed));
		}
		race_apply(feed, e[0]);
		if (!dead) {
			say(r, RIG_A, e[0]);
		}
		was_dead = dead;
		whole = !(e[0]->flags & F1P_EVF_MORE);
	}
	race_destroy(feed);
}

static struct life random_life(const struct story *s, struct f1p_rng *rng)
{
	struct life l = {.n = 0};
	int64_t t = s->t_green_ns;

	while (l.n < CUTS) {
		t += (int64_t)(40 + f1p_rng_below(rng, 300)) * RIG_S;
		l.cuts[l.n].from_ns = t;
		t += (int64_t)(7 + f1p_rng_below(rng, 200)) * RIG_S;
		l.cuts[l.n].to_ns = t;
		if (t > s->t_flag_ns - 60 * RIG_S) {
			break;
		}
		l.n++;
	}
	return l;
}

static void two_equal_feeds_give_the_race_of_one_whatever_the_primary_does(void **state)
{
	size_t deaths = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct story s = make_story(seed, 25);
		struct f1p_rng rng;
		struct life l;
		struct arig r;
		struct witness *w = begin(&r, &s, seed);

		f1p_rng_seed(&rng, seed, 7);
		l = random_life(&s, &rng);
		deaths += l.n;
		arig_source(&r, RIG_A, 90);
		arig_source(&r, RIG_B, 50);
		tell_by_two(&r, &s, &l, 0, 0);
		check_facts(&r, race_state(s.truth), seed);
		assert_int_equal(check_history(&r, race_state(s.truth), seed), 0);
		/* Not only the facts: the same laps, gaps at the line, stops and flags. */
		if (!race_equal(race_state(r.race), race_state(s.truth))) {
			fail_msg("seed %u: the race is another one", (unsigned)seed);
		}
		assert_int_equal(race_state(r.race)->gaps_open, 0);
		assert_int_equal(arig_gaps(&r).other, (int)l.n);
		end(&r, w);
		free_story(&s);
	}
	print_message("%zu deaths of the primary\n", deaths);
	assert_true(deaths >= 20);
}

static void feeds_of_different_lag_tell_nothing_twice(void **state)
{
	static const int64_t lags[][2] = {{0, 3 * RIG_S}, {3 * RIG_S, 0}, {0, 7 * RIG_S}, {400000000, 900000000}};

	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct story s = make_story(seed, 25);
		struct f1p_rng rng;
		struct life l;
		struct arig r;
		struct witness *w = begin(&r, &s, seed);

		f1p_rng_seed(&rng, seed, 8);
		l = random_life(&s, &rng);
		arig_source(&r, RIG_A, 90);
		arig_source(&r, RIG_B, 50);
		tell_by_two(&r, &s, &l, lags[seed % 4][0], lags[seed % 4][1]);
		check_facts(&r, race_state(s.truth), seed);
		check_history(&r, race_state(s.truth), seed);
		end(&r, w);
		free_story(&s);
	}
}

/* ---- retelling ---- */

static void on_retold(void *arg, struct f1p_event *ev)
{
	ev->source_id = 1;
	race_apply(arg, ev);
}

static void any_moment_of_a_race_can_be_told_again(void **state)
{
	char why[160] = "";

	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct story s = make_story(seed, 20);
		struct race *race = race_create();
		struct f1p_rng rng;
		const struct f1p_event *e;

		f1p_rng_seed(&rng, seed, 5);
		for (size_t at = 0; (e = event_at(&s, at)); at += e->size) {
			struct race *again;

			race_apply(race, e);
			if (f1p_rng_below(&rng, 1500)) {
				continue;
			}
			again = race_create();
			race_retell(race_state(race), ALL_KINDS, 0, on_retold, again);
			if (!race_same_facts(race_state(again), race_state(race), why, sizeof(why))) {
				fail_msg("seed %u at byte %zu: %s", (unsigned)seed, at, why);
			}
			race_destroy(again);
		}
		race_destroy(race);
		free_story(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_moment_of_a_race_can_be_told_again),
		cmocka_unit_test(one_source_cut_at_random_loses_only_what_the_ledger_tells),
		cmocka_unit_test(two_equal_feeds_give_the_race_of_one_whatever_the_primary_does),
		cmocka_unit_test(feeds_of_different_lag_tell_nothing_twice),
	};

	return cmocka_run_group_tests_name("arbiter_races", tests, NULL, NULL);
}
