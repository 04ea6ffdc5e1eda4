/* folder.h - a folder to keep things in. */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* [any] Makes the folder, and those above it, where they are missing (mode 0755 less the umask), and sees whether files can be made
 * in it. False with one line "PATH: why" in err; what was made stays. */
bool folder_make(const char *path, char *err, size_t err_size);

#endif
