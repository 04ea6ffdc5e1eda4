/*
 * repair.c - what is missing, concluded from independent evidence. Always marked: laps by F1P_LAPF_INFERRED, all in the gap ledger.
 */
#include "race/race_internal.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int32_t repair_lap_time(const struct f1p_car *car, const struct car_memory *m, int64_t since_ns, int64_t t_ns)
{
	int64_t before = since_ns;
	int32_t sum = 0;

	if (since_ns == F1P_UNKNOWN_NS) {
		return F1P_UNKNOWN;
	}
	for (int i = 0; i < 3; i++) { /* a sector time of the lap before is told before the line */
		if (car->sector_ms[i] <= 0 || m->t_sector_ns[i] == F1P_UNKNOWN_NS || m->t_sector_ns[i] <= since_ns ||
		    m->t_sector_ns[i] < before || m->t_sector_ns[i] > t_ns || car->sector_ms[i] > 3600000) {
			return F1P_UNKNOWN;
		}
		before = m->t_sector_ns[i];
		sum += car->sector_ms[i];
	}
	return sum;
}

void repair_note(struct race *r, uint32_t kind, uint16_t car, int32_t lap, const char *fmt, ...)
{
	struct repair *repair;
	va_list ap;

	if (r->n_repairs == REPAIRS_MAX) {
		return;
	}
	repair = &r->repairs[r->n_repairs++];
	*repair = (struct repair){.kind = kind, .car = car, .lap = lap};
	va_start(ap, fmt);
	vsnprintf(repair->text, sizeof(repair->text), fmt, ap);
	va_end(ap);
}

uint32_t repairs_take(struct race *r, struct repair out[REPAIRS_MAX])
{
	uint32_t n = r->n_repairs;

	memcpy(out, r->repairs, n * sizeof(out[0]));
	r->n_repairs = 0;
	return n;
}
