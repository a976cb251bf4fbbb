/* Arrays and vectors by number: their elements, and the structs that are elements. */
#include "check.h"
#include "dyn.h"
#include "mcodyn.h"

#define SCHEMA                                                                                                    \
    "declare database lists;\n"                                                                                   \
    "enum Color { RED, GREEN, BLUE = 5 };\n"                                                                      \
    "struct Point { double x = 1.5; double y; };\n"                                                               \
    "struct Track { string name; vector<signed<4>> marks; Point ends[2]; optional Point home; };\n"               \
    "class Lists {\n"                                                                                             \
    "    vector<unsigned<4>> numbers; vector<bool> flags; vector<Color> colors; vector<numeric<9,2>> prices;\n"   \
    "    vector<double> reals; vector<string> words; vector<Track> tracks;\n"                                     \
    "    signed<1> small[3]; char<4> codes[2]; nchar<2> wide[2]; binary<2> raw[2]; Point corners[2];\n"           \
    "    unsigned<4> n;\n"                                                                                        \
    "    list;\n"                                                                                                 \
    "};\n"

enum { NUMBERS, FLAGS, COLORS, PRICES, REALS, WORDS, TRACKS, SMALL, CODES, WIDE, RAW, CORNERS, N };
enum { NAME, MARKS, ENDS, HOME };
enum { X, Y };

static mco_dictionary_h dict;
static mco_db_h db;
static const uint2 lists = 1;

static void put(MCO_Hf *h, uint2 field, uint4 element, mco_dyn_value_t value) { OK(mco_dyn_put(h, field, element, &value)); }

static void size_is(MCO_Hf *h, uint2 field, uint4 expected) {
    uint4 size = 99;
    OK(mco_dyn_size(h, field, &size));
    TRUE(size == expected);
}

static void signed_is(MCO_Hf *h, uint2 field, uint4 element, mco_int8 expected) {
    mco_dyn_value_t value;
    OK(mco_dyn_get(h, field, element, &value));
    TRUE(value.kind == MCO_DYN_SIGNED && value.v.i == expected);
}

static void unsigned_is(MCO_Hf *h, uint2 field, uint4 element, uint8 expected) {
    mco_dyn_value_t value;
    OK(mco_dyn_get(h, field, element, &value));
    TRUE(value.kind == MCO_DYN_UNSIGNED && value.v.u == expected);
}

static void real_is(MCO_Hf *h, uint2 field, uint4 element, double expected) {
    mco_dyn_value_t value;
    OK(mco_dyn_get(h, field, element, &value));
    TRUE(value.kind == MCO_DYN_DOUBLE && value.v.d == expected);
}

static void bytes_are(MCO_Hf *h, uint2 field, uint4 element, int kind, const void *expected, mco_size_t len) {
    mco_dyn_value_t value;
    OK(mco_dyn_get(h, field, element, &value));
    TRUE(value.kind == kind && value.v.s.len == len && (len == 0 || memcmp(value.v.s.ptr, expected, len) == 0));
}

/* A new object, in a transaction of its own. */
static mco_trans_h fresh(MCO_Hf *h) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    OK(mco_dyn_new(t, lists, NULL, h));
    return t;
}

static void nothing_was_put(void) {
    MCO_Hf h, inner;
    mco_trans_h t = fresh(&h);
    mco_dyn_value_t value;

    size_is(&h, NUMBERS, 0);
    size_is(&h, TRACKS, 0);
    size_is(&h, SMALL, 3);
    size_is(&h, CORNERS, 2);
    signed_is(&h, SMALL, 2, 0);
    GIVES(MCO_E_EMPTYVECTOREL, mco_dyn_get(&h, CODES, 1, &value));
    GIVES(MCO_E_EMPTYVECTOREL, mco_dyn_get(&h, CORNERS, 1, &value));
    GIVES(MCO_E_EMPTYVECTOREL, mco_dyn_struct(&h, CORNERS, 1, 0, &inner));
    GIVES(MCO_E_INDEXLIMIT, mco_dyn_get(&h, NUMBERS, 0, &value));
    GIVES(MCO_E_INDEXLIMIT, mco_dyn_get(&h, SMALL, 3, &value));
    GIVES(MCO_E_INDEXLIMIT, mco_dyn_get(&h, SMALL, 65536, &value));
    GIVES(MCO_E_INDEXLIMIT, mco_dyn_get(&h, N, 1, &value));
    OK(mco_trans_commit(t)); /* reading never spoils a transaction */
}

