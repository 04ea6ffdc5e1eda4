/*
 * fuzz_decoder.c - any bytes as live-timing messages.
 *
 * Input: lines "TOPIC payload"; a line that begins with '=' is a subscription answer. All lines go to one decoder, so that
 * later ones meet what earlier ones left. Each event must be well formed and each message must end without F1P_EVF_MORE.
 */
#include "livetiming.h"

#include <stdlib.h>
#include <string.h>

struct check {
	bool open; /* the last event said that more follows */
};

static f1p_status on_event(void *arg, const struct f1p_event *ev)
{
	struct check *c = arg;

	if (ev->size < sizeof(*ev) || ev->size % 8 != 0 || ev->size > F1P_EVENT_MAX || ev->space != F1P_SPACE_CORE ||
		ev->type == 0 || ev->seq != 0 || ev->source_id != 0) {
		abort();
	}
	c->open = (ev->flags & F1P_EVF_MORE) != 0;
	return F1P_OK;
}

static void on_reject(void *arg, const char *topic, const char *reason)
{
	(void)arg;
	if (strlen(topic) > 31 || reason[0] == '\0' || strchr(reason, '\n') != NULL) {
		abort();
	}
}

static void feed(struct lt_decoder *d, const char *line, size_t n)
{
	const char *blank = memchr(line, ' ', n);
	size_t topic_n = blank != NULL ? (size_t)(blank - line) : n;

	if (n > 0 && line[0] == '=') {
		lt_snapshot(d, line + 1, n - 1, 1000, 0);
	} else if (blank != NULL) {
		lt_message(d, line, topic_n, blank + 1, n - topic_n - 1, 1000, F1P_EVF_CATCHUP);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data;
	const char *end = at + size;
	struct check check = {0};
	struct lt_decoder *d = lt_create(on_event, on_reject, &check);

	if (d == NULL) {
		return 0;
	}
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((newline != NULL ? newline : end) - at);

		feed(d, at, n);
		if (check.open) {
			abort();
		}
		at += newline != NULL ? n + 1 : n;
	}
	lt_destroy(d);
	return 0;
}
