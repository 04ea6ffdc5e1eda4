/*
 * source_livetiming_merge_test.c - two lanes become one stream.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "merge.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S INT64_C(1000000000)

struct heard {
	struct slt_merge *merge;
	char text[4096]; /* "S{..}" a snapshot, "~S{..}" one behind a gap, "x1" a message, "+t" an addition, "!0" a lane dropped; blank behind each */
	char reason[160];
	uint64_t messages;
	bool quiet;
};

static void put(struct heard *h, const char *what, struct f1p_json_slice s)
{
	size_t used = strlen(h->text);

	if (!h->quiet) {
		snprintf(h->text + used, sizeof(h->text) - used, "%s%.*s ", what, (int)s.n, s.text);
	}
}

static void on_snapshot(void *arg, const char *json, size_t n, const struct slt_message *first, bool gap)
{
	put(arg, gap ? (first != NULL ? "~S" : "~s") : first != NULL ? "S" : "s", (struct f1p_json_slice){json, n});
}

static void on_message(void *arg, const struct slt_message *msg)
{
	((struct heard *)arg)->messages++;
	put(arg, "", msg->data);
}

static void on_addition(void *arg, struct f1p_json_slice topic, struct f1p_json_slice json)
{
	(void)json;
	put(arg, "+", topic);
}

static void on_drop(void *arg, uint32_t lane, const char *reason)
{
	struct heard *h = arg;

	put(h, lane == 0 ? "!0" : "!1", (struct f1p_json_slice){"", 0});
	snprintf(h->reason, sizeof(h->reason), "%s", reason);
	slt_merge_off(h->merge, lane);
}

static int setup(void **state)
{
	static const struct slt_merge_out out = {on_snapshot, on_message, on_addition, on_drop};
	struct heard *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		return -1;
	}
	h->merge = slt_merge_create(&out, h);
	*state = h;
	return h->merge != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	struct heard *h = *state;

	slt_merge_destroy(h->merge);
	free(h);
	return 0;
}

static void say_at(struct heard *h, uint32_t lane, const char *topic, const char *data, int64_t t_ns, int64_t now_ns)
{
	struct slt_message msg = {.topic = {topic, strlen(topic)}, .data = {data, strlen(data)}, .time = {"T", 1}, .t_ns = t_ns};

	slt_merge_message(h->merge, lane, &msg, now_ns);
}

static void say(struct heard *h, uint32_t lane, const char *data)
{
	say_at(h, lane, "t", data, 1, 1);
}

static void snapshot(struct heard *h, uint32_t lane, const char *json)
{
	slt_merge_snapshot(h->merge, lane, json, strlen(json), 1);
}

static void expect(struct heard *h, const char *text)
{
	assert_string_equal(h->text, text);
	h->text[0] = '\0';
}

/* Lane 0 delivers, its newest message is "1". */
static void begin(struct heard *h)
{
	snapshot(h, 0, "{\"t\":0}");
	say(h, 0, "1");
	expect(h, "S{\"t\":0} 1 ");
	assert_true(slt_merge_is_up(h->merge));
}

static void a_lane_alone_is_told_as_it_comes(void **state)
{
	struct heard *h = *state;

	say(h, 0, "0"); /* before any snapshot: nothing */
	snapshot(h, 0, "{}");
	assert_false(slt_merge_is_up(h->merge));
	expect(h, "");
	say(h, 0, "1");
	say(h, 0, "2");
	expect(h, "S{} 1 2 ");
}

static void without_a_message_a_snapshot_is_told_after_a_second(void **state)
{
	struct heard *h = *state;

	snapshot(h, 0, "{}");
	assert_int_equal(slt_merge_due(h->merge), 1 + S);
	slt_merge_tick(h->merge, S);
	expect(h, "");
	slt_merge_tick(h->merge, 1 + S);
	expect(h, "s{} ");
	assert_int_equal(slt_merge_due(h->merge), F1P_NEVER_NS);
}

/* A quiet feed: who delivers is cut before any message has come. Nothing is missing, so nothing is said to be. */
static void a_cut_before_the_first_message_leaves_no_gap(void **state)
{
	struct heard *h = *state;

	snapshot(h, 0, "{\"t\":1}");
	slt_merge_tick(h->merge, 1 + S);
	expect(h, "s{\"t\":1} ");
	snapshot(h, 1, "{\"t\":1}");
	slt_merge_off(h->merge, 0);
	snapshot(h, 0, "{\"t\":1}");
	say(h, 1, "2"); /* the stream stands where it stood: it goes on */
	say(h, 0, "2");
	expect(h, "2 ");
	assert_true(slt_merge_is_joined(h->merge, 0) && slt_merge_is_joined(h->merge, 1));
}

