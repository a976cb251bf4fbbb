/* Structs in objects: handles, members, optional ones, keys, events; by generated functions and by number. */
#include "check.h"
#include "mcodyn.h"
#include "structs.h"

static mco_db_h db;

static Place make(mco_trans_h t, uint4 id) {
    Place place;

    OK(Place_new(t, &place));
    OK(Place_id_put(&place, id));
    return place;
}

static void members(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Place place = make(t, 1);
    Position pos, copy;
    Position_d all;
    double x;
    Unit unit;
    char zone[4];

    OK(Place_pos_read_handle(&place, &pos));
    OK(Position_x_get(&pos, &x));
    TRUE(x == 1.5);
    OK(Position_unit_get(&pos, &unit));
    TRUE(unit == FOOT);
    OK(Place_pos_write_handle(&place, &pos));
    copy = pos;
    OK(Position_x_put(&copy, -2.0));
    GIVES(MCO_S_OVERFLOW, Position_zone_put(&pos, "north", 5));
    OK(Position_zone_get(&pos, zone, sizeof zone));
    TRUE(memcmp(zone, "nort", 4) == 0);
    memset(&all, 0xEE, sizeof all);
    OK(Position_get_all(&pos, &all));
    TRUE(all.x == -2.0 && all.y == 0 && all.unit == FOOT && memcmp(all.zone, "nort", 4) == 0);
    all.y = 8.25;
    all.unit = METRE;
    memcpy(all.zone, "w\0\0", 4);
    OK(Position_put_all(&pos, &all));
    OK(mco_trans_commit(t));
    GIVES(MCO_E_INVALID_HANDLE, Position_x_get(&pos, &x));

    t = begin(db, MCO_READ_ONLY);
    OK(Place_by_id_find(t, 1, &place));
    OK(Place_pos_read_handle(&place, &pos));
    memset(&all, 0xEE, sizeof all);
    OK(Position_get_all(&pos, &all));
    TRUE(all.x == -2.0 && all.y == 8.25 && all.unit == METRE && memcmp(all.zone, "w\0\0", 4) == 0);
    OK(mco_trans_commit(t));
}

static void optional(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Place place = make(t, 2);
    Address home, stale;
    Position at;
    Note note;
    double x;
    uint2 rank, len;
    uint1 has;
    int1 grade;
    char street[16];

    GIVES(MCO_E_EMPTYOPTIONAL, Place_home_read_handle(&place, &home));
    OK(Place_home_write_handle(&place, &home));
    OK(Place_home_read_handle(&place, &stale));
    OK(Address_street_put(&home, "Main", 4));
    OK(Address_street_size(&stale, &len));
    TRUE(len == 4);
    OK(Address_at_read_handle(&home, &at));
    OK(Position_x_get(&at, &x));
    TRUE(x == 1.5);
    GIVES(MCO_E_EMPTYOPTIONAL, Address_note_read_handle(&home, &note));
    OK(Address_note_write_handle(&home, &note));
    OK(Note_rank_get(&note, &rank));
    TRUE(rank == 3);
    OK(Note_grade_indicator_get(&note, &has));
    TRUE(has == 0);
    GIVES(MCO_S_NULL_VALUE, Note_grade_get(&note, &grade));
    OK(Note_grade_put(&note, -7));
    OK(Note_rank_indicator_put(&note, 1));
    OK(mco_trans_commit(t));

    t = begin(db, MCO_READ_WRITE);
    OK(Place_by_id_find(t, 2, &place));
    OK(Place_home_write_handle(&place, &home));
    OK(Address_street_get(&home, street, sizeof street, &len));
    TRUE(len == 4 && strcmp(street, "Main") == 0);
    OK(Address_note_read_handle(&home, &note));
    GIVES(MCO_S_NULL_VALUE, Note_rank_get(&note, &rank));
    TRUE(rank == 3);
    OK(Note_grade_get(&note, &grade));
    TRUE(grade == -7);

    OK(Address_note_erase(&home));
    GIVES(MCO_E_EMPTYOPTIONAL, Address_note_read_handle(&home, &note));
    GIVES(MCO_E_EMPTYOPTIONAL, Place_last_read_handle(&place, &at));
    OK(Place_home_erase(&place));
    GIVES(MCO_E_EMPTYOPTIONAL, Place_home_read_handle(&place, &stale));
    GIVES(MCO_E_EMPTYOPTIONAL, Address_street_size(&home, &len));
    OK(Place_home_erase(&place));
    OK(mco_trans_commit(t));

    /* Written once more it begins with the defaults. */
    t = begin(db, MCO_READ_WRITE);
    OK(Place_by_id_find(t, 2, &place));
    GIVES(MCO_E_EMPTYOPTIONAL, Place_home_read_handle(&place, &home));
    OK(Place_home_write_handle(&place, &home));
    OK(Address_street_size(&home, &len));
    TRUE(len == 0);
    OK(mco_trans_commit(t));
}

