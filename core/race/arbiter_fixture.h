/*
 * arbiter_fixture.h - for tests: an arbiter over a race, sources that are spoken for in one line, and notes of what came out.
 */
#ifndef ARBITER_FIXTURE_H
#define ARBITER_FIXTURE_H

#include "race/arbiter.h"
#include "race/data_kind.h"
#include "race/race_compare.h"
#include "race/race_fixture.h"
#include "race/retell.h"

#define RIG_NOTES 200000u
#define RIG_S INT64_C(1000000000)
#define RIG_A 1u /* priority 90 */
#define RIG_B 2u /* priority 50 */

struct arig_note {
	struct f1p_event h;
	uint32_t kind; /* choices: enum f1p_data_kind */
	uint32_t from, to;
	int32_t laps, last_ms; /* counts of laps: F1P_UNKNOWN where they are not told */
};

struct arig {
	struct race *race;
	struct arbiter *arbiter;
	uint64_t seq, source_seq;
	int64_t now_ns;
	uint32_t speaker; /* of what the feed says */
	int64_t lag_ns;   /* event times are so far behind the clock */
	struct feed feed; /* its race is a scratch one: it only makes events */
	struct arig_note *notes;
	size_t n;
};

static inline void arig_note(struct arig *r, const struct f1p_event *ev)
{
	struct arig_note *n = &r->notes[r->n++];

	if (r->n > RIG_NOTES) {
		abort();
	}
	*n = (struct arig_note){.h = *ev, .laps = F1P_UNKNOWN, .last_ms = F1P_UNKNOWN};
	if (ev->type == F1P_EV_CAR_LAP) {
		const struct f1p_ev_car_lap *e = (const struct f1p_ev_car_lap *)ev;

		n->laps = e->mask & F1P_LAP_NUMBER ? e->laps : F1P_UNKNOWN;
		n->last_ms = e->mask & F1P_LAP_LAST ? e->last_ms : F1P_UNKNOWN;
	}
	if (ev->type == F1P_EV_SOURCE_CHOICE) {
		n->kind = ((const struct f1p_ev_source_choice *)ev)->kind;
		n->from = ((const struct f1p_ev_source_choice *)ev)->from_source;
		n->to = ((const struct f1p_ev_source_choice *)ev)->to_source;
	}
}

static inline void arig_forward(void *arg, struct f1p_event *ev)
{
	struct arig *r = arg;

	ev->seq = ++r->seq;
	race_apply(r->race, ev);
	arig_note(r, ev);
}

static inline void arig_remark(void *arg, struct f1p_event *ev)
{
	struct arig *r = arg;

	ev->t_event_ns = race_state(r->race)->t_event_ns;
	arig_forward(arg, ev);
}

static inline void arig_init(struct arig *r)
{
	struct arbiter_ops ops = {r, arig_forward, arig_remark};

	memset(r, 0, sizeof(*r));
	r->race = race_create();
	r->feed.race = race_create();
	r->notes = calloc(RIG_NOTES, sizeof(*r->notes));
	r->arbiter = arbiter_create(r->race, &ops);
	r->now_ns = T0_NS;
	r->speaker = RIG_A;
}

static inline void arig_finish(struct arig *r)
{
	arbiter_destroy(r->arbiter);
	race_destroy(r->race);
	race_destroy(r->feed.race);
	free(r->notes);
}

static inline void arig_source(struct arig *r, uint32_t id, int32_t priority)
{
	struct arbiter_prefs p = arbiter_default_prefs;
	char name[16];

	p.priority = priority;
	snprintf(name, sizeof(name), "source-%u", id);
	arbiter_add(r->arbiter, id, name, &p);
}

/* Set-up and tear-down of tests whose state is a rig with two sources, A preferred to B. */
static inline int arig_create(void **state)
{
	struct arig *r = calloc(1, sizeof(*r));

	if (!r) {
		return -1;
	}
	arig_init(r);
	arig_source(r, RIG_A, 90);
	arig_source(r, RIG_B, 50);
	*state = r;
	return 0;
}

