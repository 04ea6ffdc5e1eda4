#include "road.h"

#include "positions.h"

#define GAP_UNKNOWN (-1e9)
#define LONGEST_GAP_S 1000.0

bool road_is_out(const struct f1p_car *car)
{
	return car->retired == F1P_YES || car->stopped == F1P_YES;
}

bool road_has_changed_tyres(const struct f1p_car *before, const struct f1p_car *now)
{
	return now->compound != before->compound && now->compound > F1P_TYRE_UNKNOWN && before->compound > F1P_TYRE_UNKNOWN;
}

bool road_has_stopped(const struct f1p_car *before, const struct f1p_car *now)
{
	return now->stops > before->stops || (now->in_pit == F1P_YES) != (before->in_pit == F1P_YES) || road_has_changed_tyres(before, now);
}

/* Seconds behind the leader; GAP_UNKNOWN for a car that is lapped or of which the feed does not tell. */
static double road_gap_s(const struct f1p_car *car)
{
	if (car->position == 1) {
		return 0;
	}
	bool told = car->gap_ms >= 0 && car->gap_ms < LONGEST_GAP_S * 1000 && !(car->gap_laps > 0);
	return told ? car->gap_ms / 1000.0 : GAP_UNKNOWN;
}

struct road {
	uint32_t n;
	double before_s[F1P_MAX_CARS], now_s[F1P_MAX_CARS]; /* of cars that only drove, in order of before_s */
};

bool road_only_drove(const struct f1p_car *before, const struct f1p_car *now)
{
	return !road_is_out(before) && !road_is_out(now) && !road_has_stopped(before, now) && road_gap_s(before) > GAP_UNKNOWN &&
	       road_gap_s(now) > GAP_UNKNOWN;
}

static void road_of(struct road *r, const struct f1p_state *before, const struct f1p_state *now, uint32_t but)
{
	r->n = 0;
	for (uint32_t i = 0; i < before->n_cars && i < F1P_MAX_CARS; i++) {
		if (i == but || !road_only_drove(&before->cars[i], &now->cars[i])) {
			continue;
		}
		double b = road_gap_s(&before->cars[i]), n = road_gap_s(&now->cars[i]);
		uint32_t at = r->n++;
		for (; at > 0 && r->before_s[at - 1] > b; at--) {
			r->before_s[at] = r->before_s[at - 1];
			r->now_s[at] = r->now_s[at - 1];
		}
		r->before_s[at] = b;
		r->now_s[at] = n;
	}
}

/* Where a gap of before would be now: between the same neighbours, at the same share of their distance. Below 0 = it would lead. */
static double carried(const struct road *r, double before_s)
{
	uint32_t k = 0;

	if (r->n == 0) {
		return before_s;
	}
	while (k < r->n && r->before_s[k] <= before_s) {
		k++;
	}
	if (k == 0 || k == r->n) {
		uint32_t next = k == 0 ? 0 : k - 1;
		double then = r->before_s[r->n - 1] - r->before_s[0], here = r->now_s[r->n - 1] - r->now_s[0];
		double share = then > 0 && here > 0 && here < then ? here / then : 1; /* a field that closes up takes it along */
		return r->now_s[next] + share * (before_s - r->before_s[next]);
	}
	double width = r->before_s[k] - r->before_s[k - 1];
	double share = width > 0 ? (before_s - r->before_s[k - 1]) / width : 0;
	return r->now_s[k - 1] + share * (r->now_s[k] - r->now_s[k - 1]);
}

/* Running cars by position, the one at `but` left out. */
static uint32_t running_order(uint32_t order[F1P_MAX_CARS], const struct f1p_state *s, uint32_t but)
{
	struct positions_field f;
	uint32_t n = 0;

	positions_field_init(&f, s);
	for (uint32_t p = 0; p < f.n_running; p++) {
		uint32_t i = f.car[f.order[p]];
		if (i != but) {
			order[n++] = i;
		}
	}
	return n;
}

/* Puts the car so many seconds behind the leader of now, below 0 ahead of him. */
static void put(struct f1p_state *s, uint32_t car, double gap)
{
	uint32_t order[F1P_MAX_CARS], n = running_order(order, s, car), p = 0;
	double gaps[F1P_MAX_CARS], first = gap;

	for (uint32_t k = 0; k < n; k++) {
		gaps[k] = road_gap_s(&s->cars[order[k]]);
		p = gaps[k] > GAP_UNKNOWN && gaps[k] <= gap ? k + 1 : p;
		first = gaps[k] > GAP_UNKNOWN && gaps[k] < first ? gaps[k] : first;
	}
	for (uint32_t k = 0; k < n; k++) {
		struct f1p_car *c = &s->cars[order[k]];
		c->position = (int32_t)(k + (k >= p) + 1);
		c->gap_ms = gaps[k] > GAP_UNKNOWN ? (int32_t)((gaps[k] - first) * 1000) : c->gap_ms;
	}
	s->cars[car].position = (int32_t)p + 1;
	s->cars[car].gap_ms = (int32_t)((gap - first) * 1000);
	s->cars[car].gap_laps = 0;
	s->cars[car].interval_ms = F1P_UNKNOWN;
	s->cars[car].interval_laps = F1P_UNKNOWN;
}

void road_put_back(struct f1p_state *without, uint32_t car, const struct f1p_state *before, const struct f1p_state *now)
{
	struct road road;
	double gap = road_gap_s(&before->cars[car]);

	if (gap > GAP_UNKNOWN) {
		road_of(&road, before, now, car);
		put(without, car, carried(&road, gap));
	}
}

double road_lost_s(uint32_t car, const struct f1p_state *before, const struct f1p_state *now)
{
	struct road road;

	road_of(&road, before, now, car);
	return road_gap_s(&now->cars[car]) - carried(&road, road_gap_s(&before->cars[car]));
}
