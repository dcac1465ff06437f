#ifndef WALSCOPE_CLINUX_H
#define WALSCOPE_CLINUX_H

#include "arguments.h"
#include "changes.h"
#include "copies.h"
#include "files.h"
#include "memory.h"
#include "new_files.h"
#include "processes.h"
#include "shared_memory.h"
#include "signals.h"
#include "writers.h"

#endif
