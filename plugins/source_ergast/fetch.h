/* fetch.h - one resource, page by page, one request at a time. */
#ifndef ERGAST_FETCH_H
#define ERGAST_FETCH_H

#include "page.h"

#define FOREVER_MS INT64_C(315360000000) /* ten years: what is long past does not change */

struct fetch;
/* why: "" or what failed. total 0 and no why: there is nothing (yet). retry_after_ms: as the server said, else F1P_UNKNOWN_NS. */
typedef void (*fetch_fn)(void *arg, struct fetch *, const char *why, int64_t retry_after_ms);

struct fetch {
	const struct f1p_host *host;
	const struct f1p_http *http;
	const char *base_url; /* without a slash at its end */
	fetch_fn done;
	void *arg;
	/* of the resource in hand */
	struct want want;
	struct rows rows;
	struct calendar *calendar;
	int32_t total; /* as the first page said; -1: none came yet */
	/* private */
	uint64_t id;
	int64_t fresh_ms;
	int32_t offset;
	int restarts;
	bool refresh; /* every page; again: this page. Kept answers do not count */
	bool again;
	bool stale;     /* the calendar is an old one that was kept: the server does not answer */
	bool not_asked; /* the last failure: the host leaves the failing server alone */
};

static inline bool fetch_busy(const struct fetch *f)
{
	return f->id != 0;
}

/* False if the request cannot be made (reason with host->fail). Else done() is called once, later. fresh_ms: an answer that was
 * kept may be so old. */
bool fetch_begin(struct fetch *, const struct want *, int64_t fresh_ms);
/* done() will not be called; frees what was gathered. */
void fetch_cancel(struct fetch *);

#endif
