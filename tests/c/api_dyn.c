/* Dictionaries at run time; objects, fields, indexes and cursors by number: every function with every code it documents. */
#include "check.h"
#include "dyn.h"
#include "kinds.h"
#include "mcodyn.h"

#include <float.h>
#include <math.h>
#include <pthread.h>
#include <sys/stat.h>

static mco_dictionary_h dict;
static mco_db_h db;
static uint2 item, plain, maybe;

/* Values that other languages write down. */
static void constants(void) {
    TRUE(MCO_DYN_PERSISTENT == 1 && MCO_DYN_NO_WARNINGS == 2 && MCO_DYN_STRICT == 4 && MCO_DYN_INCLUDE_LIST == 8);
    TRUE(MCO_DYN_LIST == 0xFFFF && MCO_DYN_AUTOID == 0xFFFE);
    TRUE(MCO_DYN_NULL == 0 && MCO_DYN_SIGNED == 1 && MCO_DYN_UNSIGNED == 2 && MCO_DYN_DOUBLE == 3);
    TRUE(MCO_DYN_TEXT == 4 && MCO_DYN_BYTES == 5 && MCO_DYN_WIDE == 6);
}

static void compiling(void) {
    const char *const broken = "declare database d;\nclass X {\n    uint4 a;\n};\n";
    char messages[2000], small[10];
    mco_dictionary_h other;
    const void *json;
    mco_size_t length;
    FILE *file;

    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_compile(NULL, NULL, 0, &other, NULL, 0));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_compile(broken, NULL, 0, NULL, NULL, 0));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_compile(broken, NULL, 16, &other, NULL, 0));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_compile(broken, NULL, 0, &other, messages, 0));
    GIVES(MCO_E_SCHEMA_ERROR, mco_dyn_compile(broken, NULL, 0, &other, messages, sizeof messages));
    TRUE(strstr(messages, "<schema>:3:5: error: unknown type 'uint4'\n    uint4 a;\n    ^") != NULL);
    TRUE(strcmp(messages, mco_iotx_last_error()) == 0);
    GIVES(MCO_E_SCHEMA_ERROR, mco_dyn_compile(broken, NULL, 0, &other, small, sizeof small));
    TRUE(strcmp(small, "<schema>:") == 0 && strstr(mco_iotx_last_error(), "unknown type") != NULL);
    GIVES(MCO_E_SCHEMA_ERROR, mco_dyn_compile("", NULL, 0, &other, NULL, 0));
    GIVES(MCO_E_SCHEMA_ERROR, mco_dyn_compile("declare \xff", NULL, 0, &other, NULL, 0));

    /* Warnings: shown, left out, taken for errors. */
    OK(mco_dyn_compile("declare database d; class X { unsigned<4> a; };", NULL, 0, &other, messages, sizeof messages));
    TRUE(strstr(messages, "warning: class 'X' has no access statement") != NULL);
    OK(mco_dyn_free(other));
    OK(mco_dyn_compile("declare database d; class X { unsigned<4> a; };", NULL, MCO_DYN_NO_WARNINGS, &other, messages, sizeof messages));
    TRUE(messages[0] == 0);
    OK(mco_dyn_free(other));
    GIVES(MCO_E_SCHEMA_ERROR, mco_dyn_compile("declare database d; class X { unsigned<4> a; };", NULL, MCO_DYN_STRICT, &other, NULL, 0));

    OK(mco_dyn_compile("declare database d; class X { unsigned<4> a; list; };", NULL, MCO_DYN_PERSISTENT, &other, NULL, 0));
    OK(mco_dyn_describe(other, &json, &length));
    TRUE(strstr((const char *) json, "\"persistent\": true") != NULL);
    OK(mco_dyn_free(other));

    /* Include files, from several directories. */
    TRUE(mkdir("inc", 0700) == 0);
    file = fopen("inc/types.inc", "w");
    fputs("#define uint4 unsigned<4>\n", file);
    fclose(file);
    GIVES(MCO_E_SCHEMA_ERROR, mco_dyn_compile("#include \"absent.inc\"\n", "no/such:inc", 0, &other, messages, sizeof messages));
    TRUE(strstr(messages, "include file 'absent.inc' not found") != NULL && strstr(messages, "no/such") != NULL);
    OK(mco_dyn_compile("#include \"types.inc\"\ndeclare database d; class X { uint4 a; list; };", "no/such:inc", 0, &other, messages,
                       sizeof messages));
    TRUE(messages[0] == 0);
    OK(mco_dyn_free(other));
    TRUE(rename("inc", "in:c") == 0);
    OK(mco_dyn_compile("#include \"types.inc\"\ndeclare database d; class X { uint4 a; list; };", "no/such\0in:c\0", MCO_DYN_INCLUDE_LIST,
                       &other, messages, sizeof messages));
    TRUE(messages[0] == 0);
    OK(mco_dyn_free(other));
    GIVES(MCO_E_SCHEMA_ERROR, mco_dyn_compile("#include \"types.inc\"\n", "\0in:c\0", MCO_DYN_INCLUDE_LIST, &other, NULL, 0));
}

