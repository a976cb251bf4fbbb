/* Arrays and vectors: numbers, bits and texts by index and range, structs in lists in structs, whole arrays in fixed structures. */
#include "check.h"
#include "lists.h"

static mco_db_h db;

static void open_file(int flags) {
    static char memory[64];
    mco_device_t devices[2];
    mco_db_params_t params;

    memset(devices, 0, sizeof devices);
    devices[0].type = MCO_MEMORY_CONV;
    devices[0].assignment = MCO_MEMORY_ASSIGN_DATABASE;
    devices[0].size = 1 << 20;
    devices[0].dev.conv.ptr = memory;
    devices[1].type = MCO_MEMORY_FILE;
    devices[1].assignment = MCO_MEMORY_ASSIGN_PERSISTENT;
    devices[1].dev.file.flags = flags;
    strcpy(devices[1].dev.file.name, "lists.db");
    mco_db_params_init(&params);
    OK(mco_db_open_dev("lists", lists_get_dictionary(), devices, 2, &params));
    OK(mco_db_connect("lists", &db));
}

/* The object with this id, which is made if need be. */
#define OBJECT(kind, name)                                \
    static kind name(mco_trans_h t, uint4 id) {           \
        kind row;                                         \
        if (kind##_by_id_find(t, id, &row) != MCO_S_OK) { \
            OK(kind##_new(t, &row));                      \
            OK(kind##_id_put(&row, id));                  \
            OK(kind##_checkpoint(&row));                  \
        }                                                 \
        return row;                                       \
    }
OBJECT(Series, series)
OBJECT(Text, text)
OBJECT(Tour, tour)

/* A call on an object that gives this code; the transaction is lost with it. */
#define REFUSED(code, kind, id, call)                   \
    do {                                                \
        mco_trans_h t_ = begin(db, MCO_READ_WRITE);     \
        kind row = kind(t_, id);                        \
        GIVES(code, call);                              \
        GIVES(MCO_E_TRANSACT, kind##_delete(&row));     \
        OK(mco_trans_rollback(t_));                     \
    } while (0)
#define Series(t, id) series(t, id)
#define Text(t, id) text(t, id)
#define Tour(t, id) tour(t, id)

static void numbers(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Series row = series(t, 1);
    const int2 some[] = {-1, 2, -32768};
    int2 steps[4] = {9, 9, 9, 9}, one = 9;
    const mco_int8 large[] = {1, -2, 3};
    mco_int8 id = 9, ids[3] = {9, 9, 9};
    float value = 9;
    Unit unit;
    mco_datetime time;
    uint2 num = 99;

    /* An array is there at once. */
    OK(Series_steps_size(&row, &num));
    TRUE(num == 4);
    OK(Series_steps_at(&row, 3, &one));
    TRUE(one == 0);
    OK(Series_steps_put(&row, 0, -7));
    OK(Series_steps_put_range(&row, 1, 3, some));
    OK(Series_steps_get_range(&row, 0, 4, steps));
    TRUE(steps[0] == -7 && steps[1] == -1 && steps[2] == 2 && steps[3] == -32768);
    OK(Series_steps_get_range(&row, 4, 0, NULL));
    OK(Series_steps_put_range(&row, 4, 0, NULL));
    GIVES(MCO_E_INDEXLIMIT, Series_steps_at(&row, 4, &one));
    GIVES(MCO_E_INDEXLIMIT, Series_steps_get_range(&row, 2, 3, steps));
    GIVES(MCO_E_INDEXLIMIT, Series_steps_get_range(&row, 5, 0, steps));
    GIVES(MCO_E_ILLEGAL_PARAM, Series_steps_get_range(&row, 0, 1, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, Series_steps_size(&row, NULL));

    /* A vector is empty until it gets elements. */
    OK(Series_ids_size(&row, &num));
    TRUE(num == 0);
    GIVES(MCO_E_INDEXLIMIT, Series_ids_at(&row, 0, &id));
    OK(Series_ids_alloc(&row, 3));
    OK(Series_ids_size(&row, &num));
    TRUE(num == 3);
    OK(Series_ids_get_range(&row, 0, 3, ids));
    TRUE(ids[0] == 0 && ids[1] == 0 && ids[2] == 0);
    OK(Series_ids_put(&row, 2, INT64_MIN));
    OK(Series_ids_at(&row, 2, &id));
    TRUE(id == INT64_MIN);
    OK(Series_ids_put_range(&row, 0, 3, large));
    OK(Series_ids_erase(&row, 1)); /* of a number: 0, and the others stay */
    OK(Series_ids_get_range(&row, 0, 3, ids));
    TRUE(ids[0] == 1 && ids[1] == 0 && ids[2] == 3);
    OK(Series_ids_alloc(&row, 2)); /* drops what was there */
    OK(Series_ids_get_range(&row, 0, 2, ids));
    TRUE(ids[0] == 0 && ids[1] == 0);
    OK(Series_ids_alloc(&row, 0));
    OK(Series_ids_size(&row, &num));
    TRUE(num == 0);

    OK(Series_values_alloc(&row, 65535));
    OK(Series_values_put(&row, 65534, -0.5f));
    OK(Series_values_at(&row, 65534, &value));
    TRUE(value == -0.5f);
    GIVES(MCO_E_INDEXLIMIT, Series_values_at(&row, 65535, &value));
    OK(Series_units_alloc(&row, 2));
    OK(Series_units_put(&row, 1, FOOT));
    OK(Series_units_at(&row, 1, &unit));
    TRUE(unit == FOOT);
    OK(Series_times_alloc(&row, 1));
    OK(Series_times_put(&row, 0, ~(mco_datetime) 0));
    OK(Series_times_at(&row, 0, &time));
    TRUE(time == ~(mco_datetime) 0);
    OK(Series_nums_alloc(&row, 1));
    OK(Series_nums_put(&row, 0, -999));
    OK(mco_trans_commit(t)); /* asking for what is not there has spoilt nothing */

    REFUSED(MCO_E_INDEXLIMIT, Series, 1, Series_steps_put(&row, 4, 1));
    REFUSED(MCO_E_INDEXLIMIT, Series, 1, Series_steps_put_range(&row, 2, 3, some));
    REFUSED(MCO_E_INDEXLIMIT, Series, 1, Series_ids_put(&row, 0, 1)); /* without alloc */
    REFUSED(MCO_E_INDEXLIMIT, Series, 1, Series_units_erase(&row, 2));
    REFUSED(MCO_E_ILLEGAL_PARAM, Series, 1, Series_nums_put(&row, 0, 1000));
    REFUSED(MCO_E_ILLEGAL_PARAM, Series, 1, Series_steps_put_range(&row, 0, 1, NULL));

    t = begin(db, MCO_READ_ONLY);
    row = series(t, 1);
    OK(Series_steps_at(&row, 1, &one));
    TRUE(one == -1);
    GIVES(MCO_E_ACCESS, Series_steps_put(&row, 1, 1));
    OK(mco_trans_rollback(t));
}

/* Bits lie side by side in bytes, and ranges begin anywhere. */
static void bits(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Series row = series(t, 2);
    const uint1 pattern[] = {0xB5, 0x0F}; /* 1010 1101, 1111 0000 from bit 0 on */
    uint1 got[3] = {0xEE, 0xEE, 0xEE};
    mco_bool bit = 9;
    uint2 i;

    OK(Series_marks_alloc(&row, 20));
    for (i = 0; i < 20; i++) {
        OK(Series_marks_at(&row, i, &bit));
        TRUE(bit == 0);
    }
    OK(Series_marks_put_range(&row, 5, 12, pattern)); /* across two borders of bytes */
    for (i = 0; i < 20; i++) {
        OK(Series_marks_at(&row, i, &bit));
        TRUE(bit == (i >= 5 && i < 17 && (pattern[(i - 5) / 8] >> (i - 5) % 8 & 1)));
    }
    OK(Series_marks_get_range(&row, 5, 12, got));
    TRUE(got[0] == 0xB5 && got[1] == 0x0F && got[2] == 0xEE);
    OK(Series_marks_get_range(&row, 4, 3, got)); /* bits behind the last are 0 */
    TRUE(got[0] == 0x02 && got[1] == 0x0F);
    OK(Series_marks_put(&row, 5, 0));
    OK(Series_marks_put(&row, 19, 5)); /* not 0 is true */
    OK(Series_marks_erase(&row, 7));
    OK(Series_marks_get_range(&row, 0, 20, got));
    TRUE(got[0] == 0x00 && got[1] == 0xF6 && got[2] == 0x09);
    GIVES(MCO_E_INDEXLIMIT, Series_marks_at(&row, 20, &bit));
    GIVES(MCO_E_INDEXLIMIT, Series_marks_get_range(&row, 10, 11, got));
    OK(Series_flags_put_range(&row, 0, 12, pattern));
    OK(Series_flags_at(&row, 11, &bit));
    TRUE(bit == 1);
    OK(mco_trans_commit(t));
    REFUSED(MCO_E_INDEXLIMIT, Series, 2, Series_flags_put_range(&row, 1, 12, pattern));
    REFUSED(MCO_E_INDEXLIMIT, Series, 2, Series_marks_put(&row, 20, 1));
}

static void texts(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Text row = text(t, 1);
    const nchar_t wide[] = {0x48, 0xE9, 0x20AC, 0x21};
    nchar_t wide_buf[6];
    char buf[8], *large;
    uint2 len = 99, num;

    OK(Text_codes_alloc(&row, 3));
    GIVES(MCO_E_EMPTYVECTOREL, Text_codes_at(&row, 0, buf, sizeof buf, &len));
    GIVES(MCO_E_EMPTYVECTOREL, Text_codes_at_len(&row, 0, &len));
    TRUE(len == 99);
    OK(Text_codes_put(&row, 0, "ab", 2));
    GIVES(MCO_S_OVERFLOW, Text_codes_put(&row, 1, "abcdefg", 7));
    OK(Text_codes_put(&row, 2, NULL, 0)); /* written with nothing */
    memset(buf, 'x', sizeof buf);
    OK(Text_codes_at(&row, 0, buf, sizeof buf, &len));
    TRUE(len == 2 && memcmp(buf, "ab\0\0\0\0\0\0", 8) == 0);
    OK(Text_codes_at_len(&row, 1, &len));
    TRUE(len == 5);
    GIVES(MCO_S_OVERFLOW, Text_codes_at(&row, 1, buf, 3, &len));
    TRUE(len == 3 && memcmp(buf, "abc", 3) == 0);
    OK(Text_codes_at(&row, 2, buf, sizeof buf, &len));
    TRUE(len == 0 && buf[0] == 0);
    OK(Text_codes_erase(&row, 1));
    GIVES(MCO_E_EMPTYVECTOREL, Text_codes_at(&row, 1, buf, sizeof buf, &len));
    OK(Text_codes_size(&row, &num));
    TRUE(num == 3);

    OK(Text_texts_alloc(&row, 2));
    OK(Text_texts_put(&row, 1, "behind", 6));
    OK(Text_texts_put(&row, 0, "a\0b", 3)); /* moves what lies behind it */
    OK(Text_texts_at(&row, 0, buf, sizeof buf, &len));
    TRUE(len == 3 && memcmp(buf, "a\0b\0", 4) == 0);
    OK(Text_texts_put(&row, 0, "", 0));
    OK(Text_texts_at_len(&row, 0, &len));
    TRUE(len == 0);
    OK(Text_texts_at(&row, 1, buf, sizeof buf, &len));
    TRUE(len == 6 && memcmp(buf, "behind", 7) == 0);
    GIVES(MCO_S_OVERFLOW, Text_texts_at(&row, 1, buf, 4, &len));
    TRUE(len == 4);
    large = malloc(65536);
    memset(large, 'l', 65536);
    OK(Text_texts_put(&row, 1, large, 65535));
    OK(Text_texts_at_len(&row, 1, &len));
    TRUE(len == 65535);
    free(large);

    OK(Text_wides_alloc(&row, 1));
    GIVES(MCO_S_OVERFLOW, Text_wides_put(&row, 0, wide, 4));
    OK(Text_wides_at(&row, 0, wide_buf, 6, &len));
    TRUE(len == 3 && wide_buf[2] == 0x20AC && wide_buf[3] == 0 && wide_buf[5] == 0);
    OK(Text_wide_texts_alloc(&row, 1));
    OK(Text_wide_texts_put(&row, 0, wide, 4));
    OK(Text_wide_texts_at_len(&row, 0, &len));
    TRUE(len == 4);
    OK(Text_wide_texts_at(&row, 0, wide_buf, 6, &len));
    TRUE(len == 4 && wide_buf[3] == 0x21 && wide_buf[4] == 0);
    OK(Text_keys_alloc(&row, 1));
    OK(Text_keys_put(&row, 0, "\1\0\2", 3));
    OK(Text_keys_at(&row, 0, buf, 3, &len));
    TRUE(len == 3 && memcmp(buf, "\1\0\2", 3) == 0);
    OK(Text_raws_alloc(&row, 1));
    OK(Text_raws_put(&row, 0, "\0\0", 2));
    OK(Text_raws_at_len(&row, 0, &len));
    TRUE(len == 2);
    GIVES(MCO_E_ILLEGAL_PARAM, Text_raws_at(&row, 0, NULL, 1, &len));
    GIVES(MCO_E_ILLEGAL_PARAM, Text_raws_at(&row, 0, buf, 1, NULL));
    OK(mco_trans_commit(t));
    REFUSED(MCO_E_INDEXLIMIT, Text, 1, Text_codes_put(&row, 3, "a", 1));
    REFUSED(MCO_E_ILLEGAL_PARAM, Text, 1, Text_texts_put(&row, 0, NULL, 1));
    REFUSED(MCO_E_INDEXLIMIT, Text, 2, Text_texts_erase(&row, 0));
}

static void structs(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Tour row = tour(t, 1);
    Trip trip, same, reading;
    Leg leg;
    Spot spot;
    Spot_d all;
    mco_bool way;
    uint1 has, number;
    uint2 num, rank;
    double x;
    char buf[8];

    OK(Tour_trips_alloc(&row, 3));
    GIVES(MCO_E_EMPTYVECTOREL, Tour_trips_at(&row, 1, &trip));
    GIVES(MCO_E_INDEXLIMIT, Tour_trips_at(&row, 3, &trip));
    OK(Tour_trips_put(&row, 1, &trip));
    OK(Tour_trips_at(&row, 1, &reading));
    same = trip;
    OK(Trip_rank_get(&reading, &rank)); /* a new struct has its defaults */
    TRUE(rank == 3);
    OK(Trip_start_read_handle(&reading, &spot));
    OK(Spot_x_get(&spot, &x));
    TRUE(x == 1.5);
    OK(Trip_name_put(&same, "north", 5));
    OK(Trip_name_size(&reading, &num));
    TRUE(num == 5);
    GIVES(MCO_S_NULL_VALUE, (Trip_rank_indicator_put(&trip, 1), Trip_rank_get(&reading, &rank)));
    OK(Trip_rank_indicator_get(&reading, &has));
    TRUE(rank == 3 && has == 0);
    OK(Trip_rank_put(&trip, 8));
    OK(Trip_rank_get(&reading, &rank));
    TRUE(rank == 8);

    /* An optional struct in an element. */
    GIVES(MCO_E_EMPTYOPTIONAL, Trip_goal_read_handle(&reading, &spot));
    OK(Trip_goal_write_handle(&trip, &spot));
    OK(Spot_get_all(&spot, &all));
    TRUE(all.x == 1.5 && all.near[2] == 0 && all.zone[1][0] == 0);
    all.x = 4;
    all.near[0] = -3;
    all.near[2] = 300;
    memcpy(all.zone[1], "zz", 2);
    OK(Spot_put_all(&spot, &all));
    memset(&all, 0xEE, sizeof all);
    OK(Trip_goal_read_handle(&reading, &spot));
    OK(Spot_get_all(&spot, &all));
    TRUE(all.x == 4 && all.near[0] == -3 && all.near[1] == 0 && all.near[2] == 300 && memcmp(all.zone, "\0\0zz", 4) == 0);
    OK(Trip_goal_erase(&trip));
    GIVES(MCO_E_EMPTYOPTIONAL, Spot_x_get(&spot, &x));

    /* A vector in a struct in a vector in a struct in a vector. */
    OK(Trip_legs_alloc(&trip, 2));
    OK(Trip_legs_put(&trip, 1, &leg));
    OK(Leg_number_put(&leg, 9));
    OK(Leg_ways_put(&leg, 8, 1));
    OK(Leg_stops_alloc(&leg, 2));
    OK(Leg_stops_put(&leg, 0, &spot));
    OK(Spot_near_put(&spot, 2, 77));
    OK(Spot_zone_put(&spot, 1, "q", 1));
    OK(Tour_trips_at(&row, 1, &reading));
    OK(Trip_legs_at(&reading, 1, &leg));
    GIVES(MCO_E_EMPTYVECTOREL, Trip_legs_at(&reading, 0, &leg));
    OK(Trip_legs_at(&reading, 1, &leg));
    OK(Leg_number_get(&leg, &number));
    OK(Leg_ways_at(&leg, 8, &way));
    TRUE(number == 9 && way == 1);
    OK(Leg_stops_at(&leg, 0, &spot));
    OK(Spot_get_all(&spot, &all));
    TRUE(all.x == 1.5 && all.near[2] == 77 && memcmp(all.zone, "\0\0q\0", 4) == 0);
    GIVES(MCO_E_EMPTYVECTOREL, Leg_stops_at(&leg, 1, &spot));
    OK(mco_trans_commit(t));
    GIVES(MCO_E_INVALID_HANDLE, Spot_x_get(&spot, &x));

    /* What is erased is empty; a handle for writing makes it anew, one for reading does not. */
    t = begin(db, MCO_READ_WRITE);
    row = tour(t, 1);
    OK(Tour_trips_put(&row, 1, &trip));
    OK(Tour_trips_at(&row, 1, &reading));
    OK(Tour_trips_erase(&row, 1));
    OK(Tour_trips_size(&row, &num));
    TRUE(num == 3);
    GIVES(MCO_E_EMPTYVECTOREL, Trip_rank_get(&reading, &rank));
    OK(Trip_name_put(&trip, "anew", 4));
    OK(Trip_rank_get(&reading, &rank));
    OK(Trip_legs_size(&reading, &num));
    TRUE(rank == 3 && num == 0);
    OK(mco_trans_rollback(t));

    t = begin(db, MCO_READ_ONLY);
    row = tour(t, 1);
    OK(Tour_trips_at(&row, 1, &reading));
    GIVES(MCO_E_INVALID_HANDLE, Spot_x_get((Spot *) &reading, &x));
    OK(Trip_legs_size(&reading, &num));
    TRUE(num == 2);
    OK(Trip_name_get(&reading, buf, sizeof buf, &num));
    TRUE(num == 5 && memcmp(buf, "north", 6) == 0);
    OK(mco_trans_rollback(t));

    /* Arrays of structs, and a list in an optional struct. */
    t = begin(db, MCO_READ_WRITE);
    row = tour(t, 1);
    OK(Tour_pair_size(&row, &num));
    TRUE(num == 2);
    GIVES(MCO_E_EMPTYVECTOREL, Tour_pair_at(&row, 1, &trip));
    OK(Tour_pair_put(&row, 1, &trip));
    OK(Trip_name_put(&trip, "two", 3));
    OK(Tour_best_write_handle(&row, &trip));
    OK(Trip_legs_alloc(&trip, 1));
    OK(Tour_best_erase(&row));
    GIVES(MCO_E_EMPTYOPTIONAL, Trip_legs_size(&trip, &num));
    OK(Trip_legs_alloc(&trip, 4)); /* writing makes it again */
    OK(Trip_rank_get(&trip, &rank));
    TRUE(rank == 3);
    OK(mco_trans_commit(t));

    REFUSED(MCO_E_INDEXLIMIT, Tour, 1, Tour_trips_put(&row, 3, &trip));
    REFUSED(MCO_E_INDEXLIMIT, Tour, 1, Tour_pair_put(&row, 2, &trip));
    REFUSED(MCO_E_ACCESS, Tour, 1, (Tour_pair_at(&row, 1, &reading), Trip_name_put(&reading, "x", 1)));
    REFUSED(MCO_E_ACCESS, Tour, 1, (Tour_pair_at(&row, 1, &reading), Trip_legs_alloc(&reading, 1)));
    REFUSED(MCO_E_ACCESS, Tour, 1, (Tour_pair_at(&row, 1, &reading), Trip_goal_write_handle(&reading, &spot)));
}

static void whole(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Series row = series(t, 3);
    Series_fixed fixed;
    char name[4];
    uint2 len;
    uint1 last;
    double mean;

    OK(Series_names_put(&row, 1, "late", 4));
    memset(&fixed, 0xEE, sizeof fixed);
    OK(Series_fixed_get(&row, &fixed));
    TRUE(fixed.id == 3 && fixed.steps[3] == 0 && fixed.means[2] == 0 && fixed.last == 0);
    TRUE(memcmp(fixed.names, "\0\0\0\0late", 8) == 0 && fixed.signs[1][2] == 0 && fixed.keys[1][1] == 0);
    fixed.steps[3] = -4;
    fixed.means[1] = 0.25;
    memcpy(fixed.names[0], "a\0\0\0", 4);
    fixed.signs[1][0] = 0x20AC;
    memcpy(fixed.keys[1], "\0\7", 2);
    fixed.last = 200;
    OK(Series_fixed_put(&row, &fixed));
    OK(mco_trans_commit(t));

    t = begin(db, MCO_READ_ONLY);
    row = series(t, 3);
    memset(&fixed, 0xEE, sizeof fixed);
    OK(Series_fixed_get(&row, &fixed));
    TRUE(fixed.steps[0] == 0 && fixed.steps[3] == -4 && fixed.means[1] == 0.25 && fixed.last == 200);
    TRUE(memcmp(fixed.names, "a\0\0\0late", 8) == 0 && fixed.signs[1][0] == 0x20AC && fixed.signs[0][0] == 0);
    TRUE(memcmp(fixed.keys, "\0\0\0\7", 4) == 0);
    OK(Series_names_at(&row, 0, name, sizeof name, &len));
    TRUE(len == 1 && memcmp(name, "a\0\0\0", 4) == 0);
    OK(Series_means_at(&row, 1, &mean));
    OK(Series_last_get(&row, &last));
    TRUE(mean == 0.25 && last == 200);
    OK(mco_trans_commit(t));
}

static int heard;

static MCO_RET on_trips(mco_trans_h t, Tour *row, MCO_EVENT_TYPE type, void *param) {
    Trip trip;

    (void) t;
    (void) type;
    /* A handler sees what was there before. */
    if (param != NULL && Tour_trips_at(row, 0, &trip) == MCO_E_EMPTYVECTOREL) ++*(int *) param;
    heard++;
    return MCO_S_OK;
}

static void events(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Tour row = tour(t, 7);
    Trip trip;
    int empty = 0;

    OK(mco_register_trips_changed_handler(t, on_trips, &empty, MCO_BEFORE_UPDATE));
    OK(Tour_trips_alloc(&row, 1));
    TRUE(heard == 1 && empty == 0);
    OK(Tour_trips_put(&row, 0, &trip));
    TRUE(heard == 2 && empty == 1);
    OK(Tour_trips_put(&row, 0, &trip)); /* is there */
    TRUE(heard == 2);
    OK(Trip_name_put(&trip, "x", 1));
    OK(Trip_legs_alloc(&trip, 1));
    OK(Tour_trips_erase(&row, 0));
    TRUE(heard == 5 && empty == 1);
    OK(mco_unregister_trips_changed_handler(t, on_trips));
    OK(mco_trans_rollback(t));
}

/* What a rollback takes back, and what stays in the file. */
static void kept(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Series row = series(t, 9);
    Text words = text(t, 9);
    int2 step;
    char buf[8];
    uint2 len, num;

    OK(Series_steps_put(&row, 2, 5));
    OK(Text_texts_alloc(&words, 2));
    OK(Text_texts_put(&words, 1, "kept", 4));
    OK(mco_trans_commit(t));
    t = begin(db, MCO_READ_WRITE);
    row = series(t, 9);
    words = text(t, 9);
    OK(Series_steps_put(&row, 2, 6));
    OK(Text_texts_put(&words, 0, "lost", 4));
    OK(Text_checkpoint(&words));
    OK(Text_texts_alloc(&words, 7));
    OK(mco_trans_rollback(t));

    OK(mco_db_disconnect(db));
    OK(mco_db_close("lists"));
    open_file(0);
    t = begin(db, MCO_READ_ONLY);
    row = series(t, 9);
    words = text(t, 9);
    OK(Series_steps_at(&row, 2, &step));
    TRUE(step == 5);
    OK(Text_texts_size(&words, &num));
    GIVES(MCO_E_EMPTYVECTOREL, Text_texts_at(&words, 0, buf, sizeof buf, &len));
    OK(Text_texts_at(&words, 1, buf, sizeof buf, &len));
    TRUE(num == 2 && len == 4 && memcmp(buf, "kept", 5) == 0);
    OK(mco_trans_commit(t));
}

int main(void) {
    OK(mco_runtime_start());
    open_file(MCO_FILE_OPEN_TRUNCATE);
    numbers();
    bits();
    texts();
    structs();
    whole();
    events();
    kept();
    OK(mco_db_disconnect(db));
    OK(mco_db_close("lists"));
    OK(mco_runtime_stop());
    return 0;
}
