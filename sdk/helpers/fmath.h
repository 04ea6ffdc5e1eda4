/*
 * fmath.h - exp, log and friends that give the same bits on every machine.
 *
 * libm differs between versions and processors, and one last bit is enough to turn a simulated overtake around. These use
 * only IEEE additions, multiplications, divisions and bit moves; compile with -ffp-contract=off and without -ffast-math.
 * Errors are below 2 units in the last place, which is far more than a forecast needs.
 */
#ifndef F1P_HELPERS_FMATH_H
#define F1P_HELPERS_FMATH_H

#include <stdint.h>
#include <string.h>

static inline uint64_t f1p_bits_of(double x)
{
	uint64_t u;
	memcpy(&u, &x, sizeof(u));
	return u;
}

static inline double f1p_of_bits(uint64_t u)
{
	double x;
	memcpy(&x, &u, sizeof(x));
	return x;
}

static inline double f1p_infinity(void)
{
	return f1p_of_bits(UINT64_C(0x7ff0000000000000));
}

static inline double f1p_nan(void)
{
	return f1p_of_bits(UINT64_C(0x7ff8000000000000));
}

/* 2^k for k in [-1022, 1023]. */
static inline double f1p_pow2i(int k)
{
	return f1p_of_bits((uint64_t)(k + 1023) << 52);
}

/* Square root is exact in IEEE arithmetic, so the processor's own is the same everywhere. */
static inline double f1p_sqrt(double x)
{
	return __builtin_sqrt(x);
}

static inline double f1p_abs(double x)
{
	return f1p_of_bits(f1p_bits_of(x) & UINT64_C(0x7fffffffffffffff));
}

/* e^x. Results that would be below the normal range are 0. */
static inline double f1p_exp(double x)
{
	static const double inv_ln2 = 1.44269504088896338700;
	static const double ln2_hi = 6.93147180369123816490e-01, ln2_lo = 1.90821492927058770002e-10;
	if (x != x) {
		return x;
	}
	if (x > 709.78271289338397) {
		return f1p_infinity();
	}
	if (x < -708.39641853226408) {
		return 0.0;
	}
	int k = (int)(inv_ln2 * x + (x < 0.0 ? -0.5 : 0.5));
	double hi = x - (double)k * ln2_hi, lo = (double)k * ln2_lo, r = hi - lo, t = r * r;
	/* Remez polynomial of the rational form r(e^r + 1)/(e^r - 1) on |r| <= ln2/2. */
	double c = r - t * (1.66666666666666019037e-01 + t * (-2.77777777770155933842e-03 + t * (6.61375632143793436117e-05 +
		   t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))));
	double y = 1.0 - ((lo - (r * c) / (2.0 - c)) - hi);
	return k == 1024 ? y * 2.0 * f1p_pow2i(1023) : y * f1p_pow2i(k);
}

/* Natural logarithm; -infinity at 0, NaN below. */
static inline double f1p_log(double x)
{
	static const double ln2_hi = 6.93147180369123816490e-01, ln2_lo = 1.90821492927058770002e-10;
	if (x != x || x < 0.0) {
		return f1p_nan();
	}
	if (x == 0.0) {
		return -f1p_infinity();
	}
	if (x == f1p_infinity()) {
		return x;
	}
	int k = 0;
	if (x < 2.2250738585072014e-308) {
		x *= f1p_pow2i(54);
		k = -54;
	}
	uint64_t bits = f1p_bits_of(x);
	k += (int)(bits >> 52) - 1023;
	double m = f1p_of_bits((bits & UINT64_C(0x000fffffffffffff)) | UINT64_C(0x3ff0000000000000));
	if (m > 1.41421356237309514547) { /* m in [sqrt(1/2), sqrt(2)] keeps f small on both sides of 1 */
		m *= 0.5;
		k++;
	}
	double f = m - 1.0, s = f / (2.0 + f), z = s * s, w = z * z;
	double t1 = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
	double t2 = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 +
		    w * 1.479819860511658591e-01)));
	double half = 0.5 * f * f, dk = (double)k;
	return dk * ln2_hi - ((half - (s * (half + t1 + t2) + dk * ln2_lo)) - f);
}

/* 1 / (1 + e^-x), without overflow on either side. */
static inline double f1p_logistic(double x)
{
	if (x >= 0.0) {
		return 1.0 / (1.0 + f1p_exp(-x));
	}
	double e = f1p_exp(x);
	return e / (1.0 + e);
}

/* log(p / (1 - p)). */
static inline double f1p_logit(double p)
{
	return f1p_log(p) - f1p_log(1.0 - p);
}

/* Quantile of the standard normal distribution (Wichura, AS 241), for p in (0, 1); +-infinity at the ends. */
static inline double f1p_normal_quantile(double p)
{
	if (!(p > 0.0 && p < 1.0)) {
		return p == 0.0 ? -f1p_infinity() : p == 1.0 ? f1p_infinity() : f1p_nan();
	}
	double q = p - 0.5;
	if (f1p_abs(q) <= 0.425) {
		double r = 0.180625 - q * q;
		double num = ((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r +
			     4.5921953931549871457e4) * r + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r +
			     1.3314166789178437745e2) * r + 3.3871328727963666080e0;
		double den = ((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r +
			     2.1213794301586595867e4) * r + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r +
			     4.2313330701600911252e1) * r + 1.0;
		return q * num / den;
	}
	double r = f1p_sqrt(-f1p_log(q < 0.0 ? p : 1.0 - p)), num, den;
	if (r <= 5.0) {
		r -= 1.6;
		num = ((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r +
			1.27045825245236838258e0) * r + 3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r +
			4.63033784615654529590e0) * r + 1.42343711074968357734e0;
		den = ((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r +
			1.48103976427480074590e-1) * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r +
			2.05319162663775882187e0) * r + 1.0;
	} else {
		r -= 5.0;
		num = ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3) * r +
			2.65321895265761230930e-2) * r + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0) * r +
			5.46378491116411436990e0) * r + 6.65790464350110377720e0;
		den = ((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5) * r +
			7.86869131145613259100e-4) * r + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r +
			5.99832206555887937690e-1) * r + 1.0;
	}
	return q < 0.0 ? -(num / den) : num / den;
}

#endif
