#include "changes.h"

#include <stdio.h>
#include <string.h>

#include "positions.h"
#include "road.h"

#define SAME_ROAD_S 0.3 /* gaps that moved by less than this have not */
#define LONGEST_AGE 1000 /* laps */

enum track_kind { GREEN = 1, UNDER_SC, UNDER_VSC, STOPPED };

static enum track_kind track_kind(const struct f1p_state *s)
{
	if (s->track == F1P_TRACK_RED || s->status == F1P_STATUS_ABORTED) {
		return STOPPED;
	}
	return s->track == F1P_TRACK_SC ? UNDER_SC : s->track == F1P_TRACK_VSC ? UNDER_VSC : GREEN;
}

/* ---- what happened ---- */

static void add(struct change list[CHANGES_MAX], uint32_t *n, enum change_kind kind, uint32_t car)
{
	list[(*n)++] = (struct change){.kind = kind, .car = car, .passed = CHANGE_NOBODY};
}

/* The nearest car that was ahead and is behind, neither having stopped. */
static uint32_t passed_by(uint32_t car, const struct f1p_state *before, const struct f1p_state *now)
{
	const struct f1p_car *b = &before->cars[car], *n = &now->cars[car];
	uint32_t best = CHANGE_NOBODY;

	for (uint32_t i = 0; i < before->n_cars; i++) {
		const struct f1p_car *ob = &before->cars[i], *on = &now->cars[i];
		if (i != car && road_only_drove(ob, on) && ob->position < b->position && on->position > n->position &&
		    (best == CHANGE_NOBODY || on->position < now->cars[best].position)) {
			best = i;
		}
	}
	return best;
}

static void find_road(struct change list[CHANGES_MAX], uint32_t *count, const struct f1p_state *before, const struct f1p_state *now)
{
	for (uint32_t i = 0; i < before->n_cars; i++) {
		if (!road_only_drove(&before->cars[i], &now->cars[i])) {
			continue;
		}
		add(list, count, CHANGE_ROAD, i);
		list[*count - 1].passed = passed_by(i, before, now);
		list[*count - 1].lost_s = road_lost_s(i, before, now);
	}
}

/* While the race is stopped all stand in the lane: only what they have on counts. */
static bool is_stop(const struct f1p_car *before, const struct f1p_car *now, bool suspended)
{
	return !road_is_out(before) && !road_is_out(now) && (suspended ? road_has_changed_tyres(before, now) : road_has_stopped(before, now));
}

static bool same_cars(const struct f1p_state *before, const struct f1p_state *now)
{
	bool same = before->n_cars <= now->n_cars && now->n_cars <= F1P_MAX_CARS;

	for (uint32_t i = 0; same && i < before->n_cars; i++) {
		same = before->cars[i].number == now->cars[i].number;
	}
	return same;
}

uint32_t changes_find(struct change list[CHANGES_MAX], const struct f1p_state *before, const struct f1p_state *now)
{
	enum track_kind was = track_kind(before), is = track_kind(now);
	int32_t laps_before = positions_laps_done(before), laps_now = positions_laps_done(now);
	uint32_t n = 0;

	if (!same_cars(before, now)) {
		return 0;
	}
	if (laps_before == 0 && laps_now > 0) {
		add(list, &n, CHANGE_START, CHANGE_NOBODY);
		return n;
	}
	if (was != is) {
		add(list, &n, CHANGE_TRACK, CHANGE_NOBODY);
	}
	for (uint32_t i = 0; i < before->n_cars; i++) {
		if (!road_is_out(&before->cars[i]) && road_is_out(&now->cars[i])) {
			add(list, &n, CHANGE_OUT, i);
		}
	}
	for (uint32_t i = 0; i < before->n_cars && laps_now > 0; i++) {
		if (is_stop(&before->cars[i], &now->cars[i], was == STOPPED || is == STOPPED)) {
			add(list, &n, CHANGE_STOP, i);
		}
	}
	for (uint32_t i = 0; i < before->n_cars; i++) {
		if (!road_is_out(&now->cars[i]) && before->cars[i].penalty_ms != now->cars[i].penalty_ms) {
			add(list, &n, CHANGE_PENALTY, i);
		}
	}
	if (was == GREEN && is == GREEN && laps_now > 0) {
		find_road(list, &n, before, now);
	}
	return n;
}

/* ---- what if not ---- */

static void undo_track(struct f1p_state *s, const struct f1p_state *before)
{
	s->track = before->track;
	s->status = before->status;
	s->neutralised = before->neutralised;
	s->lap_neutral_start = before->lap_neutral_start;
	s->n_sc = before->n_sc;
	s->n_vsc = before->n_vsc;
	s->n_red = before->n_red;
	s->n_messages = before->n_messages;
	memcpy(s->messages, before->messages, sizeof(s->messages));
}

static int32_t older(int32_t age, int32_t laps)
{
	return age >= 0 && age < LONGEST_AGE ? age + laps : age;
}

/* Tyres as they were, so many laps older. */
static void undo_tyres(struct f1p_car *car, const struct f1p_car *before, int32_t laps)
{
	car->in_pit = before->in_pit;
	car->pit_out = before->pit_out;
	car->stops = before->stops;
	car->pit_stops = before->pit_stops;
	car->compound = before->compound;
	car->tyre_new = before->tyre_new;
	car->n_stints = before->n_stints;
	memcpy(car->stints, before->stints, sizeof(car->stints));
	laps = before->in_pit == F1P_YES ? 0 : laps;
	car->tyre_age = older(before->tyre_age, laps);
	car->stint_laps = older(before->stint_laps, laps);
	car->last_pit_lap = before->last_pit_lap;
	car->t_pit_in_ns = before->t_pit_in_ns;
}

