/*
 * fuzz_openf1.c - any bytes as answers and stream messages of OpenF1, in the order of a session: merged and told.
 *
 * Lines "COLLECTION json": a page of REST, decoded in slices; "v1/COLLECTION json": a message of the stream. A line "=" begins anew with
 * a snapshot. The bytes are also read as a calendar.
 */
#include "fuzz_event.h"
#include "openf1.h"

#define NOW_NS INT64_C(1904220000000000000) /* 2030-05-05T14:00:00Z */

struct listener {
	int64_t newest_ns;
	bool open;
};

static f1p_status on_event(void *arg, const struct f1p_event *ev)
{
	struct listener *l = arg;

	fuzz_check_event(ev);
	if (ev->t_event_ns < l->newest_ns) {
		abort(); /* times never fall */
	}
	l->newest_ns = ev->t_event_ns;
	l->open = (ev->flags & F1P_EVF_MORE) != 0;
	return F1P_OK;
}

static void take_page(struct of1_decoder *d, enum of1_collection c, const char *json, size_t n, int64_t now_ns)
{
	struct f1p_json_cutter cutter;

	if (!f1p_json_cut_begin(&cutter, json, n)) {
		return;
	}
	while (of1_some_rows(d, c, &cutter, 3, now_ns) == F1P_OK) {
		while (of1_tell_more(d)) {
		}
	}
}

static void take_line(struct of1_decoder *d, const char *line, size_t n, int64_t now_ns)
{
	const char *blank = memchr(line, ' ', n);
	size_t name_n = blank != NULL ? (size_t)(blank - line) : n;
	bool stream = name_n > 3 && memcmp(line, "v1/", 3) == 0;
	enum of1_collection c = of1_collection_find(line + (stream ? 3 : 0), name_n - (stream ? 3 : 0));

	if (n > 0 && line[0] == '=') {
		of1_snapshot(d, now_ns);
	} else if (blank != NULL && c != OF1_NONE && stream) {
		of1_rows(d, c, blank + 1, n - name_n - 1, now_ns);
	} else if (blank != NULL && c != OF1_NONE) {
		take_page(d, c, blank + 1, n - name_n - 1, now_ns);
	}
	of1_flush(d, now_ns);
	while (of1_tell_more(d)) {
	}
}

static void read_calendar(const char *text, size_t n)
{
	static struct f1p_session_plan plans[16];
	int count = of1_read_plans(text, n, plans, 16);

	if (count < -1 || count > 16) {
		abort();
	}
	if (count > 0) {
		of1_name_meetings(text, n, plans, (uint32_t)count);
	}
	for (int i = 0; i < count; i++) {
		if (memchr(plans[i].name, 0, sizeof(plans[i].name)) == NULL || memchr(plans[i].meeting, 0, sizeof(plans[i].meeting)) == NULL) {
			abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct listener l = {.newest_ns = INT64_MIN};
	struct of1_decoder *d = of1_create(on_event, &l);
	const char *at = (const char *)data;
	const char *end = at + size;
	int64_t now_ns = NOW_NS;

	read_calendar(at, size);
	if (d != NULL) {
		of1_set_slice(d, 4);
	}
	while (d != NULL && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((newline != NULL ? newline : end) - at);

		take_line(d, at, n, now_ns);
		if (l.open || of1_has_more(d)) {
			abort();
		}
		now_ns += 5000000000;
		at += newline != NULL ? n + 1 : n;
	}
	of1_destroy(d);
	return 0;
}
