/* circuit.h - what a circuit has been like on earlier visits, drawn towards what is usual. */
#ifndef RATINGS_CIRCUIT_H
#define RATINGS_CIRCUIT_H

#include "book.h"
#include "form.h"

struct circuit {
	char layout[32];
	uint32_t visits;             /* on this layout */
	struct memory pit_loss_ms, ease, stops;
	double laps, n_sc, n_vsc, n_red, races; /* of which the neutralisations are known */
	bool street;                 /* on the last visit */
	int32_t scheduled_laps;      /* likewise; 0 = unknown */
};

/* All circuits together. */
struct circuits {
	struct memory pit_loss_ms, ease, stops;
	struct circuit kind[2];      /* sums over street circuits [1] and the others [0] */
};

struct circuit_outlook {
	double pit_loss_ms, pit_loss_sd_ms;
	double ease;                 /* log, 0 = usual */
	double stops;                /* per car of a dry race */
	double sc_per_lap, vsc_per_lap, red_per_lap; /* after the first lap */
	uint32_t visits;
};

/* c: the circuit's; may be zero for one never seen. layout: "" = unknown. */
void circuit_forecast(const struct circuits *, const struct circuit *c, const char *layout, bool street, struct circuit_outlook *);
void circuit_race(struct circuits *, struct circuit *, const struct book_race *);

#endif
