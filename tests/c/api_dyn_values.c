/* Objects and their fields by number: what goes in and comes out, and every code that is documented. */
#include "check.h"
#include "dyn.h"
#include "dyn_values.h"
#include "mcodyn.h"

#include <float.h>
#include <math.h>

static mco_dictionary_h dict;
static mco_db_h db;
static const uint2 item = 1, plain = 2, maybe = 3;

/* A value and its end of the range go in and come out; one beyond is refused. */
static void ranges(void) {
    static const struct { uint2 field; mco_int8 low, high; } whole[] = {
        {I1, -128, 127}, {I2, -32768, 32767}, {I4, -2147483647LL - 1, 2147483647}, {PRICE, -999999999, 999999999},
        {COLOR, -2147483647LL - 1, 2147483647}};
    static const struct { uint2 field; uint8 high; } natural[] = {
        {U1, 255}, {U2, 65535}, {U4, 4294967295u}, {D, 4294967295u}, {TM, 4294967295u}};
    size_t i;
    mco_trans_h t;
    MCO_Hf h;

    for (i = 0; i < sizeof whole / sizeof *whole; ++i) {
        mco_dyn_value_t beyond[2] = {dyn_i(whole[i].low - 1), dyn_i(whole[i].high + 1)};
        int end;
        for (end = 0; end < 2; ++end) {
            t = begin(db, MCO_READ_WRITE);
            OK(mco_dyn_new(t, item, NULL, &h));
            put(&h, whole[i].field, dyn_i(whole[i].low));
            signed_is(&h, whole[i].field, whole[i].low);
            put(&h, whole[i].field, dyn_u((uint8) whole[i].high));
            signed_is(&h, whole[i].field, whole[i].high);
            GIVES(MCO_E_CONVERSION, mco_dyn_put(&h, whole[i].field, 0, &beyond[end]));
            GIVES(MCO_E_CONVERSION, mco_trans_commit(t));
        }
    }
    for (i = 0; i < sizeof natural / sizeof *natural; ++i) {
        mco_dyn_value_t beyond[2] = {dyn_u(natural[i].high + 1), dyn_i(-1)};
        int end;
        for (end = 0; end < 2; ++end) {
            t = begin(db, MCO_READ_WRITE);
            OK(mco_dyn_new(t, item, NULL, &h));
            put(&h, natural[i].field, dyn_i((mco_int8) natural[i].high));
            unsigned_is(&h, natural[i].field, natural[i].high);
            GIVES(MCO_E_CONVERSION, mco_dyn_put(&h, natural[i].field, 0, &beyond[end]));
            OK(mco_trans_rollback(t));
        }
    }
}

static void numbers(void) {
    const mco_int8 lowest = -9223372036854775807LL - 1;
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    mco_dyn_value_t value;
    MCO_Hf h;
    uint8 id, last;
    uint4 size;

    OK(mco_dyn_new(t, item, NULL, &h));
    signed_is(&h, PRICE, 1250);
    signed_is(&h, COLOR, 1);
    signed_is(&h, I8, 0);
    bytes_are(&h, S, MCO_DYN_TEXT, "", 0);
    put(&h, I8, dyn_i(lowest));
    signed_is(&h, I8, lowest);
    put(&h, I8, dyn_u(9223372036854775807ull));
    signed_is(&h, I8, 9223372036854775807LL);
    put(&h, U8, dyn_u(18446744073709551615ull));
    unsigned_is(&h, U8, 18446744073709551615ull);
    put(&h, DT, dyn_u(18446744073709551615ull));
    unsigned_is(&h, DT, 18446744073709551615ull);
    put(&h, OTHER, dyn_u(18446744073709551614ull));
    unsigned_is(&h, OTHER, 18446744073709551614ull);
    put(&h, FLAG, dyn_i(-7));
    unsigned_is(&h, FLAG, 1);
    put(&h, FLAG, dyn_u(0));
    unsigned_is(&h, FLAG, 0);
    put(&h, COLOR, dyn_s(MCO_DYN_TEXT, "BLUE", 4));
    signed_is(&h, COLOR, 5);
    put(&h, COLOR, dyn_i(3)); /* no constant has it, as in generated code */
    signed_is(&h, COLOR, 3);

    put(&h, F8, dyn_d(-DBL_MAX));
    OK(mco_dyn_get(&h, F8, 0, &value));
    TRUE(value.kind == MCO_DYN_DOUBLE && value.v.d == -DBL_MAX);
    put(&h, F8, dyn_d(NAN));
    OK(mco_dyn_get(&h, F8, 0, &value));
    TRUE(isnan(value.v.d));
    put(&h, F8, dyn_i(-3));
    OK(mco_dyn_get(&h, F8, 0, &value));
    TRUE(value.v.d == -3.0);
    put(&h, F4, dyn_d(0.1));
    OK(mco_dyn_get(&h, F4, 0, &value));
    TRUE(value.v.d == (double) 0.1f);
    put(&h, F4, dyn_d(-INFINITY));
    OK(mco_dyn_get(&h, F4, 0, &value));
    TRUE(value.v.d == -INFINITY);
    put(&h, F4, dyn_u(16));
    OK(mco_dyn_get(&h, F4, 0, &value));
    TRUE(value.v.d == 16.0);

    OK(mco_dyn_autoid(&h, &id));
    OK(mco_get_last_autoid(db, &last));
    TRUE(id == last);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_autoid(&h, NULL));
    GIVES(MCO_E_UDA_SCALAR, mco_dyn_size(&h, U8, &size));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_size(&h, S, NULL));
    GIVES(MCO_E_UDA_FIELD_NOTFOUND, mco_dyn_size(&h, 99, &size));
    OK(mco_trans_rollback(t));
}

