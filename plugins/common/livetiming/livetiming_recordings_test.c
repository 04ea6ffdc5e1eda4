/* livetiming_recordings_test.c - real sessions with known results. Needs the folder F1PD_SHARED; where it is absent, all tests
 * skip. */
#include "testing.h"

#include <glob.h>
#include <helpers/json_reader.h>
#include <stdio.h>
#include <zlib.h>

#define NS_PER_MS INT64_C(1000000)

/* What the tests ask about a session: the fold of a few kinds of events. */
struct board {
	struct feed *feed;
	int32_t position[1000];
	int32_t best[1000][4], best_lap[1000][4]; /* by part; 0 = session */
	int32_t gap_events;
	size_t messages, stints, telemetry;
	uint32_t last_flags;
};

static f1p_status fold(void *arg, const struct f1p_event *ev)
{
	struct board *b = arg;

	b->last_flags = ev->flags;
	if (ev->type == F1P_EV_CAR_POSITION) {
		const struct f1p_ev_car_value *v = (const void *)ev;

		b->position[v->car] = v->value;
	} else if (ev->type == F1P_EV_CAR_BEST) {
		const struct f1p_ev_car_best *v = (const void *)ev;

		b->best[v->car][v->part] = v->best_ms;
		b->best_lap[v->car][v->part] = v->lap;
	}
	b->messages += ev->type == F1P_EV_RACE_CONTROL;
	b->stints += ev->type == F1P_EV_STINT;
	b->telemetry += ev->type == F1P_EV_TELEMETRY;
	return F1P_OK;
}

static void complain(void *arg, const char *topic, const char *reason)
{
	(void)arg;
	print_message("%s: %s\n", topic, reason);
}

static char *shared_path(const char *rest, char *path, size_t size)
{
	const char *shared = getenv("F1PD_SHARED");

	snprintf(path, size, "%s/%s", shared != NULL ? shared : ".", rest);
	return path;
}

/* The whole file, unpacked; NULL if it is not there. free() it. */
static char *slurp(const char *path, size_t *n)
{
	gzFile file = gzopen(path, "rb");
	size_t cap = 1u << 20;
	char *text = NULL;
	int got = 0;

	*n = 0;
	if (file == NULL) {
		return NULL;
	}
	do {
		cap *= 2;
		text = realloc(text, cap);
		assert_non_null(text);
		got = gzread(file, text + *n, (unsigned)(cap - *n - 1));
		assert_true(got >= 0);
		*n += (size_t)got;
	} while (*n == cap - 1);
	gzclose(file);
	text[*n] = '\0';
	return text;
}

/* ---- archive: topic files, lines merged by offset ---- */

struct archive_line {
	int64_t offset_ms;
	size_t ordinal;
	const char *topic;
	const char *json;
	size_t n;
};

struct archive {
	struct archive_line *lines;
	size_t n, cap;
	char *texts[64];
	char topics[64][40];
	size_t n_files;
};

static void add_lines(struct archive *a, char *text, const char *topic)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\r\n", &save); line != NULL; line = strtok_r(NULL, "\r\n", &save)) {
		int h = 0;
		int m = 0;
		int s = 0;
		int ms = 0;

		if (memcmp(line, "\xef\xbb\xbf", 3) == 0) {
			line += 3;
		}
		if (sscanf(line, "%2d:%2d:%2d.%3d", &h, &m, &s, &ms) != 4) {
			continue;
		}
		if (a->n == a->cap) {
			a->cap = a->cap != 0 ? a->cap * 2 : 4096;
			a->lines = realloc(a->lines, a->cap * sizeof(*a->lines));
			assert_non_null(a->lines);
		}
		a->lines[a->n] = (struct archive_line){
			((h * 60 + m) * 60 + s) * INT64_C(1000) + ms, a->n, topic, line + 12, strlen(line + 12)};
		a->n++;
	}
}

static int by_offset(const void *left, const void *right)
{
	const struct archive_line *a = left;
	const struct archive_line *b = right;

	if (a->offset_ms != b->offset_ms) {
		return a->offset_ms < b->offset_ms ? -1 : 1;
	}
	return a->ordinal < b->ordinal ? -1 : 1;
}

