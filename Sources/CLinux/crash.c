#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { RESET_LIMIT = 1024, STACK_SIZE = 64 * 1024 };

static const int crash_signals[] = {SIGILL, SIGTRAP, SIGABRT, SIGSEGV,
                                    SIGBUS, SIGFPE,  SIGSYS,  SIGQUIT};
enum { CRASH_SIGNALS = sizeof crash_signals / sizeof *crash_signals };

static struct termios saved_modes;
static int saved_fd = -1;

static struct sigaction before[CRASH_SIGNALS];
static uint8_t reset_bytes[RESET_LIMIT];
static size_t reset_count;
static int reset_fd = -1;
static int chain;
static volatile sig_atomic_t armed;
static uint8_t handler_stack[STACK_SIZE];

int wl_terminal_save(int fd) {
  struct termios modes;
  if (tcgetattr(fd, &modes) < 0) return -errno;
  saved_modes = modes;
  saved_fd = fd;
  return 0;
}

int wl_terminal_restore(void) {
  if (saved_fd < 0) return 0;
  // A background process would be stopped by SIGTTOU for setting modes.
  sigset_t set, mask;
  sigemptyset(&set);
  sigaddset(&set, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &set, &mask);
  int failed = tcsetattr(saved_fd, TCSANOW, &saved_modes) < 0 ? -errno : 0;
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
  return failed;
}

// Only async-signal-safe calls: write, tcsetattr, sigaction, raise.
static void handle_crash(int signal, siginfo_t *info, void *context) {
  (void)context;
  if (signal == SIGBUS && info->si_code > 0) wl_copy_rescue(info->si_addr);
  if (armed) {
    armed = 0;
    size_t done = 0;
    while (done < reset_count) {
      ssize_t count = write(reset_fd, reset_bytes + done, reset_count - done);
      if (count > 0) done += (size_t)count;
      else if (count < 0 && errno == EINTR) continue;
      else break;
    }
    wl_terminal_restore();
  }
  struct sigaction next;
  memset(&next, 0, sizeof next);
  next.sa_handler = SIG_DFL;
  // Swift's own handler asks a question on the terminal and waits 30 s for the answer, so it gets
  // its turn only when the user has asked for backtraces.
  if (chain) {
    for (size_t i = 0; i < CRASH_SIGNALS; i++) {
      if (crash_signals[i] == signal) next = before[i];
    }
  }
  sigaction(signal, &next, NULL);
  // A fault happens again when the handler returns, with its address; everything else would not.
  int faults_again = info->si_code > 0 && (signal == SIGSEGV || signal == SIGBUS ||
                                           signal == SIGILL || signal == SIGFPE);
  if (!faults_again) raise(signal);
}

int wl_crash_arm(int fd, const uint8_t *reset, size_t count) {
  if (count > RESET_LIMIT) return -EINVAL;
  memcpy(reset_bytes, reset, count);
  reset_count = count;
  reset_fd = fd;
  chain = getenv("SWIFT_BACKTRACE") != NULL;
  if (armed) return 0;
  // A stack of its own, or a stack overflow could not be handled.
  stack_t stack = {.ss_sp = handler_stack, .ss_size = STACK_SIZE};
  stack_t current;
  if (sigaltstack(NULL, &current) == 0 && (current.ss_flags & SS_DISABLE)) {
    sigaltstack(&stack, NULL);
  }
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handle_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < CRASH_SIGNALS; i++) {
    if (sigaction(crash_signals[i], &action, &before[i]) < 0) return -errno;
  }
  armed = 1;
  return 0;
}

void wl_crash_disarm(void) {
  if (!armed) return;
  armed = 0;
  for (size_t i = 0; i < CRASH_SIGNALS; i++) sigaction(crash_signals[i], &before[i], NULL);
  wl_copy_guard_again();
}

int wl_crash_is_armed(void) { return armed; }
