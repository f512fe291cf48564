# With WHT_PREBUILD=ON: libraries built on a new system that load wherever Node.js 16 does (glibc 2.17). A symbol of glibc carries the version of the
# release that last changed or moved it, and the linker notes the newest it finds; what it notes, every system must have. Three things bring that down:
#
#   libstdc++   is linked in, so that none of the system's is needed. libgcc_s is not: exceptions are unwound by the one that Node.js has loaded.
#   moved       glibc 2.34 moved threads and dlopen into libc.so.6, and gave them that version. Stand-ins for the libraries that had them, with the
#               versions they had there, come first on the link line. Newer glibcs keep those versions, so what is linked so loads on them too.
#   newer       what glibc 2.17 lacks, or has in an older version, is in newer_symbols.cc.
#
# scripts/prebuilds/check.js reads what came of it, and names any symbol that a newer compiler brings: add it here or there.
set(OLD_GLIBC_DIR ${CMAKE_BINARY_DIR}/old-glibc) # not beside the addon, where prebuildify takes them for libraries to ship
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(FIRST_VERSION "GLIBC_2.17 { *; };")
  set(VERSIONS_OF_LIBDL "${FIRST_VERSION}")
else()
  set(FIRST_VERSION "GLIBC_2.2.5 { *; };")
  set(VERSIONS_OF_LIBDL "${FIRST_VERSION} GLIBC_2.3.3 { dlinfo; }; GLIBC_2.3.4 { dlmopen; };")
endif()

# Nothing but names and versions, since the linker asks no more of a shared library; when it runs, the system's own is in its place.
function(add_stand_in library versions)
  set(SOURCE "")
  foreach(SYMBOL ${ARGN})
    string(APPEND SOURCE "extern \"C\" __attribute__((visibility(\"default\"))) void ${SYMBOL}() {}\n")
  endforeach()
  file(WRITE ${OLD_GLIBC_DIR}/${library}.cc "${SOURCE}")
  file(WRITE ${OLD_GLIBC_DIR}/${library}.map "${versions}\n")
  add_library(old_${library} SHARED ${OLD_GLIBC_DIR}/${library}.cc)
  set_target_properties(old_${library} PROPERTIES PREFIX "" OUTPUT_NAME ${library} SUFFIX "" LIBRARY_OUTPUT_DIRECTORY ${OLD_GLIBC_DIR}
    LINK_FLAGS "-nostdlib -Wl,--version-script=${OLD_GLIBC_DIR}/${library}.map")
endfunction()

# What libstdc++ and NVIDIA's runtime (libcudart_static.a) call; more does no harm.
add_stand_in(libdl.so.2 "${VERSIONS_OF_LIBDL}" dladdr dlclose dlerror dlinfo dlmopen dlopen dlsym dlvsym)
add_stand_in(libpthread.so.0 "${FIRST_VERSION}"
  pthread_condattr_setpshared pthread_create pthread_detach pthread_getspecific pthread_join pthread_key_create pthread_key_delete pthread_kill
  pthread_mutex_trylock pthread_mutexattr_destroy pthread_mutexattr_init pthread_mutexattr_setpshared pthread_mutexattr_settype pthread_once
  pthread_rwlock_destroy pthread_rwlock_init pthread_rwlock_rdlock pthread_rwlock_timedrdlock pthread_rwlock_timedwrlock pthread_rwlock_tryrdlock
  pthread_rwlock_trywrlock pthread_rwlock_unlock pthread_rwlock_wrlock pthread_rwlockattr_destroy pthread_rwlockattr_init
  pthread_rwlockattr_setpshared pthread_setspecific pthread_spin_destroy pthread_spin_init pthread_spin_lock pthread_spin_trylock
  pthread_spin_unlock sem_destroy sem_init sem_post sem_timedwait sem_trywait sem_wait)
add_stand_in(librt.so.1 "${FIRST_VERSION}" shm_open shm_unlink)

# Node.js has a libstdc++ of its own in the same process: nothing of ours may be taken for its, nor the other way round. What nobody calls goes, and its
# symbols with it. nodelete: an addon that workers alone load would be unloaded with the last of them, and a libstdc++ under whatever threads remain.
file(WRITE ${OLD_GLIBC_DIR}/exported.map
  "{ global: napi_register_module_v1; node_api_module_get_api_version_v1; wht_backend_entry; local: *; };\n")
set(LINKER_OPTIONS --version-script=${OLD_GLIBC_DIR}/exported.map --gc-sections -z nodelete)
set(OLD_GLIBC_SOURCES ${CMAKE_CURRENT_LIST_DIR}/newer_symbols.cc)

function(link_to_old_glibc target)
  target_sources(${target} PRIVATE ${OLD_GLIBC_SOURCES})
  string(REPLACE ";" "," OPTIONS "-Wl;${LINKER_OPTIONS}")
  target_link_libraries(${target} PRIVATE old_libdl.so.2 old_libpthread.so.0 -static-libstdc++ ${OPTIONS})
  set_target_properties(${target} PROPERTIES SKIP_BUILD_RPATH ON)
endfunction()

# The same for nvcc's command, which native/cuda/CMakeLists.txt links with; there they are empty in other builds.
set(OLD_GLIBC_LIBRARIES old_libdl.so.2 old_libpthread.so.0 old_librt.so.1)
set(OLD_GLIBC_NVCC_OPTIONS -Xcompiler -static-libstdc++)
foreach(OPTION ${LINKER_OPTIONS})
  list(APPEND OLD_GLIBC_NVCC_OPTIONS -Xlinker ${OPTION})
endforeach()
foreach(LIBRARY ${OLD_GLIBC_LIBRARIES})
  list(APPEND OLD_GLIBC_NVCC_OPTIONS -Xlinker $<TARGET_FILE:${LIBRARY}>)
endforeach()
