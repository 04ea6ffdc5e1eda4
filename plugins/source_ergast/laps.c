#include "laps.h"

#include <string.h>

#define DRIVERS_MAX 64
#define LAPS_MAX 400

struct clock { /* a driver's race so far */
	const char *driver_id;
	int32_t lap;
	int32_t elapsed_ms; /* F1P_UNKNOWN from the first hole on */
};

bool stops_add(void *arg, const struct f1p_history_row *row)
{
	const struct f1p_hist_stop *s = (const void *)row;
	struct stops *stops = arg;

	if (s->lap == F1P_UNKNOWN)
		return true;
	if (stops->n == sizeof(stops->all) / sizeof(stops->all[0]))
		return false;
	memcpy(stops->all[stops->n].driver_id, s->driver_id, sizeof(s->driver_id));
	stops->all[stops->n++].lap = s->lap;
	return true;
}

static struct clock *clock_of(struct clock *clocks, size_t *n, const char *driver_id)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(clocks[i].driver_id, driver_id) == 0)
			return &clocks[i];
	if (*n == DRIVERS_MAX)
		return NULL;
	clocks[*n] = (struct clock){.driver_id = driver_id};
	return &clocks[(*n)++];
}

static void advance(struct clock *c, struct f1p_hist_lap *l)
{
	bool known = c->elapsed_ms != F1P_UNKNOWN && l->lap == c->lap + 1 && l->time_ms != F1P_UNKNOWN &&
		     l->time_ms < INT32_MAX - c->elapsed_ms;

	c->elapsed_ms = known ? c->elapsed_ms + l->time_ms : F1P_UNKNOWN;
	c->lap = l->lap;
	l->elapsed_ms = c->elapsed_ms;
}

static void mark_pits(struct f1p_hist_lap *l, const struct stops *stops)
{
	int16_t stint = 1;

	for (size_t i = 0; i < stops->n; i++) {
		if (strcmp(stops->all[i].driver_id, l->driver_id) != 0)
			continue;
		if (stops->all[i].lap == l->lap)
			l->row.flags |= F1P_HISTL_IN;
		if (stops->all[i].lap + 1 == l->lap)
			l->row.flags |= F1P_HISTL_OUT;
		stint = (int16_t)(stint + (stops->all[i].lap < l->lap));
	}
	l->stint = stops->n ? stint : 0;
}

void laps_finish(struct rows *rows, const struct stops *stops)
{
	struct f1p_hist_lap *laps = (void *)rows->bytes;
	struct clock clocks[DRIVERS_MAX];
	int32_t first_ms[LAPS_MAX + 1];
	size_t n_clocks = 0;

	for (size_t i = 0; i <= LAPS_MAX; i++)
		first_ms[i] = F1P_UNKNOWN;
	for (uint32_t i = 0; i < rows->n; i++) {
		struct f1p_hist_lap *l = &laps[i];
		struct clock *c = clock_of(clocks, &n_clocks, l->driver_id);
		mark_pits(l, stops);
		if (!c)
			continue;
		advance(c, l);
		if (l->elapsed_ms != F1P_UNKNOWN && (first_ms[l->lap] == F1P_UNKNOWN || l->elapsed_ms < first_ms[l->lap]))
			first_ms[l->lap] = l->elapsed_ms;
	}
	for (uint32_t i = 0; i < rows->n; i++)
		if (laps[i].elapsed_ms != F1P_UNKNOWN)
			laps[i].gap_ms = laps[i].elapsed_ms - first_ms[laps[i].lap];
}
