#include "forecast.h"

#include "values.h"

#include <stdio.h>
#include <string.h>

#define SEC_NS INT64_C(1000000000)
#define MIN_QUARTERS 8 /* two hours in detail, then whole hours */
#define FAR_S (2 * HOUR_S)
#define WET_UM_PER_HOUR 100 /* the services' own threshold of "rain": 0.1 mm */

static const struct {
	int decimals; /* of the number: 12.3 degC = 123 */
	int32_t low, high;
} columns[COLUMNS] = {
	[COL_PROBABILITY] = {0, 0, 100},
	[COL_RAIN] = {3, 0, 500000},
	[COL_AIR] = {1, -600, 600},
	[COL_WIND] = {1, 0, 1200},
	[COL_DIRECTION] = {0, 0, 360},
	[COL_CLOUD] = {0, 0, 100},
	[COL_HUMIDITY] = {1, 0, 1000},
	[COL_PRESSURE] = {1, 4500, 11000},
};

void forecast_init(struct forecast *f)
{
	memset(f, 0, sizeof(*f));
	f->quarters.step_s = QUARTER_S;
	f->hours.step_s = HOUR_S;
	for (int c = 0; c < COLUMNS; c++)
		f->present[c] = F1P_UNKNOWN;
}

void forecast_number(struct forecast *f, enum column c, int shift, const char *text, size_t n, int32_t *out)
{
	int64_t v;

	*out = F1P_UNKNOWN;
	if (scaled_number(text, n, columns[c].decimals + shift, &v) && v >= columns[c].low && v <= columns[c].high)
		*out = (int32_t)v;
	else
		f->bad_values++;
}

void series_put(struct series *s, enum column c, uint32_t index, int32_t value)
{
	if (index < SERIES_MAX)
		s->value[c][index] = value;
	s->n_of[c] = index + 1;
}

void series_time(struct series *s, uint32_t index, int64_t t_s)
{
	if (index < SERIES_MAX)
		s->t_s[index] = t_s;
	s->n = index + 1;
}

static void settle(struct forecast *f, struct series *s, const char *name)
{
	uint32_t kept = s->n < SERIES_MAX ? s->n : SERIES_MAX;

	for (uint32_t i = 1; i < kept; i++) {
		if (s->t_s[i] - s->t_s[i - 1] != s->step_s) {
			snprintf(f->doubt, sizeof(f->doubt), "the times of %s are not %d s apart", name, s->step_s);
			memset(s->n_of, 0, sizeof(s->n_of));
			s->n = 0;
			return;
		}
	}
	for (int c = 0; c < COLUMNS; c++) {
		if (s->n_of[c] && s->n_of[c] != s->n) {
			snprintf(f->doubt, sizeof(f->doubt), "%s has %u times and %u values of a kind", name, s->n, s->n_of[c]);
			s->n_of[c] = 0;
		}
	}
	s->n = kept;
}

void forecast_settle(struct forecast *f)
{
	settle(f, &f->quarters, "the quarter hours");
	settle(f, &f->hours, "the hours");
}

/* ---- outlook ---- */

static int32_t value_at(const struct series *s, enum column c, uint32_t i)
{
	return s->n_of[c] ? s->value[c][i] : F1P_UNKNOWN;
}

/* No service gives a probability for a quarter of an hour: that of its hour stands for it. */
static int32_t probability_at(const struct series *hours, int64_t t_s)
{
	for (uint32_t i = 0; i < hours->n; i++)
		if (t_s <= hours->t_s[i] && t_s > hours->t_s[i] - HOUR_S)
			return value_at(hours, COL_PROBABILITY, i);
	return F1P_UNKNOWN;
}

static bool set(struct f1p_outlook_step *to, uint32_t bit, int32_t *field, int32_t value)
{
	if (value == F1P_UNKNOWN)
		return false;
	to->mask |= bit;
	*field = value;
	return true;
}

/* False if the step says nothing. */
static bool make_step(const struct forecast *f, const struct series *s, uint32_t i, struct f1p_outlook_step *out)
{
	int32_t p = s == &f->hours ? value_at(s, COL_PROBABILITY, i) : probability_at(&f->hours, s->t_s[i]);

	*out = (struct f1p_outlook_step){.t_ns = s->t_s[i] * SEC_NS, .step_s = s->step_s};
	set(out, F1P_OUTLOOK_RAIN_PROBABILITY, &out->rain_probability_pct, p);
	set(out, F1P_OUTLOOK_RAIN, &out->rain_um, value_at(s, COL_RAIN, i));
	set(out, F1P_OUTLOOK_AIR, &out->air_temp_dc, value_at(s, COL_AIR, i));
	if (set(out, F1P_OUTLOOK_WIND, &out->wind_speed_dms, value_at(s, COL_WIND, i)))
		out->wind_dir_deg = value_at(s, COL_DIRECTION, i);
	set(out, F1P_OUTLOOK_CLOUD, &out->cloud_pct, value_at(s, COL_CLOUD, i));
	return out->mask != 0;
}

