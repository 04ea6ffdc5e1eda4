#include "backtest/model_write.h"

#include "helpers/json_writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text {
	char *bytes;
	size_t n, capacity;
	bool failed;
};

static void append(void *arg, const void *bytes, size_t n)
{
	struct text *t = arg;

	if (t->failed || n > MODEL_FILE_MAX - t->n) {
		t->failed = true;
		return;
	}
	if (t->n + n > t->capacity) {
		size_t capacity = (t->n + n) * 2;
		char *grown = realloc(t->bytes, capacity);
		t->failed = !grown;
		if (!grown)
			return;
		t->bytes = grown;
		t->capacity = capacity;
	}
	memcpy(t->bytes + t->n, bytes, n);
	t->n += n;
}

/* "{}": too few examples to learn anything. Such a plugin stays out of the file, and at what is built in. */
static bool says_nothing(const struct text *t)
{
	bool open = false;

	for (size_t i = 0; i < t->n; i++) {
		char c = t->bytes[i];
		if (c == ' ' || c == '\n' || c == '\t' || c == '\r' || (c == '{' && !open) || (c == '}' && open))
			open |= c == '{';
		else
			return false;
	}
	return true;
}

static bool put_fragment(struct f1p_json *j, struct instance *in, char *err, size_t err_size)
{
	struct text t = {0};
	f1p_status status = in->trainable->save(in->plugin, append, &t);
	bool ok = status == F1P_OK && !t.failed && t.n > 0;

	if (ok && !says_nothing(&t)) {
		f1p_json_key(j, in->desc->id);
		f1p_json_raw(j, t.bytes, t.n);
	} else if (!ok) {
		snprintf(err, err_size, "%s could not save what it learnt: %s", in->file->name,
			t.failed ? "too large, or out of memory" : instance_status_name(status));
	}
	free(t.bytes);
	return ok;
}

static bool write_file(const char *path, const char *text, size_t n, char *err, size_t err_size)
{
	char part[4200];

	snprintf(part, sizeof(part), "%.4090s.part", path);
	FILE *f = fopen(part, "wb");
	bool ok = f && fwrite(text, 1, n, f) == n;
	ok = f && fclose(f) == 0 && ok;
	if (ok && rename(part, path) == 0)
		return true;
	snprintf(err, err_size, "%s: %s", path, strerror(errno));
	remove(part);
	return false;
}

/* Two instances of one plugin learn the same kind of thing; the file has room for one of them: the first. */
static bool is_first_of_its_plugin(const struct members *m, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (m->all[k]->trainable && strcmp(m->all[k]->desc->id, m->all[i]->desc->id) == 0)
			return false;
	return true;
}

static bool put_members(struct f1p_json *j, const struct members *m, char *err, size_t err_size)
{
	bool ok = true;

	for (size_t i = 0; i < m->n && ok; i++)
		if (m->all[i]->trainable && is_first_of_its_plugin(m, i))
			ok = put_fragment(j, m->all[i], err, err_size);
	return ok;
}

bool model_write(const struct model_contents *c, const char *path, char *err, size_t err_size)
{
	struct f1p_json j;
	size_t n = 0;

	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "f1pd_model");
	f1p_json_int(&j, MODEL_FILE_FORMAT);
	f1p_json_key(&j, "until");
	f1p_json_int(&j, c->until);
	f1p_json_key(&j, "models");
	f1p_json_object(&j);
	bool ok = put_members(&j, c->members, err, err_size);
	f1p_json_key(&j, MODEL_BASELINES);
	baselines_save(c->baselines, &j);
	if (c->scorecard) {
		f1p_json_key(&j, MODEL_SCORECARD);
		f1p_json_raw(&j, c->scorecard, c->scorecard_n);
	}
	f1p_json_end(&j);
	f1p_json_end(&j);
	const char *text = ok ? f1p_json_text(&j, &n) : NULL;
	if (ok && !text)
		snprintf(err, err_size, "%s: out of memory", path);
	ok = text && write_file(path, text, n, err, err_size);
	f1p_json_finish(&j);
	return ok;
}
