/*
 * rule.h - what a user wants to be told: the text of a rule, and what it means.
 *
 *	rule    = [ "my driver" ] what
 *	what    = chance who ( compare number "%" | change "by" [ ">=" ] number "points" )
 *	        | "overtake" who "within" ( "1" | "3" | "5" ) "laps" compare number "%"
 *	        | "position" who compare number
 *	        | ( "pits" | "retires" | "leads" ) who
 *	        | "safety car" | "vsc" | "red flag" | "rain" | "starts" | "finishes" | "race control" who
 *	chance  = "win" | "podium" | "points" | "retirement"
 *	change  = "changes" | "rises" | "falls"
 *	who     = nothing | "[" driver "]" | "[" driver "on" driver "]"      the last one for overtake alone
 *	driver  = three-letter code or car number
 *	compare = ">" | ">=" | "<" | "<=", or the signs that mean so
 *
 * Blanks are free, capitals do not matter. Without a driver the rule is about the drivers of its subscription, or about any.
 * Pure text: no state, no allocation.
 */
#ifndef RULE_H
#define RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RULE_TEXT_MAX 200u /* bytes that are read */
#define RULE_TEXT 128u	   /* bytes of the canonical text, NUL included */

enum rule_kind {
	RULE_WIN = 1,
	RULE_PODIUM,
	RULE_POINTS,
	RULE_RETIREMENT,
	RULE_OVERTAKE,
	RULE_POSITION,
	RULE_PITS,
	RULE_RETIRES,
	RULE_LEADS,
	RULE_SAFETY_CAR,
	RULE_VSC,
	RULE_RED_FLAG,
	RULE_RAIN,
	RULE_STARTS,
	RULE_FINISHES,
	RULE_RACE_CONTROL,
};
enum rule_test {
	RULE_HAPPENS = 1, /* it is so, or not */
	RULE_ABOVE,
	RULE_AT_LEAST,
	RULE_BELOW,
	RULE_AT_MOST,
	RULE_CHANGES,
	RULE_RISES,
	RULE_FALLS,
};

struct rule_driver {
	char code[8];	 /* upper case; "" = given by number */
	uint16_t number; /* 0 = given by code */
};

struct rule {
	uint8_t kind; /* enum rule_kind */
	uint8_t test; /* enum rule_test */
	uint8_t laps; /* overtake: within so many */
	bool my;      /* the subscription must name drivers */
	bool has_who, has_whom;
	struct rule_driver who, whom;
	int32_t value; /* chances and their changes: 1e-4; else a position */
};

/* False: err says what is wrong and where. Any bytes may come. */
bool rule_parse(struct rule *, const char *text, size_t n, char *err, size_t err_size);
/* The canonical text, which parses to the same rule. */
void rule_text(const struct rule *, char out[RULE_TEXT]);
/* A code or a number, as a user writes it. */
bool rule_driver_parse(struct rule_driver *, const char *text, size_t n);
/* "VER" or "44". */
void rule_driver_text(const struct rule_driver *, char out[8]);

static inline bool rule_is_chance(const struct rule *r)
{
	return r->kind <= RULE_RETIREMENT;
}
static inline bool rule_is_change(const struct rule *r)
{
	return r->test >= RULE_CHANGES;
}
/* It is about cars, one by one. */
static inline bool rule_has_cars(const struct rule *r)
{
	return r->kind <= RULE_LEADS || r->kind == RULE_RACE_CONTROL;
}

#endif
