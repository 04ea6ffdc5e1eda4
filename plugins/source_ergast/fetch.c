#include "fetch.h"

#include <stdio.h>
#include <stdlib.h>

#define ANSWER_MAX (2u << 20)
#define RESTARTS_MAX 3
#define THROTTLED_MS 300000
#define EMPTY_FRESH_MS INT64_C(604800000) /* "nothing" is believed for a week only */

static bool ask(struct fetch *f);

static void clear(struct fetch *f)
{
	rows_clear(&f->rows);
	free(f->calendar);
	f->calendar = NULL;
	f->total = -1;
	f->offset = 0;
	f->stale = false;
}

static void finish(struct fetch *f, const char *why, int64_t retry_after_ms)
{
	f->done(f->arg, f, why, retry_after_ms);
	clear(f);
}

/* Somebody entered rows between two pages: what was gathered may have holes. */
static void start_again(struct fetch *f, bool refresh)
{
	clear(f);
	f->refresh |= refresh;
	if (f->restarts++ == RESTARTS_MAX)
		finish(f, "the number of rows changes from page to page", F1P_UNKNOWN_NS);
	else if (!ask(f))
		finish(f, "the next page cannot be asked for", F1P_UNKNOWN_NS);
}

/* Reads the page behind what was gathered; of one that cannot be used nothing stays. */
static bool read_page(struct fetch *f, const struct f1p_http_answer *a, struct page *page, char *why, size_t why_size)
{
	uint32_t n = f->rows.n;
	size_t n_bytes = f->rows.n_bytes, n_races = f->calendar ? f->calendar->n : 0;

	if (!page_read(&f->want, a->body, a->body_bytes, page, &f->rows, f->calendar, why, why_size)) {
		/* why is told */
	} else if (page->offset != f->offset || (page->seen == 0 && f->offset < page->total)) {
		snprintf(why, why_size, "the page from row %d on has %d rows from row %d on, of %d", f->offset, page->seen,
			page->offset, page->total);
	} else {
		return true;
	}
	f->rows.n = n;
	f->rows.n_bytes = n_bytes;
	if (f->calendar)
		f->calendar->n = n_races;
	return false;
}

static void take_page(struct fetch *f, const struct f1p_http_answer *a)
{
	char why[400];
	struct page page;
	bool kept = (a->flags & F1P_HTTPA_CACHED) && !f->refresh && !f->again;
	bool good = read_page(f, a, &page, why, sizeof(why));

	f->again = !good && kept; /* a bad answer that was kept would be bad for ever */
	if (!good) {
		if (!f->again || !ask(f))
			finish(f, why, F1P_UNKNOWN_NS);
		return;
	}
	bool old = kept && a->age_ms > EMPTY_FRESH_MS;
	if (f->total >= 0 ? page.total != f->total : page.total == 0 && old) {
		start_again(f, true);
		return;
	}
	f->total = page.total;
	f->offset += page.limit;
	f->stale |= (a->flags & F1P_HTTPA_STALE) != 0;
	if (f->offset >= f->total)
		finish(f, "", F1P_UNKNOWN_NS);
	else if (!ask(f))
		finish(f, "the next page cannot be asked for", F1P_UNKNOWN_NS);
}

static void on_answer(void *arg, const struct f1p_http_answer *a)
{
	struct fetch *f = arg;
	char name[80], why[400];

	f->id = 0;
	f->not_asked = a->error == F1P_AGAIN;
	want_name(&f->want, name, sizeof(name));
	if (a->error != F1P_OK) {
		snprintf(why, sizeof(why), "%s: %s", name, a->reason);
		finish(f, why, a->retry_after_ms);
	} else if (a->status == 200) {
		take_page(f, a);
	} else if (a->status == 404) {
		f->total = 0;
		finish(f, "", F1P_UNKNOWN_NS);
	} else if (a->status == 429) {
		snprintf(why, sizeof(why), "%s: the server says: too many requests; limits_per_hour may be too high", name);
		finish(f, why, a->retry_after_ms > 0 ? a->retry_after_ms : THROTTLED_MS);
	} else {
		snprintf(why, sizeof(why), "%s: the server answers %u", name, a->status);
		finish(f, why, a->retry_after_ms);
	}
}

static bool ask(struct fetch *f)
{
	char path[64], url[2000];

	want_path(&f->want, path, sizeof(path));
	snprintf(url, sizeof(url), "%s/%s?limit=%d&offset=%d", f->base_url, path, PAGE_SIZE, f->offset);
	if (f->want.kind == KIND_CALENDAR && !f->calendar)
		f->calendar = calloc(1, sizeof(*f->calendar));
	if (f->want.kind == KIND_CALENDAR && !f->calendar)
		return false;
	struct f1p_http_request r = {.size = sizeof(r),
		.flags = (f->refresh || f->again ? F1P_HTTPF_REFRESH : 0) |
			 (f->want.kind == KIND_CALENDAR ? F1P_HTTPF_STALE_IF_ERROR : 0),
		.method = F1P_HTTP_GET,
		.priority = f->want.kind == KIND_CALENDAR ? F1P_HTTP_NORMAL : F1P_HTTP_BACKGROUND,
		.url = url,
		.max_bytes = ANSWER_MAX,
		.fresh_ms = f->fresh_ms};
	f->id = f->http->request(f->host, &r, on_answer, f);
	return f->id != 0;
}

bool fetch_begin(struct fetch *f, const struct want *want, int64_t fresh_ms)
{
	clear(f);
	f->want = *want;
	f->fresh_ms = fresh_ms;
	f->restarts = 0;
	f->refresh = f->again = false;
	return ask(f);
}

void fetch_cancel(struct fetch *f)
{
	if (f->id)
		f->http->cancel(f->host, f->id);
	f->id = 0;
	clear(f);
}
