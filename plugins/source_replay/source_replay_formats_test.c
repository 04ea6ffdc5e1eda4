/* The same small race, told in every format, plain and gzip, gives the same events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replay_fixture.h"

#include <f1pd/forecast.h>
#include <helpers/journal_format.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fake_host reference; /* the events of the archive */

static int play_reference(void **state)
{
	char dir[256], path[300];
	f1p_status status = F1P_OK;

	(void)state;
	make_dir(dir, sizeof(dir));
	race_write(TOLD_ARCHIVE, dir, false, path, sizeof(path));
	fake_host_init(&reference);
	status = replay_all(&reference, path, "beginning");
	remove_dir(dir);
	return status == F1P_END ? 0 : -1;
}

static int drop_reference(void **state)
{
	(void)state;
	fake_host_finish(&reference);
	return 0;
}

static const void *only(uint16_t type, uint32_t nth)
{
	for (uint32_t i = 0; i < reference.count; i++) {
		const struct f1p_event *ev = fake_event(&reference, i);

		if (ev->type == type && nth-- == 0) {
			return ev;
		}
	}
	fail_msg("no event %u of type %u", nth, type);
	return NULL;
}

static void test_archive_tells_the_race(void **state)
{
	const struct f1p_ev_session *session = only(F1P_EV_SESSION, 0);
	const struct f1p_ev_lap_count *laps = only(F1P_EV_LAP_COUNT, 2);
	const struct f1p_ev_driver *driver = only(F1P_EV_DRIVER, 1);
	const struct f1p_ev_value *track = only(F1P_EV_TRACK_STATUS, 1);

	(void)state;
	assert_string_equal(session->meeting, "Test Grand Prix");
	assert_string_equal(session->circuit, "Test \"Ring\"");
	assert_int_equal(session->h.t_event_ns, T0_NS);
	assert_int_equal(laps->current, 3);
	assert_int_equal(laps->h.t_event_ns, T0_NS + 500100 * MS_NS);
	assert_string_equal(driver->team, "Caf\xc3\xa9 \"Racing\"");
	assert_int_equal(track->value, F1P_TRACK_SC);
	assert_int_equal(fake_count_type(&reference, F1P_EV_LAP_COUNT), 4);
	assert_int_equal(reference.messages, race_n);
	assert_int_equal(reference.rejected, 0);
}

/* Byte for byte, or but for the times. */
static void assert_same_events(const struct fake_host *h, bool times_too, const char *what)
{
	if (h->count != reference.count) {
		fail_msg("%s: %u events, not %u; log: %s", what, h->count, reference.count, h->log);
	}
	for (uint32_t i = 0; i < h->count; i++) {
		const struct f1p_event *a = fake_event(h, i), *b = fake_event(&reference, i);

		assert_int_equal(a->size, b->size);
		assert_int_equal(a->type, b->type);
		assert_int_equal(a->flags, b->flags);
		if (times_too) {
			assert_int_equal(a->t_event_ns, b->t_event_ns);
		}
		assert_memory_equal(a + 1, b + 1, a->size - sizeof(*a));
	}
}

static void play_told(enum told_format format, bool gz, bool times_too)
{
	struct fake_host h;
	char dir[256], path[300], what[32];

	snprintf(what, sizeof(what), "format %d%s", (int)format, gz ? " gz" : "");
	fake_host_init(&h);
	make_dir(dir, sizeof(dir));
	race_write(format, dir, gz, path, sizeof(path));
	if (replay_all(&h, path, "beginning") != F1P_END) {
		fail_msg("%s: %s %s", what, h.reason, h.log);
	}
	assert_same_events(&h, times_too, what);
	assert_int_equal(h.messages, race_n);
	assert_int_equal(h.rejected, 0);
	remove_dir(dir);
	fake_host_finish(&h);
}

#define SAME(name, format, times_too)                                                                                            \
	static void test_##name(void **state)                                                                                    \
	{                                                                                                                        \
		(void)state;                                                                                                     \
		play_told(format, false, times_too);                                                                             \
		play_told(format, true, times_too);                                                                              \
	}

