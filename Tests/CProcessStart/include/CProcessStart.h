#ifndef WALSCOPE_CPROCESSSTART_H
#define WALSCOPE_CPROCESSSTART_H

#include <stdbool.h>

/// What a process reads or writes: a path and how it is opened, with mode 0600 where that makes it. No
/// path: the same as the stream before.
struct wl_stream {
  const char *path;
  int flags;
};

/// A program to start, found in PATH unless it is a path, with all signals as they are by default.
struct wl_process_start {
  char *const *arguments;
  char *const *environment;
  /// Standard input, output and error.
  struct wl_stream streams[3];
  /// Whether it leads a session of its own, whose terminal is the first one that it opens.
  bool leads_session;
};

/// Starts a process that has no file of ours at any moment, not even until it becomes its program: with
/// another test's file it would have its locks, and be one more process that has it open for writing.
/// Answers its number, or an error number below zero.
int wl_start_process(const struct wl_process_start *start);

/// Makes a pipe whose ends no program inherits. A process that is started opens its end by a path.
int wl_make_pipe(int ends[2]);

#endif
