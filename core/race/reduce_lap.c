/*
 * reduce_lap.c - crossings of the line: lap numbers, lap times and the lap history.
 *
 * The feed tells the number of laps and the lap time in any order, up to some seconds apart, and says nothing when a time
 * equals the one before. Both are put together here.
 */
#include "race/race_internal.h"

#define LAST_WINDOW_NS (10 * NS_PER_S) /* a lap time this close to the crossing belongs to it */
#define EQUAL_WINDOW_MS 500            /* time between crossings agrees with a repeated lap time */
#define UNDONE_WINDOW_NS (30 * NS_PER_S)

static int32_t ns_to_ms(int64_t ns)
{
	if (ns < 0 || ns > (int64_t)INT32_MAX * NS_PER_MS) {
		return F1P_UNKNOWN;
	}
	return (int32_t)((ns + NS_PER_MS / 2) / NS_PER_MS);
}

/* No lap time came with the crossing: an early one, the same as before, or the time between the crossings. */
static void guess_time(struct f1p_car *car, struct car_memory *m, struct f1p_lap *lap, int64_t lap_ns, int64_t t_ns)
{
	int32_t measured = ns_to_ms(lap_ns);
	int32_t sectors = repair_lap_time(car, m, car->t_line_ns, t_ns);
	int64_t early = time_between(m->t_early_last_ns, t_ns);

	if (early >= 0 && early <= LAST_WINDOW_NS) {
		lap->time_ms = m->early_last_ms;
		m->told_lap = car->laps;
		return;
	}
	if (sectors != F1P_UNKNOWN && sectors != car->last_ms) {
		lap->time_ms = sectors;
		lap->flags |= F1P_LAPF_INFERRED;
		return;
	}
	if (measured == F1P_UNKNOWN) {
		return;
	}
	if (car->last_ms > 0 && measured - car->last_ms <= EQUAL_WINDOW_MS && car->last_ms - measured <= EQUAL_WINDOW_MS) {
		lap->time_ms = car->last_ms;
		return;
	}
	lap->time_ms = measured;
	lap->flags |= F1P_LAPF_INFERRED;
}

static uint16_t lap_flags(const struct car_memory *m, int32_t number)
{
	uint16_t flags = 0;

	if (m->in_lap == number) {
		flags |= F1P_LAPF_IN;
	}
	if (m->out_lap) {
		flags |= F1P_LAPF_OUT;
	}
	if (m->seen & SEEN_NEUTRAL) {
		flags |= F1P_LAPF_NEUTRAL;
	}
	if (m->seen & SEEN_YELLOW) {
		flags |= F1P_LAPF_YELLOW;
	}
	return flags;
}

static void stamp_tyre(struct f1p_car *car, struct car_memory *m, struct f1p_lap *lap)
{
	const struct f1p_stint *stint;

	if (car->n_stints == 0) {
		lap->compound = m->tyre_compound;
		return;
	}
	stint = &car->stints[car->n_stints - 1];
	m->line_stint = (uint8_t)(car->n_stints - 1);
	lap->compound = stint->compound != F1P_TYRE_UNKNOWN ? stint->compound : m->tyre_compound;
	lap->tyre_age = stint_age_at(stint, car->laps);
	if (lap->tyre_age == 0xffff && stint->total_laps >= 0 && stint->total_laps < LAPS_MAX) {
		lap->tyre_age = (uint16_t)stint->total_laps;
	}
}

/* The time since the crossing before; for lap 1 since the start. INT64_MAX: unknown. */
static int64_t lap_duration(const struct fold *f, const struct f1p_car *car, int32_t step, int64_t t_ns)
{
	if (step != 1) {
		return INT64_MAX;
	}
	return time_between(car->laps == 1 ? f->st.t_green_ns : car->t_line_ns, t_ns);
}

