/*
 * sink_log_test.c - the sink as its user sees it: what the lines say, what the files hold, what a full disk does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <f1pd/f1pd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log_file.h"
#include "race_line.h"

extern const struct f1p_entry f1p_entry_v1;

#define T0 INT64_C(1748178000000000000) /* 2025-05-25T13:00:00Z */

/* ---- a host that remembers the last lines */

static char logged[4096], failure[512];

static void host_log(const struct f1p_host *host, int level, const char *fmt, ...)
{
	size_t used = strlen(logged);
	va_list ap;

	(void)host;
	(void)level;
	va_start(ap, fmt);
	vsnprintf(logged + used, sizeof(logged) - used, fmt, ap);
	va_end(ap);
	strncat(logged, "\n", sizeof(logged) - strlen(logged) - 1);
}

static f1p_status host_fail(const struct f1p_host *host, f1p_status status, const char *fmt, ...)
{
	va_list ap;

	(void)host;
	va_start(ap, fmt);
	vsnprintf(failure, sizeof(failure), fmt, ap);
	va_end(ap);
	return status;
}

static const void *host_extension(const struct f1p_host *host, const char *id)
{
	(void)host;
	(void)id;
	return NULL;
}

static const struct f1p_host host = {.size = sizeof(host),
	.abi_major = 1,
	.instance = "sink-log",
	.log = host_log,
	.fail = host_fail,
	.get_extension = host_extension};

struct config { /* the plugin's own struct, by its table */
	const char *path, *format;
	int64_t max_size, keep;
	const char *events;
};

struct fixture {
	char dir[64], path[128];
	struct f1p_plugin *plugin;
	const struct f1p_sink *sink;
};

static int make_folder(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f) {
		return -1;
	}
	strcpy(f->dir, "/tmp/f1pd-sink-log-XXXXXX");
	logged[0] = failure[0] = '\0';
	*state = f;
	if (!mkdtemp(f->dir)) {
		return -1;
	}
	snprintf(f->path, sizeof(f->path), "%s/race.log", f->dir);
	return 0;
}

static int remove_folder(void **state)
{
	struct fixture *f = *state;
	char name[160];

	if (f->plugin) {
		f->plugin->stop(f->plugin);
		f->plugin->destroy(f->plugin);
	}
	for (int i = 0; i <= 5; i++) {
		snprintf(name, sizeof(name), i ? "%s.%d" : "%s", f->path, i);
		unlink(name);
	}
	snprintf(name, sizeof(name), "%s.jsonl", f->path);
	unlink(name);
	rmdir(f->dir);
	free(f);
	return 0;
}

static f1p_status open_sink(struct fixture *f, struct config config)
{
	f1p_status status;

	f->plugin = f1p_entry_v1.create(&host, "sink_log");
	assert_non_null(f->plugin);
	assert_int_equal(f->plugin->init(f->plugin), F1P_OK);
	f->sink = f->plugin->get_extension(f->plugin, F1P_EXT_SINK);
	assert_non_null(f->sink);
	status = f->plugin->configure(f->plugin, &config);
	return status == F1P_OK ? f->plugin->start(f->plugin) : status;
}

static struct config with(const char *path, const char *format)
{
	return (struct config){path, format, 1 << 20, 3, "default"};
}

static f1p_status send(struct fixture *f, const void *event)
{
	const struct f1p_event *ev = event;

	return f->sink->write(f->plugin, ev, 1, ev->size);
}

static char *contents(const char *path)
{
	static char text[65536];
	FILE *file = fopen(path, "re");
	size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	if (file) {
		fclose(file);
	}
	text[n] = '\0';
	return text;
}

/* ---- events */

static struct f1p_event head(size_t size, uint16_t type, int t_s)
{
	return (struct f1p_event){.size = (uint32_t)size, .type = type, .t_event_ns = T0 + (int64_t)t_s * 1000000000};
}

