/*
 * fake_host.h - a host for tests and benchmarks of this sink: one snapshot that can be swapped, real threads, settable health.
 */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <f1pd/plugin.h>
#include <f1pd/season.h>

struct fake_state { /* ref-counted; `state` first, so that a pointer to it is a pointer to this */
	struct f1p_state state;
	int refs;
};

struct fake_host {
	struct f1p_host host;
	pthread_mutex_t lock;
	struct fake_state *current;
	int states_alive;
	struct f1p_health health;
	char reason[256];
	char log[8192];
	double metrics[16];
	const char *metric_names[16];
	const char *metric_labels[16];
	size_t n_metrics;
	bool without_health;
	int64_t t_calendar_ns; /* of the schedule */
	const char *gaps, *sources, *schedule; /* documents of the core; NULL = none */
	bool live; /* a live source rules the clock */
	bool simulation; /* there are no other times to go to */
	bool serves_rules; /* somebody answers /api/v1/subscriptions */
	double speed;
	int paused, lap;
	int threads_alive;
};

struct f1p_thread {
	pthread_t id;
	void (*fn)(void *);
	void *arg;
};

struct f1p_metric {
	struct fake_host *host;
	size_t at;
};
static struct f1p_metric fake_metrics[16];

static inline struct fake_host *fake_of(const struct f1p_host *h)
{
	return h->impl;
}

F1P_PRINTF(3, 4) static inline void fake_log(const struct f1p_host *h, int level, const char *fmt, ...)
{
	struct fake_host *f = fake_of(h);
	va_list args;
	(void)level;
	pthread_mutex_lock(&f->lock);
	size_t n = strlen(f->log);
	va_start(args, fmt);
	vsnprintf(f->log + n, sizeof(f->log) - n, fmt, args);
	va_end(args);
	n = strlen(f->log);
	if (n + 1 < sizeof(f->log)) {
		f->log[n] = '\n';
		f->log[n + 1] = '\0';
	}
	pthread_mutex_unlock(&f->lock);
}

F1P_PRINTF(3, 4) static inline f1p_status fake_fail(const struct f1p_host *h, f1p_status status, const char *fmt, ...)
{
	struct fake_host *f = fake_of(h);
	va_list args;
	va_start(args, fmt);
	vsnprintf(f->reason, sizeof(f->reason), fmt, args);
	va_end(args);
	return status;
}

