/*
 * kernel.h - the Monte-Carlo kernel: the rest of a race, lap by lap, many times.
 *
 * A pure function of its input. Cars are lanes of float arrays, so that the compiler can work on 4 or 8 at a time; the same
 * source is compiled twice (kernel_base.c for any processor, kernel_avx2.c) and both give the same bits: IEEE operations
 * only, none re-ordered, none fused.
 *
 * Common random numbers: each draw is a hash of (seed, run, car number, lap, purpose) and nothing else. In two forecasts of
 * one session the same future lap of the same car has the same luck, so a probability that moved means news.
 */
#ifndef MONTECARLO_KERNEL_H
#define MONTECARLO_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)
#define MC_WITH_AVX2 1 /* kernel_avx2.c has the version for processors with AVX2 */
#endif

#define MC_LANES 32u
#define MC_NOISE 4096u  /* quantiles of the noise of a lap */
#define MC_NORMAL 4096u /* quantiles of the standard normal */
#define MC_PIT 256u     /* quantiles of the variation of a pit stop */
#define MC_PASS 256u    /* chance of a pass by pace difference */
#define MC_LAPS 100u    /* that a race may still have; what lies beyond is run without stops */
#define MC_RELS 4u      /* stops made against the field's: 1 fewer, as many, 1 more, 2 more */
#define MC_SINCE 4u     /* laps since SC or VSC came out: 0, 1, 2, more */
#define MC_NEVER 65535u
#define MC_GAPS 256u    /* classes of the gap to the winner: a quarter of a second each up to 32 s, then a second */
#define MC_TYRES 4u     /* what a car may not fit: soft, medium, hard; it may fit all */

enum mc_mode { MC_GREEN = 1, MC_SC, MC_VSC };

/* What a car is made to do with its next stop, else the number of a lap: it stops at the end of that lap, or before under an SC or VSC
 * still to come if the model would; under that of now it stays out until then. Once it has stopped, or a red flag gave it tyres, it goes on as the model thinks. */
enum mc_stop_at {
	MC_AS_PLANNED = 0,
	MC_NO_STOP = -1,    /* to the flag on these tyres */
	MC_STAY_OUT = -2    /* not while the neutralisation of now lasts */
};

/* Constant tables. */
struct mc_tables {
	float noise[MC_NOISE];   /* % of a lap */
	float normal[MC_NORMAL];
	float pit[MC_PIT];       /* s */
	float exponential[MC_PIT];
	float logit[MC_NORMAL];  /* quantiles of the standard logistic distribution */
	float sc_factor, vsc_factor;  /* share of the pit loss under SC, VSC */
	float follow_s;               /* gap at which a car that cannot pass follows */
	float sc_gap_s, sc_keep;      /* gap per place under SC; share of a larger gap that remains after a lap */
};

