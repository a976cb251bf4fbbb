/* Nullable fields: the indicator, the value below NULL, keys. */
#include "check.h"
#include "nulls.h"

static mco_db_h db;

static uint1 indicator(Maybe *row, MCO_RET (*get)(Maybe *, uint1 *)) {
    uint1 value = 99;
    OK(get(row, &value));
    return value;
}

/* A number: NULL at first, a put takes NULL away, the value below NULL stays. */
#define NUMBER(type, field, some)                                                                                \
    do {                                                                                                         \
        type shown_ = (type) 1;                                                                                    \
        TRUE(indicator(&row, Maybe_##field##_indicator_get) == 0);                                               \
        GIVES(MCO_S_NULL_VALUE, Maybe_##field##_get(&row, &shown_));                                               \
        TRUE(shown_ == (type) 0);                                                                                  \
        OK(Maybe_##field##_put(&row, some));                                                                     \
        TRUE(indicator(&row, Maybe_##field##_indicator_get) == 1);                                               \
        OK(Maybe_##field##_get(&row, &shown_));                                                                    \
        TRUE(shown_ == some);                                                                                      \
        OK(Maybe_##field##_indicator_put(&row, 1));                                                              \
        OK(Maybe_##field##_indicator_put(&row, 1)); /* twice is once */                                          \
        TRUE(indicator(&row, Maybe_##field##_indicator_get) == 0);                                               \
        shown_ = (type) 0;                                                                                         \
        GIVES(MCO_S_NULL_VALUE, Maybe_##field##_get(&row, &shown_));                                               \
        TRUE(shown_ == some);                                                                                      \
    } while (0)

static void numbers(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Maybe row;
    mco_int8 i8 = 0;
    uint2 u2;

    OK(Maybe_new(t, &row));
    OK(Maybe_id_put(&row, 1));
    /* With a default a new object is not NULL. */
    TRUE(indicator(&row, Maybe_i8_indicator_get) == 1);
    OK(Maybe_i8_get(&row, &i8));
    TRUE(i8 == -5);
    NUMBER(int1, i1, -7);
    NUMBER(uint2, u2, 65535);
    NUMBER(uint8, u8, 18446744073709551615ull);
    NUMBER(float, f4, 0.5f);
    NUMBER(double, f8, -2.5);
    NUMBER(mco_bool, flag, MCO_YES);
    NUMBER(uint4, d, 20240229);
    NUMBER(uint4, tm, 235959);
    NUMBER(mco_datetime, dt, 1);
    NUMBER(int4, price, -999999999);
    NUMBER(Color, color, BLUE);
    NUMBER(autoid_t, other, 42);
    OK(mco_trans_commit(t));

    t = begin(db, MCO_READ_ONLY);
    OK(Maybe_by_id_find(t, 1, &row));
    GIVES(MCO_S_NULL_VALUE, Maybe_u2_get(&row, &u2));
    TRUE(u2 == 65535); /* what lies below NULL is stored */
    GIVES(MCO_E_ACCESS, Maybe_u2_indicator_put(&row, 0));
    GIVES(MCO_E_ILLEGAL_PARAM, Maybe_u2_indicator_get(&row, NULL));
    OK(mco_trans_rollback(t));

    t = begin(db, MCO_READ_WRITE);
    OK(Maybe_by_id_find(t, 1, &row));
    OK(Maybe_u2_indicator_put(&row, 0));
    OK(Maybe_u2_get(&row, &u2));
    TRUE(u2 == 65535 && indicator(&row, Maybe_u2_indicator_get) == 1);
    OK(mco_trans_commit(t));
}

static void texts(void) {
    static const nchar_t wide[] = {'x', 0x20AC, 0x4E2D};
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Maybe row;
    char buf[8];
    nchar_t wbuf[8];
    uint2 len = 99;

    OK(Maybe_new(t, &row));
    OK(Maybe_id_put(&row, 2));
    memset(buf, 'x', sizeof buf);
    GIVES(MCO_S_NULL_VALUE, Maybe_c4_get(&row, buf, sizeof buf));
    TRUE(memcmp(buf, "\0\0\0\0\0\0\0\0", 8) == 0);
    GIVES(MCO_S_NULL_VALUE, Maybe_s_get(&row, buf, sizeof buf, &len));
    TRUE(len == 0 && buf[0] == '\0');
    OK(Maybe_s_size(&row, &len));
    TRUE(len == 0);
    GIVES(MCO_S_NULL_VALUE, Maybe_ns_get(&row, wbuf, 8, &len));
    GIVES(MCO_S_NULL_VALUE, Maybe_n4_get(&row, wbuf, 8));
    GIVES(MCO_S_NULL_VALUE, Maybe_b4_get(&row, buf, 4));
    GIVES(MCO_S_NULL_VALUE, Maybe_vb_get(&row, buf, 4, &len));

    OK(Maybe_c4_put(&row, "ab", 2));
    OK(Maybe_n4_put(&row, wide, 3));
    OK(Maybe_b4_put(&row, "\1\0", 2));
    OK(Maybe_s_put(&row, "hello", 5));
    OK(Maybe_ns_put(&row, wide, 3));
    OK(Maybe_vb_put(&row, NULL, 0)); /* empty is not NULL */
    OK(Maybe_s_get(&row, buf, sizeof buf, &len));
    TRUE(len == 5 && indicator(&row, Maybe_vb_indicator_get) == 1);
    OK(Maybe_c4_indicator_put(&row, 1));
    OK(Maybe_n4_indicator_put(&row, 255)); /* all but 0 */
    OK(Maybe_b4_indicator_put(&row, 1));
    OK(Maybe_s_indicator_put(&row, 1));
    OK(Maybe_ns_indicator_put(&row, 1));
    OK(Maybe_vb_indicator_put(&row, 1));
    OK(mco_trans_commit(t));

    t = begin(db, MCO_READ_WRITE);
    OK(Maybe_by_id_find(t, 2, &row));
    GIVES(MCO_S_NULL_VALUE, Maybe_s_get(&row, buf, sizeof buf, &len));
    TRUE(len == 5 && memcmp(buf, "hello", 6) == 0);
    GIVES(MCO_S_NULL_VALUE, Maybe_s_get(&row, buf, 2, &len)); /* that it is NULL weighs more than what is lost */
    TRUE(len == 2);
    OK(Maybe_s_size(&row, &len));
    TRUE(len == 5);
    GIVES(MCO_S_NULL_VALUE, Maybe_c4_get(&row, buf, 4));
    TRUE(memcmp(buf, "ab\0\0", 4) == 0);
    GIVES(MCO_S_NULL_VALUE, Maybe_n4_get(&row, wbuf, 4));
    TRUE(wbuf[0] == 'x' && wbuf[2] == 0x4E2D && wbuf[3] == 0);
    OK(Maybe_ns_indicator_put(&row, 0));
    OK(Maybe_ns_get(&row, wbuf, 8, &len));
    TRUE(len == 3 && wbuf[1] == 0x20AC);
    OK(mco_trans_rollback(t));
}

static void fixed(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Maybe row;
    Maybe_fixed values;

    memset(&values, 0xEE, sizeof values);
    OK(Maybe_by_id_find(t, 1, &row));
    GIVES(MCO_S_NULL_VALUE, Maybe_fixed_get(&row, &values));
    TRUE(values.id == 1 && values.i8 == -5 && values.f8 == -2.5 && values.color == BLUE && values.other == 42);
    TRUE(memcmp(values.c4, "\0\0\0\0", 4) == 0);
    memcpy(values.c4, "abcd", 4);
    OK(Maybe_fixed_put(&row, &values)); /* takes NULL away from all of them */
    OK(Maybe_fixed_get(&row, &values));
    TRUE(memcmp(values.c4, "abcd", 4) == 0 && indicator(&row, Maybe_f8_indicator_get) == 1);
    TRUE(indicator(&row, Maybe_s_indicator_get) == 0);
    OK(mco_trans_rollback(t));
}

static unsigned entries(mco_trans_h t, int index) {
    mco_counter_t number = 99;
    OK(mco_index_get_size(t, (uint2) index, &number));
    return (unsigned) number;
}

static void keys(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    mco_cursor_t c;
    Maybe row, other;
    unsigned n;
    int order = 99;
    uint2 u2;

    OK(Maybe_delete_all(t));
    GIVES(MCO_S_CURSOR_EMPTY, Maybe_by_u2_index_cursor(t, &c));
    for (n = 0; n < 6; n++) {
        OK(Maybe_new(t, &row));
        OK(Maybe_id_put(&row, 10 + n));
        OK(Maybe_u2_put(&row, (uint2) n));
        OK(Maybe_f8_put(&row, n / 2));
        /* A unique index holds any number of objects with a NULL key, as they are not in it. */
        if (n % 2 == 1) {
            OK(Maybe_u2_indicator_put(&row, 1));
        }
    }
    OK(mco_trans_commit(t));

    t = begin(db, MCO_READ_WRITE);
    TRUE(entries(t, Maybe_by_u2_index_no) == 3 && entries(t, Maybe_by_f8_index_no) == 6 && entries(t, Maybe_by_s_index_no) == 0);
    OK(Maybe_by_u2_index_cursor(t, &c));
    for (n = 0; n < 6; n += 2) {
        OK(Maybe_from_cursor(t, &c, &row));
        OK(Maybe_u2_get(&row, &u2));
        TRUE(u2 == n);
        GIVES(n < 4 ? MCO_S_OK : MCO_S_CURSOR_END, mco_cursor_next(t, &c));
    }
    GIVES(MCO_S_NOTFOUND, Maybe_by_u2_find(t, 1, &row)); /* the value below NULL is no key */
    OK(Maybe_by_u2_search(t, &c, MCO_GE, 1));
    OK(Maybe_by_u2_compare(t, &c, 2, &order));
    TRUE(order == 0);
    OK(Maybe_by_id_find(t, 11, &row));
    GIVES(MCO_S_NOTFOUND, Maybe_by_u2_locate(t, &c, &row));

    /* A key is taken away at the next checkpoint, and comes back at the one after. */
    OK(Maybe_by_id_find(t, 12, &row));
    OK(Maybe_u2_indicator_put(&row, 1));
    OK(Maybe_by_u2_find(t, 2, &other));
    OK(Maybe_checkpoint(&row));
    GIVES(MCO_S_NOTFOUND, Maybe_by_u2_find(t, 2, &other));
    OK(Maybe_by_id_find(t, 13, &other));
    OK(Maybe_u2_put(&other, 2));
    OK(Maybe_checkpoint(&other));
    OK(Maybe_u2_indicator_put(&row, 0));
    GIVES(MCO_S_DUPLICATE, Maybe_checkpoint(&row));
    OK(Maybe_u2_indicator_put(&row, 1));
    OK(Maybe_checkpoint(&row));
    OK(mco_trans_commit(t));

    t = begin(db, MCO_READ_WRITE);
    OK(Maybe_by_id_find(t, 10, &row));
    OK(Maybe_f8_indicator_put(&row, 1));
    OK(mco_trans_checkpoint(t));
    TRUE(entries(t, Maybe_by_f8_index_no) == 5);
    OK(Maybe_by_f8_search(t, &c, MCO_GE, 2.0, 0));
    for (n = 1; mco_cursor_next(t, &c) == MCO_S_OK; n++) {
    }
    TRUE(n == 5);
    OK(mco_trans_rollback(t));
}

int main(void) {
    OK(mco_runtime_start());
    OK(open_memory("nulls", nulls_get_dictionary(), 8 << 20, NULL));
    OK(mco_db_connect("nulls", &db));
    numbers();
    texts();
    fixed();
    keys();
    OK(mco_db_disconnect(db));
    OK(mco_db_close("nulls"));
    OK(mco_runtime_stop());
    return 0;
}