static void elements(void) {
    static const nchar_t wide[] = {0x20AC, 'b'};
    MCO_Hf h;
    mco_trans_h t = fresh(&h);
    mco_dyn_value_t value;
    uint4 i;

    OK(mco_dyn_alloc(&h, NUMBERS, 3));
    size_is(&h, NUMBERS, 3);
    for (i = 0; i < 3; ++i) put(&h, NUMBERS, i, dyn_u(4294967295u - i));
    put(&h, NUMBERS, 1, dyn_i(7));
    unsigned_is(&h, NUMBERS, 0, 4294967295u);
    unsigned_is(&h, NUMBERS, 1, 7);
    unsigned_is(&h, NUMBERS, 2, 4294967293u);
    OK(mco_dyn_erase(&h, NUMBERS, 2));
    unsigned_is(&h, NUMBERS, 2, 0);
    size_is(&h, NUMBERS, 3);
    OK(mco_dyn_alloc(&h, NUMBERS, 2));
    unsigned_is(&h, NUMBERS, 0, 0);

    OK(mco_dyn_alloc(&h, FLAGS, 65535));
    put(&h, FLAGS, 65534, dyn_i(-3));
    unsigned_is(&h, FLAGS, 65534, 1);
    unsigned_is(&h, FLAGS, 65533, 0);
    OK(mco_dyn_alloc(&h, COLORS, 1));
    put(&h, COLORS, 0, dyn_s(MCO_DYN_TEXT, "BLUE", 4));
    signed_is(&h, COLORS, 0, 5);
    OK(mco_dyn_alloc(&h, PRICES, 1));
    put(&h, PRICES, 0, dyn_i(-999999999));
    signed_is(&h, PRICES, 0, -999999999);
    OK(mco_dyn_alloc(&h, REALS, 1));
    put(&h, REALS, 0, dyn_i(-2));
    real_is(&h, REALS, 0, -2.0);
    put(&h, SMALL, 0, dyn_i(-128));
    signed_is(&h, SMALL, 0, -128);

    /* Texts, the empty one, and none. */
    OK(mco_dyn_alloc(&h, WORDS, 3));
    put(&h, WORDS, 0, dyn_s(MCO_DYN_TEXT, "one", 3));
    put(&h, WORDS, 2, dyn_s(MCO_DYN_TEXT, "", 0));
    bytes_are(&h, WORDS, 0, MCO_DYN_TEXT, "one", 3);
    GIVES(MCO_E_EMPTYVECTOREL, mco_dyn_get(&h, WORDS, 1, &value));
    bytes_are(&h, WORDS, 2, MCO_DYN_TEXT, "", 0);
    put(&h, WORDS, 0, dyn_s(MCO_DYN_TEXT, "longer", 6));
    bytes_are(&h, WORDS, 0, MCO_DYN_TEXT, "longer", 6);
    put(&h, WORDS, 2, dyn_null());
    GIVES(MCO_E_EMPTYVECTOREL, mco_dyn_get(&h, WORDS, 2, &value));
    OK(mco_dyn_erase(&h, WORDS, 0));
    GIVES(MCO_E_EMPTYVECTOREL, mco_dyn_get(&h, WORDS, 0, &value));
    put(&h, CODES, 1, dyn_s(MCO_DYN_TEXT, "ab\0\0", 4));
    bytes_are(&h, CODES, 1, MCO_DYN_TEXT, "ab", 2);
    put(&h, WIDE, 0, dyn_s(MCO_DYN_WIDE, wide, sizeof wide));
    bytes_are(&h, WIDE, 0, MCO_DYN_WIDE, wide, sizeof wide);
    put(&h, RAW, 0, dyn_s(MCO_DYN_BYTES, "\0\1", 2));
    bytes_are(&h, RAW, 0, MCO_DYN_BYTES, "\0\1", 2);
    OK(mco_trans_commit(t));
}

