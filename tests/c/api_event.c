/* Handlers of events: registration, order, what they may do inside the call that fires, what their answer means. */
#include "check.h"
#include "events.h"
#include "mcodyn.h"

#include <pthread.h>

static mco_db_h db;
/* What handlers have seen, one letter or number each. */
static char seen[256];

static void note(const char *what) {
    strcat(seen, what);
}

/* Compares what was seen and forgets it. */
#define SEEN(expected)                                                                  \
    do {                                                                                \
        if (strcmp(seen, expected) != 0) FAIL("seen '%s', not '%s'", seen, expected);   \
        seen[0] = 0;                                                                    \
    } while (0)

static uint4 id_of(Tank *tank) {
    uint4 id = 0;
    OK(Tank_id_get(tank, &id));
    return id;
}

/* Writes its parameter, the kind of the event and the object. */
static MCO_RET on_any(mco_trans_h t, Tank *tank, MCO_EVENT_TYPE et, void *param) {
    char text[32];
    MCO_TRANS_TYPE type;
    OK(mco_trans_type(t, &type));
    TRUE(type == MCO_READ_WRITE && (tank == NULL) == (et == MCO_EVENT_DELETE_ALL));
    sprintf(text, "%s%d:%d ", (const char *) param, (int) et, tank == NULL ? -1 : (int) id_of(tank));
    note(text);
    return MCO_S_OK;
}

static MCO_RET on_level(mco_trans_h t, Tank *tank, MCO_EVENT_TYPE et, void *param) {
    char text[32];
    int4 level;
    (void) t;
    OK(Tank_level_get(tank, &level));
    sprintf(text, "%s%d=%d ", (const char *) param, (int) et, (int) level);
    note(text);
    return MCO_S_OK;
}

static Tank make(mco_trans_h t, uint4 id) {
    Tank tank;
    OK(Tank_new(t, &tank));
    OK(Tank_id_put(&tank, id));
    return tank;
}

static void registration(void) {
    static char a[] = "a", b[] = "b";
    mco_trans_h t = begin(db, MCO_READ_ONLY);
    Tank tank;

    TRUE(tank_new == 1 && tank_level == 2 && tank_new_too == 7 && entry_new == 8);
    GIVES(MCO_E_ACCESS, mco_register_tank_new_handler(t, on_any, a));
    OK(mco_trans_rollback(t));

    t = begin(db, MCO_READ_WRITE);
    OK(mco_register_tank_new_handler(t, on_any, b));
    GIVES(MCO_S_DUPLICATE, mco_register_tank_new_handler(t, on_any, b));
    OK(mco_register_tank_new_handler(t, on_any, a));
    make(t, 1);
    SEEN("");
    OK(mco_trans_checkpoint(t)); /* at once, in order of registration */
    SEEN("b0:1 a0:1 ");
    OK(mco_trans_rollback(t)); /* handlers stay */

    t = begin(db, MCO_READ_WRITE);
    tank = make(t, 1);
    OK(Tank_checkpoint(&tank));
    SEEN("b0:1 a0:1 ");
    OK(Tank_checkpoint(&tank));
    make(t, 2);
    OK(mco_trans_commit_phase1(t));
    SEEN("b0:2 a0:2 "); /* each object once */
    OK(mco_trans_commit_phase2(t));
    SEEN("");
    t = begin(db, MCO_READ_WRITE);
    OK(Tank_by_id_find(t, 1, &tank));
    OK(Tank_level_put(&tank, 2));
    OK(mco_trans_commit(t)); /* it is not new any more */
    SEEN("");

    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_S_NOTFOUND, mco_unregister_tank_new_too_handler(t, on_any));
    OK(mco_unregister_tank_new_handler(t, on_any)); /* with both parameters */
    GIVES(MCO_S_NOTFOUND, mco_unregister_tank_new_handler(t, on_any));
    make(t, 3);
    OK(mco_trans_commit(t));
    SEEN("");

    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_register_tank_new_handler(t, NULL, a));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_register_tank_update_handler(t, on_any, a, (MCO_HANDLING_ORDER) 2));
    OK(mco_trans_rollback(t));
}

