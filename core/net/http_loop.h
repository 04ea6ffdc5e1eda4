/*
 * http_loop.h - curl's multi handle driven by the libuv loop. All on the loop thread.
 */
#ifndef NET_HTTP_LOOP_H
#define NET_HTTP_LOOP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <uv.h>

struct http_loop;

/* done: a transfer that was added has ended; it is no longer in the loop. NULL on failure. */
struct http_loop *http_loop_create(uv_loop_t *, void (*done)(void *arg, CURL *, CURLcode), void *arg);
/* All transfers must have been removed. Handles close asynchronously: the loop must run once more. Accepts NULL. */
void http_loop_destroy(struct http_loop *);
/* Starts it; done comes later, never from within. */
bool http_loop_add(struct http_loop *, CURL *);
/* Not from within curl's callbacks. done will not come. */
void http_loop_remove(struct http_loop *, CURL *);

#endif
