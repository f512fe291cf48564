/* Files in memory without reading them: what lib/weights/mapped-file.ts looks into. */
#ifndef WHT_ADDON_MAPPED_FILE_H
#define WHT_ADDON_MAPPED_FILE_H

#include <napi.h>

namespace wht {

/** Maps the first `length` bytes of an open file: (descriptor, length) to an ArrayBuffer; undefined where that can't be done. */
Napi::Value map_file(const Napi::CallbackInfo& info);

/** (mapping): takes its pages out of the process's memory; they are read again where they are looked at. */
Napi::Value forget_pages(const Napi::CallbackInfo& info);

/** Empties an ArrayBuffer of `map_file`, so that its memory goes without waiting for the garbage collector. */
Napi::Value unmap_file(const Napi::CallbackInfo& info);

}  // namespace wht

#endif
