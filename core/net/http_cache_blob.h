/*
 * http_cache_blob.h - one kept answer as bytes: a header with key, lengths and checksum, the answer's headers, its body.
 */
#ifndef NET_HTTP_CACHE_BLOB_H
#define NET_HTTP_CACHE_BLOB_H

#include "net/http_cache.h"

#define HTTP_CACHE_KEY 32u /* SHA-256 */

/* malloced; NULL: longer than max, or no memory */
uint8_t *http_cache_blob_make(const struct http_cache_entry *, const uint8_t key[HTTP_CACHE_KEY], size_t max, size_t *n);
/* false: damaged, torn or another's. out is the caller's to finish. */
bool http_cache_blob_read(const uint8_t *blob, size_t n, const uint8_t key[HTTP_CACHE_KEY], struct http_cache_entry *out);

#endif