static void names(void) {
    const void *json, *again;
    mco_size_t size;
    mco_dictionary_h freed;
    uint2 number = 99;
    int on_stack = 0;

    OK(mco_dyn_class(dict, "Item", &item));
    OK(mco_dyn_class(dict, "Plain", &plain));
    OK(mco_dyn_class(dict, "Maybe", &maybe));
    TRUE(item == 1 && plain == 2 && maybe == 3);
    GIVES(MCO_E_UDA_STRUCT_NOTFOUND, mco_dyn_class(dict, "item", &number));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_class(dict, NULL, &number));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_class(dict, "Item", NULL));
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_class(NULL, "Item", &number));
    GIVES(MCO_E_UDA_NOT_DYNAMIC, mco_dyn_class(kinds_get_dictionary(), "Item", &number));
    OK(mco_dyn_field(dict, item, "i1", &number));
    TRUE(number == I1);
    OK(mco_dyn_field(dict, item, "other", &number));
    TRUE(number == OTHER);
    GIVES(MCO_E_UDA_FIELD_NOTFOUND, mco_dyn_field(dict, item, "nothing", &number));
    GIVES(MCO_E_UDA_WRONG_CLASS_CODE, mco_dyn_field(dict, 77, "i1", &number));
    GIVES(MCO_E_UDA_WRONG_CLASS_CODE, mco_dyn_field(dict, 0, "i1", &number));
    GIVES(MCO_E_UDA_NOT_DYNAMIC, mco_dyn_field(kinds_get_dictionary(), item, "i1", &number));
    OK(mco_dyn_index(dict, item, "by_real", &number));
    TRUE(number == BY_REAL);
    OK(mco_dyn_index(dict, plain, "by_n", &number));
    TRUE(number == BY_N);
    GIVES(MCO_E_UDA_INDEX_NOTFOUND, mco_dyn_index(dict, plain, "by_real", &number));
    GIVES(MCO_E_UDA_WRONG_CLASS_CODE, mco_dyn_index(dict, 77, "by_n", &number));
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_index(NULL, plain, "by_n", &number));

    OK(mco_dyn_describe(dict, &json, &size));
    TRUE(size == strlen((const char *) json));
    TRUE(strstr((const char *) json, "{\"name\": \"price\", \"no\": 20, \"type\": \"numeric<9,2>\", \"size\": 4") != NULL);
    TRUE(strstr((const char *) json, "{\"name\": \"by_n\", \"no\": 9, \"kind\": \"tree\", \"unique\": true") != NULL);
    OK(mco_dyn_describe(dict, &again, &size));
    TRUE(again == json);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_describe(dict, NULL, &size));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_describe(dict, &json, NULL));
    GIVES(MCO_E_UDA_NOT_DYNAMIC, mco_dyn_describe(kinds_get_dictionary(), &json, &size));

    OK(mco_dyn_compile(DYN_SCHEMA, NULL, MCO_DYN_NO_WARNINGS, &freed, NULL, 0));
    OK(mco_dyn_free(freed));
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_free(freed));
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_describe(freed, &json, &size));
    GIVES(MCO_E_INVALID_HANDLE, open_memory("freed", freed, 1 << 20, NULL));
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_free(NULL));
    GIVES(MCO_E_UDA_NOT_DYNAMIC, mco_dyn_free(kinds_get_dictionary()));
    GIVES(MCO_E_UDA_NOT_DYNAMIC, mco_dyn_free((mco_dictionary_h) (void *) &on_stack));
}

