/*
 * hash.c - SHA-256 of the race state: two folds of one journal must give the same.
 */
#include "race/race.h"
#include <openssl/evp.h>
#include <string.h>

/* All but the number of the last event: how many remarks of the host stand between is no part of the race. */
static bool digest(const uint8_t *state, unsigned char sum[EVP_MAX_MD_SIZE], unsigned int *n)
{
	const size_t seq = offsetof(struct f1p_state, seq);
	const size_t behind = seq + sizeof(uint64_t);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 && EVP_DigestUpdate(ctx, state, seq) == 1 &&
		    EVP_DigestUpdate(ctx, state + behind, F1P_STATE_HASHED - behind) == 1 && EVP_DigestFinal_ex(ctx, sum, n) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

void race_hash(struct race *r, char out[65])
{
	static const char digits[] = "0123456789abcdef";
	const struct f1p_state *st = race_state(r);
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	memset(out, 0, 65);
	if (!digest((const uint8_t *)st, sum, &n)) {
		return; /* out stays "": no hash is better than a wrong one */
	}
	for (unsigned int i = 0; i < n && i < 32; i++) {
		out[2 * i] = digits[sum[i] >> 4];
		out[2 * i + 1] = digits[sum[i] & 15];
	}
}
