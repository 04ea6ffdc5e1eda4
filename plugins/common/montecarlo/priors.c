/*
 * priors.c - the state's priors, checked and converted.
 */
#include "priors.h"

#include "helpers/fmath.h"

#define FIRST_LAP_RETIRE 0.021 /* of starters, 2018-24 */

struct midrace_cfg midrace_cfg_usual(void)
{
	return (struct midrace_cfg){.runs = 10000,
		.pit_loss_s = 22,
		.retire_per_lap = 0.0017,
		.sc_per_lap = 0.001,
		.vsc_per_lap = 0.004,
		.red_per_lap = 0.002,
		.default_laps = 57};
}

static double clipped(double x, double low, double high)
{
	return x < low ? low : x > high ? high : x;
}

double priors_pit_loss_s(const struct f1p_state *state, const struct midrace_cfg *cfg)
{
	int32_t ms = state->prior[F1P_PRIOR_PIT_LOSS];
	return ms >= 5000 && ms <= 60000 ? ms / 1000.0 : cfg->pit_loss_s;
}

double priors_overtaking(const struct f1p_state *state, const struct midrace_cfg *cfg)
{
	int32_t ease = state->prior[F1P_PRIOR_OVERTAKING];
	return cfg->overtaking + (ease != F1P_UNKNOWN ? clipped(ease / 1000.0, -2.0, 2.0) : 0.0);
}

double priors_retire_per_lap(const struct f1p_state *state, uint32_t car, int32_t total_laps, const struct midrace_cfg *cfg)
{
	int32_t whole = state->car_prior[car][F1P_PRIOR_RETIREMENT], rate = state->prior[F1P_PRIOR_RETIREMENT_RATE];
	if (whole > 0 && whole < 1000000 && total_laps > 1) {
		double later = clipped((whole / 1e6 - FIRST_LAP_RETIRE) / (1.0 - FIRST_LAP_RETIRE), 0.01, 0.7);
		return -f1p_log(1.0 - later) / (total_laps - 1);
	}
	return rate > 0 && rate < 100000 ? rate / 1e6 : cfg->retire_per_lap;
}

static double rate_beyond(int32_t prior, double by_retirement, double usual)
{
	return prior >= 0 && prior <= 200000 ? clipped(prior / 1e6 - by_retirement, 0.1 * prior / 1e6, 1.0) : usual;
}

struct priors_rates priors_rates(const struct f1p_state *state, double retirements, const struct midrace_cfg *cfg)
{
	return (struct priors_rates){
		.sc = rate_beyond(state->prior[F1P_PRIOR_SC_RATE], PRIORS_SC_BY_RETIREMENT * retirements, cfg->sc_per_lap),
		.vsc = rate_beyond(state->prior[F1P_PRIOR_VSC_RATE], PRIORS_VSC_BY_RETIREMENT * retirements, cfg->vsc_per_lap),
		.red = rate_beyond(state->prior[F1P_PRIOR_RED_RATE], 0.0, cfg->red_per_lap),
	};
}

double priors_start_gain(const struct f1p_state *state, uint32_t car)
{
	int32_t gain = state->car_prior[car][F1P_PRIOR_START_GAIN];
	return gain != F1P_UNKNOWN ? clipped(gain / 1000.0, -3.0, 3.0) : 0.0;
}

bool priors_pace(const struct f1p_state *state, uint32_t car, double *mean, double *sd)
{
	int32_t pace = state->car_prior[car][F1P_PRIOR_RACE_PACE], error = state->car_prior[car][F1P_PRIOR_RACE_PACE_SD];
	if (pace == F1P_UNKNOWN) {
		return false;
	}
	*mean = clipped(pace / 1000.0, -4.0, 8.0);
	*sd = error != F1P_UNKNOWN ? clipped(error / 1000.0, 0.1, 2.0) : 0.5;
	return true;
}