/* The state of the race in model terms. Lanes: running cars by car number; arrays are defined up to n_pad. */
struct mc_field {
	uint32_t n;          /* running cars */
	uint32_t n_pad;      /* n, rounded up to a multiple of 8 */
	uint64_t seed;
	int32_t first_lap;   /* absolute number of the first lap to simulate */
	int32_t total_laps;  /* absolute number of the last */
	uint32_t n_laps;     /* of them in the tables below, at most MC_LAPS */
	float lap_s;         /* of a clean lap */
	float pit_loss_s;
	uint32_t mode;       /* enum mc_mode now */
	int32_t mode_elapsed; /* laps it has lasted */
	int32_t mode_left;   /* laps that it still lasts; -1 = to be drawn */
	bool start;          /* the start is still to come or in progress: positions are drawn from slot[] */
	float start_spread;  /* 1 = a whole start */
	int32_t hazard_laps; /* laps for which dnf_now holds */
	uint32_t sc_chance, vsc_chance, red_chance; /* per lap, 2^-20 */
	uint32_t pass[MC_PASS];       /* chance in 2^-24, by (pace difference + 4 %) * 32 */
	uint16_t order[MC_LANES];     /* place - 1 -> lane */
	uint32_t key[MC_LANES];       /* of (seed, car number) */
	float gap_s[MC_LANES];        /* to the leader, whole laps included */
	float slot[MC_LANES];         /* place on the grid */
	float pace[MC_LANES];         /* % of a lap slower than the field's mean, without tyres */
	float pace_sd[MC_LANES];
	float off[MC_LANES], slope[MC_LANES], age[MC_LANES]; /* tyre on the car: % and % per lap */
	/* Chance, 2^-16, that the stint in hand has ended by the end of lap first_lap + k; MC_NEVER: it ends there at the latest. */
	uint16_t stint_end[MC_LANES][MC_LAPS];
	/* The same for a stint that began after lap first_lap + j, the car having so many stops against the field. */
	uint16_t next_end[MC_RELS][MC_LAPS][MC_LAPS];
	/* Log-odds of a stop under SC [0] and VSC [1], a sum of these. */
	float neutral_since[2][MC_SINCE], neutral_age[2][MC_LAPS], neutral_left[MC_LAPS], neutral_owes[MC_LAPS];
	float neutral_stint[MC_LAPS * 2]; /* by the length of the stint if it lasts to the flag */
	float neutral_place[MC_LANES], neutral_rel[MC_RELS], neutral_tyre[MC_TYRES];
	uint8_t rel[MC_LANES];       /* index into next_end */
	uint8_t tyre[MC_LANES];      /* class of the tyre on the car; MC_TYRES - 1 = wet or unknown */
	bool owes[MC_LANES];         /* a stop, for a compound other than that on the car */
	bool stops[MC_LANES];        /* the car stops at all: false in sprints */
	int32_t stops_done[MC_LANES];
	uint32_t dnf_now[MC_LANES], dnf[MC_LANES]; /* chance per lap, 2^-20 */
	float penalty_s[MC_LANES];
	/* What is fitted after lap first_lap + k by a car that must not fit [class] */
	float next_off[MC_TYRES][MC_LAPS], next_slope[MC_TYRES][MC_LAPS];
	uint8_t next_tyre[MC_TYRES][MC_LAPS];
	bool next_is_wet; /* it is an intermediate, whatever next_tyre says */
	/* What if: zero unless the caller asks for it. */
	int32_t stop_at[MC_LANES]; /* enum mc_stop_at, or a lap */
	uint8_t fit[MC_LANES];     /* class + 1 to fit at the next stop; 0 = as next_tyre says */
	float class_off[MC_TYRES - 1], class_slope[MC_TYRES - 1]; /* of what `fit` asks for */
};

struct mc_counts {
	uint32_t place[MC_LANES][MC_LANES]; /* lane, place - 1 */
	uint32_t retired[MC_LANES];
	uint32_t stops[MC_LANES]; /* made in the lane, all runs together */
	uint32_t gap[MC_LANES][MC_GAPS]; /* to the winner at the flag, by class; the winner himself and what is beyond count nowhere */
};

typedef void (*mc_run_fn)(const struct mc_field *field, const struct mc_tables *tables, uint32_t first_run, uint32_t runs,
			  struct mc_counts *counts);

/* Adds `runs` simulated races, numbered from first_run, to counts. */
void mc_run_base(const struct mc_field *field, const struct mc_tables *tables, uint32_t first_run, uint32_t runs,
		 struct mc_counts *counts);
void mc_run_avx2(const struct mc_field *field, const struct mc_tables *tables, uint32_t first_run, uint32_t runs,
		 struct mc_counts *counts);

/* The fastest version that this processor runs; NULL-free. */
mc_run_fn mc_run_best(void);
bool mc_have_avx2(void);

/* A good 32-bit hash: enough for one draw of one car. */
static inline uint32_t mc_mix32(uint32_t x)
{
	x ^= x >> 16;
	x *= 0x7feb352du;
	x ^= x >> 15;
	x *= 0x846ca68bu;
	return x ^ (x >> 16);
}

#endif
