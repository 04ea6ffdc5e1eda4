/* commands_test.c - `f1pd -t` and `f1pd plugins [--config]`: what they print and return. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/temp_folder_fixture.h"
#include "config/config.h"
#include "plugin/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char conf[256], plugins[256]; /* both in the test's folder */

static int run(const char *command)
{
	return system(command) == 0 ? 0 : -1;
}

static int set_up(void **state)
{
	char command[8000];

	if (temp_folder_make(state)) {
		return -1;
	}
	snprintf(conf, sizeof(conf), "%s/conf.d", temp_folder);
	snprintf(plugins, sizeof(plugins), "%s/plugins", temp_folder);
	snprintf(command, sizeof(command),
		"umask 022; mkdir '%s' '%s' && cp '" TESTPLUGIN_DIR "/good_source.so' '" TESTPLUGIN_DIR
		"/good_small_sink.so' '" TESTPLUGIN_DIR "/bad_crash_in_init.so' '%s' && echo text > '%s/readme.so'",
		conf, plugins, plugins, plugins);
	return run(command);
}

/* The output of a command with the test's folder cut out of it. */
static char output[32768];

static void clean(char *text)
{
	size_t len = strlen(temp_folder) + 1;

	for (char *at = text; (at = strstr(at, temp_folder));) {
		memmove(at, at + len, strlen(at + len) + 1);
	}
	snprintf(output, sizeof(output), "%s", text);
	free(text);
}

static int check(const char *config_dir)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int rc = check_command(config_dir, plugins, out);

	fclose(out);
	clean(text);
	return rc;
}

static int list(const char *config_dir, const char *plugin_dir, bool with_config)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int rc = list_command(config_dir, plugin_dir, with_config, out);

	fclose(out);
	clean(text);
	return rc;
}

static void test_check_ok(void **state)
{
	(void)state;
	put_in_temp_folder("conf.d/00-f1pd.ini", "[f1pd]\nspeed = 60\n");
	put_in_temp_folder("conf.d/10-source-demo.ini", "[plugin]\nid = good_source\n[options]\ngreeting = x\n");
	put_in_temp_folder("conf.d/30-sink-log.ini", "[plugin]\nid = good_small_sink\nqueue = block\n");
	put_in_temp_folder("conf.d/31-sink-off.ini", "[plugin]\nid = not_there\nenabled = no\n");
	assert_int_equal(check(conf), 0);
	assert_string_equal(output, "conf.d: ok, 2 plugins\n");
}

static void test_check_shows_all_errors(void **state)
{
	(void)state;
	put_in_temp_folder("conf.d/00-f1pd.ini", "[f1pd]\nworkers = many\n");
	put_in_temp_folder("conf.d/10-source-demo.ini", "[plugin]\nid = good_source\n[options]\n\n\n\nspeed = 2000\ngreeting = x\n");
	put_in_temp_folder("conf.d/11-source-bad.ini", "[plugin]\nid = good_source\n[options]\ngreeting = x\nrefuse = yes\n");
	put_in_temp_folder("conf.d/20-predictor-none.ini", "[plugin]\nid = predictor_none\n");
	put_in_temp_folder("conf.d/30-sink-crash.ini", "[plugin]\nid = bad_crash_in_init\n");
	put_in_temp_folder("conf.d/31-sink-text.ini", "[plugin]\nid = readme\n");
	put_in_temp_folder("conf.d/32-sink-torn.ini", "[plugin\n");
	assert_int_equal(check(conf), 1);
	assert_string_equal(output,
		"conf.d/00-f1pd.ini:2: workers: \"many\" is not a whole number\n"
		"conf.d/32-sink-torn.ini:1: the section has no closing ']'\n"
		"conf.d/10-source-demo.ini:7: speed: 2000 is above the maximum 1000\n"
		"conf.d/11-source-bad.ini: good_source: will not work with x\n"
		"conf.d/20-predictor-none.ini:2: id: no plugin \"predictor_none\": plugins/predictor_none.so does not exist\n"
		"plugins/bad_crash_in_init.so: crashed while it was probed (signal 11); not loaded\n"
		"plugins/readme.so: is not an ELF file; not loaded\n"
		"conf.d: 7 errors\n");
}

static void test_check_missing_folder(void **state)
{
	(void)state;
	assert_int_equal(check("/no/such/conf.d"), 1);
	assert_string_equal(output, "/no/such/conf.d: the configuration folder cannot be read: No such file or directory; name another with -c DIR\n"
				    "/no/such/conf.d: 1 error\n");
}

