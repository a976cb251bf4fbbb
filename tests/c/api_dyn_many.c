/* Many rows in one call: columns of numbers of every width, of texts in places and without gaps, and what is refused. */
#include "check.h"
#include "dyn.h"

#include <math.h>

#define ROWS 1000

static mco_dictionary_h dict;
static mco_db_h db;
static const uint2 item = 1, plain = 2, maybe = 3;

static mco_dyn_column_t column(uint2 field, int kind, mco_size_t size, mco_size_sig_t stride, void *data, uint4 *lengths) {
    mco_dyn_column_t made;
    made.field = field;
    made.kind = kind;
    made.size = size;
    made.stride = stride;
    made.data = data;
    made.lengths = lengths;
    made.indicators = NULL;
    return made;
}

static mco_dyn_column_t nullable(mco_dyn_column_t column, uint1 *indicators) {
    column.indicators = indicators;
    return column;
}

typedef struct {
    char odd; /* nothing behind it is aligned in the packed copy */
    uint2 small;
    double real;
    float single;
} record_t;

/* Every form that a column has, in and out again. */
static void round_trip(void) {
    static mco_int8 times[ROWS], times_back[ROWS], ids[ROWS];
    static uint8 keys[ROWS], keys_back[ROWS];
    static int1 tiny[ROWS], tiny_back[ROWS];
    static record_t records[ROWS], records_back[ROWS];
    static uint1 flags[ROWS], flags_back[ROWS], raw[ROWS * 5 + 8], raw_back[ROWS * 5 + 8];
    static char places[ROWS][6], places_back[ROWS][8], packed[ROWS * 20], packed_back[ROWS * 20];
    static uint4 packed_len[ROWS], packed_len_back[ROWS], place_len_back[ROWS], wide_len[ROWS];
    static nchar_t wides[ROWS][3], wides_back[ROWS][3];
    static double reals_of_times[ROWS];
    const mco_int8 price = -450;
    mco_size_t used = 0;
    uint4 done = 99, i;
    mco_trans_h t;
    mco_cursor_t c;

    for (i = 0; i < ROWS; ++i) {
        const uint4 back = ROWS - 1 - i; /* this column lies backwards */
        const uint4 value = 0x01020304u * (i + 1);
        keys[back] = 18446744073709551615ull - i;
        times[i] = 1700000000LL * 1000000000 + i;
        tiny[i] = (int1) ((int) (i % 256) - 128);
        records[i].small = (uint2) (65535 - i);
        records[i].real = i == 7 ? NAN : i / 8.0;
        records[i].single = (float) i * 0.1f;
        flags[i] = (uint1) (i % 3 == 0);
        memcpy(raw + 1 + i * 5, &value, 4);
        sprintf(places[i], "%u", (unsigned) (i % 10000)); /* at most 4 characters */
        packed_len[i] = (uint4) sprintf(packed + used, "row %u", (unsigned) i);
        if (i % 5 == 0) packed_len[i] = 0;
        if (i % 5 == 1) packed[used + 1] = 0; /* a NUL inside */
        used += packed_len[i];
        wides[i][0] = 0x4E2D;
        wides[i][1] = (nchar_t) i;
        wide_len[i] = 4;
    }
    {
        const mco_dyn_column_t columns[] = {
            column(OTHER, MCO_DYN_UNSIGNED, 8, -8, &keys[ROWS - 1], NULL),
            column(DT, MCO_DYN_SIGNED, 8, 8, times, NULL),
            column(I1, MCO_DYN_SIGNED, 1, 1, tiny, NULL),
            column(U2, MCO_DYN_UNSIGNED, 2, sizeof *records, &records->small, NULL),
            column(F8, MCO_DYN_DOUBLE, 8, sizeof *records, &records->real, NULL),
            column(F4, MCO_DYN_DOUBLE, 4, sizeof *records, &records->single, NULL),
            column(FLAG, MCO_DYN_UNSIGNED, 1, 1, flags, NULL),
            column(U4, MCO_DYN_UNSIGNED, 4, 5, raw + 1, NULL),
            column(C4, MCO_DYN_TEXT, 6, 6, places, NULL),
            column(S, MCO_DYN_TEXT, used, 0, packed, packed_len),
            column(VB, MCO_DYN_BYTES, used, 0, packed, packed_len),
            column(NS, MCO_DYN_WIDE, 6, 6, wides, wide_len),
            column(PRICE, MCO_DYN_SIGNED, 8, 0, (void *) &price, NULL),
            column(COLOR, MCO_DYN_TEXT, 5, 0, (void *) "BLUE", NULL)};
        t = begin(db, MCO_READ_WRITE);
        OK(mco_dyn_insert_many(t, item, ROWS, sizeof columns / sizeof *columns, columns, &done));
        TRUE(done == ROWS);
        OK(mco_trans_commit(t));
    }
    memset(packed_back, 'x', sizeof packed_back);
    memset(places_back, 'x', sizeof places_back);
    {
        mco_int8 prices[ROWS];
        int4 colors[ROWS];
        mco_dyn_column_t columns[] = {
            column(OTHER, MCO_DYN_UNSIGNED, 8, 8, keys_back, NULL),
            column(DT, MCO_DYN_SIGNED, 8, 8, times_back, NULL),
            column(DT, MCO_DYN_DOUBLE, 8, 8, reals_of_times, NULL),
            column(I1, MCO_DYN_SIGNED, 1, 1, tiny_back, NULL),
            column(U2, MCO_DYN_UNSIGNED, 2, sizeof *records, &records_back->small, NULL),
            column(F8, MCO_DYN_DOUBLE, 8, sizeof *records, &records_back->real, NULL),
            column(F4, MCO_DYN_DOUBLE, 4, sizeof *records, &records_back->single, NULL),
            column(FLAG, MCO_DYN_UNSIGNED, 1, 1, flags_back, NULL),
            column(U4, MCO_DYN_UNSIGNED, 4, 5, raw_back + 1, NULL),
            column(C4, MCO_DYN_TEXT, 8, 8, places_back, place_len_back),
            column(S, MCO_DYN_TEXT, sizeof packed_back, 0, packed_back, packed_len_back),
            column(NS, MCO_DYN_WIDE, 6, 6, wides_back, NULL),
            column(PRICE, MCO_DYN_SIGNED, 8, 8, prices, NULL),
            column(COLOR, MCO_DYN_SIGNED, 4, 4, colors, NULL),
            column(MCO_DYN_AUTOID, MCO_DYN_SIGNED, 8, 8, ids, NULL)};
        t = begin(db, MCO_READ_ONLY);
        OK(mco_dyn_cursor(t, item, MCO_DYN_LIST, &c));
        GIVES(MCO_S_CURSOR_END, mco_dyn_read_many(t, &c, ROWS, sizeof columns / sizeof *columns, columns, &done));
        TRUE(done == ROWS);
        OK(mco_trans_commit(t));
        for (i = 0; i < ROWS; ++i) {
            TRUE(keys_back[i] == 18446744073709551615ull - i && prices[i] == price && colors[i] == 5 && ids[i] == (mco_int8) i + 1);
            TRUE(records_back[i].small == records[i].small && records_back[i].single == records[i].single);
            TRUE(i == 7 ? isnan(records_back[i].real) : records_back[i].real == records[i].real);
            TRUE(reals_of_times[i] == (double) times[i] && place_len_back[i] == strlen(places[i]));
            TRUE(strcmp(places_back[i], places[i]) == 0 && places_back[i][7] == 0);
        }
    }
    TRUE(memcmp(times, times_back, sizeof times) == 0 && memcmp(tiny, tiny_back, sizeof tiny) == 0);
    TRUE(memcmp(flags, flags_back, sizeof flags) == 0 && memcmp(raw, raw_back, sizeof raw) == 0);
    TRUE(memcmp(packed_len, packed_len_back, sizeof packed_len) == 0 && memcmp(wides, wides_back, sizeof wides) == 0);
    TRUE(memcmp(packed, packed_back, used) == 0 && packed_back[used] == 'x');
}

