/*
 * bench_montecarlo.c - speed of predictor_midrace, as JSON on stdout.
 *
 * sims_per_s_per_core: simulations of a whole remaining race (20 cars, 57 laps, from lap 1), by the kernel that this
 * processor gets, per second of one core's time. wall_ms: one forecast of 10,000 runs through the plugin's own predict(), wall_ms_20000: of
 * 20,000.
 * ratio_to_bare: time of one simulation against a bare loop in the same process that only adds noise to 20 x 57 lap times
 * and compares every car with the first; it tells what the racing costs, whatever the machine. options_ms: the strategy options of all
 * cars after 12 laps, 200 runs each.
 */
#include <f1pd/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "helpers/rng.h"
#include "kernel.h"
#include "options.h"
#include "prepare.h"
#include "race_builder.h"

#define CARS 20u
#define LAPS 57
#define RUNS 10000u
#define ROUNDS 7
#define OPTION_RUNS 200u

extern const struct f1p_entry f1p_entry_v1;

static struct midrace_cfg config;

static double now_s(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double kernel_s(mc_run_fn run, const struct mc_field *field, const struct mc_tables *tables, struct mc_counts *counts)
{
	double best = 1e9;
	for (int i = 0; i < ROUNDS; i++) {
		double start = now_s(CLOCK_THREAD_CPUTIME_ID);
		run(field, tables, 0, RUNS, counts);
		double took = now_s(CLOCK_THREAD_CPUTIME_ID) - start;
		best = took < best ? took : best;
	}
	return best;
}

/* 20 cars x 57 laps of noise, and who ends ahead of the first car. */
static double bare_s(const struct mc_tables *tables, uint32_t *sink)
{
	double best = 1e9;
	for (int i = 0; i < ROUNDS; i++) {
		double start = now_s(CLOCK_THREAD_CPUTIME_ID);
		for (uint32_t run = 0; run < RUNS; run++) {
			float t[CARS] = { 0 };
			for (uint32_t lap = 0; lap < LAPS; lap++) {
				for (uint32_t c = 0; c < CARS; c++) {
					t[c] += 0.9f * tables->noise[mc_mix32(run * 4096u + lap * 32u + c) & (MC_NOISE - 1)];
				}
			}
			for (uint32_t c = 1; c < CARS; c++) {
				*sink += t[c] < t[0];
			}
		}
		double took = now_s(CLOCK_THREAD_CPUTIME_ID) - start;
		best = took < best ? took : best;
	}
	return best;
}

static double forecast_ms(struct f1p_plugin *plugin, const struct f1p_state *state, struct f1p_forecast *out)
{
	const struct f1p_predictor *predictor = plugin->get_extension(plugin, F1P_EXT_PREDICTOR);
	double best = 1e9;
	for (int i = 0; i < ROUNDS; i++) {
		memset(out, 0, sizeof(*out));
		out->size = sizeof(*out);
		double start = now_s(CLOCK_MONOTONIC);
		if (predictor->predict(plugin, state, 1, NULL, NULL, out) != F1P_OK) {
			return -1.0;
		}
		double took = (now_s(CLOCK_MONOTONIC) - start) * 1e3;
		best = took < best ? took : best;
	}
	return best;
}

static double options_ms(uint32_t *asked)
{
	static struct simulation sim;
	static struct f1p_insights out;
	struct f1p_state *race = race_new(CARS, 12, LAPS);
	double best = 1e9;
	mc_tables_init(&sim.tables);
	midrace_model_init(&sim.model);
	sim.cfg = config;
	sim.run = mc_run_best();
	sim.runs = OPTION_RUNS;
	for (int i = 0; i < ROUNDS; i++) {
		memset(&out, 0, sizeof(out));
		double start = now_s(CLOCK_THREAD_CPUTIME_ID);
		if (options_say(&out, race, &sim, 1, NULL, NULL) != F1P_OK) {
			best = -1.0;
			break;
		}
		double took = (now_s(CLOCK_THREAD_CPUTIME_ID) - start) * 1e3;
		best = took < best ? took : best;
	}
	*asked = 0;
	for (uint32_t i = 0; i < CARS; i++) {
		*asked += out.cars[i].n_options;
	}
	free(race);
	return best;
}

int main(void)
{
	static struct mc_tables tables;
	static struct mc_counts counts;
	static struct f1p_forecast forecast;
	static struct mc_field field;
	struct midrace_model model;
	struct positions_field cars;
	uint16_t rows[MC_LANES];
	uint32_t sink = 0, asked;
	struct f1p_state *grid = race_grid(CARS, LAPS);
	struct f1p_plugin *plugin = f1p_entry_v1.create(NULL, "predictor_midrace");
	config = midrace_cfg_usual();
	config.runs = RUNS;
	if (!plugin || plugin->init(plugin) != F1P_OK || plugin->configure(plugin, &config) != F1P_OK) {
		fputs("bench_montecarlo: the plugin does not start\n", stderr);
		return 1;
	}
	grid->status = F1P_STATUS_STARTED;
	positions_field_init(&cars, grid);
	mc_tables_init(&tables);
	midrace_model_init(&model);
	mc_field_init(&field, rows, grid, &cars, &config, &model, 1);
	field.first_lap = 1;
	double base = kernel_s(mc_run_base, &field, &tables, &counts);
	double best = kernel_s(mc_run_best(), &field, &tables, &counts);
	double bare = bare_s(&tables, &sink);
	double ms = forecast_ms(plugin, grid, &forecast), all_options_ms = options_ms(&asked);
	struct midrace_cfg twice = config;
	static struct f1p_forecast finer;
	twice.runs = 2 * (int64_t)RUNS;
	double twice_ms = plugin->configure(plugin, &twice) == F1P_OK ? forecast_ms(plugin, grid, &finer) : -1.0;
	printf("{\"bench\":\"montecarlo\",\"cars\":%u,\"laps\":%d,\"runs\":%u,\"kernel\":\"%s\",\"sims_per_s_per_core\":%.0f,"
	       "\"sims_per_s_per_core_baseline\":%.0f,\"ns_per_car_lap\":%.2f,\"wall_ms\":%.1f,\"wall_ms_20000\":%.1f,\"ratio_to_bare\":%.2f,"
	       "\"options\":%u,\"options_ms\":%.1f,\"p_win_first\":%.4f}\n",
	       CARS, LAPS, RUNS, mc_have_avx2() ? "avx2" : "baseline", RUNS / best, RUNS / base,
	       best / RUNS / (CARS * LAPS) * 1e9, ms, twice_ms, best / bare, asked, all_options_ms, forecast.cars[0].p_win + (sink == 1) * 1e-9);
	plugin->stop(plugin);
	plugin->destroy(plugin);
	free(grid);
	return ms < 0.0 || twice_ms < 0.0 || all_options_ms < 0.0;
}
