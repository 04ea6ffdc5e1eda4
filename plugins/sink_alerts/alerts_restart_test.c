/*
 * alerts_restart_test.c - what outlives a restart: subscriptions, what they have seen, what waits; and what comes twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "alerts_fixture.h"

/* As after kill -9: the file is as it was before the daemon could end well. */
static void restart(struct rig *r)
{
	char path[128], kept[8192];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/sink-alerts.json", r->dir);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(kept, 1, sizeof(kept), f);
	assert_true(n < sizeof(kept));
	fclose(f);
	fake_stop(r->fake, r->plugin);
	f = fopen(path, "w");
	assert_int_equal(fwrite(kept, 1, n, f), n);
	fclose(f);
	for (size_t i = 0; i < r->fake->n_posts; i++) {
		r->fake->posts[i].done = true; /* what was under way is gone with the daemon */
	}
	start(r, NULL);
}

static void subscriptions_survive_and_nothing_is_sent_twice(void **state)
{
	struct rig *r = *state;
	char path[128];
	struct stat st;

	subscribe(r, "{\"rule\":\"safety car\",\"drivers\":[\"VER\",4],\"cooldown_s\":0," HOOK "}");
	track(r, 0, F1P_TRACK_CLEAR);
	track(r, 10, F1P_TRACK_SC);
	assert_int_equal(r->fake->n_posts, 1);
	snprintf(path, sizeof(path), "%s/sink-alerts.json", r->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	restart(r); /* while it is being sent */
	track(r, 0, F1P_TRACK_SC);
	track(r, 10, F1P_TRACK_SC);
	flush(r, 600);
	assert_int_equal(r->fake->n_posts, 1);
	ask(r, F1P_GET, SUBSCRIPTIONS "/dead-letters", NULL);
	assert_true(says(r, "it may have arrived"));
	ask(r, F1P_GET, SUBSCRIPTIONS, NULL);
	assert_true(says(r, "\"id\":\"r1\""));
	assert_true(says(r, "{\"driver\":\"4\",\"known\":true}"));
	track(r, 10, F1P_TRACK_CLEAR);
	track(r, 10, F1P_TRACK_SC);
	assert_int_equal(r->fake->n_posts, 2);
	assert_string_equal(r->fake->posts[1].secret, r->fake->posts[0].secret);
	assert_string_not_equal(r->fake->posts[1].id, r->fake->posts[0].id);
}

static void what_is_replayed_to_reach_a_moment_is_not_told(void **state)
{
	struct rig *r = *state;
	struct f1p_ev_race_control m = {.text = "YELLOW IN SECTOR 1"};

	subscribe(r, "{\"rule\":\"race control\"}");
	subscribe(r, "{\"rule\":\"safety car\"}");
	publish(r);
	event(r, F1P_EV_RACE_CONTROL, &m, sizeof(m), F1P_EVF_CATCHUP);
	r->state->flags |= F1P_EVF_CATCHUP;
	track(r, 10, F1P_TRACK_SC);
	r->state->flags = 0;
	track(r, 10, F1P_TRACK_SC);
	assert_int_equal(n_alerts(r), 0);
	event(r, F1P_EV_RACE_CONTROL, &m, sizeof(m), 0);
	assert_int_equal(n_alerts(r), 1);
}

static void a_message_that_a_source_tells_again_is_not_told_again(void **state)
{
	struct rig *r = *state;
	struct f1p_ev_race_control m = {.text = "YELLOW IN SECTOR 1"};

	subscribe(r, "{\"rule\":\"race control\"," HOOK "}");
	publish(r);
	event(r, F1P_EV_RACE_CONTROL, &m, sizeof(m), 0);
	assert_int_equal(r->fake->n_posts, 1);
	fake_post_answer(posted(r), F1P_OK, 200, ANY, "");
	flush(r, 1);
	restart(r);
	later(r, -1);
	event(r, F1P_EV_RACE_CONTROL, &m, sizeof(m), 0);
	assert_int_equal(r->fake->n_posts, 1);
	later(r, 1);
	event(r, F1P_EV_RACE_CONTROL, &m, sizeof(m), 0);
	assert_int_equal(r->fake->n_posts, 2);
}

static void what_began_while_it_was_down_is_told(void **state)
{
	struct rig *r = *state;

	subscribe(r, "{\"rule\":\"safety car\"," HOOK "}");
	track(r, 0, F1P_TRACK_CLEAR);
	flush(r, 11);
	restart(r);
	track(r, 60, F1P_TRACK_SC);
	assert_non_null(posted(r));
}

static void what_waits_for_its_hour_goes_out_after_a_restart(void **state)
{
	struct rig *r = *state;

	subscribe(r, "{\"rule\":\"safety car\",\"delay_s\":120," HOOK "}");
	track(r, 0, F1P_TRACK_CLEAR);
	track(r, 10, F1P_TRACK_SC);
	flush(r, 0);
	restart(r);
	flush(r, 119);
	assert_null(fake_posted(r->fake));
	flush(r, 1);
	assert_non_null(strstr(posted(r)->body, "Safety car"));
}

static void a_recording_that_begins_anew_is_told_anew(void **state)
{
	struct rig *r = *state;
	struct f1p_event reset;

	subscribe(r, "{\"rule\":\"safety car\"}");
	track(r, 0, F1P_TRACK_CLEAR);
	track(r, 600, F1P_TRACK_SC);
	assert_int_equal(n_alerts(r), 1);
	later(r, -600);
	event(r, F1P_EV_FEED_RESET, &reset, sizeof(reset), 0);
	assert_int_equal(n_alerts(r), 0); /* what is to come again is no news of now */
	track(r, 0, F1P_TRACK_CLEAR);
	track(r, 600, F1P_TRACK_SC);
	assert_int_equal(n_alerts(r), 1);
}

static void what_could_not_be_written_is_written_later(void **state)
{
	struct rig *r = *state;
	char dir[80], path[128];

	snprintf(dir, sizeof(dir), "%s/later", r->dir);
	snprintf(path, sizeof(path), "%s/sink-alerts.json", dir);
	fake_stop(r->fake, r->plugin);
	r->fake->data_dir = dir;
	start(r, NULL);
	subscribe(r, "{\"rule\":\"rain\"}");
	assert_non_null(strstr(r->fake->log, "will not survive a restart"));
	assert_int_equal(mkdir(dir, 0700), 0);
	flush(r, 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	r->fake->data_dir = r->dir;
}

static void a_broken_file_is_set_aside_and_said(void **state)
{
	static const char *const texts[] = {"", "{\"subscriptions\":[{\"id\":\"r1\"",
		"{\"subscriptions\":[{\"id\":\"r1\",\"request\":{\"rule\":\"nonsense\"}}]}",
		"{\"subscriptions\":7,\"deliveries\":[[]],\"made\":-1}"};
	struct rig *r = *state;
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/sink-alerts.json", r->dir);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		fake_stop(r->fake, r->plugin);
		f = fopen(path, "w");
		fputs(texts[i], f);
		fclose(f);
		start(r, NULL);
		assert_non_null(strstr(r->fake->log, "cannot be read and are left out"));
		r->fake->log[0] = '\0';
		r->fake->log_bytes = 0;
		ask(r, F1P_GET, SUBSCRIPTIONS, NULL);
		assert_string_equal(r->text, "{\"subscriptions\":[]}");
	}
}

/* Any byte of the file may be any other: it is read or refused, never more. */
static void a_damaged_file_does_no_harm(void **state)
{
	struct rig *r = *state;
	char path[128], text[4096];
	size_t n;
	FILE *f;

	subscribe(r, "{\"rule\":\"safety car\",\"drivers\":[\"VER\"],\"delay_s\":60," HOOK "}");
	track(r, 0, F1P_TRACK_CLEAR);
	track(r, 10, F1P_TRACK_SC);
	flush(r, 2);
	fake_stop(r->fake, r->plugin);
	snprintf(path, sizeof(path), "%s/sink-alerts.json", r->dir);
	f = fopen(path, "r");
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	assert_true(n > 500 && n < sizeof(text));
	for (size_t i = 0; i < n; i += 3) {
		char damaged[4096];
		memcpy(damaged, text, n);
		damaged[i] = (char)("\"{}[],:0x"[i % 9]);
		f = fopen(path, "w");
		fwrite(damaged, 1, n, f);
		fclose(f);
		start(r, NULL);
		track(r, 1, F1P_TRACK_SC);
		fake_stop(r->fake, r->plugin);
		for (size_t k = 0; k < r->fake->n_posts; k++) {
			r->fake->posts[k].done = true;
		}
		r->fake->n_posts = 0;
	}
	start(r, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(subscriptions_survive_and_nothing_is_sent_twice),
		TEST(what_is_replayed_to_reach_a_moment_is_not_told),
		TEST(a_message_that_a_source_tells_again_is_not_told_again),
		TEST(what_began_while_it_was_down_is_told),
		TEST(what_waits_for_its_hour_goes_out_after_a_restart),
		TEST(a_recording_that_begins_anew_is_told_anew),
		TEST(what_could_not_be_written_is_written_later),
		TEST(a_broken_file_is_set_aside_and_said),
		TEST(a_damaged_file_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
