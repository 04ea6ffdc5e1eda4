/*
 * positions.c - matrices of finishing positions: who can be where, sums of one, and the figures shown from them.
 */
#include "positions.h"

#include <string.h>

#include "helpers/fmath.h"

#define BALANCE_ROUNDS 400u
#define BALANCE_TOLERANCE 1e-12
#define BALANCE_NEARLY 5e-3 /* error from which the rest may be closed in one step */

bool positions_supported(const struct f1p_state *state)
{
	return (state->type == F1P_SESSION_RACE || state->type == F1P_SESSION_SPRINT) && state->n_cars > 0 &&
	       state->n_cars <= F1P_MAX_CARS;
}

uint32_t positions_points_places(const struct f1p_state *state)
{
	return state->type == F1P_SESSION_SPRINT ? 8 : 10;
}

bool positions_finished(const struct f1p_state *state)
{
	return state->status == F1P_STATUS_FINISHED || state->status == F1P_STATUS_FINALISED || state->status == F1P_STATUS_ENDS;
}

/* Where the car counts: by position; a car without one stands behind those that have one, in grid order. */
static int64_t order_key(const struct f1p_car *car, bool running)
{
	if (!running) {
		int32_t laps = car->laps > 0 && car->laps <= 100000 ? car->laps : 0;
		int32_t last_seen = car->position > 0 && car->position < 1000 ? car->position : 1000;
		return (INT64_C(1) << 40) - ((int64_t)laps << 16) + last_seen;
	}
	if (car->position > 0 && car->position < 100000) {
		return car->position;
	}
	if (car->grid > 0 && car->grid < 100000) {
		return 200000 + car->grid;
	}
	return car->grid == 0 ? 400000 : 500000;
}

/* Insertion sort: at most 32 items, stable, and the rows are already in order of car number, which breaks ties. */
static void sort_rows(uint16_t *rows, uint32_t n, const int64_t *key)
{
	for (uint32_t i = 1; i < n; i++) {
		uint16_t row = rows[i];
		uint32_t at = i;
		for (; at > 0 && key[rows[at - 1]] > key[row]; at--) {
			rows[at] = rows[at - 1];
		}
		rows[at] = row;
	}
}

void positions_field_init(struct positions_field *field, const struct f1p_state *state)
{
	int64_t key[F1P_MAX_CARS];
	memset(field, 0, sizeof(*field));
	field->n = state->n_cars < F1P_MAX_CARS ? state->n_cars : F1P_MAX_CARS;
	for (uint32_t i = 0; i < field->n; i++) {
		key[i] = state->cars[i].number;
		field->car[i] = (uint16_t)i;
	}
	sort_rows(field->car, field->n, key);
	for (uint32_t row = 0; row < field->n; row++) {
		const struct f1p_car *car = &state->cars[field->car[row]];
		field->running[row] = car->retired != F1P_YES;
		field->n_running += field->running[row];
		field->order[row] = (uint16_t)row;
		key[row] = order_key(car, field->running[row]);
	}
	sort_rows(field->order, field->n, key);
}

int32_t positions_laps_done(const struct f1p_state *state)
{
	int32_t done = state->lap > 0 && state->lap < 1000 ? state->lap - 1 : 0;
	for (uint32_t i = 0; i < state->n_cars && i < F1P_MAX_CARS; i++) {
		int32_t laps = state->cars[i].laps;
		if (state->cars[i].retired != F1P_YES && laps > done && laps < 1000) {
			done = laps;
		}
	}
	return done;
}

double positions_share_done(const struct f1p_state *state, int32_t default_laps, int32_t *laps_left, bool *known)
{
	int32_t done = positions_laps_done(state), total = state->total_laps;
	*known = true;
	if (total < 1 || total > 200) {
		total = state->type == F1P_SESSION_RACE ? state->prior[F1P_PRIOR_LAPS] : F1P_UNKNOWN;
	}
	if (total < 1 || total > 200) {
		*known = false;
		total = state->type == F1P_SESSION_SPRINT ? (default_laps + 2) / 3 : default_laps;
	}
	done = done < total ? done : total;
	*laps_left = total - done;
	return (double)done / (double)total;
}

