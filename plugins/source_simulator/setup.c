/*
 * setup.c - the field before lights out: teams, ratings, grid, strategies, and the description that a feed opens with.
 *
 * Teams are trees and drivers are minerals: nobody shall take a simulated race for a real one.
 */
#include "internal.h"

#include <stdio.h>
#include <string.h>

#define TEAM_SPREAD_PCT 0.60
#define DRIVER_SPREAD_PCT 0.15
#define FORM_PCT 0.25   /* drawn once per race */
#define GRID_NOISE_PCT 0.25
#define PIT_LANE_START 0.01
#define WINDOW_MS INT64_C(7200000)

struct entry {
	const char *code, *name;
};
static const struct entry drivers[F1P_MAX_CARS] = {
	{ "AGA", "Agate" },    { "BAS", "Basalt" },   { "COB", "Cobalt" },    { "DOL", "Dolomite" }, { "EMR", "Emerald" },
	{ "FEL", "Feldspar" }, { "GNT", "Garnet" },   { "HLT", "Halite" },    { "IOL", "Iolite" },   { "JAS", "Jasper" },
	{ "KYA", "Kyanite" },  { "LAP", "Lapis" },    { "MLC", "Malachite" }, { "NKL", "Nickel" },   { "ONX", "Onyx" },
	{ "PYR", "Pyrite" },   { "QTZ", "Quartz" },   { "RTL", "Rutile" },    { "SPH", "Sapphire" }, { "TPZ", "Topaz" },
	{ "UMB", "Umber" },    { "VIV", "Vivianite" }, { "WLF", "Wolfram" },  { "XEN", "Xenon" },    { "YTT", "Yttrium" },
	{ "ZRC", "Zircon" },   { "ARG", "Argon" },    { "BRL", "Beryl" },     { "CIN", "Cinnabar" }, { "DIO", "Diorite" },
	{ "EUC", "Euclase" },  { "FLT", "Flint" },
};
static const char *const teams[] = { "Team Alder", "Team Birch", "Team Cedar", "Team Dogwood", "Team Elm", "Team Fir",
				     "Team Ginkgo", "Team Hazel", "Team Ironwood", "Team Juniper", "Team Kauri", "Team Larch",
				     "Team Maple", "Team Nutmeg", "Team Oak", "Team Pine" };
static const uint32_t colours[] = { 0xD7263D, 0x1B998B, 0xF46036, 0x2E86DE, 0xC5D86D, 0x8E44AD, 0xF4D35E, 0x00A8E8,
				    0xE84393, 0x9AA5B1, 0x27AE60, 0xFF9F1C, 0x5F27CD, 0xB8860B, 0x10AC84, 0x576574 };

const char *sim_code(const struct sim_car *car)
{
	return drivers[car->listed].code;
}

const char *sim_name(const struct sim_car *car)
{
	return drivers[car->listed].name;
}

const char *sim_team_name(int team)
{
	return teams[team];
}

uint32_t sim_team_colour(int team)
{
	return colours[team];
}

int sim_team_count(const struct sim *s)
{
	return (s->n_cars + 1) / 2;
}

static void draw_cars(struct sim *s)
{
	double strength[F1P_MAX_CARS / 2] = { 0 }, mean = 0;
	for (int t = 0; t < sim_team_count(s); t++) {
		strength[t] = TEAM_SPREAD_PCT * f1p_rng_normal(&s->rng);
		mean += strength[t] / sim_team_count(s);
	}
	for (int i = 0; i < s->n_cars; i++) {
		struct sim_car *car = &s->cars[i];
		car->listed = i;
		car->number = 3 * i + 2;
		car->team = i / 2;
		car->rating = strength[car->team] - mean + DRIVER_SPREAD_PCT * f1p_rng_normal(&s->rng);
		car->form = FORM_PCT * f1p_rng_normal(&s->rng);
		car->wet_skill = 0.8 * f1p_rng_normal(&s->rng);
		car->phase = SIM_CAR_GRID;
		car->t_next = car->t_extra = SIM_NEVER;
		car->out = SIM_OUT_NONE;
		car->out_node = SIM_PATH;
		car->park_node = SIM_PATH;
		car->gap = (struct sim_gap){ .ms = F1P_UNKNOWN, .interval_ms = F1P_UNKNOWN };
	}
}