/* Quarter hours that lie ahead, until a full hour is reached behind the first two hours. */
static uint32_t take_quarters(const struct forecast *f, int64_t now_s, struct f1p_outlook_step *steps)
{
	const struct series *s = &f->quarters;
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n && n < F1P_OUTLOOK_STEPS; i++) {
		bool enough = n >= MIN_QUARTERS && steps[n - 1].t_ns / SEC_NS % HOUR_S == 0;
		if (enough || (n > 0 && !make_step(f, s, i, &steps[n])))
			break;
		if (s->t_s[i] > now_s && make_step(f, s, i, &steps[n]))
			n++;
	}
	return n;
}

static uint32_t take_hours(const struct forecast *f, int64_t now_s, struct f1p_outlook_step *steps, uint32_t n)
{
	const struct series *s = &f->hours;

	for (uint32_t i = 0; i < s->n; i++) {
		int64_t begin_ns = (s->t_s[i] - HOUR_S) * SEC_NS;
		if (s->t_s[i] <= now_s || (n > 0 && steps[n - 1].t_ns >= s->t_s[i] * SEC_NS))
			continue;
		while (n > 0 && steps[n - 1].t_ns > begin_ns) /* quarters that fill only a part of this hour */
			n--;
		if (n == F1P_OUTLOOK_STEPS)
			break;
		n += make_step(f, s, i, &steps[n]);
	}
	return n;
}

bool forecast_outlook(struct forecast *f, const char *provider, int64_t t_ns, struct f1p_ev_outlook *e)
{
	int64_t now_s = t_ns / SEC_NS;

	memset(e, 0, sizeof(*e));
	e->h.size = sizeof(*e);
	e->h.type = F1P_EV_OUTLOOK;
	e->h.t_event_ns = t_ns;
	snprintf(e->provider, sizeof(e->provider), "%s", provider);
	e->n_steps = take_hours(f, now_s, e->steps, take_quarters(f, now_s, e->steps));
	memset(&e->steps[e->n_steps], 0, (F1P_OUTLOOK_STEPS - e->n_steps) * sizeof(e->steps[0]));
	if (e->n_steps == 0)
		snprintf(f->fault, sizeof(f->fault), "no step of the forecast lies ahead: is the clock right?");
	else if (e->steps[0].t_ns / SEC_NS - e->steps[0].step_s > now_s + FAR_S)
		snprintf(f->fault, sizeof(f->fault), "the forecast begins more than two hours ahead: is the clock right?");
	return f->fault[0] == '\0';
}

/* ---- present ---- */

bool forecast_weather(const struct forecast *f, int64_t t_ns, struct f1p_ev_weather *e)
{
	static const struct {
		enum column column;
		uint32_t bit;
		size_t offset;
	} table[] = {
		{COL_AIR, F1P_WX_AIR, offsetof(struct f1p_ev_weather, air_temp_dc)},
		{COL_HUMIDITY, F1P_WX_HUMIDITY, offsetof(struct f1p_ev_weather, humidity_dpct)},
		{COL_PRESSURE, F1P_WX_PRESSURE, offsetof(struct f1p_ev_weather, pressure_dhpa)},
		{COL_WIND, F1P_WX_WIND_SPEED, offsetof(struct f1p_ev_weather, wind_speed_dms)},
		{COL_DIRECTION, F1P_WX_WIND_DIR, offsetof(struct f1p_ev_weather, wind_dir_deg)},
	};

	*e = (struct f1p_ev_weather){
		.h = {.size = sizeof(*e), .type = F1P_EV_WEATHER, .t_event_ns = t_ns}, .rain = F1P_TRI_UNKNOWN};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int32_t v = f->present[table[i].column];
		if (v == F1P_UNKNOWN)
			continue;
		e->mask |= table[i].bit;
		memcpy((char *)e + table[i].offset, &v, sizeof(v));
	}
	if (f->present[COL_RAIN] != F1P_UNKNOWN && f->present_rain_s > 0) {
		e->mask |= F1P_WX_RAIN;
		e->rain =
			(int64_t)f->present[COL_RAIN] * HOUR_S >= (int64_t)WET_UM_PER_HOUR * f->present_rain_s ? F1P_YES : F1P_NO;
	}
	return e->mask != 0;
}
