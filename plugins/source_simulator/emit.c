/*
 * emit.c - the simulator's facts as f1pd events, packed into a buffer.
 *
 * A record is the group of events that belong together: all but its last carry F1P_EVF_MORE.
 */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct sim *s, size_t size)
{
	if (s->out_len + size <= s->out_size) {
		return true;
	}
	size_t want = s->out_size ? s->out_size * 2 : 65536;
	uint8_t *out = realloc(s->out, want);
	if (!out) {
		return false;
	}
	s->out = out;
	s->out_size = want;
	return true;
}

/* Space for one event, zeroed, header filled. Valid until the next emit. Never NULL. */
void *sim_emit(struct sim *s, int type, size_t size)
{
	struct f1p_event *e;
	if (s->failed || !grow(s, size)) {
		s->failed = true;
		memset(&s->scratch, 0, sizeof(s->scratch));
		e = &s->scratch.h;
	} else {
		s->last = s->out_len;
		e = (struct f1p_event *)(void *)(s->out + s->out_len);
		memset(e, 0, size);
		s->out_len += size;
	}
	e->size = (uint32_t)size;
	e->space = F1P_SPACE_CORE;
	e->type = (uint16_t)type;
	e->flags = F1P_EVF_MORE | (s->phase == SIM_BEFORE && s->messages == 0 ? F1P_EVF_SNAPSHOT : 0);
	e->t_event_ns = s->cfg.start_ns + s->now * 1000000;
	s->end_ns = e->t_event_ns;
	return e;
}

void sim_record_end(struct sim *s)
{
	if (!s->failed && s->out_len > s->out_head) {
		struct f1p_event *e = (struct f1p_event *)(void *)(s->out + s->last);
		e->flags &= ~F1P_EVF_MORE;
	}
}

void sim_emit_value(struct sim *s, int type, int value)
{
	struct f1p_ev_value *e = sim_emit(s, type, sizeof(*e));
	e->value = value;
}

void sim_emit_car_value(struct sim *s, int type, const struct sim_car *car, int value)
{
	struct f1p_ev_car_value *e = sim_emit(s, type, sizeof(*e));
	e->car = (uint16_t)car->number;
	e->value = value;
}

void sim_emit_gap(struct sim *s, struct sim_car *car)
{
	struct f1p_ev_car_gap *e = sim_emit(s, F1P_EV_CAR_GAP, sizeof(*e));
	e->mask = F1P_GAP_LEADER | F1P_GAP_INTERVAL;
	e->car = (uint16_t)car->number;
	e->gap_ms = car->gap.ms;
	e->gap_laps = car->gap.laps;
	e->interval_ms = car->gap.interval_ms;
	e->interval_laps = car->gap.interval_laps;
	bool catching = car->gap.interval_ms != F1P_UNKNOWN && car->gap.interval_ms < 1000;
	if (catching != car->catching) {
		car->catching = catching;
		e->mask |= F1P_GAP_CATCHING;
		e->catching = catching ? F1P_YES : F1P_NO;
	}
}

void sim_emit_status(struct sim *s, const struct sim_car *car, uint32_t mask, bool on)
{
	struct f1p_ev_car_status *e = sim_emit(s, F1P_EV_CAR_STATUS, sizeof(*e));
	uint8_t v = on ? F1P_YES : F1P_NO;
	e->mask = mask;
	e->car = (uint16_t)car->number;
	e->in_pit = mask & F1P_CAR_IN_PIT ? v : 0;
	e->pit_out = mask & F1P_CAR_PIT_OUT ? v : 0;
	e->retired = mask & F1P_CAR_RETIRED ? v : 0;
	e->stopped = mask & F1P_CAR_STOPPED ? v : 0;
	e->shown = mask & F1P_CAR_SHOWN ? v : 0;
	e->pit_stops = mask & F1P_CAR_PIT_STOPS ? car->stops : 0;
}

void sim_emit_stint(struct sim *s, const struct sim_car *car, uint32_t mask)
{
	struct f1p_ev_stint *e = sim_emit(s, F1P_EV_STINT, sizeof(*e));
	e->mask = mask;
	e->car = (uint16_t)car->number;
	e->index = (uint8_t)(car->n_stints - 1);
	e->total_laps = mask & F1P_STINT_TOTAL ? car->age : 0;
	if (mask & F1P_STINT_COMPOUND) {
		e->compound = car->compound;
		e->is_new = car->set_age == 0 ? F1P_YES : F1P_NO;
		e->not_changed = F1P_NO;
		e->start_laps = car->set_age;
		struct f1p_ev_stint *now = sim_emit(s, F1P_EV_TYRE, sizeof(*now));
		now->mask = F1P_STINT_COMPOUND | F1P_STINT_NEW;
		now->car = (uint16_t)car->number;
		now->index = 255;
		now->compound = car->compound;
		now->is_new = car->set_age == 0 ? F1P_YES : F1P_NO;
	}
}

/* The window in which the race must end; it stands still under a red flag. */
void sim_emit_clock(struct sim *s, bool running)
{
	struct f1p_ev_clock *e = sim_emit(s, F1P_EV_CLOCK, sizeof(*e));
	e->mask = F1P_CLOCK_REMAINING | F1P_CLOCK_RUNNING | F1P_CLOCK_AT;
	e->remaining_ms = (int32_t)(s->clock_ms > 0 ? s->clock_ms : 0);
	e->t_at_ns = s->cfg.start_ns + s->now * 1000000;
	e->running = running ? F1P_YES : F1P_NO;
}

static int track_status(const struct sim *s)
{
	switch (s->phase) {
	case SIM_SC:
		return F1P_TRACK_SC;
	case SIM_VSC:
		return F1P_TRACK_VSC;
	case SIM_VSC_ENDING:
		return F1P_TRACK_VSC_ENDING;
	case SIM_RED:
		return F1P_TRACK_RED;
	default:
		break;
	}
	for (int i = 0; i < SIM_NODES; i++) {
		if (s->yellow[i]) {
			return F1P_TRACK_YELLOW;
		}
	}
	return F1P_TRACK_CLEAR;
}

/* Sends the track status if it changed. */
void sim_emit_track(struct sim *s)
{
	int status = track_status(s);
	if (status != s->track) {
		s->track = (uint8_t)status;
		sim_emit_value(s, F1P_EV_TRACK_STATUS, status);
	}
}

/* A message of race control, phrased as the real ones. */
void sim_say(struct sim *s, const struct sim_message *m, const char *fmt, ...)
{
	struct f1p_ev_race_control *e = sim_emit(s, F1P_EV_RACE_CONTROL, sizeof(*e));
	e->index = s->messages++;
	e->car = m->car ? (uint16_t)m->car->number : 0;
	e->lap = sim_leader_lap(s);
	e->t_utc_ns = e->h.t_event_ns - e->h.t_event_ns % 1000000000;
	e->category = m->category;
	e->flag = m->flag ? m->flag : F1P_FLAG_NONE;
	e->scope = m->scope ? m->scope : F1P_SCOPE_NONE;
	e->mode = m->mode ? m->mode : F1P_MODE_NONE;
	e->status = m->status ? m->status : F1P_RCS_NONE;
	e->sector = m->sector;
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
}
