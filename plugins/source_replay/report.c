/*
 * report.c - see report.h.
 */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>

static void warn(struct sr_report *r, const char *text)
{
	if (r->host == NULL || r->lines > SR_REPORT_LINES) {
		return;
	}
	if (r->lines++ == SR_REPORT_LINES) {
		text = "more records are rejected; they are counted, no longer logged";
	}
	r->host->log(r->host, F1P_LOG_WARN, "%s", text);
}

void sr_report_reject(struct sr_report *r, const char *path, uint64_t line, const char *fmt, ...)
{
	char text[512] = "";
	int n = 0;
	va_list ap;

	r->rejected++;
	if (line > 0) {
		n = snprintf(text, sizeof(text) / 2, "%s:%llu: ", path, (unsigned long long)line);
	} else {
		n = snprintf(text, sizeof(text) / 2, "%s: ", path);
	}
	n = n < (int)sizeof(text) / 2 ? n : (int)sizeof(text) / 2 - 1;
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	if (line == 0 && r->host != NULL) {
		/* a whole file is concerned: that is told whatever came before */
		r->host->log(r->host, F1P_LOG_WARN, "%s", text);
	} else {
		warn(r, text);
	}
}

void sr_report_note(struct sr_report *r, const char *fmt, ...)
{
	char text[400] = "";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	warn(r, text);
}

void sr_report_info(struct sr_report *r, const char *fmt, ...)
{
	char text[400] = "";
	va_list ap;

	if (r->host == NULL) {
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->host->log(r->host, F1P_LOG_INFO, "%s", text);
}
