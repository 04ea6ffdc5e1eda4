/*
 * names.h - comparing names that two sources write in two ways: "Max VERSTAPPEN" and "max_verstappen", "Red Bull Racing" and "Red Bull".
 */
#ifndef RATINGS_NAMES_H
#define RATINGS_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAMES_TOKENS 8
#define NAMES_TOKEN 24

/* The words of a name: lower case, without accents, in their order. */
struct name_tokens {
	uint32_t n;
	char token[NAMES_TOKENS][NAMES_TOKEN];
};

/* text: UTF-8 of at most `size` bytes, hostile; what is no letter or digit separates words. */
void names_split(struct name_tokens *, const char *text, size_t size);

/* How well two names of people agree: 0 not at all, 2 a word of three letters or more, 3 that and the initial of another one,
 * 4 the words of one are all in the other. */
int names_person(const struct name_tokens *, const struct name_tokens *);

/* How well two names of teams agree, 0..1: the share of the words of the shorter name that the other has, without the words that
 * any team may have. */
double names_team(const struct name_tokens *, const struct name_tokens *);

/* "Miami Grand Prix" -> "miami_grand_prix"; cut to size. */
void names_slug(char *out, size_t size, const struct name_tokens *);

#endif
