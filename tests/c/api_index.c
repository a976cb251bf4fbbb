/* Indexes and cursors: search in both directions, compare, locate, patterns, lists, autoid, checkpoints, duplicates. */
#include "check.h"
#include "kinds.h"

#include <stdint.h>

static mco_db_h db;

/* Ten items: i4 = 0, 10 .. 90, u2 = i % 3. */
static void fill(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    uint4 i;
    for (i = 0; i < 10; ++i) {
        Item item;
        char name[4] = {'n', 'a', 0, 0};
        name[2] = (char) ('a' + i);
        OK(Item_new(t, &item));
        OK(Item_i4_put(&item, (int4) i * 10));
        OK(Item_u4_put(&item, i));
        OK(Item_u8_put(&item, 100 + i));
        OK(Item_u2_put(&item, (uint2) (i % 3)));
        OK(Item_i1_put(&item, (int1) (i % 2)));
        OK(Item_c4_put(&item, name, 3));
        OK(Item_s_put(&item, name, 3));
    }
    OK(mco_trans_commit(t));
}

static int at(mco_trans_h t, mco_cursor_h c) {
    Item item;
    int4 i4;
    OK(Item_from_cursor(t, c, &item));
    OK(Item_i4_get(&item, &i4));
    return i4;
}

static void trees(void) {
    static const struct {
        MCO_OPCODE op;
        int4 key;
        int found; /* -1: nothing */
    } searches[] = {
        {MCO_LT, 50, 40}, {MCO_LT, 55, 50}, {MCO_LT, 0, -1},  {MCO_LE, 50, 50}, {MCO_LE, 55, 50}, {MCO_LE, -1, -1},
        {MCO_EQ, 50, 50}, {MCO_EQ, 55, -1}, {MCO_GE, 50, 50}, {MCO_GE, 55, 60}, {MCO_GE, 91, -1}, {MCO_GT, 50, 60},
        {MCO_GT, 90, -1}, {MCO_GT, -5, 0},
    };
    mco_trans_h t = begin(db, MCO_READ_ONLY);
    mco_cursor_t c;
    MCO_CURSOR_TYPE type;
    Item item;
    Note note;
    uint2 code;
    int result, steps;
    size_t i;

    memset(&c, 0xEE, sizeof c); /* opening never reads it */
    for (i = 0; i < sizeof searches / sizeof searches[0]; ++i) {
        if (searches[i].found < 0) {
            GIVES(MCO_S_NOTFOUND, Item_by_i4_search(t, &c, searches[i].op, searches[i].key));
        } else {
            OK(Item_by_i4_search(t, &c, searches[i].op, searches[i].key));
            TRUE(at(t, &c) == searches[i].found);
        }
    }
    GIVES(MCO_E_ILLEGAL_PARAM, Item_by_i4_search(t, &c, MCO_NOP, 1));
    GIVES(MCO_E_ILLEGAL_PARAM, Item_by_i4_search(t, &c, MCO_OVERLAP, 1));

    /* After a search the whole index lies before and behind. */
    OK(Item_by_i4_search(t, &c, MCO_EQ, 50));
    for (steps = 0; mco_cursor_next(t, &c) == MCO_S_OK; ++steps) {
    }
    TRUE(steps == 4 && at(t, &c) == 90);
    GIVES(MCO_S_CURSOR_END, mco_cursor_next(t, &c));
    TRUE(at(t, &c) == 90); /* the position stays */
    for (steps = 0; mco_cursor_prev(t, &c) == MCO_S_OK; ++steps) {
    }
    TRUE(steps == 9 && at(t, &c) == 0);
    OK(mco_cursor_last(t, &c));
    TRUE(at(t, &c) == 90);
    OK(mco_cursor_first(t, &c));
    TRUE(at(t, &c) == 0);

    OK(Item_by_i4_compare(t, &c, 0, &result));
    TRUE(result == 0);
    OK(Item_by_i4_compare(t, &c, 1, &result));
    TRUE(result < 0);
    OK(Item_by_i4_compare(t, &c, -1, &result));
    TRUE(result > 0);
    GIVES(MCO_E_ILLEGAL_PARAM, Item_by_i4_compare(t, &c, 1, NULL));

    /* Two keys, the first falling. */
    OK(Item_by_pair_index_cursor(t, &c));
    TRUE(at(t, &c) == 10);
    OK(Item_by_pair_search(t, &c, MCO_GE, 0, "", 0));
    TRUE(at(t, &c) == 0);
    OK(Item_by_pair_compare(t, &c, 1, "nab", 3, &result));
    TRUE(result > 0);

    OK(Item_by_u4_find(t, 7, &item));
    GIVES(MCO_S_NOTFOUND, Item_by_u4_find(t, 77, &item));
    OK(Item_by_u4_find(t, 7, &item));
    OK(Item_by_i4_locate(t, &c, &item));
    TRUE(at(t, &c) == 70);
    OK(mco_cursor_type(&c, &type));
    OK(mco_cursor_get_class_code(&c, &code));
    TRUE(type == MCO_TREE_CURSOR && code == Item_code);
    GIVES(MCO_E_CURSOR_MISMATCH, Note_from_cursor(t, &c, &note));
    GIVES(MCO_S_CURSOR_EMPTY, Note_idx_index_cursor(t, &c));
    OK(mco_trans_commit(t));
}

