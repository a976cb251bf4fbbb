/* Fields by number, put and looked at: for tests of dynamic access. */
#ifndef TESTS_DYN_VALUES_H
#define TESTS_DYN_VALUES_H

#include "check.h"
#include "mcodyn.h"

static inline void put(MCO_Hf *h, uint2 field, mco_dyn_value_t value) { OK(mco_dyn_put(h, field, 0, &value)); }

static inline void signed_is(MCO_Hf *h, uint2 field, mco_int8 expected) {
    mco_dyn_value_t value;
    OK(mco_dyn_get(h, field, 0, &value));
    TRUE(value.kind == MCO_DYN_SIGNED && value.v.i == expected);
    value.v.i = ~expected;
    OK(mco_dyn_copy(h, field, 0, &value, NULL, 0));
    TRUE(value.kind == MCO_DYN_SIGNED && value.v.i == expected);
}

static inline void unsigned_is(MCO_Hf *h, uint2 field, uint8 expected) {
    mco_dyn_value_t value;
    OK(mco_dyn_get(h, field, 0, &value));
    TRUE(value.kind == MCO_DYN_UNSIGNED && value.v.u == expected);
}

/* A copy is what get shows; nothing is written behind it, and nothing at all when there is no room. */
static inline void copy_is(MCO_Hf *h, uint2 field, int kind, const void *expected, mco_size_t len) {
    char buf[65536];
    mco_dyn_value_t value;
    memset(buf, '#', sizeof buf);
    OK(mco_dyn_copy(h, field, 0, &value, buf, len));
    TRUE(value.kind == kind && value.v.s.len == len && value.v.s.ptr == buf);
    TRUE((len == 0 || memcmp(buf, expected, len) == 0) && buf[len] == '#');
    if (len > 0) {
        GIVES(MCO_S_OVERFLOW, mco_dyn_copy(h, field, 0, &value, memset(buf, '#', len), len - 1));
        TRUE(value.kind == kind && value.v.s.len == len && value.v.s.ptr == NULL && buf[0] == '#');
        GIVES(MCO_S_OVERFLOW, mco_dyn_copy(h, field, 0, &value, NULL, 0));
        GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_copy(h, field, 0, &value, NULL, len));
    }
}

static inline void bytes_are(MCO_Hf *h, uint2 field, int kind, const void *expected, mco_size_t len) {
    mco_dyn_value_t value;
    uint4 size;
    copy_is(h, field, kind, expected, len);
    OK(mco_dyn_get(h, field, 0, &value));
    TRUE(value.kind == kind && value.v.s.len == len && (len == 0 || memcmp(value.v.s.ptr, expected, len) == 0));
    OK(mco_dyn_size(h, field, &size));
    TRUE(size == len);
}

#endif
