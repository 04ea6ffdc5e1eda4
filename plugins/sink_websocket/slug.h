/*
 * slug.h - names of places as they appear in addresses: "São Paulo" and "sao-paulo" are the same.
 */
#ifndef SLUG_H
#define SLUG_H

#include <stddef.h>

#define SLUG_MAX 96u
void slug(const char *text, size_t n, char out[SLUG_MAX]);

#endif
