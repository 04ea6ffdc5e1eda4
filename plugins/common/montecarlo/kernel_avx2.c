/*
 * kernel_avx2.c - the Monte-Carlo kernel again, compiled with -mavx2 (and without -mfma: a fused operation rounds once).
 */
#include "kernel.h"

#ifdef MC_WITH_AVX2
#define MC_RUN_NAME mc_run_avx2
#include "kernel_body.h"
#endif
