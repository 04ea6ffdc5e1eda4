/*
 * kernel_base.c - the Monte-Carlo kernel for every processor, and the choice between the versions.
 */
#define MC_RUN_NAME mc_run_base
#include "kernel_body.h"

bool mc_have_avx2(void)
{
#ifdef MC_WITH_AVX2
	return __builtin_cpu_supports("avx2") != 0;
#else
	return false;
#endif
}

mc_run_fn mc_run_best(void)
{
#ifdef MC_WITH_AVX2
	if (mc_have_avx2()) {
		return mc_run_avx2;
	}
#endif
	return mc_run_base;
}
