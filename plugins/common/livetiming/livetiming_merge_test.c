/* livetiming_merge_test.c - the feed's merge rules, and messages as a whole: flags, order, refusal without a trace. */
#include "testing.h"

#define CAR(json) "{\"Lines\":{\"44\":" json "}}"

static void every_event_but_the_last_says_more(void **state)
{
	struct feed *f = *state;

	assert_int_equal(send(f, "TimingData", CAR("{\"Line\":2,\"InPit\":false,\"NumberOfLaps\":3}")), F1P_OK);
	assert_int_equal(f->n, 3);
	for (size_t i = 0; i < f->n; i++) {
		assert_int_equal((f->events[i].ev.h.flags & F1P_EVF_MORE) != 0, i + 1 < f->n);
		assert_int_equal(f->events[i].ev.h.t_event_ns, T0);
		assert_int_equal(f->events[i].ev.h.size % 8, 0);
	}
}

static void callers_flags_reach_every_event(void **state)
{
	struct feed *f = *state;
	const char *json = "{\"CurrentLap\":1,\"TotalLaps\":57}";

	lt_message(f->decoder, "LapCount", 8, json, strlen(json), T0, F1P_EVF_CATCHUP);
	assert_int_equal(f->n, 1);
	assert_int_equal(f->events[0].ev.h.flags, F1P_EVF_CATCHUP);
}

static void laps_come_after_position_and_sectors(void **state)
{
	static const uint16_t wanted[] = {F1P_EV_CAR_POSITION, F1P_EV_CAR_GAP, F1P_EV_CAR_SECTOR, F1P_EV_CAR_LAP};
	struct feed *f = *state;

	send(f, "TimingData", CAR("{\"NumberOfLaps\":3,\"Sectors\":[{\"Value\":\"30.1\"}],\"GapToLeader\":\"+1.0\",\"Line\":2}"));
	assert_int_equal(f->n, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(f->events[i].ev.h.type, wanted[i]);
	}
}

static void events_carry_only_what_came(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_car_lap *lap = NULL;

	send(f, "TimingData", CAR("{\"LastLapTime\":{\"Value\":\"1:20.5\",\"PersonalFastest\":true},\"NumberOfLaps\":4}"));
	send(f, "TimingData", CAR("{\"NumberOfLaps\":5}"));
	lap = find(f, F1P_EV_CAR_LAP, 0);
	assert_int_equal(lap->mask, F1P_LAP_NUMBER);
	assert_int_equal(lap->laps, 5);
	assert_int_equal(lap->last_ms, 0);
	assert_int_equal(lap->last_personal, 0);
}

/* ---- rule 2 ---- */

static void array_replaces_the_stints(void **state)
{
	struct feed *f = *state;

	send(f, "TimingAppData", CAR("{\"Stints\":[{\"TotalLaps\":1},{\"TotalLaps\":2}]}"));
	assert_int_equal(count_type(f, F1P_EV_STINTS_RESET), 0);
	assert_int_equal(count_type(f, F1P_EV_STINT), 2);
	send(f, "TimingAppData", CAR("{\"Stints\":[{\"TotalLaps\":7}]}"));
	assert_int_equal(f->n, 2);
	assert_int_equal(f->events[0].ev.h.type, F1P_EV_STINTS_RESET);
	assert_int_equal(((const struct f1p_ev_stint *)find(f, F1P_EV_STINT, 0))->index, 0);
	send(f, "TimingAppData", CAR("{\"Stints\":{\"1\":{\"TotalLaps\":1}}}")); /* the list has one entry now: appended */
	assert_int_equal(stats(f)->stint_appends, 1);
	assert_int_equal(stats(f)->merge_oddities, 0);
}

/* ---- rule 3 ---- */

