/* Connections and transactions: types, priorities, nesting, upgrade, phases, error state, limits. */
#include "check.h"
#include "kinds.h"

#include <pthread.h>

static mco_db_h db;

static void insert(mco_trans_h t, uint4 n) {
    Note note;
    OK(Note_new(t, &note));
    OK(Note_n_put(&note, n));
}

static int there(uint4 n) {
    mco_trans_h t = begin(db, MCO_READ_ONLY);
    Note note;
    MCO_RET rc = Note_idx_find(t, n, &note);
    OK(mco_trans_commit(t));
    return rc == MCO_S_OK;
}

static void basics(void) {
    mco_trans_h t, other = NULL;
    MCO_TRANS_TYPE type;
    MCO_TRANS_ISOLATION_LEVEL level;
    mco_trans_counter_t first, second;
    int i;

    GIVES(MCO_E_ILLEGAL_PARAM, mco_trans_start(db, (MCO_TRANS_TYPE) 4, MCO_TRANS_FOREGROUND, &t));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_trans_start(db, MCO_READ_ONLY, (MCO_TRANS_PRIORITY) 3, &t));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, NULL));
    GIVES(MCO_E_ILLEGAL_PARAM,
          mco_trans_start_ex(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, (MCO_TRANS_ISOLATION_LEVEL) 3, &t));
    for (i = 0; i <= 3; ++i) {
        OK(mco_trans_start_ex(db, (MCO_TRANS_TYPE) i, MCO_TRANS_ISR, MCO_READ_COMMITTED, &t));
        OK(mco_trans_type(t, &type));
        OK(mco_trans_isolation_level(t, &level));
        TRUE((int) type == i && level == MCO_SERIALIZABLE);
        GIVES(MCO_E_ILLEGAL_PARAM, mco_trans_type(t, NULL));
        GIVES(MCO_S_OK, mco_get_last_error(t));
        OK(mco_trans_rollback(t));
    }
    TRUE(mco_trans_set_default_isolation_level(db, MCO_REPEATABLE_READ) == MCO_SERIALIZABLE);
    TRUE(mco_trans_set_default_isolation_level(db, (MCO_TRANS_ISOLATION_LEVEL) 3) == MCO_SERIALIZABLE);
    TRUE(mco_trans_set_default_isolation_level(db, MCO_DEFAULT_ISOLATION_LEVEL) == MCO_REPEATABLE_READ);
    TRUE(mco_trans_set_default_isolation_level(db, MCO_SERIALIZABLE) == MCO_SERIALIZABLE);
    t = begin(db, MCO_READ_WRITE);
    OK(mco_trans_no(t, &first));
    insert(t, 1);
    OK(mco_trans_commit(t));
    TRUE(there(1));
    t = begin(db, MCO_READ_WRITE);
    OK(mco_trans_no(t, &second));
    TRUE(second != first);
    insert(t, 2);
    OK(mco_trans_rollback(t));
    TRUE(!there(2));
    GIVES(MCO_E_TRANS_NOT_ACTIVE, mco_trans_rollback(t));
    GIVES(MCO_E_TRANS_NOT_ACTIVE, mco_trans_checkpoint(t));
    GIVES(MCO_E_INVALID_HANDLE, mco_trans_commit(NULL));
    GIVES(MCO_E_INVALID_HANDLE, mco_trans_commit((mco_trans_h) (void *) db)); /* a handle of another kind */
    GIVES(MCO_E_INVALID_HANDLE, mco_trans_start((mco_db_h) (void *) t, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &other));
}

static void upgrades(void) {
    mco_db_h second;
    mco_trans_h t, other;
    MCO_TRANS_TYPE type;
    Note note;

    t = begin(db, MCO_UPDATE);
    OK(mco_trans_upgrade(t));
    OK(mco_trans_type(t, &type));
    TRUE(type == MCO_READ_WRITE);
    insert(t, 3);
    OK(mco_trans_commit(t));
    TRUE(there(3));

    t = begin(db, MCO_READ_ONLY);
    GIVES(MCO_E_ACCESS, Note_new(t, &note));
    OK(mco_trans_rollback(t));

    /* Something was committed since the snapshot. */
    OK(mco_db_connect("kinds", &second));
    t = begin(db, MCO_READ_ONLY);
    GIVES(MCO_S_NOTFOUND, Note_idx_find(t, 4, &note));
    other = begin(second, MCO_READ_WRITE);
    insert(other, 4);
    OK(mco_trans_commit(other));
    GIVES(MCO_S_NOTFOUND, Note_idx_find(t, 4, &note)); /* its own snapshot */
    GIVES(MCO_E_UPGRADE_FAILED, mco_trans_upgrade(t));
    GIVES(MCO_S_NOTFOUND, Note_idx_find(t, 4, &note)); /* it stays as it was */
    OK(mco_trans_commit(t));

    /* A second writer in one thread would wait for itself. */
    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_trans_start(second, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &other));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_db_clean(second));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_db_close("kinds"));
    other = begin(second, MCO_READ_ONLY); /* readers go on beside */
    OK(mco_trans_commit(other));
    OK(mco_trans_commit(t));
    OK(mco_db_disconnect(second));
}

static void nesting(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE), inner;
    Note note;

    OK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &inner));
    TRUE(inner == t);
    insert(t, 10);
    OK(mco_trans_commit(t));
    OK(Note_new(t, &note)); /* still open */
    OK(Note_n_put(&note, 11));
    OK(mco_trans_commit(t));
    GIVES(MCO_E_TRANS_NOT_ACTIVE, mco_trans_commit(t));
    TRUE(there(10) && there(11));

    t = begin(db, MCO_READ_WRITE);
    OK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &inner));
    OK(mco_trans_rollback(inner));
    GIVES(MCO_E_TRANSACT, Note_new(t, &note));
    OK(mco_trans_rollback(t));

    t = begin(db, MCO_READ_ONLY);
    OK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &inner)); /* upgrades */
    insert(inner, 12);
    OK(mco_trans_commit(inner));
    OK(mco_trans_commit(t));
    TRUE(there(12));
}