/* Qualifying: rating and a good or bad hour. A few start from the pit lane. */
static void draw_grid(struct sim *s)
{
	double time[F1P_MAX_CARS];
	for (int i = 0; i < s->n_cars; i++) {
		double luck = f1p_rng_normal(&s->rng), trouble = f1p_rng_uniform(&s->rng);
		time[i] = s->cars[i].rating + GRID_NOISE_PCT * luck + (trouble < PIT_LANE_START ? 1000 : 0);
		int at = i;
		while (at > 0 && time[s->order[at - 1]] > time[i]) {
			s->order[at] = s->order[at - 1];
			at--;
		}
		s->order[at] = (uint8_t)i;
	}
	for (int place = 0; place < s->n_cars; place++) {
		struct sim_car *car = sim_car_at(s, place);
		car->position = place + 1;
		car->grid = time[s->order[place]] >= 900 ? 0 : place + 1;
	}
}

static void draw_strategy(struct sim *s, struct sim_car *car)
{
	double need = s->cfg.laps * s->wear * s->cfg.lap_time_s / 88.0 / 27.0, taste = f1p_rng_uniform(&s->rng);
	double start = f1p_rng_uniform(&s->rng);
	int target = (int)(need - 0.6 + 0.9 * taste > 0 ? need - 0.6 + 0.9 * taste : 0);
	if (!s->cfg.sprint && target < 1) {
		target = 1;
	}
	car->stops_target = target < 4 ? target : 4;
	int compound = sim_choose_compound(s, car, 0);
	if (sim_is_dry(compound) && car->stops_target > 0) {
		double soft = car->stops_target >= 2 ? 0.45 : 0.20, hard = car->stops_target >= 2 ? 0.05 : 0.20;
		compound = start < soft ? F1P_TYRE_SOFT : start < 1 - hard ? F1P_TYRE_MEDIUM : F1P_TYRE_HARD;
	}
	sim_fit_tyres(s, car, compound, 0);
}

static void draw_interventions(struct sim *s)
{
	double sc = f1p_rng_uniform(&s->rng), red = f1p_rng_uniform(&s->rng);
	int laps = s->cfg.laps, last = laps - 1;
	s->forced_sc_lap = s->forced_red_lap = laps + 1;
	if (s->cfg.safety_car == SIM_YES) {
		int lap = 2 + (int)(sc * 0.4 * laps);
		s->forced_sc_lap = lap < last ? lap : last;
	}
	if (s->cfg.red_flag == SIM_YES) {
		int lap = 2 + (int)((0.4 + 0.3 * red) * laps);
		s->forced_red_lap = lap < last ? lap : last;
	}
}

static void emit_session(struct sim *s)
{
	struct f1p_ev_session *e = sim_emit(s, F1P_EV_SESSION, sizeof(*e));
	int64_t day = s->cfg.start_ns / INT64_C(86400000000000);
	int year = 1970;
	for (; year < 2200; year++) {
		int length = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365;
		if (day < length) {
			break;
		}
		day -= length;
	}
	e->year = (uint16_t)year;
	e->type = s->cfg.sprint ? F1P_SESSION_SPRINT : F1P_SESSION_RACE;
	e->t_start_ns = s->cfg.start_ns;
	e->t_end_ns = s->cfg.start_ns + WINDOW_MS * 1000000;
	e->gmt_offset_s = 0;
	(void)snprintf(e->name, sizeof(e->name), "%s", s->cfg.sprint ? "Sprint" : "Race");
	(void)snprintf(e->meeting, sizeof(e->meeting), "Simring Grand Prix");
	(void)snprintf(e->circuit, sizeof(e->circuit), "Simring");
	(void)snprintf(e->location, sizeof(e->location), "Simring");
	(void)snprintf(e->country, sizeof(e->country), "SIM");
}