static void hashes(void) {
    mco_trans_h t = begin(db, MCO_READ_ONLY);
    mco_cursor_t c;
    MCO_CURSOR_TYPE type;
    Item item;
    int result, n;

    OK(Item_by_u8_find(t, 105, &item));
    GIVES(MCO_S_NOTFOUND, Item_by_u8_find(t, 5, &item));
    OK(Item_by_u2_search(t, &c, MCO_EQ, 1));
    for (n = 1; mco_cursor_next(t, &c) == MCO_S_OK; ++n) {
        OK(Item_by_u2_compare(t, &c, 1, &result));
        TRUE(result == 0);
    }
    TRUE(n == 3); /* 1, 4, 7 */
    OK(Item_by_u2_compare(t, &c, 2, &result));
    TRUE(result == 1);
    GIVES(MCO_S_NOTFOUND, Item_by_u2_search(t, &c, MCO_EQ, 9));
    GIVES(MCO_E_ILLEGAL_PARAM, Item_by_u2_search(t, &c, MCO_GE, 1));
    OK(Item_by_u2_index_cursor(t, &c));
    OK(mco_cursor_type(&c, &type));
    TRUE(type == MCO_HASH_CURSOR);
    GIVES(MCO_E_UNSUPPORTED, mco_cursor_last(t, &c));
    GIVES(MCO_E_UNSUPPORTED, mco_cursor_prev(t, &c));
    for (n = 1; mco_cursor_next(t, &c) == MCO_S_OK; ++n) {
    }
    TRUE(n == 10);
    OK(mco_trans_commit(t));
}

static void lists_and_patterns(void) {
    mco_trans_h t = begin(db, MCO_READ_ONLY);
    mco_cursor_t c;
    MCO_CURSOR_TYPE type;
    mco_size_t size = 0;
    char state[64];
    int n;

    OK(Item_list_cursor(t, &c));
    OK(mco_cursor_type(&c, &type));
    TRUE(type == MCO_LIST_CURSOR);
    for (n = 1; mco_cursor_next(t, &c) == MCO_S_OK; ++n) {
    }
    TRUE(n == 10);
    OK(Item_autoid_index_cursor(t, &c));
    TRUE(at(t, &c) == 0);
    OK(mco_cursor_next(t, &c));
    TRUE(at(t, &c) == 10);
    GIVES(MCO_S_CURSOR_EMPTY, Note_list_cursor(t, &c));

    OK(Item_by_s_pattern_size(t, "n?c", 3, &size));
    TRUE(size > 0 && size <= sizeof state);
    OK(Item_by_s_pattern_search(t, &c, state, size, "n?c", 3));
    TRUE(at(t, &c) == 20);
    GIVES(MCO_S_CURSOR_END, Item_by_s_pattern_next(t, &c, state));
    OK(Item_by_s_pattern_search(t, &c, state, size, "*a*", 3));
    for (n = 1; Item_by_s_pattern_next(t, &c, state) == MCO_S_OK; ++n) {
    }
    TRUE(n == 10);
    GIVES(MCO_S_NOTFOUND, Item_by_s_pattern_search(t, &c, state, size, "z*", 2));
    GIVES(MCO_E_ILLEGAL_PARAM, Item_by_s_pattern_search(t, &c, NULL, size, "z*", 2));
    GIVES(MCO_E_ILLEGAL_PARAM, Item_by_s_pattern_search(t, &c, state, 0, "z*", 2));
    OK(mco_trans_commit(t));
}

