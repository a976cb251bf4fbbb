/* Oids and refs: objects by the id that the program gives them, unique in the whole database; by generated functions and by number. */
#include "check.h"
#include "mcodyn.h"
#include "oids.h"

static mco_db_h db;

/* As the program has them; what lies between the members does not count. */
static oids_oid id(uint4 number, Kind kind) {
    oids_oid oid;

    memset(&oid, 0xEE, sizeof oid);
    oid.region = 1;
    oid.number = number;
    memcpy(oid.tag, "ab", 3);
    oid.kind = kind;
    return oid;
}

static int same(const oids_oid *a, const oids_oid *b) {
    return a->region == b->region && a->number == b->number && memcmp(a->tag, b->tag, 3) == 0 && a->kind == b->kind;
}

static void unique(void) {
    oids_oid one = id(1, PERSON), two = id(2, HOUSE), got;
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Person person, found;
    House house;
    uint2 code;

    TRUE(oids_oid_size == sizeof(oids_oid));
    OK(Person_new(t, &one, &person));
    GIVES(MCO_S_DUPLICATE, Person_new(t, &one, &found));
    GIVES(MCO_S_DUPLICATE, House_new(t, &one, &house));
    TRUE(mco_get_last_unique_violation_index(db) == MCO_DYN_OID);
    OK(Person_name_put(&person, "Ann", 3));
    /* Found at once, before any checkpoint. */
    OK(Person_oid_find(t, &one, &found));
    OK(Person_oid_get(&found, &got));
    TRUE(same(&got, &one));
    GIVES(MCO_S_NOTFOUND, House_oid_find(t, &one, &house));
    OK(House_new(t, &two, &house));
    OK(mco_trans_commit(t));

    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_S_DUPLICATE, House_new(t, &one, &house));
    OK(oids_get_class_code(t, &one, &code));
    TRUE(code == Person_code);
    OK(oids_get_class_code(t, &two, &code));
    TRUE(code == House_code);
    OK(oids_delete_object(t, &one));
    GIVES(MCO_S_NOTFOUND, oids_delete_object(t, &one));
    GIVES(MCO_S_NOTFOUND, oids_get_class_code(t, &one, &code));
    OK(House_new(t, &one, &house));
    OK(House_delete(&house));
    OK(Person_new(t, &one, &person));
    OK(mco_trans_rollback(t));
    t = begin(db, MCO_READ_ONLY);
    OK(Person_oid_find(t, &one, &person));
    GIVES(MCO_E_ACCESS, oids_delete_object(t, &one));
    OK(mco_trans_rollback(t));
}

static void references(void) {
    oids_oid none, home = id(2, HOUSE), gone = id(77, HOUSE), got;
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Person person;
    Person_fixed fixed;
    Plain plain;
    Link link;
    mco_cursor_t c;
    uint1 has;
    int order;

    memset(&none, 0, sizeof none);
    for (uint4 n = 10; n < 13; n++) {
        oids_oid oid = id(n, PERSON);
        OK(Person_new(t, &oid, &person));
        OK(Person_age_put(&person, n));
        OK(Person_home_get(&person, &got));
        TRUE(same(&got, &none));
        OK(Person_home_put(&person, n == 10 ? &gone : &home));
    }
    GIVES(MCO_S_NULL_VALUE, Person_friend_of_get(&person, &got));
    OK(Person_friend_of_put(&person, &gone));
    OK(Person_friend_of_indicator_get(&person, &has));
    TRUE(has == 1);
    OK(Person_friends_alloc(&person, 2));
    OK(Person_friends_put(&person, 1, &gone));
    GIVES(MCO_E_EMPTYVECTOREL, Person_friends_at(&person, 0, &got));
    OK(Person_friends_at(&person, 1, &got));
    TRUE(same(&got, &gone));
    GIVES(MCO_E_INDEXLIMIT, Person_friends_at(&person, 2, &got));
    OK(Person_parents_put(&person, 1, &home));
    memset(&fixed, 0xEE, sizeof fixed);
    OK(Person_fixed_get(&person, &fixed));
    TRUE(same(&fixed.home, &home) && same(&fixed.friend_of, &gone) && fixed.age == 12);
    TRUE(same(&fixed.parents[0], &none) && same(&fixed.parents[1], &home));
    fixed.home = gone;
    fixed.home.number = 1;
    fixed.parents[0] = gone;
    OK(Person_fixed_put(&person, &fixed));
    OK(Person_parents_at(&person, 0, &got));
    TRUE(same(&got, &gone));
    OK(Person_parents_at(&person, 1, &got));
    TRUE(same(&got, &home));
    OK(mco_trans_checkpoint(t));

    /* By home, the older ones first; a number comes before all larger ones. */
    OK(Person_by_home_search(t, &c, MCO_GE, &home, 0xFFFFFFFF));
    OK(Person_from_cursor(t, &c, &person));
    OK(Person_home_get(&person, &got));
    TRUE(same(&got, &home));
    OK(Person_by_home_compare(t, &c, &home, 11, &order));
    TRUE(order == 0);
    OK(mco_cursor_next(t, &c));
    OK(Person_by_home_compare(t, &c, &gone, 10, &order));
    TRUE(order == 0);
    GIVES(MCO_S_CURSOR_END, mco_cursor_next(t, &c));
    OK(Person_by_friend_find(t, &gone, &person));
    GIVES(MCO_S_NOTFOUND, Person_by_friend_find(t, &home, &person));

    OK(Plain_new(t, &plain));
    OK(Plain_link_write_handle(&plain, &link));
    OK(Link_to_put(&link, &gone));
    OK(Link_to_get(&link, &got));
    TRUE(same(&got, &gone));
    OK(mco_trans_rollback(t));

    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_ILLEGAL_PARAM, House_oid_find(t, NULL, (House *) &plain));
    GIVES(MCO_E_ILLEGAL_PARAM, oids_delete_object(t, NULL));
    OK(mco_trans_rollback(t));
}

