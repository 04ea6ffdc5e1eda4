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