static void emit_driver(struct sim *s, const struct sim_car *car)
{
	struct f1p_ev_driver *e = sim_emit(s, F1P_EV_DRIVER, sizeof(*e));
	e->mask = F1P_DRIVER_CODE | F1P_DRIVER_NAME | F1P_DRIVER_TEAM | F1P_DRIVER_COLOUR | F1P_DRIVER_LINE;
	e->car = (uint16_t)car->number;
	e->line = (uint16_t)car->position;
	e->colour_rgb = sim_team_colour(car->team);
	(void)snprintf(e->code, sizeof(e->code), "%s", sim_code(car));
	(void)snprintf(e->name, sizeof(e->name), "%s", sim_name(car));
	(void)snprintf(e->team, sizeof(e->team), "%s", sim_team_name(car->team));
}

static void emit_opening(struct sim *s)
{
	emit_session(s);
	sim_emit_value(s, F1P_EV_SESSION_STATUS, F1P_STATUS_INACTIVE);
	sim_emit_track(s);
	struct f1p_ev_lap_count *laps = sim_emit(s, F1P_EV_LAP_COUNT, sizeof(*laps));
	laps->mask = F1P_LAPS_CURRENT | F1P_LAPS_TOTAL;
	laps->current = 1;
	laps->total = s->cfg.laps;
	sim_emit_clock(s, false);
	for (int place = 0; place < s->n_cars; place++) {
		struct sim_car *car = sim_car_at(s, place);
		emit_driver(s, car);
		sim_emit_car_value(s, F1P_EV_CAR_POSITION, car, car->position);
		sim_emit_car_value(s, F1P_EV_CAR_GRID, car, car->grid);
		sim_emit_status(s, car, F1P_CAR_IN_PIT | F1P_CAR_PIT_OUT | F1P_CAR_RETIRED | F1P_CAR_STOPPED, false);
		struct f1p_ev_car_lap *none = sim_emit(s, F1P_EV_CAR_LAP, sizeof(*none));
		none->mask = F1P_LAP_NUMBER;
		none->car = (uint16_t)car->number;
		sim_emit_stint(s, car, F1P_STINT_COMPOUND | F1P_STINT_NEW | F1P_STINT_TOTAL | F1P_STINT_START | F1P_STINT_NOT_CHANGED);
	}
	sim_weather_report(s);
	sim_record_end(s);
}

static void plan_opening(struct sim *s)
{
	sim_task(s, 0, SIM_TASK_START, 0, 0);
	if (s->now <= -30000) {
		sim_task(s, s->now + 10000, SIM_TASK_PIT_EXIT_CLOSED, 0, 0);
	}
	sim_task(s, s->now + 60000, SIM_TASK_WEATHER, 0, 0);
	sim_task(s, s->now + 15000, SIM_TASK_HEARTBEAT, 0, 0);
}

void sim_setup(struct sim *s)
{
	f1p_rng_seed(&s->rng, s->cfg.seed, 1);
	s->n_cars = s->cfg.cars;
	s->now = s->t_wet = -s->cfg.pre_start_s * INT64_C(1000);
	s->phase = SIM_BEFORE;
	s->clock_ms = WINDOW_MS;
	s->wear = sim_uniform(s, 0.85, 1.2);
	for (int n = 0; n < SIM_PATH; n++) {
		s->first[n] = -1;
	}
	sim_weather_setup(s);
	draw_cars(s);
	draw_grid(s);
	for (int i = 0; i < s->n_cars; i++) {
		draw_strategy(s, &s->cars[i]);
	}
	draw_interventions(s);
	for (int i = 0; i < 3 && i < s->n_cars; i++) {
		s->top3[i] = (uint8_t)(s->n_cars + 1); /* none shown yet */
	}
	emit_opening(s);
	plan_opening(s);
}
