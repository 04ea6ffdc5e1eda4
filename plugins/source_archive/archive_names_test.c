/*
 * archive_names_test.c - paths that come from outside, the year's index, and which session a user's words mean.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "archive_fixture.h"
#include "match.h"

#include <helpers/rng.h>

/* ---- paths ---- */

static void test_only_paths_of_three_plain_parts_are_taken(void **state)
{
	static const char *const good[] = {"2025/2025-10-26_Mexico_City_Grand_Prix/2025-10-26_Race",
		"2025/2025-10-26_Mexico_City_Grand_Prix/2025-10-26_Race/",
		"2024/2024-11-03_S\xc3\xa3o_Paulo_Grand_Prix/2024-11-02_Sprint/",
		"2023/2023-02-25_Pre-Season_Testing/2023-02-23_Practice_1"};
	static const char *const bad[] = {"", "/", "2025", "2025/x", "/2025/x/y", "2025/../y", "2025/x/..", "2025/x/y/z",
		"2025/x//", "2025//y", "2025/.x/y", "20250/x/y", "../x/y", "2025/x/y%2e", "2025/x\\z/y", "2025/x y/z",
		"2025/x/y\n", "2025/x/\xff", "2025/x/y:z", "2025/x/y?", "2025/x/y\"", "2025/\xe2\x80/y", "etc/passwd/x",
		"2025/"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"a/y"};
	char path[PATH_ROOM];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(path_session(good[i], path));
		assert_int_equal(path[strlen(path) - 1], '/');
		assert_memory_equal(path, good[i], strlen(path) - 1);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (path_session(bad[i], path))
			fail_msg("\"%s\" was taken as %s", bad[i], path);
}