static void phases(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Note note;
    insert(t, 20);
    OK(mco_trans_commit_phase1(t));
    OK(mco_trans_commit_phase2(t));
    TRUE(there(20));
    GIVES(MCO_E_TRANS_NOT_ACTIVE, mco_trans_commit_phase2(t));
    t = begin(db, MCO_READ_WRITE);
    insert(t, 21);
    OK(mco_trans_commit_phase1(t));
    OK(mco_trans_rollback(t));
    TRUE(!there(21));
    (void) note;
}

static void *elsewhere(void *arg) {
    mco_trans_h t = (mco_trans_h) arg;
    insert(t, 30);
    return mco_trans_commit(t) == MCO_S_OK ? NULL : arg;
}

static void handed_over(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    pthread_t thread;
    void *result;
    TRUE(pthread_create(&thread, NULL, elsewhere, t) == 0);
    TRUE(pthread_join(thread, &result) == 0 && result == NULL);
    TRUE(there(30));
}

static void connections(void) {
    mco_db_params_t params;
    mco_db_h first, second, third;
    unsigned max = 0, present = 0;
    uint4 context = 0x12345678;
    uint2 size = 0;
    uint4 total = 0, left = 0;

    mco_db_params_init(&params);
    params.db_max_connections = 2;
    params.connection_context_size = sizeof context;
    OK(open_memory("two", kinds_get_dictionary(), 1 << 20, &params));
    OK(mco_db_connect_ctx("two", &context, &first));
    TRUE(*(uint4 *) mco_db_connection_context(first) == 0x12345678);
    OK(mco_db_connect("two", &second));
    TRUE(mco_db_connection_context(second) == NULL);
    GIVES(MCO_E_SESLIMIT, mco_db_connect("two", &third));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_connect("two", NULL));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_connect(NULL, &third));
    OK(mco_db_connection_info("two", &max, &present));
    TRUE(max == 2 && present == 2 && mco_get_max_connections(first) == 2);
    OK(mco_db_connection_info("two", NULL, NULL));
    GIVES(MCO_E_OPENED_SESSIONS, mco_db_close("two"));
    OK(mco_db_page_size(first, &size));
    OK(mco_db_total_pages(first, &total));
    OK(mco_db_free_pages(first, &left));
    TRUE(size == 256 && total == (1 << 20) / 256 && left > 0 && left <= total);
    TRUE(mco_disk_transaction_policy(first, MCO_COMMIT_NO_SYNC) == MCO_COMMIT_SYNC_FLUSH);
    TRUE(mco_disk_transaction_policy(first, MCO_COMMIT_SYNC_FLUSH) == MCO_COMMIT_NO_SYNC);
    OK(mco_disk_flush(first));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_async_event_wait(first, 1)); /* the schema has no events */
    GIVES(MCO_E_ILLEGAL_PARAM, mco_async_event_release(first, 1));
    OK(mco_async_event_release_all(first));
    OK(mco_db_disconnect(second));
    GIVES(MCO_E_INVALID_HANDLE, mco_db_disconnect(second));
    OK(mco_db_disconnect(first));
    GIVES(MCO_E_INVALID_HANDLE, mco_db_page_size(first, &size));
    TRUE(mco_db_connection_context(first) == NULL && mco_get_max_connections(first) == 0);
    OK(mco_db_close("two"));
    GIVES(MCO_E_NOINSTANCE, mco_db_close("two"));
}

/* The size is a hard limit, and a full database stays usable. */
static void full(void) {
    static char text[4000];
    mco_db_h small;
    mco_trans_h t;
    MCO_RET rc = MCO_S_OK;
    int n;

    OK(open_memory("small", kinds_get_dictionary(), 384 << 10, NULL));
    OK(mco_db_connect("small", &small));
    for (n = 0; n < 10000 && rc == MCO_S_OK; ++n) {
        Item item;
        t = begin(small, MCO_READ_WRITE);
        rc = Item_new(t, &item);
        if (rc == MCO_S_OK) rc = Item_u4_put(&item, (uint4) n);
        if (rc == MCO_S_OK) rc = Item_u8_put(&item, (uint8) n);
        if (rc == MCO_S_OK) rc = Item_s_put(&item, text, sizeof text);
        if (rc == MCO_S_OK) {
            rc = mco_trans_commit(t);
        } else {
            OK(mco_trans_rollback(t));
        }
    }
    TRUE(rc == MCO_E_NOMEM && n > 5 && n < 100);
    t = begin(small, MCO_READ_WRITE);
    OK(Item_delete_all(t)); /* deleting works at the limit */
    OK(mco_trans_commit(t));
    t = begin(small, MCO_READ_WRITE);
    insert(t, 1);
    OK(mco_trans_commit(t));
    OK(mco_db_disconnect(small));
    OK(mco_db_close("small"));
}

int main(void) {
    OK(mco_runtime_start());
    OK(open_memory("kinds", kinds_get_dictionary(), 8 << 20, NULL));
    OK(mco_db_connect("kinds", &db));
    basics();
    upgrades();
    nesting();
    phases();
    handed_over();
    OK(mco_db_clean(db));
    TRUE(!there(1));
    connections();
    full();
    OK(mco_db_disconnect(db));
    OK(mco_db_close("kinds"));
    OK(mco_runtime_stop());
    return 0;
}
