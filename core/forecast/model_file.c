#include "forecast/model_file.h"

#include <errno.h>
#include <helpers/json_reader.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODELS_MAX 64
#define VERSION_DIGITS 12

struct fragment {
	struct f1p_json_slice id, text;
};

struct model_file {
	char *text;
	size_t n;
	int32_t until;
	size_t n_fragments;
	struct fragment fragments[MODELS_MAX];
	char version[VERSION_DIGITS + 1];
};

static bool set_version(struct model_file *m)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (EVP_Digest(m->text, m->n, digest, NULL, EVP_sha256(), NULL) != 1) {
		return false;
	}
	for (size_t i = 0; i < VERSION_DIGITS / 2; i++) {
		snprintf(m->version + 2 * i, 3, "%02x", digest[i]);
	}
	return true;
}

static long whole(struct f1p_json_slice s)
{
	char digits[12] = "";

	if (s.n == 0 || s.n >= sizeof(digits)) {
		return -1;
	}
	memcpy(digits, s.text, s.n);
	return strspn(digits, "0123456789") == s.n ? strtol(digits, NULL, 10) : -1;
}

static const char *cut_models(struct model_file *m, struct f1p_json_slice models)
{
	struct f1p_json_cutter cut;
	struct fragment f;
	f1p_status status = F1P_END;

	if (!f1p_json_cut_begin(&cut, models.text, models.n) || models.text[0] != '{') {
		return "\"models\" is not an object";
	}
	while ((status = f1p_json_cut_next(&cut, &f.id, &f.text)) == F1P_OK) {
		if (m->n_fragments == MODELS_MAX) {
			return "too many models";
		}
		if (f.text.n < 2 || f.text.text[0] != '{') {
			return "a model is not an object";
		}
		m->fragments[m->n_fragments++] = f;
	}
	return status == F1P_END ? NULL : "\"models\" is not well formed";
}

static const char *cut_file(struct model_file *m)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value, models = {0};
	long format = -1;

	if (f1p_json_read(&(struct f1p_json_handler){0}, NULL, m->text, m->n, NULL, 0) != F1P_OK ||
		!f1p_json_cut_begin(&cut, m->text, m->n)) {
		return "is not well-formed JSON";
	}
	while (f1p_json_cut_next(&cut, &key, &value) == F1P_OK) {
		if (f1p_json_slice_is(key, "f1pd_model")) {
			format = whole(value);
		} else if (f1p_json_slice_is(key, "until")) {
			m->until = (int32_t)whole(value);
		} else if (f1p_json_slice_is(key, "models")) {
			models = value;
		}
	}
	if (format != MODEL_FILE_FORMAT) {
		return format < 0 ? "is not a model file" : "is a model file of another format; train it again";
	}
	return models.n ? cut_models(m, models) : "has no \"models\"";
}

struct model_file *model_file_parse(const char *name, const char *text, size_t n, char *err, size_t err_size)
{
	struct model_file *m = n <= MODEL_FILE_MAX ? calloc(1, sizeof(*m)) : NULL;
	const char *why = n <= MODEL_FILE_MAX ? "out of memory" : "is larger than 16 MiB";

	if (m && (m->text = malloc(n + 1)) != NULL) {
		memcpy(m->text, text, n);
		m->text[n] = '\0';
		m->n = n;
		why = set_version(m) ? cut_file(m) : "cannot be hashed";
		if (!why) {
			return m;
		}
	}
	snprintf(err, err_size, "model %s: %s", name, why);
	model_file_destroy(m);
	return NULL;
}

struct model_file *model_file_open(const char *path, char *err, size_t err_size)
{
	struct model_file *m = NULL;
	FILE *f = fopen(path, "rb");
	char *text = f ? malloc(MODEL_FILE_MAX + 1) : NULL;

	if (text) {
		size_t n = fread(text, 1, MODEL_FILE_MAX + 1, f);
		if (ferror(f)) {
			snprintf(err, err_size, "model %s: %s", path, strerror(errno));
		} else {
			m = model_file_parse(path, text, n, err, err_size);
		}
	} else {
		snprintf(err, err_size, "model %s: %s", path, strerror(errno));
	}
	free(text);
	if (f) {
		fclose(f);
	}
	return m;
}

void model_file_destroy(struct model_file *m)
{
	if (m) {
		free(m->text);
		free(m);
	}
}

const char *model_file_fragment(const struct model_file *m, const char *plugin_id, size_t *n)
{
	for (size_t i = 0; i < m->n_fragments; i++) {
		if (f1p_json_slice_is(m->fragments[i].id, plugin_id)) {
			*n = m->fragments[i].text.n;
			return m->fragments[i].text.text;
		}
	}
	*n = 0;
	return NULL;
}

const char *model_file_version(const struct model_file *m)
{
	return m->version;
}

int32_t model_file_until(const struct model_file *m)
{
	return m->until;
}
