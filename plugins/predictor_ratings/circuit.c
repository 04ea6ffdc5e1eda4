#include "circuit.h"

#include <string.h>

#include "gaps.h"
#include "helpers/fmath.h"

#define KEEP_PIT .7           /* per visit */
#define KEEP_PIT_ALL .9       /* per race */
#define PIT_PRIOR_VISITS .5
#define DEFAULT_PIT_MS 22000.0
#define KEEP_EASE .85
#define KEEP_EASE_ALL .97
#define EASE_PRIOR_VISITS 2.0
#define EASE_STREET (-.35)
#define EASE_OTHER .05
#define DEFAULT_EASE (-2.5)   /* log of swaps in a close lap */
#define EASE_SWAPS 2.0        /* added to the counts */
#define EASE_LAPS 30.0
#define KEEP_STOPS .7
#define KEEP_STOPS_ALL .93
#define STOPS_PRIOR_VISITS 2.0
#define DEFAULT_STOPS 1.6
#define NEUTRAL_PRIOR_RACES 16.0
#define LAYOUT_KEEP .15       /* of what was learnt before the track was rebuilt */

/* Chances per lap after the first, of other and of street circuits, and the races' worth of laps they count for. */
static const double default_rate[2][3] = {{.0077, .0071, .0009}, {.0118, .0116, .0026}};
#define DEFAULT_RATE_LAPS 600.0

static void note_layout(struct circuit *c, const char *layout)
{
	if (!layout[0])
		return;
	if (c->layout[0] && strcmp(c->layout, layout) != 0) {
		memory_fade(&c->pit_loss_ms, LAYOUT_KEEP);
		memory_fade(&c->ease, LAYOUT_KEEP);
		memory_fade(&c->stops, LAYOUT_KEEP);
		c->visits = 0;
	}
	memcpy(c->layout, layout, strnlen(layout, sizeof(c->layout) - 1) + 1);
}

static double rate(const struct circuits *all, const struct circuit *c, bool street, double n, double n_kind, uint32_t what)
{
	const struct circuit *kind = &all->kind[street];
	double usual = (n_kind + default_rate[street][what] * DEFAULT_RATE_LAPS) / (kind->laps + DEFAULT_RATE_LAPS);
	double laps_per_race = kind->races > 0.0 ? kind->laps / kind->races : 60.0;
	double prior_laps = NEUTRAL_PRIOR_RACES * laps_per_race;

	return (n + usual * prior_laps) / (c->laps + prior_laps);
}

void circuit_forecast(const struct circuits *all, const struct circuit *given, const char *layout, bool street,
	struct circuit_outlook *out)
{
	struct circuit here = *given, *c = &here;

	note_layout(c, layout);
	double usual_pit = memory_mean(&all->pit_loss_ms, DEFAULT_PIT_MS, .5);
	double usual_ease = memory_mean(&all->ease, DEFAULT_EASE, 2.0);
	double pit_weight = c->pit_loss_ms.weight + PIT_PRIOR_VISITS;
	out->pit_loss_ms = memory_mean(&c->pit_loss_ms, usual_pit, PIT_PRIOR_VISITS);
	out->pit_loss_sd_ms = f1p_sqrt(1300.0 * 1300.0 + 2600.0 * 2600.0 * PIT_PRIOR_VISITS / pit_weight);
	out->ease = memory_mean(&c->ease, usual_ease + (street ? EASE_STREET : EASE_OTHER), EASE_PRIOR_VISITS) - usual_ease;
	out->stops = memory_mean(&c->stops, memory_mean(&all->stops, DEFAULT_STOPS, 2.0), STOPS_PRIOR_VISITS);
	out->sc_per_lap = rate(all, c, street, c->n_sc, all->kind[street].n_sc, 0);
	out->vsc_per_lap = rate(all, c, street, c->n_vsc, all->kind[street].n_vsc, 1);
	out->red_per_lap = rate(all, c, street, c->n_red, all->kind[street].n_red, 2);
	out->visits = c->visits;
}

static void count_neutralisations(struct circuit *c, const struct book_race *race)
{
	c->laps += race->laps > 1 ? (double)(race->laps - 1) : 0.0;
	c->races += 1.0;
	c->n_sc += (double)race->n_sc;
	c->n_vsc += (double)race->n_vsc;
	c->n_red += (double)race->n_red;
}

void circuit_race(struct circuits *all, struct circuit *c, const struct book_race *race)
{
	const struct track_facts *f = &race->facts;

	note_layout(c, race->layout);
	c->visits++;
	c->street = race->street;
	if (race->scheduled_laps > 0)
		c->scheduled_laps = race->scheduled_laps;
	if (is_known(f->pit_loss_ms) && f->pit_stops > 0) {
		memory_add(&c->pit_loss_ms, KEEP_PIT, f->pit_loss_ms);
		memory_add(&all->pit_loss_ms, KEEP_PIT_ALL, f->pit_loss_ms);
	}
	if (f->close_laps > 0.0 && !race->wet) {
		double ease = f1p_log((f->swaps + EASE_SWAPS) / (f->close_laps + EASE_LAPS));
		memory_add(&c->ease, KEEP_EASE, ease);
		memory_add(&all->ease, KEEP_EASE_ALL, ease);
	}
	if (is_known(f->stops_per_car) && !race->wet) {
		memory_add(&c->stops, KEEP_STOPS, f->stops_per_car);
		memory_add(&all->stops, KEEP_STOPS_ALL, f->stops_per_car);
	}
	if (race->neutralisations_known) {
		count_neutralisations(c, race);
		count_neutralisations(&all->kind[race->street], race);
	}
}