static inline int arig_destroy(void **state)
{
	arig_finish(*state);
	free(*state);
	return 0;
}

#define ARIG_TEST(name) cmocka_unit_test_setup_teardown(name, arig_create, arig_destroy)

/* The clock goes on in steps of 50 ms, as in the daemon. */
static inline void arig_until(struct arig *r, double s)
{
	while (r->now_ns < feed_ns(s)) {
		r->now_ns += RIG_S / 20;
		r->now_ns = r->now_ns > feed_ns(s) ? feed_ns(s) : r->now_ns;
		arbiter_tick(r->arbiter, r->now_ns);
	}
}

static inline void arig_say(struct arig *r, uint32_t id, const void *event, uint16_t type, size_t size, uint32_t flags)
{
	uint64_t block[F1P_EVENT_MAX / 8];
	struct f1p_event *h = (struct f1p_event *)block;

	memcpy(block, event, size);
	h->size = (uint32_t)size;
	h->type = type;
	h->flags = flags;
	h->source_id = id;
	h->source_seq = ++r->source_seq;
	h->t_event_ns = r->now_ns - r->lag_ns;
	h->t_recv_ns = r->now_ns;
	arbiter_take(r->arbiter, h, r->now_ns);
}
#define ARIG_SAY(r, id, type, event, flags) arig_say((r), (id), &(event), (type), sizeof(event), (flags))

static inline void arig_link(struct arig *r, uint32_t id, uint32_t condition)
{
	struct f1p_ev_link e = {.condition = condition, .text = "cable pulled"};

	ARIG_SAY(r, id, F1P_EV_LINK, e, 0);
}

static inline void arig_heartbeat(struct arig *r, uint32_t id)
{
	struct f1p_event e = {0};

	ARIG_SAY(r, id, F1P_EV_HEARTBEAT, e, 0);
}

static inline void arig_session(struct arig *r, uint32_t id, uint32_t key, uint32_t flags)
{
	struct f1p_ev_session e = {.session_key = key, .year = 2031, .type = F1P_SESSION_RACE, .t_start_ns = T0_NS + (int64_t)key * RIG_S,
				   .t_end_ns = F1P_UNKNOWN_NS, .gmt_offset_s = 0, .name = "Race", .circuit = "Testring"};

	ARIG_SAY(r, id, F1P_EV_SESSION, e, flags);
}

static inline void arig_value(struct arig *r, uint32_t id, uint16_t type, int32_t value)
{
	struct f1p_ev_value e = {.value = value};

	ARIG_SAY(r, id, type, e, 0);
}

static inline void arig_car_value(struct arig *r, uint32_t id, uint16_t type, uint16_t car, int32_t value)
{
	struct f1p_ev_car_value e = {.car = car, .value = value};

	ARIG_SAY(r, id, type, e, 0);
}

static inline void arig_lap(struct arig *r, uint32_t id, uint16_t car, int32_t laps, int32_t last_ms)
{
	struct f1p_ev_car_lap e = {.mask = F1P_LAP_NUMBER | (last_ms ? F1P_LAP_LAST : 0), .car = car, .laps = laps, .last_ms = last_ms};

	ARIG_SAY(r, id, F1P_EV_CAR_LAP, e, 0);
}

/* A message with a time of its own, whenever it is told. */
static inline void arig_text_of(struct arig *r, uint32_t id, uint16_t index, double at_s, const char *text)
{
	struct f1p_ev_race_control e = {.index = index, .lap = 1, .t_utc_ns = feed_ns(at_s), .category = F1P_RC_OTHER, .flag = F1P_FLAG_NONE,
					.scope = F1P_SCOPE_NONE, .mode = F1P_MODE_NONE, .status = F1P_RCS_NONE};

	snprintf(e.text, sizeof(e.text), "%s", text);
	ARIG_SAY(r, id, F1P_EV_RACE_CONTROL, e, 0);
}

static inline void arig_text(struct arig *r, uint32_t id, uint16_t index, const char *text)
{
	arig_text_of(r, id, index, (double)(r->now_ns - T0_NS) / 1e9, text);
}