/* In portions, as a program reads a class of unknown size. */
static void portions(void) {
    uint8 keys[300];
    mco_dyn_column_t one = column(OTHER, MCO_DYN_UNSIGNED, 8, 8, keys, NULL);
    mco_trans_h t = begin(db, MCO_READ_ONLY);
    uint4 done, total = 0;
    mco_cursor_t c;
    MCO_RET rc;

    OK(mco_dyn_cursor(t, item, BY_OTHER - 2, &c)); /* a tree may be read as well */
    OK(mco_dyn_cursor(t, item, MCO_DYN_AUTOID, &c));
    do {
        rc = mco_dyn_read_many(t, &c, 300, 1, &one, &done);
        TRUE(keys[0] == 18446744073709551615ull - total && done == (total < 900 ? 300 : 100));
        total += done;
    } while (rc == MCO_S_OK);
    GIVES(MCO_S_CURSOR_END, rc);
    TRUE(total == ROWS);
    OK(mco_dyn_read_many(t, &c, 0, 1, &one, &done));
    TRUE(done == 0);
    GIVES(MCO_S_CURSOR_EMPTY, mco_dyn_cursor(t, plain, BY_N, &c));
    GIVES(MCO_E_CURSOR_INVALID, mco_dyn_read_many(t, &c, 1, 0, NULL, &done));
    OK(mco_trans_commit(t));
}