static void kinds(void) {
    static char none[] = "", before[] = "<", after[] = ">", class_before[] = "(", class_after[] = ")";
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Tank tank;
    Tank_fixed fixed;

    OK(mco_register_tank_level_handler(t, on_level, after, MCO_AFTER_UPDATE));
    OK(mco_register_tank_level_handler(t, on_level, before, MCO_BEFORE_UPDATE));
    OK(mco_register_tank_update_handler(t, on_level, class_before, MCO_BEFORE_UPDATE));
    OK(mco_register_tank_update_handler(t, on_level, class_after, MCO_AFTER_UPDATE));
    tank = make(t, 4);
    SEEN("(5=0 )5=0 ");
    OK(Tank_level_put(&tank, 7));
    SEEN("<1=0 (5=0 >1=7 )5=7 ");
    OK(Tank_note_put(&tank, "x", 1));
    SEEN("(5=7 )5=7 ");
    OK(Tank_level_put(&tank, 7)); /* a put is a put */
    SEEN("<1=7 (5=7 >1=7 )5=7 ");
    OK(Tank_fixed_get(&tank, &fixed));
    fixed.peak = 9;
    OK(Tank_fixed_put(&tank, &fixed)); /* the level stays: nothing of its own */
    SEEN("(5=7 )5=7 ");
    fixed.level = 8;
    fixed.id = 5;
    OK(Tank_fixed_put(&tank, &fixed)); /* two fields, one update of the class */
    SEEN("<1=7 (5=7 >1=8 )5=8 ");
    OK(mco_unregister_tank_level_handler(t, on_level));
    OK(mco_unregister_tank_update_handler(t, on_level));
    OK(mco_trans_commit(t));
    SEEN("");

    t = begin(db, MCO_READ_WRITE);
    OK(mco_register_tank_checkpoint_handler(t, on_any, none));
    OK(mco_register_tank_delete_handler(t, on_any, none));
    OK(mco_register_tank_delete_all_handler(t, on_any, none));
    OK(Tank_by_id_find(t, 5, &tank));
    OK(Tank_checkpoint(&tank)); /* although nothing has changed */
    SEEN("4:5 ");
    OK(Tank_level_put(&tank, 1));
    OK(mco_trans_checkpoint(t));
    SEEN("4:5 ");
    make(t, 6);
    OK(mco_trans_checkpoint(t));
    SEEN("4:6 ");
    OK(Tank_delete(&tank)); /* the handler still sees it */
    SEEN("2:5 ");
    GIVES(MCO_E_DELETED, Tank_delete(&tank));
    SEEN("");
    OK(mco_trans_rollback(t));

    t = begin(db, MCO_READ_WRITE);
    OK(Tank_delete_all(t));
    SEEN("3:-1 ");
    OK(mco_trans_rollback(t));
    OK(mco_db_clean(db));
    SEEN("3:-1 ");
    t = begin(db, MCO_READ_WRITE);
    OK(mco_unregister_tank_checkpoint_handler(t, on_any));
    OK(mco_unregister_tank_delete_handler(t, on_any));
    OK(mco_unregister_tank_delete_all_handler(t, on_any));
    OK(mco_trans_commit(t));
}

static MCO_RET answer(mco_trans_h t, Tank *tank, MCO_EVENT_TYPE et, void *param) {
    (void) t, (void) tank, (void) et;
    note("!");
    return (MCO_RET) *(const int *) param;
}

static void answers(void) {
    static int duplicate = MCO_S_DUPLICATE, nomem = MCO_E_NOMEM, fatal = MCO_ERR_DB;
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Tank tank;
    int4 level;

    OK(mco_register_tank_level_handler(t, answer, &duplicate, MCO_BEFORE_UPDATE));
    OK(mco_register_tank_level_handler(t, answer, &fatal, MCO_BEFORE_UPDATE));
    tank = make(t, 1);
    OK(Tank_level_put(&tank, 3)); /* only MCO_E_ codes count */
    OK(mco_unregister_tank_level_handler(t, answer));
    OK(mco_trans_commit(t));
    SEEN("!!");

    t = begin(db, MCO_READ_WRITE);
    OK(mco_register_tank_level_handler(t, answer, &nomem, MCO_BEFORE_UPDATE));
    OK(Tank_by_id_find(t, 1, &tank));
    GIVES(MCO_E_NOMEM, Tank_level_put(&tank, 4));
    GIVES(MCO_E_TRANSACT, Tank_level_get(&tank, &level));
    GIVES(MCO_E_NOMEM, mco_trans_commit(t));
    t = begin(db, MCO_READ_WRITE);
    OK(Tank_by_id_find(t, 1, &tank));
    OK(Tank_level_get(&tank, &level));
    TRUE(level == 3);
    OK(mco_unregister_tank_level_handler(t, answer));
    OK(mco_register_tank_new_handler(t, answer, &nomem));
    make(t, 2);
    GIVES(MCO_E_NOMEM, mco_trans_commit(t)); /* and nothing of it stays */
    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_S_NOTFOUND, Tank_by_id_find(t, 2, &tank));
    OK(mco_unregister_tank_new_handler(t, answer));
    OK(mco_trans_commit(t));
    SEEN("!!");
}