static void put(MCO_Hf *h, uint2 field, mco_dyn_value_t value) { OK(mco_dyn_put(h, field, 0, &value)); }

static void signed_is(MCO_Hf *h, uint2 field, mco_int8 expected) {
    mco_dyn_value_t value;
    OK(mco_dyn_get(h, field, 0, &value));
    TRUE(value.kind == MCO_DYN_SIGNED && value.v.i == expected);
    value.v.i = ~expected;
    OK(mco_dyn_copy(h, field, 0, &value, NULL, 0));
    TRUE(value.kind == MCO_DYN_SIGNED && value.v.i == expected);
}

static void unsigned_is(MCO_Hf *h, uint2 field, uint8 expected) {
    mco_dyn_value_t value;
    OK(mco_dyn_get(h, field, 0, &value));
    TRUE(value.kind == MCO_DYN_UNSIGNED && value.v.u == expected);
}

/* A copy is what get shows; nothing is written behind it, and nothing at all when there is no room. */
static void copy_is(MCO_Hf *h, uint2 field, int kind, const void *expected, mco_size_t len) {
    static char buf[65536];
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

static void bytes_are(MCO_Hf *h, uint2 field, int kind, const void *expected, mco_size_t len) {
    mco_dyn_value_t value;
    uint4 size;
    copy_is(h, field, kind, expected, len);
    OK(mco_dyn_get(h, field, 0, &value));
    TRUE(value.kind == kind && value.v.s.len == len && (len == 0 || memcmp(value.v.s.ptr, expected, len) == 0));
    OK(mco_dyn_size(h, field, &size));
    TRUE(size == len);
}

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

/* What a field refuses; each puts the transaction into the error state. */
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

/* A dictionary may go while its database is open, a database opened with generated code has the same functions. */
static void lifetimes(void) {
    mco_dictionary_h short_lived;
    mco_db_h other;
    mco_trans_h t;
    MCO_Hf h;
    mco_dyn_value_t key = dyn_u(5);

    OK(mco_dyn_compile(DYN_SCHEMA, NULL, MCO_DYN_NO_WARNINGS, &short_lived, NULL, 0));
    OK(open_memory("short", short_lived, 4 << 20, NULL));
    OK(mco_dyn_free(short_lived));
    OK(mco_db_connect("short", &other));
    t = begin(other, MCO_READ_WRITE);
    OK(mco_dyn_new(t, plain, NULL, &h));
    put(&h, 0, key);
    OK(mco_trans_commit(t));
    t = begin(other, MCO_READ_ONLY);
    OK(mco_dyn_find(t, plain, BY_N, &key, 1, &h));
    OK(mco_trans_commit(t));
    OK(mco_db_disconnect(other));
    OK(mco_db_close("short"));

    OK(open_memory("kinds", kinds_get_dictionary(), 4 << 20, NULL));
    OK(mco_db_connect("kinds", &other));
    t = begin(other, MCO_READ_WRITE);
    OK(mco_dyn_new(t, Note_code, NULL, &h));
    put(&h, 0, key);
    OK(mco_trans_checkpoint(t));
    OK(mco_dyn_find(t, Note_code, Note_idx_index_no, &key, 1, &h));
    OK(mco_trans_commit(t));
    OK(mco_db_disconnect(other));
    OK(mco_db_close("kinds"));
}

#define THREADS 4
#define ROUNDS 40

static void *work(void *number) {
    const int me = *(int *) number;
    mco_db_h own;
    int i;

    OK(mco_db_connect("dyn", &own));
    for (i = 0; i < ROUNDS; ++i) {
        char text[16];
        const int len = sprintf(text, "%d-%d", me, i);
        mco_dictionary_h mine;
        mco_dyn_value_t key = dyn_u((uint8) (me * ROUNDS + i));
        mco_trans_h t;
        uint2 code;
        MCO_Hf h;

        OK(mco_dyn_compile(DYN_SCHEMA, NULL, MCO_DYN_NO_WARNINGS, &mine, NULL, 0));
        OK(mco_dyn_class(mine, "Plain", &code));
        OK(mco_dyn_free(mine));
        t = begin(own, MCO_READ_WRITE);
        OK(mco_dyn_new(t, code, NULL, &h));
        put(&h, 0, key);
        put(&h, 1, dyn_s(MCO_DYN_TEXT, text, (mco_size_t) len));
        OK(mco_trans_commit(t));
        t = begin(own, MCO_READ_ONLY);
        OK(mco_dyn_find(t, code, BY_N, &key, 1, &h));
        bytes_are(&h, 1, MCO_DYN_TEXT, text, (mco_size_t) len);
        OK(mco_trans_commit(t));
    }
    OK(mco_db_disconnect(own));
    return NULL;
}

static void threads(void) {
    pthread_t thread[THREADS];
    int number[THREADS], i;
    mco_class_stat_t stat;
    mco_trans_h t;

    for (i = 0; i < THREADS; ++i) {
        number[i] = i;
        TRUE(pthread_create(&thread[i], NULL, work, &number[i]) == 0);
    }
    for (i = 0; i < THREADS; ++i) TRUE(pthread_join(thread[i], NULL) == 0);
    t = begin(db, MCO_READ_ONLY);
    OK(mco_class_stat_get(t, plain, &stat));
    TRUE(stat.objects_num == THREADS * ROUNDS);
    OK(mco_trans_commit(t));
}

/* The generated field of a server's uptable and of its downtable. */
static void agent_ids(void) {
    mco_dictionary_h server, device;
    mco_db_h other;
    mco_trans_h t;
    MCO_Hf h;
    uint2 config, agent, idx;
    mco_dyn_value_t keys[2] = {dyn_u(1000), dyn_u(7)};

    OK(mco_dyn_compile("declare database s; declare auto_oid[10]; iot server;"
                       "downtable class Config { unsigned<4> id; tree <agent_id, id> idx; };",
                       NULL, MCO_DYN_NO_WARNINGS, &server, NULL, 0));
    OK(mco_dyn_class(server, "Config", &config));
    OK(mco_dyn_field(server, config, "agent_id", &agent));
    OK(mco_dyn_index(server, config, "idx", &idx));
    OK(open_memory("s", server, 4 << 20, NULL));
    OK(mco_db_connect("s", &other));
    t = begin(other, MCO_READ_WRITE);
    OK(mco_dyn_new(t, config, NULL, &h));
    unsigned_is(&h, agent, 0);
    put(&h, agent, dyn_i(1000));
    put(&h, 0, keys[1]);
    OK(mco_trans_commit(t));
    t = begin(other, MCO_READ_ONLY);
    {
        mco_cursor_t c;
        OK(mco_dyn_cursor(t, config, idx, &c));
        OK(mco_dyn_search(t, &c, MCO_EQ, keys, 2));
        OK(mco_dyn_from_cursor(t, &c, &h));
        unsigned_is(&h, agent, 1000);
    }
    OK(mco_trans_commit(t));
    OK(mco_db_disconnect(other));
    OK(mco_db_close("s"));
    OK(mco_dyn_free(server));

    OK(mco_dyn_compile("declare database d; declare auto_oid[10]; iot device 5;"
                       "downtable class Config { unsigned<4> id; list; };",
                       NULL, MCO_DYN_NO_WARNINGS, &device, NULL, 0));
    GIVES(MCO_E_UDA_FIELD_NOTFOUND, mco_dyn_field(device, 1, "agent_id", &agent));
    OK(open_memory("d", device, 4 << 20, NULL));
    OK(mco_db_connect("d", &other));
    t = begin(other, MCO_READ_WRITE);
    GIVES(MCO_E_ACCESS, mco_dyn_new(t, config, NULL, &h)); /* the server makes these */
    OK(mco_trans_rollback(t));
    OK(mco_db_disconnect(other));
    OK(mco_db_close("d"));
    OK(mco_dyn_free(device));
}

int main(void) {
    constants();
    compiling();
    OK(mco_runtime_start());
    OK(mco_dyn_compile(DYN_SCHEMA, NULL, MCO_DYN_NO_WARNINGS, &dict, NULL, 0));
    OK(open_memory("dyn", dict, 16 << 20, NULL));
    OK(mco_db_connect("dyn", &db));
    names();
    ranges();
    numbers();
    texts();
    nulls();
    refusals();
    duplicates();
    threads();
    lifetimes();
    agent_ids();
    OK(mco_db_disconnect(db));
    OK(mco_db_close("dyn"));
    OK(mco_dyn_free(dict));
    OK(mco_runtime_stop());
    return 0;
}
