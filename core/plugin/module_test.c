/* module_test.c - every kind of bad module is refused with one clear line, and the process lives; good ones load. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/temp_folder_fixture.h"
#include "plugin/module.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define IN(name) TESTPLUGIN_DIR "/" name ".so"

static char file[256]; /* a module in the test's folder */

static int make_folder(void **state)
{
	if (temp_folder_make(state)) {
		return -1;
	}
	snprintf(file, sizeof(file), "%s/x.so", temp_folder);
	return 0;
}

static void copy_good(void)
{
	char command[4000];

	snprintf(command, sizeof(command), "cp '" IN("good_source") "' '%s' && chmod 755 '%s'", file, file);
	assert_int_equal(system(command), 0);
}

static void put(const void *bytes, size_t n)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

static void refused(const char *path, const char *reason)
{
	char err[400] = "";
	struct module *m = module_load(path, true, err, sizeof(err));

	assert_null(m);
	assert_string_equal(err, reason);
}

static void test_good_module(void **state)
{
	char err[400] = "";
	struct module *m = module_load(IN("good_source"), true, err, sizeof(err));
	const struct f1p_descriptor *d;

	(void)state;
	assert_string_equal(err, "");
	assert_non_null(m);
	assert_string_equal(m->path, IN("good_source"));
	d = module_descriptor(m, "good_source");
	assert_non_null(d);
	assert_string_equal(d->version, "1.2.3");
	assert_null(module_descriptor(m, "good_sourc"));
	assert_null(module_descriptor(m, "good_sourcex"));
	module_free(m);
}

static void test_crash_in_init(void **state)
{
	(void)state;
	refused(IN("bad_crash_in_init"), "crashed while it was probed (signal 11); not loaded");
}

static void test_exit_in_init(void **state)
{
	(void)state;
	refused(IN("bad_exit_in_init"), "ended the process while it was probed (exit code 0); not loaded");
}

static void test_hang_in_init(void **state)
{
	struct timespec before, after;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &before);
	refused(IN("bad_hang_in_init"), "hung while it was probed (over 5 s); not loaded");
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_in_range(after.tv_sec - before.tv_sec, 4, 20);
}

static void test_wrong_abi(void **state)
{
	(void)state;
	refused(IN("bad_wrong_abi"), "built for ABI 2, this f1pd has 1.1; not loaded; build it against the headers of this f1pd");
	refused(IN("bad_entry_v2"), "built for ABI 2, this f1pd has 1.1; not loaded; build it against the headers of this f1pd");
	refused(IN("bad_newer_minor"), "needs ABI 1.9, this f1pd has 1.1; not loaded");
}

static void test_newer_build_that_needs_less(void **state)
{
	char err[400] = "";
	struct module *m = module_load(IN("good_newer_minor"), true, err, sizeof(err));

	(void)state;
	assert_string_equal(err, "");
	assert_non_null(m);
	assert_int_equal(m->entry.abi_minor, 7);
	module_free(m);
}

static void test_wrong_magic(void **state)
{
	(void)state;
	refused(IN("bad_wrong_magic"), "f1p_entry_v1 is not an f1pd plugin entry (wrong magic number); not loaded");
}

static void test_no_entry(void **state)
{
	(void)state;
	refused(IN("bad_no_entry"), "exports no f1p_entry_v1, so it is no f1pd plugin; not loaded");
}

static void test_bad_table(void **state)
{
	(void)state;
	refused(IN("bad_table"), "bad_table: option laps: its default: 500 is above the maximum 78");
}

static void test_missing_file(void **state)
{
	(void)state;
	refused(IN("no_such_module"), "does not exist");
}

static void test_not_elf(void **state)
{
	(void)state;
	put("this is text, long enough to be read as a header of an ELF file, were it one\n", 77);
	refused(file, "is not an ELF file; not loaded");
	put("", 0);
	refused(file, "is not an ELF file; not loaded");
	put("\177ELF", 4);
	refused(file, "is not an ELF file; not loaded");
}

static void test_elf_of_another_machine(void **state)
{
	unsigned char header[64] = {0x7f, 'E', 'L', 'F', 2, 1, 1};

	(void)state;
	header[16] = 3;	   /* ET_DYN */
	header[18] = 0x16; /* s390 */
	put(header, sizeof(header));
	refused(file, "is an ELF file for another kind of processor; not loaded");
}

static void test_truncated_module(void **state)
{
	char err[400] = "";

	(void)state;
	copy_good();
	assert_int_equal(truncate(file, 200), 0); /* a good header, nothing behind it */
	assert_null(module_load(file, true, err, sizeof(err)));
	assert_memory_equal(err, "cannot be loaded: ", 18);
}

static void test_folder_as_module(void **state)
{
	(void)state;
	assert_int_equal(mkdir(file, 0700), 0);
	refused(file, "is not a regular file; not loaded");
}

static void test_writable_by_others(void **state)
{
	char err[400] = "";
	struct module *m;

	(void)state;
	copy_good();
	m = module_load(file, true, err, sizeof(err));
	assert_non_null(m);
	module_free(m);
	chmod(file, 0777);
	refused(file, "can be written by others (mode 0777); not loaded; chmod go-w it");
	chmod(file, 0775);
	refused(file, "can be written by others (mode 0775); not loaded; chmod go-w it");
}

