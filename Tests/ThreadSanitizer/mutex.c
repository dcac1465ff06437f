// What the thread sanitizer has to be told of Swift's Mutex.
//
// Where threads wait for each other, a Mutex is taken and given back by two functions of the Swift
// library, which was not built for the sanitizer: it does not see that one thread comes after the
// other, and calls everything that the lock protects a race. Loaded before that library, this tells it.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define CONTEXT __attribute__((swift_context))
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

static SWIFT void (*lock)(uint32_t, CONTEXT void *);
static SWIFT void (*unlock)(CONTEXT void *);

__attribute__((constructor)) static void find(void) {
  lock = (SWIFT void (*)(uint32_t, CONTEXT void *))dlsym(RTLD_NEXT, LOCK_SLOW);
  unlock = (SWIFT void (*)(CONTEXT void *))dlsym(RTLD_NEXT, UNLOCK_SLOW);
}

SWIFT void lock_slow(uint32_t thread, CONTEXT void *handle) __asm__(LOCK_SLOW);
SWIFT void lock_slow(uint32_t thread, CONTEXT void *handle) {
  lock(thread, handle);
  if (__tsan_acquire) __tsan_acquire(handle);
}

SWIFT void unlock_slow(CONTEXT void *handle) __asm__(UNLOCK_SLOW);
SWIFT void unlock_slow(CONTEXT void *handle) {
  if (__tsan_release) __tsan_release(handle);
  unlock(handle);
}
