/*
 * python_line.h - a feed message as one line of FastF1's "livetiming save": ['Topic', {...}, '2024-05-19T13:00:00.000Z']
 */
#ifndef PYTHON_LINE_H
#define PYTHON_LINE_H

#include "out_file.h"

/* json: n bytes of valid JSON without blanks between its tokens. Quotes inside texts are written as \u0027 and \u0022: readers
 * that turn the line into JSON by exchanging quotes, as FastF1 does, and readers of Python literals then see the same. */
void python_line_write(struct out_file *, const char *topic, const char *json, size_t n, const char *utc);

#endif
