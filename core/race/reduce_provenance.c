/*
 * reduce_provenance.c - who told what, how fresh it is, what is missing and what was corrected. Nothing here is hashed.
 */
#include "race/data_kind.h"
#include "race/race_internal.h"

#define CONTRADICTED 700 /* confidence, of 1000, in what another source tells otherwise */
#define RAIN_UNLIKELY_PCT 10
#define RAIN_CERTAIN_PCT 90
#define RAIN_MUCH_UM_PER_H 500
#define AIR_FAR_DC 80 /* 8 degrees */

static struct f1p_origin *car_origin(struct fold *f, uint16_t number, uint32_t which)
{
	struct f1p_car *car = which < F1P_CAR_ORIGINS ? fold_find_car(f, number) : NULL;

	return car ? &f->st.car_origins[car - f->st.cars][which] : NULL;
}

/* The forecast of the time in which the circuit measured, or NULL. */
static const struct f1p_outlook_step *forecast_of(const struct f1p_outlook *o, int64_t t_ns)
{
	for (uint32_t i = 0; i < o->n_steps; i++) {
		int64_t left = time_between(t_ns, o->steps[i].t_ns);

		if (left >= 0 && left < o->steps[i].step_s * NS_PER_S) {
			return &o->steps[i];
		}
	}
	return NULL;
}

/* Rain where none was expected at all, or none where much was, or another climate: the forecast is of little use here. */
static bool contradicts(const struct f1p_weather *w, const struct f1p_outlook_step *s)
{
	bool chance = s->mask & F1P_OUTLOOK_RAIN_PROBABILITY;
	bool amount = s->mask & F1P_OUTLOOK_RAIN;

	if (w->rain == F1P_YES && (chance || amount) && (!chance || s->rain_probability_pct <= RAIN_UNLIKELY_PCT) &&
	    (!amount || s->rain_um == 0)) {
		return true;
	}
	if (w->rain == F1P_NO && (chance || amount) && (!chance || s->rain_probability_pct >= RAIN_CERTAIN_PCT) &&
	    (!amount || (int64_t)s->rain_um * 3600 >= (int64_t)RAIN_MUCH_UM_PER_H * s->step_s)) {
		return true;
	}
	return s->mask & F1P_OUTLOOK_AIR && w->air_temp_dc != F1P_UNKNOWN &&
	       (s->air_temp_dc - w->air_temp_dc >= AIR_FAR_DC || w->air_temp_dc - s->air_temp_dc >= AIR_FAR_DC);
}

/* What is measured judges what was forecast, as long as both are told by different sources. */
static void check_outlook(struct fold *f)
{
	struct f1p_origin *outlook = &f->st.origins[F1P_DATA_OUTLOOK];
	const struct f1p_outlook_step *step = forecast_of(&f->st.outlook, f->st.weather.t_ns);

	if (outlook->source_id && step && f->st.origins[F1P_DATA_WEATHER].source_id != outlook->source_id) {
		outlook->confidence = contradicts(&f->st.weather, step) ? CONTRADICTED : 1000;
	}
}

void note_origin(struct fold *f, const struct f1p_event *ev)
{
	uint32_t kind = event_kind(ev);
	struct f1p_origin told = {.source_id = ev->source_id, .confidence = 1000, .t_ns = ev->t_event_ns};
	struct f1p_origin *of_car;

	/* A record may come late or from another source than the one that tells the laps: it is no news of the present. */
	if (!kind || (ev->type == F1P_EV_LAP_RECORD && f->st.origins[kind].source_id)) {
		return;
	}
	f->st.origins[kind] = told;
	of_car = car_origin(f, event_car(ev), kind_car_origin(kind));
	if (of_car) {
		*of_car = told;
	}
	if (kind == F1P_DATA_WEATHER || kind == F1P_DATA_OUTLOOK) {
		check_outlook(f);
	}
}

void reduce_source_choice(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_source_choice *e = (const struct f1p_ev_source_choice *)ev;

	if (e->kind >= 1 && e->kind < F1P_DATA_KINDS) {
		r->now.st.origins[e->kind].source_id = e->to_source;
	}
}

static bool is_open(uint8_t how)
{
	return how == F1P_GAP_OPEN || how == F1P_GAP_LOST;
}

/* Only the newest lines are remembered, so an older one that is told again was an outage that stayed open. */
void reduce_gap_line(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_gap *e = (const struct f1p_ev_gap *)ev;
	struct f1p_state *st = &r->now.st;
	struct gap_seen *seen = &r->now.gaps[(e->id - 1u) % GAP_LINES_MAX];
	bool was_open = true;

	if (e->id < 1 || (e->id > st->gaps_total && e->id - st->gaps_total > GAP_LINES_MAX)) {
		return;
	}
	if (e->id > st->gaps_total) {
		st->gaps_total = e->id;
		was_open = false;
	} else if (seen->id == e->id) {
		was_open = is_open(seen->how);
	}
	st->gaps_open -= was_open && st->gaps_open > 0;
	st->gaps_open += is_open(e->how);
	if (e->id >= seen->id) {
		*seen = (struct gap_seen){e->id, e->how};
	}
}

void reduce_revision(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_revision *e = (const struct f1p_ev_revision *)ev;
	struct f1p_origin *laps = car_origin(&r->now, e->car, F1P_CAR_LAPS);

	if (e->field == F1P_REVISED_LAP_TIME && e->old_value == e->new_value) { /* contradicted, not corrected */
		if (laps) {
			laps->confidence = CONTRADICTED;
		}
		return;
	}
	r->now.st.revisions_total++;
}
