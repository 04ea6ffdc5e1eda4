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
