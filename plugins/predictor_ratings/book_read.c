/* book_read.c - the rows of one race, as the store has them, into what the ratings need of it. */
#include "book.h"

#include <stdlib.h>
#include <string.h>

#include "gaps.h"
#include "helpers/fmath.h"
#include "race_pace.h"

#define CARS_MAX 64u /* of a weekend: some drive in practice only */
#define NOISE_LAPS 8.0 /* a race of n clean laps is 1 + 8 / n times as noisy as an endless one */
#define NOISE_WET 4.0
#define NOISE_NO_LAPS 3.0
#define WET_SHARE .05
#define PRACTICE_SLOWER 3.0 /* than the best practice of the weekend, % */
#define PRACTICE_SPREAD 2.5 /* between the quartiles, % */

struct raw_car {
	char driver_id[32], constructor_id[32];
	struct book_entry e;
	int32_t q_ms[3], sq_ms[3], practice_ms[BOOK_PRACTICES], sprint_lap_ms, time_ms;
	uint32_t lap_row; /* in struct race_laps, BOOK_NONE = none */
};

struct raw_race {
	struct book_race *race;
	bool held;
	uint32_t n, n_lap_rows;
	struct raw_car car[CARS_MAX];
	struct race_laps laps;
	uint32_t laps_known, laps_wet;
};

static int by_driver(const void *a, const void *b)
{
	return strcmp(((const struct raw_car *)a)->driver_id, ((const struct raw_car *)b)->driver_id);
}

static struct raw_car *find_car(struct raw_race *raw, const char *driver_id)
{
	for (uint32_t i = 0; i < raw->n; i++) {
		if (strcmp(raw->car[i].driver_id, driver_id) == 0)
			return &raw->car[i];
	}
	return NULL;
}

static struct raw_car *car_of(struct raw_race *raw, const char *driver_id, const char *constructor_id)
{
	struct raw_car *car = find_car(raw, driver_id);

	if (car || raw->n >= CARS_MAX || !driver_id[0])
		return car;
	car = &raw->car[raw->n++];
	*car = (struct raw_car){.sprint_lap_ms = F1P_UNKNOWN, .time_ms = F1P_UNKNOWN, .lap_row = BOOK_NONE};
	for (uint32_t i = 0; i < 3; i++)
		car->q_ms[i] = car->sq_ms[i] = car->practice_ms[i] = F1P_UNKNOWN;
	car->e = (struct book_entry){.grid = F1P_UNKNOWN, .position = F1P_UNKNOWN, .laps = F1P_UNKNOWN,
		.lap1_position = F1P_UNKNOWN, .grid_penalty = F1P_UNKNOWN, .race_pace = f1p_nan(), .race_noise = 1.0};
	memcpy(car->driver_id, driver_id, strnlen(driver_id, 31));
	memcpy(car->constructor_id, constructor_id, strnlen(constructor_id, 31));
	return car;
}

static bool take_result(void *arg, const struct f1p_history_row *row)
{
	const struct f1p_hist_result *r = (const void *)row;
	struct raw_race *raw = arg;
	struct raw_car *car = r->session == F1P_HIST_SPRINT || raw->held ? car_of(raw, r->driver_id, r->constructor_id) : NULL;

	if (!car)
		return true;
	if (r->session == F1P_HIST_SPRINT) {
		if (r->time_ms > 0 && r->laps > 0)
			car->sprint_lap_ms = r->time_ms / r->laps;
		return true;
	}
	memcpy(car->constructor_id, r->constructor_id, sizeof(car->constructor_id));
	car->e.raced = r->dnf != F1P_DNF_DNS && (r->grid != F1P_UNKNOWN || r->laps > 0);
	car->e.classified = r->classified == F1P_YES;
	car->e.retired = car->e.raced && (r->dnf == F1P_DNF_ACCIDENT || r->dnf == F1P_DNF_MECHANICAL || r->dnf == F1P_DNF_OTHER ||
		(r->dnf == F1P_DNF_UNKNOWN && r->classified == F1P_NO));
	car->e.grid = r->pit_lane_start == F1P_YES ? 0 : r->grid;
	car->e.position = r->position;
	car->e.laps = r->laps;
	car->time_ms = r->time_ms;
	return true;
}

