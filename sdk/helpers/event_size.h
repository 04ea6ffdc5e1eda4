/*
 * event_size.h - how long an event must be so that the fields of its type may be read.
 */
#ifndef F1P_HELPERS_EVENT_SIZE_H
#define F1P_HELPERS_EVENT_SIZE_H

#include <f1pd/event.h>

/* Bytes, header included, of a core event of this type as the first version of the ABI had it; fields that came later need a look at
 * h.size, and so do the cars of forecasts and insights. Of types without content, and of unknown ones, it is the header. */
uint32_t f1p_event_least_size(uint32_t type);

#endif
