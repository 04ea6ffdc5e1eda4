#include "query.h"

#include <row.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "helpers/percent.h"

#define MILLION INT64_C(1000000)
#define NUMBER_MAX (INT64_MAX / 4)
#define DAY_US (INT64_C(86400) * MILLION)
#define DATE_CHARS 10 /* 2024-03-02 */

/* ---- values ---- */

/* Of a bare +01:00 a blank is left. */
static void mend_offset(char *text)
{
	size_t n = strlen(text);

	if (n > DATE_CHARS + 6 && text[n - 6] == ' ' && text[n - 3] == ':' && strchr(text, ':') != text + n - 3) {
		text[n - 6] = '+';
	}
}

static void read_time(struct query_condition *c)
{
	char text[QUERY_VALUE_MAX + 16];
	size_t n = strlen(c->text);
	bool day = n == DATE_CHARS;
	int64_t t_ns = 0;

	if (n < DATE_CHARS || c->text[4] != '-' || c->text[7] != '-') {
		return;
	}
	snprintf(text, sizeof(text), "%s%s", c->text, day ? "T00:00:00" : "");
	text[DATE_CHARS] = text[DATE_CHARS] == ' ' ? 'T' : text[DATE_CHARS];
	mend_offset(text);
	n = strlen(text);
	if (n == DATE_CHARS + 6) { /* hours and minutes */
		memcpy(text + n, ":00", 4);
		n += 3;
	}
	c->has_time = of1_parse_time(text, n, &t_ns);
	c->from_us = t_ns / 1000;
	c->to_us = c->from_us + (day ? DAY_US : 1);
}

static void read_value(struct query_condition *c)
{
	c->truth = strcasecmp(c->text, "true") == 0 ? F1P_YES : strcasecmp(c->text, "false") == 0 ? F1P_NO : 0;
	c->has_number = of1_parse_decimal(c->text, strlen(c->text), 6, -NUMBER_MAX, NUMBER_MAX, &c->number);
	read_time(c);
}

/* ---- conditions ---- */

static uint8_t read_operator(const char *text, size_t *used)
{
	bool equal = text[0] != '\0' && text[1] == '=';

	*used = text[0] != '=' && equal ? 2 : 1;
	switch (text[0]) {
	case '>':
		return equal ? QUERY_AT_LEAST : QUERY_MORE;
	case '<':
		return equal ? QUERY_AT_MOST : QUERY_LESS;
	default:
		return QUERY_EQUAL;
	}
}

static bool is_lower(uint8_t operator)
{
	return operator== QUERY_MORE || operator== QUERY_AT_LEAST;
}

/* The first bound before it that has no partner yet and looks the other way. */
static void pair_up(struct query *q, uint32_t i)
{
	struct query_condition *c = &q->conditions[i];

	for (uint32_t k = 0; k < i && c->operator!= QUERY_EQUAL; k++) {
		struct query_condition *other = &q->conditions[k];

		if (other->pair == 0 && other->operator!= QUERY_EQUAL && is_lower(other->operator) != is_lower(c->operator) &&
			strcmp(other->name, c->name) == 0) {
			other->pair = (uint8_t)(i + 1);
			c->pair = (uint8_t)(k + 1);
			return;
		}
	}
}

/* What is no filter: the form of the answer, and the viewer's delay, which the server has dealt with. */
static bool is_setting(struct query *q, const struct query_condition *c)
{
	if (c->operator!= QUERY_EQUAL) {
		return false;
	}
	if (strcmp(c->name, "csv") == 0) {
		q->csv = c->truth == F1P_YES;
		return true;
	}
	return strcmp(c->name, "delay") == 0 || strcmp(c->name, "token") == 0;
}

