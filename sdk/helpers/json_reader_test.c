/* json_reader_test.c - what a handler sees, and what hostile text cannot do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <helpers/json_reader.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Writes every call down as text. */
struct log {
	char text[512];
	size_t n;
	size_t calls;
	size_t stop_after; /* 0 = never */
};

static bool note(struct log *l, const char *mark, const char *text, size_t n)
{
	int put = snprintf(l->text + l->n, sizeof(l->text) - l->n, "%s%.*s ", mark, (int)n, text);

	l->n += put > 0 && (size_t)put < sizeof(l->text) - l->n ? (size_t)put : 0;
	l->calls++;
	return l->calls != l->stop_after;
}

static bool on_obj_begin(void *ctx)
{
	return note(ctx, "{", "", 0);
}

static bool on_obj_end(void *ctx)
{
	return note(ctx, "}", "", 0);
}

static bool on_arr_begin(void *ctx)
{
	return note(ctx, "[", "", 0);
}

static bool on_arr_end(void *ctx)
{
	return note(ctx, "]", "", 0);
}

static bool on_key(void *ctx, const char *text, size_t n)
{
	return note(ctx, "k:", text, n);
}

static bool on_str(void *ctx, const char *text, size_t n)
{
	return note(ctx, "s:", text, n);
}

static bool on_num(void *ctx, const char *text, size_t n)
{
	return note(ctx, "n:", text, n);
}

static bool on_boolean(void *ctx, bool value)
{
	return note(ctx, value ? "true" : "false", "", 0);
}

static bool on_null(void *ctx)
{
	return note(ctx, "null", "", 0);
}

static const struct f1p_json_handler noting = {
	on_obj_begin, on_obj_end, on_arr_begin, on_arr_end, on_key, on_str, on_num, on_boolean, on_null};
static const struct f1p_json_handler deaf = {0};

static f1p_status read_n(const char *text, size_t n)
{
	char err[120] = "";
	f1p_status status = f1p_json_read(&deaf, NULL, text, n, err, sizeof(err));

	assert_true((status == F1P_OK) == (err[0] == '\0'));
	assert_null(strchr(err, '\n'));
	return status;
}

static f1p_status read_text(const char *text)
{
	return read_n(text, strlen(text));
}

static void hands_out_tokens_in_order(void **state)
{
	struct log l = {0};
	const char *text = "{\"a\":[1,-2.50e3,\"x\\u00e9\\n\",true,false,null],\"b\":{}}";

	(void)state;
	assert_int_equal(f1p_json_read(&noting, &l, text, strlen(text), NULL, 0), F1P_OK);
	assert_string_equal(l.text, "{ k:a [ n:1 n:-2.50e3 s:x\xc3\xa9\n true false null ] k:b { } } ");
}

static void duplicate_keys_are_all_handed_out(void **state)
{
	struct log l = {0};

	(void)state;
	assert_int_equal(f1p_json_read(&noting, &l, "{\"a\":1,\"a\":2}", 13, NULL, 0), F1P_OK);
	assert_string_equal(l.text, "{ k:a n:1 k:a n:2 } ");
}

static void handler_can_stop(void **state)
{
	struct log l = {.stop_after = 2};
	char err[100];

	(void)state;
	assert_int_equal(f1p_json_read(&noting, &l, "[1,2,3]", 7, err, sizeof(err)), F1P_ECANCELLED);
	assert_int_equal(l.calls, 2);
	assert_string_equal(err, "stopped by its reader at byte 2");
}

static void takes_any_single_value(void **state)
{
	(void)state;
	assert_int_equal(read_text("12"), F1P_OK);
	assert_int_equal(read_text(" \"a\" "), F1P_OK);
	assert_int_equal(read_text("null"), F1P_OK);
	assert_int_equal(read_text("\xef\xbb\xbf{}"), F1P_OK);
}

static void every_truncation_is_refused(void **state)
{
	const char *text = "{\"a\":[1,\"b\\u00e9\",true],\"c\":{\"d\":null}}";

	(void)state;
	for (size_t n = 0; n < strlen(text); n++) {
		assert_int_equal(read_n(text, n), F1P_EINVAL);
	}
	assert_int_equal(read_text(text), F1P_OK);
}

static void trailing_garbage_is_refused(void **state)
{
	(void)state;
	assert_int_equal(read_text("{} x"), F1P_EINVAL);
	assert_int_equal(read_text("{}{}"), F1P_EINVAL);
	assert_int_equal(read_text("1 2"), F1P_EINVAL);
	assert_int_equal(read_n("{}\0", 3), F1P_EINVAL);
	assert_int_equal(read_text("{} /* no */"), F1P_EINVAL);
	assert_int_equal(read_text("{}\"open"), F1P_EINVAL);
	assert_int_equal(read_text("{} tru"), F1P_EINVAL);
	assert_int_equal(read_text("[] -"), F1P_EINVAL);
	assert_int_equal(read_text("4\"x"), F1P_EINVAL);
	assert_int_equal(read_text("null n"), F1P_EINVAL);
	assert_int_equal(read_text(" {} \r\n\t "), F1P_OK);
	assert_int_equal(read_text(" 4 "), F1P_OK);
}

