/* track.h - what one race tells about its circuit: cost of a stop, how often cars pass, how often they stop. */
#ifndef RATINGS_TRACK_H
#define RATINGS_TRACK_H

#include "laps.h"

struct track_facts {
	double pit_loss_ms;   /* median over the stops under green of a dry race: in-lap and out-lap against the car's own pace; NaN */
	uint32_t pit_stops;   /* that it was measured on */
	double swaps;         /* pairs within two seconds that were the other way round a green lap later, without a stop */
	double close_laps;    /* pairs within two seconds that were looked at */
	double stops_per_car; /* of the cars that drove nearly the whole distance, red flags not counted; NaN */
};

void track_measure(const struct race_laps *, bool wet, struct track_facts *);

#endif
