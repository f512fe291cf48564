/** What libstdc++ and NVIDIA's runtime take from glibc and glibc 2.17 does not have, or not in that version: for old_glibc.cmake. */

#include <glob.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __aarch64__
#define FIRST_VERSION "GLIBC_2.17"
#else
#define FIRST_VERSION "GLIBC_2.2.5"
#endif
#define HIDDEN __attribute__((visibility("hidden")))

extern "C" {

// glibc 2.32. Whether the process has had one thread alone; Node.js always has more, so reference counts are atomic.
HIDDEN char __libc_single_threaded = 0;  // NOLINT(bugprone-reserved-identifier): glibc's own name

// glibc 2.33; before, an inline function. On 64-bit systems the kernel writes what glibc calls stat64.
HIDDEN int fstat64(int file, struct stat64* status) { return static_cast<int>(syscall(SYS_fstat, file, status)); }

// glibc 2.27 changed what it does with dangling links.
int first_glob(const char* pattern, int flags, int (*failed)(const char*, int), glob_t* found);
__asm__(".symver first_glob, glob@" FIRST_VERSION);
HIDDEN int glob(const char* pattern, int flags, int (*failed)(const char*, int), glob_t* found) {
  return first_glob(pattern, flags, failed, found);
}
}
