/*
 * fuzz_json.c - any bytes through the JSON reader, the cutter, and back out of the writer.
 *
 * What the reader accepts must be writable again, and the written text must be accepted too.
 */
#include <helpers/json_reader.h>
#include <helpers/json_writer.h>

#include <stdlib.h>
#include <string.h>

static bool begin_object(void *ctx)
{
	f1p_json_object(ctx);
	return true;
}

static bool begin_array(void *ctx)
{
	f1p_json_array(ctx);
	return true;
}

static bool end(void *ctx)
{
	f1p_json_end(ctx);
	return true;
}

static bool key(void *ctx, const char *text, size_t n)
{
	char name[64];
	size_t len = n < sizeof(name) - 1 ? n : sizeof(name) - 1;

	memcpy(name, text, len);
	name[len] = '\0';
	f1p_json_key(ctx, name);
	return true;
}

static bool string(void *ctx, const char *text, size_t n)
{
	f1p_json_strn(ctx, text, n);
	return true;
}

static bool number(void *ctx, const char *text, size_t n)
{
	char digits[32];

	if (n < sizeof(digits)) {
		memcpy(digits, text, n);
		digits[n] = '\0';
		f1p_json_num(ctx, strtod(digits, NULL), (int)(n % 10));
	} else {
		f1p_json_raw(ctx, text, n);
	}
	return true;
}

static bool boolean(void *ctx, bool value)
{
	f1p_json_bool(ctx, value);
	return true;
}

static bool null(void *ctx)
{
	f1p_json_null(ctx);
	return true;
}

static void cut(const char *text, size_t n, int depth)
{
	struct f1p_json_cutter cutter;
	struct f1p_json_slice name;
	struct f1p_json_slice value;

	if (depth == 0 || !f1p_json_cut_begin(&cutter, text, n)) {
		return;
	}
	while (f1p_json_cut_next(&cutter, &name, &value) == F1P_OK) {
		if (value.text < text || value.text + value.n > text + n) {
			abort();
		}
		cut(value.text, value.n, depth - 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct f1p_json_handler echo = {begin_object, end, begin_array, end, key, string, number, boolean, null};
	static const struct f1p_json_handler check = {0};
	const char *text = (const char *)data;
	struct f1p_json j;
	char err[100];

	cut(text, size, 8);
	f1p_json_init(&j);
	if (f1p_json_read(&echo, &j, text, size, err, sizeof(err)) == F1P_OK) {
		size_t n = 0;
		const char *again = f1p_json_text(&j, &n);

		if (again == NULL || f1p_json_read(&check, NULL, again, n, err, sizeof(err)) != F1P_OK) {
			abort();
		}
	} else if (strchr(err, '\n') != NULL || err[0] == '\0') {
		abort();
	}
	f1p_json_finish(&j);
	return 0;
}
