/* Where backends come from: the CPU's is part of the addon, others are shared libraries. */
#ifndef WHT_ADDON_BACKEND_LOADER_H
#define WHT_ADDON_BACKEND_LOADER_H

#include <string>
#include <vector>

#include "../backend.h"

namespace wht {

const wht_backend* cpu_backend();

/**
 * The first backend among `paths` that loads, kept for the life of the process. NULL where none does: then `reason` names each file tried
 * and what was wrong with it.
 */
const wht_backend* load_backend(const std::vector<std::string>& paths, std::string& reason);

}  // namespace wht

#endif
