/* past_seasons.h - for tests: seasons that never were, with drivers and teams of known pace. */
#ifndef RATINGS_PAST_SEASONS_H
#define RATINGS_PAST_SEASONS_H

#include "helpers/rng.h"
#include "past_fixture.h"

#define SEASON_LAPS 30
#define SEASON_BASE_MS 90000.0

struct made_car {
	const char *driver, *team; /* slugs; the names are made of them */
	double pace;               /* %, below 0 = fast */
	bool breaks;               /* retires from every second race */
};

struct made_race {
	int32_t race_id;
	const char *circuit, *layout;
	const struct made_car *car;
	uint32_t n;
	double pit_loss_ms;        /* 0: nobody stops */
	bool not_held;             /* qualifying and practice only */
	bool no_laps;              /* nothing but results and qualifying is known */
	bool street;
	double practice_shift;     /* added to the pace of car 0 in practice and qualifying, % */
};

static void put_row(struct past *p, const void *row)
{
	char why[512] = "";

	if (history_put(p->store, row, 1, why, sizeof(why)) != F1P_OK)
		fail_msg("%s", why);
}

static void flush_rows(struct past *p)
{
	char why[512] = "";

	if (history_flush(p->store, why, sizeof(why)) != F1P_OK)
		fail_msg("%s", why);
}

/* Races of a season are ten days apart, the first on 10 January. */
static int64_t made_start_ns(int32_t race_id)
{
	int64_t years = race_id / 100 - 1970, days = (int64_t)((double)years * 365.25) + 10 * (race_id % 100);

	return days * INT64_C(86400000000000);
}

static int32_t made_time_ms(double pace, double noise_pct, struct f1p_rng *rng)
{
	return (int32_t)(SEASON_BASE_MS * (1.0 + (pace + noise_pct * f1p_rng_normal(rng)) / 100.0));
}

static void put_names(struct past *p, const struct made_car *car)
{
	struct f1p_hist_name name = {.row = {sizeof(name), F1P_HIST_DRIVER, 0, 0}};

	snprintf(name.id, sizeof(name.id), "%s", car->driver);
	snprintf(name.name, sizeof(name.name), "%s", car->driver);
	snprintf(name.code, sizeof(name.code), "%.3s", car->driver);
	for (char *c = name.code; *c; c++)
		*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
	put_row(p, &name);
	name = (struct f1p_hist_name){.row = {sizeof(name), F1P_HIST_CONSTRUCTOR, 0, 0}};
	snprintf(name.id, sizeof(name.id), "%s", car->team);
	snprintf(name.name, sizeof(name.name), "%s", car->team);
	put_row(p, &name);
}

static void put_qualifying(struct past *p, const struct made_race *r, uint32_t i, struct f1p_rng *rng)
{
	struct f1p_hist_qualifying q = {.row = {sizeof(q), F1P_HIST_QUALIFYING, r->race_id, 0}, .session = F1P_HIST_MAIN,
		.position = (int32_t)i + 1, .grid_penalty = 0};
	struct f1p_hist_practice fp = {.row = {sizeof(fp), F1P_HIST_PRACTICE, r->race_id, 0}, .position = F1P_UNKNOWN,
		.laps = 20};
	double pace = r->car[i].pace + (i == 0 ? r->practice_shift : 0.0);

	snprintf(q.driver_id, sizeof(q.driver_id), "%s", r->car[i].driver);
	snprintf(q.constructor_id, sizeof(q.constructor_id), "%s", r->car[i].team);
	memcpy(fp.driver_id, q.driver_id, sizeof(fp.driver_id));
	memcpy(fp.constructor_id, q.constructor_id, sizeof(fp.constructor_id));
	for (uint32_t k = 0; k < 3; k++)
		q.q_ms[k] = made_time_ms(pace - 3.0, .15, rng);
	put_row(p, &q);
	for (fp.number = 1; fp.number <= 3 && !r->no_laps; fp.number++) {
		fp.best_ms = made_time_ms(pace - 2.0, .3, rng);
		put_row(p, &fp);
	}
}

struct drive {
	int32_t elapsed_ms, laps;
	bool retired;
};

static struct drive put_laps(struct past *p, const struct made_race *r, uint32_t i, struct f1p_rng *rng)
{
	struct drive d = {.retired = r->car[i].breaks && (r->race_id + (int32_t)i) % 2 == 0};
	int32_t last = d.retired ? SEASON_LAPS / 2 : SEASON_LAPS, stop = r->pit_loss_ms > 0.0 ? 10 + (int32_t)(i % 8) : 0;