static void index_object_merges_and_appends(void **state)
{
	struct feed *f = *state;

	send(f, "TimingAppData", CAR("{\"Stints\":[]}"));
	send(f, "TimingAppData", CAR("{\"Stints\":{\"0\":{\"Compound\":\"SOFT\"}}}"));
	assert_int_equal(stats(f)->stint_appends, 1);
	send(f, "TimingAppData", CAR("{\"Stints\":{\"0\":{\"TotalLaps\":3}}}"));
	assert_int_equal(stats(f)->stint_appends, 1);
	assert_int_equal(((const struct f1p_ev_stint *)find(f, F1P_EV_STINT, 0))->mask, F1P_STINT_TOTAL);
	assert_int_equal(stats(f)->merge_oddities, 0);
}

static void index_beyond_the_end_is_an_oddity(void **state)
{
	struct feed *f = *state;

	send(f, "TimingAppData", CAR("{\"Stints\":[{\"TotalLaps\":1}]}"));
	send(f, "TimingAppData", CAR("{\"Stints\":{\"3\":{\"TotalLaps\":1}}}"));
	assert_int_equal(stats(f)->merge_oddities, 1);
	assert_int_equal(((const struct f1p_ev_stint *)find(f, F1P_EV_STINT, 0))->index, 3);
}

static void absurd_index_is_a_bad_value(void **state)
{
	struct feed *f = *state;

	send(f, "TimingAppData", CAR("{\"Stints\":{\"24\":{\"TotalLaps\":1},\"x\":{\"TotalLaps\":1},\"-1\":{\"TotalLaps\":1}}}"));
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->bad_values, 1);
	send(f, "TimingData", CAR("{\"Sectors\":[{},{},{},{\"Value\":\"30.0\"}]}"));
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->bad_values, 2);
}

/* ---- rule 4 ---- */

static void index_object_onto_nothing_is_an_oddity_once(void **state)
{
	struct feed *f = *state;

	send(f, "TimingData", CAR("{\"Sectors\":{\"0\":{\"Value\":\"30.1\"}}}"));
	assert_int_equal(count_type(f, F1P_EV_CAR_SECTOR), 1);
	assert_int_equal(stats(f)->merge_oddities, 1);
	send(f, "TimingData", CAR("{\"Sectors\":{\"1\":{\"Value\":\"30.1\"}}}"));
	assert_int_equal(stats(f)->merge_oddities, 1);
}

/* ---- rule 5 ---- */

static void object_onto_scalar_is_an_oddity(void **state)
{
	struct feed *f = *state;

	send(f, "TimingData", CAR("{\"GapToLeader\":{\"Value\":\"+1.0\"},\"Line\":[1],\"InPit\":true}"));
	assert_int_equal(stats(f)->merge_oddities, 2);
	assert_int_equal(f->n, 1);
}

static void scalar_onto_object_is_a_bad_value(void **state)
{
	struct feed *f = *state;

	assert_int_equal(send(f, "TimingData", CAR("{\"LastLapTime\":\"1:20.0\",\"Sectors\":5,\"Speeds\":null}")), F1P_OK);
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->bad_values, 2);
}

/* ---- rule 6 ---- */

static void deleted_lap_number_is_cleared(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_car_lap *lap = NULL;

	send(f, "TimingData", CAR("{\"BestLapTime\":{\"Value\":\"1:20.5\",\"Lap\":4}}"));
	send(f, "TimingData", CAR("{\"BestLapTime\":{\"Value\":\"\",\"_deleted\":[\"Lap\"]}}"));
	lap = find(f, F1P_EV_CAR_LAP, 0);
	assert_int_equal(lap->mask, F1P_LAP_BEST | F1P_LAP_BEST_LAP);
	assert_int_equal(lap->best_ms, F1P_UNKNOWN);
	assert_int_equal(lap->best_lap, F1P_UNKNOWN);
	assert_int_equal(stats(f)->deleted_keys, 1);
}

static void key_of_the_same_delta_wins_over_its_deletion(void **state)
{
	struct feed *f = *state;

	send(f, "TimingData", CAR("{\"BestLapTime\":{\"Lap\":9,\"_deleted\":[\"Lap\"]}}"));
	assert_int_equal(((const struct f1p_ev_car_lap *)find(f, F1P_EV_CAR_LAP, 0))->best_lap, 9);
	send(f, "TimingData", CAR("{\"BestLapTime\":{\"_deleted\":[\"Lap\"],\"Lap\":8}}"));
	assert_int_equal(((const struct f1p_ev_car_lap *)find(f, F1P_EV_CAR_LAP, 0))->best_lap, 8);
}

