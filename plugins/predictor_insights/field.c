#include "field.h"

#include <string.h>

#define LAP_MAX_MS 400000

const struct f1p_lap *field_lap(const struct f1p_car *car, int32_t lap)
{
	if (lap < 1 || lap > car->n_laps || lap > (int32_t)F1P_MAX_LAPS) {
		return NULL;
	}
	const struct f1p_lap *l = &car->history[lap - 1];
	return l->elapsed_ms > 0 ? l : NULL;
}

void field_at(struct field *f, const struct f1p_state *s, int32_t lap)
{
	memset(f, 0, sizeof(*f));
	f->lap = lap;
	for (uint32_t i = 0; i < s->n_cars && i < F1P_MAX_CARS; i++) {
		const struct f1p_lap *l = field_lap(&s->cars[i], lap);
		if (!l) {
			continue;
		}
		double end_s = l->elapsed_ms / 1000.0;
		uint32_t at = f->n++;
		for (; at > 0 && f->end_s[at - 1] > end_s; at--) {
			f->end_s[at] = f->end_s[at - 1];
			f->car[at] = f->car[at - 1];
		}
		f->end_s[at] = end_s;
		f->car[at] = (uint16_t)i;
	}
}

uint32_t field_place(const struct field *f, uint32_t car)
{
	uint32_t place = 0;

	while (place < f->n && f->car[place] != car) {
		place++;
	}
	return place;
}

double field_hardness(uint8_t compound)
{
	switch (compound) {
	case F1P_TYRE_SOFT:
	case F1P_TYRE_HYPERSOFT:
	case F1P_TYRE_ULTRASOFT:
	case F1P_TYRE_SUPERSOFT:
		return 0;
	case F1P_TYRE_HARD:
	case F1P_TYRE_SUPERHARD:
		return 2;
	case F1P_TYRE_INTERMEDIATE:
		return 3;
	case F1P_TYRE_WET:
		return 4;
	default:
		return 1;
	}
}

bool field_is_wet_tyre(uint8_t compound)
{
	return compound == F1P_TYRE_INTERMEDIATE || compound == F1P_TYRE_WET;
}

static bool is_clean(const struct f1p_lap *l)
{
	return l && !(l->flags & (F1P_LAPF_IN | F1P_LAPF_OUT | F1P_LAPF_NEUTRAL)) && l->time_ms > 0 && l->time_ms < LAP_MAX_MS;
}

double field_pace_s(const struct f1p_car *car, int32_t lap)
{
	double sum = 0;
	int n = 0;

	for (int32_t k = lap; k > 1 && k > lap - 6 && n < 3; k--) {
		const struct f1p_lap *l = field_lap(car, k);
		if (is_clean(l)) {
			sum += l->time_ms / 1000.0;
			n++;
		}
	}
	return n ? sum / n : 0;
}

double field_age(const struct f1p_lap *lap)
{
	return lap && lap->tyre_age < 200 ? lap->tyre_age : 0;
}

double field_car_prior(const struct f1p_state *s, uint32_t car, uint32_t prior, double scale, double fallback)
{
	int32_t v = s->car_prior[car][prior];

	return v == F1P_UNKNOWN ? fallback : v * scale;
}

double field_race_prior(const struct f1p_state *s, uint32_t prior, double scale, double fallback)
{
	int32_t v = s->prior[prior];

	return v == F1P_UNKNOWN ? fallback : v * scale;
}

static bool is_racing(const struct f1p_car *car)
{
	return car->retired != F1P_YES && car->stopped != F1P_YES;
}

/* The last lap that somebody who still races has ended. */
static int32_t lead_lap(const struct f1p_state *s)
{
	int32_t lead = 0;

	for (uint32_t i = 0; i < s->n_cars && i < F1P_MAX_CARS; i++) {
		const struct f1p_car *car = &s->cars[i];
		if (is_racing(car) && car->n_laps > lead && field_lap(car, car->n_laps)) {
			lead = car->n_laps;
		}
	}
	return lead;
}

/* Of those who have ended the lap the last one without a stop: gaps to it stay much as they are. NULL: there is none. */
static const struct f1p_car *pace_maker(const struct f1p_state *s, const struct field *f)
{
	for (uint32_t k = f->n; k-- > 0;) {
		const struct f1p_car *car = &s->cars[f->car[k]];
		const struct f1p_lap *l = field_lap(car, f->lap);
		if (field_lap(car, f->lap - 1) && !(l->flags & (F1P_LAPF_IN | F1P_LAPF_OUT))) {
			return car;
		}
	}
	return NULL;
}

/* How long the car's lap after `lap` takes without a stop: as the pace maker's, else as its own clean ones, else as the one before. */
static double next_lap_s(const struct f1p_car *car, int32_t lap, const struct f1p_car *maker)
{
	if (maker) {
		return (field_lap(maker, lap + 1)->elapsed_ms - field_lap(maker, lap)->elapsed_ms) / 1000.0;
	}
	double pace_s = field_pace_s(car, lap);
	if (pace_s > 0) {
		return pace_s;
	}
	int32_t time_ms = field_lap(car, lap)->time_ms;
	return time_ms > 0 && time_ms < LAP_MAX_MS ? time_ms / 1000.0 : 0;
}

/* Gives the car the lap `f->lap` that it is on, as it will be. */
static void foresee(struct f1p_car *car, const struct field *f, const struct f1p_car *maker, double in_s, double out_s)
{
	const struct f1p_lap *was = field_lap(car, f->lap - 1);
	struct f1p_lap *now = &car->history[f->lap - 1];
	double newest_s = f->end_s[f->n - 1], end_s = was->elapsed_ms / 1000.0 + next_lap_s(car, f->lap - 1, maker);

	if (car->n_laps < f->lap) {
		bool out = was->flags & F1P_LAPF_IN, in = car->in_pit == F1P_YES && !out;
		*now = *was;
		now->time_ms = F1P_UNKNOWN;
		now->flags = was->flags & F1P_LAPF_NEUTRAL;
		now->flags |= (uint16_t)((out ? F1P_LAPF_OUT : 0) | (in ? F1P_LAPF_IN : 0));
		now->compound = car->compound > F1P_TYRE_UNKNOWN ? car->compound : was->compound;
		now->tyre_age = out ? 1 : (uint16_t)(was->tyre_age + (was->tyre_age < UINT16_MAX));
		end_s += (out ? out_s : 0) + (in ? in_s : 0);
		car->n_laps = (uint16_t)f->lap;
	}
	end_s = end_s > newest_s ? end_s : newest_s; /* it has not come yet */
	now->elapsed_ms = end_s < INT32_MAX / 1000 ? (int32_t)(end_s * 1000) + 1 : F1P_UNKNOWN;
}

void field_foresee(struct f1p_state *s, double in_s, double out_s)
{
	struct field f;
	int32_t lead = lead_lap(s);

	field_at(&f, s, lead);
	if (lead < 2 || f.n == 0) {
		return;
	}
	const struct f1p_car *maker = pace_maker(s, &f);
	for (uint32_t i = 0; i < s->n_cars && i < F1P_MAX_CARS; i++) {
		struct f1p_car *car = &s->cars[i];
		if (is_racing(car) && car->n_laps + 1 >= lead && !field_lap(car, lead) && field_lap(car, lead - 1)) {
			foresee(car, &f, maker, in_s, out_s);
		}
	}
}
