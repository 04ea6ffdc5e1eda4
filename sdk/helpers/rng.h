/*
 * rng.h - seeded random numbers, the same on every machine: xoshiro256** seeded by splitmix64 from (seed, stream).
 *
 * Different streams of one seed are independent for all practical purposes, so a simulation can give each purpose its own
 * and stay comparable when one of them draws more numbers. Nothing here reads a clock or the environment.
 */
#ifndef F1P_HELPERS_RNG_H
#define F1P_HELPERS_RNG_H

#include <stdbool.h>
#include <stdint.h>

#include "helpers/fmath.h"

struct f1p_rng {
	uint64_t s[4];
};

/* A good 64-bit hash (the finaliser of splitmix64): counter-based randomness is f1p_mix64(key + counter * odd). */
static inline uint64_t f1p_mix64(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static inline uint64_t f1p_splitmix64(uint64_t *state)
{
	*state += UINT64_C(0x9e3779b97f4a7c15);
	return f1p_mix64(*state);
}

static inline void f1p_rng_seed(struct f1p_rng *r, uint64_t seed, uint64_t stream)
{
	uint64_t x = seed ^ f1p_mix64(stream + UINT64_C(0x9e3779b97f4a7c15));
	for (int i = 0; i < 4; i++) {
		r->s[i] = f1p_splitmix64(&x);
	}
}

static inline uint64_t f1p_rotl64(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

static inline uint64_t f1p_rng_u64(struct f1p_rng *r)
{
	uint64_t *s = r->s, result = f1p_rotl64(s[1] * 5u, 7) * 9u, t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = f1p_rotl64(s[3], 45);
	return result;
}

/* [0, 1), 53 bits. */
static inline double f1p_rng_uniform(struct f1p_rng *r)
{
	return (double)(f1p_rng_u64(r) >> 11) * (1.0 / 9007199254740992.0);
}

/* Standard normal by inversion: exactly one number is drawn, so streams stay in step whatever the values. */
static inline double f1p_rng_normal(struct f1p_rng *r)
{
	return f1p_normal_quantile(((double)(f1p_rng_u64(r) >> 11) + 0.5) * (1.0 / 9007199254740992.0));
}

/* Exponential with mean 1. */
static inline double f1p_rng_exponential(struct f1p_rng *r)
{
	return -f1p_log(1.0 - f1p_rng_uniform(r));
}

/* 0 .. n-1, without bias; 0 if n is 0. */
static inline uint32_t f1p_rng_below(struct f1p_rng *r, uint32_t n)
{
	if (n < 2) {
		return 0;
	}
	uint32_t threshold = (uint32_t)(-n) % n;
	uint64_t m;
	do {
		m = (f1p_rng_u64(r) >> 32) * (uint64_t)n;
	} while ((uint32_t)m < threshold);
	return (uint32_t)(m >> 32);
}

static inline bool f1p_rng_chance(struct f1p_rng *r, double p)
{
	return f1p_rng_uniform(r) < p;
}

#endif
