/*
 * trigger.h - when to forecast: a pure function of the log.
 *
 * Fed with what each completed record changed and the event time, it says whether a forecast is due and why. It knows no
 * machine, no clock and no worker, so that every replay of a journal triggers at the same events.
 */
#ifndef FORECAST_TRIGGER_H
#define FORECAST_TRIGGER_H

#include <f1pd/forecast.h>
#include <f1pd/state.h>

struct trigger {
	int64_t every_ns;    /* at least one forecast per so much event time while a race runs */
	int64_t spacing_ns;  /* never two within this event time: a pit-lane queue is one piece of news. Stronger news waits less */
	int64_t t_last_ns;   /* event time of the last trigger; F1P_UNKNOWN_NS */
	uint8_t last;        /* reason of the last forecast */
	uint8_t pending;     /* the strongest reason seen and not yet served; 0 = none */
	bool catching_up;    /* the last record was part of a catch-up */
};

/* Cheap look before trigger_record: false if it could only say 0, so that the state need not be brought up to date. */
bool trigger_wants(struct trigger *, uint32_t changes, int64_t t_event_ns, uint32_t flags);
void trigger_init(struct trigger *, int64_t every_ns);
void trigger_rewind(struct trigger *); /* the race begins anew, perhaps at an earlier time */
/* changes: RACE_CHANGED_* of the record that ended at t_event_ns; flags: its event flags. Returns enum f1p_trigger, or 0. */
uint8_t trigger_record(struct trigger *, uint32_t changes, const struct f1p_state *, int64_t t_event_ns, uint32_t flags);

#endif
