/* Databases that grow while they are open, and databases that are closed in spite of their connections. */
#include "check.h"
#include "kinds.h"

#include <pthread.h>
#include <unistd.h>

static char memory[64];
static volatile int started, called;

static MCO_RET sniff(mco_db_h db, void *ctx, mco_trans_counter_t number) {
    (void) db;
    (void) ctx;
    (void) number;
    called = 1;
    return MCO_S_OK;
}

static mco_device_t device(unsigned type, unsigned assignment, mco_size_t size) {
    mco_device_t made;
    memset(&made, 0xEE, sizeof made);
    made.type = type;
    made.assignment = assignment;
    made.size = size;
    made.dev.conv.ptr = memory;
    return made;
}

static MCO_RET extend(unsigned type, unsigned assignment, mco_size_t size) {
    mco_device_t more = device(type, assignment, size);
    return mco_db_extend_dev("kinds", &more);
}

static MCO_RET open_file(const char *path) {
    mco_device_t devices[2];
    mco_db_params_t params;

    mco_db_params_init(&params);
    params.disk_max_database_size = 1 << 20;
    devices[0] = device(MCO_MEMORY_CONV, MCO_MEMORY_ASSIGN_DATABASE, 1 << 20);
    devices[1] = device(MCO_MEMORY_FILE, MCO_MEMORY_ASSIGN_PERSISTENT, 0);
    devices[1].dev.file.flags = MCO_FILE_OPEN_DEFAULT;
    strcpy(devices[1].dev.file.name, path);
    return mco_db_open_dev("kinds", kinds_get_dictionary(), devices, 2, &params);
}

/* Fills the database with notes from this number on; gives how many it took. */
static uint4 fill(mco_db_h db, uint4 from) {
    MCO_RET rc = MCO_S_OK;
    uint4 n = from;
    while (rc == MCO_S_OK) {
        mco_trans_h t = begin(db, MCO_READ_WRITE);
        uint4 i;
        for (i = 0; rc == MCO_S_OK && i < 100; ++i) {
            Note note;
            rc = Note_new(t, &note);
            if (rc == MCO_S_OK) rc = Note_n_put(&note, n + i);
            if (rc == MCO_S_OK) rc = Note_checkpoint(&note);
        }
        if (rc == MCO_S_OK) {
            rc = mco_trans_commit(t);
        } else {
            OK(mco_trans_rollback(t));
        }
        if (rc == MCO_S_OK) n += 100;
    }
    GIVES(MCO_E_NOMEM, rc);
    return n - from;
}

static void extending(void) {
    mco_size32_t before, after;
    mco_db_h db;
    mco_trans_h t;
    uint4 first;

    GIVES(MCO_E_NOINSTANCE, extend(MCO_MEMORY_CONV, MCO_MEMORY_ASSIGN_DATABASE, 1 << 20));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_extend_dev(NULL, NULL));
    OK(open_memory("kinds", kinds_get_dictionary(), 256 << 10, NULL));
    OK(mco_db_connect("kinds", &db));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_extend_dev("kinds", NULL));
    GIVES(MCO_E_UNSUPPORTED, extend(MCO_MEMORY_NAMED, MCO_MEMORY_ASSIGN_DATABASE, 1 << 20));
    GIVES(MCO_E_UNSUPPORTED, extend(MCO_MEMORY_RAID, MCO_MEMORY_ASSIGN_DATABASE, 1 << 20));
    GIVES(MCO_E_UNSUPPORTED, extend(MCO_MEMORY_CONV, MCO_MEMORY_ASSIGN_PIPE_BUF, 1 << 20));
    GIVES(MCO_E_ILLEGAL_PARAM, extend(MCO_MEMORY_NULL, MCO_MEMORY_ASSIGN_DATABASE, 1 << 20));
    GIVES(MCO_E_ILLEGAL_PARAM, extend(MCO_MEMORY_CONV, MCO_MEMORY_ASSIGN_CACHE, 1 << 20));
    GIVES(MCO_E_ILLEGAL_PARAM, extend(MCO_MEMORY_FILE, MCO_MEMORY_ASSIGN_DATABASE, 1 << 20));
    GIVES(MCO_E_ILLEGAL_PARAM, extend(MCO_MEMORY_CONV, MCO_MEMORY_ASSIGN_DATABASE, 0));

    first = fill(db, 0);
    OK(mco_db_total_pages(db, &before));
    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_TRANS_NOT_CLOSED, extend(MCO_MEMORY_CONV, MCO_MEMORY_ASSIGN_DATABASE, 1 << 20));
    OK(mco_trans_rollback(t));
    OK(extend(MCO_MEMORY_CONV, MCO_MEMORY_ASSIGN_DATABASE, 1 << 20));
    OK(mco_db_total_pages(db, &after));
    TRUE(after == before + (1 << 20) / 256);
    TRUE(fill(db, first) > 2 * first);
    OK(mco_db_disconnect(db));
    OK(mco_db_close("kinds"));

    /* Where the file is the limit, memory adds nothing. */
    unlink("grow.dbs");
    OK(open_file("grow.dbs"));
    OK(mco_db_connect("kinds", &db));
    OK(mco_db_total_pages(db, &before));
    OK(extend(MCO_MEMORY_CONV, MCO_MEMORY_ASSIGN_DATABASE, 1 << 20));
    OK(mco_db_total_pages(db, &after));
    TRUE(after == before);

    OK(mco_db_sniffer(db, sniff, 0));
    OK(mco_db_sniffer(db, NULL, 7));
    TRUE(called == 0);
    OK(mco_db_disconnect(db));
    GIVES(MCO_E_INVALID_HANDLE, mco_db_sniffer(db, sniff, 0));
    OK(mco_db_close("kinds"));
}

