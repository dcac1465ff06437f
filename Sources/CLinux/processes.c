#define _GNU_SOURCE
#include "processes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int wl_hold_standard_descriptors(void) {
  // In this order each open takes the number that was found to be free.
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) < 0)
      return -errno;
  return 0;
}

int wl_process_start(char *const *arguments, struct wl_process *out) {
  // A socket pair and not a pipe: a write to a process that has gone is an error without a signal.
  int input[2], output[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) < 0)
    return -errno;
  if (pipe2(output, O_CLOEXEC) < 0) {
    int code = -errno;
    close(input[0]);
    close(input[1]);
    return code;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], 0);
  posix_spawn_file_actions_adddup2(&actions, output[1], 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  // A session of its own: Ctrl-C on the terminal is for the one who started it.
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID;
  posix_spawnattr_setflags(&attributes, flags);
  pid_t pid;
  int code = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(input[0]);
  close(output[1]);
  if (code != 0) {
    close(input[1]);
    close(output[0]);
    return -code;
  }
  out->pid = pid;
  out->input = input[1];
  out->output = output[0];
  return 0;
}

static const char *last_line;

// Only calls that a signal handler may make. What was interrupted is never gone on with.
static void wait_for_end(int signal) {
  (void)signal;
  ssize_t done = write(STDOUT_FILENO, last_line, strlen(last_line));
  char byte;
  while (done > 0 || (done < 0 && errno == EINTR))
    done = read(STDIN_FILENO, &byte, 1);
  _exit(1);
}

int wl_process_stop_behind(uint64_t size, const char *line) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = wait_for_end;
  last_line = line;
  if (sigaction(SIGXFSZ, &action, NULL) < 0)
    return -errno;
  struct rlimit limit = {size, size};
  return setrlimit(RLIMIT_FSIZE, &limit) < 0 ? -errno : 0;
}

int wl_process_signal(int32_t pid, int32_t signal) {
  return kill(pid, signal) < 0 ? -errno : 0;
}

int wl_process_wait(int32_t pid) {
  int status;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return -errno;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int64_t wl_pipe_read(int fd, void *buffer, uint64_t count) {
  ssize_t done = read(fd, buffer, count);
  return done < 0 ? -errno : done;
}

int64_t wl_pipe_write(int fd, const void *buffer, uint64_t count) {
  ssize_t done = send(fd, buffer, count, MSG_NOSIGNAL);
  return done < 0 ? -errno : done;
}
