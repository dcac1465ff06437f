#ifndef WALSCOPE_CLINUX_PROCESSES_H
#define WALSCOPE_CLINUX_PROCESSES_H

#include <stdint.h>

// Starting and ending processes. Every function returns a value that is not negative, or `-errno`.

/// A process that was started, and this side's ends of the pipes to it.
struct wl_process {
  int32_t pid;
  /// Its standard input, for writing.
  int32_t input;
  /// Its standard output, for reading.
  int32_t output;
};

/// Has every standard descriptor that is closed name something that can be neither read nor written,
/// so that no file that is opened gets its number. For a program, before it opens anything.
int wl_hold_standard_descriptors(void);
/// Starts the program that this process runs, with `arguments` (ended by a null), no signal blocked
/// and none of our descriptors but standard error, in a session of its own. Its standard input is
/// at its end when this process has gone: that is how it learns that nobody waits for it.
int wl_process_start(char *const *arguments, struct wl_process *out);
/// For a process that was so started: writes nothing behind the first `size` bytes of any file. It writes up
/// to there, then `line` to its standard output, and waits: for the signal that kills it, or the end of its
/// input, with which it ends. `line` has to stay.
int wl_process_stop_behind(uint64_t size, const char *line);
/// Sends a signal.
int wl_process_signal(int32_t pid, int32_t signal);
/// Waits for the end of a child: its exit status, or 128 and the signal as a shell says it.
int wl_process_wait(int32_t pid);
/// Reads what has come, waiting for it; 0 at the end.
int64_t wl_pipe_read(int fd, void *buffer, uint64_t count);
/// Writes; a reader that has gone is `-EPIPE` and no signal.
int64_t wl_pipe_write(int fd, const void *buffer, uint64_t count);

#endif
