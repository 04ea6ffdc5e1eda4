/* buffer.h - the run of events lives in base. */
#ifndef DAEMON_BUFFER_H
#define DAEMON_BUFFER_H

#include "base/buffer.h"

#endif