/* Texts that do not fit: the rows before are whole, the cursor waits. */
static void overflow(void) {
    uint4 numbers[] = {1, 2, 3}, lengths[] = {2, 4, 3}, back[3], done;
    char texts[] = "aabbbbccc", places[3][3], room[8];
    mco_dyn_column_t columns[] = {column(0, MCO_DYN_UNSIGNED, 4, 4, numbers, NULL),
                                  column(1, MCO_DYN_TEXT, 9, 0, texts, lengths)};
    mco_dyn_column_t narrow = column(1, MCO_DYN_TEXT, 3, 3, places, NULL);
    mco_dyn_column_t short_of = column(1, MCO_DYN_TEXT, 8, 0, room, back);
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    mco_cursor_t c;

    OK(mco_dyn_insert_many(t, plain, 3, 2, columns, &done));
    OK(mco_trans_commit(t));
    t = begin(db, MCO_READ_ONLY);
    OK(mco_dyn_cursor(t, plain, BY_N, &c));
    GIVES(MCO_S_OVERFLOW, mco_dyn_read_many(t, &c, 3, 1, &narrow, &done));
    TRUE(done == 1 && memcmp(places[0], "aa\0", 3) == 0);
    GIVES(MCO_S_OVERFLOW, mco_dyn_read_many(t, &c, 3, 1, &narrow, &done));
    TRUE(done == 0);
    OK(mco_cursor_first(t, &c));
    GIVES(MCO_S_OVERFLOW, mco_dyn_read_many(t, &c, 3, 1, &short_of, &done));
    TRUE(done == 2 && back[0] == 2 && back[1] == 4 && memcmp(room, "aabbbb", 6) == 0);
    GIVES(MCO_S_CURSOR_END, mco_dyn_read_many(t, &c, 3, 1, &short_of, &done));
    TRUE(done == 1 && back[0] == 3 && memcmp(room, "ccc", 3) == 0);
    OK(mco_trans_commit(t));
}

