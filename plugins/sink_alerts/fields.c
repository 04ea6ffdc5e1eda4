/* fields.c - see fields.h. */
#include "fields.h"

#include <string.h>

#include "helpers/decimal.h"
#include "helpers/utf8.h"

struct text {
	char *out;
	size_t size;
	bool taken;
};

static bool on_str(void *ctx, const char *text, size_t n)
{
	struct text *t = ctx;

	/* what is not UTF-8 would be kept as U+FFFD: another text, and a longer one that may not be taken again */
	if (n >= t->size || memchr(text, '\0', n) || !f1p_utf8_valid(text, n)) {
		return false;
	}
	memcpy(t->out, text, n);
	t->out[n] = '\0';
	t->taken = true;
	return true;
}

bool field_is_text(struct f1p_json_slice s)
{
	return s.n >= 2 && s.text[0] == '"';
}

bool field_text(struct f1p_json_slice s, char *out, size_t size)
{
	static const struct f1p_json_handler handler = {.str = on_str};
	struct text t = {.out = out, .size = size};

	return field_is_text(s) && f1p_json_read(&handler, &t, s.text, s.n, NULL, 0) == F1P_OK && t.taken;
}

bool field_number(struct f1p_json_slice s, int decimals, int64_t least, int64_t most, int64_t *out)
{
	int64_t v = 0;

	if (s.n == 0 || s.text[0] == '+' || !f1p_parse_decimal(s.text, s.n, decimals, &v) || v < least || v > most) {
		return false;
	}
	*out = v;
	return true;
}

bool field_bool(struct f1p_json_slice s, bool *out)
{
	*out = f1p_json_slice_is(s, "true");
	return *out || f1p_json_slice_is(s, "false");
}

bool field_time(struct f1p_json_slice s, int64_t *t_ns)
{
	int64_t ms = 0;

	if (!field_number(s, 3, 0, INT64_C(9000000000000), &ms)) {
		return false;
	}
	*t_ns = ms == 0 ? F1P_UNKNOWN_NS : ms * 1000000;
	return true;
}

void field_put_time(struct f1p_json *j, int64_t t_ns)
{
	f1p_json_num(j, t_ns == F1P_UNKNOWN_NS ? 0 : (double)(t_ns / 1000000) / 1000, 3);
}