/* The members of an oid without what lies between them. */
static mco_dyn_value_t bytes(const oids_oid *oid, char *memory) {
    mco_dyn_value_t value;

    memcpy(memory, &oid->region, 1);
    memcpy(memory + 1, &oid->number, 4);
    memcpy(memory + 5, oid->tag, 3);
    memcpy(memory + 8, &oid->kind, 4);
    value.kind = MCO_DYN_BYTES;
    value.v.s.ptr = memory;
    value.v.s.len = 12;
    return value;
}

static void by_number(void) {
    char memory[3][12];
    oids_oid ids[3], got;
    mco_dyn_value_t values[3], value, number;
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    mco_cursor_t c;
    Person person;
    House house;
    uint4 size;
    int i;

    for (i = 0; i < 3; i++) {
        ids[i] = id(20 + (uint4) i, i == 0 ? PERSON : HOUSE);
        values[i] = bytes(&ids[i], memory[i]);
    }
    number.kind = MCO_DYN_UNSIGNED;
    number.v.u = 5;
    OK(mco_dyn_new(t, Person_code, &values[0], &person.h));
    GIVES(MCO_S_DUPLICATE, mco_dyn_new(t, House_code, &values[0], &house.h));
    OK(mco_dyn_new(t, House_code, &values[2], &house.h));
    OK(mco_dyn_checkpoint(&house.h));
    OK(mco_dyn_new(t, House_code, &values[1], &house.h));
    OK(House_oid_get(&house, &got));
    TRUE(same(&got, &ids[1]));
    OK(mco_dyn_oid(&house.h, &value));
    TRUE(value.kind == MCO_DYN_BYTES && value.v.s.len == 12 && memcmp(value.v.s.ptr, memory[1], 12) == 0);

    OK(mco_dyn_copy(&house.h, MCO_DYN_OID, 0, &value, memory[0], 12));
    TRUE(value.v.s.ptr == memory[0] && memcmp(memory[0], memory[1], 12) == 0);
    values[0] = bytes(&ids[0], memory[0]);

    OK(mco_dyn_find(t, Person_code, MCO_DYN_OID, &values[0], 1, &person.h));
    OK(mco_dyn_put(&person.h, 1, 0, &values[2]));
    OK(mco_dyn_get(&person.h, 1, 0, &value));
    TRUE(value.kind == MCO_DYN_BYTES && value.v.s.len == 12 && memcmp(value.v.s.ptr, memory[2], 12) == 0);
    OK(mco_dyn_size(&person.h, 1, &size));
    TRUE(size == 12);
    OK(Person_home_get(&person, &got));
    TRUE(same(&got, &ids[2]));
    OK(mco_dyn_get(&person.h, 2, 0, &value));
    TRUE(value.kind == MCO_DYN_NULL);

    /* New objects are in the order of the oids at once. */
    OK(mco_dyn_cursor(t, House_code, MCO_DYN_OID, &c));
    OK(House_from_cursor(t, &c, &house));
    OK(House_oid_get(&house, &got));
    for (i = 0; !same(&got, &ids[1]); i++) {
        OK(mco_cursor_next(t, &c));
        OK(House_from_cursor(t, &c, &house));
        OK(House_oid_get(&house, &got));
    }
    OK(mco_cursor_next(t, &c));
    OK(mco_dyn_from_cursor(t, &c, &house.h));
    OK(House_oid_get(&house, &got));
    TRUE(same(&got, &ids[2]));
    GIVES(MCO_S_CURSOR_END, mco_cursor_next(t, &c));

    OK(mco_dyn_oid_delete(t, &values[2]));
    GIVES(MCO_S_NOTFOUND, mco_dyn_oid_delete(t, &values[2]));
    GIVES(MCO_S_NOTFOUND, mco_dyn_find(t, House_code, MCO_DYN_OID, &values[2], 1, &house.h));
    GIVES(MCO_E_UDA_INDEX_NOTFOUND, mco_dyn_find(t, Plain_code, MCO_DYN_OID, &values[0], 1, &house.h));
    GIVES(MCO_E_UDA_INDEX_NOTFOUND, mco_dyn_cursor(t, Plain_code, MCO_DYN_OID, &c));
    GIVES(MCO_E_UDA_WRONG_KEY_NUM, mco_dyn_find(t, House_code, MCO_DYN_OID, values, 2, &house.h));
    GIVES(MCO_E_UDA_WRONG_KEY_TYPE, mco_dyn_find(t, House_code, MCO_DYN_OID, &number, 1, &house.h));
    values[2].v.s.len = 11;
    GIVES(MCO_E_CONVERSION, mco_dyn_find(t, House_code, MCO_DYN_OID, &values[2], 1, &house.h));
    OK(mco_trans_rollback(t));
}