static bool take_qualifying(void *arg, const struct f1p_history_row *row)
{
	const struct f1p_hist_qualifying *q = (const void *)row;
	struct raw_car *car = car_of(arg, q->driver_id, q->constructor_id);

	if (!car)
		return true;
	memcpy(q->session == F1P_HIST_SPRINT ? car->sq_ms : car->q_ms, q->q_ms, sizeof(q->q_ms));
	if (q->session != F1P_HIST_SPRINT)
		car->e.grid_penalty = q->grid_penalty;
	return true;
}

static bool take_practice(void *arg, const struct f1p_history_row *row)
{
	const struct f1p_hist_practice *p = (const void *)row;
	struct raw_car *car = car_of(arg, p->driver_id, p->constructor_id);

	if (car && p->number >= 1 && p->number <= BOOK_PRACTICES)
		car->practice_ms[p->number - 1] = p->best_ms;
	return true;
}

static bool take_lap(void *arg, const struct f1p_history_row *row)
{
	const struct f1p_hist_lap *l = (const void *)row;
	struct raw_race *raw = arg;
	struct raw_car *car = find_car(raw, l->driver_id);

	if (!car || car->lap_row == BOOK_NONE || l->lap < 1 || l->lap > (int32_t)RACE_LAPS_MAX)
		return true;
	raw->laps.lap[car->lap_row][l->lap] = (struct race_lap){.time_ms = l->time_ms,
		.elapsed_ms = l->elapsed_ms,
		.position = l->position,
		.tyre_laps = l->tyre_laps,
		.neutral_permille = l->neutral_permille,
		.compound = l->compound,
		.driven = true,
		.in = (l->row.flags & F1P_HISTL_IN) != 0,
		.out = (l->row.flags & F1P_HISTL_OUT) != 0,
		.red = (l->row.flags & F1P_HISTL_RED) != 0};
	raw->laps.n_laps = raw->laps.n_laps > (uint32_t)l->lap ? raw->laps.n_laps : (uint32_t)l->lap;
	raw->laps_known++;
	raw->laps_wet += tyre_is_wet(l->compound);
	if (l->lap == 1)
		car->e.lap1_position = l->position;
	return true;
}

static bool take_neutralisation(void *arg, const struct f1p_history_row *row)
{
	const struct f1p_hist_neutralisation *n = (const void *)row;
	struct book_race *race = ((struct raw_race *)arg)->race;
	bool later = n->first_lap > 1;

	race->n_sc += later && n->kind == F1P_TRACK_SC;
	race->n_vsc += later && n->kind == F1P_TRACK_VSC;
	race->n_red += later && n->kind == F1P_TRACK_RED;
	return true;
}

static f1p_status each_row(struct book *book, struct raw_race *raw, uint32_t type,
	bool (*fn)(void *, const struct f1p_history_row *))
{
	const struct f1p_history_query query = {.size = sizeof(query), .type = type, .race_from = raw->race->race_id,
		.race_to = raw->race->race_id};

	return book->history->each(book->host, &query, fn, raw);
}

/* Level and spread of a practice, 100 ln s: its fastest quarter, and from there to the slowest. */
static double practice_level(const struct raw_race *raw, uint32_t session, double *spread)
{
	double time[CARS_MAX];

	for (uint32_t i = 0; i < raw->n; i++) {
		int32_t ms = raw->car[i].practice_ms[session];
		time[i] = ms > 0 ? 100.0 * f1p_log((double)ms / 1000.0) : f1p_nan();
	}
	double level = quantile_of(time, raw->n, .25);
	*spread = quantile_of(time, raw->n, .75) - level;
	return level;
}

