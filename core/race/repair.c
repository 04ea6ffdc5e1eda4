/*
 * repair.c - what is missing, concluded from independent evidence. Always marked (F1P_LAPF_INFERRED).
 */
#include "race/race_internal.h"

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