/* NULL: by indicators, one byte for each row. */
static void nulls(void) {
    uint4 numbers[] = {1, 77, 3, 4}, lengths[] = {1, 3, 0, 2}, back[4], lengths_back[4], done;
    uint1 has_number[] = {1, 0, 1, 0}, has_text[] = {1, 1, 0, 255}, has_real[] = {0, 1, 0, 1}, found[3][4];
    double reals[] = {9.0, 1.5, 9.0, -2.5}, reals_back[4];
    char texts[] = "abbbcc", room[8], places[4][3];
    mco_dyn_column_t columns[] = {nullable(column(0, MCO_DYN_UNSIGNED, 4, 4, numbers, NULL), has_number),
                                  nullable(column(1, MCO_DYN_TEXT, 6, 0, texts, lengths), has_text),
                                  nullable(column(2, MCO_DYN_DOUBLE, 8, 8, reals, NULL), has_real)};
    mco_dyn_column_t into[] = {nullable(column(0, MCO_DYN_UNSIGNED, 4, 4, back, NULL), found[0]),
                               nullable(column(1, MCO_DYN_TEXT, 8, 0, room, lengths_back), found[1]),
                               nullable(column(2, MCO_DYN_DOUBLE, 8, 8, reals_back, NULL), found[2])};
    mco_dyn_column_t bare = column(0, MCO_DYN_UNSIGNED, 4, 4, back, NULL), narrow = column(1, MCO_DYN_TEXT, 3, 3, places, NULL);
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    mco_cursor_t c;

    OK(mco_dyn_insert_many(t, maybe, 4, 3, columns, &done));
    OK(mco_dyn_insert_many(t, maybe, 1, 0, NULL, &done)); /* NULL where there is no default */
    OK(mco_trans_commit(t));
    t = begin(db, MCO_READ_ONLY);
    OK(mco_dyn_cursor(t, maybe, MCO_DYN_LIST, &c));
    memset(back, 0xEE, sizeof back);
    OK(mco_dyn_read_many(t, &c, 4, 3, into, &done));
    TRUE(done == 4 && memcmp(found[0], has_number, 4) == 0 && memcmp(found[2], has_real, 4) == 0);
    TRUE(found[1][0] == 1 && found[1][1] == 1 && found[1][2] == 0 && found[1][3] == 1);
    TRUE(back[0] == 1 && back[1] == 0 && back[2] == 3 && back[3] == 0); /* NULL is 0, or empty */
    TRUE(memcmp(lengths_back, lengths, sizeof lengths) == 0 && memcmp(room, "abbbcc", 6) == 0);
    TRUE(reals_back[1] == 1.5 && reals_back[3] == -2.5);
    GIVES(MCO_S_CURSOR_END, mco_dyn_read_many(t, &c, 1, 3, into, &done));
    TRUE(done == 1 && found[0][0] == 0 && found[1][0] == 0 && found[2][0] == 1 && reals_back[0] == 0.5);

    /* Without indicators there is no place for NULL: the rows before are whole, the cursor waits. */
    OK(mco_cursor_first(t, &c));
    GIVES(MCO_S_NULL_VALUE, mco_dyn_read_many(t, &c, 4, 1, &bare, &done));
    TRUE(done == 1 && back[0] == 1);
    OK(mco_dyn_read_many(t, &c, 1, 1, &narrow, &done));
    GIVES(MCO_S_NULL_VALUE, mco_dyn_read_many(t, &c, 1, 1, &narrow, &done));
    TRUE(done == 0 && memcmp(places[0], "bbb", 3) == 0);
    OK(mco_trans_commit(t));

    t = begin(db, MCO_READ_WRITE);
    columns[0].field = 0;
    GIVES(MCO_E_UDA_WRONG_VALUE_TYPE, mco_dyn_insert_many(t, plain, 4, 1, columns, &done)); /* not nullable */
    TRUE(done == 1);
    OK(mco_trans_rollback(t));
}

static void insert_refuses(MCO_RET code, uint2 class_code, mco_dyn_column_t given, uint4 made) {
    uint4 done = 99;
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    GIVES(code, mco_dyn_insert_many(t, class_code, 3, 1, &given, &done));
    TRUE(done == made);
    OK(mco_trans_rollback(t));
}