/* Waits for the writer's place until the database is gone. */
static void *wait_in_vain(void *arg) {
    mco_trans_h t;
    mco_db_h db = *(mco_db_h *) arg;
    MCO_RET rc;

    started = 1;
    rc = mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t);
    TRUE(rc == MCO_E_INVALID_HANDLE);
    return NULL;
}

/* Works until the database is gone. */
static void *work(void *arg) {
    mco_db_h db = *(mco_db_h *) arg;
    MCO_RET rc = MCO_S_OK;
    unsigned n = 0;

    while (rc == MCO_S_OK) {
        mco_trans_h t;
        mco_class_stat_t stat;
        rc = mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t);
        if (rc == MCO_S_OK) rc = mco_class_stat_get(t, Kept_code, &stat);
        if (rc == MCO_S_OK) rc = mco_trans_commit(t);
        if (++n == 100) __sync_fetch_and_add(&started, 1);
    }
    GIVES(MCO_E_INVALID_HANDLE, rc);
    GIVES(MCO_E_INVALID_HANDLE, mco_db_disconnect(db));
    return NULL;
}

static void *kill_it(void *arg) {
    (void) arg;
    OK(mco_db_kill("kinds"));
    return NULL;
}

static void in_another_thread(void *(*act)(void *)) {
    pthread_t thread;
    TRUE(pthread_create(&thread, NULL, act, NULL) == 0);
    TRUE(pthread_join(thread, NULL) == 0);
}

static void killing(void) {
    mco_db_h writer, reader, waiter, workers[2], db;
    mco_trans_h t, reading, out;
    mco_cursor_t cursor;
    mco_class_stat_t stat;
    pthread_t threads[3];
    Kept kept;
    uint4 n;
    int i;

    GIVES(MCO_E_NOINSTANCE, mco_db_kill("kinds"));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_kill(NULL));
    unlink("kill.dbs");
    OK(open_file("kill.dbs"));
    OK(mco_db_connect("kinds", &writer));
    OK(mco_db_connect("kinds", &reader));
    OK(mco_db_connect("kinds", &waiter));
    t = begin(writer, MCO_READ_WRITE);
    OK(Kept_new(t, &kept));
    OK(Kept_n_put(&kept, 1));
    OK(mco_trans_commit(t));
    t = begin(writer, MCO_READ_WRITE);
    OK(Kept_new(t, &kept));
    OK(Kept_n_put(&kept, 2));
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_db_kill("kinds"));
    reading = begin(reader, MCO_READ_ONLY);
    OK(Kept_list_cursor(reading, &cursor));

    for (i = 0; i < 2; ++i) {
        OK(mco_db_connect("kinds", &workers[i]));
        TRUE(pthread_create(&threads[i], NULL, work, &workers[i]) == 0);
    }
    WAIT_FOR(started == 2);
    started = 0;
    TRUE(pthread_create(&threads[2], NULL, wait_in_vain, &waiter) == 0);
    WAIT_FOR(started);
    in_another_thread(kill_it);
    for (i = 0; i < 3; ++i) {
        TRUE(pthread_join(threads[i], NULL) == 0);
    }

    GIVES(MCO_E_INVALID_HANDLE, Kept_n_put(&kept, 3));
    GIVES(MCO_E_INVALID_HANDLE, mco_trans_commit(t));
    GIVES(MCO_E_INVALID_HANDLE, mco_trans_rollback(reading));
    GIVES(MCO_E_INVALID_HANDLE, mco_cursor_next(reading, &cursor));
    GIVES(MCO_E_INVALID_HANDLE, mco_class_stat_get(reading, Kept_code, &stat));
    GIVES(MCO_E_INVALID_HANDLE, mco_trans_start(writer, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &out));
    GIVES(MCO_E_INVALID_HANDLE, mco_db_disconnect(writer)); /* not fatal, though a transaction was open */
    GIVES(MCO_E_INVALID_HANDLE, mco_db_disconnect(reader));
    GIVES(MCO_E_INVALID_HANDLE, mco_db_disconnect(waiter));
    GIVES(MCO_E_NOINSTANCE, mco_db_connect("kinds", &db));
    GIVES(MCO_E_NOINSTANCE, mco_db_kill("kinds"));

    /* Nobody holds the file any more, and what was not committed is gone. */
    OK(open_file("kill.dbs"));
    OK(mco_db_connect("kinds", &db));
    GIVES(MCO_E_INVALID_HANDLE, mco_db_disconnect(writer));
    t = begin(db, MCO_READ_ONLY);
    OK(mco_class_stat_get(t, Kept_code, &stat));
    TRUE(stat.objects_num == 1);
    OK(Kept_idx_find(t, 1, &kept));
    OK(Kept_n_get(&kept, &n));
    OK(mco_trans_commit(t));
    OK(mco_db_disconnect(db));
    OK(mco_db_kill("kinds")); /* without connections: as close */
    unlink("kill.dbs");
}

int main(void) {
    OK(mco_runtime_start());
    extending();
    killing();
    OK(mco_runtime_stop());
    return 0;
}