static void test_folder_writable_by_others(void **state)
{
	char err[400] = "";
	struct module *m;

	(void)state;
	copy_good();
	chmod(temp_folder, 0777);
	refused(file, "its folder can be written by others (mode 0777); not loaded; chmod go-w it");
	chmod(temp_folder, 01777); /* sticky: others can add, not replace */
	m = module_load(file, true, err, sizeof(err));
	assert_non_null(m);
	module_free(m);
	chmod(temp_folder, 0700);
}

static void test_foreign_owner(void **state)
{
	(void)state;
	copy_good();
	if (geteuid() != 0) {
		print_message("SKIPPED: only root can give a file away\n");
		skip();
	}
	assert_int_equal(chown(file, 65534, 65534), 0);
	refused(file, "belongs to user 65534, not to root or the user f1pd runs as; not loaded");
}

static void test_link_does_not_hide_the_file(void **state)
{
	const char *link = in_temp_folder("link.so");

	(void)state;
	copy_good();
	chmod(file, 0777);
	assert_int_equal(symlink("x.so", link), 0);
	refused(link, "can be written by others (mode 0777); not loaded; chmod go-w it");
}

static void test_probe_leaves_nothing(void **state)
{
	char err[400] = "";
	struct module *m;
	int before = dup(0);
	int after;

	(void)state;
	close(before);
	m = module_load(IN("good_source"), true, err, sizeof(err));
	module_free(m);
	module_load(IN("bad_crash_in_init"), true, err, sizeof(err));
	module_load(IN("bad_wrong_magic"), true, err, sizeof(err));
	after = dup(0);
	close(after);
	assert_int_equal(before, after); /* no descriptor is left open */
}

static void test_module_path(void **state)
{
	char path[300];

	(void)state;
	assert_true(module_path(TESTPLUGIN_DIR, "good_source", path, sizeof(path)));
	assert_string_equal(path, IN("good_source"));
	assert_false(module_path(TESTPLUGIN_DIR, "nothing", path, sizeof(path)));
	assert_false(module_path(TESTPLUGIN_DIR, "../plugins/good_source", path, sizeof(path)));
	assert_false(module_path(TESTPLUGIN_DIR, "", path, sizeof(path)));
	assert_false(module_path(TESTPLUGIN_DIR, "good_source", path, 10));
}

static void test_pool_loads_once(void **state)
{
	struct module_pool *pool = module_pool_create();
	char err[400] = "";
	struct module *m;

	(void)state;
	assert_non_null(pool);
	m = module_pool_get(pool, IN("good_source"), err, sizeof(err));
	assert_non_null(m);
	assert_ptr_equal(module_pool_get(pool, IN("good_source"), err, sizeof(err)), m);
	assert_null(module_pool_get(pool, IN("bad_no_entry"), err, sizeof(err)));
	assert_null(module_pool_get(pool, IN("no_such_module"), err, sizeof(err)));
	assert_string_equal(err, "does not exist");
	module_pool_destroy(pool);
}

static void test_descriptor_check(void **state)
{
	struct f1p_descriptor good = {sizeof(good), F1P_KIND_SINK, "sink_x", "1.0", "MIT", "X.", NULL, 0, 0};
	struct f1p_descriptor d = good;
	char err[400] = "";

	(void)state;
	assert_true(descriptor_check(&d, err, sizeof(err)));
	d.kinds = F1P_KIND_SINK | F1P_KIND_SOURCE;
	assert_false(descriptor_check(&d, err, sizeof(err)));
	assert_string_equal(err, "sink_x: its kind is not exactly one of source, predictor, sink");
	d = good;
	d.id = "Sink X";
	assert_false(descriptor_check(&d, err, sizeof(err)));
	assert_string_equal(err, "a plugin id is not of a-z 0-9 _");
	d = good;
	d.license = NULL;
	assert_false(descriptor_check(&d, err, sizeof(err)));
	assert_string_equal(err, "sink_x: version, license or description is missing");
	d = good;
	d.config_size = 65537;
	assert_false(descriptor_check(&d, err, sizeof(err)));
	d = good;
	d.config_count = 1;
	assert_false(descriptor_check(&d, err, sizeof(err)));
	assert_string_equal(err, "sink_x: the option table is missing or its items are too small");
	d = good;
	d.size = 8;
	assert_false(descriptor_check(&d, err, sizeof(err)));
	assert_false(descriptor_check(NULL, err, sizeof(err)));
}

#define FOLDER_TEST(fn) cmocka_unit_test_setup_teardown(fn, make_folder, temp_folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_module),
		cmocka_unit_test(test_crash_in_init),
		cmocka_unit_test(test_exit_in_init),
		cmocka_unit_test(test_hang_in_init),
		cmocka_unit_test(test_wrong_abi),
		cmocka_unit_test(test_newer_build_that_needs_less),
		cmocka_unit_test(test_wrong_magic),
		cmocka_unit_test(test_no_entry),
		cmocka_unit_test(test_bad_table),
		cmocka_unit_test(test_missing_file),
		FOLDER_TEST(test_not_elf),
		FOLDER_TEST(test_elf_of_another_machine),
		FOLDER_TEST(test_truncated_module),
		FOLDER_TEST(test_folder_as_module),
		FOLDER_TEST(test_writable_by_others),
		FOLDER_TEST(test_folder_writable_by_others),
		FOLDER_TEST(test_foreign_owner),
		FOLDER_TEST(test_link_does_not_hide_the_file),
		cmocka_unit_test(test_probe_leaves_nothing),
		cmocka_unit_test(test_module_path),
		cmocka_unit_test(test_pool_loads_once),
		cmocka_unit_test(test_descriptor_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