static struct f1p_ev_lap_count lap_event(int32_t lap)
{
	return (struct f1p_ev_lap_count){.h = head(sizeof(struct f1p_ev_lap_count), F1P_EV_LAP_COUNT, 60),
		.mask = F1P_LAPS_CURRENT | F1P_LAPS_TOTAL,
		.current = lap,
		.total = 57};
}

static struct f1p_ev_driver driver_event(uint16_t car, const char *code)
{
	struct f1p_ev_driver ev = {.h = head(sizeof(ev), F1P_EV_DRIVER, 0), .mask = F1P_DRIVER_CODE, .car = car};

	strcpy(ev.code, code);
	return ev;
}

static struct f1p_ev_car_status pit_event(uint16_t car, uint8_t in_pit)
{
	return (struct f1p_ev_car_status){.h = head(sizeof(struct f1p_ev_car_status), F1P_EV_CAR_STATUS, 202),
		.mask = F1P_CAR_IN_PIT,
		.car = car,
		.in_pit = in_pit};
}

static struct f1p_ev_race_control message_event(const char *text)
{
	struct f1p_ev_race_control ev = {.h = head(sizeof(ev), F1P_EV_RACE_CONTROL, 5),
		.lap = F1P_UNKNOWN,
		.category = F1P_RC_OTHER,
		.flag = F1P_FLAG_NONE,
		.scope = F1P_SCOPE_NONE,
		.mode = F1P_MODE_NONE,
		.status = F1P_RCS_NONE};

	strcpy(ev.text, text);
	return ev;
}

static void tell_pit_story(struct fixture *f)
{
	struct f1p_ev_lap_count lap = lap_event(12);
	struct f1p_ev_driver driver = driver_event(1, "VER");
	struct f1p_ev_stint stint = {.h = head(sizeof(stint), F1P_EV_STINT, 100),
		.mask = F1P_STINT_COMPOUND | F1P_STINT_TOTAL,
		.car = 1,
		.compound = F1P_TYRE_MEDIUM,
		.total_laps = 14};
	struct f1p_ev_car_status out = pit_event(1, F1P_NO), in = pit_event(1, F1P_YES);

	assert_int_equal(send(f, &lap), F1P_OK);
	assert_int_equal(send(f, &driver), F1P_OK);
	assert_int_equal(send(f, &stint), F1P_OK);
	assert_int_equal(send(f, &out), F1P_OK);
	assert_int_equal(send(f, &in), F1P_OK);
}

/* ---- lines */

static void pit_stop_reads_as_in_the_manual(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(open_sink(f, with(f->path, "human")), F1P_OK);
	tell_pit_story(f);
	assert_string_equal(contents(f->path), "13:03:22 L12/57 VER pits (MEDIUM, 14 laps)\n");
}

static void the_same_status_twice_is_told_once(void **state)
{
	struct fixture *f = *state;
	struct f1p_ev_car_status in = pit_event(1, F1P_YES);

	assert_int_equal(open_sink(f, with(f->path, "human")), F1P_OK);
	tell_pit_story(f);
	assert_int_equal(send(f, &in), F1P_OK);
	assert_string_equal(contents(f->path), "13:03:22 L12/57 VER pits (MEDIUM, 14 laps)\n");
}

static void without_path_lines_go_to_the_host(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(open_sink(f, with("", "human")), F1P_OK);
	tell_pit_story(f);
	assert_string_equal(logged, "13:03:22 L12/57 VER pits (MEDIUM, 14 laps)\n");
}

static void a_line_break_in_a_message_forges_no_line(void **state)
{
	struct fixture *f = *state;
	struct f1p_ev_race_control ev = message_event("GREEN\n13:00:00 VER retires\r\x1b[2J");
	const char *text;

	assert_int_equal(open_sink(f, with(f->path, "human")), F1P_OK);
	assert_int_equal(send(f, &ev), F1P_OK);
	text = contents(f->path);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	assert_null(strchr(text, '\x1b'));
}

