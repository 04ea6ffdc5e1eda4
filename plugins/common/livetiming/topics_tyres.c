/*
 * topics_tyres.c - TimingAppData (grid and stints), TyreStintSeries, CurrentTyres.
 *
 * TyreStintSeries repeats the stints of TimingAppData and has been seen stuck after a stop. So it is heard only for cars
 * of which TimingAppData has told no stint yet; the first stint that TimingAppData tells replaces what came from there.
 */
#include "decoder.h"
#include "values.h"

#include <string.h>

static bool set_compound(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	static const struct lt_word words[] = {
		{"SOFT", F1P_TYRE_SOFT},
		{"MEDIUM", F1P_TYRE_MEDIUM},
		{"HARD", F1P_TYRE_HARD},
		{"INTERMEDIATE", F1P_TYRE_INTERMEDIATE},
		{"WET", F1P_TYRE_WET},
		{"UNKNOWN", F1P_TYRE_UNKNOWN},
		{"TEST_UNKNOWN", F1P_TYRE_UNKNOWN},
		{"HYPERSOFT", F1P_TYRE_HYPERSOFT},
		{"ULTRASOFT", F1P_TYRE_ULTRASOFT},
		{"SUPERSOFT", F1P_TYRE_SUPERSOFT},
		{"SUPERHARD", F1P_TYRE_SUPERHARD},
	};
	int32_t compound = LT_WORD(words, v, 0);

	(void)node;
	if (compound == 0) {
		return lt_is_empty(v);
	}
	d->in.stint.compound = (uint8_t)compound;
	d->in.stint.mask |= F1P_STINT_COMPOUND;
	return true;
}

static void begin_stint(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	memset(&d->in.stint, 0, sizeof(d->in.stint));
}

static void push_stint(struct lt_decoder *d)
{
	if (d->in.stint.mask != 0) {
		d->in.stint.car = d->car_number;
		d->in.stint.index = (uint8_t)d->index[LT_IX_STINT];
		LT_PUSH(d, F1P_EV_STINT, &d->in.stint);
	}
}

#define LAPS_ON_SET(key, member, flag)                                                                                           \
	{                                                                                                                        \
		LT_NAMED(key), .kind = LT_FIELD, .set = lt_set_int, LT_INTO(in.stint.member), LT_MASK(stint, flag), .lo = 0,     \
			       .hi = 200                                                                                         \
	}

static const struct lt_node stint_members[] = {
	LAPS_ON_SET("TotalLaps", total_laps, F1P_STINT_TOTAL),
	{LT_NAMED("Compound"), .kind = LT_FIELD, .set = set_compound},
	{LT_NAMED("New"), .kind = LT_FIELD, .set = lt_set_tri, LT_INTO(in.stint.is_new), LT_MASK(stint, F1P_STINT_NEW)},
	{LT_NAMED("TyresNotChanged"), .kind = LT_FIELD, .set = lt_set_tri, LT_INTO(in.stint.not_changed),
		LT_MASK(stint, F1P_STINT_NOT_CHANGED)},
	LAPS_ON_SET("StartLaps", start_laps, F1P_STINT_START),
};

/* ---- TimingAppData ---- */

static void end_app_stint(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	if (!d->car->has_stints && d->car->n_series != LT_NO_LIST) {
		lt_push_car_value(d, F1P_EV_STINTS_RESET, 0);
	}
	d->car->has_stints = true;
	push_stint(d);
}

static uint16_t *length_of_stints(struct lt_decoder *d)
{
	return &d->car->n_stints;
}

static void replace_stints(struct lt_decoder *d)
{
	lt_push_car_value(d, F1P_EV_STINTS_RESET, 0);
}

static void count_append(struct lt_decoder *d)
{
	d->now.stint_appends++;
}

static bool set_grid(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	int64_t grid = 0;

	if (lt_is_empty(v)) {
		return true;
	}
	if (!lt_parse_int(v->text, v->n, node->lo, node->hi, &grid)) {
		return false;
	}
	lt_push_car_value(d, F1P_EV_CAR_GRID, (int32_t)grid);
	return true;
}

static const struct lt_node app_stint_element[] = {
	{.kind = LT_OBJECT, LT_CHILDREN(stint_members), .begin = begin_stint, .end = end_app_stint},
};
static const struct lt_node app_car_members[] = {
	{LT_NAMED("Stints"), .kind = LT_LIST, .index = LT_IX_STINT, LT_CHILDREN(app_stint_element), .length = length_of_stints,
		.replaced = replace_stints, .grown = count_append, .hi = F1P_MAX_STINTS},
	{LT_NAMED("GridPos"), .kind = LT_FIELD, .set = set_grid, .lo = 0, .hi = F1P_MAX_CARS},
};
static const struct lt_node app_car_element[] = {{.kind = LT_OBJECT, LT_CHILDREN(app_car_members)}};
static const struct lt_node app_members[] = {
	{LT_NAMED("Lines"), .kind = LT_CARS, LT_CHILDREN(app_car_element), .wants_car = true},
};
const struct lt_node lt_timing_app_data = {.kind = LT_OBJECT, LT_CHILDREN(app_members)};

/* ---- TyreStintSeries ---- */

static void end_series_stint(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	if (!d->car->has_stints) {
		push_stint(d);
	}
}

static uint16_t *length_of_series(struct lt_decoder *d)
{
	return &d->car->n_series;
}

static void replace_series(struct lt_decoder *d)
{
	if (!d->car->has_stints) {
		lt_push_car_value(d, F1P_EV_STINTS_RESET, 0);
	}
}

static const struct lt_node series_stint_element[] = {
	{.kind = LT_OBJECT, LT_CHILDREN(stint_members), .begin = begin_stint, .end = end_series_stint},
};
static const struct lt_node series_list[] = {
	{.kind = LT_LIST,
		.index = LT_IX_STINT,
		LT_CHILDREN(series_stint_element),
		.length = length_of_series,
		.replaced = replace_series,
		.hi = F1P_MAX_STINTS},
};
static const struct lt_node series_members[] = {
	{LT_NAMED("Stints"), .kind = LT_CARS, LT_CHILDREN(series_list), .wants_car = true},
};
const struct lt_node lt_tyre_stint_series = {.kind = LT_OBJECT, LT_CHILDREN(series_members)};

/* ---- CurrentTyres ---- */

static void end_tyre(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	if (d->in.stint.mask != 0) {
		d->in.stint.car = d->car_number;
		d->in.stint.index = 255;
		LT_PUSH(d, F1P_EV_TYRE, &d->in.stint);
	}
}

static const struct lt_node tyre_element[] = {
	{.kind = LT_OBJECT, LT_CHILDREN(stint_members), .begin = begin_stint, .end = end_tyre},
};
static const struct lt_node tyres_members[] = {{LT_NAMED("Tyres"), .kind = LT_CARS, LT_CHILDREN(tyre_element)}};
const struct lt_node lt_current_tyres = {.kind = LT_OBJECT, LT_CHILDREN(tyres_members)};
