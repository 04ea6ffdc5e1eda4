/*
 * outline.h - the first look at a recording: when racing starts, when each lap does, when it ends. Nothing is decoded.
 */
#ifndef SR_OUTLINE_H
#define SR_OUTLINE_H

#include "recording.h"

struct sr_outline {
	int64_t first_ns, last_ns;	  /* of all messages; F1P_UNKNOWN_NS if there are none, last_ns also without `laps` */
	int64_t started_ns;		  /* the Started that racing follows; F1P_UNKNOWN_NS */
	int64_t lap_ns[F1P_MAX_LAPS + 1]; /* when the leader begins lap n; F1P_UNKNOWN_NS */
	int32_t first_lap, last_lap;	  /* known ones; 0 = none */
	bool laps;			  /* the whole recording was read: lap_ns and last_ns are filled */
};

/* laps false: only what start = auto needs, which in an archive is two small files. F1P_OK or F1P_ENOMEM. */
f1p_status sr_outline_make(struct sr_outline *, const struct sr_recording *, bool laps);

#endif
