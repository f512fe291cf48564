/* Where backends come from: the CPU's is part of the addon, others are shared libraries. */
#ifndef WHT_ADDON_BACKEND_LOADER_H
#define WHT_ADDON_BACKEND_LOADER_H

#include <string>

#include "../backend.h"

namespace wht {

const wht_backend* cpu_backend();

/** The backend in a shared library, kept for the life of the process; NULL with the reason where it can't be had. */
const wht_backend* load_backend(const std::string& path, std::string& reason);

/** Whether this process has loaded a library already, in whichever of its threads. */
bool backend_is_loaded(const std::string& path);

}  // namespace wht

#endif