static void remember_crossing(struct fold *f, struct f1p_car *car, struct car_memory *m, int64_t lap_ns, int64_t t_ns)
{
	bool stopped_in_lap = time_between(car->t_line_ns, f->t_resume_ns) > 0 && car->t_line_ns != F1P_UNKNOWN_NS &&
			      f->t_resume_ns != F1P_UNKNOWN_NS;

	if (f->t_first_line_ns == F1P_UNKNOWN_NS) {
		f->t_first_line_ns = t_ns;
	}
	m->line_gap_ns = lap_ns > 0 && lap_ns != INT64_MAX && !stopped_in_lap ? lap_ns : 0;
	m->t_line_before_ns = car->t_line_ns;
	car->t_line_ns = t_ns;
	m->out_lap = m->in_lap == car->laps || (car->in_pit == F1P_YES && m->in_lap != F1P_UNKNOWN);
	m->seen = neutral_now(f);
	m->t_early_last_ns = F1P_UNKNOWN_NS;
	m->silent = false;
	m->message_retired = false;
	m->t_stopped_ns = F1P_UNKNOWN_NS;
	if (is_race(f) && (f->chequered || f->st.status >= F1P_STATUS_FINISHED ||
			   (f->st.total_laps > 0 && car->laps >= f->st.total_laps))) {
		m->took_flag = true;
	}
}

static void append_lap(struct fold *f, struct f1p_car *car, int32_t step, int64_t t_ns)
{
	struct car_memory *m = fold_memory(f, car);
	int64_t lap_ns = lap_duration(f, car, step, t_ns);
	struct f1p_lap *lap;

	history_resize(car, car->laps);
	if (car->n_laps > 0 && car->laps == car->n_laps) {
		lap = &car->history[car->n_laps - 1];
		guess_time(car, m, lap, lap_ns, t_ns);
		lap->gap_ms = car->gap_ms;
		lap->interval_ms = car->interval_ms;
		lap->position = car->position > 0 && car->position < 256 ? (uint8_t)car->position : 0;
		lap->flags = (uint16_t)(lap->flags | lap_flags(m, car->laps));
		lap->elapsed_ms = ns_to_ms(time_between(f->st.t_green_ns, t_ns));
		stamp_tyre(car, m, lap);
	}
	remember_crossing(f, car, m, lap_ns, t_ns);
}

/* The feed took laps back; it often gives them again a moment later. */
static void take_back(struct f1p_car *car, struct car_memory *m, int32_t old_laps, int64_t t_ns)
{
	m->undone_lap = F1P_UNKNOWN;
	if (old_laps == car->laps + 1 && old_laps == car->n_laps) {
		m->undone_lap = old_laps;
		m->undone = car->history[car->n_laps - 1];
		m->t_undone_ns = t_ns;
		m->t_undone_line_ns = car->t_line_ns;
		car->t_line_ns = m->t_line_before_ns;
	}
	history_resize(car, car->laps);
}

static bool give_again(struct f1p_car *car, struct car_memory *m, int64_t t_ns)
{
	int64_t since = time_between(m->t_undone_ns, t_ns);

	if (m->undone_lap != car->laps || car->laps > (int32_t)F1P_MAX_LAPS || since < 0 || since > UNDONE_WINDOW_NS) {
		return false;
	}
	history_resize(car, car->laps);
	car->history[car->n_laps - 1] = m->undone;
	m->t_line_before_ns = car->t_line_ns;
	car->t_line_ns = m->t_undone_line_ns;
	m->undone_lap = F1P_UNKNOWN;
	return true;
}

/* Not every source counts the laps of the race; and one that does may be gone. */
static void raise_leader_lap(struct race *r, const struct f1p_car *car)
{
	struct fold *f = &r->now;
	int32_t lap = car->laps + 1;

	if (!is_race(f)) {
		return;
	}
	if (f->st.total_laps > 0 && lap > f->st.total_laps) {
		lap = f->st.total_laps;
	}
	if (lap > f->st.lap) {
		fold_set_lap(r, lap);
	}
}

/* A snapshot tells laps whose crossings nobody saw: they are unknown but for their tyres. */
static void skip_laps(struct fold *f, struct f1p_car *car, int32_t old, int64_t t_ns)
{
	history_resize(car, car->laps);
	for (uint32_t k = car->n_stints; k > 0 && car->stints[k - 1].first_lap != F1P_UNKNOWN; k--) {
		stamp_laps(car, k - 1);
		if (car->stints[k - 1].first_lap <= old) {
			break;
		}
	}
	if (old != F1P_UNKNOWN && car->laps > old && car->t_line_ns != F1P_UNKNOWN_NS) {
		car->t_line_ns = F1P_UNKNOWN_NS; /* the lap in progress did not begin there */
		f->t_resume_ns = t_ns;           /* and nobody is silent before now */
	}
}

