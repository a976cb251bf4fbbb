/* Server and device of a pair of processes, written as the documentation says. */
#ifndef TESTS_PAIR_H
#define TESTS_PAIR_H

#include "common.h"
#include "mcoiot.h"
#include "mcoiotx.h"

#define NAME "node" /* both processes use the same name */
#define ROWS 100

#endif
