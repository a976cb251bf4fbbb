/* Voluntary indexes: absent until they are created, filled with what is there, dropped. */
#include "check.h"
#include "events.h"
#include "mcodyn.h"

static mco_db_h db;

static void add(mco_trans_h t, uint4 n, const char *s) {
    Plain plain;
    OK(Plain_new(t, &plain));
    OK(Plain_n_put(&plain, n));
    OK(Plain_s_put(&plain, s, (uint2) strlen(s)));
}

static uint4 at(mco_trans_h t, mco_cursor_h c) {
    Plain plain;
    uint4 n;
    OK(Plain_from_cursor(t, c, &plain));
    OK(Plain_n_get(&plain, &n));
    return n;
}

static void absent(mco_trans_h t) {
    mco_cursor_t c;
    mco_size_t size;
    mco_counter_t count;
    Plain plain;
    char state[64];

    GIVES(MCO_E_VOLUNTARY_NOT_EXIST, Plain_once_find(t, 1, &plain));
    GIVES(MCO_E_VOLUNTARY_NOT_EXIST, Plain_by_s_index_cursor(t, &c));
    GIVES(MCO_E_VOLUNTARY_NOT_EXIST, Plain_by_s_search(t, &c, MCO_GE, "a", 1));
    GIVES(MCO_E_VOLUNTARY_NOT_EXIST, Plain_by_s_search(t, &c, MCO_EQ, "a", 1));
    GIVES(MCO_E_VOLUNTARY_NOT_EXIST, Plain_by_s_pattern_size(t, "a*", 2, &size));
    GIVES(MCO_E_VOLUNTARY_NOT_EXIST, Plain_by_s_pattern_search(t, &c, state, sizeof state, "a*", 2));
    GIVES(MCO_E_VOLUNTARY_NOT_EXIST, mco_index_get_size(t, Plain_by_s_index_no, &count));
    GIVES(MCO_E_VOLUNTARY_NOT_EXIST, mco_dyn_cursor(t, Plain_code, Plain_by_s_index_no, &c));
    if (Plain_list_cursor(t, &c) == MCO_S_OK) {
        OK(Plain_from_cursor(t, &c, &plain));
        GIVES(MCO_E_VOLUNTARY_NOT_EXIST, Plain_by_s_locate(t, &c, &plain));
    }
}

static void present(mco_trans_h t) {
    mco_cursor_t c;
    mco_counter_t count;
    int result;

    OK(Plain_by_s_search(t, &c, MCO_EQ, "b", 1));
    TRUE(at(t, &c) == 2);
    OK(Plain_by_s_compare(t, &c, "b", 1, &result));
    TRUE(result == 0);
    OK(mco_cursor_next(t, &c));
    TRUE(at(t, &c) == 1);
    GIVES(MCO_S_CURSOR_END, mco_cursor_next(t, &c));
    OK(mco_index_get_size(t, Plain_by_s_index_no, &count));
    TRUE(count == 3);
}

static void in_memory(void) {
    mco_trans_h t = begin(db, MCO_READ_ONLY), reader;
    mco_db_h other;
    mco_cursor_t c;
    Plain plain;
    Tank tank;
    int result;

    absent(t);
    GIVES(MCO_E_ACCESS, Plain_by_s_create(t));
    OK(mco_trans_rollback(t));

    t = begin(db, MCO_READ_WRITE);
    add(t, 1, "c");
    add(t, 2, "b");
    OK(mco_trans_checkpoint(t));
    add(t, 3, "a"); /* enters the index with its checkpoint */
    OK(Plain_by_s_create(t));
    OK(Plain_by_s_create(t));
    OK(Plain_by_s_index_cursor(t, &c));
    TRUE(at(t, &c) == 2);
    OK(mco_trans_rollback(t));

    t = begin(db, MCO_READ_WRITE); /* it has gone with the rest */
    absent(t);
    add(t, 1, "c");
    add(t, 2, "b");
    add(t, 3, "a");
    OK(mco_trans_commit(t));

    OK(mco_db_connect("events", &other));
    reader = begin(other, MCO_READ_ONLY);
    t = begin(db, MCO_READ_WRITE);
    OK(Plain_by_s_create(t));
    present(t);
    OK(mco_trans_commit(t));
    GIVES(MCO_E_VOLUNTARY_NOT_EXIST, Plain_by_s_index_cursor(reader, &c)); /* not in its snapshot */
    OK(mco_trans_commit(reader));
    reader = begin(other, MCO_READ_ONLY);
    present(reader);

    t = begin(db, MCO_READ_WRITE);
    OK(Plain_by_s_index_cursor(t, &c));
    OK(Plain_by_s_drop(t));
    OK(Plain_by_s_drop(t));
    GIVES(MCO_E_VOLUNTARY_NOT_EXIST, mco_cursor_next(t, &c));
    GIVES(MCO_E_VOLUNTARY_NOT_EXIST, Plain_by_s_compare(t, &c, "b", 1, &result));
    absent(t);
    OK(mco_trans_commit(t));
    present(reader);
    OK(mco_trans_commit(reader));
    OK(mco_db_disconnect(other));

    /* Unique: only while it is there. */
    t = begin(db, MCO_READ_WRITE);
    add(t, 2, "again");
    OK(mco_trans_checkpoint(t));
    GIVES(MCO_S_DUPLICATE, Plain_once_create(t));
    TRUE(mco_get_last_unique_violation_index(db) == Plain_once_index_no);
    GIVES(MCO_E_VOLUNTARY_NOT_EXIST, Plain_once_find(t, 1, &plain));
    OK(mco_trans_rollback(t)); /* it was usable all the time */
    t = begin(db, MCO_READ_WRITE);
    OK(Plain_once_create(t));
    OK(Plain_once_find(t, 3, &plain));
    add(t, 2, "again");
    GIVES(MCO_S_DUPLICATE, mco_trans_checkpoint(t));
    OK(Plain_once_drop(t));
    OK(mco_trans_commit(t));

    /* An absent one is not looked at where another is violated. */
    t = begin(db, MCO_READ_WRITE);
    OK(Tank_new(t, &tank));
    OK(Tank_checkpoint(&tank));
    OK(Tank_new(t, &tank));
    GIVES(MCO_S_DUPLICATE, Tank_checkpoint(&tank));
    TRUE(mco_get_last_unique_violation_index(db) == Tank_by_id_index_no);
    OK(mco_trans_rollback(t));

    /* By number; an index that is not voluntary. */
    t = begin(db, MCO_READ_WRITE);
    OK(mco_dyn_index_create(t, Plain_code, Plain_by_s_index_no));
    OK(Plain_by_s_index_cursor(t, &c));
    OK(mco_dyn_index_drop(t, Plain_code, Plain_by_s_index_no));
    GIVES(MCO_E_VOLUNTARY_NOT_EXIST, Plain_by_s_index_cursor(t, &c));
    OK(mco_trans_commit(t));
    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_UDA_INDEX_NOTFOUND, mco_dyn_index_create(t, Plain_code, Tank_by_id_index_no));
    OK(mco_trans_rollback(t));
    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_index_drop(t, Tank_code, Tank_by_id_index_no));
    OK(mco_trans_rollback(t));
}