/* A practice that was much slower than the best one of the weekend, or far apart, was wet: it says nothing of a dry track. */
static void drop_wet_practices(struct raw_race *raw)
{
	double level[BOOK_PRACTICES], spread[BOOK_PRACTICES], best = f1p_nan();

	for (uint32_t s = 0; s < BOOK_PRACTICES; s++) {
		level[s] = practice_level(raw, s, &spread[s]);
		best = best <= level[s] ? best : is_known(level[s]) ? level[s] : best;
	}
	for (uint32_t s = 0; s < BOOK_PRACTICES; s++) {
		for (uint32_t i = 0; i < raw->n && (level[s] > best + PRACTICE_SLOWER || spread[s] > PRACTICE_SPREAD); i++)
			raw->car[i].practice_ms[s] = F1P_UNKNOWN;
	}
}

/* Gaps of the practices and the sprint: one column of times at a time. */
static void session_gaps(struct raw_race *raw)
{
	int32_t best[CARS_MAX];
	double gap[CARS_MAX];

	drop_wet_practices(raw);
	for (uint32_t s = 0; s <= BOOK_PRACTICES; s++) {
		for (uint32_t i = 0; i < raw->n; i++)
			best[i] = s < BOOK_PRACTICES ? raw->car[i].practice_ms[s] : raw->car[i].sprint_lap_ms;
		gaps_session(best, raw->n, gap);
		for (uint32_t i = 0; i < raw->n; i++)
			*(s < BOOK_PRACTICES ? &raw->car[i].e.practice_gap[s] : &raw->car[i].e.sprint_gap) = gap[i];
	}
}

static void qualifying_gaps(struct raw_race *raw)
{
	int32_t q_ms[CARS_MAX][3];
	double gap[CARS_MAX];

	for (uint32_t i = 0; i < raw->n; i++)
		memcpy(q_ms[i], raw->car[i].q_ms, sizeof(q_ms[i]));
	raw->race->qualifying_wet = gaps_qualifying((const int32_t(*)[3])q_ms, raw->n, gap);
	for (uint32_t i = 0; i < raw->n; i++) {
		raw->car[i].e.qualifying_gap = gap[i];
		memcpy(q_ms[i], raw->car[i].sq_ms, sizeof(q_ms[i]));
	}
	gaps_qualifying((const int32_t(*)[3])q_ms, raw->n, gap);
	for (uint32_t i = 0; i < raw->n; i++)
		raw->car[i].e.sprint_qualifying_gap = gap[i];
}

/* Where no lap is known, the race time of those on the lead lap has to do. */
static void pace_from_times(struct raw_race *raw)
{
	double time[CARS_MAX];

	for (uint32_t i = 0; i < raw->n; i++)
		time[i] = raw->car[i].time_ms > 0 ? 100.0 * f1p_log((double)raw->car[i].time_ms / 1000.0) : f1p_nan();
	double middle = median_of(time, raw->n);
	for (uint32_t i = 0; i < raw->n; i++) {
		raw->car[i].e.race_pace = time[i] - middle;
		raw->car[i].e.race_noise = NOISE_NO_LAPS;
	}
}

static void pace_from_laps(struct raw_race *raw)
{
	double pace[F1P_MAX_CARS], n_laps[F1P_MAX_CARS];
	bool wet = raw->race->wet;

	raw->laps.n_cars = raw->n_lap_rows;
	race_pace_measure(&raw->laps, wet, pace, n_laps);
	track_measure(&raw->laps, wet, &raw->race->facts);
	for (uint32_t i = 0; i < raw->n; i++) {
		struct raw_car *car = &raw->car[i];
		bool known = car->lap_row != BOOK_NONE;
		car->e.race_pace = known ? pace[car->lap_row] : f1p_nan();
		car->e.race_noise = known && is_known(car->e.race_pace)
			? (1.0 + NOISE_LAPS / n_laps[car->lap_row]) * (wet ? NOISE_WET : 1.0) : 1.0;
	}
}

