/* watch.c - see watch.h. */
#include "watch.h"

#include <string.h>

#include "helpers/encode.h"

/* What one look at one car gives. */
struct sight {
	bool known;
	bool quiet;    /* for this car: known, not told */
	int32_t value; /* 1e-4, places; or 1 = it is so, 0 = it is not */
	uint16_t other;
};

static bool drives(const struct rule_driver *d, const struct f1p_car *car)
{
	return d->number ? car->number == d->number : strncmp(car->code, d->code, sizeof(car->code)) == 0;
}

const struct f1p_car *watch_car(const struct f1p_state *s, const struct rule_driver *d)
{
	for (uint16_t i = 0; i < s->n_cars && i < F1P_MAX_CARS; i++) {
		if (drives(d, &s->cars[i])) {
			return &s->cars[i];
		}
	}
	return NULL;
}

void watch_forget(struct watch *w)
{
	w->n_edges = 0;
}

/* ------------------------------------------------------------------ what is seen */

static bool is_race(const struct f1p_state *s)
{
	return s->type == F1P_SESSION_RACE || s->type == F1P_SESSION_SPRINT;
}

static struct sight so(bool known, bool yes)
{
	return (struct sight){.known = known, .value = yes};
}

static int32_t ten_thousandths(double p)
{
	return p >= 0 && p <= 1 ? (int32_t)(p * 10000 + 0.5) : F1P_UNKNOWN;
}

static struct sight see_chance(const struct rule *r, const struct news *n, const struct f1p_car *car)
{
	const struct f1p_car_forecast *c = NULL;
	double p;

	for (uint32_t i = 0; i < n->forecast->n_cars && i < F1P_MAX_CARS; i++) {
		if (n->forecast->cars[i].car == car->number) {
			c = &n->forecast->cars[i];
		}
	}
	if (!c) {
		return (struct sight){0};
	}
	p = r->kind == RULE_WIN	     ? c->p_win
	    : r->kind == RULE_PODIUM ? c->p_podium
	    : r->kind == RULE_POINTS ? c->p_points
				     : c->p_retire;
	return (struct sight){.known = ten_thousandths(p) != F1P_UNKNOWN, .value = ten_thousandths(p)};
}

/* The likeliest pass by this car that the rule is about; a car without one in sight has the chance 0. */
static struct sight see_overtake(const struct rule *r, const struct news *n, const struct f1p_car *car)
{
	const struct f1p_car *whom = r->has_whom ? watch_car(n->state, &r->whom) : NULL;
	struct sight best = {.known = !r->has_whom || whom};

	for (uint32_t i = 0; i < n->insights->n_overtakes && i < F1P_MAX_OVERTAKES; i++) {
		const struct f1p_overtake *o = &n->insights->overtakes[i];
		int32_t p = ten_thousandths(r->laps == 1 ? o->p_1 : r->laps == 3 ? o->p_3 : o->p_5);

		if (o->attacker == car->number && (!whom || o->defender == whom->number) && p > best.value) {
			best.value = p;
			best.other = o->defender;
		}
	}
	return best;
}

static struct sight see_car(const struct rule *r, const struct news *n, const struct f1p_car *car)
{
	const struct f1p_state *s = n->state;
	bool runs = s->status == F1P_STATUS_STARTED && s->track != F1P_TRACK_RED;
	struct sight t = {0};

	switch (r->kind) {
	case RULE_POSITION:
		t = (struct sight){.known = car->position != F1P_UNKNOWN, .value = car->position};
		break;
	case RULE_PITS: /* cars that wait in the pit lane before the start, or behind a red flag, have not stopped */
		t = so(car->in_pit != F1P_TRI_UNKNOWN, car->in_pit == F1P_YES);
		break;
	case RULE_LEADS:
		t = so(is_race(s) && car->position != F1P_UNKNOWN, car->position == 1);
		break;
	case RULE_RETIRES:
		t = so(is_race(s) && car->retired != F1P_TRI_UNKNOWN, car->retired == F1P_YES);
		runs = true;
		break;
	default:
		break;
	}
	t.quiet = !runs;
	return t;
}

static struct sight see_race(const struct rule *r, const struct f1p_state *s)
{
	bool track = s->track != F1P_TRACK_UNKNOWN && s->track != 0;
	bool status = s->status != F1P_STATUS_UNKNOWN && s->status != 0;

	switch (r->kind) {
	case RULE_SAFETY_CAR:
		return so(track, s->track == F1P_TRACK_SC);
	case RULE_VSC:
		return so(track, s->track == F1P_TRACK_VSC || s->track == F1P_TRACK_VSC_ENDING);
	case RULE_RED_FLAG:
		return so(track, s->track == F1P_TRACK_RED);
	case RULE_RAIN:
		return so(s->weather.rain == F1P_YES || s->weather.rain == F1P_NO, s->weather.rain == F1P_YES);
	case RULE_STARTS:
		return so(status, s->status == F1P_STATUS_STARTED);
	case RULE_FINISHES:
		return so(status, s->status >= F1P_STATUS_FINISHED);
	default:
		return (struct sight){0};
	}
}

/* ------------------------------------------------------------------ edges */