static uint4 id_at(mco_trans_h t, mco_cursor_h c) {
    Place place;
    uint4 id;

    OK(Place_from_cursor(t, c, &place));
    OK(Place_id_get(&place, &id));
    return id;
}

static void keys(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    mco_cursor_t c;
    Place place;
    Position pos;
    int order;

    for (uint4 id = 10; id < 13; id++) {
        place = make(t, id);
        OK(Place_pos_write_handle(&place, &pos));
        OK(Position_x_put(&pos, id < 12 ? 100.0 : 90.0));
        OK(Position_zone_put(&pos, "keys", 4));
    }
    OK(mco_trans_commit(t));

    t = begin(db, MCO_READ_WRITE);
    OK(Place_by_x_search(t, &c, MCO_GE, 80.0, 0));
    TRUE(id_at(t, &c) == 12);
    OK(mco_cursor_next(t, &c));
    TRUE(id_at(t, &c) == 11);
    OK(Place_by_x_compare(t, &c, 100.0, 11, &order));
    TRUE(order == 0);
    OK(Place_by_zone_search(t, &c, MCO_EQ, "keys", 4));

    /* Without the struct the object is not in an index of its members. */
    GIVES(MCO_S_CURSOR_EMPTY, Place_by_last_index_cursor(t, &c));
    OK(Place_by_id_find(t, 11, &place));
    OK(Place_last_write_handle(&place, &pos));
    OK(Position_x_put(&pos, 4.0));
    OK(Place_checkpoint(&place));
    OK(Place_by_last_search(t, &c, MCO_EQ, 4.0));
    TRUE(id_at(t, &c) == 11);
    OK(Place_last_erase(&place));
    OK(Place_checkpoint(&place));
    GIVES(MCO_S_CURSOR_EMPTY, Place_by_last_index_cursor(t, &c));
    OK(mco_trans_commit(t));
}