static bool take_part(struct query *q, const char *text, size_t n, const char **why)
{
	char part[QUERY_NAME_MAX + QUERY_VALUE_MAX + 2];
	struct query_condition c = {.operator= 0 };
	size_t name_n = 0, used = 0;

	if (!f1p_percent_decode(text, n, ' ', part, sizeof(part))) {
		*why = "A filter is too long, or its percent signs are broken.";
		return false;
	}
	name_n = strcspn(part, "<>=");
	if (name_n == 0 || name_n >= sizeof(c.name) || part[name_n] == '\0') {
		*why = "A filter is FIELD=VALUE, or with one of >= <= > < in the place of the =.";
		return false;
	}
	c.operator= read_operator(part + name_n, &used);
	memcpy(c.name, part, name_n);
	if (strlen(part + name_n + used) >= sizeof(c.text)) {
		*why = "The value of a filter is too long.";
		return false;
	}
	strcpy(c.text, part + name_n + used);
	read_value(&c);
	if (is_setting(q, &c)) {
		return true;
	}
	if (q->n == QUERY_CONDITIONS) {
		*why = "There are more than 32 filters.";
		return false;
	}
	q->conditions[q->n] = c;
	pair_up(q, q->n++);
	return true;
}

bool query_read(struct query *q, const char *text, const char **why)
{
	*q = (struct query){.n = 0};
	while (*text != '\0') {
		size_t n = strcspn(text, "&");

		if (n > 0 && !take_part(q, text, n, why)) {
			return false;
		}
		text += n + (text[n] == '&');
	}
	return true;
}

void query_set_latest(struct query *q, const char *name, uint32_t key)
{
	for (uint32_t i = 0; i < q->n; i++) {
		struct query_condition *c = &q->conditions[i];

		if (strcmp(c->name, name) == 0 && strcasecmp(c->text, "latest") == 0) {
			c->has_number = key != 0;
			c->number = key * MILLION;
		}
	}
}

/* ---- rows ---- */

static bool holds(uint8_t operator, int order)
{
	switch (operator) {
	case QUERY_EQUAL:
		return order == 0;
	case QUERY_LESS:
		return order < 0;
	case QUERY_AT_MOST:
		return order <= 0;
	case QUERY_MORE:
		return order > 0;
	default:
		return order >= 0;
	}
}

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Of a number in units of 10^-decimals, in millionths. */
static int64_t millionths(int64_t value, int32_t decimals)
{
	for (; decimals < 6; decimals++) {
		value *= 10;
	}
	return value;
}

static bool meets(const struct query_condition *c, const struct openf1_field *f)
{
	int64_t us = 0;

	switch (f->kind) {
	case OPENF1_INT:
		return c->has_number && holds(c->operator, compare(millionths(f->value, 0), c->number));
	case OPENF1_DECIMAL:
		return c->has_number && holds(c->operator, compare(millionths(f->value, f->decimals), c->number));
	case OPENF1_BOOL:
		return c->truth != 0 && holds(c->operator, compare(f->value != 0, c->truth == F1P_YES));
	case OPENF1_TEXT: /* "+1 LAP" is no number: neither more nor less than one */
		return (c->operator== QUERY_EQUAL || !c->has_number) && holds(c->operator, strcmp(f->text, c->text));
	case OPENF1_TIME:
		us = f->value / 1000;
		return c->has_time && holds(c->operator, us<c->from_us ? -1 : us >= c->to_us);
	default:
		return false;
	}
}

/* One of the alternatives on the field of conditions[first]. */
static bool meets_one(const struct query *q, uint32_t first, const struct openf1_field *f)
{
	for (uint32_t i = first; i < q->n; i++) {
		const struct query_condition *c = &q->conditions[i];

		if (strcmp(c->name, f->name) == 0 && meets(c, f) && (c->pair == 0 || meets(&q->conditions[c->pair - 1], f))) {
			return true;
		}
	}
	return false;
}

static const struct openf1_field *field_of(const struct openf1_field *fields, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(fields[i].name, name) == 0) {
			return &fields[i];
		}
	}
	return NULL;
}

/* Whether an earlier condition was on the same field, and has spoken for all of them. */
static bool is_later(const struct query *q, uint32_t i)
{
	for (uint32_t k = 0; k < i; k++) {
		if (strcmp(q->conditions[k].name, q->conditions[i].name) == 0) {
			return true;
		}
	}
	return false;
}

bool query_passes(const struct query *q, const struct openf1_field *fields, size_t n)
{
	for (uint32_t i = 0; i < q->n; i++) {
		const struct openf1_field *f = NULL;

		if (is_later(q, i)) {
			continue;
		}
		f = field_of(fields, n, q->conditions[i].name);
		if (f == NULL || !meets_one(q, i, f)) {
			return false;
		}
	}
	return true;
}
