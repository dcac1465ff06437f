#ifndef WALSCOPE_CNCURSES_SHIM_H
#define WALSCOPE_CNCURSES_SHIM_H

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <term.h>
#include <wchar.h>

// Swift sees no global variables, no casting macros and no variadic functions of C; each of the
// following stands for one of those.

/// `newterm` on standard output and standard input; null for a terminal it does not know.
static inline SCREEN *nc_open(void) { return newterm(NULL, stdout, stdin); }

static inline WINDOW *nc_screen(void) { return stdscr; }
static inline WINDOW *nc_physical_screen(void) { return curscr; }
static inline int nc_color_count(void) { return COLORS; }
static inline int nc_pair_count(void) { return COLOR_PAIRS; }

static inline unsigned nc_bold(void) { return WA_BOLD; }
static inline unsigned nc_dim(void) { return WA_DIM; }
static inline unsigned nc_reverse(void) { return WA_REVERSE; }
static inline unsigned nc_underline(void) { return WA_UNDERLINE; }

/// Puts one character with its combining marks (at most CCHARW_MAX, ended by 0) at a place.
static inline void nc_put(int row, int column, const wchar_t *text, unsigned attributes, int pair) {
  cchar_t cell;
  if (setcchar(&cell, text, attributes, (short)pair, &pair) == OK) {
    // Writing the lower right corner answers ERR although the cell is set, so there is nothing to
    // learn from the answer.
    (void)mvadd_wch(row, column, &cell);
  }
}

/// Makes the locale's characters UTF-8 whatever the environment says. Answers 0 when that fails.
static inline int nc_use_utf8(void) {
  const char *named = setlocale(LC_CTYPE, "");
  if (named && strcmp(nl_langinfo(CODESET), "UTF-8") == 0) return 1;
  return setlocale(LC_CTYPE, "C.UTF-8") != NULL;
}

/// A string of the terminal's description, or null.
static inline const char *nc_capability(const char *name) {
  const char *value = tigetstr((char *)name);
  return value == (const char *)-1 ? NULL : value;
}

/// What the C library thinks of a character's width; ncurses places cells by it.
static inline int nc_width(wchar_t character) {
  extern int wcwidth(wchar_t);
  return wcwidth(character);
}

enum nc_mouse_kind { NC_MOUSE_OTHER, NC_MOUSE_PRESS, NC_MOUSE_WHEEL_UP, NC_MOUSE_WHEEL_DOWN };

/// Asks for presses and the wheel, without the delay that telling clicks apart would cost.
static inline void nc_mouse_on(void) {
  mouseinterval(0);
  mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
}

/// The next mouse event: its kind and place; `NC_MOUSE_OTHER` when there is none of interest.
static inline int nc_mouse_next(int *row, int *column) {
  MEVENT event;
  if (getmouse(&event) != OK) return NC_MOUSE_OTHER;
  *row = event.y;
  *column = event.x;
  if (event.bstate & BUTTON4_PRESSED) return NC_MOUSE_WHEEL_UP;
  if (event.bstate & BUTTON5_PRESSED) return NC_MOUSE_WHEEL_DOWN;
  if (event.bstate & BUTTON1_PRESSED) return NC_MOUSE_PRESS;
  return NC_MOUSE_OTHER;
}

/// The next key without waiting: `ERR`, `OK` (a character) or `KEY_CODE_YES` (a key code).
static inline int nc_read_key(unsigned *value) {
  wint_t read = 0;
  int status = wget_wch(stdscr, &read);
  *value = (unsigned)read;
  return status;
}

#endif