static void test_check_uses_plugin_dir_of_the_configuration(void **state)
{
	(void)state;
	put_in_temp_folder("conf.d/00-f1pd.ini", "[f1pd]\nplugin_dir = ../elsewhere\n");
	put_in_temp_folder("conf.d/30-sink-log.ini", "[plugin]\nid = good_small_sink\n");
	assert_int_equal(check(conf), 1);
	assert_non_null(strstr(output, "conf.d/../elsewhere/good_small_sink.so does not exist"));
}

static void test_list(void **state)
{
	(void)state;
	put_in_temp_folder("conf.d/10-source-demo.ini", "[plugin]\nid = good_source\n[options]\ngreeting = x\n");
	put_in_temp_folder("conf.d/11-source-spare.ini", "[plugin]\nid = good_source\nenabled = no\n");
	assert_int_equal(list(conf, plugins, false), 0);
	assert_memory_equal(output, "ID ", 3);
	assert_non_null(strstr(output, "good_source "));
	assert_non_null(strstr(output, " 1.2.3 "));
	assert_non_null(strstr(output, "source-demo, source-spare (off) A source for tests.\n"));
	assert_non_null(strstr(output, "- "));
	assert_non_null(
		strstr(output, "refused: plugins/bad_crash_in_init.so: crashed while it was probed (signal 11); not loaded\n"));
	assert_non_null(strstr(output, "refused: plugins/readme.so: is not an ELF file; not loaded\n"));
	assert_null(strstr(output, "[options]"));
}

static void test_list_without_configuration(void **state)
{
	(void)state;
	assert_int_equal(list(NULL, plugins, false), 0);
	assert_non_null(strstr(output, "A source for tests.\n"));
	assert_null(strstr(output, "source-demo"));
}

static void test_list_missing_folder(void **state)
{
	(void)state;
	assert_int_equal(list(NULL, "/no/such/plugins", false), 1);
	assert_string_equal(output, "/no/such/plugins: the plugin folder cannot be read: No such file or directory\n");
}

static void test_list_config(void **state)
{
	const char *at = NULL;

	(void)state;
	assert_int_equal(list(NULL, plugins, true), 0);
	assert_non_null(strstr(output, "[f1pd]\n"));
	assert_non_null(strstr(output, "; pace of recordings and simulations; 0: as fast as possible\n"
				       ";   number, from 0, to 1000, default 1\n;speed = 1\n"));
	assert_non_null(strstr(output, ";   choice: error|warn|info|debug, default info\n;log_level = info\n"));
	assert_non_null(strstr(output, "[plugin]\nid = good_source\n; no: the file is read but not used\n;   yes/no, default yes\n;enabled = yes\n"));
	assert_non_null(strstr(output, "\n;priority = 50\n"));
	assert_non_null(strstr(output, "\n;queue = coalesce\n"));
	at = strstr(output, "id = good_source\n");
	assert_null(memmem(at, (size_t)(strstr(at, "[options]") - at), "queue", 5)); /* of sinks only */
	assert_non_null(strstr(output, "; What it says\n;   text, must be given\ngreeting =\n"));
	assert_non_null(
		strstr(output, "; So many starts fail\n;   whole number, from 0, to 1000, default 0\n;fail_starts = 0\n"));
	assert_non_null(strstr(output, "; A file\n;   path, default (empty)\n;path =\n"));
}

/* What `plugins --config` prints for the core can be saved as 00-f1pd.ini. */
static void test_listed_core_options_are_a_configuration(void **state)
{
	char *begin;
	char *end;

	(void)state;
	assert_int_equal(list(NULL, plugins, true), 0);
	begin = strstr(output, "[f1pd]\n");
	assert_non_null(begin);
	end = strstr(begin, "\n; ---- ");
	assert_non_null(end);
	*end = '\0';
	for (char *at = begin; (at = strstr(at, "\n;")); at++) { /* take the options in, keep the comments out */
		if (at[2] != ' ') {
			memmove(at + 1, at + 2, strlen(at + 2) + 1);
		}
	}
	put_in_temp_folder("conf.d/00-f1pd.ini", begin);
	put_in_temp_folder("conf.d/30-sink-log.ini", "[plugin]\nid = good_small_sink\n");
	assert_int_equal(check(conf), 0);
	assert_string_equal(output, "conf.d: ok, 1 plugin\n");
}

#define FOLDER_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, temp_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(test_check_ok),
		FOLDER_TEST(test_check_shows_all_errors),
		FOLDER_TEST(test_check_missing_folder),
		FOLDER_TEST(test_check_uses_plugin_dir_of_the_configuration),
		FOLDER_TEST(test_list),
		FOLDER_TEST(test_list_without_configuration),
		FOLDER_TEST(test_list_missing_folder),
		FOLDER_TEST(test_list_config),
		FOLDER_TEST(test_listed_core_options_are_a_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