static void deletions_are_counted_wherever_they_stand(void **state)
{
	struct feed *f = *state;

	send(f, "DriverList", "{\"44\":{\"_deleted\":[\"Line\"],\"Tla\":\"HAM\"}}");
	assert_int_equal(stats(f)->deleted_keys, 1);
	assert_int_equal(count_type(f, F1P_EV_DRIVER), 1);
	send(f, "TimingStats", "{\"Lines\":{\"44\":{\"PersonalBestLapTime\":{\"_deleted\":[\"Position\",\"Lap\"]}}}}");
	assert_int_equal(stats(f)->deleted_keys, 3);
	send(f, "TopThree", "{\"Lines\":{\"0\":{\"_deleted\":[\"NameFormat\"]}}}");
	assert_int_equal(stats(f)->deleted_keys, 4);
	send(f, "TimingData",
		"{\"X\":{\"_deleted\":[0,[\"no\"],{\"a\":\"no\"}]},\"Y\":{\"_deleted\":\"no\"},\"Z\":{\"_deleted\":{\"a\":1}}}");
	assert_int_equal(stats(f)->deleted_keys, 5);
}

/* ---- rule 7 ---- */

static void keyframe_marks_and_other_words_are_no_cars(void **state)
{
	struct feed *f = *state;

	send(f, "DriverList", "{\"_kf\":true,\"Withheld\":false,\"44\":{\"Tla\":\"HAM\",\"_kf\":true}}");
	assert_int_equal(f->n, 1);
	assert_int_equal(stats(f)->bad_values, 0);
	send(f, "DriverList", "{\"0\":{\"Tla\":\"A\"},\"1000\":{\"Tla\":\"B\"},\"4x\":{\"Tla\":\"C\"}}");
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->bad_values, 3);
}

/* ---- messages as a whole ---- */

static void malformed_message_leaves_no_trace(void **state)
{
	struct feed *f = *state;

	send(f, "TimingAppData", CAR("{\"Stints\":[{\"TotalLaps\":1}]}"));
	assert_int_equal(send(f, "TimingAppData", CAR("{\"Stints\":{\"1\":{\"TotalLaps\":1}}}") "}"), F1P_EINVAL);
	assert_int_equal(f->n, 0);
	assert_int_equal(send(f, "TimingAppData", "{\"Lines\":{\"1\":{\"Stints\":[{\"TotalLaps\":1}]},"), F1P_EINVAL);
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->rejected, 2);
	assert_int_equal(stats(f)->stint_appends, 0);
	/* the list of 44 still has one entry, car 1 has never been seen */
	send(f, "TimingAppData", CAR("{\"Stints\":{\"1\":{\"TotalLaps\":1}}}"));
	assert_int_equal(stats(f)->stint_appends, 1);
	send(f, "TimingAppData", "{\"Lines\":{\"1\":{\"Stints\":{\"0\":{\"TotalLaps\":1}}}}}");
	assert_int_equal(stats(f)->merge_oddities, 1);
}

static void complaints_name_topic_and_reason(void **state)
{
	struct feed *f = *state;

	send(f, "LapCount", "{\"CurrentLap\":1");
	assert_non_null(strstr(f->complaint, "LapCount: "));
	assert_non_null(strstr(f->complaint, "at byte"));
	send(f, "LapCount", "{\"CurrentLap\":\"abc\\n\"}");
	assert_string_equal(f->complaint, "LapCount: CurrentLap: bad value \"abc?\", skipped");
	assert_int_equal(f->complaints, 2);
}