static void refused(mco_dyn_value_t oid) {
    mco_trans_h t;
    MCO_Hf h;

    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_new(t, Person_code, NULL, &h));
    OK(mco_trans_rollback(t));
    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_new(t, Plain_code, &oid, &h));
    OK(mco_trans_rollback(t));
    t = begin(db, MCO_READ_WRITE);
    OK(mco_dyn_new(t, House_code, &oid, &h));
    /* The oid is no field. */
    GIVES(MCO_E_UDA_FIELD_NOTFOUND, mco_dyn_put(&h, 1, 0, &oid));
    OK(mco_trans_rollback(t));
    t = begin(db, MCO_READ_WRITE);
    OK(mco_dyn_new(t, Plain_code, NULL, &h));
    GIVES(MCO_E_UDA_INDEX_NOTFOUND, mco_dyn_oid(&h, &oid));
    OK(mco_trans_rollback(t));
}

static mco_dyn_column_t column(uint2 field, int kind, mco_size_t size, void *data) {
    mco_dyn_column_t found;

    memset(&found, 0, sizeof found);
    found.field = field;
    found.kind = kind;
    found.size = size;
    found.stride = (mco_size_sig_t) size;
    found.data = data;
    return found;
}

static void many(void) {
    char memory[4][12], back[4][12];
    uint4 rooms[4] = {1, 2, 3, 4}, done, i;
    mco_dyn_column_t columns[2];
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    mco_cursor_t c;

    OK(House_delete_all(t));
    for (i = 0; i < 4; i++) {
        oids_oid oid = id(i == 3 ? 30 : 30 + i, HOUSE);
        (void) bytes(&oid, memory[i]);
    }
    columns[0] = column(0, MCO_DYN_UNSIGNED, 4, rooms);
    columns[1] = column(MCO_DYN_OID, MCO_DYN_BYTES, 12, memory);
    GIVES(MCO_S_DUPLICATE, mco_dyn_insert_many(t, House_code, 4, 2, columns, &done));
    TRUE(done == 3);
    memset(rooms, 0, sizeof rooms);
    columns[1].data = back;
    OK(mco_dyn_cursor(t, House_code, MCO_DYN_OID, &c));
    GIVES(MCO_S_CURSOR_END, mco_dyn_read_many(t, &c, 4, 2, columns, &done));
    TRUE(done == 3 && rooms[2] == 3 && memcmp(memory, back, 36) == 0);
    OK(mco_trans_rollback(t));

    t = begin(db, MCO_READ_WRITE);
    columns[1] = column(MCO_DYN_OID, MCO_DYN_BYTES, 12, memory);
    GIVES(MCO_E_UDA_INDEX_NOTFOUND, mco_dyn_insert_many(t, Plain_code, 1, 1, &columns[1], &done));
    OK(mco_trans_rollback(t));
    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_insert_many(t, House_code, 1, 1, &columns[0], &done));
    TRUE(done == 0);
    OK(mco_trans_rollback(t));
}

int main(void) {
    oids_oid spare = id(99, HOUSE);
    char memory[12];

    OK(mco_runtime_start());
    OK(open_memory("oids", oids_get_dictionary(), 1 << 22, NULL));
    OK(mco_db_connect("oids", &db));
    unique();
    references();
    by_number();
    refused(bytes(&spare, memory));
    many();
    OK(mco_db_disconnect(db));
    OK(mco_db_close("oids"));
    OK(mco_runtime_stop());
    return 0;
}
