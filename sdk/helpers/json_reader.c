/*
 * json_reader.c - SAX over yajl with the checks that yajl leaves to its caller.
 *
 * yajl takes any depth (its own tree code then dies of it) and aborts on absurd sizes: both are capped here. Behind the
 * value it takes the beginning of a token (an open quote, "tru") for blank space: so the end is checked here, too.
 */
#include <helpers/json_reader.h>

#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

struct reading {
	const struct f1p_json_handler *handler;
	void *ctx;
	yajl_handle yajl;
	uint32_t depth;
	bool too_deep;
	bool ended; /* the value is complete */
	size_t end; /* byte behind it */
};

/* Called behind each token that may be the last of the value. */
static bool after_token(struct reading *r, bool go_on)
{
	if (r->depth == 0) {
		r->ended = true;
		r->end = yajl_get_bytes_consumed(r->yajl);
	}
	return go_on;
}

static int on_null(void *arg)
{
	struct reading *r = arg;

	return after_token(r, r->handler->null == NULL || r->handler->null(r->ctx));
}

static int on_boolean(void *arg, int value)
{
	struct reading *r = arg;

	return after_token(r, r->handler->boolean == NULL || r->handler->boolean(r->ctx, value != 0));
}

static int on_number(void *arg, const char *text, size_t n)
{
	struct reading *r = arg;

	return after_token(r, r->handler->num == NULL || r->handler->num(r->ctx, text, n));
}

static int on_string(void *arg, const unsigned char *text, size_t n)
{
	struct reading *r = arg;

	return after_token(r, r->handler->str == NULL || r->handler->str(r->ctx, (const char *)text, n));
}

static int on_key(void *arg, const unsigned char *text, size_t n)
{
	struct reading *r = arg;

	return r->handler->key == NULL || r->handler->key(r->ctx, (const char *)text, n);
}

static bool descend(struct reading *r)
{
	if (r->depth == F1P_JSON_MAX_DEPTH) {
		r->too_deep = true;
		return false;
	}
	r->depth++;
	return true;
}

static int on_obj_begin(void *arg)
{
	struct reading *r = arg;

	return descend(r) && (r->handler->obj_begin == NULL || r->handler->obj_begin(r->ctx));
}

static int on_arr_begin(void *arg)
{
	struct reading *r = arg;

	return descend(r) && (r->handler->arr_begin == NULL || r->handler->arr_begin(r->ctx));
}

static int on_obj_end(void *arg)
{
	struct reading *r = arg;

	r->depth--;
	return after_token(r, r->handler->obj_end == NULL || r->handler->obj_end(r->ctx));
}

static int on_arr_end(void *arg)
{
	struct reading *r = arg;

	r->depth--;
	return after_token(r, r->handler->arr_end == NULL || r->handler->arr_end(r->ctx));
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_obj_begin,
	.yajl_map_key = on_key,
	.yajl_end_map = on_obj_end,
	.yajl_start_array = on_arr_begin,
	.yajl_end_array = on_arr_end,
};

static void explain(char *err, size_t err_size, const char *reason, size_t at)
{
	if (err != NULL && err_size > 0) {
		snprintf(err, err_size, "%.*s at byte %zu", (int)strcspn(reason, "\n"), reason, at);
	}
}

/* yajl's own words for what is wrong. */
static void explain_yajl(yajl_handle yajl, const char *text, size_t n, char *err, size_t err_size)
{
	unsigned char *words = NULL;

	if (err == NULL || err_size == 0) {
		return;
	}
	words = yajl_get_error(yajl, 0, (const unsigned char *)text, n);
	explain(err, err_size, words != NULL ? (const char *)words : "malformed JSON", yajl_get_bytes_consumed(yajl));
	if (words != NULL) {
		yajl_free_error(yajl, words);
	}
}

static bool is_blank(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (memchr(" \t\r\n", text[i], 4) == NULL) {
			return false;
		}
	}
	return true;
}

f1p_status f1p_json_read(
	const struct f1p_json_handler *handler, void *ctx, const char *text, size_t n, char *err, size_t err_size)
{
	struct reading r = {.handler = handler, .ctx = ctx};
	f1p_status status = F1P_OK;
	yajl_status parsed = yajl_status_ok;
	yajl_handle yajl = NULL;
	bool has_tail = false;

	if (n > F1P_JSON_MAX_SIZE) {
		explain(err, err_size, "JSON text is too large", n);
		return F1P_EINVAL;
	}
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		n -= 3;
	}
	yajl = yajl_alloc(&callbacks, NULL, &r);
	if (yajl == NULL) {
		explain(err, err_size, "out of memory", 0);
		return F1P_ENOMEM;
	}
	r.yajl = yajl;
	parsed = yajl_parse(yajl, (const unsigned char *)text, n);
	has_tail = parsed == yajl_status_ok && r.ended && !is_blank(text + r.end, n - r.end);
	if (parsed == yajl_status_ok && !has_tail) {
		parsed = yajl_complete_parse(yajl);
	}
	if (r.too_deep) {
		explain(err, err_size, "JSON is nested too deeply", yajl_get_bytes_consumed(yajl));
		status = F1P_EINVAL;
	} else if (has_tail) {
		explain(err, err_size, "trailing text", r.end);
		status = F1P_EINVAL;
	} else if (parsed == yajl_status_client_canceled) {
		explain(err, err_size, "stopped by its reader", yajl_get_bytes_consumed(yajl));
		status = F1P_ECANCELLED;
	} else if (parsed != yajl_status_ok) {
		explain_yajl(yajl, text, n, err, err_size);
		status = F1P_EINVAL;
	}
	yajl_free(yajl);
	return status;
}