static void texts(void) {
    static const nchar_t wide[] = {'x', 0x20AC, 0, 0x4E2D};
    static char longest[65536];
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    mco_dyn_value_t value;
    MCO_Hf h;

    memset(longest, 'l', sizeof longest);
    OK(mco_dyn_new(t, item, NULL, &h));
    put(&h, C4, dyn_s(MCO_DYN_TEXT, "ab\0\0", 4));
    bytes_are(&h, C4, MCO_DYN_TEXT, "ab", 2);
    put(&h, C4, dyn_s(MCO_DYN_BYTES, "abcd", 4));
    bytes_are(&h, C4, MCO_DYN_TEXT, "abcd", 4);
    put(&h, N4, dyn_s(MCO_DYN_WIDE, wide, sizeof wide));
    bytes_are(&h, N4, MCO_DYN_WIDE, wide, sizeof wide);
    put(&h, B4, dyn_s(MCO_DYN_BYTES, "a\0b\0", 4));
    bytes_are(&h, B4, MCO_DYN_BYTES, "a\0b", 3);
    put(&h, S, dyn_s(MCO_DYN_TEXT, longest, 65535));
    bytes_are(&h, S, MCO_DYN_TEXT, longest, 65535);
    put(&h, S, dyn_s(MCO_DYN_TEXT, "a\0b\0", 4)); /* NUL counts, at the end too */
    bytes_are(&h, S, MCO_DYN_TEXT, "a\0b\0", 4);
    put(&h, S, dyn_s(MCO_DYN_TEXT, NULL, 0));
    bytes_are(&h, S, MCO_DYN_TEXT, "", 0);
    put(&h, NS, dyn_s(MCO_DYN_WIDE, wide, sizeof wide));
    bytes_are(&h, NS, MCO_DYN_WIDE, wide, sizeof wide);
    put(&h, NS, dyn_s(MCO_DYN_WIDE, longest, 65534));
    bytes_are(&h, NS, MCO_DYN_WIDE, longest, 65534);
    put(&h, VB, dyn_s(MCO_DYN_TEXT, "\xff\x00\xfe", 3));
    bytes_are(&h, VB, MCO_DYN_BYTES, "\xff\x00\xfe", 3);

    /* A text stays until the next get, whatever is put meanwhile. */
    OK(mco_dyn_get(&h, VB, 0, &value));
    put(&h, VB, dyn_s(MCO_DYN_BYTES, "other", 5));
    TRUE(memcmp(value.v.s.ptr, "\xff\x00\xfe", 3) == 0);
    OK(mco_trans_rollback(t));
}