bool positions_wet(const struct f1p_state *state)
{
	bool wet = state->weather.rain == F1P_YES;
	for (uint32_t i = 0; i < state->n_cars && i < F1P_MAX_CARS; i++) {
		uint8_t compound = state->cars[i].compound;
		wet |= state->cars[i].retired != F1P_YES && (compound == F1P_TYRE_INTERMEDIATE || compound == F1P_TYRE_WET);
	}
	return wet;
}

void positions_certain(struct positions_matrix *m, const struct positions_field *field)
{
	memset(m, 0, sizeof(*m));
	for (uint32_t place = 0; place < field->n; place++) {
		m->m[field->order[place]][place] = 1.0;
	}
}

void positions_broad(struct positions_matrix *m, const struct positions_field *field)
{
	positions_certain(m, field);
	for (uint32_t row = 0; row < field->n; row++) {
		for (uint32_t k = 0; field->running[row] && k < field->n_running; k++) {
			m->m[row][k] = 1.0 / (double)field->n_running;
		}
	}
}

void positions_restrict(struct positions_matrix *m, const struct positions_field *field)
{
	for (uint32_t row = 0; row < field->n; row++) {
		for (uint32_t k = 0; k < field->n; k++) {
			if (field->running[row] != (k < field->n_running)) {
				m->m[row][k] = 0.0;
			}
		}
	}
}

double positions_error(const struct positions_matrix *m, uint32_t n)
{
	double worst = 0.0;
	for (uint32_t i = 0; i < n; i++) {
		double row = -1.0, column = -1.0;
		for (uint32_t k = 0; k < n; k++) {
			row += m->m[i][k];
			column += m->m[k][i];
		}
		row = f1p_abs(row);
		column = f1p_abs(column);
		worst = row > worst ? row : worst;
		worst = column > worst ? column : worst;
	}
	return worst;
}

static void scale_rows(struct positions_matrix *m, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		double sum = 0.0;
		for (uint32_t k = 0; k < n; k++) {
			sum += m->m[i][k];
		}
		for (uint32_t k = 0; k < n && sum > 0.0; k++) {
			m->m[i][k] /= sum;
		}
	}
}

static void scale_columns(struct positions_matrix *m, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++) {
		double sum = 0.0;
		for (uint32_t i = 0; i < n; i++) {
			sum += m->m[i][k];
		}
		for (uint32_t i = 0; i < n && sum > 0.0; i++) {
			m->m[i][k] /= sum;
		}
	}
}

/* Takes what a column has too much and hands what rows and columns then lack to where both lack it. Tables that are nearly
 * certain converge so slowly that this last step, which is exact, must end it. */
static void close_sums(struct positions_matrix *m, uint32_t n)
{
	double row_lack[F1P_MAX_CARS], column_lack[F1P_MAX_CARS], total = 0.0;
	for (uint32_t k = 0; k < n; k++) {
		double sum = 0.0;
		for (uint32_t i = 0; i < n; i++) {
			sum += m->m[i][k];
		}
		for (uint32_t i = 0; i < n && sum > 1.0; i++) {
			m->m[i][k] /= sum;
		}
		column_lack[k] = sum < 1.0 ? 1.0 - sum : 0.0;
	}
	for (uint32_t i = 0; i < n; i++) {
		double sum = 0.0;
		for (uint32_t k = 0; k < n; k++) {
			sum += m->m[i][k];
		}
		row_lack[i] = sum < 1.0 ? 1.0 - sum : 0.0;
		total += row_lack[i];
	}
	for (uint32_t i = 0; i < n && total > 0.0; i++) {
		for (uint32_t k = 0; k < n; k++) {
			m->m[i][k] += row_lack[i] * column_lack[k] / total;
		}
	}
}

