/* Objects and their fields: every kind, buffers and lengths, handles that have ended. */
#include "check.h"
#include "kinds.h"

static mco_db_h db;

static void defaults_and_scalars(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Item item;
    Color color;
    int4 price;
    int1 i1;
    int2 i2;
    int4 i4;
    mco_int8 i8;
    uint1 u1;
    uint2 u2;
    uint4 u4;
    uint8 u8;
    float f4;
    double f8;
    mco_bool flag;
    mco_date d;
    mco_time tm;
    mco_datetime dt;
    autoid_t other;

    OK(Item_new(t, &item));
    OK(Item_price_get(&item, &price));
    OK(Item_color_get(&item, &color));
    OK(Item_i8_get(&item, &i8));
    TRUE(price == 1250 && color == GREEN && i8 == 0);

    OK(Item_i1_put(&item, -128));
    OK(Item_i2_put(&item, -32768));
    OK(Item_i4_put(&item, -2147483647 - 1));
    OK(Item_i8_put(&item, -9223372036854775807LL - 1));
    OK(Item_u1_put(&item, 255));
    OK(Item_u2_put(&item, 65535));
    OK(Item_u4_put(&item, 4294967295u));
    OK(Item_u8_put(&item, 18446744073709551615ull));
    OK(Item_f4_put(&item, 0.1f));
    OK(Item_f8_put(&item, -1e300));
    OK(Item_flag_put(&item, 7));
    OK(Item_d_put(&item, 20240229));
    OK(Item_tm_put(&item, 235959));
    OK(Item_dt_put(&item, 18446744073709551614ull));
    OK(Item_price_put(&item, -999999999));
    OK(Item_color_put(&item, BLUE));
    OK(Item_other_put(&item, 42));
    OK(mco_trans_commit(t));

    t = begin(db, MCO_READ_ONLY);
    OK(Item_by_u4_find(t, 4294967295u, &item));
    OK(Item_i1_get(&item, &i1));
    OK(Item_i2_get(&item, &i2));
    OK(Item_i4_get(&item, &i4));
    OK(Item_i8_get(&item, &i8));
    TRUE(i1 == -128 && i2 == -32768 && i4 == -2147483647 - 1 && i8 == -9223372036854775807LL - 1);
    OK(Item_u1_get(&item, &u1));
    OK(Item_u2_get(&item, &u2));
    OK(Item_u4_get(&item, &u4));
    OK(Item_u8_get(&item, &u8));
    TRUE(u1 == 255 && u2 == 65535 && u4 == 4294967295u && u8 == 18446744073709551615ull);
    OK(Item_f4_get(&item, &f4));
    OK(Item_f8_get(&item, &f8));
    OK(Item_flag_get(&item, &flag));
    TRUE(f4 == 0.1f && f8 == -1e300 && flag == MCO_YES);
    OK(Item_d_get(&item, &d));
    OK(Item_tm_get(&item, &tm));
    OK(Item_dt_get(&item, &dt));
    OK(Item_price_get(&item, &price));
    OK(Item_color_get(&item, &color));
    OK(Item_other_get(&item, &other));
    TRUE(d == 20240229 && tm == 235959 && dt == 18446744073709551614ull && price == -999999999);
    TRUE(color == BLUE && other == 42);
    GIVES(MCO_E_ILLEGAL_PARAM, Item_u4_get(&item, NULL));
    GIVES(MCO_E_ACCESS, Item_u4_put(&item, 1));
    OK(mco_trans_rollback(t));

    t = begin(db, MCO_READ_WRITE);
    OK(Item_by_u4_find(t, 4294967295u, &item));
    GIVES(MCO_E_ILLEGAL_PARAM, Item_price_put(&item, 1000000000)); /* ten digits */
    GIVES(MCO_E_TRANSACT, Item_u4_put(&item, 1));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_get_last_error(t));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_trans_commit(t));
    GIVES(MCO_E_TRANS_NOT_ACTIVE, mco_trans_commit(t));
}

