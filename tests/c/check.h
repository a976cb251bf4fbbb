/* What the test programs share: an expectation that fails ends the program with its place. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mco.h"
#include "mcoiotx.h"

#define FAIL(...)                                                                                                \
    do {                                                                                                         \
        fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                                                          \
        fprintf(stderr, __VA_ARGS__);                                                                            \
        fprintf(stderr, "\n");                                                                                   \
        exit(1);                                                                                                 \
    } while (0)

/* The call gives just this code. */
#define GIVES(code, call)                                                                                        \
    do {                                                                                                         \
        int got_ = (int) (call);                                                                                 \
        if (got_ != (int) (code))                                                                                \
            FAIL("%s gave %d (%s; %s), not %s", #call, got_, mco_strerror((MCO_RET) got_), mco_iotx_last_error(), #code); \
    } while (0)

#define OK(call) GIVES(MCO_S_OK, call)

#define TRUE(condition)                                                                                          \
    do {                                                                                                         \
        if (!(condition)) FAIL("not true: %s", #condition);                                                      \
    } while (0)

/* One millisecond. */
static inline void test_pause(void) {
    const struct timespec pause = {0, 1000000};
    nanosleep(&pause, NULL);
}

#define WAIT_FOR(condition)                                                                                      \
    do {                                                                                                         \
        int left_ = 20000;                                                                                       \
        while (!(condition) && --left_ > 0) test_pause();                                                        \
        if (left_ == 0) FAIL("waited in vain for: %s", #condition);                                              \
    } while (0)

/* An in-memory database of this size. */
static inline MCO_RET open_memory(const char *name, mco_dictionary_h dictionary, mco_size_t size, const mco_db_params_t *asked) {
    static char memory[64];
    mco_db_params_t params;
    mco_device_t device;

    memset(&device, 0xEE, sizeof device); /* only what belongs to the type may be read */
    device.type = MCO_MEMORY_CONV;
    device.assignment = MCO_MEMORY_ASSIGN_DATABASE;
    device.size = size;
    device.dev.conv.ptr = memory;
    if (asked != NULL) {
        params = *asked;
    } else {
        mco_db_params_init(&params);
    }
    return mco_db_open_dev(name, dictionary, &device, 1, &params);
}

static inline mco_trans_h begin(mco_db_h db, MCO_TRANS_TYPE type) {
    mco_trans_h t;
    OK(mco_trans_start(db, type, MCO_TRANS_FOREGROUND, &t));
    return t;
}

#endif
