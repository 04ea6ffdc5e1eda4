#include "track.h"

#include <string.h>

#include "gaps.h"
#include "helpers/fmath.h"

#define CLOSE_MS 2000
#define PACE_LAPS 5           /* before and after the stop */
#define LOSS_MIN_MS 5000.0
#define LOSS_MAX_MS 70000.0
#define STOPS_MAX 256u
#define NEARLY_ALL .9         /* of the distance */

/* The car's median free lap around the stop, ms. */
static double own_pace(const struct race_laps *r, uint32_t car, uint32_t lap)
{
	double time[2 * PACE_LAPS + 2];
	uint32_t n = 0, first = lap > PACE_LAPS ? lap - PACE_LAPS : 1, last = lap + 1 + PACE_LAPS;

	for (uint32_t k = first; k <= last && k <= r->n_laps; k++) {
		if (lap_is_free(r, car, k))
			time[n++] = (double)r->lap[car][k].time_ms;
	}
	return n >= 3 ? median_of(time, n) : f1p_nan();
}

static bool green_stop(const struct race_laps *r, uint32_t car, uint32_t lap)
{
	const struct race_lap *in = &r->lap[car][lap], *out = &r->lap[car][lap + 1];

	return lap > 1 && in->driven && out->driven && in->in && out->out && !out->in && in->neutral_permille == 0 &&
		out->neutral_permille == 0 && in->time_ms > 0 && out->time_ms > 0;
}

static void measure_pit_loss(const struct race_laps *r, struct track_facts *facts)
{
	double loss[STOPS_MAX];
	uint32_t n = 0;

	for (uint32_t car = 0; car < r->n_cars; car++) {
		for (uint32_t lap = 2; lap < r->n_laps && n < STOPS_MAX; lap++) {
			if (!green_stop(r, car, lap))
				continue;
			double both = (double)r->lap[car][lap].time_ms + (double)r->lap[car][lap + 1].time_ms;
			double lost = both - 2.0 * own_pace(r, car, lap);
			if (lost >= LOSS_MIN_MS && lost <= LOSS_MAX_MS)
				loss[n++] = lost;
		}
	}
	facts->pit_stops = n;
	facts->pit_loss_ms = n >= 3 ? median_of(loss, n) : f1p_nan();
}

/* Whether the car drove this lap and the next on the track and under green. */
static bool raced_on(const struct race_laps *r, uint32_t car, uint32_t lap)
{
	const struct race_lap *now = &r->lap[car][lap], *next = &r->lap[car][lap + 1];

	return now->driven && next->driven && !now->in && !now->out && !next->in && !next->out && now->neutral_permille == 0 &&
		next->neutral_permille == 0 && now->elapsed_ms != F1P_UNKNOWN && next->elapsed_ms != F1P_UNKNOWN;
}

static void count_swaps(const struct race_laps *r, uint32_t lap, struct track_facts *facts)
{
	int32_t at[F1P_MAX_CARS + 2];

	memset(at, -1, sizeof(at));
	for (uint32_t car = 0; car < r->n_cars; car++) {
		int32_t place = r->lap[car][lap].driven ? r->lap[car][lap].position : 0;
		if (place >= 1 && place <= (int32_t)F1P_MAX_CARS)
			at[place] = (int32_t)car;
	}
	for (uint32_t place = 1; place < F1P_MAX_CARS; place++) {
		if (at[place] < 0 || at[place + 1] < 0)
			continue;
		uint32_t a = (uint32_t)at[place], b = (uint32_t)at[place + 1];
		if (!raced_on(r, a, lap) || !raced_on(r, b, lap))
			continue;
		int32_t gap = r->lap[b][lap].elapsed_ms - r->lap[a][lap].elapsed_ms;
		if (gap < 0 || gap > CLOSE_MS)
			continue;
		facts->close_laps += 1.0;
		facts->swaps += r->lap[b][lap + 1].elapsed_ms < r->lap[a][lap + 1].elapsed_ms;
	}
}

static void count_stops(const struct race_laps *r, struct track_facts *facts)
{
	double stops = 0.0, cars = 0.0;

	for (uint32_t car = 0; car < r->n_cars; car++) {
		uint32_t n = 0, last = 0;
		for (uint32_t lap = 1; lap <= r->n_laps; lap++) {
			const struct race_lap *l = &r->lap[car][lap];
			last = l->driven ? lap : last;
			n += l->driven && l->in && !l->red && lap < r->n_laps;
		}
		if ((double)last >= NEARLY_ALL * (double)r->n_laps && r->n_laps > 0) {
			stops += (double)n;
			cars += 1.0;
		}
	}
	facts->stops_per_car = cars >= 5.0 ? stops / cars : f1p_nan();
}

void track_measure(const struct race_laps *r, bool wet, struct track_facts *facts)
{
	*facts = (struct track_facts){.pit_loss_ms = f1p_nan(), .stops_per_car = f1p_nan()};
	if (!wet)
		measure_pit_loss(r, facts);
	for (uint32_t lap = 1; lap < r->n_laps; lap++)
		count_swaps(r, lap, facts);
	count_stops(r, facts);
}
