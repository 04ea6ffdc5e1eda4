/*
 * weights.c - reads the shares of the members and gives them out.
 */
#include "weights.h"

#include <stdio.h>
#include <string.h>

static const char separators[] = " \t,=";

static const char *next_word(const char *at, char *word, size_t size)
{
	at += strspn(at, separators);
	size_t n = strcspn(at, separators);
	snprintf(word, size, "%.*s", (int)(n < size ? n : size), at);
	return at + n;
}

/* 0, 1, 0.75: digits and at most one point, whatever the locale. */
static bool read_share(const char *word, double *value)
{
	double scale = 1.0, x = 0.0;
	bool point = false, digit = false;
	if (strlen(word) > 12) {
		return false;
	}
	for (; *word; word++) {
		if (*word == '.' && !point) {
			point = true;
		} else if (*word >= '0' && *word <= '9') {
			digit = true;
			x = x * 10.0 + (*word - '0');
			scale *= point ? 10.0 : 1.0;
		} else {
			return false;
		}
	}
	*value = x / scale;
	return digit && *value <= 1.0;
}

bool weights_parse(struct weights *w, const char *text, char *err, size_t err_size)
{
	memset(w, 0, sizeof(*w));
	double sum = 0.0;
	while (text[strspn(text, separators)]) {
		char name[40], number[40];
		text = next_word(next_word(text, name, sizeof(name)), number, sizeof(number));
		if (w->n == WEIGHTS_MAX || strlen(name) >= sizeof(w->name[0])) {
			snprintf(err, err_size, "at most %u members with names of at most 31 characters", WEIGHTS_MAX);
			return false;
		}
		if (!read_share(number, &w->share[w->n])) {
			snprintf(err, err_size, "\"%s\" needs a share between 0 and 1, not \"%s\"", name, number);
			return false;
		}
		memcpy(w->name[w->n], name, strlen(name) + 1);
		sum += w->share[w->n++];
	}
	if (sum > 1.0 + 1e-9) {
		snprintf(err, err_size, "the shares add up to more than 1");
		return false;
	}
	return true;
}

static const double *find(const struct weights *w, const struct f1p_member *member)
{
	for (uint32_t i = 0; i < w->n; i++) {
		if (strcmp(w->name[i], member->forecast->model) == 0 ||
		    (member->instance && strcmp(w->name[i], member->instance) == 0)) {
			return &w->share[i];
		}
	}
	return NULL;
}

void weights_of(const struct weights *w, const struct f1p_member *members, uint32_t n, double *share)
{
	double rest = 1.0, total = 0.0;
	uint32_t unnamed = 0;
	for (uint32_t i = 0; i < w->n; i++) {
		rest -= w->share[i];
	}
	for (uint32_t i = 0; i < n; i++) {
		unnamed += find(w, &members[i]) == NULL;
	}
	for (uint32_t i = 0; i < n; i++) {
		const double *own = find(w, &members[i]);
		share[i] = own ? *own : rest > 1e-9 ? rest / (double)unnamed : 0.0;
		total += share[i];
	}
	for (uint32_t i = 0; i < n; i++) {
		share[i] = total > 0.0 ? share[i] / total : 1.0 / (double)n;
	}
}

bool weights_name_one(const struct weights *w, const struct f1p_member *members, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const double *share = find(w, &members[i]);
		if (share && *share > 0.0) {
			return true;
		}
	}
	return false;
}