/* All a handler may do: other objects, its own, cursors, a level of its own; not the end of the transaction. */
static MCO_RET busy(mco_trans_h t, Tank *tank, MCO_EVENT_TYPE et, void *param) {
    mco_trans_h same;
    mco_cursor_t c;
    Tank other;
    Entry entry;
    int4 level;
    (void) et, (void) param;

    OK(Tank_level_get(tank, &level));
    OK(Tank_peak_put(tank, level * 10)); /* fires this event again, but not this handler for this object */
    OK(Entry_new(t, &entry));
    OK(Entry_n_put(&entry, (uint4) level));
    OK(Entry_checkpoint(&entry));
    if (Tank_by_id_find(t, 100, &other) == MCO_S_OK) OK(Tank_delete(&other));
    OK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &same));
    TRUE(same == t);
    OK(mco_trans_commit(same));
    OK(Tank_list_cursor(t, &c));
    OK(Tank_from_cursor(t, &c, &other));
    OK(mco_cursor_close(t, &c));
    GIVES(MCO_E_TRANSACT, mco_trans_commit(t));
    GIVES(MCO_E_TRANSACT, mco_trans_rollback(t));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_db_close("events"));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_async_event_wait(db, tank_new));
    return MCO_S_OK;
}

static void inside(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Tank tank;
    Entry entry;
    mco_cursor_t c;
    int4 peak;

    make(t, 100);
    OK(mco_trans_checkpoint(t));
    OK(mco_register_tank_level_handler(t, busy, NULL, MCO_AFTER_UPDATE));
    tank = make(t, 7);
    OK(Tank_level_put(&tank, 12));
    OK(mco_unregister_tank_level_handler(t, busy));
    OK(mco_trans_commit(t));

    t = begin(db, MCO_READ_ONLY);
    OK(Tank_by_id_find(t, 7, &tank));
    OK(Tank_peak_get(&tank, &peak));
    TRUE(peak == 120);
    OK(Tank_by_peak_search(t, &c, MCO_EQ, 120));
    OK(Entry_by_n_find(t, 12, &entry));
    GIVES(MCO_S_NOTFOUND, Tank_by_id_find(t, 100, &tank));
    OK(mco_trans_commit(t));
}

/* What is put before the checkpoint goes with it. */
static MCO_RET complete(mco_trans_h t, Tank *tank, MCO_EVENT_TYPE et, void *param) {
    (void) t, (void) et, (void) param;
    note("c");
    return Tank_peak_put(tank, 55);
}

static MCO_RET suicide(mco_trans_h t, Tank *tank, MCO_EVENT_TYPE et, void *param) {
    (void) t, (void) et, (void) param;
    note("x");
    return Tank_delete(tank);
}

/* Makes a further object in each: never ends by itself. */
static MCO_RET breed(mco_trans_h t, Entry *entry, MCO_EVENT_TYPE et, void *param) {
    Entry next;
    uint4 n;
    MCO_RET code;
    (void) et;
    OK(Entry_n_get(entry, &n));
    if (Entry_new(t, &next) != MCO_S_OK) return MCO_E_TRANSACT;
    code = Entry_n_put(&next, n + 1);
    return code == MCO_S_OK && param != NULL ? Entry_checkpoint(&next) : code;
}

static void endless(void *param) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Entry entry;

    OK(mco_register_entry_new_handler(t, breed, param));
    OK(Entry_new(t, &entry));
    OK(Entry_n_put(&entry, 1000));
    GIVES(MCO_E_LONG_TRANSACTION, mco_trans_commit(t));
    t = begin(db, MCO_READ_WRITE);
    OK(mco_unregister_entry_new_handler(t, breed));
    OK(mco_trans_commit(t));
}

