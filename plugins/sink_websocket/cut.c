/*
 * cut.c - see cut.h.
 */
#include "cut.h"

#include <stdlib.h>
#include <string.h>

bool cut_member(struct f1p_json_slice object, const char *name, struct f1p_json_slice *value)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice key, found;
	if (object.n == 0 || object.text[0] != '{' || !f1p_json_cut_begin(&c, object.text, object.n)) {
		return false;
	}
	while (f1p_json_cut_next(&c, &key, &found) == F1P_OK) {
		if (f1p_json_slice_is(key, name)) {
			*value = found;
			return true;
		}
	}
	return false;
}

int32_t cut_integer(struct f1p_json_slice v, int32_t otherwise)
{
	char text[12];
	if (v.n == 0 || v.n > 9) {
		return otherwise;
	}
	memcpy(text, v.text, v.n);
	text[v.n] = '\0';
	return strspn(text, "0123456789") == v.n ? (int32_t)strtol(text, NULL, 10) : otherwise;
}

int32_t cut_number(struct f1p_json_slice object, const char *name, int32_t otherwise)
{
	struct f1p_json_slice v;
	return cut_member(object, name, &v) ? cut_integer(v, otherwise) : otherwise;
}

bool cut_is(struct f1p_json_slice object, const char *name, const char *text)
{
	struct f1p_json_slice v;
	size_t n = strlen(text);
	return cut_member(object, name, &v) && v.n == n + 2 && v.text[0] == '"' && memcmp(v.text + 1, text, n) == 0;
}

void cut_copy(struct f1p_json *j, struct f1p_json_slice object, const char *const *names)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice key, value;
	if (object.n == 0 || object.text[0] != '{' || !f1p_json_cut_begin(&c, object.text, object.n)) {
		return;
	}
	while (f1p_json_cut_next(&c, &key, &value) == F1P_OK) {
		for (size_t i = 0; names[i]; i++) {
			if (f1p_json_slice_is(key, names[i])) {
				f1p_json_key(j, names[i]);
				f1p_json_raw(j, value.text, value.n);
			}
		}
	}
}

void cut_each(struct f1p_json_slice array, void (*fn)(void *arg, struct f1p_json_slice element), void *arg)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice element;
	if (array.n == 0 || array.text[0] != '[' || !f1p_json_cut_begin(&c, array.text, array.n)) {
		return;
	}
	while (f1p_json_cut_next(&c, NULL, &element) == F1P_OK) {
		fn(arg, element);
	}
}
