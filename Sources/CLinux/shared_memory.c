#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

int wl_map_shared(int fd, uint64_t offset, size_t length, void **address) {
  void *mapped = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
  if (mapped == MAP_FAILED)
    return -errno;
  *address = mapped;
  return 0;
}

int wl_unmap(void *address, size_t length) { return munmap(address, length) < 0 ? -errno : 0; }

// A copy that is under way in a thread, which may fault between `low` and `high`.
struct copy {
  sigjmp_buf back;
  uintptr_t low;
  uintptr_t high;
};

static _Thread_local struct copy *volatile current;

static pthread_mutex_t guard_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction before;
static int is_wanted;

void wl_copy_rescue(const void *address) {
  struct copy *copy = current;
  uintptr_t place = (uintptr_t)address;
  if (!copy || place < copy->low || place >= copy->high)
    return;
  // The jump does not give free what is blocked while it is handled.
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGBUS);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  siglongjmp(copy->back, 1);
}

// Only async-signal-safe calls. The jump leaves nothing but `memcpy`, which holds nothing.
static void handle_fault(int signal, siginfo_t *info, void *context) {
  if (info->si_code > 0)
    wl_copy_rescue(info->si_addr);
  if (before.sa_flags & SA_SIGINFO) {
    before.sa_sigaction(signal, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(signal);
  } else {
    struct sigaction next;
    memset(&next, 0, sizeof next);
    next.sa_handler = before.sa_handler;
    sigaction(signal, &next, NULL);
    // A fault happens again when the handler returns; what somebody sent does not.
    if (info->si_code <= 0)
      raise(signal);
  }
}

static int install(void) {
  struct sigaction now;
  if (sigaction(SIGBUS, NULL, &now) < 0)
    return -errno;
  if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == handle_fault)
    return 0;
  before = now;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handle_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  return sigaction(SIGBUS, &action, NULL) < 0 ? -errno : 0;
}

int wl_copy_guard(void) {
  pthread_mutex_lock(&guard_lock);
  is_wanted = 1;
  // The handler of a crash asks `wl_copy_rescue` itself; behind it we would be asked twice.
  int result = wl_crash_is_armed() ? 0 : install();
  pthread_mutex_unlock(&guard_lock);
  return result;
}

void wl_copy_guard_again(void) {
  pthread_mutex_lock(&guard_lock);
  if (is_wanted)
    install();
  pthread_mutex_unlock(&guard_lock);
}

// Does `work` in a function that answers `-EFAULT` when a page of `count` bytes from `first` cannot
// be had. The signal comes in this thread: the compiler alone must keep the order.
#define WHILE_GUARDED(first, count, work)                                                          \
  do {                                                                                             \
    struct copy copy;                                                                              \
    copy.low = (uintptr_t)(first);                                                                 \
    copy.high = copy.low + (count);                                                                \
    if (sigsetjmp(copy.back, 0)) {                                                                 \
      current = NULL;                                                                              \
      return -EFAULT;                                                                              \
    }                                                                                              \
    current = &copy;                                                                               \
    atomic_signal_fence(memory_order_seq_cst);                                                     \
    work;                                                                                          \
    atomic_signal_fence(memory_order_seq_cst);                                                     \
    current = NULL;                                                                                \
  } while (0)

int wl_copy_shared(void *to, const void *from, size_t count) {
  WHILE_GUARDED(to, count, memcpy(to, from, count));
  return 0;
}

int wl_shared_load_64(const void *at, uint64_t *value) {
  WHILE_GUARDED(at, 8, *value = __atomic_load_n((const uint64_t *)at, __ATOMIC_ACQUIRE));
  return 0;
}

int wl_shared_store_64(void *at, uint64_t value) {
  WHILE_GUARDED(at, 8, __atomic_store_n((uint64_t *)at, value, __ATOMIC_RELEASE));
  return 0;
}

int wl_shared_exchange_64(void *at, uint64_t expected, uint64_t value) {
  volatile int done = 0;
  WHILE_GUARDED(at, 8,
                done = __atomic_compare_exchange_n((uint64_t *)at, &expected, value, 0,
                                                   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
  return done;
}

int wl_shared_load_8(const void *at, uint8_t *value) {
  WHILE_GUARDED(at, 1, *value = __atomic_load_n((const uint8_t *)at, __ATOMIC_ACQUIRE));
  return 0;
}

int wl_shared_store_8(void *at, uint8_t value) {
  WHILE_GUARDED(at, 1, __atomic_store_n((uint8_t *)at, value, __ATOMIC_RELEASE));
  return 0;
}

int wl_shared_exchange_8(void *at, uint8_t expected, uint8_t value) {
  volatile int done = 0;
  WHILE_GUARDED(at, 1,
                done = __atomic_compare_exchange_n((uint8_t *)at, &expected, value, 0,
                                                   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
  return done;
}

static int add_below(uint64_t *at, const uint64_t *limit, uint64_t count, uint64_t *before) {
  uint64_t now = __atomic_load_n(at, __ATOMIC_ACQUIRE);
  for (;;) {
    uint64_t end = now + count;
    *before = now;
    if (end < now || end > __atomic_load_n(limit, __ATOMIC_ACQUIRE))
      return 0;
    if (__atomic_compare_exchange_n(at, &now, end, 1, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
      return 1;
  }
}

int wl_shared_add_below(void *at, const void *limit, uint64_t count, uint64_t *before) {
  volatile int done = 0;
  uintptr_t low = (uintptr_t)at < (uintptr_t)limit ? (uintptr_t)at : (uintptr_t)limit;
  uintptr_t high = (uintptr_t)at + (uintptr_t)limit - low + 8;
  WHILE_GUARDED(low, high - low, done = add_below(at, limit, count, before));
  return done;
}