static void malformed_text_is_refused(void **state)
{
	static const char *const texts[] = {"", "{", "}", "[1,]", "{\"a\"}", "{a:1}", "{'a':1}", "01", "+1", "1.", ".5", "NaN",
		"tru", "nulll", "\"a", "\"\\x\"", "\"\\u12\"", "\"\n\"", "[1 2]", "{\"a\":}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (read_text(texts[i]) != F1P_EINVAL) {
			fail_msg("accepted: %s", texts[i]);
		}
	}
}

static void bad_utf8_is_refused(void **state)
{
	(void)state;
	assert_int_equal(read_text("\"\xff\""), F1P_EINVAL);
	assert_int_equal(read_text("\"\xc3\""), F1P_EINVAL);
	assert_int_equal(read_text("\"\x80\""), F1P_EINVAL);
	assert_int_equal(read_n("\"a\0b\"", 5), F1P_EINVAL);
}

static void depth_has_a_limit(void **state)
{
	char text[2 * F1P_JSON_MAX_DEPTH + 4] = "";

	(void)state;
	memset(text, '[', F1P_JSON_MAX_DEPTH);
	memset(text + F1P_JSON_MAX_DEPTH, ']', F1P_JSON_MAX_DEPTH);
	assert_int_equal(read_n(text, (size_t)2 * F1P_JSON_MAX_DEPTH), F1P_OK);
	memset(text, '[', F1P_JSON_MAX_DEPTH + 1);
	memset(text + F1P_JSON_MAX_DEPTH + 1, ']', F1P_JSON_MAX_DEPTH + 1);
	assert_int_equal(read_n(text, (size_t)2 * F1P_JSON_MAX_DEPTH + 2), F1P_EINVAL);
}

static void a_megabyte_of_brackets_is_refused_early(void **state)
{
	struct log l = {0};
	size_t n = 1u << 20;
	char *text = malloc(n);
	char err[100];

	(void)state;
	assert_non_null(text);
	memset(text, '[', n);
	assert_int_equal(f1p_json_read(&noting, &l, text, n, err, sizeof(err)), F1P_EINVAL);
	assert_non_null(strstr(err, "too deep"));
	assert_int_equal(l.calls, F1P_JSON_MAX_DEPTH);
	free(text);
}

static void absurd_size_is_refused_unread(void **state)
{
	(void)state;
	assert_int_equal(read_n("[]", (size_t)F1P_JSON_MAX_SIZE + 1), F1P_EINVAL);
}

/* Joins the slices of a text with '|'; "!" = broken. */
static const char *cut(const char *text, char *out, size_t size)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice key;
	struct f1p_json_slice value;
	f1p_status status = F1P_EINVAL;
	size_t n = 0;

	out[0] = '\0';
	if (f1p_json_cut_begin(&c, text, strlen(text))) {
		while ((status = f1p_json_cut_next(&c, &key, &value)) == F1P_OK) {
			n += (size_t)snprintf(out + n, size - n, "%.*s=%.*s|", (int)key.n, key.text, (int)value.n, value.text);
		}
	}
	snprintf(out + n, size - n, "%s", status == F1P_END ? "" : "!");
	return out;
}

static void cuts_members(void **state)
{
	char out[200];

	(void)state;
	assert_string_equal(cut(" {\"a\" : {\"x\":[\"}\\\"\"]} ,\"b\":12, \"c\":\"q\"} ", out, sizeof(out)),
		"a={\"x\":[\"}\\\"\"]}|b=12|c=\"q\"|");
	assert_string_equal(cut("[\"T\",{\"a\":1},null]", out, sizeof(out)), "=\"T\"|={\"a\":1}|=null|");
	assert_string_equal(cut("{}", out, sizeof(out)), "");
	assert_string_equal(cut("[ ]", out, sizeof(out)), "");
}

static void cutting_survives_broken_text(void **state)
{
	static const char *const texts[] = {"", "1", "{", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1,}", "[\"x\\",
		"[{]", "{a:1}", "[1]2", "[1 2]", "{\"a\\", "[[[[", "{\"a\":}"};
	char out[200];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cut(texts[i], out, sizeof(out));
		if (strchr(out, '!') == NULL) {
			fail_msg("cut without complaint: %s", texts[i]);
		}
	}
}

static void slices_compare_with_words(void **state)
{
	struct f1p_json_slice s = {"feed!", 4};

	(void)state;
	assert_true(f1p_json_slice_is(s, "feed"));
	assert_false(f1p_json_slice_is(s, "fee"));
	assert_false(f1p_json_slice_is(s, "feed!"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hands_out_tokens_in_order),
		cmocka_unit_test(duplicate_keys_are_all_handed_out),
		cmocka_unit_test(handler_can_stop),
		cmocka_unit_test(takes_any_single_value),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(trailing_garbage_is_refused),
		cmocka_unit_test(malformed_text_is_refused),
		cmocka_unit_test(bad_utf8_is_refused),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(a_megabyte_of_brackets_is_refused_early),
		cmocka_unit_test(absurd_size_is_refused_unread),
		cmocka_unit_test(cuts_members),
		cmocka_unit_test(cutting_survives_broken_text),
		cmocka_unit_test(slices_compare_with_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
