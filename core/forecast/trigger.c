#include "forecast/trigger.h"

#include "race/race.h"

#define SPACING_NS 1000000000LL
#define STRONGER_SPACING_NS 250000000LL /* stronger news than the last forecast was made of does not wait a whole second */
#define BEHIND_NS 600000000000LL /* several live sources are not at the same moment; farther back is another time */

void trigger_init(struct trigger *t, int64_t every_ns)
{
	*t = (struct trigger){.every_ns = every_ns, .spacing_ns = SPACING_NS, .t_last_ns = F1P_UNKNOWN_NS};
}

void trigger_rewind(struct trigger *t)
{
	t->t_last_ns = F1P_UNKNOWN_NS;
}

/* The first match is the strongest news. */
static uint8_t reason_of(uint32_t changes)
{
	static const struct {
		uint32_t change;
		uint8_t trigger;
	} map[] = {
		{RACE_CHANGED_SESSION, F1P_TRIGGER_SESSION},
		{RACE_CHANGED_TRACK, F1P_TRIGGER_TRACK},
		{RACE_CHANGED_RETIREMENT, F1P_TRIGGER_RETIREMENT},
		{RACE_CHANGED_RAIN, F1P_TRIGGER_WEATHER},
		{RACE_CHANGED_LAP, F1P_TRIGGER_LAP},
		{RACE_CHANGED_PIT, F1P_TRIGGER_PIT},
	};
	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (changes & map[i].change)
			return map[i].trigger;
	return 0;
}

static int strength(uint8_t reason)
{
	switch (reason) {
	case F1P_TRIGGER_SESSION:
		return 6;
	case F1P_TRIGGER_TRACK:
		return 5;
	case F1P_TRIGGER_RETIREMENT:
		return 4;
	case F1P_TRIGGER_WEATHER:
		return 3;
	case F1P_TRIGGER_LAP:
		return 2;
	case F1P_TRIGGER_PIT:
		return 1;
	default:
		return 0;
	}
}

/* Sessions that have a forecast, from the moment that their cars are known until the result stands. */
static bool worth_a_forecast(const struct f1p_state *s)
{
	return s->n_cars > 0 && s->type != F1P_SESSION_UNKNOWN && s->type != F1P_SESSION_PRACTICE;
}

static int64_t since_last(const struct trigger *t, int64_t t_event_ns)
{
	int64_t since = t->t_last_ns == F1P_UNKNOWN_NS ? INT64_MAX : t_event_ns - t->t_last_ns;

	if (since < 0)
		return since < -BEHIND_NS ? INT64_MAX : 0;
	return since;
}

static void note(struct trigger *t, uint32_t changes)
{
	uint8_t reason = reason_of(changes);

	if (strength(reason) > strength(t->pending))
		t->pending = reason;
}

bool trigger_wants(struct trigger *t, uint32_t changes, int64_t t_event_ns, uint32_t flags)
{
	note(t, changes);
	if (flags & F1P_EVF_CATCHUP) {
		t->catching_up = true;
		return false;
	}
	int64_t since = since_last(t, t_event_ns);
	int64_t spacing = strength(t->pending) > strength(t->last) ? STRONGER_SPACING_NS : t->spacing_ns;
	return t->catching_up || since >= t->every_ns || (t->pending && since >= spacing);
}

uint8_t trigger_record(struct trigger *t, uint32_t changes, const struct f1p_state *s, int64_t t_event_ns, uint32_t flags)
{
	if (!trigger_wants(t, changes, t_event_ns, flags))
		return 0;
	if (t->catching_up) {
		t->catching_up = false;
		t->pending = F1P_TRIGGER_SESSION;
	}
	t->t_last_ns = t_event_ns;
	t->last = t->pending;
	if (!worth_a_forecast(s))
		return 0;
	uint8_t reason = t->pending;
	if (!reason && s->status == F1P_STATUS_STARTED)
		reason = F1P_TRIGGER_TIMER;
	t->pending = 0;
	return reason;
}
