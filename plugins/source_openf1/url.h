/*
 * url.h - texts of requests.
 */
#ifndef OF_URL_H
#define OF_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OF_URL_MAX 1024

/* "https://api.openf1.org:443/x" -> "api.openf1.org:443". False if it is no http or https URL. */
bool url_authority(const char *url, char *out, size_t size);
/* Everything but letters, digits and -._~ as %XX. False if it does not fit. */
bool url_encode(const char *text, char *out, size_t size);
/* UTC as "2024-03-02T15:03:44.545%2B00:00", ready for a query. */
void url_time(int64_t t_ns, char out[48]);

#endif
