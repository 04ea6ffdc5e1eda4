/* fake_host.c - the host itself: log, reason, clock, bus, schedule, history, wake; see fake_host.h. */
#include "fake_host_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- the host struct -- */

static void keep_log(const struct f1p_host *host, int level, const char *fmt, ...)
{
	struct fake_host *f = fake_of(host);
	size_t room = sizeof(f->log) - f->log_bytes;
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	int n = snprintf(f->log + f->log_bytes, room, "%c %s\n", "?EWID"[level >= 1 && level <= 4 ? level : 0], line);
	if (n > 0)
		f->log_bytes += (size_t)n < room ? (size_t)n : room - 1;
}

static f1p_status keep_reason(const struct f1p_host *host, f1p_status status, const char *fmt, ...)
{
	struct fake_host *f = fake_of(host);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->reason, sizeof(f->reason), fmt, ap);
	va_end(ap);
	return status;
}

static int64_t virtual_now(const struct f1p_host *host)
{
	return fake_of(host)->now_ns;
}

static int64_t real_now(const struct f1p_host *host)
{
	struct fake_host *f = fake_of(host);

	if (f->now_ns > f->mono_seen_ns)
		f->mono_ns += (int64_t)((double)(f->now_ns - f->mono_seen_ns) / (f->speed > 0 ? f->speed : 1));
	f->mono_seen_ns = f->now_ns;
	return f->mono_ns;
}

/* -- growing arrays of self-sized records -- */

static size_t room_for(size_t n)
{
	size_t room = 4096;

	while (room < n)
		room *= 2;
	return room;
}

static bool append(uint8_t **bytes, size_t *used, const void *record, size_t n)
{
	bool fits = *bytes && room_for(*used + n) == room_for(*used);
	uint8_t *grown = fits ? *bytes : realloc(*bytes, room_for(*used + n));

	if (!grown)
		return false;
	memcpy(grown + *used, record, n);
	*bytes = grown;
	*used += n;
	return true;
}

/* -- bus, wake -- */

static f1p_status bus_emit(const struct f1p_host *host, const struct f1p_event *ev)
{
	struct fake_host *f = fake_of(host);

	if (f->emit_answer != F1P_OK)
		return f->emit_answer;
	if (ev->size < sizeof(*ev) || ev->size > F1P_EVENT_MAX || ev->size % 8)
		return F1P_EINVAL;
	if (!append(&f->events, &f->event_bytes, ev, ev->size))
		return F1P_ENOMEM;
	f->n_events++;
	return F1P_OK;
}

static const struct f1p_state *bus_acquire(const struct f1p_host *host)
{
	return fake_of(host)->state;
}

static void bus_release(const struct f1p_host *host, const struct f1p_state *s)
{
	(void)host;
	(void)s;
}

static const struct f1p_bus bus = {sizeof(bus), 0, bus_emit, bus_acquire, bus_release};

static void poll_soon(const struct f1p_host *host)
{
	__atomic_add_fetch(&fake_of(host)->wakes, 1, __ATOMIC_RELAXED);
}

static const struct f1p_wake wake = {sizeof(wake), 0, poll_soon};

/* -- schedule -- */

static f1p_status publish(const struct f1p_host *host, uint32_t rank, const struct f1p_session_plan *p, uint32_t n)
{
	struct fake_host *f = fake_of(host);

	if (n > FAKE_MAX)
		return F1P_EINVAL;
	memcpy(f->plans, p, n * sizeof(*p));
	f->n_plans = n;
	f->plan_rank = rank;
	return F1P_OK;
}

static void schedule_now(const struct f1p_host *host, struct f1p_schedule_now *out)
{
	uint32_t size = out->size;

	memcpy(out, &fake_of(host)->schedule, size < sizeof(*out) ? size : sizeof(*out));
	out->size = size;
}

static uint32_t list_plans(const struct f1p_host *host, struct f1p_session_plan *out, uint32_t n)
{
	struct fake_host *f = fake_of(host);

	for (uint32_t i = 0; i < n && i < f->n_plans; i++)
		out[i] = f->plans[i];
	return (uint32_t)f->n_plans;
}

static const struct f1p_schedule schedule = {sizeof(schedule), 0, publish, schedule_now, list_plans};

/* -- history: rows in the order in which they were put -- */

static bool row_wanted(const struct f1p_history_row *r, const struct f1p_history_query *q)
{
	return r->type == q->type && (!q->race_from || r->race_id >= q->race_from) && (!q->race_to || r->race_id <= q->race_to);
}

static f1p_status rows_each(const struct f1p_host *host, const struct f1p_history_query *q,
	bool (*fn)(void *, const struct f1p_history_row *), void *arg)
{
	struct fake_host *f = fake_of(host);
	const struct f1p_history_row *r;

	for (size_t at = 0; at < f->row_bytes; at += r->size) {
		r = (const struct f1p_history_row *)(f->rows + at);
		if (row_wanted(r, q) && !fn(arg, r))
			break;
	}
	return F1P_OK;
}