static void open_file(void) {
    mco_db_params_t params;
    mco_device_t devices[2];
    static char memory[64];

    mco_db_params_init(&params);
    memset(devices, 0, sizeof devices);
    devices[0].type = MCO_MEMORY_CONV;
    devices[0].assignment = MCO_MEMORY_ASSIGN_DATABASE;
    devices[0].size = 4 << 20;
    devices[0].dev.conv.ptr = memory;
    devices[1].type = MCO_MEMORY_FILE;
    devices[1].assignment = MCO_MEMORY_ASSIGN_PERSISTENT;
    strcpy(devices[1].dev.file.name, "voluntary.dbs");
    OK(mco_db_open_dev("events", events_get_dictionary(), devices, 2, &params));
    OK(mco_db_connect("events", &db));
}

static void close_it(void) {
    OK(mco_db_disconnect(db));
    OK(mco_db_close("events"));
}

static void in_a_file(void) {
    mco_trans_h t;

    open_file();
    t = begin(db, MCO_READ_WRITE);
    add(t, 1, "c");
    add(t, 2, "b");
    add(t, 3, "a");
    OK(Plain_by_s_create(t)); /* of an empty class */
    OK(mco_trans_commit(t));
    close_it();
    open_file();
    t = begin(db, MCO_READ_WRITE);
    present(t);
    OK(Plain_by_s_drop(t));
    OK(mco_trans_commit(t));
    close_it();
    open_file();
    t = begin(db, MCO_READ_ONLY);
    absent(t);
    OK(mco_trans_commit(t));
    close_it();
}

/* No room for it: there is no index, and the reserve is still there for deletes. */
static void in_a_full_one(void) {
    char text[600];
    mco_trans_h t;
    uint4 n;
    MCO_RET code = MCO_S_OK;

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    OK(open_memory("events", events_get_dictionary(), 1 << 20, NULL));
    OK(mco_db_connect("events", &db));
    for (n = 0; code == MCO_S_OK; ++n) {
        Plain plain;
        t = begin(db, MCO_READ_WRITE);
        OK(Plain_new(t, &plain));
        OK(Plain_n_put(&plain, n));
        OK(Plain_s_put(&plain, text, (uint2) strlen(text)));
        code = mco_trans_commit(t);
    }
    GIVES(MCO_E_NOMEM, code);
    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_NOMEM, Plain_once_create(t)); /* it would fit, but only into the reserve */
    GIVES(MCO_E_NOMEM, mco_trans_commit(t));
    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_NOMEM, Plain_by_s_create(t));
    GIVES(MCO_E_NOMEM, mco_trans_commit(t));
    t = begin(db, MCO_READ_WRITE);
    absent(t);
    OK(Plain_delete_all(t));
    OK(mco_trans_commit(t));
    t = begin(db, MCO_READ_WRITE);
    OK(Plain_by_s_create(t));
    OK(mco_trans_commit(t));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("events"));
}

int main(void) {
    OK(mco_runtime_start());
    OK(open_memory("events", events_get_dictionary(), 4 << 20, NULL));
    OK(mco_db_connect("events", &db));
    in_memory();
    close_it();
    in_a_file();
    in_a_full_one();
    OK(mco_runtime_stop());
    return 0;
}