static void catch_up_is_followed_but_not_told(void **state)
{
	struct fixture *f = *state;
	struct f1p_ev_race_control ev = message_event("OLD NEWS");
	struct f1p_ev_lap_count lap = lap_event(30);

	ev.h.flags = lap.h.flags = F1P_EVF_CATCHUP;
	assert_int_equal(open_sink(f, with(f->path, "human")), F1P_OK);
	assert_int_equal(send(f, &ev), F1P_OK);
	assert_int_equal(send(f, &lap), F1P_OK);
	assert_string_equal(contents(f->path), "");
	ev = message_event("FRESH NEWS");
	assert_int_equal(send(f, &ev), F1P_OK);
	assert_string_equal(contents(f->path), "13:00:05 L30/57 race control: FRESH NEWS\n");
}

static void retirement_track_and_session_are_told(void **state)
{
	struct race_line r;
	char out[RACE_LINE_MAX];
	struct f1p_ev_driver driver = driver_event(16, "LEC");
	struct f1p_ev_car_status gone = {
		.h = head(sizeof(gone), F1P_EV_CAR_STATUS, 0), .mask = F1P_CAR_RETIRED, .car = 16, .retired = F1P_YES};
	struct f1p_ev_value track = {.h = head(sizeof(track), F1P_EV_TRACK_STATUS, 0), .value = F1P_TRACK_SC};
	struct f1p_ev_session session = {.h = head(sizeof(session), F1P_EV_SESSION, 0),
		.type = F1P_SESSION_RACE,
		.year = 2025,
		.name = "Race",
		.meeting = "Example Grand Prix"};

	(void)state;
	session.h.flags = F1P_EVF_SIMULATED;
	race_line_init(&r);
	assert_int_equal(race_line_tell(&r, &driver.h, out), 0);
	assert_true(race_line_tell(&r, &gone.h, out) > 0);
	assert_string_equal(out, "13:00:00 LEC retires");
	assert_true(race_line_tell(&r, &track.h, out) > 0);
	assert_string_equal(out, "13:00:00 track: SC");
	assert_true(race_line_tell(&r, &session.h, out) > 0);
	assert_string_equal(out, "13:00:00 session: Race, Example Grand Prix 2025 SIMULATED");
}

static const char *line_of(const struct f1p_event *ev)
{
	static char out[RACE_LINE_MAX];
	struct race_line r;

	race_line_init(&r);
	assert_true(race_line_tell(&r, ev, out) > 0);
	return out + strlen("13:00:00 ");
}

static void sources_are_called_by_their_names(void **state)
{
	struct f1p_ev_link link = {.h = head(sizeof(link), F1P_EV_LINK, 0), .condition = F1P_LINK_DOWN, .text = "silent",
		.source = "source-livetiming"};
	struct f1p_ev_source_choice choice = {.h = head(sizeof(choice), F1P_EV_SOURCE_CHOICE, 0), .kind = F1P_DATA_TIMING,
		.from_source = 1, .to_source = 2, .from = "source-livetiming", .to = "source-openf1", .reason = "silent"};
	struct f1p_ev_gap gap = {.h = head(sizeof(gap), F1P_EV_GAP, 0), .id = 3, .kind = F1P_DATA_LAPS, .source_id = 1, .car = 16,
		.how = F1P_GAP_REPAIRED, .first_lap = 7, .last_lap = 7, .source = "source-livetiming", .text = "time from its sectors"};

	(void)state;
	assert_string_equal(line_of(&link.h), "source-livetiming: connection down: silent");
	link.h.size = offsetof(struct f1p_ev_link, source); /* in a journal of older days */
	assert_string_equal(line_of(&link.h), "a source: connection down: silent");
	assert_string_equal(line_of(&choice.h), "timing now from source-openf1 instead of source-livetiming (silent)");
	assert_string_equal(line_of(&gap.h), "gap 3: laps of source-livetiming, car 16, 7 to 7: repaired (time from its sectors)");
}

static struct f1p_ev_forecast *forecast_event(double favourite)
{
	static union {
		struct f1p_ev_forecast ev;
		uint64_t align;
	} u;
	static const uint16_t cars[4] = {4, 1, 81, 16};

