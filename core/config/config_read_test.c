/* config_read_test.c - the strict reader of one instance file: what a user would see for each mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/config_test_util.h"

#include <f1pd/plugin.h>
#include <stdlib.h>

/* The text is refused with exactly these lines. */
static void refused(const char *text, const char *expected)
{
	struct lines l;
	struct config_file *file = parse(&l, text);

	assert_null(file);
	assert_string_equal(l.text, expected);
	assert_true(l.errors.count > 0);
}

static void test_good_file(void **state)
{
	struct lines l;
	struct config_file *f =
		parse(&l, "\xef\xbb\xbf; the demo\n# of f1pd\n[plugin] ; comment\r\n  id = source_simulator # comment\n"
			  "enabled=off\n\n[options]\nspeed = 60 ; fast\nname = S\xc3\xa3o Paulo #1; x\nempty =\n");

	(void)state;
	assert_non_null(f);
	assert_string_equal(l.text, "");
	assert_string_equal(f->name, "source-demo");
	assert_string_equal(f->plugin_id, "source_simulator");
	assert_int_equal(f->id_line, 4);
	assert_false(f->enabled);
	assert_int_equal(f->n_options, 3);
	assert_string_equal(f->options[0].key, "speed");
	assert_string_equal(f->options[0].value, "60");
	assert_int_equal(f->options[0].line, 8);
	assert_string_equal(f->options[1].value, "S\xc3\xa3o Paulo"); /* a '#' after a space begins a comment */
	assert_string_equal(f->options[2].value, "");
	assert_int_equal(config_file_kind(f), F1P_KIND_SOURCE);
	config_file_free(f);
}

static void test_value_keeps_signs_inside(void **state)
{
	struct lines l;
	struct config_file *f = parse(&l, HEAD "[options]\nurl = http://x/a#b;c=d:e\n");

	(void)state;
	assert_non_null(f);
	assert_string_equal(f->options[0].value, "http://x/a#b;c=d:e");
	config_file_free(f);
}

static void test_no_equals(void **state)
{
	(void)state;
	refused(HEAD "[options]\nspeed 60\n",
		PATH ":4: no '=' in the line; write key = value (a value cannot go on in a second line)\n");
}

static void test_colon_is_no_separator(void **state)
{
	(void)state;
	refused(HEAD "[options]\nspeed: 60 = x\n", PATH ":4: bad key \"speed: 60 \"; a key is a-z, 0-9 and _\n");
}

static void test_empty_key(void **state)
{
	(void)state;
	refused(HEAD "[options]\n = 5\n", PATH ":4: no key before '='\n");
}

static void test_key_in_capitals(void **state)
{
	(void)state;
	refused(HEAD "[options]\nSpeed = 5\n", PATH ":4: bad key \"Speed \"; a key is a-z, 0-9 and _\n");
}

static void test_continued_value(void **state)
{
	struct lines l;

	(void)state;
	assert_null(parse(&l, HEAD "[options]\npath = a\n  b\n"));
	assert_non_null(strstr(l.text, PATH ":5: no '=' in the line"));
}

static void test_unclosed_section(void **state)
{
	(void)state;
	refused(HEAD "[options\nspeed = 5\n", PATH ":3: the section has no closing ']'\n");
}

static void test_text_after_section(void **state)
{
	(void)state;
	refused(HEAD "[options] speed = 5\n", PATH ":3: only a comment may follow a section on its line\n");
}

static void test_unknown_section_is_reported_once(void **state)
{
	(void)state;
	refused(HEAD "[option]\nspeed = 5\nlaps = 3\n", PATH ":3: unknown section [option]; allowed: [plugin], [options]\n");
}

static void test_long_section(void **state)
{
	struct lines l;
	char text[400];

	(void)state;
	snprintf(text, sizeof(text), HEAD "[%0100d]\n", 7);
	assert_null(parse(&l, text));
	assert_non_null(strstr(l.text, PATH ":3: unknown section [0000"));
}

static void test_section_twice(void **state)
{
	(void)state;
	refused(HEAD "[options]\na = 1\n[options]\nb = 2\n", PATH ":5: [options] stands a second time, the first is on line 3\n");
}

static void test_key_before_section(void **state)
{
	(void)state;
	refused("id = x\nenabled = yes\n" HEAD, PATH ":1: a key before the first section; put it under [plugin]\n");
}

static void test_double_key(void **state)
{
	(void)state;
	refused(HEAD "[options]\nspeed = 1\n\nspeed = 2\n", PATH ":6: speed: given twice, the first is on line 4\n");
}

static void test_control_character(void **state)
{
	(void)state;
	refused(HEAD "[options]\nspeed = 1\x07\n", PATH ":4: byte 10 is a control character\n");
}

static void test_nul_byte(void **state)
{
	static const char text[] = HEAD "[options]\nspeed = 1\0hidden\n";
	struct lines l;

	(void)state;
	assert_null(config_file_parse(PATH, text, sizeof(text) - 1, fresh(&l)));
	assert_string_equal(l.text, PATH ":4: byte 10 is a control character\n");
}

