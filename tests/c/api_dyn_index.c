/* Search by number: every operation on keys of every kind, find, cursors over list and autoid, and what they refuse. */
#include "check.h"
#include "dyn.h"

#include <math.h>

#define N 5

static mco_dictionary_h dict;
static mco_db_h db;
static const uint2 item = 1, plain = 2;
static uint8 autoids[N];

/* Keys of rows 0..4 in rising order for every kind, with room below and above. */
static const nchar_t wide[] = {0x00E9, 0x0100, 0x20AC, 0x4E2D, 0xFF5E};

static mco_dyn_value_t key(int index, int row) {
    static const char *const texts[] = {"a", "b\xc3\xa9", "ca", "cab", "d"};
    static const double reals[] = {-INFINITY, -0.5, 0.25, 1e300, NAN};
    switch (index) {
        case BY_WHOLE: return dyn_i(row * 1000000000LL - 2000000000);
        case BY_NATURAL: return dyn_u(row < 3 ? (uint8) row + 1 : 18446744073709551610ull + (uint8) row);
        case BY_REAL: return dyn_d(reals[row]);
        case BY_TEXT: return dyn_s(MCO_DYN_TEXT, texts[row], strlen(texts[row]));
        case BY_WIDE: return dyn_s(MCO_DYN_WIDE, &wide[row], 2);
        default: return dyn_s(MCO_DYN_BYTES, "\0\0\0\0\0", (mco_size_t) row + 1);
    }
}

static void put(MCO_Hf *h, uint2 field, mco_dyn_value_t value) { OK(mco_dyn_put(h, field, 0, &value)); }

/* Rows are made from the last to the first, so that no order comes by itself. */
static void fill(void) {
    static const uint2 fields[] = {I4, U8, F8, S, NS, VB};
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    int row, index;
    MCO_Hf h;

    for (row = N - 1; row >= 0; --row) {
        OK(mco_dyn_new(t, item, NULL, &h));
        for (index = BY_WHOLE; index <= BY_BYTES; ++index) put(&h, fields[index], key(index, row));
        put(&h, COLOR, dyn_i(row < 2 ? 0 : 5));
        put(&h, DT, dyn_u((uint8) row));
        put(&h, U2, dyn_u((uint8) row % 2));
        put(&h, OTHER, dyn_u((uint8) row));
        OK(mco_dyn_autoid(&h, &autoids[row]));
    }
    OK(mco_trans_commit(t));
}

/* Number of the row at the cursor. */
static int row_at(mco_trans_h t, mco_cursor_h c) {
    mco_dyn_value_t value;
    MCO_Hf h;
    OK(mco_dyn_from_cursor(t, c, &h));
    OK(mco_dyn_get(&h, OTHER, 0, &value));
    return (int) value.v.u;
}

static void searches(mco_trans_h t) {
    int index, row, result;
    mco_cursor_t c;

    for (index = BY_WHOLE; index <= BY_BYTES; ++index) {
        OK(mco_dyn_cursor(t, item, (uint2) index, &c));
        for (row = 0; row < N; ++row) {
            const mco_dyn_value_t value = key(index, row);
            const struct { MCO_OPCODE op; int expected; } cases[] = {
                {MCO_LT, row - 1}, {MCO_LE, row}, {MCO_EQ, row}, {MCO_GE, row}, {MCO_GT, row + 1}};
            size_t i;
            for (i = 0; i < sizeof cases / sizeof *cases; ++i) {
                const MCO_RET rc = mco_dyn_search(t, &c, cases[i].op, &value, 1);
                if (cases[i].expected < 0 || cases[i].expected >= N) {
                    GIVES(MCO_S_NOTFOUND, rc);
                } else if (rc != MCO_S_OK || row_at(t, &c) != cases[i].expected) {
                    FAIL("index %d, row %d, operation %d: %d %s", index, row, (int) cases[i].op, (int) rc, mco_iotx_last_error());
                }
            }
            OK(mco_dyn_search(t, &c, MCO_EQ, &value, 1));
            OK(mco_dyn_compare(t, &c, &value, 1, &result));
            TRUE(result == 0);
            if (row > 0) {
                const mco_dyn_value_t below = key(index, row - 1);
                OK(mco_dyn_compare(t, &c, &below, 1, &result));
                TRUE(result > 0);
                OK(mco_cursor_prev(t, &c));
                TRUE(row_at(t, &c) == row - 1);
                OK(mco_dyn_compare(t, &c, &value, 1, &result));
                TRUE(result < 0);
            }
        }
        OK(mco_cursor_first(t, &c));
        for (row = 0; row < N; ++row) {
            TRUE(row_at(t, &c) == row);
            GIVES(row < N - 1 ? MCO_S_OK : MCO_S_CURSOR_END, mco_cursor_next(t, &c));
        }
        OK(mco_cursor_close(t, &c));
    }
}

