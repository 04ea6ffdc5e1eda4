/* config_test.c - the folder conf.d: which files, in which order, the core options, and what is wrong with a folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/temp_folder_fixture.h"
#include "config/config_test_util.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the folder ---- */

static void test_folder(void **state)
{
	struct lines l;
	struct config *c;

	(void)state;
	put_in_temp_folder("00-f1pd.ini", "[f1pd]\nspeed = 60\njournal_dir = var\npublish_every_ms = 50ms\n");
	put_in_temp_folder("30-sink-log.ini", "[plugin]\nid = sink_log\n");
	put_in_temp_folder("10-source-demo.ini", HEAD);
	put_in_temp_folder("10-source-demo.ini~", "garbage");
	put_in_temp_folder("README", "garbage");
	put_in_temp_folder(".hidden.ini", "garbage");
	c = config_load(temp_folder, fresh(&l));
	assert_non_null(c);
	assert_string_equal(l.text, "");
	assert_int_equal(c->n_files, 2);
	assert_string_equal(c->files[0].name, "source-demo"); /* lexical order */
	assert_string_equal(c->files[1].name, "sink-log");
	assert_true(c->core.speed == 60);
	assert_int_equal(c->core.publish_every_ms, 50);
	assert_int_equal(c->core.forecast_every_ms, 15000);
	assert_int_equal(c->core.forecast_timeout_ms, 2000);
	assert_int_equal(c->core.workers, 0);
	assert_int_equal(c->core.seed, 0);
	assert_string_equal(c->core.log_level, "info");
	assert_string_equal(c->core.plugin_dir, "");
	assert_string_equal(c->core.journal_dir + strlen(temp_folder), "/var");
	config_free(c);
}

static void test_folder_without_core_file(void **state)
{
	struct lines l;
	struct config *c;

	(void)state;
	put_in_temp_folder("10-source-demo.ini", HEAD);
	c = config_load(temp_folder, fresh(&l));
	assert_non_null(c);
	assert_int_equal(l.errors.count, 0);
	assert_true(c->core.speed == 1);
	assert_int_equal(c->core.publish_every_ms, 200);
	assert_string_equal(c->core.journal_dir, "");
	config_free(c);
}

/* The folder's only error line, without the folder. */
static void folder_error(const char *expected)
{
	struct lines l;
	struct config *c = config_load(temp_folder, fresh(&l));

	assert_memory_equal(l.text, temp_folder, strlen(temp_folder));
	assert_string_equal(l.text + strlen(temp_folder), expected);
	assert_int_equal(l.errors.count, 1);
	assert_non_null(c); /* defaults stand in, so that the rest can be looked at */
	assert_string_equal(c->core.log_level, "info");
	config_free(c);
}

static void test_core_errors(void **state)
{
	(void)state;
	put_in_temp_folder("00-f1pd.ini", "[f1pd]\n\nspeed = 2000\n");
	folder_error("/00-f1pd.ini:3: speed: 2000 is above the maximum 1000\n");
	put_in_temp_folder("00-f1pd.ini", "[f1pd]\npublish_every_ms = 10ms\n");
	folder_error("/00-f1pd.ini:2: publish_every_ms: 10ms is below the minimum 20ms\n");
	put_in_temp_folder("00-f1pd.ini", "[f1pd]\njournal = x\n");
	folder_error("/00-f1pd.ini:2: journal: unknown option; known: journal_dir data_dir model ca_file proxy proxy_login clock_start plugin_dir log_level speed workers "
		     "forecast_every_ms "
		     "forecast_timeout_ms journal_keep publish_every_ms seed\n");
	put_in_temp_folder("00-f1pd.ini", "[plugin]\n");
	folder_error("/00-f1pd.ini:1: unknown section [plugin]; allowed: [f1pd]\n");
}