static void wrong_shapes_are_refused(void **state)
{
	static const char *const payloads[] = {"", "1", "null", "true", "\"x\"", "[]", "[{}]", "{}{}", "{\"a\"}", "\xff"};
	struct feed *f = *state;

	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		if (send(f, "TimingData", payloads[i]) != F1P_EINVAL) {
			fail_msg("took %s", payloads[i]);
		}
	}
	assert_int_equal(stats(f)->rejected, sizeof(payloads) / sizeof(payloads[0]));
	assert_int_equal(stats(f)->messages, 0);
	assert_int_equal(send(f, "TimingData", "{}"), F1P_OK);
}

static void deep_and_large_messages_are_refused(void **state)
{
	struct feed *f = *state;
	size_t n = LT_MAX_MESSAGE + 1;
	char *text = malloc(n);

	assert_non_null(text);
	memset(text, '[', n);
	assert_int_equal(lt_message(f->decoder, "TimingData", 10, text, n, T0, 0), F1P_EINVAL);
	assert_non_null(strstr(f->complaint, "too large"));
	text[0] = '{';
	text[1] = '"';
	text[2] = 'a';
	text[3] = '"';
	text[4] = ':';
	assert_int_equal(lt_message(f->decoder, "TimingData", 10, text, 1u << 20, T0, 0), F1P_EINVAL);
	assert_non_null(strstr(f->complaint, "too deep"));
	free(text);
}

static void unknown_topics_are_counted_and_checked(void **state)
{
	struct feed *f = *state;

	assert_int_equal(send(f, "TeamRadio", "{\"Captures\":[1,2,3]}"), F1P_OK);
	assert_int_equal(send(f, "TeamRadio", "{\"Captures\":"), F1P_EINVAL);
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->unknown_topics, 1);
	assert_int_equal(stats(f)->n_topics, 1);
	assert_string_equal(stats(f)->topics[0].topic, "TeamRadio");
	assert_int_equal(stats(f)->topics[0].messages, 1);
	assert_int_equal(stats(f)->topics[0].rejected, 1);
}

static void many_topic_names_do_no_harm(void **state)
{
	struct feed *f = *state;
	char name[300];

	memset(name, 'x', sizeof(name));
	for (int i = 0; i < 1000; i++) {
		name[0] = (char)i;
		name[1] = (char)(i >> 4);
		assert_int_equal(lt_message(f->decoder, name, sizeof(name), "{}", 2, T0, 0), F1P_OK);
	}
	assert_int_equal(stats(f)->n_topics, LT_MAX_TOPICS);
	assert_int_equal(stats(f)->unknown_topics, 1000);
	assert_int_equal(send(f, "LapCount", "{\"CurrentLap\":2}"), F1P_OK);
	assert_int_equal(f->n, 1);
}

static void more_cars_than_places_are_bad_values(void **state)
{
	struct feed *f = *state;
	char json[2000] = "{\"Lines\":{";

	for (int i = 1; i <= (int)F1P_MAX_CARS + 3; i++) {
		char one[64];

		snprintf(one, sizeof(one), "%s\"%d\":{\"InPit\":true}", i > 1 ? "," : "", i);
		strncat(json, one, sizeof(json) - strlen(json) - 1);
	}
	strncat(json, "}}", sizeof(json) - strlen(json) - 1);
	assert_int_equal(send(f, "TimingData", json), F1P_OK);
	assert_int_equal(f->n, F1P_MAX_CARS);
	assert_int_equal(stats(f)->bad_values, 3);
}

/* ---- snapshots ---- */

static f1p_status snapshot(struct feed *f, const char *json)
{
	f->n = 0;
	return lt_snapshot(f->decoder, json, strlen(json), T0, 0);
}