/* The laps since then tell nothing. */
static void forget_laps(struct f1p_car *car, const struct f1p_car *before)
{
	for (uint32_t k = before->n_laps; k < car->n_laps && k < F1P_MAX_LAPS; k++) {
		car->history[k].time_ms = F1P_UNKNOWN;
		car->history[k].flags = 0;
		car->history[k].compound = before->compound;
	}
}

static void undo_out(struct f1p_car *car, const struct f1p_car *before, const struct f1p_state *now, int32_t laps)
{
	car->retired = before->retired;
	car->retired_how = before->retired_how;
	car->stopped = before->stopped;
	car->laps = older(before->laps, laps);
	car->t_seen_ns = now->t_event_ns;
}

void changes_undo(struct f1p_state *s, const struct change *c, const struct f1p_state *before, const struct f1p_state *now)
{
	int32_t laps = positions_laps_done(now) - positions_laps_done(before);
	const struct f1p_car *was = c->car < before->n_cars ? &before->cars[c->car] : NULL;

	laps = laps > 0 ? laps : 0;
	memcpy(s, c->kind == CHANGE_START ? before : now, sizeof(*s));
	if (c->kind == CHANGE_TRACK) {
		undo_track(s, before);
	}
	if (!was) {
		return;
	}
	struct f1p_car *car = &s->cars[c->car];
	if (c->kind == CHANGE_OUT) {
		undo_out(car, was, now, laps);
	}
	if (c->kind == CHANGE_OUT || c->kind == CHANGE_STOP) {
		undo_tyres(car, was, laps);
	}
	if (c->kind == CHANGE_PENALTY) {
		car->penalty_ms = was->penalty_ms;
		return;
	}
	forget_laps(car, was);
	road_put_back(s, c->car, before, now);
}

/* ---- in words ---- */

uint8_t changes_trigger(const struct change *c)
{
	static const uint8_t triggers[] = {[CHANGE_START] = F1P_TRIGGER_SESSION, [CHANGE_TRACK] = F1P_TRIGGER_TRACK,
		[CHANGE_OUT] = F1P_TRIGGER_RETIREMENT, [CHANGE_STOP] = F1P_TRIGGER_PIT, [CHANGE_PENALTY] = F1P_TRIGGER_TIMER,
		[CHANGE_ROAD] = F1P_TRIGGER_LAP};

	return triggers[c->kind];
}

static const char *name_of(char *room, size_t size, const struct f1p_state *s, uint32_t car)
{
	if (s->cars[car].code[0]) {
		snprintf(room, size, "%.*s", (int)sizeof(s->cars[car].code), s->cars[car].code);
	} else {
		snprintf(room, size, "car %u", (unsigned)s->cars[car].number);
	}
	return room;
}

static const char *track_words(const struct f1p_state *before, const struct f1p_state *now)
{
	static const char *const begins[] = {[GREEN] = "", [UNDER_SC] = "safety car", [UNDER_VSC] = "virtual safety car",
		[STOPPED] = "red flag"};
	static const char *const ends[] = {[GREEN] = "", [UNDER_SC] = "safety car ends", [UNDER_VSC] = "virtual safety car ends",
		[STOPPED] = "the race goes on"};
	enum track_kind is = track_kind(now);

	return is == GREEN ? ends[track_kind(before)] : begins[is];
}

/* A stop is told twice, when the car comes in and when it is back: only then is known what it cost. */
static const char *stop_words(const struct f1p_car *before, const struct f1p_car *now, bool suspended)
{
	if (suspended) {
		return "changed tyres";
	}
	return before->in_pit == F1P_YES && now->in_pit != F1P_YES ? "back from its stop" : "pitted";
}

static void road_words(char *text, size_t size, const struct change *c, const char *name, const struct f1p_state *now)
{
	char other[16];

	if (c->passed != CHANGE_NOBODY) {
		snprintf(text, size, "%s passed %s", name, name_of(other, sizeof(other), now, c->passed));
	} else if (c->lost_s >= SAME_ROAD_S || c->lost_s <= -SAME_ROAD_S) {
		snprintf(text, size, "%s %s %.1f s", name, c->lost_s > 0 ? "lost" : "gained", c->lost_s > 0 ? c->lost_s : -c->lost_s);
	} else {
		snprintf(text, size, "pace of %s", name);
	}
}

void changes_text(char *text, size_t size, const struct change *c, const struct f1p_state *before, const struct f1p_state *now)
{
	char name[16] = "";

	if (c->car != CHANGE_NOBODY) {
		name_of(name, sizeof(name), now, c->car);
	}
	switch (c->kind) {
	case CHANGE_START:
		snprintf(text, size, "the start");
		break;
	case CHANGE_TRACK:
		snprintf(text, size, "%s", track_words(before, now));
		break;
	case CHANGE_OUT:
		snprintf(text, size, now->cars[c->car].retired == F1P_YES ? "%s out" : "%s stopped on the track", name);
		break;
	case CHANGE_STOP:
		snprintf(text, size, "%s %s", name,
			 stop_words(&before->cars[c->car], &now->cars[c->car], track_kind(now) == STOPPED));
		break;
	case CHANGE_PENALTY: {
		int64_t more_ms = (int64_t)now->cars[c->car].penalty_ms - before->cars[c->car].penalty_ms;
		snprintf(text, size, more_ms > 0 ? "%s: penalty of %d s" : "%s: penalty served", name, (int)(more_ms / 1000));
		break;
	}
	case CHANGE_ROAD:
		road_words(text, size, c, name, now);
		break;
	}
}