static void set_laps(struct race *r, struct f1p_car *car, int32_t laps, const struct f1p_event *ev)
{
	struct fold *f = &r->now;
	struct car_memory *m = fold_memory(f, car);
	int32_t old = car->laps;

	if (laps < 0 || laps > LAPS_MAX || laps == old) {
		return;
	}
	car->laps = laps;
	m->dirty = true;
	if (laps < old) {
		take_back(car, m, old, ev->t_event_ns);
		return;
	}
	if (ev->flags & F1P_EVF_SNAPSHOT || laps == 0) {
		skip_laps(f, car, old, ev->t_event_ns);
		raise_leader_lap(r, car);
		return;
	}
	if (!give_again(car, m, ev->t_event_ns)) {
		append_lap(f, car, old == F1P_UNKNOWN ? laps : laps - old, ev->t_event_ns);
	}
	raise_leader_lap(r, car);
	retirement_update(r, car);
	retirement_watch(r, ev->t_event_ns);
}

struct f1p_lap *lap_of_time(struct f1p_car *car, int64_t t_ns)
{
	int64_t since = time_between(car->t_line_ns, t_ns);

	if (since < 0 || since > LAST_WINDOW_NS || car->n_laps == 0 || car->laps != car->n_laps) {
		return NULL;
	}
	return &car->history[car->n_laps - 1];
}

static bool is_newest(const struct f1p_car *car, const struct f1p_event *ev)
{
	const struct f1p_ev_car_lap *e = (const struct f1p_ev_car_lap *)ev;

	return e->mask & F1P_LAP_NUMBER && e->laps == car->laps && car->n_laps > 0 && car->laps == car->n_laps;
}

/* Number and time of the newest lap together. What a snapshot tells and was known before is the time of the lap before. */
static bool told_with_lap(const struct f1p_car *car, int32_t last_ms, const struct f1p_event *ev)
{
	const struct f1p_lap *newest = is_newest(car, ev) ? &car->history[car->n_laps - 1] : NULL;

	return newest && (!(ev->flags & F1P_EVF_SNAPSHOT) ||
			  (last_ms != car->last_ms && (newest->time_ms == F1P_UNKNOWN || newest->flags & F1P_LAPF_INFERRED)));
}

/* A lap time belongs to the lap that is told with it, else to the crossing just made, or to the one that comes. */
static void set_last(struct f1p_car *car, struct car_memory *m, int32_t last_ms, const struct f1p_event *ev)
{
	struct f1p_lap *lap = lap_of_time(car, ev->t_event_ns);

	if (!lap && told_with_lap(car, last_ms, ev)) {
		lap = &car->history[car->n_laps - 1];
	}
	car->last_ms = last_ms;
	if (last_ms == F1P_UNKNOWN) {
		return;
	}
	if (lap) {
		lap->time_ms = last_ms;
		lap->flags &= (uint16_t)~F1P_LAPF_INFERRED;
		m->told_lap = car->laps;
		m->dirty = true;
	} else if (!(ev->flags & F1P_EVF_SNAPSHOT)) {
		m->early_last_ms = last_ms;
		m->t_early_last_ns = ev->t_event_ns;
	}
}

void reduce_car_lap(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_lap *e = (const struct f1p_ev_car_lap *)ev;
	struct f1p_car *car = fold_car(&r->now, ev, e->car);

	if (!car) {
		return;
	}
	if (e->mask & F1P_LAP_NUMBER) {
		if (e->mask & F1P_LAP_LAST && e->last_ms == F1P_UNKNOWN && e->laps > car->laps) {
			car->last_ms = F1P_UNKNOWN; /* its time will come: it is not one that equals the last */
		}
		set_laps(r, car, e->laps, ev);
	}
	if (e->mask & F1P_LAP_LAST) {
		set_last(car, fold_memory(&r->now, car), e->last_ms, ev);
		r->now.best_dirty = true;
	}
	if (e->mask & F1P_LAP_BEST) {
		car->best_ms = e->best_ms;
		r->now.best_dirty = true;
	}
	if (e->mask & F1P_LAP_BEST_LAP) {
		car->best_lap = e->best_lap;
	}
	if (e->mask & F1P_LAP_LAST_OVERALL) {
		car->last_overall = e->last_overall;
	}
	if (e->mask & F1P_LAP_LAST_PERSONAL) {
		car->last_personal = e->last_personal;
	}
}