/* Into the book's own tables. */
static f1p_status settle(struct book *book, struct raw_race *raw)
{
	struct book_race *race = raw->race;

	race->entry = raw->n ? calloc(raw->n, sizeof(*race->entry)) : NULL;
	if (raw->n && !race->entry)
		return F1P_ENOMEM;
	for (uint32_t i = 0; i < raw->n; i++) {
		struct book_entry e = raw->car[i].e;
		e.driver = book_add_driver(book, raw->car[i].driver_id);
		e.team = book_add_team(book, raw->car[i].constructor_id);
		if (e.driver != BOOK_NONE && e.team != BOOK_NONE)
			race->entry[race->n++] = e;
	}
	return F1P_OK;
}

/* Cars in an order of their own, whatever that of the rows was; laps are kept of those that raced. */
static void order_cars(struct raw_race *raw)
{
	qsort(raw->car, raw->n, sizeof(raw->car[0]), by_driver);
	for (uint32_t i = 0; i < raw->n; i++) {
		if (raw->car[i].e.raced && raw->n_lap_rows < F1P_MAX_CARS)
			raw->car[i].lap_row = raw->n_lap_rows++;
	}
}

static f1p_status read_rows(struct book *book, struct raw_race *raw)
{
	f1p_status status = each_row(book, raw, F1P_HIST_RESULT, take_result);

	if (status == F1P_OK)
		status = each_row(book, raw, F1P_HIST_QUALIFYING, take_qualifying);
	if (status == F1P_OK)
		status = each_row(book, raw, F1P_HIST_PRACTICE, take_practice);
	order_cars(raw);
	if (status == F1P_OK && raw->held)
		status = each_row(book, raw, F1P_HIST_LAP, take_lap);
	if (status == F1P_OK && raw->held)
		status = each_row(book, raw, F1P_HIST_NEUTRALISATION, take_neutralisation);
	return status;
}

f1p_status book_read_race(struct book *book, struct book_race *race, bool held)
{
	struct raw_race *raw = calloc(1, sizeof(*raw));

	if (!raw)
		return F1P_ENOMEM;
	raw->race = race;
	raw->held = held;
	f1p_status status = read_rows(book, raw);
	race->neutralisations_known = raw->laps_known > 0;
	race->wet = race->wet || (double)raw->laps_wet > WET_SHARE * (double)raw->laps_known;
	session_gaps(raw);
	qualifying_gaps(raw);
	if (raw->laps_known > 0)
		pace_from_laps(raw);
	else if (held)
		pace_from_times(raw);
	if (status == F1P_OK)
		status = settle(book, raw);
	free(raw);
	return status;
}

struct names_reader {
	struct book *book;
	uint32_t type;
};

static bool take_name(void *arg, const struct f1p_history_row *row)
{
	const struct f1p_hist_name *name = (const void *)row;
	struct names_reader *reader = arg;
	struct book *book = reader->book;
	uint32_t at = reader->type == F1P_HIST_DRIVER ? book_add_driver(book, name->id) : book_add_team(book, name->id);

	if (at == BOOK_NONE)
		return true;
	if (reader->type == F1P_HIST_DRIVER)
		memcpy(book->driver[at].code, name->code, strnlen(name->code, sizeof(name->code) - 1));
	memcpy(reader->type == F1P_HIST_DRIVER ? book->driver[at].name : book->team[at].name, name->name,
		strnlen(name->name, sizeof(name->name) - 1));
	return true;
}

f1p_status book_read_names(struct book *book)
{
	static const uint32_t types[] = {F1P_HIST_DRIVER, F1P_HIST_CONSTRUCTOR};
	f1p_status status = F1P_OK;

	for (size_t i = 0; i < 2 && status == F1P_OK; i++) {
		struct names_reader reader = {.book = book, .type = types[i]};
		const struct f1p_history_query query = {.size = sizeof(query), .type = types[i]};
		status = book->history->each(book->host, &query, take_name, &reader);
	}
	return status;
}