static void test_invalid_utf8(void **state)
{
	(void)state;
	refused(HEAD "[options]\nname = S\xe3o\n", PATH ":4: byte 9 is not UTF-8\n");
}

static void long_line(size_t bytes, bool good)
{
	char *text = malloc(bytes + 200);
	char expected[200] = "";
	struct lines l;
	struct config_file *f;

	assert_non_null(text);
	memset(text, 0, bytes + 200);
	strcpy(text, HEAD "[options]\na = ");
	memset(text + strlen(text), 'x', bytes - 4);
	strcat(text, "\nb = 2\nc\n"); /* the line after it keeps its number */
	f = parse(&l, text);
	assert_null(f);
	if (!good) {
		snprintf(expected, sizeof(expected), PATH ":4: the line has %zu bytes, at most 190 are read\n", bytes);
	}
	strcat(expected, PATH ":6: no '=' in the line; write key = value (a value cannot go on in a second line)\n");
	assert_string_equal(l.text, expected);
	free(text);
}

static void test_longest_line(void **state)
{
	(void)state;
	long_line(190, true);
}

static void test_long_lines(void **state)
{
	(void)state;
	long_line(191, false);
	long_line(199, false);
	long_line(200, false);
	long_line(201, false);
	long_line(5000, false);
	long_line(100000, false);
}

static void test_last_line_without_end(void **state)
{
	struct lines l;
	struct config_file *f = parse(&l, HEAD "[options]\nspeed = 5");

	(void)state;
	assert_non_null(f);
	assert_string_equal(f->options[0].value, "5");
	config_file_free(f);
}

static void test_all_errors_are_reported(void **state)
{
	(void)state;
	refused("[plugin]\nid = Bad Id\nenabled = maybe\nqueue_size = 3\ncolour = red\n[options]\nx\n",
		PATH ":7: no '=' in the line; write key = value (a value cannot go on in a second line)\n" PATH
		     ":3: enabled: \"maybe\" is neither yes nor no\n" PATH ":4: queue_size: 3 is below the minimum 16\n" PATH
		     ":5: colour: unknown option; known: id enabled queue queue_size priority priorities silence "
		     "settle\n");
}

static void test_id_is_no_path(void **state)
{
	(void)state;
	refused("[plugin]\nid = ../evil\n", PATH ":2: id: \"../evil\" is no plugin id (a-z 0-9 _)\n");
}

static void test_missing_id(void **state)
{
	(void)state;
	refused("[plugin]\nenabled = no\n", PATH ": id: must be given (which plugin: its module is ID.so)\n");
	refused("", PATH ": id: must be given (which plugin: its module is ID.so)\n");
	refused("[plugin]\nid =\n", PATH ":2: id: must not be empty (which plugin: its module is ID.so)\n");
}

static void test_disabled_file_must_be_right_too(void **state)
{
	(void)state;
	refused("[plugin]\nid = x\nenabled = no\n[options]\nbroken\n",
		PATH ":5: no '=' in the line; write key = value (a value cannot go on in a second line)\n");
}

static void test_queue_only_for_sinks(void **state)
{
	static const char text[] = "[plugin]\nid = sink_log\nqueue = block\nqueue_size = 100\n";
	struct config_file *f;
	struct lines l;

	(void)state;
	refused(HEAD "queue = block\n", PATH ":3: queue: only sinks have a queue\n");
	f = config_file_parse("30-sink-log.ini", text, strlen(text), fresh(&l));
	assert_non_null(f);
	assert_int_equal(f->queue_policy, CONFIG_QUEUE_BLOCK);
	assert_int_equal(f->queue_size, 100);
	config_file_free(f);
}

static void test_priorities_of_sources(void **state)
{
	static const char text[] = HEAD "priority = 80\npriorities = timing=90 weather=10, tyres=0\nsilence = 20s\nsettle = 0s\n";
	struct config_file *f, *g;
	struct lines l;

	(void)state;
	f = config_file_parse(PATH, text, strlen(text), fresh(&l));
	g = config_file_parse(PATH, HEAD, strlen(HEAD), fresh(&l));
	assert_non_null(f);
	assert_non_null(g);
	assert_int_equal(f->priority, 80);
	assert_int_equal(f->priorities[F1P_DATA_TIMING], 90);
	assert_int_equal(f->priorities[F1P_DATA_WEATHER], 10);
	assert_int_equal(f->priorities[F1P_DATA_TYRES], 0);
	assert_int_equal(f->priorities[F1P_DATA_LAPS], -1);
	assert_int_equal(f->silence_ms, 20000);
	assert_int_equal(f->settle_ms, 0);
	assert_int_equal(g->priority, 50);
	assert_int_equal(g->priorities[F1P_DATA_TIMING], -1);
	assert_int_equal(g->silence_ms, 4500);
	assert_false(config_file_equal(f, g)); /* a reload restarts it */
	config_file_free(f);
	config_file_free(g);
	refused(HEAD "priorities = tyre=4\n", PATH ":3: priorities: \"tyre\" is no kind of data (session, track, messages, "
		"drivers, timing, laps, pit, tyres, ...)\n");
	refused(HEAD "priorities = timing=101\n", PATH ":3: priorities: timing needs a number from 0 (never) to 100, like timing=90\n");
	refused(HEAD "priorities = timing=\n", PATH ":3: priorities: timing needs a number from 0 (never) to 100, like timing=90\n");
	refused(HEAD "priorities = timing\n", PATH ":3: priorities: timing needs a number from 0 (never) to 100, like timing=90\n");
	refused(HEAD "priorities = timing=9x\n", PATH ":3: priorities: timing needs a number from 0 (never) to 100, like timing=90\n");
}