/* Session, n cars on their places, lights out. */
static inline void arig_start(struct arig *r, uint32_t id, uint16_t cars)
{
	arig_session(r, id, 77, 0);
	for (uint16_t car = 1; car <= cars; car++) {
		arig_car_value(r, id, F1P_EV_CAR_POSITION, car, car);
		arig_lap(r, id, car, 0, 0);
	}
	arig_value(r, id, F1P_EV_TRACK_STATUS, F1P_TRACK_CLEAR);
	arig_value(r, id, F1P_EV_SESSION_STATUS, F1P_STATUS_STARTED);
}

static inline struct arbiter_view arig_view(struct arig *r, uint32_t id)
{
	struct arbiter_view v = {0};

	arbiter_view(r->arbiter, id, &v);
	return v;
}

static inline uint32_t arig_active(struct arig *r, uint32_t kind)
{
	for (uint32_t id = 1; id < 8; id++) {
		if (arig_view(r, id).active_kinds & 1u << kind) {
			return id;
		}
	}
	return 0;
}

static inline size_t arig_count(const struct arig *r, uint16_t type)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		n += r->notes[i].h.type == type;
	}
	return n;
}

static inline const struct f1p_car *arig_car(struct arig *r, uint16_t number)
{
	return race_car(race_state(r->race), number);
}

/* The snapshot that a feed of this state gives to whoever connects. */
struct arig_snapshot {
	struct arig *rig;
	uint32_t id;
};

static inline void arig_snapshot_event(void *arg, struct f1p_event *ev)
{
	const struct arig_snapshot *s = arg;

	if (ev->type != F1P_EV_LAP_RECORD) { /* no feed tells the laps before */
		arig_say(s->rig, s->id, ev, ev->type, ev->size, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	}
}

/* What the feed shows as empty, too. */
static inline void arig_tell_blanks(struct arig *r, uint32_t id, const struct f1p_car *car)
{
	struct f1p_ev_car_gap gap = {.mask = F1P_GAP_LEADER | F1P_GAP_INTERVAL, .car = car->number, .gap_ms = car->gap_ms,
				     .gap_laps = car->gap_laps, .interval_ms = car->interval_ms, .interval_laps = car->interval_laps};

	ARIG_SAY(r, id, F1P_EV_CAR_GAP, gap, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	for (uint8_t i = 0; i < 3; i++) {
		struct f1p_ev_car_sector sector = {.mask = F1P_SECTOR_TIME, .car = car->number, .sector = i, .time_ms = car->sector_ms[i]};

		ARIG_SAY(r, id, F1P_EV_CAR_SECTOR, sector, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	}
}

static inline void arig_tell_snapshot(struct arig *r, uint32_t id, const struct f1p_state *st)
{
	struct f1p_event e = {0};
	struct arig_snapshot s = {r, id};

	ARIG_SAY(r, id, F1P_EV_FEED_RESET, e, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	race_retell(st, ALL_KINDS, 0, arig_snapshot_event, &s);
	for (size_t i = 0; i < st->n_cars; i++) {
		arig_tell_blanks(r, id, &st->cars[i]);
	}
	ARIG_SAY(r, id, F1P_EV_HEARTBEAT, e, F1P_EVF_SNAPSHOT);
}

struct arig_gap_count {
	int lines, open, lost, snapshot, other;
	struct f1p_ev_gap last;
};
static inline void arig_count_gap(void *arg, const struct f1p_ev_gap *line)
{
	struct arig_gap_count *c = arg;

	c->lines++;
	c->open += line->how == F1P_GAP_OPEN;
	c->lost += line->how == F1P_GAP_LOST;
	c->snapshot += line->how == F1P_GAP_SNAPSHOT;
	c->other += line->how == F1P_GAP_OTHER_SOURCE;
	c->last = *line;
}

static inline struct arig_gap_count arig_gaps(struct arig *r)
{
	struct arig_gap_count c = {0};

	gaps_visit(arbiter_gaps(r->arbiter), arig_count_gap, &c);
	return c;
}

#endif