SAME(archive, TOLD_ARCHIVE, true)
SAME(archive_plain, TOLD_ARCHIVE_PLAIN, true)
SAME(hub_lines, TOLD_HUB_LINES, true)
SAME(classic_frames, TOLD_FRAMES, true)
SAME(core_records, TOLD_CORE, true)
SAME(python_lines, TOLD_PYTHON, true)
SAME(wrapped, TOLD_WRAPPED, true)
SAME(wrapped_text, TOLD_WRAPPED_TEXT, true)
SAME(stream_payload, TOLD_STREAM_PAYLOAD, true)
SAME(offsets, TOLD_OFFSETS, true)
SAME(updates, TOLD_UPDATES, true)
SAME(updates_untimed, TOLD_UPDATES_UNTIMED, false)
SAME(pretty, TOLD_PRETTY, true)
SAME(text, TOLD_TEXT, true)

static void test_untimed_updates_lie_between_heartbeats(void **state)
{
	struct fake_host h;
	char dir[256], path[300];
	int64_t before = INT64_MIN;

	(void)state;
	fake_host_init(&h);
	make_dir(dir, sizeof(dir));
	race_write(TOLD_UPDATES_UNTIMED, dir, false, path, sizeof(path));
	assert_int_equal(replay_all(&h, path, "beginning"), F1P_END);
	for (uint32_t i = 0; i < h.count; i++) {
		const struct f1p_event *ev = fake_event(&h, i);

		assert_true(ev->t_event_ns >= before);
		before = ev->t_event_ns;
		if (ev->type == F1P_EV_HEARTBEAT) {
			assert_int_equal(ev->t_event_ns, fake_event(&reference, i)->t_event_ns);
		}
		if (ev->type == F1P_EV_LAP_COUNT && ((const struct f1p_ev_lap_count *)(const void *)ev)->current == 3) {
			/* told between the heartbeats at 300.5 s and 510 s */
			assert_in_range(ev->t_event_ns, T0_NS + 300501 * MS_NS, T0_NS + 509999 * MS_NS);
		}
	}
	remove_dir(dir);
	fake_host_finish(&h);
}

/* ---- journal ---- */

static size_t journal_of_reference(uint8_t *out, size_t room)
{
	struct f1p_journal_header header;
	size_t n = sizeof(header);
	uint64_t seq = 0;

	f1p_journal_header_init(&header, 42, 1);
	memcpy(out, &header, sizeof(header));
	for (uint32_t i = 0; i < reference.count; i++) {
		_Alignas(8) uint8_t copy[F1P_EVENT_MAX];
		struct f1p_event *ev = (void *)copy;
		struct f1p_event host_own = {.size = sizeof(host_own), .type = F1P_EV_FORECAST, .t_event_ns = T0_NS};

		memcpy(copy, fake_event(&reference, i), fake_event(&reference, i)->size);
		ev->seq = ++seq;
		ev->source_id = 3;
		assert_true(n + 2 * (F1P_EVENT_MAX + 8) < room);
		n += f1p_journal_record_write(out + n, ev);
		if (i % 5 == 0) {
			host_own.seq = ++seq;
			n += f1p_journal_record_write(out + n, &host_own);
		}
	}
	return n;
}