static void test_a_url_gives_its_server_and_the_session(void **state)
{
	char base[64], path[PATH_ROOM];

	(void)state;
	assert_true(path_of_url(
		"https://example.org:8443/static/2024/2024-11-03_S%C3%a3o_Paulo/2024-11-03_Race/TimingData.jsonStream", base,
		sizeof(base), path));
	assert_string_equal(base, "https://example.org:8443");
	assert_string_equal(path, "2024/2024-11-03_S\xc3\xa3o_Paulo/2024-11-03_Race/");
	assert_true(path_of_url("http://x/static/2024/a/b", base, sizeof(base), path));
	assert_string_equal(path, "2024/a/b/");
	static const char *const bad[] = {"http://x/2024/a/b", "http://x/static/2024/a", "http://x/static/2024/%2e%2e/b/",
		"http://x/static/2024/a/b?q", "http://x/static/2024/a/b%00", "http://x/static/2024/a/b%",
		"http://x/static/2024/a/b%4", "http://x/static/2024/a%2fb%2fc/d/e", "http://x/static/2024/a/b/c/d",
		"http://xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx/static/2024/a/b"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (path_of_url(bad[i], base, sizeof(base), path))
			fail_msg("\"%s\" was taken as %s", bad[i], path);
}

static void test_letters_beyond_ascii_are_encoded_in_urls(void **state)
{
	char out[40];

	(void)state;
	assert_true(path_encode("2024/S\xc3\xa3o_(P)/x.json", out, sizeof(out)));
	assert_string_equal(out, "2024/S%C3%A3o_%28P%29/x.json");
	assert_false(path_encode("\xc3\xa3\xc3\xa3\xc3\xa3\xc3\xa3\xc3\xa3\xc3\xa3\xc3\xa3\xc3\xa3", out, sizeof(out)));
}

static void test_names_of_topics(void **state)
{
	(void)state;
	assert_true(path_topic("CarData.z", 9));
	assert_false(path_topic("", 0));
	assert_false(path_topic("..", 2));
	assert_false(path_topic(".hidden", 7));
	assert_false(path_topic("a/b", 3));
	assert_false(path_topic("Car Data", 8));
	assert_false(path_topic("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 45));
}

/* ---- the index of a year ---- */

static const char year_text[] = YEAR(MEETING("1", "S\xc3\xa3o Paulo Grand Prix", "S\xc3\xa3o Paulo", "Brazil", "BRA",
	SESSION("1", "Practice", "Practice 1", "2030-03-01", PATH("2030/a/2030-03-01_Practice_1/")) "," SESSION(
		"2", "Qualifying", "Sprint Qualifying", "2030-03-01", PATH("2030/a/sq/")) "," SESSION("3", "Race", "Sprint",
		"2030-03-02", PATH("2030/a/s/")) "," SESSION("4", "Qualifying", "Qualifying", "2030-03-02",
		PATH("2030/a/q/")) "," SESSION("5", "Race", "Race", "2030-03-03", PATH("2030/a/r/"))) "," MEETING("2",
	"Mexico City Grand Prix", "Mexico City", "Mexico", "MEX",
	SESSION("6", "Practice", "Practice 1", "2030-03-10", PATH("2030/m/p1/")) "," SESSION(
		"7", "Practice", "Practice 2", "2030-03-10", PATH("2030/m/p2/")) "," SESSION("8", "Qualifying", "Qualifying",
		"2030-03-11", PATH("2030/m/q/")) "," SESSION("9", "Race", "Race", "2030-03-12", "")) "," MEETING("3",
	"Las Vegas Grand Prix", "Las Vegas", "United States", "USA", SESSION("10", "Race", "Race", "2030-04-12", "")));

static struct listing *listing_of(const char *text)
{
	struct listing *l = calloc(1, sizeof(*l));
	char why[200] = "";

	assert_non_null(l);
	if (!listing_read(l, 2030, text, strlen(text), why, sizeof(why)))
		fail_msg("%s", why);
	return l;
}

static void test_what_the_index_tells_of_a_session(void **state)
{
	struct listing *l = listing_of(year_text);
	const struct f1p_session_plan *p = &l->sessions[2].plan;

	(void)state;
	assert_int_equal(l->n, 10);
	assert_int_equal(l->refused, 0);
	assert_int_equal(p->size, sizeof(*p));
	assert_int_equal(p->type, F1P_SESSION_SPRINT);
	assert_int_equal(l->sessions[1].plan.type, F1P_SESSION_SPRINT_QUALIFYING);
	assert_int_equal(l->sessions[4].plan.type, F1P_SESSION_RACE);
	assert_int_equal(l->sessions[6].plan.number, 2);
	assert_int_equal(p->number, 0);
	assert_int_equal(p->round, 1);
	assert_int_equal(p->session_key, 3);
	assert_int_equal(p->meeting_key, 9001);
	assert_int_equal(p->circuit_key, 63);
	assert_int_equal(p->year, 2030);
	assert_int_equal(p->gmt_offset_s, -6 * 3600);
	assert_int_equal(p->t_start_ns, INT64_C(1898712000) * SECOND); /* 2030-03-02T20:00:00Z */
	assert_int_equal(p->t_end_ns - p->t_start_ns, 2 * HOUR);
	assert_string_equal(p->path, "2030/a/s/");
	assert_string_equal(p->meeting, "S\xc3\xa3o Paulo Grand Prix");
	assert_string_equal(p->country, "Brazil");
	assert_string_equal(l->sessions[9].plan.path, "");
	free(l);
}

static void test_sessions_that_cannot_be_are_left_out(void **state)
{
	struct listing *l = listing_of(YEAR(MEETING("1", "A", "B", "C", "D",
		SESSION("1", "Race", "Race", "2030-03-03", PATH("../../../etc/cron.d")) "," SESSION(
			"2", "Race", "Race", "2030-03-03", PATH("/etc/passwd")) "," SESSION("3", "Race", "Race", "2030-99-03",
			PATH("2030/a/r/")) "," SESSION("4", "Race", "Race", "yesterday", "") "," SESSION("6", "Race", "Race",
			"2199-12-31", "") ",7,null,\"x\",[]," SESSION("5", "Race", "Race", "2030-03-03",
			PATH("2030/a/r/"))) ",7,[],{},{\"Sessions\":{}}"));

	(void)state;
	assert_int_equal(l->n, 1);
	assert_int_equal(l->refused, 5);
	assert_int_equal(l->sessions[0].plan.session_key, 5);
	free(l);
}

static void test_no_index_is_an_error(void **state)
{
	static const char *const bad[] = {"", "x", "[]", "{}", "{\"Meetings\":{}}", "<html>", "{\"Meetings\":[",
		"{\"Meetings\":[]}x", "{\"Meetings\":\"none\"}"};
	struct listing *l = calloc(1, sizeof(*l));
	char why[200];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why[0] = '\0';
		assert_false(listing_read(l, 2030, bad[i], strlen(bad[i]), why, sizeof(why)));
		assert_int_not_equal(why[0], 0);
	}
	assert_true(listing_read(l, 2030, "{\"Meetings\":[]}", 15, why, sizeof(why)));
	assert_int_equal(l->n, 0);
	free(l);
}

static void test_a_year_of_too_many_sessions_is_cut(void **state)
{
	static const char one[] = SESSION("1", "Race", "Race", "2030-03-03", "") ",";
	char *text = malloc(600 * sizeof(one) + 100);
	size_t at = 0;

	(void)state;
	at += (size_t)sprintf(text, "{\"Meetings\":[{\"Sessions\":[");
	for (int i = 0; i < 600; i++)
		at += (size_t)sprintf(text + at, "%s", one);
	sprintf(text + at - 1, "]}]}");
	struct listing *l = listing_of(text);
	assert_int_equal(l->n, SESSIONS_MAX);
	free(l);
	free(text);
}

/* Whatever bytes come: no crash, and never a path that leads elsewhere. */
static void test_mangled_indexes_do_no_harm(void **state)
{
	struct f1p_rng rng;
	struct listing *l = calloc(1, sizeof(*l));
	char text[sizeof(year_text)], why[200], path[PATH_ROOM];

	(void)state;
	f1p_rng_seed(&rng, 7, 1);
	for (int i = 0; i < 3000; i++) {
		memcpy(text, year_text, sizeof(text));
		for (uint32_t k = 0; k < 1 + f1p_rng_u64(&rng) % 4; k++)
			text[f1p_rng_u64(&rng) % (sizeof(text) - 1)] = (char)f1p_rng_u64(&rng);
		size_t n = i % 3 ? sizeof(text) - 1 : f1p_rng_u64(&rng) % sizeof(text);
		if (!listing_read(l, 2030, text, n, why, sizeof(why)))
			continue;
		for (uint32_t s = 0; s < l->n; s++)
			assert_true(!l->sessions[s].plan.path[0] || path_session(l->sessions[s].plan.path, path));
	}
	free(l);
}

/* ---- the index of a session ---- */

static void test_the_streams_of_a_session(void **state)
{
	static const char text[] = "{\"Feeds\":{" FEED("TimingData") "," FEED(
		"CarData.z") ",\"E\":{\"StreamPath\":\"../../evil.jsonStream\"},\"F\":{\"StreamPath\":\"/etc/"
			     "x.jsonStream\"},\"G\":{\"StreamPath\":\"a.json\"},"
			     "\"H\":{\"StreamPath\":\".jsonStream\"},\"I\":{\"StreamPath\":7},\"J\":[],\"K\":{\"KeyFramePath\":"
			     "\"K.json\"}," FEED("TimingData") "}}";
	struct topics t;
	char why[200];

	(void)state;
	assert_true(topics_read(&t, text, strlen(text), why, sizeof(why)));
	assert_int_equal(t.n, 2);
	assert_true(topics_have(&t, "TimingData"));
	assert_true(topics_have(&t, "CarData.z"));
	assert_false(topics_read(&t, "{\"Feeds\":[]}", 12, why, sizeof(why)));
	assert_false(topics_read(&t, "{\"Feeds\":{", 10, why, sizeof(why)));
}

static void test_more_streams_than_there_can_be(void **state)
{
	char *text = malloc(400000);
	size_t at = (size_t)sprintf(text, "{\"Feeds\":{");
	struct topics t;
	char why[200];

	(void)state;
	for (int i = 0; i < 1000; i++)
		at += (size_t)sprintf(text + at, "%s\"T%d\":{\"StreamPath\":\"T%d.jsonStream\"}", i ? "," : "", i, i);
	sprintf(text + at, "}}");
	assert_true(topics_read(&t, text, strlen(text), why, sizeof(why)));
	assert_int_equal(t.n, TOPICS_MAX);
	free(text);
}

/* ---- words ---- */

static void expect(const struct listing *l, const char *text, enum match how, const char *path)
{
	struct words w;

	assert_true(words_read(&w, text));
	struct matched m = match_words(l, &w);
	if (m.how != how || (path && strcmp(m.sessions[0]->plan.path, path) != 0))
		fail_msg("\"%s\": %d, %u of them, first %s", text, m.how, m.n, m.n ? m.sessions[0]->plan.path : "none");
}

static void test_words_find_a_session(void **state)
{
	struct listing *l = listing_of(year_text);

	(void)state;
	expect(l, "2030 sao paulo race", MATCH_ONE, "2030/a/r/");
	expect(l, "S\xc3\x83O PAULO, Race!", MATCH_ONE, "2030/a/r/");
	expect(l, "brazil sprint", MATCH_ONE, "2030/a/s/"); /* and not the Sprint Qualifying */
	expect(l, "brazil qualifying", MATCH_ONE, "2030/a/q/");
	expect(l, "bra sprint qualifying", MATCH_ONE, "2030/a/sq/");
	expect(l, "mex practice 2", MATCH_ONE, "2030/m/p2/");
	expect(l, "2030 mexico quali", MATCH_ONE, "2030/m/q/");
	expect(l, "race", MATCH_ONE, "2030/a/r/"); /* the only one that is there */
	free(l);
}

static void test_words_that_do_not_find_one(void **state)
{
	struct listing *l = listing_of(year_text);
	struct words w;

	(void)state;
	expect(l, "mexico practice", MATCH_MANY, "2030/m/p1/");
	expect(l, "2030", MATCH_MANY, NULL);
	expect(l, "las vegas race", MATCH_NOT_YET, "");
	expect(l, "mexico race", MATCH_NOT_YET, "");
	expect(l, "monaco race", MATCH_NONE, NULL);
	expect(l, "exico", MATCH_NONE, NULL); /* words are given from their beginning on */
	assert_true(words_read(&w, "mexico practise"));
	struct matched m = match_words(l, &w);
	assert_int_equal(m.how, MATCH_NONE);
	assert_int_equal(m.n, 4); /* the nearest: Mexico's */
	assert_false(words_read(&w, " ,.! "));
	assert_false(words_read(&w, "a b c d e f g h i j k l m n o p q"));
	assert_true(words_read(&w, "2030 race"));
	assert_int_equal(w.year, 2030);
	assert_int_equal(w.n, 1);
	free(l);
}

static void test_the_latest_is_the_newest_that_is_there(void **state)
{
	struct listing *l = listing_of(year_text);
	struct matched m = match_latest(l);

	(void)state;
	assert_int_equal(m.how, MATCH_ONE);
	assert_string_equal(m.sessions[0]->plan.path, "2030/m/q/");
	l->n = 0;
	assert_int_equal(match_latest(l).how, MATCH_NONE);
	free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_paths_of_three_plain_parts_are_taken),
		cmocka_unit_test(test_a_url_gives_its_server_and_the_session),
		cmocka_unit_test(test_letters_beyond_ascii_are_encoded_in_urls),
		cmocka_unit_test(test_names_of_topics),
		cmocka_unit_test(test_what_the_index_tells_of_a_session),
		cmocka_unit_test(test_sessions_that_cannot_be_are_left_out),
		cmocka_unit_test(test_no_index_is_an_error),
		cmocka_unit_test(test_a_year_of_too_many_sessions_is_cut),
		cmocka_unit_test(test_mangled_indexes_do_no_harm),
		cmocka_unit_test(test_the_streams_of_a_session),
		cmocka_unit_test(test_more_streams_than_there_can_be),
		cmocka_unit_test(test_words_find_a_session),
		cmocka_unit_test(test_words_that_do_not_find_one),
		cmocka_unit_test(test_the_latest_is_the_newest_that_is_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
