#include "provider.h"

#include "helpers/utf8.h"

#include <stdio.h>
#include <stdlib.h>

void place_text(char out[PLACE_TEXT], int32_t e4)
{
	int32_t most = e4 > 1800000 ? 1800000 : e4 < -1800000 ? -1800000 : e4;

	snprintf(out, PLACE_TEXT, "%s%d.%04d", most < 0 ? "-" : "", abs(most) / 10000, abs(most) % 10000);
}

void provider_words(char *out, size_t size, const char *text, size_t n)
{
	f1p_utf8_copy(out, size, text, n);
	for (char *p = out; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
}
