/* folder_test.c - folders are made down to the last, and what is in the way is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/folder.h"
#include "base/temp_folder_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char err[512];

static bool is_folder(const char *name)
{
	struct stat st;

	return stat(in_temp_folder(name), &st) == 0 && S_ISDIR(st.st_mode);
}

static void test_all_that_is_missing_is_made(void **state)
{
	(void)state;
	err[0] = '\0';
	assert_true(folder_make(in_temp_folder("var/lib//f1pd/"), err, sizeof(err)));
	assert_true(is_folder("var/lib/f1pd"));
	assert_true(folder_make(in_temp_folder("var/lib/f1pd"), err, sizeof(err))); /* again */
	assert_true(folder_make(in_temp_folder("var/../var/more"), err, sizeof(err)));
	assert_true(is_folder("var/more"));
	assert_string_equal(err, "");
}

static void test_a_file_in_the_way_is_named(void **state)
{
	FILE *f = fopen(in_temp_folder("file"), "w");

	(void)state;
	assert_non_null(f);
	fclose(f);
	assert_false(folder_make(in_temp_folder("file/data"), err, sizeof(err)));
	assert_non_null(strstr(err, in_temp_folder("file: Not a directory")));
	assert_false(folder_make(in_temp_folder("file"), err, sizeof(err)));
	assert_non_null(strstr(err, in_temp_folder("file: Not a directory")));
}

static void test_a_folder_that_cannot_be_written_is_none(void **state)
{
	(void)state;
	if (geteuid() == 0) {
		print_message("SKIPPED: nothing is forbidden to root\n");
		skip();
	}
	assert_true(folder_make(in_temp_folder("shut"), err, sizeof(err)));
	assert_int_equal(chmod(in_temp_folder("shut"), 0555), 0);
	assert_false(folder_make(in_temp_folder("shut"), err, sizeof(err)));
	assert_non_null(strstr(err, in_temp_folder("shut: Permission denied")));
	assert_false(folder_make(in_temp_folder("shut/data"), err, sizeof(err)));
	assert_non_null(strstr(err, in_temp_folder("shut/data: Permission denied")));
	assert_int_equal(chmod(in_temp_folder("shut"), 0755), 0);
}

static void test_names_that_are_none(void **state)
{
	static char longest[5000];

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	assert_false(folder_make(longest, err, sizeof(err)));
	assert_non_null(strstr(err, "too long"));
	assert_false(folder_make("", err, sizeof(err)));
	assert_non_null(strstr(err, "no folder"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_folder_make, temp_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_that_is_missing_is_made),
		TEST(test_a_file_in_the_way_is_named),
		TEST(test_a_folder_that_cannot_be_written_is_none),
		TEST(test_names_that_are_none),
	};
	return cmocka_run_group_tests_name("folder", tests, NULL, NULL);
}