static void test_file_names(void **state)
{
	static const char *const bad[] = {"source-demo.ini", "1-source-demo.ini", "10_source-demo.ini", "10-demo.ini",
		"10-source-.ini", "10-source-De mo.ini", "10-source-x.conf",
		"10-sink-012345678901234567890123456789012345678901234.ini"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct lines l;

		assert_null(config_file_parse(bad[i], HEAD, strlen(HEAD), fresh(&l)));
		assert_non_null(strstr(l.text, "the file's name must be NN-KIND-NAME.ini"));
		assert_memory_equal(l.text, bad[i], strlen(bad[i]));
	}
}

static void test_many_errors_are_cut(void **state)
{
	struct lines l;
	char text[4000] = HEAD "[options]\n";

	(void)state;
	for (int i = 0; i < 500; i++) {
		strcat(text, "x\n");
	}
	assert_null(parse(&l, text));
	assert_int_equal(l.errors.count, 51);
	assert_non_null(strstr(l.text, PATH ":54: more than 50 errors, the rest of this file is not shown\n"));
}

static void test_too_many_keys(void **state)
{
	char *text = calloc(1, 40000);
	struct lines l;
	size_t used = 0;

	(void)state;
	assert_non_null(text);
	used += (size_t)sprintf(text, HEAD "[options]\n");
	for (int i = 0; i < 1001; i++) {
		used += (size_t)sprintf(text + used, "k%d=1\n", i);
	}
	assert_null(parse(&l, text));
	assert_non_null(strstr(l.text, "more than 1000 keys in one file"));
	free(text);
}

/* ---- identity ---- */

static void test_equal_and_hash(void **state)
{
	struct lines l;
	struct config_file *a = parse(&l, HEAD "[options]\nx = 1\ny = 2\n");
	struct config_file *same = parse(&l, "; moved\n" HEAD "\n[options]\ny = 2 ; swapped\nx = 1\n");
	struct config_file *other = parse(&l, HEAD "[options]\nx = 1\ny = 3\n");
	struct config_file *more = parse(&l, HEAD "[options]\nx = 1\ny = 2\nz = 2\n");
	struct config_file *off = parse(&l, HEAD "enabled = no\n[options]\nx = 1\ny = 2\n");
	struct config_file *copy = config_file_copy(a);

	(void)state;
	assert_true(config_file_equal(a, same));
	assert_true(config_file_equal(a, copy));
	assert_false(config_file_equal(a, other));
	assert_false(config_file_equal(a, more));
	assert_false(config_file_equal(a, off));
	assert_true(config_file_hash(a) == config_file_hash(same));
	assert_true(config_file_hash(a) != config_file_hash(other));
	assert_true(config_file_hash(a) != config_file_hash(more));
	config_file_free(a);
	config_file_free(same);
	config_file_free(other);
	config_file_free(more);
	config_file_free(off);
	config_file_free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_file),
		cmocka_unit_test(test_value_keeps_signs_inside),
		cmocka_unit_test(test_no_equals),
		cmocka_unit_test(test_colon_is_no_separator),
		cmocka_unit_test(test_empty_key),
		cmocka_unit_test(test_key_in_capitals),
		cmocka_unit_test(test_continued_value),
		cmocka_unit_test(test_unclosed_section),
		cmocka_unit_test(test_text_after_section),
		cmocka_unit_test(test_unknown_section_is_reported_once),
		cmocka_unit_test(test_long_section),
		cmocka_unit_test(test_section_twice),
		cmocka_unit_test(test_key_before_section),
		cmocka_unit_test(test_double_key),
		cmocka_unit_test(test_control_character),
		cmocka_unit_test(test_nul_byte),
		cmocka_unit_test(test_invalid_utf8),
		cmocka_unit_test(test_longest_line),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_last_line_without_end),
		cmocka_unit_test(test_all_errors_are_reported),
		cmocka_unit_test(test_id_is_no_path),
		cmocka_unit_test(test_missing_id),
		cmocka_unit_test(test_disabled_file_must_be_right_too),
		cmocka_unit_test(test_queue_only_for_sinks),
		cmocka_unit_test(test_priorities_of_sources),
		cmocka_unit_test(test_file_names),
		cmocka_unit_test(test_many_errors_are_cut),
		cmocka_unit_test(test_too_many_keys),
		cmocka_unit_test(test_equal_and_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