static void another_snapshot_before_the_first_message_is_told_without_a_gap(void **state)
{
	struct heard *h = *state;

	snapshot(h, 0, "{\"t\":1}");
	slt_merge_tick(h->merge, 1 + S);
	expect(h, "s{\"t\":1} ");
	snapshot(h, 1, "{\"t\":2}");
	slt_merge_off(h->merge, 0);
	say(h, 1, "3");
	expect(h, "S{\"t\":2} 3 ");
	snapshot(h, 0, "{\"t\":4}"); /* now messages were told: one may be missing */
	slt_merge_off(h->merge, 1);
	say(h, 0, "5");
	expect(h, "~S{\"t\":4} 5 ");
}

static void the_first_to_bring_a_message_is_heard(void **state)
{
	struct heard *h = *state;

	begin(h);
	snapshot(h, 1, "{\"t\":1}");
	say(h, 0, "2");
	say(h, 1, "2");
	assert_true(slt_merge_is_joined(h->merge, 1));
	say(h, 1, "3");
	say(h, 0, "3");
	say(h, 0, "4");
	say(h, 1, "4");
	expect(h, "2 3 4 ");
	assert_int_equal(slt_merge_duplicates(h->merge), 3);
}

/* The new lane is ahead: its messages wait until the other one has told what lies between. */
static void who_is_ahead_waits(void **state)
{
	struct heard *h = *state;

	begin(h);
	snapshot(h, 1, "{\"t\":3}"); /* knows 2 and 3 already */
	say(h, 1, "4");
	say(h, 1, "5");
	expect(h, "");
	say(h, 0, "2");
	say(h, 0, "3");
	expect(h, "2 3 ");
	say(h, 0, "4");
	expect(h, "4 5 ");
	say(h, 0, "5");
	say(h, 1, "6");
	expect(h, "6 ");
}

/* The lane that delivered breaks, the new one has brought nothing yet: is anything missing? Its next message tells. */
static void after_a_break_the_next_message_tells_whether_something_is_missing(void **state)
{
	struct heard *h = *state;

	begin(h);
	say(h, 0, "2");
	expect(h, "2 ");
	snapshot(h, 1, "{\"t\":1}");
	slt_merge_off(h->merge, 0);
	assert_true(slt_merge_is_up(h->merge));
	say(h, 1, "2"); /* known: nothing is */
	say(h, 1, "3");
	expect(h, "3 ");
	snapshot(h, 0, "{\"t\":4}");
	slt_merge_off(h->merge, 1);
	say(h, 0, "5"); /* unknown: 4 may be */
	expect(h, "~S{\"t\":4} 5 ");
}

static void what_waits_begins_anew_when_the_other_breaks(void **state)
{
	struct heard *h = *state;

	begin(h);
	snapshot(h, 1, "{\"t\":2}");
	say(h, 1, "3");
	say(h, 1, "4");
	expect(h, "");
	slt_merge_off(h->merge, 0);
	expect(h, "~S{\"t\":2} 3 4 ");
	slt_merge_off(h->merge, 1);
	assert_false(slt_merge_is_up(h->merge));
}

static void a_lane_that_brings_nothing_is_dropped_for_one_that_does(void **state)
{
	struct heard *h = *state;

	begin(h);
	snapshot(h, 1, "{\"t\":2}");
	say_at(h, 1, "t", "3", 1, 10 * S);
	assert_int_equal(slt_merge_due(h->merge), 12 * S);
	slt_merge_tick(h->merge, 12 * S - 1);
	expect(h, "");
	slt_merge_tick(h->merge, 12 * S);
	expect(h, "!0 ~S{\"t\":2} 3 ");
	assert_true(slt_merge_is_joined(h->merge, 1));
}

static void a_lane_with_other_messages_is_dropped(void **state)
{
	struct heard *h = *state;

	begin(h);
	snapshot(h, 1, "{\"t\":2}");
	say_at(h, 1, "t", "x", 1, 10 * S);
	say_at(h, 0, "t", "2", 1, 11 * S);
	slt_merge_tick(h->merge, 25 * S - 1);
	expect(h, "2 ");
	slt_merge_tick(h->merge, 25 * S);
	expect(h, "!1 ");
	assert_string_equal(h->reason, "its messages are none of those of the other connection");
	assert_true(slt_merge_is_up(h->merge));
}

/* A connection with a token joins one without. */
static void topics_that_only_one_lane_has_are_added(void **state)
{
	struct heard *h = *state;

	begin(h);
	snapshot(h, 1, "{\"t\":1,\"secret\":{}}");
	say_at(h, 1, "secret", "a", 1, 1);
	say_at(h, 1, "secret", "b", 1, 1);
	say(h, 1, "2");
	expect(h, "");
	say(h, 0, "2");
	expect(h, "2 +secret a b ");
	say_at(h, 1, "secret", "c", 1, 1);
	expect(h, "c ");
}

static void the_same_twice_in_a_row_is_told_once(void **state)
{
	struct heard *h = *state;

	begin(h);
	say(h, 0, "1");
	say(h, 0, "2");
	say_at(h, 0, "u", "2", 1, 1);
	say(h, 0, "2");
	say(h, 0, "1"); /* back again: that is a change */
	expect(h, "2 2 1 ");
	snapshot(h, 1, "{}");
	say(h, 1, "2");
	say(h, 1, "1");
	say(h, 1, "3");
	expect(h, "3 ");
}

