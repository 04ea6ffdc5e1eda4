/*
 * reduce_weather.c - weather reports and what changed in them.
 */
#include "race/race_internal.h"
#include <string.h>

#define SAMPLE_GAP_NS (30 * NS_PER_S)
#define TREND_NS (600 * NS_PER_S)

/* Change against the newest report that is at least ten minutes old; unknown while there is none. */
static int32_t track_trend(const struct fold *f, int32_t temp_dc, int64_t t_ns)
{
	int32_t trend = F1P_UNKNOWN;

	for (uint32_t i = 0; i < f->n_weather; i++) {
		int32_t old = f->weather[i].track_temp_dc;

		if (time_between(f->weather[i].t_ns, t_ns) < TREND_NS) {
			break;
		}
		if (old > -10000 && old < 10000 && temp_dc > -10000 && temp_dc < 10000) {
			trend = temp_dc - old;
		}
	}
	return trend;
}

static void keep_sample(struct fold *f, int32_t temp_dc, int64_t t_ns)
{
	if (f->n_weather && time_between(f->weather[f->n_weather - 1].t_ns, t_ns) < SAMPLE_GAP_NS) {
		return;
	}
	if (f->n_weather == WEATHER_RING) {
		memmove(f->weather, f->weather + 1, (WEATHER_RING - 1) * sizeof(f->weather[0]));
		f->n_weather--;
	}
	f->weather[f->n_weather++] = (struct weather_sample){t_ns, temp_dc};
}

static void set_rain(struct race *r, uint32_t rain, int64_t t_ns)
{
	struct f1p_weather *w = &r->now.st.weather;
	bool known = w->rain == F1P_NO || w->rain == F1P_YES;

	if (rain == w->rain || rain < F1P_TRI_UNKNOWN || rain > F1P_YES) {
		return;
	}
	if (known && rain != F1P_TRI_UNKNOWN) {
		w->t_rain_changed_ns = t_ns;
		r->changes |= RACE_CHANGED_RAIN;
	}
	w->rain = rain;
}

/* Fields that a step does not give are zero: equal forecasts are equal bytes. */
static struct f1p_outlook_step read_step(const struct f1p_outlook_step *s)
{
	struct f1p_outlook_step out = {.t_ns = s->t_ns, .step_s = s->step_s, .mask = s->mask};

	if (s->mask & F1P_OUTLOOK_RAIN_PROBABILITY) {
		out.rain_probability_pct = s->rain_probability_pct;
	}
	if (s->mask & F1P_OUTLOOK_RAIN) {
		out.rain_um = s->rain_um;
	}
	if (s->mask & F1P_OUTLOOK_AIR) {
		out.air_temp_dc = s->air_temp_dc;
	}
	if (s->mask & F1P_OUTLOOK_WIND) {
		out.wind_speed_dms = s->wind_speed_dms;
		out.wind_dir_deg = s->wind_dir_deg;
	}
	if (s->mask & F1P_OUTLOOK_CLOUD) {
		out.cloud_pct = s->cloud_pct;
	}
	return out;
}

void outlook_read(struct f1p_outlook *out, const struct f1p_ev_outlook *e)
{
	memset(out, 0, sizeof(*out));
	out->t_ns = e->h.t_event_ns;
	out->n_steps = e->n_steps <= F1P_OUTLOOK_STEPS ? e->n_steps : F1P_OUTLOOK_STEPS;
	copy_text(out->provider, sizeof(out->provider), e->provider, sizeof(e->provider));
	for (uint32_t i = 0; i < out->n_steps; i++) {
		out->steps[i] = read_step(&e->steps[i]);
	}
}

void reduce_outlook(struct race *r, const struct f1p_event *ev)
{
	outlook_read(&r->now.st.outlook, (const struct f1p_ev_outlook *)ev);
}

void reduce_weather(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_weather *e = (const struct f1p_ev_weather *)ev;
	struct f1p_weather *w = &r->now.st.weather;

	if (e->mask & F1P_WX_AIR) {
		w->air_temp_dc = e->air_temp_dc;
	}
	if (e->mask & F1P_WX_TRACK) {
		w->track_temp_dc = e->track_temp_dc;
		w->track_trend_dc = track_trend(&r->now, e->track_temp_dc, ev->t_event_ns);
		keep_sample(&r->now, e->track_temp_dc, ev->t_event_ns);
	}
	if (e->mask & F1P_WX_HUMIDITY) {
		w->humidity_dpct = e->humidity_dpct;
	}
	if (e->mask & F1P_WX_PRESSURE) {
		w->pressure_dhpa = e->pressure_dhpa;
	}
	if (e->mask & F1P_WX_WIND_SPEED) {
		w->wind_speed_dms = e->wind_speed_dms;
	}
	if (e->mask & F1P_WX_WIND_DIR) {
		w->wind_dir_deg = e->wind_dir_deg;
	}
	if (e->mask & F1P_WX_RAIN) {
		set_rain(r, e->rain, ev->t_event_ns);
	}
	w->t_ns = ev->t_event_ns;
}