	memset(&u, 0, sizeof(u));
	u.ev.h = head(offsetof(struct f1p_ev_forecast, forecast.cars) + 4 * sizeof(struct f1p_car_forecast), F1P_EV_FORECAST, 0);
	u.ev.published = 1;
	u.ev.trigger = F1P_TRIGGER_TIMER;
	u.ev.forecast.size = (uint32_t)(offsetof(struct f1p_forecast, cars) + 4 * sizeof(struct f1p_car_forecast));
	u.ev.forecast.n_cars = 4;
	u.ev.forecast.confidence = 0.5;
	for (int i = 0; i < 4; i++) {
		u.ev.forecast.cars[i].car = cars[i];
		u.ev.forecast.cars[i].p_win = i == 1 ? favourite : (1 - favourite) * (i == 3 ? 0.5 : 0.25);
	}
	return &u.ev;
}

static void forecast_names_the_three_favourites(void **state)
{
	struct race_line r;
	char out[RACE_LINE_MAX];

	(void)state;
	race_line_init(&r);
	assert_true(race_line_tell(&r, &forecast_event(0.6)->h, out) > 0);
	assert_string_equal(out, "13:00:00 forecast: car 1 60.0 %, car 16 20.0 %, car 4 10.0 % to win (confidence 0.50)");
}

static void forecast_is_told_again_only_when_it_moved(void **state)
{
	struct race_line r;
	char out[RACE_LINE_MAX];

	(void)state;
	race_line_init(&r);
	assert_true(race_line_tell(&r, &forecast_event(0.60)->h, out) > 0);
	assert_int_equal(race_line_tell(&r, &forecast_event(0.62)->h, out), 0);
	assert_true(race_line_tell(&r, &forecast_event(0.70)->h, out) > 0);
}

static void a_forecast_that_is_not_published_is_silent(void **state)
{
	struct race_line r;
	char out[RACE_LINE_MAX];
	struct f1p_ev_forecast *ev = forecast_event(0.6);

	(void)state;
	race_line_init(&r);
	ev->published = 0;
	assert_int_equal(race_line_tell(&r, &ev->h, out), 0);
}

static void cut_records_are_ignored(void **state)
{
	struct race_line r;
	char out[RACE_LINE_MAX];
	struct f1p_ev_race_control ev = message_event("X");
	struct f1p_ev_forecast *forecast = forecast_event(0.6);

	(void)state;
	race_line_init(&r);
	ev.h.size = sizeof(struct f1p_event);
	assert_int_equal(race_line_tell(&r, &ev.h, out), 0);
	forecast->forecast.n_cars = F1P_MAX_CARS; /* claims more cars than the record holds */
	assert_int_equal(race_line_tell(&r, &forecast->h, out), 0);
}

static void more_cars_than_fit_do_no_harm(void **state)
{
	struct race_line r;
	char out[RACE_LINE_MAX];

	(void)state;
	race_line_init(&r);
	for (uint16_t car = 1; car <= 60; car++) {
		struct f1p_ev_driver driver = driver_event(car, "ABC");

		race_line_tell(&r, &driver.h, out);
	}
	assert_int_equal(r.n_cars, F1P_MAX_CARS);
}

/* ---- JSON */

