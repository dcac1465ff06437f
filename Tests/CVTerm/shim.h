#include <vterm.h>
#include <pty.h>
