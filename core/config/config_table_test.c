/* config_table_test.c - option values by their type and range, bad tables, and random bytes through all of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/temp_folder_fixture.h"
#include "config/config_table.h"
#include "config/config_test_util.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void no_warnings(void *arg, int level, const char *line)
{
	snprintf(arg, 400, "%d %s", level, line);
}

/* ---- option tables ---- */

struct options {
	const char *name;
	int64_t laps;
	double speed;
	bool loud;
	int64_t every;
	int64_t cache;
	const char *mode;
	const char *path;
	const char *password;
	int64_t old;
};
#define OPT(field, type, flags, def, min, max, choices)                                                                          \
	F1P_OPT(struct options, field, type, flags, def, min, max, choices, "Help on " #field)
static const struct f1p_cfg_item items[] = {
	OPT(name, F1P_CFG_STR, 0, "nobody", NULL, NULL, NULL),
	OPT(laps, F1P_CFG_INT, 0, "57", "1", "78", NULL),
	OPT(speed, F1P_CFG_DOUBLE, 0, "1.5", "0", "1000", NULL),
	OPT(loud, F1P_CFG_BOOL, 0, "no", NULL, NULL, NULL),
	OPT(every, F1P_CFG_DURATION_MS, 0, "10s", "20ms", "2h", NULL),
	OPT(cache, F1P_CFG_SIZE, 0, "64k", "512", "1G", NULL),
	OPT(mode, F1P_CFG_ENUM, 0, "fast", NULL, NULL, "slow|fast"),
	OPT(path, F1P_CFG_PATH, 0, "", NULL, NULL, NULL),
	OPT(password, F1P_CFG_SECRET, 0, "", NULL, NULL, NULL),
	OPT(old, F1P_CFG_INT, F1P_CFG_DEPRECATED, "0", NULL, NULL, NULL),
};
#define N_ITEMS ((uint32_t)(sizeof(items) / sizeof(items[0])))

/* Fills from the option lines; NULL with l->text. Free with free_options. */
static struct options *fill_in(struct lines *l, const char *base_dir, const char *option_lines)
{
	char text[1000];
	struct config_file *f;
	void *block = NULL;
	bool good;

	snprintf(text, sizeof(text), HEAD "[options]\n%s", option_lines);
	f = parse(l, text);
	assert_non_null(f);
	good = config_fill(items, N_ITEMS, sizeof(struct options), f, base_dir, &block, fresh(l));
	assert_int_equal(good, block != NULL);
	config_file_free(f);
	return block;
}

static void free_options(struct options *o)
{
	config_block_free(items, N_ITEMS, o);
}

static void test_defaults(void **state)
{
	struct lines l;
	struct options *o = fill_in(&l, "conf.d", "");

	(void)state;
	assert_non_null(o);
	assert_string_equal(o->name, "nobody");
	assert_int_equal(o->laps, 57);
	assert_true(o->speed == 1.5);
	assert_false(o->loud);
	assert_int_equal(o->every, 10000);
	assert_int_equal(o->cache, 65536);
	assert_string_equal(o->mode, "fast");
	assert_string_equal(o->path, "");
	assert_string_equal(o->password, "");
	free_options(o);
}

static void test_given_values(void **state)
{
	struct lines l;
	struct options *o = fill_in(&l, "conf.d",
		"name = VER\nlaps = 78\nspeed = 2.5e1\nloud = true\nevery = 250ms\ncache = 16M\n"
		"mode = slow\npath = a/b.jsonStream\n");

	(void)state;
	assert_non_null(o);
	assert_string_equal(o->name, "VER");
	assert_int_equal(o->laps, 78);
	assert_true(o->speed == 25.0);
	assert_true(o->loud);
	assert_int_equal(o->every, 250);
	assert_int_equal(o->cache, 16 * 1048576);
	assert_string_equal(o->mode, "slow");
	assert_string_equal(o->path, "conf.d/a/b.jsonStream");
	free_options(o);
}

static void test_units(void **state)
{
	struct lines l;
	struct options *o = fill_in(&l, "", "every = 5m\ncache = 1G\npath = /x\n");

	(void)state;
	assert_non_null(o);
	assert_int_equal(o->every, 300000);
	assert_int_equal(o->cache, INT64_C(1) << 30);
	assert_string_equal(o->path, "/x");
	free_options(o);
	o = fill_in(&l, "", "every = 2h\ncache = 512\nloud = on\n");
	assert_non_null(o);
	assert_int_equal(o->every, 7200000);
	assert_int_equal(o->cache, 512);
	free_options(o);
}

/* One option line (line 4 of the file) gives exactly this reason. */
static void bad_value(const char *line, const char *reason)
{
	char expected[500];
	struct lines l;

	assert_null(fill_in(&l, "conf.d", line));
	snprintf(expected, sizeof(expected), PATH ":4: %.*s: %s\n", (int)strcspn(line, " ="), line, reason);
	assert_string_equal(l.text, expected);
}

static void test_ranges(void **state)
{
	(void)state;
	bad_value("speed = 2000", "2000 is above the maximum 1000");
	bad_value("speed = -1", "-1 is below the minimum 0");
	bad_value("laps = 0", "0 is below the minimum 1");
	bad_value("laps = 79", "79 is above the maximum 78");
	bad_value("every = 10ms", "10ms is below the minimum 20ms");
	bad_value("every = 121m", "121m is above the maximum 2h");
	bad_value("cache = 2G", "2G is above the maximum 1G");
}

static void test_bad_numbers(void **state)
{
	(void)state;
	bad_value("laps = many", "\"many\" is not a whole number");
	bad_value("laps = 5.5", "\"5.5\" is not a whole number");
	bad_value("laps = 0x10", "\"0x10\" is not a whole number");
	bad_value("laps = 99999999999999999999", "\"99999999999999999999\" is not a whole number");
	bad_value("laps =", "\"\" is not a whole number");
	bad_value("speed = nan", "\"nan\" is not a number");
	bad_value("speed = inf", "\"inf\" is not a number");
	bad_value("speed = 0x1p3", "\"0x1p3\" is not a number");
	bad_value("speed = 1e999", "\"1e999\" is not a number");
	bad_value("speed = 1,5", "\"1,5\" is not a number");
	bad_value("loud = maybe", "\"maybe\" is neither yes nor no");
	bad_value("every = 10", "\"10\" is not a duration; write 250ms, 10s, 5m or 2h");
	bad_value("every = 9223372036854775807h", "\"9223372036854775807h\" is not a duration; write 250ms, 10s, 5m or 2h");
	bad_value("every = -5s", "\"-5s\" is not a duration; write 250ms, 10s, 5m or 2h");
	bad_value("cache = 1T", "\"1T\" is not a size; write 512, 64k, 16M or 1G");
	bad_value("cache = 9999999999999G", "\"9999999999999G\" is not a size; write 512, 64k, 16M or 1G");
	bad_value("cache = 1kk", "\"1kk\" is not a size; write 512, 64k, 16M or 1G");
	bad_value("mode = fas", "\"fas\" is not one of slow|fast");
	bad_value("mode = slow|fast", "\"slow|fast\" is not one of slow|fast");
	bad_value("path = ~/x", "~ is not expanded; write the whole path");
}

static void test_unknown_key_suggests(void **state)
{
	(void)state;
	bad_value("sped = 5", "unknown option; did you mean \"speed\"?");
	bad_value("pasword = x", "unknown option; did you mean \"password\"?");
	bad_value("zzzzzz = 5", "unknown option; known: name laps speed loud every cache mode path password old");
}

static void test_secrets(void **state)
{
	char warning[400] = "";
	struct options *o;
	struct lines l;

	(void)state;
	bad_value("password = hunter2", "write ${file:PATH} or ${env:NAME}, never the secret itself");
	bad_value("password = ${env:F1PD_NO_SUCH_SECRET}", "the environment variable F1PD_NO_SUCH_SECRET is not set");
	bad_value("password = ${file:no/such}", "the secret's file conf.d/no/such cannot be read: No such file or directory");
	setenv("F1PD_TEST_SECRET", "from environment", 1);
	o = fill_in(&l, "", "password = ${env:F1PD_TEST_SECRET}");
	assert_non_null(o);
	assert_string_equal(o->password, "from environment");
	free_options(o);

	put_in_temp_folder("key", "hunter2\r\n");
	chmod(in_temp_folder("key"), 0644);
	log_set_writer(no_warnings, warning);
	o = fill_in(&l, temp_folder, "password = ${file:key}");
	log_set_writer(NULL, NULL);
	assert_non_null(o);
	assert_string_equal(o->password, "hunter2");
	assert_non_null(strstr(warning, "others can read this secret"));
	assert_null(strstr(warning, "hunter2"));
	free_options(o);
}

static void test_deprecated_warns(void **state)
{
	char warning[400] = "";
	struct lines l;
	struct options *o;

	(void)state;
	log_set_writer(no_warnings, warning);
	o = fill_in(&l, "", "old = 3");
	log_set_writer(NULL, NULL);
	assert_non_null(o);
	assert_int_equal(o->old, 3);
	assert_string_equal(warning, "2 config: " PATH ":4: old: deprecated: Help on old");
	free_options(o);
}

static void test_required(void **state)
{
	static const struct f1p_cfg_item required[] = {
		F1P_OPT(struct options, path, F1P_CFG_PATH, F1P_CFG_REQUIRED, NULL, NULL, NULL, NULL, "Recording to play")};
	struct lines l;
	struct config_file *f = parse(&l, HEAD);
	void *block;

	(void)state;
	assert_false(config_fill(required, 1, sizeof(struct options), f, "", &block, fresh(&l)));
	assert_string_equal(l.text, PATH ": path: must be given (Recording to play)\n");
	assert_null(block);
	config_file_free(f);
}

static void test_longer_strided_table(void **state)
{
	static const struct {
		struct f1p_cfg_item item;
		uintptr_t later_field;
	} longer[] = {
		{F1P_OPT(struct options, laps, F1P_CFG_INT, 0, "5", NULL, NULL, NULL, "Laps"), 0xdead},
		{F1P_OPT(struct options, old, F1P_CFG_INT, 0, "6", NULL, NULL, NULL, "Old"), 0xbeef},
	};
	struct f1p_cfg_item table[4];
	struct lines l;
	struct config_file *f = parse(&l, HEAD);
	char bytes[sizeof(longer)];
	void *block;
	char err[200] = "";

	(void)state;
	memcpy(bytes, longer, sizeof(bytes));
	for (size_t i = 0; i < 2; i++) {
		uint32_t size = sizeof(longer[0]);

		memcpy(bytes + i * size, &size, sizeof(size));
	}
	assert_true(sizeof(bytes) <= sizeof(table));
	memcpy(table, bytes, sizeof(bytes));
	assert_true(config_table_check(table, 2, sizeof(struct options), err, sizeof(err)));
	assert_true(config_fill(table, 2, sizeof(struct options), f, "", &block, fresh(&l)));
	assert_int_equal(((struct options *)block)->laps, 5);
	assert_int_equal(((struct options *)block)->old, 6);
	config_block_free(table, 2, block);
	config_file_free(f);
}

static void bad_item(struct f1p_cfg_item item, const char *reason)
{
	char err[200] = "";

	assert_false(config_table_check(&item, 1, sizeof(struct options), err, sizeof(err)));
	assert_string_equal(err, reason);
}

static void test_bad_tables(void **state)
{
	struct f1p_cfg_item item = items[1]; /* laps */
	struct f1p_cfg_item twice[2] = {items[1], items[1]};
	char err[200] = "";

	(void)state;
	assert_true(config_table_check(items, N_ITEMS, sizeof(struct options), err, sizeof(err)));
	item.def = "99";
	bad_item(item, "option laps: its default: 99 is above the maximum 78");
	item = items[1];
	item.offset = sizeof(struct options);
	bad_item(item, "option laps: its field at byte 80 does not fit into the config struct of 80 bytes");
	item.offset = 4;
	bad_item(item, "option laps: its field at byte 4 does not fit into the config struct of 80 bytes");
	item = items[1];
	item.name = "Laps";
	bad_item(item, "option number 1 has a bad name");
	item = items[1];
	item.type = 77;
	bad_item(item, "option laps has type 77, which this f1pd does not know");
	item = items[1];
	item.min = "x";
	bad_item(item, "option laps: its range: \"x\" is not a whole number");
	item = items[1];
	item.min = "79";
	bad_item(item, "option laps: its minimum is above its maximum");
	item = items[1];
	item.help = NULL;
	bad_item(item, "option laps has no help");
	item = items[1];
	item.def = NULL;
	bad_item(item, "option laps: has no default and is not required");
	item = items[6];
	item.choices = NULL;
	bad_item(item, "option mode has no choices");
	item = items[8];
	item.def = "hunter2";
	bad_item(item, "option password: a secret can have no default");
	assert_false(config_table_check(twice, 2, sizeof(struct options), err, sizeof(err)));
	assert_string_equal(err, "option laps is in the table twice");
	twice[1].name = "other";
	assert_false(config_table_check(twice, 2, sizeof(struct options), err, sizeof(err)));
	assert_non_null(strstr(err, "option other: its field at byte 8 does not fit"));
}

/* ---- property: whatever the bytes, it comes back, and a NULL has a reason ---- */

static void test_random_bytes(void **state)
{
	static const char *const pieces[] = {"[plugin]\n", "[options]\n", "id = ", "source_x", "\n", "speed", "=", "[", "]", ";",
		"#", " ", "\t", "\r\n", "\xef\xbb\xbf", "\xc3", "\xa3", "laps = 5\n", "every = 10s\n", "enabled = no\n"};
	uint64_t x = 88172645463325252u; /* xorshift64 */

	(void)state;
	for (int round = 0; round < 3000; round++) {
		char text[2000];
		size_t n = 0;
		struct lines l;
		struct config_file *f;

		while (n < 600 + (size_t)(round % 7) * 150) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			if (x % 5 == 0) {
				text[n++] = (char)(x >> 32);
			} else {
				const char *piece = pieces[(x >> 20) % (sizeof(pieces) / sizeof(pieces[0]))];

				memcpy(text + n, piece, strlen(piece));
				n += strlen(piece);
			}
		}
		f = config_file_parse(PATH, text, n, fresh(&l));
		assert_true((f == NULL) == (l.errors.count > 0));
		if (f) {
			void *block;

			config_fill(items, N_ITEMS, sizeof(struct options), f, "conf.d", &block, fresh(&l));
			assert_true((block == NULL) == (l.errors.count > 0));
			config_block_free(items, N_ITEMS, block);
		}
		config_file_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_given_values),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_bad_numbers),
		cmocka_unit_test(test_unknown_key_suggests),
		cmocka_unit_test_setup_teardown(test_secrets, temp_folder_make, temp_folder_remove),
		cmocka_unit_test(test_deprecated_warns),
		cmocka_unit_test(test_required),
		cmocka_unit_test(test_longer_strided_table),
		cmocka_unit_test(test_bad_tables),
		cmocka_unit_test(test_random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