/* NULL goes in and out as a kind of its own. */
static void nulls(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    mco_dyn_value_t value;
    uint4 size = 99;
    MCO_Hf h;
    uint2 field;

    OK(mco_dyn_new(t, maybe, NULL, &h));
    for (field = 0; field < 4; ++field) {
        const mco_dyn_value_t none = dyn_null();
        OK(mco_dyn_get(&h, field, 0, &value));
        TRUE(value.kind == (field == 2 ? MCO_DYN_DOUBLE : MCO_DYN_NULL)); /* has a default */
        OK(mco_dyn_put(&h, field, 0, &none));
        OK(mco_dyn_get(&h, field, 0, &value));
        TRUE(value.kind == MCO_DYN_NULL && value.v.u == 0);
        OK(mco_dyn_copy(&h, field, 0, &value, NULL, 0));
        TRUE(value.kind == MCO_DYN_NULL && value.v.s.ptr == NULL && value.v.s.len == 0);
    }
    OK(mco_dyn_size(&h, 1, &size));
    TRUE(size == 0);
    put(&h, 0, dyn_u(7));
    put(&h, 1, dyn_s(MCO_DYN_TEXT, "", 0));
    unsigned_is(&h, 0, 7);
    bytes_are(&h, 1, MCO_DYN_TEXT, "", 0); /* empty is not NULL */
    OK(mco_dyn_get(&h, 4, 0, &value)); /* a blob that was never written */
    TRUE(value.kind == MCO_DYN_NULL && value.v.s.len == 0);
    put(&h, 4, dyn_s(MCO_DYN_BYTES, "a\0b", 3));
    bytes_are(&h, 4, MCO_DYN_BYTES, "a\0b", 3);
    OK(mco_dyn_size(&h, 4, &size));
    TRUE(size == 3);
    put(&h, 4, dyn_null());
    OK(mco_dyn_get(&h, 4, 0, &value));
    TRUE(value.kind == MCO_DYN_NULL);
    put(&h, 4, dyn_s(MCO_DYN_TEXT, "", 0));
    bytes_are(&h, 4, MCO_DYN_BYTES, "", 0);
    OK(mco_dyn_erase(&h, 4, 0));
    OK(mco_dyn_get(&h, 4, 0, &value));
    TRUE(value.kind == MCO_DYN_NULL);
    GIVES(MCO_E_UDA_SCALAR, mco_dyn_size(&h, 0, &size));
    OK(mco_trans_rollback(t));
}

