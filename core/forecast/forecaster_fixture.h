/*
 * forecaster_fixture.h - for tests: a forecaster with three predictors and an ensemble, and notes of all that it emits.
 */
#ifndef FORECASTER_FIXTURE_H
#define FORECASTER_FIXTURE_H

#include "forecast/forecaster.h"
#include "forecast/predictor_fixture.h"
#include "loop/vclock.h"

#include <math.h>

#define MAX_NOTES 512
#define NO_LIMIT_MS 600000

struct note { /* one emitted event */
	uint16_t type;
	uint32_t flags, instance_id, missing;
	uint64_t trigger_seq, snapshot_seq, seed;
	uint8_t published, trigger, trend;
	uint16_t lap;
	double confidence;
};

struct bench {
	uv_loop_t loop;
	struct services *services;
	struct workers *workers;
	struct forecaster *f;
	struct brain a, b, c, e; /* instances 3, 4, 5 and the ensemble, 6 */
	struct f1p_state *state;
	struct note notes[MAX_NOTES];
	size_t n;
	uint64_t digest; /* of all bytes that were emitted */
	int idle, failures;
	bool stop_failed; /* do with a failed instance what the daemon does */
	char reason[160];
	f1p_status failed_status;
	uint32_t failed_id;
};

static inline void on_emit(void *arg, struct f1p_event *ev)
{
	struct bench *t = arg;
	const uint8_t *at = (const uint8_t *)ev;

	assert_false(workers_is_worker());
	assert_true(t->n < MAX_NOTES);
	for (uint32_t i = 0; i < ev->size; i++)
		t->digest = (t->digest ^ at[i]) * 1099511628211ULL;
	struct note *n = &t->notes[t->n++];
	*n = (struct note){.type = ev->type, .flags = ev->flags};
	if (ev->type == F1P_EV_FORECAST) {
		const struct f1p_ev_forecast *f = (const void *)ev;
		assert_int_equal(ev->size % 8, 0);
		assert_int_equal(ev->size, offsetof(struct f1p_ev_forecast, forecast) + f->forecast.size);
		*n = (struct note){ev->type, ev->flags, f->instance_id, f->forecast.missing, f->trigger_seq, f->forecast.snapshot_seq,
			f->forecast.seed, f->published, f->trigger, f->forecast.trend, f->lap, f->forecast.confidence};
	} else if (ev->type == F1P_EV_INSIGHTS) {
		n->trigger_seq = ((const struct f1p_ev_insights *)(const void *)ev)->trigger_seq;
	} else if (ev->type == F1P_EV_PRIOR) {
		const struct f1p_ev_prior *p = (const void *)ev;
		n->instance_id = p->car;
		for (uint32_t i = 0; i <= t->state->n_cars; i++)
			if (i == t->state->n_cars ? p->car == 0 : t->state->cars[i].number == p->car)
				memcpy(p->car ? t->state->car_prior[i] : t->state->prior, p->value, sizeof(p->value));
	} else if (ev->type == F1P_EV_MEMBER_SCORES) {
		const struct f1p_ev_member_scores *s = (const void *)ev;
		t->state->n_member_scores = s->n;
		memcpy(t->state->member_scores, s->scores, sizeof(s->scores));
	} else {
		const struct f1p_ev_forecast_skipped *s = (const void *)ev;
		n->trigger_seq = s->trigger_seq;
		n->trigger = s->trigger;
	}
}

static inline void on_idle(void *arg)
{
	((struct bench *)arg)->idle++;
}

static inline void on_failed(void *arg, struct instance *inst, f1p_status status, const char *reason)
{
	struct bench *t = arg;

	t->failures++;
	t->failed_id = inst->id;
	t->failed_status = status;
	snprintf(t->reason, sizeof(t->reason), "%s", reason);
	if (t->stop_failed)
		inst->state = INSTANCE_WAITING;
}

static inline struct snapshot *on_refresh(void *arg)
{
	return snapshot_create(((struct bench *)arg)->state);
}

