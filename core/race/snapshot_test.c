/*
 * snapshot_test.c - snapshots stay as they were, and are counted right between threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "race/race_fixture.h"
#include <pthread.h>

#define THREADS 4
#define ROUNDS 20000

static void snapshot_does_not_follow_the_race(void **state)
{
	struct feed f = {.race = race_create()};
	struct snapshot *s;

	(void)state;
	feed_position(&f, 44, 2);
	s = snapshot_create(race_state(f.race));
	feed_position(&f, 44, 1);
	assert_int_equal(snapshot_state(s)->cars[0].position, 2);
	assert_int_equal(race_state(f.race)->cars[0].position, 1);
	snapshot_unref(s);
	race_destroy(f.race);
}

static void snapshot_is_found_from_its_state(void **state)
{
	struct feed f = {.race = race_create()};
	struct snapshot *s = snapshot_create(race_state(f.race));

	(void)state;
	assert_ptr_equal(snapshot_of(snapshot_state(s)), s);
	snapshot_ref(s);
	snapshot_unref(s);
	assert_int_equal(snapshot_state(s)->size, sizeof(struct f1p_state));
	snapshot_unref(s);
	snapshot_unref(NULL);
	race_destroy(f.race);
}

struct shared {
	struct snapshot *snapshot;
	bool wrong;
};

static void *use(void *arg)
{
	struct shared *sh = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct snapshot *mine = snapshot_ref(sh->snapshot);

		if (snapshot_state(mine)->cars[0].number != 44) {
			sh->wrong = true;
		}
		snapshot_unref(mine);
	}
	snapshot_unref(sh->snapshot); /* the reference that was taken for this thread */
	return NULL;
}

static void threads_share_one_snapshot(void **state)
{
	struct feed f = {.race = race_create()};
	struct shared shared[THREADS];
	pthread_t threads[THREADS];
	struct snapshot *s;

	(void)state;
	feed_position(&f, 44, 1);
	s = snapshot_create(race_state(f.race));
	for (int i = 0; i < THREADS; i++) {
		shared[i] = (struct shared){snapshot_ref(s), false};
		assert_int_equal(pthread_create(&threads[i], NULL, use, &shared[i]), 0);
	}
	snapshot_unref(s); /* the last of the threads frees it */
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_false(shared[i].wrong);
	}
	race_destroy(f.race);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snapshot_does_not_follow_the_race),
		cmocka_unit_test(snapshot_is_found_from_its_state),
		cmocka_unit_test(threads_share_one_snapshot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
