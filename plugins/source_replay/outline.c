/*
 * outline.c - see outline.h.
 */
#include "outline.h"
#include "clock.h"

#include <helpers/json_reader.h>

#include <string.h>

/* A start that is stopped sooner was none: the race begins with the next one. */
#define RACING_NS (120 * SR_NS_PER_S)

struct look {
	struct sr_outline *out;
	int64_t candidate_ns, fallback_ns;
	int64_t timing_lap_ns[F1P_MAX_LAPS + 1]; /* by NumberOfLaps, for recordings without LapCount */
	int32_t timing_laps;
	bool lap_count_seen;
};

static void status_changes(struct look *l, int64_t t_ns, bool started)
{
	if (started) {
		l->candidate_ns = l->candidate_ns == F1P_UNKNOWN_NS ? t_ns : l->candidate_ns;
		l->fallback_ns = l->fallback_ns == F1P_UNKNOWN_NS ? t_ns : l->fallback_ns;
	} else if (l->candidate_ns != F1P_UNKNOWN_NS && l->out->started_ns == F1P_UNKNOWN_NS) {
		if (t_ns - l->candidate_ns >= RACING_NS) {
			l->out->started_ns = l->candidate_ns;
		}
		l->candidate_ns = F1P_UNKNOWN_NS;
	}
}

static void lap_begins(int64_t *laps, int32_t lap, int64_t t_ns)
{
	if (lap >= 1 && lap <= (int32_t)F1P_MAX_LAPS && laps[lap] == F1P_UNKNOWN_NS) {
		laps[lap] = t_ns;
	}
}

static void lap_counts(struct look *l, int32_t lap, int64_t t_ns)
{
	l->lap_count_seen = true;
	lap_begins(l->out->lap_ns, lap, t_ns);
}

/* Some car has completed so many laps: the leader begins the next. Never back. */
static void laps_completed(struct look *l, int32_t laps, int64_t t_ns)
{
	if (laps >= l->timing_laps && laps < (int32_t)F1P_MAX_LAPS) {
		l->timing_laps = laps;
		lap_begins(l->timing_lap_ns, laps + 1, t_ns);
	}
}

/* The number behind each "key": in the text goes to fn. */
static void each_number(
	struct look *l, const char *json, size_t n, const char *key, int64_t t_ns, void (*fn)(struct look *, int32_t, int64_t))
{
	const char *end = json + n;
	size_t key_n = strlen(key);

	for (const char *p = memmem(json, n, key, key_n); p != NULL; p = memmem(p, (size_t)(end - p), key, key_n)) {
		int32_t value = 0;
		bool any = false;

		for (p += key_n; p < end && (*p == ' ' || *p == ':'); p++) {
		}
		for (; p < end && *p >= '0' && *p <= '9' && value < 10000; p++) {
			value = value * 10 + (*p - '0');
			any = true;
		}
		if (any) {
			fn(l, value, t_ns);
		}
	}
}

static bool holds(const char *json, size_t n, const char *word)
{
	return memmem(json, n, word, strlen(word)) != NULL;
}

static void look_at_topic(struct look *l, struct f1p_json_slice topic, const char *json, size_t n, int64_t t_ns)
{
	if (f1p_json_slice_is(topic, "SessionStatus") && holds(json, n, "\"Status\"")) {
		/* the field Started repeats the word: only the one behind Status counts */
		const char *status = memmem(json, n, "\"Status\"", 8);
		size_t left = n - (size_t)(status - json);

		status_changes(l, t_ns, holds(status, left < 24 ? left : 24, "\"Started\""));
	} else if (f1p_json_slice_is(topic, "LapCount")) {
		each_number(l, json, n, "\"CurrentLap\"", t_ns, lap_counts);
	} else if (f1p_json_slice_is(topic, "TimingData")) {
		each_number(l, json, n, "\"NumberOfLaps\"", t_ns, laps_completed);
	}
}

static void look_at_snapshot(struct look *l, const struct sr_message *m, int64_t t_ns)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;

	if (!f1p_json_cut_begin(&cut, m->json, m->json_n)) {
		return;
	}
	while (f1p_json_cut_next(&cut, &key, &value) == F1P_OK) {
		look_at_topic(l, key, value.text, value.n, t_ns);
	}
}