static void structs(void) {
    MCO_Hf h, track, inner, again;
    mco_trans_h t = fresh(&h);
    mco_dyn_value_t value;
    mco_cursor_t c;

    put(&h, N, 0, dyn_u(1));
    OK(mco_dyn_alloc(&h, TRACKS, 2));
    OK(mco_dyn_struct(&h, TRACKS, 1, 1, &track));
    unsigned_is(&h, TRACKS, 1, 1);
    GIVES(MCO_E_EMPTYVECTOREL, mco_dyn_get(&h, TRACKS, 0, &value));
    put(&track, NAME, 0, dyn_s(MCO_DYN_TEXT, "north", 5));
    OK(mco_dyn_alloc(&track, MARKS, 2));
    put(&track, MARKS, 1, dyn_i(-5));
    OK(mco_dyn_struct(&track, ENDS, 1, 1, &inner));
    real_is(&inner, X, 0, 1.5);
    put(&inner, Y, 0, dyn_d(2.5));
    GIVES(MCO_E_EMPTYOPTIONAL, mco_dyn_struct(&track, HOME, 0, 0, &inner));
    OK(mco_dyn_struct(&track, HOME, 0, 1, &inner));
    put(&inner, X, 0, dyn_d(9));
    OK(mco_dyn_struct(&h, CORNERS, 0, 1, &inner));
    put(&inner, X, 0, dyn_d(-1));
    OK(mco_trans_commit(t));

    t = begin(db, MCO_READ_WRITE);
    OK(mco_dyn_cursor(t, lists, MCO_DYN_LIST, &c));
    do OK(mco_dyn_from_cursor(t, &c, &h));
    while (mco_cursor_next(t, &c) == MCO_S_OK);
    OK(mco_dyn_struct(&h, TRACKS, 1, 0, &track));
    bytes_are(&track, NAME, 0, MCO_DYN_TEXT, "north", 5);
    size_is(&track, MARKS, 2);
    signed_is(&track, MARKS, 1, -5);
    OK(mco_dyn_struct(&track, ENDS, 1, 0, &inner));
    real_is(&inner, Y, 0, 2.5);
    GIVES(MCO_E_EMPTYVECTOREL, mco_dyn_struct(&track, ENDS, 0, 0, &inner));
    OK(mco_dyn_struct(&track, HOME, 0, 0, &inner));
    real_is(&inner, X, 0, 9);

    /* An element that is erased; a handle to it writes it anew. */
    OK(mco_dyn_struct(&h, TRACKS, 1, 1, &again));
    OK(mco_dyn_erase(&h, TRACKS, 1));
    GIVES(MCO_E_EMPTYVECTOREL, mco_dyn_get(&track, NAME, 0, &value));
    put(&again, NAME, 0, dyn_s(MCO_DYN_TEXT, "south", 5));
    size_is(&track, MARKS, 0);
    put(&h, CORNERS, 0, dyn_null());
    GIVES(MCO_E_EMPTYVECTOREL, mco_dyn_struct(&h, CORNERS, 0, 0, &inner));
    value = dyn_i(1);
    GIVES(MCO_E_ACCESS, mco_dyn_put(&track, MARKS, 0, &value));
    OK(mco_trans_rollback(t));
}

