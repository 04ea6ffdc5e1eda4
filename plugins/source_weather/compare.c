#include "compare.h"

#include <stdlib.h>

#define SEC_NS INT64_C(1000000000)
#define FRESH_NS (5 * 60 * SEC_NS) /* the circuit reports every minute */
#define FAR_DC 80                  /* 8 degrees: no model is so wrong about the same place */
#define LONG_NS (30 * 60 * SEC_NS)
#define RAIN_HELP "Comparisons of rain between model and circuit"

void compare_init(struct compare *c, const struct f1p_host *host)
{
	const struct f1p_metrics *m = host->get_extension(host, F1P_EXT_METRICS);

	*c = (struct compare){.host = host, .metrics = m, .rain = {F1P_UNKNOWN_NS, false}, .heat = {F1P_UNKNOWN_NS, false}};
	if (!m)
		return;
	c->air = m->get(host, F1P_METRIC_GAUGE, "f1pd_weather_error_air_celsius", "Model's air temperature minus the circuit's",
		NULL, NULL);
	c->wind = m->get(host, F1P_METRIC_GAUGE, "f1pd_weather_error_wind_meters_per_second",
		"Model's wind speed minus the circuit's", NULL, NULL);
	c->wrong = m->get(
		host, F1P_METRIC_GAUGE, "f1pd_weather_error_rain", "1 = model and circuit disagree on rain now", NULL, NULL);
	c->agree = m->get(host, F1P_METRIC_COUNTER, "f1pd_weather_rain_comparisons_total", RAIN_HELP, "agree", "yes");
	c->disagree = m->get(host, F1P_METRIC_COUNTER, "f1pd_weather_rain_comparisons_total", RAIN_HELP, "agree", "no");
}

static void put(const struct compare *c, struct f1p_metric *m, double v)
{
	if (c->metrics)
		c->metrics->put(m, v);
}

static bool is_measured(const struct compare *c, const struct f1p_state *st, int64_t now_ns)
{
	uint32_t who = st->origins[F1P_DATA_WEATHER].source_id;
	int64_t t = st->weather.t_ns;

	return who != 0 && who != c->host->instance_id && t != F1P_UNKNOWN_NS && t <= now_ns + FRESH_NS && now_ns - t <= FRESH_NS;
}

/* True when it is to be said: they have disagreed for long, or agree again. */
static bool judge(struct dispute *d, bool same, int64_t now_ns)
{
	bool was_said = d->said;

	if (same) {
		*d = (struct dispute){.t_since_ns = F1P_UNKNOWN_NS};
		return was_said;
	}
	if (d->t_since_ns == F1P_UNKNOWN_NS || now_ns < d->t_since_ns)
		d->t_since_ns = now_ns;
	d->said = was_said || now_ns - d->t_since_ns >= LONG_NS;
	return d->said && !was_said;
}

static void rain(struct compare *c, bool circuit, bool model, const char *provider, int64_t now_ns)
{
	bool same = circuit == model;

	put(c, c->wrong, same ? 0 : 1);
	put(c, same ? c->agree : c->disagree, 1);
	if (!judge(&c->rain, same, now_ns))
		return;
	if (same)
		c->host->log(c->host, F1P_LOG_INFO, "rain: %s and the circuit agree again", provider);
	else
		c->host->log(c->host, F1P_LOG_WARN,
			"rain: the circuit reports %s and %s says %s, for 30 minutes: do not rely on its forecast here",
			circuit ? "rain" : "none", provider, circuit ? "none" : "rain");
}

static void heat(struct compare *c, int32_t circuit_dc, int32_t model_dc, const char *provider, int64_t now_ns)
{
	bool same = abs(model_dc - circuit_dc) < FAR_DC;

	put(c, c->air, (model_dc - circuit_dc) / 10.0);
	if (!judge(&c->heat, same, now_ns))
		return;
	if (same)
		c->host->log(c->host, F1P_LOG_INFO, "air temperature: %s and the circuit agree again", provider);
	else
		c->host->log(c->host, F1P_LOG_WARN,
			"air temperature: the circuit reports %.1f and %s says %.1f degrees, for 30 minutes: is its place the circuit's? "
			"See lat and lon",
			circuit_dc / 10.0, provider, model_dc / 10.0);
}

bool compare_with(
	struct compare *c, const struct f1p_state *st, const struct f1p_ev_weather *model, const char *provider, int64_t now_ns)
{
	if (!st || !is_measured(c, st, now_ns))
		return false;
	if ((model->mask & F1P_WX_AIR) && st->weather.air_temp_dc != F1P_UNKNOWN)
		heat(c, st->weather.air_temp_dc, model->air_temp_dc, provider, now_ns);
	if ((model->mask & F1P_WX_WIND_SPEED) && st->weather.wind_speed_dms != F1P_UNKNOWN)
		put(c, c->wind, (model->wind_speed_dms - st->weather.wind_speed_dms) / 10.0);
	if ((model->mask & F1P_WX_RAIN) && (st->weather.rain == F1P_YES || st->weather.rain == F1P_NO))
		rain(c, st->weather.rain == F1P_YES, model->rain == F1P_YES, provider, now_ns);
	return true;
}
