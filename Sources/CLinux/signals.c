#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

static void screen_signals(sigset_t *set) {
  sigemptyset(set);
  sigaddset(set, SIGWINCH);
  sigaddset(set, SIGINT);
  sigaddset(set, SIGTERM);
  sigaddset(set, SIGHUP);
  sigaddset(set, SIGTSTP);
  sigaddset(set, SIGCONT);
}

// Never runs: the signal is blocked, and read from a descriptor.
static void handle_nothing(int signal) { (void)signal; }

static void set_handler(int signal, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  sigaction(signal, &action, NULL);
}

int wl_signals_block(void) {
  sigset_t set;
  screen_signals(&set);
  // Where SIGTSTP acts by default when it starts, ncurses ignores the signal during each update,
  // and that throws away a Ctrl-Z that has arrived and was not yet read.
  set_handler(SIGTSTP, handle_nothing);
  return -pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int wl_signals_unblock(void) {
  sigset_t set;
  screen_signals(&set);
  set_handler(SIGTSTP, SIG_DFL);
  return -pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int wl_signals_open(void) {
  sigset_t set;
  screen_signals(&set);
  int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int wl_signals_next(int fd) {
  struct signalfd_siginfo info;
  ssize_t count;
  do {
    count = read(fd, &info, sizeof info);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return errno == EAGAIN ? 0 : -errno;
  return count == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

int wl_event_open(void) {
  int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int wl_event_set(int fd) {
  uint64_t one = 1;
  ssize_t count;
  do {
    count = write(fd, &one, sizeof one);
  } while (count < 0 && errno == EINTR);
  return count < 0 && errno != EAGAIN ? -errno : 0;
}

int wl_event_clear(int fd) {
  uint64_t value;
  ssize_t count;
  do {
    count = read(fd, &value, sizeof value);
  } while (count < 0 && errno == EINTR);
  return count < 0 && errno != EAGAIN ? -errno : 0;
}

static void raise_by_default(int signal) {
  struct sigaction action, before;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  sigaction(signal, &action, &before);
  sigset_t set, mask;
  sigemptyset(&set);
  sigaddset(&set, signal);
  raise(signal);
  // A signal raised while blocked arrives here, before pthread_sigmask returns.
  pthread_sigmask(SIG_UNBLOCK, &set, &mask);
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
  sigaction(signal, &before, NULL);
}

void wl_stop_self(void) { raise_by_default(SIGTSTP); }

void wl_end_self(int signal) { raise_by_default(signal); }

int wl_terminal_size(int fd, int *rows, int *columns) {
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) < 0) return -errno;
  *rows = size.ws_row;
  *columns = size.ws_col;
  return 0;
}