static void json_lines_hold_the_chosen_events(void **state)
{
	struct fixture *f = *state;
	struct config config = with(f->path, "json");
	struct f1p_ev_race_control ev = message_event("SAYS \"HELLO\"");
	struct f1p_ev_lap_count lap = lap_event(3);
	const char *text;

	config.events = "race_control";
	assert_int_equal(open_sink(f, config), F1P_OK);
	assert_int_equal(send(f, &ev), F1P_OK);
	assert_int_equal(send(f, &lap), F1P_OK);
	text = contents(f->path);
	assert_non_null(strstr(text, "\"type\":\"race_control\""));
	assert_non_null(strstr(text, "SAYS \\\"HELLO\\\""));
	assert_null(strstr(text, "lap_count"));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void both_formats_have_a_file_each(void **state)
{
	struct fixture *f = *state;
	char json[160];

	assert_int_equal(open_sink(f, with(f->path, "both")), F1P_OK);
	tell_pit_story(f);
	snprintf(json, sizeof(json), "%s.jsonl", f->path);
	assert_non_null(strstr(contents(f->path), "VER pits"));
	assert_non_null(strstr(contents(json), "\"type\":\"car_status\""));
}

static void an_unknown_event_name_is_refused_with_its_name(void **state)
{
	struct fixture *f = *state;
	struct config config = with(f->path, "json");

	config.events = "race_control, pitstop";
	assert_int_equal(open_sink(f, config), F1P_ECONFIG);
	assert_non_null(strstr(failure, "\"pitstop\""));
}

static void a_folder_that_is_not_there_is_named(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(open_sink(f, with("/nonexistent/folder/race.log", "human")), F1P_EIO);
	assert_non_null(strstr(failure, "/nonexistent/folder/race.log"));
}

/* ---- files */

static void files_are_rotated_and_no_line_is_lost(void **state)
{
	struct fixture *f = *state;
	struct log_file file;
	char line[101], name[160];
	int lines = 0;

	assert_true(log_file_init(&file, f->path, "", 1000, 5));
	assert_int_equal(log_file_open(&file), 0);
	for (int i = 0; i < 40; i++) {
		snprintf(line, sizeof(line), "%099d", i);
		assert_int_equal(log_file_add(&file, line, 99), 0);
		assert_int_equal(log_file_flush(&file), 0);
	}
	for (int i = 4; i >= 0; i--) {
		snprintf(name, sizeof(name), i ? "%s.%d" : "%s", f->path, i);
		for (const char *at = contents(name); *at; at = strchr(at, '\n') + 1) {
			assert_int_equal(atoi(at), lines++);
		}
		if (i < 4) {
			struct stat st;

			assert_int_equal(stat(name, &st), 0);
			assert_true(st.st_size <= 1000);
		}
	}
	assert_int_equal(lines, 40);
	log_file_finish(&file);
}

static void only_so_many_old_files_are_kept(void **state)
{
	struct fixture *f = *state;
	struct log_file file;
	char name[160];

	assert_true(log_file_init(&file, f->path, "", 100, 2));
	assert_int_equal(log_file_open(&file), 0);
	for (int i = 0; i < 10; i++) {
		char line[80];

		memset(line, 'a' + i, sizeof(line));
		assert_int_equal(log_file_add(&file, line, sizeof(line)), 0);
		assert_int_equal(log_file_flush(&file), 0);
	}
	log_file_finish(&file);
	assert_int_equal(contents(f->path)[0], 'j');
	snprintf(name, sizeof(name), "%s.2", f->path);
	assert_int_equal(contents(name)[0], 'h');
	snprintf(name, sizeof(name), "%s.3", f->path);
	assert_int_equal(access(name, F_OK), -1);
}

static void a_file_that_was_moved_away_is_made_anew(void **state)
{
	struct fixture *f = *state;
	struct log_file file;
	char name[160];

	snprintf(name, sizeof(name), "%s.1", f->path);
	assert_true(log_file_init(&file, f->path, "", 1000, 5));
	assert_int_equal(log_file_open(&file), 0);
	assert_int_equal(log_file_add(&file, "one", 3), 0);
	assert_int_equal(log_file_flush(&file), 0);
	assert_int_equal(rename(f->path, name), 0);
	assert_int_equal(log_file_add(&file, "two", 3), 0);
	assert_int_equal(log_file_flush(&file), 0);
	assert_string_equal(contents(f->path), "two\n");
	assert_string_equal(contents(name), "one\n");
	log_file_finish(&file);
}

static void a_full_disk_keeps_the_batch_and_says_why(void **state)
{
	struct fixture *f = *state;
	struct f1p_ev_race_control ev = message_event("IMPORTANT");

	if (access("/dev/full", W_OK) != 0) {
		skip();
	}
	assert_int_equal(open_sink(f, with("/dev/full", "human")), F1P_OK);
	assert_int_equal(send(f, &ev), F1P_OK); /* taken, waiting in memory */
	assert_int_equal(send(f, &ev), F1P_AGAIN);
	assert_non_null(strstr(failure, "No space left"));
	assert_int_equal(f->sink->flush(f->plugin), F1P_AGAIN);
}

static void what_waited_is_written_once_when_there_is_room_again(void **state)
{
	struct fixture *f = *state;
	struct log_file file;

	assert_true(log_file_init(&file, f->dir, "", 1000, 5)); /* a folder cannot be opened as a file */
	assert_int_equal(log_file_open(&file), EISDIR);
	assert_int_equal(log_file_add(&file, "line", 4), 0);
	assert_int_equal(log_file_flush(&file), EISDIR);
	assert_true(log_file_pending(&file));
	free(file.path);
	file.path = strdup(f->path);
	assert_int_equal(log_file_flush(&file), 0);
	assert_int_equal(log_file_flush(&file), 0);
	assert_string_equal(contents(f->path), "line\n");
	log_file_finish(&file);
}

static void a_batch_with_an_impossible_size_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct f1p_ev_race_control ev = message_event("X");

	assert_int_equal(open_sink(f, with(f->path, "both")), F1P_OK);
	assert_int_equal(f->sink->write(f->plugin, &ev.h, 2, sizeof(ev)), F1P_EPERMANENT);
	ev.h.size = 8;
	assert_int_equal(f->sink->write(f->plugin, &ev.h, 1, sizeof(ev)), F1P_EPERMANENT);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, make_folder, remove_folder)