bool positions_balance(struct positions_matrix *m, uint32_t n)
{
	for (uint32_t round = 0; round < BALANCE_ROUNDS; round++) {
		if (positions_error(m, n) <= BALANCE_TOLERANCE) {
			return true;
		}
		scale_columns(m, n);
		scale_rows(m, n);
	}
	if (positions_error(m, n) > BALANCE_NEARLY) {
		return false;
	}
	close_sums(m, n);
	return positions_error(m, n) <= 1e-10;
}

void positions_mix(struct positions_matrix *m, const struct positions_matrix *other, double share, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t k = 0; k < n; k++) {
			m->m[i][k] = (1.0 - share) * m->m[i][k] + share * other->m[i][k];
		}
	}
}

static double sum_first(const double *p, uint32_t places, uint32_t n)
{
	double sum = 0.0;
	for (uint32_t k = 0; k < places && k < n; k++) {
		sum += p[k];
	}
	return sum > 1.0 ? 1.0 : sum;
}

uint8_t positions_quantile(const double *p, uint32_t n, double q)
{
	double sum = 0.0;
	for (uint32_t k = 0; k < n; k++) {
		sum += p[k];
		if (sum >= q - 1e-12) {
			return (uint8_t)(k + 1);
		}
	}
	return (uint8_t)n;
}

static void fill_car(struct f1p_car_forecast *out, const double *p, uint32_t n, uint32_t points)
{
	out->expected_position = 0.0;
	for (uint32_t k = 0; k < n; k++) {
		out->p_position[k] = p[k];
		out->expected_position += p[k] * (double)(k + 1);
	}
	out->p_win = p[0] > 1.0 ? 1.0 : p[0];
	out->p_podium = sum_first(p, 3, n);
	out->p_points = sum_first(p, points, n);
	out->q05 = positions_quantile(p, n, 0.05);
	out->q25 = positions_quantile(p, n, 0.25);
	out->q50 = positions_quantile(p, n, 0.50);
	out->q75 = positions_quantile(p, n, 0.75);
	out->q95 = positions_quantile(p, n, 0.95);
}

static double winner_confidence(const struct positions_field *field, const struct positions_matrix *m)
{
	double entropy = 0.0;
	for (uint32_t row = 0; row < field->n; row++) {
		double p = m->m[row][0];
		entropy -= p > 0.0 ? p * f1p_log(p) : 0.0;
	}
	if (field->n_running < 2) {
		return 1.0;
	}
	double c = 1.0 - entropy / f1p_log((double)field->n_running);
	return c < 0.0 ? 0.0 : c > 1.0 ? 1.0 : c;
}

void positions_fill(struct f1p_forecast *out, const struct f1p_state *state, const struct positions_field *field,
		    const struct positions_matrix *m, const double *p_retire)
{
	out->n_cars = field->n;
	for (uint32_t row = 0; row < field->n; row++) {
		struct f1p_car_forecast *car = &out->cars[field->car[row]];
		car->car = state->cars[field->car[row]].number;
		fill_car(car, m->m[row], field->n, positions_points_places(state));
		car->p_retire = p_retire[row];
	}
	out->confidence = winner_confidence(field, m);
}

bool positions_take(struct positions_matrix *m, double *p_retire, const struct f1p_forecast *forecast,
		    const struct f1p_state *state, const struct positions_field *field)
{
	memset(m, 0, sizeof(*m));
	if (forecast->n_cars != field->n) {
		return false;
	}
	for (uint32_t row = 0; row < field->n; row++) {
		uint16_t number = state->cars[field->car[row]].number;
		uint32_t at = 0;
		while (at < forecast->n_cars && forecast->cars[at].car != number) {
			at++;
		}
		if (at == forecast->n_cars) {
			return false;
		}
		for (uint32_t k = 0; k < field->n; k++) {
			double p = forecast->cars[at].p_position[k];
			if (!(p >= 0.0 && p <= 1.0 + 1e-9)) {
				return false;
			}
			m->m[row][k] = p;
		}
		p_retire[row] = forecast->cars[at].p_retire;
	}
	return true;
}
