/*
 * weather.c - air, track, and water: rain that comes and goes, a track that gets wet within minutes and dries slowly.
 */
#include "internal.h"

#define SOAK_S 240.0  /* time constant towards the intensity of the rain */
#define DRY_S 1500.0  /* from standing water to dry */
#define RAIN_CHANCE 0.15

void sim_weather_setup(struct sim *s)
{
	struct f1p_rng *r = &s->rng;
	s->air = 180 + (int)f1p_rng_below(r, 130);
	s->track_temp = s->air + 60 + (int)f1p_rng_below(r, 120);
	s->humidity = 350 + (int)f1p_rng_below(r, 300);
	s->pressure = 9950 + (int)f1p_rng_below(r, 250);
	s->wind = 5 + (int)f1p_rng_below(r, 40);
	s->wind_dir = (int)f1p_rng_below(r, 360);
	double chance = f1p_rng_uniform(r), begin = f1p_rng_uniform(r), length = f1p_rng_uniform(r);
	s->intensity = 0.35 + 0.6 * f1p_rng_uniform(r);
	if (s->cfg.rain == SIM_NO || (s->cfg.rain == SIM_AUTO && chance >= RAIN_CHANCE)) {
		return;
	}
	double race_ms = s->cfg.laps * s->cfg.lap_time_s * 1000;
	int64_t t = sim_round(race_ms * 0.6 * begin);
	if (begin < 0.2) { /* it rained before the start: the grid stands on wet tyres */
		t = -s->cfg.pre_start_s * INT64_C(1000);
		s->wetness = s->intensity;
		s->wet = true;
		s->raining = true;
	} else {
		sim_task(s, t, SIM_TASK_RAIN, 1, 0);
	}
	sim_task(s, t + sim_round(race_ms * (0.12 + 0.35 * length)), SIM_TASK_RAIN, 0, 0);
}

/* Brings the water on the track up to now. */
void sim_weather_advance(struct sim *s)
{
	double dt = (double)(s->now - s->t_wet) / 1000.0;
	s->t_wet = s->now;
	if (s->raining) {
		double step = dt / SOAK_S;
		s->wetness += (s->intensity - s->wetness) * (step < 1 ? step : 1);
	} else {
		s->wetness -= dt / DRY_S;
	}
	s->wetness = s->wetness > 0 ? s->wetness : 0;
	s->wet = s->wet || s->wetness > 0;
}

static int drift(struct sim *s, int value, int step, int lo, int hi)
{
	value += (int)f1p_rng_below(&s->rng, (uint32_t)(2 * step + 1)) - step;
	return value < lo ? lo : value > hi ? hi : value;
}

void sim_weather_report(struct sim *s)
{
	s->air = drift(s, s->air, 1, 100, 400);
	int goal = s->air + (s->raining ? 10 : 90);
	s->track_temp += (goal - s->track_temp) / 12;
	s->track_temp = drift(s, s->track_temp, 2, 100, 600);
	s->humidity = drift(s, s->humidity + (s->raining ? 8 : 0), 4, 200, 990);
	s->pressure = drift(s, s->pressure, 1, 9800, 10400);
	s->wind = drift(s, s->wind, 4, 0, 120);
	s->wind_dir = (drift(s, s->wind_dir + 360, 10, 0, 1080)) % 360;
	struct f1p_ev_weather *e = sim_emit(s, F1P_EV_WEATHER, sizeof(*e));
	e->mask = F1P_WX_AIR | F1P_WX_TRACK | F1P_WX_HUMIDITY | F1P_WX_PRESSURE | F1P_WX_WIND_SPEED | F1P_WX_WIND_DIR | F1P_WX_RAIN;
	e->air_temp_dc = s->air;
	e->track_temp_dc = s->track_temp;
	e->humidity_dpct = s->humidity;
	e->pressure_dhpa = s->pressure;
	e->wind_speed_dms = s->wind;
	e->wind_dir_deg = s->wind_dir;
	e->rain = s->raining ? F1P_YES : F1P_NO;
}

void sim_rain(struct sim *s, bool begins)
{
	sim_weather_advance(s);
	s->raining = begins;
	if (begins) {
		s->wet = true;
		sim_say(s, &(struct sim_message){ .category = F1P_RC_OTHER }, "LOW GRIP CONDITIONS");
	}
	sim_weather_report(s);
}
