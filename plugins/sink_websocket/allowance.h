/*
 * allowance.h - how many connections and requests one address may have.
 *
 * [web] thread only. Of IPv6 the first 64 bits are the address: whoever has one has them all. Addresses beyond the table's room
 * share one allowance.
 */
#ifndef ALLOWANCE_H
#define ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

#define LIMITS_PEERS 4096u /* a power of 2 */
#define LIMITS_BURST_S 4   /* unused requests are kept for so long */
#define LIMITS_SPARE 8u	   /* connections above the limit that are told why, before others are cut */

struct peer {
	uint8_t address[16];
	uint32_t connections; /* 0 and nothing used: free */
	int64_t used_us;      /* time's worth of requests that is used up */
	int64_t seen_us;
};
struct limits {
	int64_t connections;	     /* for one address; 0 = no limit */
	int64_t requests_per_second; /* likewise */
	struct peer *peers;	     /* LIMITS_PEERS and one for the rest; NULL: nothing is limited */
};

bool limits_init(struct limits *, int64_t connections, int64_t requests_per_second); /* false: no memory */
void limits_finish(struct limits *);
/* Whether the address has so many connections that the next is not even told why. */
bool limits_full(struct limits *, const char *address, int64_t now_us);
/* A connection begins, and is counted until limits_disconnect(). */
struct peer *limits_connect(struct limits *, const char *address, int64_t now_us);
void limits_disconnect(struct peer *); /* accepts NULL */
/* A request comes: seconds after which it may be asked again, 0 = it is served. */
int64_t limits_request(const struct limits *, struct peer *, int64_t now_us);
/* An answer of that size goes out: a large one costs as much as many requests. Accepts NULL. */
void limits_charge(const struct limits *, struct peer *, uint64_t bytes);

#endif
