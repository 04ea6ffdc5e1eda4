/*
 * fuzz_jolpica.c - any bytes as a page of Jolpica: what is taken are whole rows with terminated texts, and a refusal has a reason.
 *
 * The first byte says what was asked for.
 */
#include "page.h"

#include <stdlib.h>
#include <string.h>

static void check_rows(const struct rows *rows)
{
	size_t at = 0;

	for (uint32_t i = 0; i < rows->n; i++) {
		uint32_t size = 0;

		if (at + sizeof(size) > rows->n_bytes) {
			abort();
		}
		memcpy(&size, rows->bytes + at, sizeof(size)); /* every row begins with its size */
		if (size < sizeof(size) || size > rows->n_bytes - at) {
			abort();
		}
		at += size;
	}
	if (at != rows->n_bytes) {
		abort();
	}
}

static void check_calendar(const struct calendar *c)
{
	if (c->n > RACES_MAX) {
		abort();
	}
	for (size_t i = 0; i < c->n; i++) {
		const struct race *r = &c->races[i];

		if (r->n_plans > SESSIONS_MAX || r->round < 1) {
			abort();
		}
		for (uint32_t k = 0; k < r->n_plans; k++) {
			if (memchr(r->plans[k].meeting, 0, sizeof(r->plans[k].meeting)) == NULL ||
				memchr(r->plans[k].circuit, 0, sizeof(r->plans[k].circuit)) == NULL || r->plans[k].t_start_ns < 0) {
				abort();
			}
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct want want = {.kind = KIND_CALENDAR, .season = 2030};
	struct calendar *calendar = calloc(1, sizeof(*calendar));
	struct rows rows = {0};
	struct page page;
	char why[400];

	if (size > 0 && calendar != NULL) {
		want.kind = (enum kind)(KIND_CALENDAR + data[0] % (KINDS - KIND_CALENDAR));
		want.round = want.kind == KIND_CALENDAR ? 0 : 1;
		for (int again = 0; again < 2; again++) { /* two pages that go into one resource */
			why[0] = '\0';
			if (!page_read(&want, (const char *)data + 1, size - 1, &page, &rows, calendar, why, sizeof(why)) &&
				(why[0] == '\0' || strchr(why, '\n') != NULL)) {
				abort();
			}
			check_rows(&rows);
			check_calendar(calendar);
		}
	}
	rows_clear(&rows);
	free(calendar);
	return 0;
}
