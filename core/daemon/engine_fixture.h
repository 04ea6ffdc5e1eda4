/*
 * engine_fixture.h - for tests: an engine with one predictor and an ensemble, a small race, and notes of what sinks would get.
 */
#ifndef ENGINE_FIXTURE_H
#define ENGINE_FIXTURE_H

#include "daemon/engine.h"
#include "forecast/predictor_fixture.h"

#include <unistd.h>

#define T0_NS INT64_C(1900000000000000000)
#define SECOND_NS INT64_C(1000000000)
#define RIG_NOTES 4096
#define RIG_SOURCE 1

struct rig_note {
	struct f1p_event h;
	uint64_t trigger_seq;
	uint8_t published;
};

struct rig {
	uv_loop_t loop;
	struct vclock clock;
	struct engine *engine;
	struct engine_options opt;
	struct services *services;
	struct brain a, e; /* instances 3 and 4 */
	char err[512];
	int64_t at_ns; /* event time of what is emitted next */
	struct rig_note notes[RIG_NOTES];
	size_t n;
	int resumed, rejected, failures;
	char verdict[32], why[160], reason[160];
};

static inline void rig_deliver(void *arg, const struct f1p_event *first, uint32_t count, size_t bytes)
{
	struct rig *r = arg;
	const uint8_t *at = (const uint8_t *)first;
	size_t used = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct f1p_event *ev = (const struct f1p_event *)(at + used);
		assert_true(r->n < RIG_NOTES);
		struct rig_note *n = &r->notes[r->n++];
		*n = (struct rig_note){.h = *ev};
		if (ev->type == F1P_EV_FORECAST) {
			n->trigger_seq = ((const struct f1p_ev_forecast *)ev)->trigger_seq;
			n->published = ((const struct f1p_ev_forecast *)ev)->published;
		}
		used += ev->size;
	}
	assert_int_equal(used, bytes);
}

static inline void rig_resume(void *arg)
{
	((struct rig *)arg)->resumed++;
}

static inline void rig_failed(void *arg, struct instance *inst, f1p_status status, const char *reason)
{
	struct rig *r = arg;

	(void)inst, (void)status;
	r->failures++;
	snprintf(r->reason, sizeof(r->reason), "%s", reason);
}

static inline void rig_rejected(void *arg, uint32_t source_id, const char *verdict, const char *why)
{
	struct rig *r = arg;

	(void)source_id;
	r->rejected++;
	snprintf(r->verdict, sizeof(r->verdict), "%s", verdict);
	snprintf(r->why, sizeof(r->why), "%s", why);
}

/* Options may be changed before rig_start. */
static inline void rig_init(struct rig *r)
{
	memset(r, 0, sizeof(*r));
	assert_int_equal(uv_loop_init(&r->loop), 0);
	vclock_init(&r->clock, 0);
	vclock_set_driven(&r->clock, true);
	r->services = fixture_services();
	brain_init(&r->a, r->services, 3, "predictor-a", false);
	brain_init(&r->e, r->services, 4, "predictor-ensemble", true);
	r->opt = (struct engine_options){.loop = &r->loop,
		.clock = &r->clock,
		.identity = 12345,
		.workers = 2,
		.wait = true,
		.forecasts = true,
		.forecast_every_ms = 3600000,
		.forecast_timeout_ms = 600000,
		.publish_every_ms = 0,
		.arg = r,
		.deliver = rig_deliver,
		.resume = rig_resume,
		.predictor_failed = rig_failed,
		.rejected = rig_rejected};
	r->at_ns = T0_NS;
}

static inline bool rig_start(struct rig *r, uint32_t source_flags)
{
	struct instance *members[] = {r->a.inst, r->e.inst};

	r->engine = engine_create(&r->opt, r->err, sizeof(r->err));
	if (!r->engine)
		return false;
	forecaster_set_members(engine_forecaster(r->engine), members, 2);
	engine_begin(r->engine);
	engine_add_source(r->engine, RIG_SOURCE, source_flags);
	return true;
}

static inline void rig_finish(struct rig *r)
{
	engine_destroy(r->engine);
	uv_run(&r->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&r->loop), 0);
	brain_finish(&r->a);
	brain_finish(&r->e);
	services_destroy(r->services);
	vclock_finish(&r->clock);
}

static inline void rig_settle(struct rig *r)
{
	int64_t limit = vclock_mono_ns() + 30 * SECOND_NS;

	while (engine_waiting(r->engine) || forecaster_busy(engine_forecaster(r->engine))) {
		assert_true(vclock_mono_ns() < limit);
		uv_run(&r->loop, UV_RUN_NOWAIT);
		usleep(200);
	}
	engine_flush(r->engine, false);
}

static inline f1p_status rig_emit(struct rig *r, void *event, uint16_t type, size_t size, uint32_t flags)
{
	struct f1p_event *h = event;

	h->size = (uint32_t)size;
	h->type = type;
	h->flags = flags;
	h->t_event_ns = r->at_ns;
	vclock_set(&r->clock, r->at_ns);
	return engine_emit(r->engine, RIG_SOURCE, h);
}

static inline f1p_status rig_value(struct rig *r, uint16_t type, int32_t value, uint32_t flags)
{
	struct f1p_ev_value e = {.value = value};

	return rig_emit(r, &e, type, sizeof(e), flags);
}

static inline f1p_status rig_car(struct rig *r, uint16_t type, uint16_t car, int32_t value, uint32_t flags)
{
	struct f1p_ev_car_value e = {.car = car, .value = value};

	return rig_emit(r, &e, type, sizeof(e), flags);
}

static inline f1p_status rig_gap(struct rig *r, uint16_t car, int32_t gap_ms)
{
	struct f1p_ev_car_gap e = {.mask = F1P_GAP_LEADER, .car = car, .gap_ms = gap_ms};

	return rig_emit(r, &e, F1P_EV_CAR_GAP, sizeof(e), 0);
}

static inline f1p_status rig_lap(struct rig *r, int32_t lap)
{
	struct f1p_ev_lap_count e = {.mask = F1P_LAPS_CURRENT | F1P_LAPS_TOTAL, .current = lap, .total = 50};

	return rig_emit(r, &e, F1P_EV_LAP_COUNT, sizeof(e), 0);
}

/* Four cars, lights out: eight events, of which the last one triggers a forecast. */
static inline void rig_race(struct rig *r)
{
	struct f1p_ev_session e = {.session_key = 77, .year = 2031, .type = F1P_SESSION_RACE, .t_start_ns = T0_NS,
		.t_end_ns = F1P_UNKNOWN_NS, .gmt_offset_s = 0, .name = "Race", .circuit = "Testring"};

	assert_int_equal(rig_emit(r, &e, F1P_EV_SESSION, sizeof(e), F1P_EVF_MORE), F1P_OK);
	for (uint16_t car = 1; car <= 4; car++)
		assert_int_equal(rig_car(r, F1P_EV_CAR_POSITION, car, car, F1P_EVF_MORE), F1P_OK);
	assert_int_equal(rig_value(r, F1P_EV_TRACK_STATUS, F1P_TRACK_CLEAR, F1P_EVF_MORE), F1P_OK);
	assert_int_equal(rig_lap(r, 1), F1P_OK);
}

static inline void rig_laps(struct rig *r, int from, int to)
{
	for (int lap = from; lap <= to; lap++) {
		r->at_ns += 90 * SECOND_NS;
		assert_int_equal(rig_lap(r, lap), F1P_OK);
		for (uint16_t car = 2; car <= 4; car++)
			assert_int_equal(rig_gap(r, car, 1000 * car + lap), F1P_OK);
	}
}

#endif