static void look_at_event(struct look *l, const struct f1p_event *ev, int64_t t_ns)
{
	if (ev->space != F1P_SPACE_CORE) {
		return;
	}
	if (ev->type == F1P_EV_SESSION_STATUS && ev->size >= sizeof(struct f1p_ev_value)) {
		status_changes(l, t_ns, ((const struct f1p_ev_value *)(const void *)ev)->value == F1P_STATUS_STARTED);
	} else if (ev->type == F1P_EV_LAP_COUNT && ev->size >= sizeof(struct f1p_ev_lap_count)) {
		const struct f1p_ev_lap_count *laps = (const void *)ev;

		if ((laps->mask & F1P_LAPS_CURRENT) != 0) {
			lap_counts(l, laps->current, t_ns);
		}
	} else if (ev->type == F1P_EV_CAR_LAP && ev->size >= sizeof(struct f1p_ev_car_lap)) {
		const struct f1p_ev_car_lap *lap = (const void *)ev;

		if ((lap->mask & F1P_LAP_NUMBER) != 0) {
			laps_completed(l, lap->laps, t_ns);
		}
	}
}

static void finish(struct look *l)
{
	struct sr_outline *o = l->out;

	if (o->started_ns == F1P_UNKNOWN_NS) {
		o->started_ns = l->candidate_ns != F1P_UNKNOWN_NS ? l->candidate_ns : l->fallback_ns;
	}
	if (!l->lap_count_seen) {
		memcpy(o->lap_ns, l->timing_lap_ns, sizeof(o->lap_ns));
	}
	/* lap 1 is on the screen long before the start */
	if (o->lap_ns[1] != F1P_UNKNOWN_NS && o->started_ns != F1P_UNKNOWN_NS && o->started_ns > o->lap_ns[1] &&
		(o->lap_ns[2] == F1P_UNKNOWN_NS || o->started_ns < o->lap_ns[2])) {
		o->lap_ns[1] = o->started_ns;
	}
	for (int32_t lap = 1; lap <= (int32_t)F1P_MAX_LAPS; lap++) {
		if (o->lap_ns[lap] != F1P_UNKNOWN_NS) {
			o->first_lap = o->first_lap == 0 ? lap : o->first_lap;
			o->last_lap = lap;
		}
	}
}

static f1p_status read_through(struct look *l, struct sr_reader *reader, struct sr_report *report, int64_t *first, int64_t *last)
{
	struct sr_clock clock;
	struct sr_message m;
	f1p_status status = F1P_OK;

	sr_clock_init(&clock);
	while ((status = reader->next(reader, &m)) == F1P_OK) {
		int64_t t = sr_clock_step(&clock, m.t_ns, report);

		*first = *first == F1P_UNKNOWN_NS ? t : *first;
		*last = t;
		if (m.kind == SR_MESSAGE) {
			look_at_topic(l, (struct f1p_json_slice){m.topic, m.topic_n}, m.json, m.json_n, t);
		} else if (m.kind == SR_SNAPSHOT) {
			look_at_snapshot(l, &m, t);
		} else {
			look_at_event(l, m.event, t);
		}
	}
	return status == F1P_END ? F1P_OK : status;
}

/* The first message of all; the quick look sees only those of SessionStatus. */
static int64_t first_time(const struct sr_recording *rec, struct sr_report *report)
{
	struct sr_reader *reader = sr_recording_read(rec, NULL, report);
	struct sr_message m;
	int64_t t = F1P_UNKNOWN_NS;

	if (reader != NULL && reader->next(reader, &m) == F1P_OK) {
		t = m.t_ns;
	}
	sr_reader_destroy(reader);
	return t;
}

f1p_status sr_outline_make(struct sr_outline *out, const struct sr_recording *rec, bool laps)
{
	struct look l = {.out = out, .candidate_ns = F1P_UNKNOWN_NS, .fallback_ns = F1P_UNKNOWN_NS};
	struct sr_report silent = {0};
	struct sr_reader *reader = sr_recording_read(rec, laps ? NULL : "SessionStatus", &silent);
	f1p_status status = F1P_ENOMEM;

	*out = (struct sr_outline){
		.first_ns = F1P_UNKNOWN_NS, .last_ns = F1P_UNKNOWN_NS, .started_ns = F1P_UNKNOWN_NS, .laps = laps};
	for (uint32_t i = 0; i <= F1P_MAX_LAPS; i++) {
		out->lap_ns[i] = l.timing_lap_ns[i] = F1P_UNKNOWN_NS;
	}
	if (reader != NULL) {
		status = read_through(&l, reader, &silent, &out->first_ns, &out->last_ns);
		finish(&l);
	}
	sr_reader_destroy(reader);
	if (!laps) {
		out->first_ns = first_time(rec, &silent);
		out->last_ns = F1P_UNKNOWN_NS;
	}
	return status;
}