/* What a field refuses; each puts the transaction into the error state. */
static void refusals(void) {
    static char long_text[65536];
    const struct { MCO_RET code; uint2 field; uint4 element; mco_dyn_value_t value; } refused[] = {
        {MCO_E_UDA_WRONG_VALUE_TYPE, I4, 0, dyn_null()},
        {MCO_E_UDA_WRONG_VALUE_TYPE, I4, 0, dyn_d(1)},
        {MCO_E_UDA_WRONG_VALUE_TYPE, I4, 0, dyn_s(MCO_DYN_TEXT, "1", 1)},
        {MCO_E_UDA_WRONG_VALUE_TYPE, F8, 0, dyn_s(MCO_DYN_TEXT, "1", 1)},
        {MCO_E_UDA_WRONG_VALUE_TYPE, FLAG, 0, dyn_d(1)},
        {MCO_E_UDA_WRONG_VALUE_TYPE, S, 0, dyn_i(1)},
        {MCO_E_UDA_WRONG_VALUE_TYPE, S, 0, dyn_s(MCO_DYN_WIDE, "ab", 2)},
        {MCO_E_UDA_WRONG_VALUE_TYPE, NS, 0, dyn_s(MCO_DYN_TEXT, "ab", 2)},
        {MCO_E_UDA_WRONG_VALUE_TYPE, COLOR, 0, dyn_s(MCO_DYN_BYTES, "RED", 3)},
        {MCO_E_CONVERSION, COLOR, 0, dyn_s(MCO_DYN_TEXT, "PINK", 4)},
        {MCO_E_CONVERSION, I8, 0, dyn_u(9223372036854775808ull)},
        {MCO_E_CONVERSION, U8, 0, dyn_i(-1)},
        {MCO_E_CONVERSION, F4, 0, dyn_d(1e39)},
        {MCO_E_CONVERSION, C4, 0, dyn_s(MCO_DYN_TEXT, "abcde", 5)},
        {MCO_E_CONVERSION, N4, 0, dyn_s(MCO_DYN_WIDE, "a", 1)},
        {MCO_E_CONVERSION, N4, 0, dyn_s(MCO_DYN_WIDE, "a b c d e ", 10)},
        {MCO_E_CONVERSION, S, 0, dyn_s(MCO_DYN_TEXT, long_text, 65536)},
        {MCO_E_CONVERSION, NS, 0, dyn_s(MCO_DYN_WIDE, long_text, 65536)},
        {MCO_E_ILLEGAL_PARAM, S, 0, dyn_s(MCO_DYN_TEXT, NULL, 1)},
        {MCO_E_ILLEGAL_PARAM, I4, 0, dyn_s(7, "", 0)},
        {MCO_E_INDEXLIMIT, I4, 1, dyn_i(1)},
        {MCO_E_UDA_FIELD_NOTFOUND, 99, 0, dyn_i(1)}};
    size_t i;
    mco_dyn_value_t value = dyn_i(1);
    uint8 id;
    MCO_Hf h, never;
    mco_trans_h t;

    memset(long_text, 'x', sizeof long_text);
    for (i = 0; i < sizeof refused / sizeof *refused; ++i) {
        t = begin(db, MCO_READ_WRITE);
        OK(mco_dyn_new(t, item, NULL, &h));
        if (mco_dyn_put(&h, refused[i].field, refused[i].element, &refused[i].value) != refused[i].code)
            FAIL("refusal %d: %s", (int) i, mco_iotx_last_error());
        GIVES(MCO_E_TRANSACT, mco_dyn_put(&h, I4, 0, &value));
        GIVES(refused[i].code, mco_trans_commit(t));
    }
    t = begin(db, MCO_READ_WRITE);
    OK(mco_dyn_new(t, item, NULL, &h));
    GIVES(MCO_E_UDA_FIELD_NOTFOUND, mco_dyn_get(&h, 99, 0, &value));
    GIVES(MCO_E_INDEXLIMIT, mco_dyn_get(&h, I4, 1, &value));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_get(&h, I4, 0, NULL));
    GIVES(MCO_E_UDA_FIELD_NOTFOUND, mco_dyn_copy(&h, 99, 0, &value, NULL, 0));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_copy(&h, I4, 0, NULL, NULL, 0));
    OK(mco_dyn_delete(&h));
    GIVES(MCO_E_DELETED, mco_dyn_get(&h, I4, 0, &value));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_put(&h, I4, 0, NULL));
    OK(mco_trans_rollback(t));
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_get(&h, I4, 0, &value));
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_put(NULL, I4, 0, &value));
    memset(&never, 0, sizeof never);
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_delete(&never));
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_checkpoint(NULL));

    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_new(t, item, &value, &h));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_new(t, item, NULL, NULL));
    OK(mco_dyn_new(t, plain, NULL, &h));
    GIVES(MCO_E_UDA_INDEX_NOTFOUND, mco_dyn_autoid(&h, &id));
    GIVES(MCO_E_UDA_WRONG_CLASS_CODE, mco_dyn_new(t, 77, NULL, &h));
    OK(mco_trans_rollback(t));
    GIVES(MCO_E_TRANS_NOT_ACTIVE, mco_dyn_new(t, item, NULL, &h));
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_new(NULL, item, NULL, &h));
    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_UDA_WRONG_CLASS_CODE, mco_dyn_delete_all(t, 77));
    OK(mco_trans_rollback(t));
    t = begin(db, MCO_READ_ONLY);
    GIVES(MCO_E_ACCESS, mco_dyn_new(t, item, NULL, &h));
    OK(mco_trans_rollback(t));
    t = begin(db, MCO_READ_ONLY);
    GIVES(MCO_E_ACCESS, mco_dyn_delete_all(t, item));
    OK(mco_trans_rollback(t));
}

static void duplicates(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    MCO_Hf a, b, found;
    mco_dyn_value_t one = dyn_u(1);

    OK(mco_dyn_new(t, plain, NULL, &a));
    put(&a, 0, one);
    OK(mco_dyn_checkpoint(&a));
    OK(mco_dyn_new(t, plain, NULL, &b));
    put(&b, 0, one);
    GIVES(MCO_S_DUPLICATE, mco_dyn_checkpoint(&b));
    TRUE(mco_get_last_unique_violation_index(db) == BY_N);
    put(&b, 0, dyn_u(2));
    OK(mco_dyn_checkpoint(&b));
    OK(mco_dyn_delete_all(t, plain));
    GIVES(MCO_S_NOTFOUND, mco_dyn_find(t, plain, BY_N, &one, 1, &found));
    OK(mco_trans_commit(t));
}

int main(void) {
    OK(mco_runtime_start());
    OK(mco_dyn_compile(DYN_SCHEMA, NULL, MCO_DYN_NO_WARNINGS, &dict, NULL, 0));
    OK(open_memory("dyn", dict, 16 << 20, NULL));
    OK(mco_db_connect("dyn", &db));
    ranges();
    numbers();
    texts();
    nulls();
    refusals();
    duplicates();
    OK(mco_db_disconnect(db));
    OK(mco_db_close("dyn"));
    OK(mco_dyn_free(dict));
    OK(mco_runtime_stop());
    return 0;
}
