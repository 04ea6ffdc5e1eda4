/*
 * python_literal.h - turns a Python literal (list, tuple, dict, string, number, True, False, None) into JSON text.
 *
 * It is a reader of text, nothing is ever evaluated. JSON's own true, false and null are taken too.
 */
#ifndef SR_PYTHON_LITERAL_H
#define SR_PYTHON_LITERAL_H

#include "buffer.h"

#define SR_PYTHON_DEPTH 32u

/* Appends to out. False: *why says what is wrong, *at is the byte. Text behind the literal is an error. */
bool sr_python_to_json(const char *text, size_t n, struct sr_buffer *out, const char **why, size_t *at);

#endif
