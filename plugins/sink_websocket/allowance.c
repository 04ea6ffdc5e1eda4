/*
 * allowance.c - see allowance.h.
 */
#include "allowance.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define PROBES 16u
#define BYTES_PER_US 4 /* 4 MB are a second's worth */
#define SECOND_US 1000000

bool limits_init(struct limits *l, int64_t connections, int64_t requests_per_second)
{
	*l = (struct limits){.connections = connections, .requests_per_second = requests_per_second};
	if (connections == 0 && requests_per_second == 0) {
		return true;
	}
	l->peers = calloc(LIMITS_PEERS + 1, sizeof(*l->peers));
	return l->peers != NULL;
}

void limits_finish(struct limits *l)
{
	free(l->peers);
	*l = (struct limits){0};
}

static void read_address(const char *text, uint8_t out[16])
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	memset(out, 0, 16);
	if (inet_pton(AF_INET, text, out + 12) == 1) {
		memcpy(out, mapped, sizeof(mapped));
	} else if (inet_pton(AF_INET6, text, out) == 1 && memcmp(out, mapped, sizeof(mapped)) != 0) {
		memset(out + 8, 0, 8);
	}
}

static uint32_t place_of(const uint8_t address[16])
{
	uint64_t a, b;
	memcpy(&a, address, 8);
	memcpy(&b, address + 8, 8);
	uint64_t h = (a ^ b * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(h >> 40);
}

/* What was used is worth less and less. */
static void forgive(struct peer *p, int64_t now_us)
{
	int64_t passed = now_us > p->seen_us ? now_us - p->seen_us : 0;
	p->used_us = p->used_us > passed ? p->used_us - passed : 0;
	p->seen_us = now_us;
}

static struct peer *find(struct limits *l, const uint8_t address[16], int64_t now_us)
{
	uint32_t at = place_of(address);
	struct peer *free_one = NULL;
	for (uint32_t i = 0; i < PROBES; i++) {
		struct peer *p = &l->peers[(at + i) & (LIMITS_PEERS - 1)];
		if (memcmp(p->address, address, 16) == 0) {
			return p;
		}
		if (!free_one && p->connections == 0) {
			forgive(p, now_us);
			free_one = p->used_us == 0 ? p : NULL;
		}
	}
	if (!free_one) {
		return &l->peers[LIMITS_PEERS];
	}
	*free_one = (struct peer){.seen_us = now_us};
	memcpy(free_one->address, address, 16);
	return free_one;
}

static struct peer *peer_of(struct limits *l, const char *address, int64_t now_us)
{
	uint8_t bytes[16];
	read_address(address, bytes);
	return find(l, bytes, now_us);
}

bool limits_full(struct limits *l, const char *address, int64_t now_us)
{
	return l->connections && peer_of(l, address, now_us)->connections >= l->connections + LIMITS_SPARE;
}

struct peer *limits_connect(struct limits *l, const char *address, int64_t now_us)
{
	struct peer *p = peer_of(l, address, now_us);
	p->connections++;
	return p;
}

void limits_disconnect(struct peer *p)
{
	if (p) {
		p->connections--;
	}
}

int64_t limits_request(const struct limits *l, struct peer *p, int64_t now_us)
{
	if (l->connections && p->connections > l->connections) {
		return 10;
	}
	if (l->requests_per_second == 0) {
		return 0;
	}
	forgive(p, now_us);
	if (p->used_us > LIMITS_BURST_S * SECOND_US) {
		return (p->used_us - LIMITS_BURST_S * SECOND_US) / SECOND_US + 1;
	}
	p->used_us += SECOND_US / l->requests_per_second;
	return 0;
}

void limits_charge(const struct limits *l, struct peer *p, uint64_t bytes)
{
	if (p && l->requests_per_second) {
		p->used_us += (int64_t)(bytes / BYTES_PER_US);
	}
}
