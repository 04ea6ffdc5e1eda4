/*
 * weights.h - how much each member counts: "midrace 0.7, order 0.3".
 */
#ifndef ENSEMBLE_WEIGHTS_H
#define ENSEMBLE_WEIGHTS_H

#include <f1pd/plugin.h>

#define WEIGHTS_MAX 16u

struct weights {
	uint32_t n;
	char name[WEIGHTS_MAX][32];
	double share[WEIGHTS_MAX];
};

/* Reads the text; names and numbers alternate, separated by spaces, commas or '='. False with the reason in err. */
bool weights_parse(struct weights *w, const char *text, char *err, size_t err_size);

/* Shares of the members, summing to 1. A member is found by the name of its model or of its instance; those that are not
 * named share evenly what the named ones leave of 1. If nothing is left for anybody, all count alike. */
void weights_of(const struct weights *w, const struct f1p_member *members, uint32_t n, double *share);

/* True if one of the members is named, with a share above 0. */
bool weights_name_one(const struct weights *w, const struct f1p_member *members, uint32_t n);

#endif