static void refusals(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Place place = make(t, 20), foreign;
    Address home;
    Position pos;
    Position_d all;
    double x;
    uint2 len;

    memset(&all, 0, sizeof all);
    OK(Place_pos_read_handle(&place, &pos));
    memcpy(&home, &pos, sizeof home);
    GIVES(MCO_E_INVALID_HANDLE, Address_street_size(&home, &len));
    memcpy(&foreign, &pos, sizeof foreign);
    GIVES(MCO_E_INVALID_HANDLE, Place_pos_read_handle(&foreign, &pos));
    GIVES(MCO_E_ILLEGAL_PARAM, Position_get_all(&pos, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, Place_pos_read_handle(&place, NULL));
    GIVES(MCO_E_ACCESS, Position_x_put(&pos, 3.0));
    GIVES(MCO_E_ACCESS, mco_trans_commit(t));

    t = begin(db, MCO_READ_WRITE);
    OK(Place_by_id_find(t, 11, &place));
    OK(Place_pos_read_handle(&place, &pos));
    GIVES(MCO_E_ACCESS, Position_put_all(&pos, &all));
    OK(mco_trans_rollback(t));

    t = begin(db, MCO_READ_WRITE);
    OK(Place_by_id_find(t, 11, &place));
    OK(Place_pos_write_handle(&place, &pos));
    OK(Place_delete(&place));
    GIVES(MCO_E_DELETED, Position_x_get(&pos, &x));
    OK(mco_trans_rollback(t));

    t = begin(db, MCO_READ_ONLY);
    OK(Place_by_id_find(t, 11, &place));
    OK(Place_pos_read_handle(&place, &pos));
    OK(Position_x_get(&pos, &x));
    GIVES(MCO_E_ACCESS, Place_pos_write_handle(&place, &pos));
    OK(mco_trans_rollback(t));
}

/* What on_put has heard: its parameter, and the x of `last`, 0 where it is absent. */
static char heard[128];

static MCO_RET on_put(mco_trans_h t, Place *place, MCO_EVENT_TYPE et, void *param) {
    Position last;
    double x = 0;

    (void) t;
    (void) et;
    if (Place_last_read_handle(place, &last) == MCO_S_OK) OK(Position_x_get(&last, &x));
    sprintf(heard + strlen(heard), "%s%g ", (const char *) param, x);
    return MCO_S_OK;
}

/* Compares what was heard and forgets it. */
#define HEARD(expected)                                                                     \
    do {                                                                                    \
        if (strcmp(heard, expected) != 0) FAIL("heard '%s', not '%s'", heard, expected);    \
        heard[0] = 0;                                                                       \
    } while (0)

static void events(void) {
    static char before[] = "b", after[] = "a", class_after[] = "A";
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Place place;
    Position pos;
    Position_d all;

    OK(mco_register_last_changed_handler(t, on_put, before, MCO_BEFORE_UPDATE));
    OK(mco_register_last_changed_handler(t, on_put, after, MCO_AFTER_UPDATE));
    OK(mco_register_changed_handler(t, on_put, class_after, MCO_AFTER_UPDATE));
    place = make(t, 40);
    HEARD("A0 ");
    OK(Place_pos_write_handle(&place, &pos)); /* is there: nothing is put */
    HEARD("");
    OK(Position_x_put(&pos, 9.0));
    HEARD("A0 ");
    OK(Place_last_write_handle(&place, &pos));
    HEARD("b0 a1.5 A1.5 ");
    OK(Place_last_write_handle(&place, &pos));
    HEARD("");
    memset(&all, 0, sizeof all);
    all.x = 3.0;
    all.y = 4.0;
    OK(Position_put_all(&pos, &all)); /* one put */
    HEARD("b1.5 a3 A3 ");
    OK(Place_last_erase(&place));
    HEARD("b3 a0 A0 ");
    OK(mco_trans_commit(t));

    t = begin(db, MCO_READ_WRITE);
    OK(mco_unregister_last_changed_handler(t, on_put));
    OK(mco_unregister_changed_handler(t, on_put));
    OK(mco_trans_rollback(t));
}

static void by_number(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Place place = make(t, 30);
    MCO_Hf pos, home;
    mco_dyn_value_t value;

    OK(mco_dyn_struct(&place.h, 1, 0, 1, &pos));
    value.kind = MCO_DYN_DOUBLE;
    value.v.d = 6.5;
    OK(mco_dyn_put(&pos, 0, 0, &value));
    OK(mco_dyn_get(&place.h, 2, 0, &value)); /* pos.x, a column of the class */
    TRUE(value.kind == MCO_DYN_DOUBLE && value.v.d == 6.5);
    OK(mco_dyn_get(&place.h, 1, 0, &value));
    TRUE(value.kind == MCO_DYN_UNSIGNED && value.v.u == 1);
    OK(mco_dyn_get(&place.h, 6, 0, &value));
    TRUE(value.kind == MCO_DYN_NULL);
    GIVES(MCO_E_EMPTYOPTIONAL, mco_dyn_struct(&place.h, 6, 0, 0, &home));
    OK(mco_dyn_struct(&place.h, 6, 0, 1, &home));
    value.kind = MCO_DYN_TEXT;
    value.v.s.ptr = "Mill";
    value.v.s.len = 4;
    OK(mco_dyn_put(&home, 0, 0, &value));
    OK(mco_dyn_struct(&place.h, 6, 0, 0, &home));
    OK(mco_dyn_get(&home, 0, 0, &value));
    TRUE(value.kind == MCO_DYN_TEXT && value.v.s.len == 4 && memcmp(value.v.s.ptr, "Mill", 4) == 0);
    GIVES(MCO_E_UDA_FIELD_NOTFOUND, mco_dyn_get(&home, 10, 0, &value));
    GIVES(MCO_E_INDEXLIMIT, mco_dyn_struct(&place.h, 6, 1, 0, &home));
    GIVES(MCO_E_UDA_WRONG_VALUE_TYPE, mco_dyn_struct(&place.h, 0, 0, 0, &home));
    OK(mco_dyn_erase(&place.h, 6, 0));
    GIVES(MCO_E_EMPTYOPTIONAL, mco_dyn_struct(&place.h, 6, 0, 0, &home));

    /* A put to a member makes the struct around it; NULL takes it away. */
    value.kind = MCO_DYN_TEXT;
    value.v.s.ptr = "Hill";
    value.v.s.len = 4;
    OK(mco_dyn_put(&place.h, 7, 0, &value));
    OK(mco_dyn_struct(&place.h, 6, 0, 0, &home));
    value.kind = MCO_DYN_NULL;
    OK(mco_dyn_put(&place.h, 6, 0, &value));
    GIVES(MCO_E_EMPTYOPTIONAL, mco_dyn_struct(&place.h, 6, 0, 0, &home));
    OK(mco_dyn_put(&place.h, 7, 0, &value)); /* without its struct it is NULL already */
    GIVES(MCO_E_EMPTYOPTIONAL, mco_dyn_struct(&place.h, 6, 0, 0, &home));
    GIVES(MCO_E_UDA_WRONG_VALUE_TYPE, mco_dyn_put(&place.h, 1, 0, &value));
    OK(mco_trans_rollback(t));

    t = begin(db, MCO_READ_WRITE);
    place = make(t, 32);
    OK(mco_dyn_struct(&place.h, 6, 0, 1, &home));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_put(&place.h, 7, 0, &value));
    OK(mco_trans_rollback(t));

    t = begin(db, MCO_READ_WRITE);
    place = make(t, 31);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_erase(&place.h, 1, 0));
    OK(mco_trans_rollback(t));
}

int main(void) {
    OK(mco_runtime_start());
    OK(open_memory("structs", structs_get_dictionary(), 1 << 22, NULL));
    OK(mco_db_connect("structs", &db));
    members();
    optional();
    keys();
    refusals();
    events();
    by_number();
    OK(mco_db_disconnect(db));
    OK(mco_db_close("structs"));
    OK(mco_runtime_stop());
    return 0;
}
