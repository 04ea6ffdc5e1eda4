/*
 * fuzz_openf1_query.c - any bytes as the query of an OpenF1 request, against a row with every kind of field.
 */
#include <stdlib.h>
#include <string.h>

#include "query.h"

static const uint16_t codes[] = {2049, 2051};
static const int32_t times_ms[] = {90123, F1P_UNKNOWN, 89999};
static const struct openf1_field row[] = {
	{.name = "compound", .kind = OPENF1_TEXT, .text = "SOFT"},
	{.name = "date", .kind = OPENF1_TIME, .value = INT64_C(1709391600123000000)},
	{.name = "date_end", .kind = OPENF1_TIME, .value = INT64_MAX},
	{.name = "driver_number", .kind = OPENF1_INT, .value = 16},
	{.name = "duration", .kind = OPENF1_SECONDS, .value = 3, .ms = times_ms},
	{.name = "flag", .kind = OPENF1_NULL},
	{.name = "gap_to_leader", .kind = OPENF1_DECIMAL, .value = INT32_MAX, .decimals = 3},
	{.name = "is_pit_out_lap", .kind = OPENF1_BOOL, .value = 1},
	{.name = "segments_sector_1", .kind = OPENF1_CODES, .value = 2, .codes = codes},
	{.name = "session_key", .kind = OPENF1_INT, .value = UINT32_MAX},
};
#define ROW_N (sizeof(row) / sizeof(row[0]))

static void check(const struct query *q)
{
	if (q->n > QUERY_CONDITIONS) {
		abort();
	}
	for (uint32_t i = 0; i < q->n; i++) {
		const struct query_condition *c = &q->conditions[i];

		if (memchr(c->name, 0, sizeof(c->name)) == NULL || memchr(c->text, 0, sizeof(c->text)) == NULL ||
			c->name[0] == '\0') {
			abort();
		}
		if (c->pair != 0 && (c->pair > q->n || q->conditions[c->pair - 1].pair != i + 1)) {
			abort(); /* partners know each other */
		}
		if (c->has_time && c->to_us <= c->from_us) {
			abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	const char *why = NULL;
	struct query q;

	if (text == NULL) {
		return 0;
	}
	memcpy(text, data, size);
	text[size] = '\0';
	if (query_read(&q, text, &why)) {
		check(&q);
		query_set_latest(&q, "session_key", UINT32_MAX);
		query_passes(&q, row, ROW_N);
		if (query_passes(&q, row, 0) != (q.n == 0)) {
			abort(); /* a field that is not there meets nothing */
		}
	} else if (why == NULL || why[0] == '\0') {
		abort(); /* whoever is refused is told why */
	}
	free(text);
	return 0;
}
