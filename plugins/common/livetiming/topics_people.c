/*
 * topics_people.c - DriverList, TopThree.
 */
#include "decoder.h"
#include "values.h"

#include <string.h>

/* ---- DriverList: the map itself is the payload ---- */

static void begin_driver(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	memset(&d->in.driver, 0, sizeof(d->in.driver));
}

static void end_driver(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	if (d->in.driver.mask != 0) {
		d->in.driver.car = d->car_number;
		LT_PUSH(d, F1P_EV_DRIVER, &d->in.driver);
	}
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool set_colour(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	uint32_t rgb = 0;

	(void)node;
	if (lt_is_empty(v)) {
		return true;
	}
	if (v->type != LT_STRING || v->n != 6) {
		return false;
	}
	for (size_t i = 0; i < 6; i++) {
		int digit = hex_digit(v->text[i]);

		if (digit < 0) {
			return false;
		}
		rgb = rgb << 4 | (uint32_t)digit;
	}
	d->in.driver.colour_rgb = rgb;
	d->in.driver.mask |= F1P_DRIVER_COLOUR;
	return true;
}

/* The name of the world feed ("F LASTNAME") stands in where the full one is missing. */
static bool set_broadcast_name(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	return (d->in.driver.mask & F1P_DRIVER_NAME) != 0 || lt_set_text(d, node, v);
}

#define DRIVER_TEXT(key, setter, member, flag)                                                                                   \
	{                                                                                                                        \
		LT_NAMED(key), .kind = LT_FIELD, .set = setter, LT_INTO(in.driver.member), LT_MASK(driver, flag),                \
			       .hi = sizeof(((struct lt_decoder *)0)->in.driver.member)                                          \
	}

static const struct lt_node driver_members[] = {
	{LT_NAMED("Line"), .kind = LT_FIELD, .set = lt_set_int, LT_INTO(in.driver.line), LT_MASK(driver, F1P_DRIVER_LINE),
		.lo = 1, .hi = 99},
	DRIVER_TEXT("Tla", lt_set_text, code, F1P_DRIVER_CODE),
	DRIVER_TEXT("FullName", lt_set_text, name, F1P_DRIVER_NAME),
	DRIVER_TEXT("BroadcastName", set_broadcast_name, name, F1P_DRIVER_NAME),
	DRIVER_TEXT("TeamName", lt_set_text, team, F1P_DRIVER_TEAM),
	DRIVER_TEXT("CountryCode", lt_set_text, country, F1P_DRIVER_COUNTRY),
	{LT_NAMED("TeamColour"), .kind = LT_FIELD, .set = set_colour},
};
static const struct lt_node driver_element[] = {
	{.kind = LT_OBJECT, LT_CHILDREN(driver_members), .begin = begin_driver, .end = end_driver},
};
const struct lt_node lt_driver_list = {.kind = LT_CARS, LT_CHILDREN(driver_element)};

/* ---- TopThree: who is on the feed's own banner; the rest repeats TimingData and DriverList ---- */

static uint16_t *length_of_top(struct lt_decoder *d)
{
	return &d->session.n_top;
}

static bool set_top_car(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	int64_t number = 0;

	(void)node;
	if (lt_is_empty(v)) {
		return true;
	}
	if (!lt_parse_int(v->text, v->n, 1, F1P_MAX_CAR_NUMBER, &number)) {
		return false;
	}
	d->car_number = (uint16_t)number;
	lt_push_car_value(d, F1P_EV_TOP_THREE, (int32_t)d->index[LT_IX_ENTRY] + 1);
	return true;
}

static const struct lt_node top_members[] = {{LT_NAMED("RacingNumber"), .kind = LT_FIELD, .set = set_top_car}};
static const struct lt_node top_element[] = {{.kind = LT_OBJECT, LT_CHILDREN(top_members)}};
static const struct lt_node top_three_members[] = {
	{LT_NAMED("Lines"), .kind = LT_LIST, .index = LT_IX_ENTRY, LT_CHILDREN(top_element), .length = length_of_top, .hi = 3},
};
const struct lt_node lt_top_three = {.kind = LT_OBJECT, LT_CHILDREN(top_three_members)};