/* A tree over an enum and a falling datetime, hashes, list and autoid. */
static void others(mco_trans_h t) {
    static const int falling[] = {1, 0, 4, 3, 2};
    mco_dyn_value_t pair[2], one;
    mco_cursor_t c;
    MCO_Hf h;
    int i, result;

    OK(mco_dyn_cursor(t, item, BY_PAIR, &c));
    for (i = 0; i < N; ++i) {
        TRUE(row_at(t, &c) == falling[i]);
        GIVES(i < N - 1 ? MCO_S_OK : MCO_S_CURSOR_END, mco_cursor_next(t, &c));
    }
    pair[0] = dyn_s(MCO_DYN_TEXT, "BLUE", 4);
    pair[1] = dyn_i(3);
    OK(mco_dyn_search(t, &c, MCO_GT, pair, 2));
    TRUE(row_at(t, &c) == 2);
    OK(mco_dyn_compare(t, &c, pair, 2, &result));
    TRUE(result > 0);

    one = dyn_u(1);
    OK(mco_dyn_cursor(t, item, BY_HASH, &c));
    OK(mco_dyn_search(t, &c, MCO_EQ, &one, 1));
    TRUE(row_at(t, &c) % 2 == 1);
    OK(mco_cursor_next(t, &c));
    TRUE(row_at(t, &c) % 2 == 1);
    GIVES(MCO_S_CURSOR_END, mco_cursor_next(t, &c));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_search(t, &c, MCO_GE, &one, 1));
    one = dyn_i(70000); /* beyond the field: it is not there */
    GIVES(MCO_S_NOTFOUND, mco_dyn_search(t, &c, MCO_EQ, &one, 1));

    one = dyn_u(3);
    OK(mco_dyn_find(t, item, BY_OTHER, &one, 1, &h));
    one = dyn_u(9);
    GIVES(MCO_S_NOTFOUND, mco_dyn_find(t, item, BY_OTHER, &one, 1, &h));
    one = dyn_u(autoids[2]);
    OK(mco_dyn_find(t, item, MCO_DYN_AUTOID, &one, 1, &h));
    OK(mco_dyn_get(&h, OTHER, 0, &one));
    TRUE(one.v.u == 2);
    one = dyn_i(1 << 30);
    GIVES(MCO_S_NOTFOUND, mco_dyn_find(t, item, MCO_DYN_AUTOID, &one, 1, &h));

    for (result = 0; result < 2; ++result) {
        OK(mco_dyn_cursor(t, item, result ? MCO_DYN_LIST : MCO_DYN_AUTOID, &c));
        for (i = N - 1; i >= 0; --i) {
            TRUE(row_at(t, &c) == i);
            GIVES(i > 0 ? MCO_S_OK : MCO_S_CURSOR_END, mco_cursor_next(t, &c));
        }
    }
}