static void refusals(void) {
    int4 whole[] = {1, 2, -3};
    uint4 lengths[] = {1, 2, 3}, done;
    char texts[16] = "aabbcc";
    mco_trans_h t;
    mco_cursor_t c;
    mco_dyn_column_t good = column(0, MCO_DYN_SIGNED, 4, 4, whole, NULL), bad;

    insert_refuses(MCO_E_CONVERSION, plain, good, 2); /* -3 into unsigned */
    insert_refuses(MCO_E_UDA_WRONG_CLASS_CODE, 77, good, 0);
    insert_refuses(MCO_E_UDA_FIELD_NOTFOUND, plain, column(2, MCO_DYN_SIGNED, 4, 4, whole, NULL), 0);
    insert_refuses(MCO_E_UDA_FIELD_NOTFOUND, item, column(MCO_DYN_AUTOID, MCO_DYN_SIGNED, 4, 4, whole, NULL), 0);
    insert_refuses(MCO_E_ILLEGAL_PARAM, plain, column(0, MCO_DYN_SIGNED, 3, 4, whole, NULL), 0);
    insert_refuses(MCO_E_ILLEGAL_PARAM, plain, column(0, MCO_DYN_DOUBLE, 2, 4, whole, NULL), 0);
    insert_refuses(MCO_E_ILLEGAL_PARAM, plain, column(0, MCO_DYN_NULL, 4, 4, whole, NULL), 0);
    insert_refuses(MCO_E_ILLEGAL_PARAM, plain, column(0, 9, 4, 4, whole, NULL), 0);
    insert_refuses(MCO_E_ILLEGAL_PARAM, item, column(NS, MCO_DYN_WIDE, 3, 3, texts, NULL), 0);
    insert_refuses(MCO_E_ILLEGAL_PARAM, plain, column(0, MCO_DYN_SIGNED, 4, 4, NULL, NULL), 0);
    insert_refuses(MCO_E_ILLEGAL_PARAM, plain, column(1, MCO_DYN_TEXT, (mco_size_t) -1, 0, texts, NULL), 0);
    insert_refuses(MCO_E_UDA_WRONG_VALUE_TYPE, plain, column(1, MCO_DYN_SIGNED, 4, 4, whole, NULL), 0);
    insert_refuses(MCO_E_ILLEGAL_PARAM, plain, column(1, MCO_DYN_TEXT, 2, 2, texts, lengths), 2); /* 3 in a place of 2 */
    insert_refuses(MCO_E_ILLEGAL_PARAM, plain, column(1, MCO_DYN_TEXT, 5, 0, texts, lengths), 2); /* 6 in 5 */

    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_insert_many(t, plain, 3, 1, NULL, &done));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_insert_many(t, plain, 3, 1, &good, NULL));
    OK(mco_dyn_insert_many(t, plain, 0, 1, &good, &done));
    TRUE(done == 0);
    OK(mco_dyn_insert_many(t, plain, 2, 0, NULL, &done)); /* defaults alone */
    TRUE(done == 2);
    GIVES(MCO_S_DUPLICATE, mco_trans_commit(t));
    GIVES(MCO_E_TRANS_NOT_ACTIVE, mco_dyn_insert_many(t, plain, 0, 0, NULL, &done));

    t = begin(db, MCO_READ_ONLY);
    GIVES(MCO_E_ACCESS, mco_dyn_insert_many(t, plain, 2, 1, &good, &done));
    TRUE(done == 0);
    OK(mco_trans_rollback(t));
    t = begin(db, MCO_READ_ONLY);
    OK(mco_dyn_cursor(t, item, MCO_DYN_LIST, &c));
    bad = column(OTHER, MCO_DYN_SIGNED, 8, 8, texts, NULL);
    GIVES(MCO_E_CONVERSION, mco_dyn_read_many(t, &c, 1, 1, &bad, &done));
    bad = column(U2, MCO_DYN_UNSIGNED, 1, 1, texts, NULL);
    GIVES(MCO_E_CONVERSION, mco_dyn_read_many(t, &c, 1, 1, &bad, &done));
    bad = column(F8, MCO_DYN_SIGNED, 8, 8, texts, NULL);
    GIVES(MCO_E_UDA_WRONG_VALUE_TYPE, mco_dyn_read_many(t, &c, 1, 1, &bad, &done));
    bad = column(S, MCO_DYN_WIDE, 8, 8, texts, NULL);
    GIVES(MCO_E_UDA_WRONG_VALUE_TYPE, mco_dyn_read_many(t, &c, 1, 1, &bad, &done));
    bad = column(COLOR, MCO_DYN_TEXT, 8, 8, texts, NULL);
    GIVES(MCO_E_UDA_WRONG_VALUE_TYPE, mco_dyn_read_many(t, &c, 1, 1, &bad, &done));
    bad = column(99, MCO_DYN_SIGNED, 8, 8, texts, NULL);
    GIVES(MCO_E_UDA_FIELD_NOTFOUND, mco_dyn_read_many(t, &c, 1, 1, &bad, &done));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_read_many(t, &c, 1, 1, NULL, &done));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_read_many(t, &c, 1, 1, &good, NULL));
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_read_many(t, NULL, 1, 1, &good, &done));
    OK(mco_dyn_cursor(t, plain, MCO_DYN_LIST, &c));
    bad = column(MCO_DYN_AUTOID, MCO_DYN_SIGNED, 8, 8, texts, NULL);
    GIVES(MCO_E_UDA_INDEX_NOTFOUND, mco_dyn_read_many(t, &c, 1, 1, &bad, &done));
    OK(mco_trans_commit(t));
}

int main(void) {
    OK(mco_runtime_start());
    OK(mco_dyn_compile(DYN_SCHEMA, NULL, MCO_DYN_NO_WARNINGS, &dict, NULL, 0));
    OK(open_memory("dyn", dict, 16 << 20, NULL));
    OK(mco_db_connect("dyn", &db));
    round_trip();
    portions();
    overflow();
    nulls();
    refusals();
    OK(mco_db_disconnect(db));
    OK(mco_db_close("dyn"));
    OK(mco_dyn_free(dict));
    OK(mco_runtime_stop());
    return 0;
}