	for (int32_t lap = 1; lap <= last; lap++) {
		struct f1p_hist_lap l = {.row = {sizeof(l), F1P_HIST_LAP, r->race_id, 0}, .lap = lap, .position = (int32_t)i + 1,
			.stint = (int16_t)(stop && lap > stop ? 2 : 1), .tyre_laps = (int16_t)(stop && lap > stop ? lap - stop - 1 : lap - 1),
			.compound = stop && lap > stop ? F1P_TYRE_HARD : F1P_TYRE_SOFT};
		snprintf(l.driver_id, sizeof(l.driver_id), "%s", r->car[i].driver);
		double wear = .04 * (double)l.tyre_laps, fuel = -.06 * (double)lap;
		l.time_ms = made_time_ms(r->car[i].pace + wear + fuel, .2, rng) + (lap == 1 ? 5000 + 3000 * (int32_t)i : 0);
		if (lap == stop) {
			l.row.flags = F1P_HISTL_IN;
			l.time_ms += (int32_t)(.2 * r->pit_loss_ms);
		} else if (stop && lap == stop + 1) {
			l.row.flags = F1P_HISTL_OUT;
			l.time_ms += (int32_t)(.8 * r->pit_loss_ms);
		}
		d.elapsed_ms += l.time_ms;
		l.elapsed_ms = d.elapsed_ms;
		l.gap_ms = F1P_UNKNOWN;
		if (!r->no_laps)
			put_row(p, &l);
	}
	d.laps = last;
	return d;
}

static void put_result(struct past *p, const struct made_race *r, uint32_t i, const struct drive *d, int32_t position)
{
	struct f1p_hist_result row = {.row = {sizeof(row), F1P_HIST_RESULT, r->race_id, 0}, .session = F1P_HIST_MAIN,
		.classified = d[i].retired ? F1P_NO : F1P_YES, .dnf = d[i].retired ? F1P_DNF_MECHANICAL : F1P_DNF_NONE,
		.pit_lane_start = F1P_NO, .number = (int32_t)i + 1, .grid = (int32_t)i + 1, .position = position, .laps = d[i].laps,
		.points_c = 0, .time_ms = d[i].retired ? F1P_UNKNOWN : d[i].elapsed_ms, .penalty_ms = 0, .best_ms = F1P_UNKNOWN};

	snprintf(row.driver_id, sizeof(row.driver_id), "%s", r->car[i].driver);
	snprintf(row.constructor_id, sizeof(row.constructor_id), "%s", r->car[i].team);
	put_row(p, &row);
}

static int32_t place_among(const struct drive *d, uint32_t n, uint32_t i)
{
	int32_t place = 1;

	for (uint32_t k = 0; k < n; k++)
		place += d[k].laps > d[i].laps || (d[k].laps == d[i].laps && d[k].elapsed_ms < d[i].elapsed_ms);
	return place;
}

static void put_race(struct past *p, const struct made_race *r)
{
	struct f1p_hist_race row = {.row = {sizeof(row), F1P_HIST_RACE, r->race_id, 0}, .t_start_ns = made_start_ns(r->race_id),
		.laps = r->not_held ? F1P_UNKNOWN : SEASON_LAPS, .scheduled_laps = SEASON_LAPS, .length_m = F1P_UNKNOWN,
		.lat_e4 = F1P_UNKNOWN, .lon_e4 = F1P_UNKNOWN, .sprint = F1P_NO, .street = r->street ? F1P_YES : F1P_NO, .wet = F1P_NO};
	struct drive d[F1P_MAX_CARS];
	struct f1p_rng rng;

	snprintf(row.circuit_id, sizeof(row.circuit_id), "%s", r->circuit);
	snprintf(row.layout_id, sizeof(row.layout_id), "%s", r->layout ? r->layout : r->circuit);
	snprintf(row.name, sizeof(row.name), "%s Grand Prix", r->circuit);
	put_row(p, &row);
	f1p_rng_seed(&rng, (uint64_t)r->race_id, 1);
	for (uint32_t i = 0; i < r->n; i++) {
		put_names(p, &r->car[i]);
		put_qualifying(p, r, i, &rng);
		if (!r->not_held)
			d[i] = put_laps(p, r, i, &rng);
	}
	for (uint32_t i = 0; i < r->n && !r->not_held; i++)
		put_result(p, r, i, d, place_among(d, r->n, i));
}

/* Races first..last of one season, on circuits of their own: "track_1", "track_2" ... */
static void put_season(struct past *p, const struct made_car *car, uint32_t n, int32_t season, int32_t races)
{
	char circuit[32];

	for (int32_t k = 1; k <= races; k++) {
		const struct made_race race = {.race_id = season * 100 + k, .circuit = circuit, .car = car, .n = n, .pit_loss_ms = 22000.0};
		snprintf(circuit, sizeof(circuit), "track_%d", (int)k);
		put_race(p, &race);
	}
	flush_rows(p);
}

/* The cars as a session of that race. */
static void made_state(struct f1p_state *state, uint8_t type, int32_t race_id, const struct made_car *car, uint32_t n)
{
	char code[8];

	past_state(state, type, made_start_ns(race_id), race_id / 100);
	for (uint32_t i = 0; i < n; i++) {
		snprintf(code, sizeof(code), "%.3s", car[i].driver);
		for (char *c = code; *c; c++)
			*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
		past_car(state, (uint16_t)(i + 1), code, car[i].driver, car[i].team);
	}
}

#endif