static struct edge *edge_of(struct watch *w, uint16_t car, bool *is_new)
{
	*is_new = false;
	for (uint32_t i = 0; i < w->n_edges; i++) {
		if (w->edges[i].car == car) {
			return &w->edges[i];
		}
	}
	if (w->n_edges == sizeof(w->edges) / sizeof(w->edges[0])) {
		return NULL;
	}
	*is_new = true;
	w->edges[w->n_edges] = (struct edge){.car = car, .t_told_ns = F1P_UNKNOWN_NS};
	return &w->edges[w->n_edges++];
}

static bool holds(const struct rule *r, int32_t v, int32_t slack)
{
	switch (r->test) {
	case RULE_HAPPENS:
		return v != 0;
	case RULE_ABOVE:
		return v > r->value - slack;
	case RULE_AT_LEAST:
		return v >= r->value - slack;
	case RULE_BELOW:
		return v < r->value + slack;
	default:
		return v <= r->value + slack;
	}
}

static bool cools(const struct watch *w, const struct edge *e, int64_t t_ns)
{
	return e->t_told_ns != F1P_UNKNOWN_NS && t_ns < e->t_told_ns + w->cooldown_ns;
}

static bool crossed(const struct watch *w, struct edge *e, const struct sight *s, int64_t t_ns)
{
	bool now = holds(&w->rule, s->value, 0);

	if (!now) {
		e->armed |=
			!holds(&w->rule, s->value, rule_is_chance(&w->rule) || w->rule.kind == RULE_OVERTAKE ? w->hysteresis : 0);
		return false;
	}
	if (s->quiet) {
		e->armed = false;
	}
	if (!e->armed || cools(w, e, t_ns)) {
		return false;
	}
	e->armed = false;
	return true;
}

/* A rise is counted from the lowest value since the last word, a fall from the highest. */
static bool moved(const struct watch *w, struct edge *e, const struct sight *s, int64_t t_ns, int32_t *before)
{
	int32_t by = s->value - e->base;
	bool far = w->rule.test == RULE_RISES	? by >= w->rule.value
		   : w->rule.test == RULE_FALLS ? -by >= w->rule.value
						: by >= w->rule.value || -by >= w->rule.value;

	*before = e->base;
	if (far && !s->quiet && !cools(w, e, t_ns)) {
		e->base = s->value;
		return true;
	}
	if (s->quiet || (w->rule.test == RULE_RISES && by < 0) || (w->rule.test == RULE_FALLS && by > 0)) {
		e->base = s->value;
	}
	return false;
}

static bool look(struct watch *w, const struct news *n, uint16_t car, struct sight s, struct finding *out)
{
	bool is_new, tells;
	struct edge *e = s.known ? edge_of(w, car, &is_new) : NULL;

	if (!e) {
		return false;
	}
	s.quiet |= n->quiet;
	*out = (struct finding){.car = car, .other = s.other, .value = s.value, .before = F1P_UNKNOWN};
	if (is_new) {
		e->base = s.value;
		e->armed = !holds(&w->rule, s.value, 0);
		return false;
	}
	tells = rule_is_change(&w->rule) ? moved(w, e, &s, n->t_ns, &out->before) : crossed(w, e, &s, n->t_ns);
	if (tells) {
		e->t_told_ns = n->t_ns;
	}
	if (w->rule.test == RULE_HAPPENS) {
		out->value = F1P_UNKNOWN;
	}
	return tells;
}

/* ------------------------------------------------------------------ a look */

static bool is_about(const struct watch *w, const struct f1p_car *car)
{
	if (w->rule.has_who) {
		return drives(&w->rule.who, car);
	}
	for (uint32_t i = 0; i < w->n_drivers; i++) {
		if (drives(&w->drivers[i], car)) {
			return true;
		}
	}
	return w->n_drivers == 0;
}

static enum news_kind wanted(const struct rule *r)
{
	return rule_is_chance(r)	      ? NEWS_FORECAST
	       : r->kind == RULE_OVERTAKE     ? NEWS_INSIGHTS
	       : r->kind == RULE_RACE_CONTROL ? NEWS_MESSAGE
					      : NEWS_STATE;
}

/* Every message is told: it is an event, no state that could flap. */
static uint32_t look_at_message(const struct watch *w, const struct news *n, struct finding *out)
{
	const struct f1p_car *car = f1p_state_car(n->state, n->message->car);
	bool about = (!w->rule.has_who && w->n_drivers == 0) || (car && is_about(w, car));

	*out = (struct finding){.car = n->message->car, .value = F1P_UNKNOWN, .before = F1P_UNKNOWN};
	return about && !n->quiet;
}

static struct sight see(const struct rule *r, const struct news *n, const struct f1p_car *car)
{
	return n->kind == NEWS_FORECAST	  ? see_chance(r, n, car)
	       : n->kind == NEWS_INSIGHTS ? see_overtake(r, n, car)
					  : see_car(r, n, car);
}

uint32_t watch_look(struct watch *w, const struct news *n, struct finding *out, uint32_t max)
{
	uint32_t found = 0;

	if (n->kind != wanted(&w->rule) || max == 0) {
		return 0;
	}
	if (n->kind == NEWS_MESSAGE) {
		return look_at_message(w, n, out);
	}
	if (!rule_has_cars(&w->rule)) {
		return look(w, n, 0, see_race(&w->rule, n->state), out);
	}
	for (uint16_t i = 0; i < n->state->n_cars && i < F1P_MAX_CARS && found < max; i++) {
		const struct f1p_car *car = &n->state->cars[i];
		if (is_about(w, car)) {
			found += look(w, n, car->number, see(&w->rule, n, car), &out[found]);
		}
	}
	return found;
}