static void refusals(mco_trans_h t) {
    const mco_dyn_value_t whole = dyn_i(1), text = dyn_s(MCO_DYN_TEXT, "x", 1), large = dyn_u(18446744073709551615ull);
    mco_dyn_value_t two[2];
    mco_cursor_t c, never;
    MCO_Hf h;
    int result;

    two[0] = two[1] = whole;
    GIVES(MCO_E_UDA_WRONG_CLASS_CODE, mco_dyn_cursor(t, 77, BY_WHOLE, &c));
    GIVES(MCO_E_UDA_WRONG_CLASS_CODE, mco_dyn_cursor(t, 77, MCO_DYN_LIST, &c));
    GIVES(MCO_E_UDA_INDEX_NOTFOUND, mco_dyn_cursor(t, plain, BY_WHOLE, &c));
    GIVES(MCO_E_UDA_INDEX_NOTFOUND, mco_dyn_cursor(t, item, 99, &c));
    GIVES(MCO_E_UDA_INDEX_NOTFOUND, mco_dyn_cursor(t, item, 0xFFFD, &c)); /* oid */
    GIVES(MCO_E_UDA_INDEX_NOTFOUND, mco_dyn_cursor(t, plain, MCO_DYN_AUTOID, &c));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_cursor(t, item, BY_WHOLE, NULL));
    GIVES(MCO_S_CURSOR_EMPTY, mco_dyn_cursor(t, plain, BY_N, &c));
    GIVES(MCO_S_NOTFOUND, mco_dyn_search(t, &c, MCO_GE, &whole, 1));
    GIVES(MCO_E_CURSOR_INVALID, mco_dyn_from_cursor(t, &c, &h));
    GIVES(MCO_E_CURSOR_INVALID, mco_dyn_compare(t, &c, &whole, 1, &result));
    GIVES(MCO_S_CURSOR_EMPTY, mco_dyn_cursor(t, plain, MCO_DYN_LIST, &c));

    OK(mco_dyn_cursor(t, item, BY_WHOLE, &c));
    GIVES(MCO_E_UDA_WRONG_KEY_NUM, mco_dyn_search(t, &c, MCO_EQ, two, 2));
    GIVES(MCO_E_UDA_WRONG_KEY_NUM, mco_dyn_search(t, &c, MCO_EQ, two, -1));
    GIVES(MCO_E_UDA_WRONG_KEY_NUM, mco_dyn_compare(t, &c, two, 0, &result));
    GIVES(MCO_E_UDA_WRONG_KEY_TYPE, mco_dyn_search(t, &c, MCO_EQ, &text, 1));
    GIVES(MCO_E_UDA_WRONG_KEY_TYPE, mco_dyn_compare(t, &c, &text, 1, &result));
    GIVES(MCO_E_CONVERSION, mco_dyn_search(t, &c, MCO_EQ, &large, 1));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_search(t, &c, MCO_EQ, NULL, 1));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_search(t, &c, MCO_NOP, &whole, 1));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_search(t, &c, MCO_OVERLAP, &whole, 1));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_compare(t, &c, &whole, 1, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_from_cursor(t, &c, NULL));
    TRUE(row_at(t, &c) == 0); /* a refused search leaves the cursor where it was */
    OK(mco_dyn_cursor(t, item, MCO_DYN_LIST, &c));
    GIVES(MCO_E_CURSOR_MISMATCH, mco_dyn_search(t, &c, MCO_EQ, &whole, 1));
    GIVES(MCO_E_CURSOR_MISMATCH, mco_dyn_compare(t, &c, &whole, 1, &result));
    OK(mco_cursor_close(t, &c));
    GIVES(MCO_E_CURSOR_CLOSED, mco_dyn_search(t, &c, MCO_EQ, &whole, 1));
    memset(&never, 0, sizeof never);
    GIVES(MCO_E_CURSOR_INVALID, mco_dyn_from_cursor(t, &never, &h));
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_search(t, NULL, MCO_EQ, &whole, 1));

    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_find(t, item, BY_WHOLE, &whole, 1, &h)); /* not unique */
    GIVES(MCO_E_UDA_INDEX_NOTFOUND, mco_dyn_find(t, plain, BY_OTHER, &whole, 1, &h));
    GIVES(MCO_E_UDA_INDEX_NOTFOUND, mco_dyn_find(t, item, MCO_DYN_LIST, &whole, 1, &h));
    GIVES(MCO_E_UDA_INDEX_NOTFOUND, mco_dyn_find(t, plain, MCO_DYN_AUTOID, &whole, 1, &h));
    GIVES(MCO_E_UDA_WRONG_CLASS_CODE, mco_dyn_find(t, 77, BY_OTHER, &whole, 1, &h));
    GIVES(MCO_E_UDA_WRONG_KEY_NUM, mco_dyn_find(t, item, BY_OTHER, two, 2, &h));
    GIVES(MCO_E_UDA_WRONG_KEY_NUM, mco_dyn_find(t, item, MCO_DYN_AUTOID, two, 2, &h));
    GIVES(MCO_E_UDA_WRONG_KEY_TYPE, mco_dyn_find(t, item, MCO_DYN_AUTOID, &text, 1, &h));
    GIVES(MCO_E_UDA_WRONG_KEY_TYPE, mco_dyn_find(t, item, BY_OTHER, &text, 1, &h));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_find(t, item, BY_OTHER, NULL, 1, &h));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_find(t, item, BY_OTHER, &whole, 1, NULL));
}

int main(void) {
    const mco_dyn_value_t first = key(BY_WHOLE, 0);
    mco_trans_h t;
    mco_cursor_t c;
    MCO_Hf h;

    OK(mco_runtime_start());
    OK(mco_dyn_compile(DYN_SCHEMA, NULL, MCO_DYN_NO_WARNINGS, &dict, NULL, 0));
    OK(open_memory("dyn", dict, 16 << 20, NULL));
    OK(mco_db_connect("dyn", &db));
    fill();
    t = begin(db, MCO_READ_ONLY);
    searches(t);
    others(t);
    refusals(t);
    OK(mco_trans_commit(t));
    GIVES(MCO_E_TRANS_NOT_ACTIVE, mco_dyn_cursor(t, item, BY_WHOLE, &c));
    GIVES(MCO_E_TRANS_NOT_ACTIVE, mco_dyn_from_cursor(t, &c, &h));
    GIVES(MCO_E_TRANS_NOT_ACTIVE, mco_dyn_find(t, item, BY_OTHER, &first, 1, &h));

    t = begin(db, MCO_READ_WRITE);
    OK(mco_dyn_cursor(t, item, BY_WHOLE, &c));
    OK(mco_dyn_search(t, &c, MCO_EQ, &first, 1));
    OK(mco_dyn_from_cursor(t, &c, &h));
    OK(mco_dyn_delete(&h));
    GIVES(MCO_E_CURSOR_INVALID, mco_dyn_from_cursor(t, &c, &h));
    OK(mco_trans_rollback(t));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("dyn"));
    OK(mco_dyn_free(dict));
    OK(mco_runtime_stop());
    return 0;
}