static void texts(void) {
    static const nchar_t wide[] = {'x', 0x20AC, 0x4E2D};
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Item item;
    char buf[8];
    nchar_t wbuf[8];
    uint2 len = 99;

    OK(Item_new(t, &item));
    OK(Item_u4_put(&item, 1));
    OK(Item_u8_put(&item, 1));

    /* char<4>: padded, cut, told about. */
    OK(Item_c4_put(&item, "ab", 2));
    memset(buf, 'x', sizeof buf);
    OK(Item_c4_get(&item, buf, sizeof buf));
    TRUE(memcmp(buf, "ab\0\0\0\0\0\0", 8) == 0);
    memset(buf, 'x', sizeof buf);
    OK(Item_c4_get(&item, buf, 2)); /* nothing significant is lost */
    TRUE(memcmp(buf, "abx", 3) == 0);
    GIVES(MCO_S_OVERFLOW, Item_c4_get(&item, buf, 1));
    GIVES(MCO_S_OVERFLOW, Item_c4_put(&item, "abcdef", 6));
    memset(buf, 'x', sizeof buf);
    OK(Item_c4_get(&item, buf, 4));
    TRUE(memcmp(buf, "abcdx", 5) == 0);
    OK(Item_c4_put(&item, NULL, 0));
    OK(Item_c4_get(&item, buf, 4));
    TRUE(memcmp(buf, "\0\0\0\0", 4) == 0);

    /* nchar<4>: lengths in characters. */
    OK(Item_n4_put(&item, wide, 3));
    memset(wbuf, 0xEE, sizeof wbuf);
    OK(Item_n4_get(&item, wbuf, 8));
    TRUE(memcmp(wbuf, wide, sizeof wide) == 0 && wbuf[3] == 0 && wbuf[7] == 0);
    GIVES(MCO_S_OVERFLOW, Item_n4_get(&item, wbuf, 2));

    /* binary<4>: zeros inside count. */
    OK(Item_b4_put(&item, "a\0b", 3));
    memset(buf, 'x', sizeof buf);
    OK(Item_b4_get(&item, buf, 4));
    TRUE(memcmp(buf, "a\0b\0x", 5) == 0);

    /* string: length told, NUL behind where there is room, embedded NUL kept. */
    OK(Item_s_put(&item, "hel\0o", 5));
    memset(buf, 'x', sizeof buf);
    OK(Item_s_get(&item, buf, sizeof buf, &len));
    TRUE(len == 5 && memcmp(buf, "hel\0o\0xx", 8) == 0);
    memset(buf, 'x', sizeof buf);
    OK(Item_s_get(&item, buf, 5, &len));
    TRUE(len == 5 && buf[5] == 'x');
    GIVES(MCO_S_OVERFLOW, Item_s_get(&item, buf, 3, &len));
    TRUE(len == 3);
    OK(Item_s_size(&item, &len));
    TRUE(len == 5);
    OK(Item_s_put(&item, NULL, 0));
    OK(Item_s_get(&item, buf, sizeof buf, &len));
    TRUE(len == 0 && buf[0] == 0);
    OK(Item_s_get(&item, NULL, 0, &len));
    GIVES(MCO_E_ILLEGAL_PARAM, Item_s_get(&item, buf, sizeof buf, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, Item_s_get(&item, NULL, 5, &len));
    OK(Item_ns_put(&item, wide, 3));
    OK(Item_ns_size(&item, &len));
    TRUE(len == 3);
    OK(Item_ns_get(&item, wbuf, 8, &len));
    TRUE(len == 3 && wbuf[1] == 0x20AC && wbuf[3] == 0);
    OK(Item_vb_put(&item, "\xff\x00\xfe", 3));
    OK(Item_vb_get(&item, buf, 8, &len));
    TRUE(len == 3 && memcmp(buf, "\xff\x00\xfe", 3) == 0);
    OK(mco_trans_checkpoint(t));
    GIVES(MCO_E_ILLEGAL_PARAM, Item_s_put(&item, NULL, 5));
    GIVES(MCO_E_TRANSACT, Item_s_size(&item, &len));
    OK(mco_trans_rollback(t));
}

static void fixed(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Item item;
    Item_fixed values, back;
    autoid_t id;
    uint4 pages = 9;
    uint8 epoch, oid;

    memset(&values, 0, sizeof values);
    OK(Item_new(t, &item));
    values.i4 = -4;
    values.u4 = 4;
    values.u8 = 8;
    values.f8 = 0.25;
    memcpy(values.c4, "full", 4);
    values.n4[0] = 0x263A;
    values.dt = 123;
    values.color = BLUE;
    OK(Item_fixed_put(&item, &values));
    memset(&back, 0xEE, sizeof back);
    OK(Item_fixed_get(&item, &back));
    TRUE(back.i4 == -4 && back.u4 == 4 && back.f8 == 0.25 && memcmp(back.c4, "full", 4) == 0);
    TRUE(back.n4[0] == 0x263A && back.n4[3] == 0 && back.dt == 123 && back.color == BLUE && back.price == 0);
    GIVES(MCO_E_ILLEGAL_PARAM, Item_fixed_get(&item, NULL));
    OK(Item_pack(&item, &pages));
    TRUE(pages == 0);

    OK(Item_autoid_get(&item, &id));
    OK(mco_get_last_autoid(db, &oid));
    TRUE(id == oid);
    OK(Item_autoid_find(t, id, &item));
    GIVES(MCO_S_NOTFOUND, Item_autoid_find(t, id + 1000, &item));
    OK(mco_iotx_row_identity((MCO_Hf *) &item, &epoch, &oid));
    OK(mco_trans_rollback(t));
}

static void handles(void) {
    mco_trans_h t, other;
    mco_db_h second;
    Item item, copy, never;
    Note note;
    uint2 code = 0;
    uint4 n;

    memset(&never, 0, sizeof never);
    GIVES(MCO_E_INVALID_HANDLE, Item_u4_get(&never, &n));
    GIVES(MCO_E_INVALID_HANDLE, Item_u4_get(NULL, &n));
    memset(&never, 0xEE, sizeof never);
    GIVES(MCO_E_INVALID_HANDLE, Item_delete(&never));
    TRUE(mco_is_object_deleted((MCO_Hf *) &never) == MCO_YES);

    t = begin(db, MCO_READ_WRITE);
    OK(Item_new(t, &item));
    OK(Item_u4_put(&item, 5));
    OK(Note_new(t, &note));
    OK(mco_get_class_code((MCO_Hf *) &note, &code));
    TRUE(code == Note_code);
    memcpy(&copy, &item, sizeof copy); /* a copy is as good */
    OK(Item_u4_get(&copy, &n));
    TRUE(n == 5);
    OK(mco_assign_handle((MCO_Hf *) &never, (MCO_Hf *) &item));
    OK(Item_u4_get(&never, &n));
    OK(mco_copy_handle(db, (MCO_Hf *) &never, (MCO_Hf *) &item));
    memcpy(&copy, &note, sizeof copy); /* of another class */
    GIVES(MCO_E_INVALID_HANDLE, Item_u4_get(&copy, &n));
    GIVES(MCO_E_INVALID_HANDLE, mco_assign_handle((MCO_Hf *) &copy, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_assign_handle(NULL, (MCO_Hf *) &item));

    OK(mco_db_connect("kinds", &second));
    GIVES(MCO_E_INVALID_HANDLE, mco_copy_handle(second, (MCO_Hf *) &copy, (MCO_Hf *) &item));
    other = begin(second, MCO_READ_ONLY);
    GIVES(MCO_S_NOTFOUND, Item_by_u4_find(other, 5, &copy)); /* not committed */
    OK(mco_trans_commit(other));
    OK(mco_db_disconnect(second));

    OK(Item_delete(&item));
    TRUE(mco_is_object_deleted((MCO_Hf *) &item) == MCO_YES);
    GIVES(MCO_E_DELETED, Item_u4_get(&item, &n));
    OK(mco_trans_rollback(t));
    GIVES(MCO_E_INVALID_HANDLE, Note_n_get(&note, &n)); /* its transaction has ended */
    t = begin(db, MCO_READ_ONLY);
    GIVES(MCO_E_INVALID_HANDLE, Note_n_get(&note, &n)); /* also when the next one is open */
    OK(mco_trans_commit(t));
}

int main(void) {
    mco_class_stat_t stat;
    mco_trans_h t;

    OK(mco_runtime_start());
    OK(open_memory("kinds", kinds_get_dictionary(), 8 << 20, NULL));
    OK(mco_db_connect("kinds", &db));
    defaults_and_scalars();
    texts();
    fixed();
    handles();

    t = begin(db, MCO_READ_WRITE);
    OK(mco_class_stat_get(t, Item_code, &stat));
    TRUE(stat.objects_num == 1);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_class_stat_get(t, 99, &stat));
    OK(Item_delete_all(t));
    OK(mco_class_stat_get(t, Item_code, &stat));
    TRUE(stat.objects_num == 0);
    OK(mco_trans_commit(t));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("kinds"));
    OK(mco_runtime_stop());
    return 0;
}
