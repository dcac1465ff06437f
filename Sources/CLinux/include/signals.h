#ifndef WALSCOPE_CLINUX_SIGNALS_H
#define WALSCOPE_CLINUX_SIGNALS_H

#include <stddef.h>
#include <stdint.h>

/// Blocks SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGTSTP and SIGCONT in the calling thread and in every
/// thread it starts later. Answers 0 or `-errno`. May be called again.
int wl_signals_block(void);

/// Unblocks them again in the calling thread. Answers 0 or `-errno`.
int wl_signals_unblock(void);

/// A non-blocking, close-on-exec descriptor that reads the signals of `wl_signals_block`,
/// or `-errno`.
int wl_signals_open(void);

/// The next pending signal of that descriptor, 0 when there is none, or `-errno`.
int wl_signals_next(int fd);

/// A non-blocking, close-on-exec event counter, or `-errno`.
int wl_event_open(void);

/// Makes the counter readable. Answers 0 or `-errno`; a full counter is readable, so it is no
/// error.
int wl_event_set(int fd);

/// Makes the counter unreadable again. Answers 0 or `-errno`.
int wl_event_clear(int fd);

/// Stops the process as SIGTSTP does by default and returns when it is continued. The kernel
/// ignores it where nobody could continue the process (an orphaned process group).
void wl_stop_self(void);

/// Ends the process by `signal`'s default action, so that the parent sees the true reason.
/// Returns only if that signal does not end a process.
void wl_end_self(int signal);

/// Rows and columns of the terminal behind `fd`. Answers 0 or `-errno`.
int wl_terminal_size(int fd, int *rows, int *columns);

/// Notes the modes of the terminal behind `fd`, for `wl_terminal_restore` and for the crash
/// handler. Answers 0 or `-errno`.
int wl_terminal_save(int fd);

/// Puts the noted modes back. Answers 0, also when none were noted, or `-errno`.
int wl_terminal_restore(void);

/// From now on a crash (SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGSYS, SIGQUIT) first
/// writes `reset` to `fd` and puts the noted modes back. `reset` is copied; at most 1024 bytes.
/// Answers 0 or `-errno`.
int wl_crash_arm(int fd, const uint8_t *reset, size_t count);

/// Ends what `wl_crash_arm` began.
void wl_crash_disarm(void);

/// Whether a crash is looked after between the two.
int wl_crash_is_armed(void);

#endif
