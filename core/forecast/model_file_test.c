#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "forecast/model_file.h"

#include <string.h>

static struct model_file *parse(const char *text, char err[200])
{
	err[0] = '\0';
	return model_file_parse("m.json", text, strlen(text), err, 200);
}

static void test_each_plugin_gets_its_own_text(void **state)
{
	char err[200];
	size_t n;
	struct model_file *m = parse("{\"f1pd_model\": 1, \"until\": 202424, \"other\": [1, {\"models\": 2}],\n"
				       " \"models\": {\"predictor_a\": {\"x\": [1, 2]}, \"predictor_b\": {}}}\n", err);

	(void)state;
	assert_non_null(m);
	assert_int_equal(model_file_until(m), 202424);
	const char *a = model_file_fragment(m, "predictor_a", &n);
	assert_memory_equal(a, "{\"x\": [1, 2]}", n);
	assert_int_equal(n, 13);
	assert_non_null(model_file_fragment(m, "predictor_b", &n));
	assert_null(model_file_fragment(m, "predictor", &n));
	assert_int_equal(n, 0);
	model_file_destroy(m);
}

static void test_the_version_names_the_bytes(void **state)
{
	char err[200];
	struct model_file *a = parse("{\"f1pd_model\":1,\"models\":{}}", err), *b = parse("{\"f1pd_model\":1,\"models\":{} }", err);

	(void)state;
	assert_int_equal(strlen(model_file_version(a)), 12);
	assert_string_not_equal(model_file_version(a), model_file_version(b));
	model_file_destroy(b);
	b = parse("{\"f1pd_model\":1,\"models\":{}}", err);
	assert_string_equal(model_file_version(a), model_file_version(b));
	model_file_destroy(a);
	model_file_destroy(b);
}

static void test_what_is_no_model_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{"", "not well-formed"},
		{"[1]", "not a model file"},
		{"{\"models\":{}}", "not a model file"},
		{"{\"f1pd_model\":2,\"models\":{}}", "another format"},
		{"{\"f1pd_model\":1}", "no \"models\""},
		{"{\"f1pd_model\":1,\"models\":[]}", "not an object"},
		{"{\"f1pd_model\":1,\"models\":{\"a\":3}}", "a model is not an object"},
		{"{\"f1pd_model\":1,\"models\":{\"a\":{}}", "not well-formed"},
	};
	char err[200];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(parse(bad[i].text, err));
		assert_non_null(strstr(err, bad[i].why));
		assert_non_null(strstr(err, "m.json"));
	}
	assert_null(model_file_open("no-such-folder/m.json", err, sizeof(err)));
	assert_non_null(strstr(err, "No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_plugin_gets_its_own_text),
		cmocka_unit_test(test_the_version_names_the_bytes),
		cmocka_unit_test(test_what_is_no_model_is_refused_with_a_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