static void test_proxy(void **state)
{
	struct lines l;
	struct config *c;

	(void)state;
	setenv("F1PD_TEST_LOGIN", "anna:s3cr3t", 1);
	put_in_temp_folder("00-f1pd.ini", "[f1pd]\nproxy = http://proxy.example:3128\nproxy_login = ${env:F1PD_TEST_LOGIN}\n");
	put_in_temp_folder("10-source-demo.ini", HEAD);
	c = config_load(temp_folder, fresh(&l));
	assert_non_null(c);
	assert_string_equal(l.text, "");
	assert_string_equal(c->core.proxy, "http://proxy.example:3128");
	assert_string_equal(c->core.proxy_login, "anna:s3cr3t");
	config_free(c);

	put_in_temp_folder("00-f1pd.ini", "[f1pd]\nspeed = 2\nproxy = proxy.example:3128\n");
	folder_error("/00-f1pd.ini:3: proxy: not a proxy that is known here; write http://HOST:PORT\n");
	put_in_temp_folder("00-f1pd.ini", "[f1pd]\nproxy = http://anna:s3cr3t@proxy.example:3128\n");
	folder_error("/00-f1pd.ini:2: proxy: holds a user name; give it as proxy_login\n");
	put_in_temp_folder("00-f1pd.ini", "[f1pd]\nproxy_login = ${env:F1PD_TEST_LOGIN}\n");
	folder_error("/00-f1pd.ini:2: proxy_login: is given without a proxy\n");
	put_in_temp_folder("00-f1pd.ini", "[f1pd]\nproxy = http://p:1\nproxy_login = anna:s3cr3t\n");
	folder_error("/00-f1pd.ini:3: proxy_login: write ${file:PATH} or ${env:NAME}, never the secret itself\n");
	setenv("F1PD_TEST_LOGIN", "s3cr3t", 1);
	put_in_temp_folder("00-f1pd.ini", "[f1pd]\nproxy = http://p:1\nproxy_login = ${env:F1PD_TEST_LOGIN}\n");
	folder_error("/00-f1pd.ini:3: proxy_login: its secret is not of the form user:password\n");
	unsetenv("F1PD_TEST_LOGIN");
}

static void test_empty_folder(void **state)
{
	(void)state;
	folder_error(": holds no .ini file; a plugin instance is a file NN-KIND-NAME.ini\n");
}

static void test_same_instance_twice(void **state)
{
	char expected[600];
	struct lines l;
	struct config *c;

	(void)state;
	put_in_temp_folder("10-source-demo.ini", HEAD);
	put_in_temp_folder("11-source-demo.ini", HEAD);
	c = config_load(temp_folder, fresh(&l));
	assert_non_null(c);
	assert_int_equal(c->n_files, 1);
	snprintf(expected, sizeof(expected),
		"%s/11-source-demo.ini: its instance \"source-demo\" is already defined by %s/10-source-demo.ini\n", temp_folder,
		temp_folder);
	assert_string_equal(l.text, expected);
	config_free(c);
}

static void test_missing_folder(void **state)
{
	struct lines l;

	(void)state;
	assert_null(config_load("/no/such/folder", fresh(&l)));
	assert_string_equal(l.text, "/no/such/folder: the configuration folder cannot be read: No such file or directory; name another with -c DIR\n");
	assert_null(config_load("/dev/null", fresh(&l)));
	assert_string_equal(l.text, "/dev/null: the configuration folder cannot be read: Not a directory; name another with -c DIR\n");
}

static void test_unreadable_files(void **state)
{
	const char *path = in_temp_folder("10-source-demo.ini");

	(void)state;
	assert_int_equal(symlink("nowhere", path), 0);
	folder_error("/10-source-demo.ini: cannot be opened: No such file or directory\n");
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	folder_error("/10-source-demo.ini: is not a regular file\n");
	rmdir(path);
	assert_int_equal(mkfifo(path, 0600), 0); /* must not hang */
	folder_error("/10-source-demo.ini: is not a regular file\n");
	unlink(path);
	put_in_temp_folder("10-source-demo.ini", HEAD);
	if (geteuid() != 0) { /* root may read everything */
		chmod(path, 0);
		folder_error("/10-source-demo.ini: cannot be opened: Permission denied\n");
	}
}

static void test_huge_file(void **state)
{
	char *text = malloc(300001);

	(void)state;
	assert_non_null(text);
	memset(text, ';', 300000);
	text[300000] = '\0';
	put_in_temp_folder("10-source-demo.ini", text);
	free(text);
	folder_error("/10-source-demo.ini: is larger than 262144 bytes\n");
}

#define FOLDER_TEST(fn) cmocka_unit_test_setup_teardown(fn, temp_folder_make, temp_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(test_folder),
		FOLDER_TEST(test_folder_without_core_file),
		FOLDER_TEST(test_core_errors),
		FOLDER_TEST(test_proxy),
		FOLDER_TEST(test_empty_folder),
		FOLDER_TEST(test_same_instance_twice),
		FOLDER_TEST(test_missing_folder),
		FOLDER_TEST(test_unreadable_files),
		FOLDER_TEST(test_huge_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
