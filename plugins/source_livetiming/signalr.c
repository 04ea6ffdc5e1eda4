/*
 * signalr.c - see signalr.h.
 */
#include "signalr.h"

#include <helpers/utf8.h>

#include <stdlib.h>
#include <string.h>

/* ---- framing ---- */

void slt_framer_init(struct slt_framer *f, size_t max_record)
{
	*f = (struct slt_framer){.max = max_record};
}

void slt_framer_finish(struct slt_framer *f)
{
	free(f->bytes);
	*f = (struct slt_framer){.max = f->max};
}

void slt_framer_reset(struct slt_framer *f)
{
	f->n = 0;
}

static f1p_status keep(struct slt_framer *f, const char *bytes, size_t n)
{
	size_t room = f->room != 0 ? f->room : 4096;
	char *grown = NULL;

	if (n > f->max - f->n) {
		f->n = 0;
		return F1P_EINVAL;
	}
	while (room < f->n + n) {
		room *= 2;
	}
	if (room != f->room) {
		grown = realloc(f->bytes, room);
		if (grown == NULL) {
			f->n = 0;
			return F1P_ENOMEM;
		}
		f->bytes = grown;
		f->room = room;
	}
	memcpy(f->bytes + f->n, bytes, n);
	f->n += n;
	return F1P_OK;
}

/* A record is complete: its last n bytes are here, the ones before were kept. */
static f1p_status complete(struct slt_framer *f, const char *bytes, size_t n, slt_record_fn fn, void *arg)
{
	f1p_status status = F1P_OK;
	bool go_on = true;

	if (n > f->max - f->n) {
		f->n = 0;
		return F1P_EINVAL;
	}
	if (f->n == 0) {
		go_on = fn(arg, bytes, n);
	} else {
		status = keep(f, bytes, n);
		if (status != F1P_OK) {
			return status;
		}
		go_on = fn(arg, f->bytes, f->n);
	}
	f->n = 0;
	return go_on ? F1P_OK : F1P_ECANCELLED;
}

f1p_status slt_framer_put(struct slt_framer *f, const char *bytes, size_t n, slt_record_fn fn, void *arg)
{
	const char *end = bytes + n;

	while (bytes < end) {
		const char *stop = memchr(bytes, SLT_RECORD_END, (size_t)(end - bytes));
		f1p_status status = F1P_OK;

		if (stop == NULL) {
			return keep(f, bytes, (size_t)(end - bytes));
		}
		status = complete(f, bytes, (size_t)(stop - bytes), fn, arg);
		if (status != F1P_OK) {
			return status;
		}
		bytes = stop + 1;
	}
	return F1P_OK;
}

/* ---- text ---- */

struct f1p_json_slice slt_inside_quotes(struct f1p_json_slice v)
{
	return v.n >= 2 && v.text[0] == '"' ? (struct f1p_json_slice){v.text + 1, v.n - 2} : (struct f1p_json_slice){"", 0};
}

struct text_out {
	char *out;
	size_t size;
};

static bool take_text(void *ctx, const char *text, size_t n)
{
	struct text_out *t = ctx;

	f1p_utf8_copy(t->out, t->size, text, n);
	return true;
}

void slt_text_for_people(struct f1p_json_slice raw, char *out, size_t size)
{
	static const struct f1p_json_handler handler = {.str = take_text};
	struct text_out t = {out, size};

	out[0] = '\0';
	if (raw.n > 0 && raw.text[0] == '"') {
		f1p_json_read(&handler, &t, raw.text, raw.n, NULL, 0);
	}
	for (char *p = out; *p != '\0'; p++) {
		*p = (unsigned char)*p < 0x20 || *p == 0x7f ? '?' : *p;
	}
}

/* ---- records ---- */

/* The members of a record that say what it is. */
struct members {
	struct f1p_json_slice type, target, arguments, error, reconnect;
};

static bool cut_members(const char *text, size_t n, struct members *m, struct slt_record *r)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;
	f1p_status status = F1P_EINVAL;

	if (!f1p_json_cut_begin(&cut, text, n) || cut.closing != '}') {
		return false;
	}
	while ((status = f1p_json_cut_next(&cut, &key, &value)) == F1P_OK) {
		if (f1p_json_slice_is(key, "type")) {
			m->type = value;
		} else if (f1p_json_slice_is(key, "target")) {
			m->target = slt_inside_quotes(value);
		} else if (f1p_json_slice_is(key, "arguments")) {
			m->arguments = value;
		} else if (f1p_json_slice_is(key, "invocationId")) {
			r->id = slt_inside_quotes(value);
		} else if (f1p_json_slice_is(key, "result")) {
			r->result = value;
		} else if (f1p_json_slice_is(key, "error")) {
			m->error = value;
		} else if (f1p_json_slice_is(key, "allowReconnect")) {
			m->reconnect = value;
		}
	}
	return status == F1P_END;
}

/* [topic, data, time?] */
static bool cut_feed(struct f1p_json_slice arguments, struct slt_record *r)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice parts[3] = {{"", 0}, {"", 0}, {"", 0}};
	f1p_status status = F1P_OK;
	uint32_t n = 0;

	if (!f1p_json_cut_begin(&cut, arguments.text, arguments.n) || cut.closing != ']') {
		return false;
	}
	while (n < 3 && (status = f1p_json_cut_next(&cut, NULL, &parts[n])) == F1P_OK) {
		n++;
	}
	r->topic = slt_inside_quotes(parts[0]);
	r->data = parts[1];
	r->time = slt_inside_quotes(parts[2]);
	return (status == F1P_OK || status == F1P_END) && n >= 2 && r->topic.n > 0;
}

static bool parse_typed(char type, const struct members *m, struct slt_record *r, const char **why)
{
	switch (type) {
	case '1':
		r->kind = f1p_json_slice_is(m->target, "feed") ? SLT_FEED : SLT_OTHER;
		if (r->kind == SLT_FEED && !cut_feed(m->arguments, r)) {
			*why = "a feed message without [topic, data, time]";
			return false;
		}
		return true;
	case '3':
		r->kind = SLT_RESULT;
		return true;
	case '6':
		r->kind = SLT_PINGED;
		return true;
	case '7':
		r->kind = SLT_CLOSE;
		return true;
	default:
		r->kind = SLT_OTHER;
		return true;
	}
}

bool slt_record_parse(const char *text, size_t n, struct slt_record *r, const char **why)
{
	struct members m = {{"", 0}, {"", 0}, {"", 0}, {"", 0}, {"", 0}};

	*r = (struct slt_record){.kind = SLT_OTHER};
	r->id = r->result = r->topic = r->data = r->time = (struct f1p_json_slice){"", 0};
	if (!cut_members(text, n, &m, r)) {
		*why = n > 0 && text[0] == '<' ? "a web page instead of a record" : "not a JSON object";
		return false;
	}
	slt_text_for_people(m.error, r->error, sizeof(r->error));
	r->allow_reconnect = f1p_json_slice_is(m.reconnect, "true");
	if (m.type.n == 0) {
		r->kind = m.error.n > 0 ? SLT_REFUSAL : SLT_EMPTY;
		return true;
	}
	return parse_typed(m.type.n == 1 ? m.type.text[0] : '0', &m, r, why);
}