static void cursor_memory(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE), other;
    mco_db_h second;
    mco_cursor_t c, moved, never;
    Item item;

    memset(&never, 0, sizeof never);
    GIVES(MCO_E_INVALID_HANDLE, mco_cursor_next(t, NULL));
    GIVES(MCO_E_INVALID_HANDLE, mco_cursor_check(t, NULL));
    GIVES(MCO_E_CURSOR_INVALID, mco_cursor_next(t, &never));
    GIVES(MCO_E_CURSOR_INVALID, mco_cursor_close(t, &never));
    memset(&never, 0xEE, sizeof never);
    GIVES(MCO_E_CURSOR_INVALID, mco_cursor_check(t, &never));
    OK(Item_by_i4_index_cursor(t, &c));
    memcpy(&moved, &c, sizeof c);
    GIVES(MCO_E_CURSOR_INVALID, mco_cursor_next(t, &moved));
    OK(mco_cursor_check(t, &c));
    OK(mco_cursor_store(t, &c));
    OK(mco_db_connect("kinds", &second));
    other = begin(second, MCO_READ_ONLY);
    GIVES(MCO_E_CURSOR_INVALID, mco_cursor_next(other, &c));
    OK(mco_trans_commit(other));
    OK(mco_db_disconnect(second));

    /* An object deleted under the cursor. */
    OK(Item_by_i4_search(t, &c, MCO_EQ, 50));
    OK(Item_from_cursor(t, &c, &item));
    OK(Item_delete(&item));
    GIVES(MCO_E_CURSOR_INVALID, Item_from_cursor(t, &c, &item));
    OK(mco_cursor_next(t, &c));
    TRUE(at(t, &c) == 60);
    OK(mco_trans_rollback(t));

    /* The cursor stays usable in the next transaction. */
    t = begin(db, MCO_READ_ONLY);
    OK(mco_cursor_next(t, &c));
    TRUE(at(t, &c) == 70);
    OK(mco_cursor_close(t, &c));
    GIVES(MCO_E_CURSOR_CLOSED, mco_cursor_next(t, &c));
    GIVES(MCO_E_CURSOR_CLOSED, mco_cursor_check(t, &c));
    GIVES(MCO_E_CURSOR_CLOSED, mco_cursor_close(t, &c));
    OK(mco_trans_commit(t));
}

static void checkpoints(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Item item, found;
    mco_counter_t entries = 0;
    uint2 n = 0;

    /* Before the checkpoint the indexes show the former content. */
    OK(Item_new(t, &item));
    OK(Item_u4_put(&item, 50));
    OK(Item_u8_put(&item, 50));
    GIVES(MCO_S_NOTFOUND, Item_by_u4_find(t, 50, &found));
    OK(Item_checkpoint(&item));
    OK(Item_by_u4_find(t, 50, &found));
    OK(Item_u4_put(&item, 51));
    OK(Item_by_u4_find(t, 50, &found));
    OK(mco_trans_checkpoint(t));
    GIVES(MCO_S_NOTFOUND, Item_by_u4_find(t, 50, &found));
    OK(Item_by_u4_find(t, 51, &found));

    /* A duplicate leaves everything as it was, and the key may be changed. */
    OK(Item_u4_put(&item, 3));
    GIVES(MCO_S_DUPLICATE, Item_checkpoint(&item));
    TRUE(mco_get_last_unique_violation_index(db) == Item_by_u4_index_no);
    OK(Item_by_u4_find(t, 51, &found));
    OK(Item_u4_put(&item, 52));
    OK(Item_checkpoint(&item));
    OK(mco_index_stat_num(t, &n));
    TRUE(n == 8);
    OK(mco_index_get_size(t, Item_by_u4_index_no, &entries));
    TRUE(entries == 11);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_index_get_size(t, 99, &entries));

    /* At commit it rolls everything back. */
    OK(Item_u4_put(&item, 4));
    GIVES(MCO_S_DUPLICATE, mco_trans_commit(t));
    GIVES(MCO_E_TRANS_NOT_ACTIVE, mco_trans_rollback(t));
    t = begin(db, MCO_READ_ONLY);
    GIVES(MCO_S_NOTFOUND, Item_by_u4_find(t, 52, &found));
    OK(mco_trans_commit(t));
}

int main(void) {
    OK(mco_runtime_start());
    OK(open_memory("kinds", kinds_get_dictionary(), 8 << 20, NULL));
    OK(mco_db_connect("kinds", &db));
    TRUE(mco_get_last_unique_violation_index(db) == -1);
    fill();
    trees();
    hashes();
    lists_and_patterns();
    cursor_memory();
    checkpoints();
    OK(mco_db_disconnect(db));
    OK(mco_db_close("kinds"));
    OK(mco_runtime_stop());
    return 0;
}
