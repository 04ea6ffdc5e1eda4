/* module_impl.h - the steps of module_load: file, probe, open. For core/plugin/module*.c only. */
#ifndef MODULE_IMPL_H
#define MODULE_IMPL_H

#include "plugin/module.h"

#include <stdarg.h>
#include <stdio.h>

#define MODULE_PROBE_TIMEOUT_MS 5000

/* Writes why and returns false. */
static inline bool F1P_PRINTF(3, 4) module_refuse(char *err, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, size, fmt, ap);
	va_end(ap);
	return false;
}

/* Is the file ours or root's, not writable by others, an ELF shared object for this machine? real: PATH_MAX bytes, gets the
 * path without symbolic links. */
bool module_file_check(const char *path, char *real, char *err, size_t err_size);
/* dlopen, look up and check the entry. */
bool module_open(const char *real, struct f1p_entry *out, char *err, size_t err_size);
/* module_open, then create, init and destroy of every plugin, in a child process. */
bool module_probe(const char *real, char *err, size_t err_size);

#endif