static void play_journal(bool gz, size_t cut, uint32_t *events, double *rejected)
{
	static uint8_t bytes[1u << 20];
	struct fake_host h;
	char dir[256], path[300];
	size_t n = journal_of_reference(bytes, sizeof(bytes));

	fake_host_init(&h);
	make_dir(dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/j", dir);
	write_file(path, bytes, n - cut, gz);
	assert_int_equal(replay_all(&h, path, "beginning"), F1P_END);
	if (cut == 0) {
		assert_same_events(&h, true, "journal");
	}
	*events = h.count;
	*rejected = h.rejected;
	remove_dir(dir);
	fake_host_finish(&h);
}

static void test_journal(void **state)
{
	uint32_t events = 0;
	double rejected = 0;

	(void)state;
	play_journal(false, 0, &events, &rejected);
	assert_int_equal(rejected, 0);
	play_journal(true, 0, &events, &rejected);
	assert_int_equal(rejected, 0);
}

static size_t add_skipped(uint8_t *out, uint64_t seq, uint64_t trigger_seq)
{
	struct f1p_ev_forecast_skipped e = {
		.h = {.size = sizeof(e), .type = F1P_EV_FORECAST_SKIPPED, .seq = seq, .t_event_ns = T0_NS}, .trigger_seq = trigger_seq};

	return f1p_journal_record_write(out, &e.h);
}

/* What a live run skipped, which its journal says only later, in any order, is told ahead of the event that triggered it. */
static void test_skipped_forecasts_of_a_journal_are_told_ahead(void **state)
{
	static uint8_t bytes[1u << 20];
	struct fake_host h;
	char dir[256], path[300];
	size_t n = journal_of_reference(bytes, sizeof(bytes));
	uint32_t told = 0;

	(void)state;
	n += add_skipped(bytes + n, 1000, 9); /* of event 6: two of the numbers before are the host's own */
	n += add_skipped(bytes + n, 1001, 3); /* of event 1 */
	n += add_skipped(bytes + n, 1002, 5000);
	fake_host_init(&h);
	make_dir(dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/j", dir);
	write_file(path, bytes, n, false);
	assert_int_equal(replay_all(&h, path, "beginning"), F1P_END);
	assert_int_equal(h.count, reference.count + 2);
	for (uint32_t i = 0; i < reference.count; i++) {
		if (fake_event(&h, i + told)->type == F1P_EV_FORECAST_SKIPPED) {
			assert_true(i == 1 || i == 6);
			told++;
		}
		assert_int_equal(fake_event(&h, i + told)->type, fake_event(&reference, i)->type);
	}
	assert_int_equal(told, 2);
	remove_dir(dir);
	fake_host_finish(&h);
}

static void test_journal_with_a_torn_tail(void **state)
{
	uint32_t events = 0;
	double rejected = 0;

	(void)state;
	play_journal(false, 3, &events, &rejected);
	assert_int_equal(events, reference.count - 1);
	assert_int_equal(rejected, 1);
}

/* ---- snapshots ---- */

static void test_snapshot_file_goes_before_the_deltas(void **state)
{
	struct fake_host h;
	char dir[256];

	(void)state;
	fake_host_init(&h);
	make_dir(dir, sizeof(dir));
	/* its Heartbeat runs two seconds ahead of the first message, as real ones do */
	write_text(dir, "zz-state.json",
		"\xef\xbb\xbf{\n \"Heartbeat\": {\"Utc\": \"2024-03-02T15:00:02Z\"},\n \"LapCount\": {\n"
		"  \"CurrentLap\": 7,\n  \"TotalLaps\": 50\n },\n \"SessionInfo\": {\"Key\": 5, \"Type\": \"Race\", \"Name\": "
		"\"Race\"}\n}\n");
	write_text(dir, "aa-live.txt",
		"{\"H\":\"Streaming\",\"M\":\"feed\",\"A\":[\"LapCount\",{\"CurrentLap\":8},\"2024-03-02T15:00:00Z\"]}\n");
	assert_int_equal(replay_all(&h, dir, "beginning"), F1P_END);
	assert_int_equal(fake_event(&h, 0)->type, F1P_EV_FEED_RESET);
	assert_int_equal(fake_event(&h, 1)->type, F1P_EV_SESSION);
	assert_true((fake_event(&h, 1)->flags & F1P_EVF_SNAPSHOT) != 0);
	assert_int_equal(fake_count_type(&h, F1P_EV_LAP_COUNT), 2);
	assert_int_equal(((const struct f1p_ev_lap_count *)(const void *)fake_event(&h, h.count - 1))->current, 8);
	for (uint32_t i = 0; i < h.count; i++) {
		assert_int_equal(fake_event(&h, i)->t_event_ns, T0_NS);
	}
	assert_int_equal(h.rejected, 0);
	remove_dir(dir);
	fake_host_finish(&h);
}

static void play_lines(const char *text, struct fake_host *h)
{
	char dir[256], path[300];

	fake_host_init(h);
	make_dir(dir, sizeof(dir));
	write_text(dir, "x", text);
	snprintf(path, sizeof(path), "%s/x", dir);
	assert_int_equal(replay_all(h, path, "beginning"), F1P_END);
	remove_dir(dir);
}

static void test_answer_to_subscribe_takes_the_time_of_what_follows(void **state)
{
	static const char *const frames[] = {
		"{\"C\":\"d\",\"M\":[]}\n{\"R\":{\"LapCount\":{\"CurrentLap\":7,\"TotalLaps\":50}},\"I\":\"1\"}\n{}\n"
		"{\"C\":\"d\",\"M\":[{\"H\":\"Streaming\",\"M\":\"feed\",\"A\":[\"LapCount\",{\"CurrentLap\":8},\"2024-03-02T15:"
		"00:00Z\"]}]}\n",
		"{}\x1e{\"type\":3,\"invocationId\":\"0\",\"result\":{\"LapCount\":{\"CurrentLap\":7,\"TotalLaps\":50}}}\x1e{"
		"\"type\":6}\x1e"
		"{\"type\":1,\"target\":\"feed\",\"arguments\":[\"LapCount\",{\"CurrentLap\":8},\"2024-03-02T15:00:00Z\"]}\x1e"
		"{\"type\":7,\"error\":\"closed\"}\x1e",
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct fake_host h;

		play_lines(frames[i], &h);
		assert_int_equal(h.count, 3);
		assert_int_equal(fake_event(&h, 0)->type, F1P_EV_FEED_RESET);
		assert_int_equal(((const struct f1p_ev_lap_count *)(const void *)fake_event(&h, 1))->total, 50);
		assert_int_equal(fake_event(&h, 1)->t_event_ns, T0_NS);
		assert_int_equal(((const struct f1p_ev_lap_count *)(const void *)fake_event(&h, 2))->current, 8);
		assert_int_equal(h.rejected, 0);
		fake_host_finish(&h);
	}
}

static void test_escaped_unicode_in_a_payload_that_is_text(void **state)
{
	struct fake_host h;

	(void)state;
	play_lines(
		"{\"Type\":\"LapCount\",\"Json\":\"{\\u0022CurrentLap\\u0022:5}\",\"DateTime\":\"2024-03-02T18:00:00+03:00\"}\n",
		&h);
	assert_int_equal(h.count, 1);
	assert_int_equal(((const struct f1p_ev_lap_count *)(const void *)fake_event(&h, 0))->current, 5);
	assert_int_equal(fake_event(&h, 0)->t_event_ns, T0_NS);
	fake_host_finish(&h);
}

static void test_unreadable_time_keeps_the_data(void **state)
{
	struct fake_host h;

	(void)state;
	play_lines("['LapCount', {'CurrentLap': 1}, '2024-03-02T15:00:00Z']\n['LapCount', {'CurrentLap': 2}, "
		   "'2024-03-02T15:00:363Z']\n"
		   "['LapCount', {'CurrentLap': 3}, '2024-03-02T15:00:10Z']\n",
		&h);
	assert_int_equal(h.count, 3);
	assert_int_equal(h.rejected, 0);
	assert_in_range(fake_event(&h, 1)->t_event_ns, T0_NS, T0_NS + 10000 * MS_NS);
	fake_host_finish(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_archive_tells_the_race),
		cmocka_unit_test(test_archive),
		cmocka_unit_test(test_archive_plain),
		cmocka_unit_test(test_hub_lines),
		cmocka_unit_test(test_classic_frames),
		cmocka_unit_test(test_core_records),
		cmocka_unit_test(test_python_lines),
		cmocka_unit_test(test_wrapped),
		cmocka_unit_test(test_wrapped_text),
		cmocka_unit_test(test_stream_payload),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_updates),
		cmocka_unit_test(test_updates_untimed),
		cmocka_unit_test(test_pretty),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_untimed_updates_lie_between_heartbeats),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_skipped_forecasts_of_a_journal_are_told_ahead),
		cmocka_unit_test(test_journal_with_a_torn_tail),
		cmocka_unit_test(test_snapshot_file_goes_before_the_deltas),
		cmocka_unit_test(test_answer_to_subscribe_takes_the_time_of_what_follows),
		cmocka_unit_test(test_escaped_unicode_in_a_payload_that_is_text),
		cmocka_unit_test(test_unreadable_time_keeps_the_data),
	};

	return cmocka_run_group_tests(tests, play_reference, drop_reference);
}