static f1p_status rows_put(const struct f1p_host *host, const struct f1p_history_row *first, uint32_t count)
{
	struct fake_host *f = fake_of(host);
	const uint8_t *at = (const uint8_t *)first;

	for (uint32_t i = 0; i < count; i++) {
		const struct f1p_history_row *r = (const struct f1p_history_row *)at;
		if (!append(&f->rows, &f->row_bytes, r, r->size))
			return F1P_ENOMEM;
		f->n_rows++;
		at += r->size;
	}
	return F1P_OK;
}

static bool count_row(void *arg, const struct f1p_history_row *r)
{
	(void)r;
	++*(int64_t *)arg;
	return true;
}

static int64_t rows_count(const struct f1p_host *host, const struct f1p_history_query *q)
{
	int64_t n = 0;

	rows_each(host, q, count_row, &n);
	return n;
}

static const struct f1p_history history = {sizeof(history), 0, rows_each, rows_put, rows_count};

/* -- look-up -- */

static const void *get_extension(const struct f1p_host *host, const char *id)
{
	static const struct {
		const char *id;
		const void *ext;
	} table[] = {
		{F1P_EXT_BUS, &bus},
		{F1P_EXT_WAKE, &wake},
		{F1P_EXT_METRICS, &fake_metrics_ext},
		{F1P_EXT_THREAD, &fake_threads_ext},
		{F1P_EXT_HTTP, &fake_http_ext},
		{F1P_EXT_WEBSOCKET, &fake_websocket_ext},
		{F1P_EXT_WEBHOOK, &fake_webhooks_ext},
		{F1P_EXT_DATA_DIR, &fake_data_dir_ext},
		{F1P_EXT_ROUTES, &fake_routes_ext},
		{F1P_EXT_SCHEDULE, &schedule},
		{F1P_EXT_HISTORY, &history},
	};
	const struct fake_host *f = fake_of(host);

	for (size_t i = 0; i < sizeof(f->absent) / sizeof(f->absent[0]); i++)
		if (f->absent[i] && strcmp(f->absent[i], id) == 0)
			return NULL;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].id, id) == 0)
			return table[i].ext;
	return NULL;
}

/* -- life -- */

struct fake_host *fake_host_create(const char *instance)
{
	struct fake_host *f = calloc(1, sizeof(*f));

	if (!f)
		abort(); /* a test without memory cannot go on */
	f->now_ns = INT64_C(1790000000000000000);
	f->schedule.size = sizeof(f->schedule);
	f->schedule.mode = F1P_SEASON_IDLE;
	f->schedule.t_change_ns = F1P_NEVER_NS;
	f->schedule.t_calendar_ns = F1P_UNKNOWN_NS;
	f->schedule.has_session = f->schedule.stale = f->schedule.moved = F1P_NO;
	f->host = (struct f1p_host){.size = sizeof(f->host),
		.abi_major = F1P_ABI_MAJOR,
		.abi_minor = F1P_ABI_MINOR,
		.instance_id = 1,
		.impl = f,
		.instance = instance,
		.log = keep_log,
		.fail = keep_reason,
		.get_extension = get_extension,
		.now_utc_ns = virtual_now,
		.now_mono_ns = real_now};
	return f;
}

void fake_host_destroy(struct fake_host *f)
{
	if (!f)
		return;
	fake_net_finish(f);
	free(f->events);
	free(f->rows);
	free(f->config_block);
	free(f->config_text);
	free(f);
}

/* -- what was kept -- */

const void *fake_event(const struct fake_host *f, uint16_t type, size_t nth)
{
	const struct f1p_event *ev;

	for (size_t at = 0; at < f->event_bytes; at += ev->size) {
		ev = (const struct f1p_event *)(f->events + at);
		if (ev->type == type && nth-- == 0)
			return ev;
	}
	return NULL;
}

size_t fake_count(const struct fake_host *f, uint16_t type)
{
	size_t n = 0;

	while (fake_event(f, type, n))
		n++;
	return n;
}

void fake_forget_events(struct fake_host *f)
{
	free(f->events);
	f->events = NULL;
	f->n_events = f->event_bytes = 0;
}

const void *fake_row(const struct fake_host *f, uint32_t type, size_t nth)
{
	const struct f1p_history_row *r;

	for (size_t at = 0; at < f->row_bytes; at += r->size) {
		r = (const struct f1p_history_row *)(f->rows + at);
		if (r->type == type && nth-- == 0)
			return r;
	}
	return NULL;
}

size_t fake_rows(const struct fake_host *f, uint32_t type)
{
	size_t n = 0;

	while (fake_row(f, type, n))
		n++;
	return n;
}