static void snapshot_begins_with_a_reset_and_is_one_unit(void **state)
{
	static const uint16_t wanted[] = {
		F1P_EV_FEED_RESET, F1P_EV_SESSION, F1P_EV_DRIVER, F1P_EV_LAP_COUNT, F1P_EV_TRACK_STATUS};
	struct feed *f = *state;

	assert_int_equal(snapshot(f, "{\"LapCount\":{\"CurrentLap\":3},\"TrackStatus\":{\"Status\":\"1\"},"
				     "\"DriverList\":{\"44\":{\"Tla\":\"HAM\"}},\"SessionInfo\":{\"Key\":7}}"),
		F1P_OK);
	assert_int_equal(f->n, 5);
	assert_int_equal(count_type(f, F1P_EV_SESSION), 1);
	assert_int_equal(count_type(f, F1P_EV_DRIVER), 1);
	assert_true(f->events[1].ev.h.type != F1P_EV_LAP_COUNT && f->events[2].ev.h.type != F1P_EV_LAP_COUNT);
	assert_int_equal(f->events[0].ev.h.type, wanted[0]);
	assert_int_equal(f->events[3].ev.h.type, wanted[3]);
	assert_int_equal(f->events[4].ev.h.type, wanted[4]);
	for (size_t i = 0; i < f->n; i++) {
		assert_true((f->events[i].ev.h.flags & F1P_EVF_SNAPSHOT) != 0);
		assert_int_equal((f->events[i].ev.h.flags & F1P_EVF_MORE) != 0, i + 1 < f->n);
	}
	assert_int_equal(stats(f)->messages, 4);
}

static int64_t first_start(struct feed *f, const char *json)
{
	const struct f1p_ev_session_status *e = NULL;

	assert_int_equal(snapshot(f, json), F1P_OK);
	assert_int_equal(count_type(f, F1P_EV_SESSION_STATUS), 1);
	e = find(f, F1P_EV_SESSION_STATUS, 0);
	assert_int_equal(e->h.size, sizeof(*e));
	assert_int_equal(e->value, F1P_STATUS_STARTED);
	return e->t_first_start_ns;
}

static void snapshot_says_when_the_session_was_started_first(void **state)
{
	static const char series[] =
		"{\"Series\":[],\"StatusSeries\":[{\"Utc\":\"2023-11-14T22:00:00Z\",\"SessionStatus\":\"Inactive\"},"
		"{\"Utc\":\"2023-11-14T22:03:20.5Z\",\"SessionStatus\":\"Started\"},{\"Utc\":\"2023-11-14T22:05:00Z\",\"TrackStatus\":\"Red\"},"
		"{\"Utc\":\"2023-11-14T22:05:01Z\",\"SessionStatus\":\"Aborted\"},{\"Utc\":\"2023-11-14T22:30:00Z\",\"SessionStatus\":\"Started\"}]}";
	char json[1024];
	struct feed *f = *state;

	snprintf(json, sizeof(json), "{\"SessionData\":%s,\"SessionStatus\":{\"Status\":\"Started\"}}", series);
	assert_int_equal(first_start(f, json), INT64_C(1699999400500000000));
	snprintf(json, sizeof(json), "{\"SessionStatus\":{\"Status\":\"Started\"},\"SessionData\":%s}", series);
	assert_int_equal(first_start(f, json), INT64_C(1699999400500000000));
	assert_int_equal(first_start(f, "{\"SessionStatus\":{\"Status\":\"Started\"}}"), F1P_UNKNOWN_NS); /* forgotten */
	assert_int_equal(first_start(f, "{\"SessionData\":{\"StatusSeries\":{\"3\":{\"Utc\":\"soon\",\"SessionStatus\":\"Started\"},"
					"\"4\":{\"SessionStatus\":\"Started\"},\"5\":[1],\"6\":null}},"
					"\"SessionStatus\":{\"Status\":\"Started\"}}"),
		F1P_UNKNOWN_NS);
}

static void snapshot_replaces_what_was_known(void **state)
{
	struct feed *f = *state;

	send(f, "TimingAppData", CAR("{\"Stints\":[{\"TotalLaps\":1},{\"TotalLaps\":1}]}"));
	snapshot(f, "{\"TimingAppData\":{\"Lines\":{\"44\":{\"Stints\":[{\"TotalLaps\":1}]}}}}");
	assert_int_equal(count_type(f, F1P_EV_STINTS_RESET), 0);
	send(f, "TimingAppData", CAR("{\"Stints\":{\"1\":{\"TotalLaps\":1}}}"));
	assert_int_equal(stats(f)->stint_appends, 1);
	assert_int_equal(stats(f)->merge_oddities, 0);
}