static inline void open_bench(struct bench *t, unsigned workers, bool wait, int64_t limit_ms, uint64_t seed)
{
	struct forecaster_ops ops = {.arg = t, .emit = on_emit, .idle = on_idle, .failed = on_failed, .refresh = on_refresh};

	memset(t, 0, sizeof(*t));
	t->digest = 14695981039346656037ULL;
	assert_int_equal(uv_loop_init(&t->loop), 0);
	t->services = fixture_services();
	t->workers = workers_create(&t->loop, workers);
	t->f = forecaster_create(t->workers, &ops, wait, limit_ms, seed);
	t->state = calloc(1, sizeof(*t->state));
	assert_true(t->services && t->workers && t->f && t->state);
	brain_init(&t->a, t->services, 3, "predictor-a", false);
	brain_init(&t->b, t->services, 4, "predictor-b", false);
	brain_init(&t->c, t->services, 5, "predictor-c", false);
	brain_init(&t->e, t->services, 6, "predictor-ensemble", true);
	t->state->size = sizeof(*t->state);
	t->state->session_key = 9001;
	t->state->type = F1P_SESSION_RACE;
	t->state->year = 2031;
	t->state->lap = 7;
	t->state->flags = F1P_EVF_SIMULATED;
	t->state->t_event_ns = 1000;
	t->state->n_cars = 4;
	for (size_t i = 0; i < F1P_PRIORS; i++)
		t->state->prior[i] = F1P_UNKNOWN;
	for (size_t i = 0; i < 4 * F1P_PRIORS; i++)
		t->state->car_prior[i / F1P_PRIORS][i % F1P_PRIORS] = F1P_UNKNOWN;
	for (uint16_t i = 0; i < 4; i++)
		t->state->cars[i].number = (uint16_t)(10 + i);
}

static inline void close_bench(struct bench *t)
{
	workers_destroy(t->workers);
	forecaster_destroy(t->f);
	uv_run(&t->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&t->loop), 0);
	brain_finish(&t->a);
	brain_finish(&t->b);
	brain_finish(&t->c);
	brain_finish(&t->e);
	services_destroy(t->services);
	free(t->state);
}

static inline struct bench *open_waiting(unsigned workers)
{
	static struct bench t;

	open_bench(&t, workers, true, NO_LIMIT_MS, 0);
	return &t;
}

/* Members by letter: "abe" */
static inline void cast(struct bench *t, const char *who)
{
	struct instance *list[8];
	size_t n = 0;

	for (; *who; who++)
		list[n++] = (*who == 'a' ? &t->a : *who == 'b' ? &t->b : *who == 'c' ? &t->c : &t->e)->inst;
	forecaster_set_members(t->f, list, n);
}

static inline void ask(struct bench *t, uint64_t seq)
{
	t->state->seq = seq;
	struct forecast_request r = {.snapshot = snapshot_create(t->state),
		.trigger = F1P_TRIGGER_LAP,
		.trigger_source = 1,
		.trigger_seq = seq,
		.trigger_source_seq = seq};

	assert_non_null(r.snapshot);
	forecaster_request(t->f, &r);
}

static inline void settle(struct bench *t)
{
	int64_t limit = vclock_mono_ns() + 30000000000LL;

	while (forecaster_busy(t->f)) {
		assert_true(vclock_mono_ns() < limit);
		uv_run(&t->loop, UV_RUN_NOWAIT);
		usleep(200);
	}
}

static inline void serve(struct bench *t, uint64_t seq)
{
	ask(t, seq);
	settle(t);
}

static inline void wait_for_call(struct bench *t, struct brain *b, int calls)
{
	int64_t limit = vclock_mono_ns() + 30000000000LL;

	(void)t;
	while (atomic_load(&b->calls) < calls) {
		assert_true(vclock_mono_ns() < limit);
		usleep(200);
	}
}

static inline const struct note *last_note(const struct bench *t)
{
	assert_true(t->n > 0);
	return &t->notes[t->n - 1];
}

#endif