static void own_object(void) {
    static int deeper = 1;
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Tank tank;
    mco_cursor_t c;

    OK(mco_register_tank_checkpoint_handler(t, complete, NULL));
    make(t, 20);
    make(t, 21);
    OK(mco_trans_commit(t));
    SEEN("cc");
    t = begin(db, MCO_READ_WRITE);
    OK(Tank_by_peak_search(t, &c, MCO_EQ, 55));
    OK(Tank_from_cursor(t, &c, &tank));
    TRUE(id_of(&tank) == 20);
    OK(mco_unregister_tank_checkpoint_handler(t, complete));

    OK(mco_register_tank_checkpoint_handler(t, suicide, NULL)); /* in the middle of the checkpoint of all */
    make(t, 22);
    make(t, 23);
    OK(mco_trans_checkpoint(t));
    SEEN("xx");
    GIVES(MCO_S_NOTFOUND, Tank_by_id_find(t, 22, &tank));
    GIVES(MCO_S_NOTFOUND, Tank_by_id_find(t, 23, &tank));
    OK(mco_unregister_tank_checkpoint_handler(t, suicide));
    OK(mco_register_tank_delete_handler(t, suicide, NULL)); /* it is deleted, once */
    OK(Tank_by_id_find(t, 20, &tank));
    OK(Tank_delete(&tank));
    SEEN("x");
    GIVES(MCO_S_NOTFOUND, Tank_by_id_find(t, 20, &tank));
    OK(mco_unregister_tank_delete_handler(t, suicide));
    OK(mco_trans_commit(t));

    endless(NULL);
    endless(&deeper);
}

static MCO_RET last(mco_trans_h t, Tank *tank, MCO_EVENT_TYPE et, void *param) {
    (void) tank, (void) et, (void) param;
    note("l");
    OK(mco_unregister_tank_new_handler(t, last));
    return MCO_S_OK;
}

static MCO_RET first(mco_trans_h t, Tank *tank, MCO_EVENT_TYPE et, void *param) {
    (void) tank, (void) et, (void) param;
    note("f");
    OK(mco_unregister_tank_new_handler(t, first));
    OK(mco_unregister_tank_new_handler(t, answer)); /* not called any more, though its turn would come */
    OK(mco_register_tank_new_handler(t, last, NULL)); /* from the next event on */
    return MCO_S_OK;
}

static void changing(void) {
    static int ok = MCO_S_OK;
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Tank tank = make(t, 30);

    OK(mco_register_tank_new_handler(t, first, NULL));
    OK(mco_register_tank_new_handler(t, answer, &ok));
    OK(Tank_checkpoint(&tank));
    SEEN("f");
    tank = make(t, 31);
    OK(Tank_checkpoint(&tank));
    SEEN("l");
    make(t, 32);
    OK(mco_trans_commit(t));
    SEEN("");
}

/* A connection of another thread meets the same handlers, also for many rows in one call. */
static void *elsewhere(void *param) {
    uint4 ids[3] = {40, 41, 42}, done;
    mco_dyn_column_t column;
    mco_trans_h t;
    mco_db_h own;

    OK(mco_db_connect("events", &own));
    t = begin(own, MCO_READ_WRITE);
    memset(&column, 0, sizeof column);
    column.kind = MCO_DYN_UNSIGNED;
    column.size = column.stride = sizeof ids[0];
    column.data = ids;
    OK(mco_dyn_insert_many(t, Tank_code, 3, 1, &column, &done));
    OK(mco_trans_commit(t));
    OK(mco_db_disconnect(own));
    return param;
}

static void connections(void) {
    static char none[] = "";
    pthread_t thread;
    mco_trans_h t = begin(db, MCO_READ_WRITE);

    OK(mco_register_tank_new_handler(t, on_any, none));
    OK(mco_register_tank_checkpoint_handler(t, on_any, none));
    OK(mco_trans_commit(t));
    TRUE(pthread_create(&thread, NULL, elsewhere, NULL) == 0 && pthread_join(thread, NULL) == 0);
    SEEN("4:40 0:40 4:41 0:41 4:42 0:42 ");
}

int main(void) {
    OK(mco_runtime_start());
    OK(open_memory("events", events_get_dictionary(), 4 << 20, NULL));
    OK(mco_db_connect("events", &db));
    registration();
    kinds();
    answers();
    inside();
    own_object();
    changing();
    connections();
    OK(mco_db_disconnect(db));
    OK(mco_db_close("events"));

    /* Handlers end with the database. */
    OK(open_memory("events", events_get_dictionary(), 4 << 20, NULL));
    OK(mco_db_connect("events", &db));
    elsewhere(NULL);
    SEEN("");
    OK(mco_db_disconnect(db));
    OK(mco_db_close("events"));
    OK(mco_runtime_stop());
    return 0;
}
