/*
 * fuzz_weather.c - any bytes as the answer of a weather service: what becomes of it are good events, or a reason.
 *
 * The first byte chooses the service, the second the hour at which the answer came.
 */
#include "fuzz_event.h"
#include "provider.h"

#define NOON_NS INT64_C(1904212800000000000) /* 2030-05-05T12:00:00Z */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct forecast f;
	struct f1p_ev_outlook outlook;
	struct f1p_ev_weather weather;
	const struct provider *p = size > 0 && data[0] % 2 ? &open_weather : &open_meteo;
	int64_t t_ns = NOON_NS + (size > 1 ? data[1] % 24 * INT64_C(3600000000000) : 0);
	size_t at = size < 2 ? size : 2;

	forecast_init(&f);
	p->read(&f, (const char *)data + at, size - at);
	if (memchr(f.fault, 0, sizeof(f.fault)) == NULL || memchr(f.doubt, 0, sizeof(f.doubt)) == NULL ||
		memchr(f.words, 0, sizeof(f.words)) == NULL || strchr(f.fault, '\n') != NULL || strchr(f.words, '\n') != NULL) {
		abort();
	}
	if (f.fault[0] != '\0') {
		return 0;
	}
	if (forecast_outlook(&f, p->name, t_ns, &outlook)) {
		fuzz_check_event(&outlook.h);
	} else if (f.fault[0] == '\0') {
		abort();
	}
	if (forecast_weather(&f, t_ns, &weather)) {
		fuzz_check_event(&weather.h);
	}
	return 0;
}