static void broken_snapshot_is_refused_whole(void **state)
{
	struct feed *f = *state;

	send(f, "TimingAppData", CAR("{\"Stints\":[{\"TotalLaps\":1}]}"));
	assert_int_equal(snapshot(f, "{\"LapCount\":{\"CurrentLap\":3},\"TrackStatus\":{"), F1P_EINVAL);
	assert_int_equal(snapshot(f, "[]"), F1P_EINVAL);
	assert_int_equal(snapshot(f, ""), F1P_EINVAL);
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->rejected, 3);
	send(f, "TimingAppData", CAR("{\"Stints\":{\"1\":{\"TotalLaps\":1}}}"));
	assert_int_equal(stats(f)->merge_oddities, 0); /* and nothing was forgotten */
}

static void one_bad_topic_does_not_spoil_the_snapshot(void **state)
{
	struct feed *f = *state;

	assert_int_equal(snapshot(f, "{\"TimingData\":[1],\"LapCount\":{\"CurrentLap\":3}}"), F1P_OK);
	assert_int_equal(count_type(f, F1P_EV_LAP_COUNT), 1);
	assert_int_equal(stats(f)->rejected, 1);
}

static void empty_snapshot_is_just_a_reset(void **state)
{
	struct feed *f = *state;

	assert_int_equal(snapshot(f, "{}"), F1P_OK);
	assert_int_equal(f->n, 1);
	assert_int_equal(f->events[0].ev.h.flags, F1P_EVF_SNAPSHOT);
}

static void reset_forgets_lists_and_keeps_statistics(void **state)
{
	struct feed *f = *state;

	send(f, "TimingData", CAR("{\"Sectors\":[{},{},{}]}"));
	lt_reset(f->decoder);
	send(f, "TimingData", CAR("{\"Sectors\":{\"0\":{\"Value\":\"30.0\"}}}"));
	assert_int_equal(stats(f)->merge_oddities, 1);
	assert_int_equal(stats(f)->messages, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FEED_TEST(every_event_but_the_last_says_more),
		FEED_TEST(callers_flags_reach_every_event),
		FEED_TEST(laps_come_after_position_and_sectors),
		FEED_TEST(events_carry_only_what_came),
		FEED_TEST(array_replaces_the_stints),
		FEED_TEST(index_object_merges_and_appends),
		FEED_TEST(index_beyond_the_end_is_an_oddity),
		FEED_TEST(absurd_index_is_a_bad_value),
		FEED_TEST(index_object_onto_nothing_is_an_oddity_once),
		FEED_TEST(object_onto_scalar_is_an_oddity),
		FEED_TEST(scalar_onto_object_is_a_bad_value),
		FEED_TEST(deleted_lap_number_is_cleared),
		FEED_TEST(key_of_the_same_delta_wins_over_its_deletion),
		FEED_TEST(deletions_are_counted_wherever_they_stand),
		FEED_TEST(keyframe_marks_and_other_words_are_no_cars),
		FEED_TEST(malformed_message_leaves_no_trace),
		FEED_TEST(complaints_name_topic_and_reason),
		FEED_TEST(wrong_shapes_are_refused),
		FEED_TEST(deep_and_large_messages_are_refused),
		FEED_TEST(unknown_topics_are_counted_and_checked),
		FEED_TEST(many_topic_names_do_no_harm),
		FEED_TEST(more_cars_than_places_are_bad_values),
		FEED_TEST(snapshot_begins_with_a_reset_and_is_one_unit),
		FEED_TEST(snapshot_says_when_the_session_was_started_first),
		FEED_TEST(snapshot_replaces_what_was_known),
		FEED_TEST(broken_snapshot_is_refused_whole),
		FEED_TEST(one_bad_topic_does_not_spoil_the_snapshot),
		FEED_TEST(empty_snapshot_is_just_a_reset),
		FEED_TEST(reset_forgets_lists_and_keeps_statistics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