/* Plays a folder; false if there is none. */
static bool play_archive(struct lt_decoder *d, const char *folder)
{
	struct archive a = {0};
	char pattern[600];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*.jsonStream*", folder);
	if (glob(pattern, 0, NULL, &found) != 0) {
		return false;
	}
	for (size_t i = 0; i < found.gl_pathc && a.n_files < 64; i++) {
		const char *name = strrchr(found.gl_pathv[i], '/') + 1;
		size_t n = 0;

		snprintf(a.topics[a.n_files], sizeof(a.topics[0]), "%.*s", (int)(strstr(name, ".jsonStream") - name), name);
		a.texts[a.n_files] = slurp(found.gl_pathv[i], &n);
		add_lines(&a, a.texts[a.n_files], a.topics[a.n_files]);
		a.n_files++;
	}
	globfree(&found);
	qsort(a.lines, a.n, sizeof(*a.lines), by_offset);
	for (size_t i = 0; i < a.n; i++) {
		const struct archive_line *l = &a.lines[i];

		lt_message(d, l->topic, strlen(l->topic), l->json, l->n, l->offset_ms * NS_PER_MS, 0);
	}
	for (size_t i = 0; i < a.n_files; i++) {
		free(a.texts[i]);
	}
	free(a.lines);
	return true;
}

static int setup(void **state)
{
	struct board *b = calloc(1, sizeof(*b));

	if (b == NULL) {
		return -1;
	}
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* ---- tests ---- */

/* One recorded hub message: {"H":..,"M":"feed","A":[topic,data,time]}. */
static void play_hub_line(struct lt_decoder *d, const char *line, size_t n)
{
	struct f1p_json_cutter cutter;
	struct f1p_json_slice key;
	struct f1p_json_slice value;
	struct f1p_json_slice part[3] = {{"", 0}, {"", 0}, {"", 0}};
	int64_t t = 0;

	assert_true(f1p_json_cut_begin(&cutter, line, n));
	while (f1p_json_cut_next(&cutter, &key, &value) == F1P_OK) {
		struct f1p_json_cutter inner;

		if (!f1p_json_slice_is(key, "A")) {
			continue;
		}
		assert_true(f1p_json_cut_begin(&inner, value.text, value.n));
		for (int i = 0; i < 3; i++) {
			assert_int_equal(f1p_json_cut_next(&inner, NULL, &part[i]), F1P_OK);
		}
	}
	assert_true(lt_parse_utc(part[2].text + 1, part[2].n - 2, &t));
	assert_int_equal(lt_message(d, part[0].text + 1, part[0].n - 2, part[1].text, part[1].n, t, 0), F1P_OK);
}

static void imola_2024_qualifying_gives_its_known_results(void **state)
{
	struct board *b = *state;
	struct lt_decoder *d = NULL;
	const struct lt_stats *s = NULL;
	char path[600];
	size_t n = 0;
	char *text = slurp(
		shared_path("reference/samples/livetiming/undercut/2024_Imola_Qualifying/subscribe.json", path, sizeof(path)),
		&n);
	char *save = NULL;

	if (text == NULL) {
		skip();
	}
	d = lt_create(fold, complain, b);
	assert_int_equal(lt_snapshot(d, text, n, 0, 0), F1P_OK);
	assert_int_equal(b->last_flags, F1P_EVF_SNAPSHOT);
	free(text);
	text = slurp(
		shared_path("reference/samples/livetiming/undercut/2024_Imola_Qualifying/live.jsonl", path, sizeof(path)), &n);
	assert_non_null(text);
	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		play_hub_line(d, line, strlen(line));
	}
	assert_int_equal(b->position[1], 1);
	assert_int_equal(b->best[1][1], 75762);
	assert_int_equal(b->best[1][2], 75176);
	assert_int_equal(b->best[1][3], 74746);
	assert_int_equal(b->best_lap[1][1], 5);
	assert_int_equal(b->best_lap[1][2], 11);
	assert_int_equal(b->best_lap[1][3], 17);
	assert_int_equal(b->position[81], 2);
	assert_int_equal(b->best[81][3], 74820);
	assert_int_equal(b->messages, 27);
	s = lt_get_stats(d);
	assert_int_equal(s->messages, 9991 + 12);
	assert_int_equal(s->deleted_keys, 31);
	assert_int_equal(s->stint_appends, 100);
	assert_int_equal(s->merge_oddities, 0);
	assert_int_equal(s->bad_values, 0);
	assert_int_equal(s->rejected, 0);
	lt_destroy(d);
	free(text);
}

