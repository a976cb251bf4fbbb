/* A schema with every kind of field and index, and values, for the tests of dynamic access. */
#ifndef TESTS_DYN_H
#define TESTS_DYN_H

#include "mcodyn.h"

#define DYN_SCHEMA                                                                                                \
    "declare database dyn;\n"                                                                                     \
    "enum Color { RED, GREEN, BLUE = 5 };\n"                                                                      \
    "class Item {\n"                                                                                              \
    "    signed<1> i1; signed<2> i2; signed<4> i4; signed<8> i8;\n"                                               \
    "    unsigned<1> u1; unsigned<2> u2; unsigned<4> u4; unsigned<8> u8;\n"                                       \
    "    float f4; double f8; bool flag;\n"                                                                       \
    "    char<4> c4; nchar<4> n4; binary<4> b4; string s; nstring ns; varbinary vb;\n"                            \
    "    date d; time tm; datetime dt;\n"                                                                         \
    "    numeric<9,2> price = 12.5; Color color = GREEN; autoid_t other;\n"                                       \
    "    tree <i4> by_whole; tree <u8> by_natural; tree <f8> by_real; tree <s> by_text; tree <ns> by_wide;\n"     \
    "    tree <vb> by_bytes; tree <color, dt desc> by_pair; nonunique hash <u2> by_hash[10];\n"                   \
    "    hash <other> by_other[10];\n"                                                                            \
    "    list; autoid[10];\n"                                                                                     \
    "};\n"                                                                                                        \
    "class Plain { unsigned<4> n; string s; unique tree <n> by_n; };\n"                                          \
    "class Maybe { nullable unsigned<4> n; nullable string s; nullable double d = 0.5; nullable nchar<4> w; blob o; list; };\n"

enum { I1, I2, I4, I8, U1, U2, U4, U8, F4, F8, FLAG, C4, N4, B4, S, NS, VB, D, TM, DT, PRICE, COLOR, OTHER };
enum { BY_WHOLE, BY_NATURAL, BY_REAL, BY_TEXT, BY_WIDE, BY_BYTES, BY_PAIR, BY_HASH, BY_OTHER, BY_N };

static inline mco_dyn_value_t dyn_i(mco_int8 i) {
    mco_dyn_value_t value = {MCO_DYN_SIGNED, {0}};
    value.v.i = i;
    return value;
}

static inline mco_dyn_value_t dyn_u(uint8 u) {
    mco_dyn_value_t value = {MCO_DYN_UNSIGNED, {0}};
    value.v.u = u;
    return value;
}

static inline mco_dyn_value_t dyn_d(double d) {
    mco_dyn_value_t value = {MCO_DYN_DOUBLE, {0}};
    value.v.d = d;
    return value;
}

static inline mco_dyn_value_t dyn_s(int kind, const void *ptr, mco_size_t len) {
    mco_dyn_value_t value = {kind, {0}};
    value.v.s.ptr = ptr;
    value.v.s.len = len;
    return value;
}

static inline mco_dyn_value_t dyn_null(void) {
    mco_dyn_value_t value = {MCO_DYN_NULL, {0}};
    return value;
}

#endif