static inline int64_t fake_mono(const struct f1p_host *h)
{
	struct timespec ts;
	(void)h;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static inline f1p_status fake_emit(const struct f1p_host *h, const struct f1p_event *e)
{
	(void)h;
	(void)e;
	return F1P_EUNSUPPORTED;
}

static inline const struct f1p_state *fake_acquire(const struct f1p_host *h)
{
	struct fake_host *f = fake_of(h);
	pthread_mutex_lock(&f->lock);
	struct fake_state *s = f->current;
	if (s) {
		s->refs++;
	}
	pthread_mutex_unlock(&f->lock);
	return s ? &s->state : NULL;
}

static inline void fake_release(const struct f1p_host *h, const struct f1p_state *state)
{
	struct fake_host *f = fake_of(h);
	struct fake_state *s = (struct fake_state *)(uintptr_t)state;
	pthread_mutex_lock(&f->lock);
	if (--s->refs == 0) {
		f->states_alive--;
		free(s);
	}
	pthread_mutex_unlock(&f->lock);
}

static inline struct f1p_metric *fake_metric_get(
	const struct f1p_host *h, uint32_t kind, const char *name, const char *help, const char *label, const char *value)
{
	struct fake_host *f = fake_of(h);
	(void)kind;
	(void)help;
	(void)label;
	for (size_t i = 0; i < f->n_metrics; i++) {
		if (strcmp(f->metric_names[i], name) == 0 && (!value || strcmp(f->metric_labels[i], value) == 0)) {
			return &fake_metrics[i];
		}
	}
	f->metric_names[f->n_metrics] = name;
	f->metric_labels[f->n_metrics] = value;
	fake_metrics[f->n_metrics] = (struct f1p_metric){f, f->n_metrics};
	return &fake_metrics[f->n_metrics++];
}

static inline void fake_metric_put(struct f1p_metric *m, double v)
{
	const char *name = m->host->metric_names[m->at];
	pthread_mutex_lock(&m->host->lock);
	m->host->metrics[m->at] = strstr(name, "_total") ? m->host->metrics[m->at] + v : v;
	pthread_mutex_unlock(&m->host->lock);
}

static inline double fake_metric(struct fake_host *f, const char *name, const char *value)
{
	struct f1p_metric *m = fake_metric_get(&f->host, 0, name, "", NULL, value);
	pthread_mutex_lock(&f->lock);
	double v = f->metrics[m->at];
	pthread_mutex_unlock(&f->lock);
	return v;
}

static inline void *fake_thread_main(void *arg)
{
	struct f1p_thread *t = arg;
	t->fn(t->arg);
	return NULL;
}

static inline struct f1p_thread *fake_thread_start(const struct f1p_host *h, const char *name, void (*fn)(void *), void *arg)
{
	struct f1p_thread *t = calloc(1, sizeof(*t));
	(void)name;
	if (!t) {
		return NULL;
	}
	t->fn = fn;
	t->arg = arg;
	if (pthread_create(&t->id, NULL, fake_thread_main, t) != 0) {
		free(t);
		return NULL;
	}
	fake_of(h)->threads_alive++;
	return t;
}

static inline void fake_thread_join(const struct f1p_host *h, struct f1p_thread *t)
{
	pthread_join(t->id, NULL);
	free(t);
	fake_of(h)->threads_alive--;
}

#define FAKE_RACE_METRICS "# HELP f1pd_car_position Running order\n# TYPE f1pd_car_position gauge\nf1pd_car_position{car=\"1\"} 3\n"
#define FAKE_METRICS_BYTES (63000 + sizeof(FAKE_RACE_METRICS) - 1)

static inline bool fake_serve(const struct f1p_host *h, const char *path, struct f1p_response *r)
{
	const struct fake_host *f = fake_of(h);
	const char *document = strcmp(path, "/api/v1/gaps") == 0       ? f->gaps
			       : strcmp(path, "/api/v1/sources") == 0  ? f->sources
			       : strcmp(path, "/api/v1/schedule") == 0 ? f->schedule
								       : NULL;
	if (document) {
		r->content_type = "application/json";
		r->append(r, document, strlen(document));
		return true;
	}
	if (strcmp(path, "/metrics") != 0) {
		return false;
	}
	r->content_type = "text/plain; version=0.0.4; charset=utf-8";
	r->append(r, FAKE_RACE_METRICS, sizeof(FAKE_RACE_METRICS) - 1);
	for (int i = 0; i < 3000; i++) {
		r->append(r, "f1pd_example_total 1\n", 21);
	}
	return true;
}

/* Below /echo: says what was asked. */
static inline bool fake_handle(const struct f1p_host *h, const struct f1p_request *request, struct f1p_response *r)
{
	static const char *const methods[] = {"?", "GET", "POST", "PUT", "PATCH", "DELETE"};
	struct fake_host *f = fake_of(h);
	char text[20000];
	bool rules = f->serves_rules && strcmp(request->path, "/api/v1/subscriptions") == 0;
	if (request->method == F1P_GET && fake_serve(h, request->path, r)) {
		return true;
	}
	if (strncmp(request->path, "/echo", 5) != 0 && !rules) {
		return false;
	}
	int n = snprintf(text, sizeof(text), "%s %s?%s [%s] <%.*s> scopes=%u", methods[request->method % 6u], request->path, request->query,
		request->content_type, (int)request->body_n, request->body, request->scopes);
	r->append(r, text, (size_t)n);
	for (int i = 0; i < 16 << 20 >> 14 && strcmp(request->path, "/echo/large") == 0; i++) {
		memset(text, 'x', 1 << 14);
		r->append(r, text, 1 << 14);
	}
	if (strcmp(request->path, "/echo/headers") == 0) {
		r->status = 201;
		r->header(r, "location", "/echo/7");
		r->header(r, "content-length", "1"); /* the server's own: left out */
		if (r->header(r, "bad name", "x") != F1P_EINVAL || r->header(r, "x-split", "a\r\nb: c") != F1P_EINVAL) {
			r->status = 500;
		}
	}
	return true;
}

static inline void fake_health(const struct f1p_host *h, struct f1p_health *out)
{
	struct fake_host *f = fake_of(h);
	pthread_mutex_lock(&f->lock);
	*out = f->health;
	pthread_mutex_unlock(&f->lock);
}

static inline void fake_schedule_now(const struct f1p_host *h, struct f1p_schedule_now *out)
{
	out->t_calendar_ns = fake_of(h)->t_calendar_ns;
	out->has_session = F1P_NO;
}

static inline f1p_status fake_set_speed(const struct f1p_host *h, double speed)
{
	fake_of(h)->speed = speed;
	return fake_of(h)->live ? F1P_EUNSUPPORTED : F1P_OK;
}

static inline f1p_status fake_set_paused(const struct f1p_host *h, bool paused)
{
	fake_of(h)->paused = paused;
	return F1P_OK;
}

static inline f1p_status fake_seek(const struct f1p_host *h, int32_t lap, int64_t t_ns)
{
	(void)t_ns;
	if (fake_of(h)->live || fake_of(h)->simulation) {
		return F1P_EUNSUPPORTED;
	}
	fake_of(h)->lap = lap;
	return F1P_OK;
}

static inline const void *fake_extension(const struct f1p_host *h, const char *id)
{
	static const struct f1p_bus bus = {sizeof(bus), 0, fake_emit, fake_acquire, fake_release};
	static const struct f1p_metrics metrics = {sizeof(metrics), 0, fake_metric_get, fake_metric_put, NULL};
	static const struct f1p_threads threads = {sizeof(threads), 0, fake_thread_start, fake_thread_join};
	static const struct f1p_routes routes = {sizeof(routes), 0, NULL, NULL, fake_serve, NULL, fake_handle};
	static const struct f1p_health_check health = {sizeof(health), 0, fake_health};
	static const struct f1p_replay_control replay = {sizeof(replay), 0, fake_set_speed, fake_set_paused, fake_seek};
	static const struct f1p_schedule schedule = {sizeof(schedule), 0, NULL, fake_schedule_now, NULL};
	if (strcmp(id, F1P_EXT_SCHEDULE) == 0) {
		return &schedule;
	}
	if (strcmp(id, F1P_EXT_REPLAY) == 0) {
		return &replay;
	}
	if (strcmp(id, F1P_EXT_BUS) == 0) {
		return &bus;
	}
	if (strcmp(id, F1P_EXT_METRICS) == 0) {
		return &metrics;
	}
	if (strcmp(id, F1P_EXT_THREAD) == 0) {
		return &threads;
	}
	if (strcmp(id, F1P_EXT_ROUTES) == 0) {
		return &routes;
	}
	if (strcmp(id, F1P_EXT_HEALTH) == 0 && !fake_of(h)->without_health) {
		return &health;
	}
	return NULL;
}

static inline void fake_host_init(struct fake_host *f)
{
	memset(f, 0, sizeof(*f));
	pthread_mutex_init(&f->lock, NULL);
	f->health = (struct f1p_health){.size = sizeof(f->health),
		.sources_running = 1,
		.sources_total = 1,
		.data_age_ms = 100,
		.seq = 1,
		.source_ended = F1P_NO,
		.simulated = F1P_YES,
		.paused = F1P_NO,
		.speed = 1,
		.uptime_ms = 5000};
	f->host = (struct f1p_host){.size = sizeof(f->host),
		.abi_major = F1P_ABI_MAJOR,
		.abi_minor = F1P_ABI_MINOR,
		.impl = f,
		.instance = "websocket",
		.log = fake_log,
		.fail = fake_fail,
		.get_extension = fake_extension,
		.now_utc_ns = fake_mono,
		.now_mono_ns = fake_mono};
}

/* Publishes a copy of the state. */
static inline void fake_publish(struct fake_host *f, const struct f1p_state *state)
{
	struct fake_state *s = malloc(sizeof(*s));
	if (!s) {
		abort();
	}
	s->state = *state;
	s->refs = 1;
	pthread_mutex_lock(&f->lock);
	struct fake_state *old = f->current;
	f->current = s;
	f->states_alive++;
	pthread_mutex_unlock(&f->lock);
	if (old) {
		fake_release(&f->host, &old->state);
	}
}

static inline void fake_host_finish(struct fake_host *f)
{
	if (f->current) {
		fake_release(&f->host, &f->current->state);
	}
	pthread_mutex_destroy(&f->lock);
}

/* A race of n cars with numbers 1..n, names D01.. and everything known. */
static inline void fake_race(struct f1p_state *s, uint16_t n)
{
	static const uint32_t colours[] = {
		0x3671c6, 0xe8002d, 0xff8000, 0x27f4d2, 0x229971, 0xff87bc, 0x64c4ff, 0x6692ff, 0x52e252, 0xb6babd, 0x9a9a9a};
	memset(s, 0, sizeof(*s));
	s->size = sizeof(*s);
	s->flags = F1P_EVF_SIMULATED;
	s->seq = 100;
	s->t_event_ns = 1716123600000000000;
	s->session_key = 4242;
	s->year = 2024;
	s->type = F1P_SESSION_RACE;
	s->status = F1P_STATUS_STARTED;
	s->track = F1P_TRACK_CLEAR;
	s->neutralised = F1P_NO;
	s->t_start_ns = s->t_green_ns = s->t_track_ns = s->t_event_ns;
	s->t_end_ns = F1P_UNKNOWN_NS;
	s->gmt_offset_s = 7200;
	snprintf(s->name, sizeof(s->name), "Race");
	snprintf(s->meeting, sizeof(s->meeting), "Example Grand Prix");
	snprintf(s->circuit, sizeof(s->circuit), "Examplering");
	snprintf(s->location, sizeof(s->location), "S\xc3\xa3o Exemplo");
	snprintf(s->country, sizeof(s->country), "EXA");
	s->lap = 10;
	s->total_laps = 57;
	s->clock_remaining_ms = 5400000;
	s->clock_running = F1P_YES;
	s->t_clock_ns = s->t_event_ns;
	s->lap_neutral_start = F1P_UNKNOWN;
	s->best_ms = 78123;
	s->best_car = 1;
	s->weather = (struct f1p_weather){.air_temp_dc = 245,
		.track_temp_dc = 412,
		.humidity_dpct = 480,
		.pressure_dhpa = 10132,
		.wind_speed_dms = 21,
		.wind_dir_deg = 180,
		.rain = F1P_NO,
		.track_trend_dc = -8,
		.t_rain_changed_ns = F1P_UNKNOWN_NS,
		.t_ns = s->t_event_ns};
	s->n_cars = n;
	for (uint16_t i = 0; i < n; i++) {
		struct f1p_car *c = &s->cars[i];
		s->order[i] = i;
		c->number = (uint16_t)(i + 1);
		snprintf(c->code, sizeof(c->code), "D%02u", (unsigned)(i + 1) % 100u);
		snprintf(c->name, sizeof(c->name), "Driver %02u", (unsigned)(i + 1) % 100u);
		snprintf(c->team, sizeof(c->team), "Team %c", (char)('A' + (i / 2) % 26));
		c->colour_rgb = colours[(i / 2) % (sizeof(colours) / sizeof(colours[0]))];
		c->position = i + 1;
		c->grid = i + 1;
		c->gap_ms = i * 2345;
		c->interval_ms = i ? 2345 : 0;
		c->laps = 9;
		c->last_ms = 78500 + i * 37;
		c->best_ms = 78123 + i * 41;
		c->best_lap = 4;
		c->sector_ms[0] = 25100 + i;
		c->sector_ms[1] = 27900 + i;
		c->sector_ms[2] = 25500 + i;
		c->retired = c->in_pit = c->pit_out = c->stopped = F1P_NO;
		c->retired_how = F1P_RETIRED_NOT;
		c->last_overall = c->last_personal = F1P_NO;
		c->compound = i % 3 == 0 ? F1P_TYRE_SOFT : i % 3 == 1 ? F1P_TYRE_MEDIUM : F1P_TYRE_HARD;
		c->tyre_new = F1P_YES;
		c->tyre_age = 9;
		c->stint_laps = 9;
		c->pace_ms = 78700 + i * 50;
		c->last_pit_lap = F1P_UNKNOWN;
		c->last_pit_lane_ms = F1P_UNKNOWN;
		c->n_stints = 1;
		c->stints[0] = (struct f1p_stint){
			.compound = c->compound, .is_new = F1P_YES, .not_changed = F1P_NO, .total_laps = 9, .first_lap = 1};
	}
}

#endif
