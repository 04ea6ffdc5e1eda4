/*
 * changes.h - what happened between two states of one race, as a list of single things each of which can be thought away.
 *
 * Thinking one away gives the state of now as it would be if that alone had not happened: the car that pitted is where it would be
 * among the cars that did not, on the tyres that it had, the car that retired goes on, the safety car is not out.
 */
#ifndef INSIGHTS_CHANGES_H
#define INSIGHTS_CHANGES_H

#include <f1pd/forecast.h>
#include <f1pd/state.h>

#include <stdbool.h>

#define CHANGES_MAX (F1P_MAX_CARS * 3u + 1u)
#define CHANGE_NOBODY UINT32_MAX

enum change_kind {
	CHANGE_START = 1, /* the first lap */
	CHANGE_TRACK,
	CHANGE_OUT,
	CHANGE_STOP,
	CHANGE_PENALTY,
	CHANGE_ROAD       /* place, gap and lap times on the road */
};

struct change {
	enum change_kind kind;
	uint32_t car;    /* index into cars[]; CHANGE_NOBODY: the race */
	uint32_t passed; /* CHANGE_ROAD: the car that it passed; CHANGE_NOBODY */
	double lost_s;   /* CHANGE_ROAD: against the cars around it; below 0 = gained */
};

/* Two states of one race, `before` earlier. List: the race first, then the cars that are out, the stops, the penalties, the road. Behind a
 * safety car and on the first lap nothing on the road is listed. */
uint32_t changes_find(struct change list[CHANGES_MAX], const struct f1p_state *before, const struct f1p_state *now);

/* *without: gets the state of now with that change thought away. */
void changes_undo(struct f1p_state *without, const struct change *, const struct f1p_state *before, const struct f1p_state *now);

/* enum f1p_trigger, and words for people: "VER pitted". */
uint8_t changes_trigger(const struct change *);
void changes_text(char *text, size_t size, const struct change *, const struct f1p_state *before, const struct f1p_state *now);

#endif