static void a_sink_that_starts_in_mid_race_knows_the_cars(void **state)
{
	struct f1p_state *race = calloc(1, sizeof(*race));
	struct race_line r;
	char line[RACE_LINE_MAX];
	struct f1p_ev_car_status ev = {.mask = F1P_CAR_IN_PIT, .car = 44, .in_pit = F1P_YES};

	(void)state;
	assert_non_null(race);
	race->lap = 12;
	race->total_laps = 57;
	race->n_cars = 1;
	race->cars[0].number = 44;
	race->cars[0].in_pit = F1P_NO;
	race->cars[0].compound = F1P_TYRE_MEDIUM;
	race->cars[0].tyre_age = 14;
	strcpy(race->cars[0].code, "ABC");
	race_line_init(&r);
	race_line_adopt(&r, race);
	ev.h.size = sizeof(ev);
	ev.h.type = F1P_EV_CAR_STATUS;
	assert_true(race_line_tell(&r, &ev.h, line) > 0);
	assert_non_null(strstr(line, "L12/57 ABC pits (MEDIUM, 14 laps)"));
	free(race);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sink_that_starts_in_mid_race_knows_the_cars),
		T(pit_stop_reads_as_in_the_manual),
		T(the_same_status_twice_is_told_once),
		T(without_path_lines_go_to_the_host),
		T(a_line_break_in_a_message_forges_no_line),
		T(sources_are_called_by_their_names),
		T(catch_up_is_followed_but_not_told),
		T(retirement_track_and_session_are_told),
		T(forecast_names_the_three_favourites),
		T(forecast_is_told_again_only_when_it_moved),
		T(a_forecast_that_is_not_published_is_silent),
		T(cut_records_are_ignored),
		T(more_cars_than_fit_do_no_harm),
		T(json_lines_hold_the_chosen_events),
		T(both_formats_have_a_file_each),
		T(an_unknown_event_name_is_refused_with_its_name),
		T(a_folder_that_is_not_there_is_named),
		T(files_are_rotated_and_no_line_is_lost),
		T(only_so_many_old_files_are_kept),
		T(a_file_that_was_moved_away_is_made_anew),
		T(a_full_disk_keeps_the_batch_and_says_why),
		T(what_waited_is_written_once_when_there_is_room_again),
		T(a_batch_with_an_impossible_size_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