/* One mistake; what it gives, and that the transaction is spoilt. */
#define REFUSED(code, call)                                                                                       \
    do {                                                                                                          \
        MCO_Hf h, inner;                                                                                          \
        mco_trans_h t_ = fresh(&h);                                                                               \
        mco_dyn_value_t value = dyn_i(3);                                                                         \
        uint4 size;                                                                                               \
        (void) inner, (void) value, (void) size;                                                                  \
        GIVES(code, call);                                                                                        \
        GIVES(code, mco_trans_commit(t_));                                                                        \
    } while (0)

static void refusals(void) {
    mco_dyn_value_t null = dyn_null(), large = dyn_i(300), text = dyn_s(MCO_DYN_TEXT, "x", 1);

    REFUSED(MCO_E_INDEXLIMIT, mco_dyn_put(&h, NUMBERS, 0, &value)); /* no alloc */
    REFUSED(MCO_E_INDEXLIMIT, mco_dyn_put(&h, SMALL, 3, &value));
    REFUSED(MCO_E_INDEXLIMIT, mco_dyn_put(&h, SMALL, 65536, &value));
    REFUSED(MCO_E_INDEXLIMIT, mco_dyn_put(&h, N, 1, &value));
    REFUSED(MCO_E_INDEXLIMIT, mco_dyn_erase(&h, SMALL, 3));
    REFUSED(MCO_E_INDEXLIMIT, mco_dyn_struct(&h, CORNERS, 2, 1, &inner));
    REFUSED(MCO_E_INDEXLIMIT, mco_dyn_alloc(&h, NUMBERS, 65536));
    REFUSED(MCO_E_UDA_NOT_DYNAMIC, mco_dyn_alloc(&h, SMALL, 3));
    REFUSED(MCO_E_UDA_SCALAR, mco_dyn_alloc(&h, N, 1));
    REFUSED(MCO_E_UDA_FIELD_NOTFOUND, mco_dyn_alloc(&h, 99, 1));
    REFUSED(MCO_E_CONVERSION, mco_dyn_put(&h, SMALL, 0, &large));
    REFUSED(MCO_E_UDA_WRONG_VALUE_TYPE, mco_dyn_put(&h, SMALL, 0, &text));
    REFUSED(MCO_E_UDA_WRONG_VALUE_TYPE, mco_dyn_put(&h, SMALL, 0, &null));
    REFUSED(MCO_E_UDA_WRONG_VALUE_TYPE, mco_dyn_put(&h, CORNERS, 0, &value));
    REFUSED(MCO_E_UDA_WRONG_VALUE_TYPE, mco_dyn_struct(&h, SMALL, 0, 1, &inner));
}

static void described(void) {
    const void *json;
    mco_size_t size;

    OK(mco_dyn_describe(dict, &json, &size));
    TRUE(strstr((const char *) json, "{\"name\": \"numbers\", \"no\": 0, \"type\": \"unsigned\", \"size\": 4, \"length\": 0, "
                                     "\"nullable\": false, \"optional\": false, \"vector\": true, \"elements\": 0") != NULL);
    TRUE(strstr((const char *) json, "{\"name\": \"codes\", \"no\": 8, \"type\": \"char\", \"size\": 4, \"length\": 4, "
                                     "\"nullable\": false, \"optional\": false, \"vector\": false, \"elements\": 2") != NULL);
}

int main(void) {
    OK(mco_runtime_start());
    OK(mco_dyn_compile(SCHEMA, NULL, MCO_DYN_NO_WARNINGS, &dict, NULL, 0));
    OK(open_memory("lists", dict, 16 << 20, NULL));
    OK(mco_db_connect("lists", &db));
    described();
    nothing_was_put();
    elements();
    structs();
    refusals();
    OK(mco_db_disconnect(db));
    OK(mco_db_close("lists"));
    OK(mco_dyn_free(dict));
    OK(mco_runtime_stop());
    return 0;
}
