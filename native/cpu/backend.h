/* The CPU's implementation of native/backend.h. */
#ifndef WHT_CPU_BACKEND_H
#define WHT_CPU_BACKEND_H

#include "../backend.h"

extern "C" int32_t wht_cpu_backend_entry(uint32_t version, wht_backend* backend);

#endif
