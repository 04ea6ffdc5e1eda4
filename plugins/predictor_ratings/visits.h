/* visits.h - how much better or worse than their ratings a driver and a team were on earlier visits to a circuit, %. */
#ifndef RATINGS_VISITS_H
#define RATINGS_VISITS_H

#include <stdbool.h>
#include <stdint.h>

#include "form.h"

enum visit_session { VISIT_RACE, VISIT_QUALIFYING, VISIT_SESSIONS };

struct visit {
	uint32_t circuit, who; /* who: number of the driver, or of the lineage */
	bool team;
	struct memory surprise[VISIT_SESSIONS];
};

struct visits {
	struct visit *v;
	uint32_t n, capacity;
};

/* 0 for who was never there. */
double visits_mean(const struct visits *, uint32_t circuit, bool team, uint32_t who, enum visit_session);
/* False: no memory. */
bool visits_add(struct visits *, uint32_t circuit, bool team, uint32_t who, enum visit_session, double surprise);

#endif
