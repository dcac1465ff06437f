#define _GNU_SOURCE
#include "CProcessStart.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <unistd.h>

// A process has the files of the thread that starts it until it becomes its program. So one thread that
// has none of ours starts them all: its descriptors are its own.

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER, lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_once_t started = PTHREAD_ONCE_INIT;
// What is to be started; the number of the process, or an error number below zero, once that is done.
static const struct wl_process_start *wanted;
static pid_t answer;
// Why the thread can start nothing.
static int unable;
static bool has_thread;

static int open_streams(
    posix_spawn_file_actions_t *actions, const struct wl_process_start *start) {
  int code = 0;
  for (int number = 0; code == 0 && number < 3; number++) {
    const struct wl_stream *stream = &start->streams[number];
    code = stream->path == NULL
               ? posix_spawn_file_actions_adddup2(actions, number - 1, number)
               : posix_spawn_file_actions_addopen(
                     actions, number, stream->path, stream->flags, 0600);
  }
  return code;
}

static pid_t spawned(const struct wl_process_start *start) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if (start->leads_session) flags |= POSIX_SPAWN_SETSID;
  posix_spawnattr_setflags(&attributes, flags);
  pid_t pid;
  int code = open_streams(&actions, start);
  if (code == 0)
    code = posix_spawnp(
        &pid, start->arguments[0], &actions, &attributes, start->arguments, start->environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return code == 0 ? pid : -code;
}

static void *start_processes(void *none) {
  if (unshare(CLONE_FILES) < 0 || close_range(3, ~0u, 0) < 0) unable = errno;
  pthread_mutex_lock(&lock);
  while (true) {
    while (wanted == NULL) pthread_cond_wait(&changed, &lock);
    answer = unable == 0 ? spawned(wanted) : -unable;
    wanted = NULL;
    pthread_cond_broadcast(&changed);
  }
  return none;
}

static void start_thread(void) {
  pthread_t thread;
  int code = pthread_create(&thread, NULL, start_processes, NULL);
  has_thread = code == 0;
  if (has_thread)
    pthread_detach(thread);
  else
    unable = code;
}

int wl_start_process(const struct wl_process_start *start) {
  pthread_once(&started, start_thread);
  if (!has_thread) return -unable;
  pthread_mutex_lock(&turn);
  pthread_mutex_lock(&lock);
  wanted = start;
  pthread_cond_broadcast(&changed);
  while (wanted != NULL) pthread_cond_wait(&changed, &lock);
  pid_t pid = answer;
  pthread_mutex_unlock(&lock);
  pthread_mutex_unlock(&turn);
  return pid;
}

int wl_make_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0; }
