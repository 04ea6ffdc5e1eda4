/*
 * priors.h - what the past says of this race, in the units of the simulation; what is not known comes from the configuration.
 */
#ifndef MONTECARLO_PRIORS_H
#define MONTECARLO_PRIORS_H

#include <f1pd/state.h>

#include <stdbool.h>

struct midrace_cfg {
	int64_t runs;
	double pit_loss_s;     /* until the past or this race show their own */
	double overtaking;     /* added to the logit of a pass: below 0 = passing is harder than the past says */
	double retire_per_lap; /* per car */
	double sc_per_lap, vsc_per_lap, red_per_lap; /* beyond those that a retirement causes */
	int64_t default_laps;			     /* if the distance is unknown */
};

/* What serves where nobody configures anything. */
struct midrace_cfg midrace_cfg_usual(void);

/* How a retirement brings out a safety car, or a virtual one. */
#define PRIORS_SC_BY_RETIREMENT 0.26
#define PRIORS_VSC_BY_RETIREMENT 0.14

double priors_pit_loss_s(const struct f1p_state *state, const struct midrace_cfg *cfg);
double priors_overtaking(const struct f1p_state *state, const struct midrace_cfg *cfg);

/* Chance that the car, an index into cars[], retires on a lap after the first. */
double priors_retire_per_lap(const struct f1p_state *state, uint32_t car, int32_t total_laps, const struct midrace_cfg *cfg);

struct priors_rates {
	double sc, vsc, red; /* per lap, beyond those that retirements cause */
};
/* retirements: expected per lap of the field. */
struct priors_rates priors_rates(const struct f1p_state *state, double retirements, const struct midrace_cfg *cfg);

/* Places that the car gains on the first lap beyond what its slot gives. */
double priors_start_gain(const struct f1p_state *state, uint32_t car);

/* Pace, % of a lap slower than the field; sd its error. False: nothing is known. */
bool priors_pace(const struct f1p_state *state, uint32_t car, double *mean, double *sd);

#endif
