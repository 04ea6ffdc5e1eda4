/*
 * http_cache.h - kept answers to GETs, by URL: one file each, or in memory. A file that is torn, damaged or not ours is passed
 * over; above the size limit the oldest go. File names and contents do not show the URL, which may hold a key.
 */
#ifndef NET_HTTP_CACHE_H
#define NET_HTTP_CACHE_H

#include "net/http_headers.h"

#define HTTP_CACHE_FILES_BYTES (64u << 20)
#define HTTP_CACHE_MEMORY_BYTES (16u << 20)
#define HTTP_CACHE_ENTRY_MAX (16u << 20) /* a longer answer is not kept: reading it again would hold up the loop */

struct http_cache_entry {
	uint32_t status;
	int64_t t_utc_ns;   /* when the server gave it, or said that it still holds */
	int64_t max_age_ms; /* as the server said; 0 = it did not */
	struct http_headers headers;
	uint8_t *body;      /* and one NUL behind it */
	uint64_t body_bytes;
};

struct http_cache;

/* dir NULL: in memory. Else the folder is made if its parent is there; NULL with the reason in err if it cannot be used. */
struct http_cache *http_cache_create(const char *dir, uint64_t max_bytes, char *err, size_t err_size);
void http_cache_destroy(struct http_cache *);
/* false: there is none. out is the caller's to finish. */
bool http_cache_load(struct http_cache *, const char *url, struct http_cache_entry *out);
/* F1P_EUNSUPPORTED: too large to be kept; F1P_EIO, F1P_ENOMEM: err says why, the former answer may be gone. */
f1p_status http_cache_store(struct http_cache *, const char *url, const struct http_cache_entry *, char *err, size_t err_size);
void http_cache_entry_finish(struct http_cache_entry *);
uint64_t http_cache_bytes(const struct http_cache *);

#endif