static void who_falls_behind_the_window_is_dropped(void **state)
{
	struct heard *h = *state;
	char data[16];

	begin(h);
	snapshot(h, 1, "{}");
	say(h, 0, "2");
	say(h, 1, "2");
	expect(h, "2 ");
	h->quiet = true;
	for (int i = 3; i < 10000; i++) {
		snprintf(data, sizeof(data), "%d", i);
		say_at(h, 0, "t", data, i, 1);
	}
	h->quiet = false;
	say_at(h, 1, "t", "3", 3, 1);
	expect(h, "!1 ");
	assert_string_equal(h->reason, "it is minutes behind the other connection");
}

extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t allocated(void)
{
	return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes() : mallinfo2().uordblks;
}

static void memory_is_bounded(void **state)
{
	struct heard *h = *state;
	size_t before = 0;
	char data[512];

	begin(h);
	h->quiet = true;
	before = allocated();
	memset(data, 'x', sizeof(data));
	data[sizeof(data) - 1] = '\0';
	for (int i = 0; i < 30000; i++) {
		snprintf(data, 16, "%015d", i);
		data[15] = 'x';
		say_at(h, 0, "t", data, i, 1);
	}
	assert_int_equal(h->messages, 30001);
	assert_true(allocated() <= before + 4096); /* taken messages cost nothing */
	snapshot(h, 1, "{}");
	for (int i = 0; i < 30000 && strcmp(h->reason, "") == 0; i++) {
		snprintf(data, 16, "w%014d", i);
		data[15] = 'x';
		say_at(h, 1, "t", data, i, 1);
	}
	assert_string_equal(h->reason, "too many of its messages wait to be joined with those of the other connection");
	assert_true(allocated() <= before + 4096); /* and all that waited is freed */
	h->quiet = false;
	say(h, 0, "end");
	expect(h, "end ");
}

static void windows_count_copies(void **state)
{
	struct slt_window *w = slt_window_create();
	struct slt_hash h = slt_hash_begin(), other = slt_hash_begin();

	(void)state;
	assert_non_null(w);
	slt_hash_add(&h, "ab", 2);
	slt_hash_add(&h, "c", 1);
	slt_hash_add(&other, "a", 1);
	slt_hash_add(&other, "bc", 2);
	h = slt_hash_end(h);
	other = slt_hash_end(other);
	assert_false(slt_hash_equal(h, other));
	assert_false(slt_window_has(w, h));
	assert_true(slt_window_offer(w, 0, h, 5));
	assert_true(slt_window_offer(w, 0, h, 5)); /* the feed may say the same again */
	assert_false(slt_window_offer(w, 1, h, 5));
	assert_false(slt_window_offer(w, 1, h, 5));
	assert_true(slt_window_offer(w, 1, h, 5));
	assert_false(slt_window_offer(w, 0, h, 5));
	slt_window_forget_lane(w, 0);
	assert_false(slt_window_offer(w, 0, h, 5));
	assert_int_equal(slt_window_horizon(w), F1P_UNKNOWN_NS);
	for (uint64_t i = 0; i < 3 * SLT_WINDOW_SIZE; i++) {
		assert_true(slt_window_offer(w, 0, (struct slt_hash){i * 7919, i}, (int64_t)i));
	}
	assert_false(slt_window_has(w, h));
	assert_int_equal(slt_window_horizon(w), 2 * SLT_WINDOW_SIZE - 1);
	for (uint64_t i = 2 * SLT_WINDOW_SIZE; i < 3 * SLT_WINDOW_SIZE; i++) {
		assert_true(slt_window_has(w, (struct slt_hash){i * 7919, i}));
	}
	slt_window_clear(w);
	assert_true(slt_window_offer(w, 1, other, 1));
	slt_window_destroy(w);
}

#define MERGE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MERGE_TEST(a_lane_alone_is_told_as_it_comes),
		MERGE_TEST(without_a_message_a_snapshot_is_told_after_a_second),
		MERGE_TEST(a_cut_before_the_first_message_leaves_no_gap),
		MERGE_TEST(another_snapshot_before_the_first_message_is_told_without_a_gap),
		MERGE_TEST(the_first_to_bring_a_message_is_heard),
		MERGE_TEST(who_is_ahead_waits),
		MERGE_TEST(after_a_break_the_next_message_tells_whether_something_is_missing),
		MERGE_TEST(what_waits_begins_anew_when_the_other_breaks),
		MERGE_TEST(a_lane_that_brings_nothing_is_dropped_for_one_that_does),
		MERGE_TEST(a_lane_with_other_messages_is_dropped),
		MERGE_TEST(topics_that_only_one_lane_has_are_added),
		MERGE_TEST(the_same_twice_in_a_row_is_told_once),
		MERGE_TEST(who_falls_behind_the_window_is_dropped),
		MERGE_TEST(memory_is_bounded),
		cmocka_unit_test(windows_count_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