static void mexico_2025_qualifying_gives_its_known_results(void **state)
{
	struct board *b = *state;
	struct lt_decoder *d = lt_create(fold, complain, b);
	char path[600];

	shared_path("reference/samples/livetiming/archive/2025_Mexico-City-Grand-Prix_Mexico-City_Qualifying/raw", path,
		sizeof(path));
	if (!play_archive(d, path)) {
		lt_destroy(d);
		skip();
	}
	assert_int_equal(b->best[4][3], 75586);
	assert_int_equal(b->best[16][3], 75848);
	assert_int_equal(b->best[44][3], 75938);
	assert_int_equal(b->messages, 14);
	assert_true(b->telemetry > 300000);
	assert_int_equal(lt_get_stats(d)->rejected, 0);
	assert_int_equal(lt_get_stats(d)->bad_values, 0);
	assert_int_equal(lt_get_stats(d)->merge_oddities, 0);
	lt_destroy(d);
}

static void packed_snapshot_has_the_known_first_sample(void **state)
{
	struct feed f = {0};
	char path[600];
	size_t n = 0;
	char *text = slurp(
		shared_path("reference/samples/livetiming/undercut/2024_Imola_Race/subscribe_w_z.json", path, sizeof(path)), &n);
	const struct f1p_ev_telemetry *t = NULL;

	(void)state;
	if (text == NULL) {
		skip();
	}
	f.decoder = lt_create(keep_event, keep_complaint, &f);
	assert_int_equal(lt_snapshot(f.decoder, text, n, T0, 0), F1P_OK);
	assert_int_equal(stats(&f)->rejected, 0);
	t = find(&f, F1P_EV_TELEMETRY, 0);
	assert_int_equal(t->car, 1);
	assert_int_equal(t->rpm, 6553);
	assert_int_equal(t->speed_kmh, 91);
	assert_int_equal(t->gear, 3);
	assert_int_equal(t->throttle_pct, 5);
	assert_int_equal(t->brake_pct, 0);
	assert_int_equal(t->drs, 0);
	assert_true(count_type(&f, F1P_EV_XYZ) >= 20);
	lt_destroy(f.decoder);
	free(f.events);
	free(text);
}

/* Every folder that matches: nothing valid is refused, no value is strange. Raw ones know no oddity either; in rebuilt ones
 * lists begin with index objects, which is one oddity per list. */
static void play_all(struct board *b, const char *pattern, bool is_raw)
{
	char path[600];
	glob_t found;

	if (glob(shared_path(pattern, path, sizeof(path)), 0, NULL, &found) != 0) {
		skip();
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct lt_decoder *d = lt_create(fold, complain, b);
		const struct lt_stats *s = lt_get_stats(d);

		if (play_archive(d, found.gl_pathv[i]) && (s->rejected != 0 || s->bad_values != 0 ||
								  s->merge_oddities > (is_raw ? 0 : 200) || s->messages < 1000)) {
			fail_msg("%s: messages %llu rejected %llu bad %llu odd %llu", found.gl_pathv[i],
				(unsigned long long)s->messages, (unsigned long long)s->rejected,
				(unsigned long long)s->bad_values, (unsigned long long)s->merge_oddities);
		}
		lt_destroy(d);
	}
	globfree(&found);
}

static void raw_recordings_decode_without_loss(void **state)
{
	play_all(*state, "recordings/livetiming/raw/*", true);
}

static void hybrid_recordings_decode_without_loss(void **state)
{
	play_all(*state, "recordings/livetiming/hybrid/*", false);
}

static void rebuilt_recordings_decode_without_loss(void **state)
{
	play_all(*state, "recordings/livetiming/rebuilt/2023_S*_Race", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(imola_2024_qualifying_gives_its_known_results, setup, teardown),
		cmocka_unit_test_setup_teardown(mexico_2025_qualifying_gives_its_known_results, setup, teardown),
		cmocka_unit_test_setup_teardown(packed_snapshot_has_the_known_first_sample, setup, teardown),
		cmocka_unit_test_setup_teardown(raw_recordings_decode_without_loss, setup, teardown),
		cmocka_unit_test_setup_teardown(hybrid_recordings_decode_without_loss, setup, teardown),
		cmocka_unit_test_setup_teardown(rebuilt_recordings_decode_without_loss, setup, teardown),
	};
	char path[600];
	glob_t found;

	if (glob(shared_path("recordings/livetiming", path, sizeof(path)), 0, NULL, &found) != 0) {
		puts("SKIPPED: F1PD_SHARED names no folder with recordings");
		return 77;
	}
	globfree(&found);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
