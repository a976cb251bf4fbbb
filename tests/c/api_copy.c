/* Copies of a database in use, its numbers, and the commit policies of a file. */
#include "check.h"
#include "kinds.h"

#include <pthread.h>
#include <unistd.h>

static volatile int stop;

static void note_add(mco_db_h db, uint4 n) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Note note;
    OK(Note_new(t, &note));
    OK(Note_n_put(&note, n));
    OK(mco_trans_commit(t));
}

static unsigned notes(mco_db_h db) {
    mco_class_stat_t stat;
    mco_trans_h t = begin(db, MCO_READ_ONLY);
    OK(mco_class_stat_get(t, Note_code, &stat));
    OK(mco_trans_commit(t));
    return (unsigned) stat.objects_num;
}

static void *write_on(void *name) {
    mco_db_h db;
    uint4 n;
    OK(mco_db_connect((const char *) name, &db));
    for (n = 1000; !stop; ++n) note_add(db, n);
    OK(mco_db_disconnect(db));
    return NULL;
}

static void *read_on(void *name) {
    mco_db_h db;
    OK(mco_db_connect((const char *) name, &db));
    while (!stop) TRUE(notes(db) >= 100);
    OK(mco_db_disconnect(db));
    return NULL;
}

static MCO_RET open_file(const char *name, const char *path, MCO_COMMIT_POLICY policy, int flags, int mode) {
    static char memory[64];
    mco_db_params_t params;
    mco_device_t devices[2];

    memset(devices, 0, sizeof devices);
    devices[0].type = MCO_MEMORY_CONV;
    devices[0].assignment = MCO_MEMORY_ASSIGN_DATABASE;
    devices[0].size = 1 << 20;
    devices[0].dev.conv.ptr = memory;
    devices[1].type = MCO_MEMORY_FILE;
    devices[1].assignment = MCO_MEMORY_ASSIGN_PERSISTENT;
    devices[1].dev.file.flags = flags;
    strcpy(devices[1].dev.file.name, path);
    mco_db_params_init(&params);
    params.mode_mask |= mode;
    params.log_params.default_commit_policy = policy;
    params.log_params.max_delayed_transactions = 3;
    params.log_params.max_commit_delay = 1;
    return mco_db_open_dev(name, kinds_get_dictionary(), devices, 2, &params);
}

static void copies(void) {
    pthread_t writer, reader;
    mco_db_h db, copy;
    mco_trans_h t;
    char name[] = "kinds";
    uint4 n;

    OK(open_memory(name, kinds_get_dictionary(), 16 << 20, NULL));
    OK(mco_db_connect(name, &db));
    for (n = 0; n < 100; ++n) note_add(db, n);
    TRUE(pthread_create(&writer, NULL, write_on, name) == 0 && pthread_create(&reader, NULL, read_on, name) == 0);
    OK(mco_iotx_db_copy(db, "copy.db"));
    stop = 1;
    TRUE(pthread_join(writer, NULL) == 0 && pthread_join(reader, NULL) == 0);
    OK(open_file("copy", "copy.db", MCO_COMMIT_SYNC_FLUSH, MCO_FILE_OPEN_EXISTING, MCO_DB_USE_CRC_CHECK));
    OK(mco_db_connect("copy", &copy));
    TRUE(notes(copy) == 0); /* a transient class starts empty */
    OK(mco_db_disconnect(copy));
    OK(mco_db_close("copy"));

    GIVES(MCO_E_DISK_OPEN, mco_iotx_db_copy(db, "copy.db"));
    GIVES(MCO_E_DISK_OPEN, mco_iotx_db_copy(db, "no-such-folder/copy.db"));
    TRUE(strstr(mco_iotx_last_error(), "no-such-folder/copy.db") != NULL);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_db_copy(db, NULL));
    GIVES(MCO_E_INVALID_HANDLE, mco_iotx_db_copy(NULL, "other.db"));
    t = begin(db, MCO_READ_WRITE);
    OK(mco_iotx_db_copy(db, "inside.db")); /* what is committed */
    OK(mco_trans_rollback(t));
    TRUE(access("inside.db", R_OK) == 0 && access("other.db", F_OK) != 0);
    OK(mco_db_disconnect(db));
    OK(mco_db_close(name));
}

static void numbers(void) {
    mco_iotx_db_stat_t stat;
    mco_db_h db, other;
    mco_trans_h t;

    memset(&stat, 0xEE, sizeof stat);
    OK(open_memory("kinds", kinds_get_dictionary(), 1 << 20, NULL));
    OK(mco_db_connect("kinds", &db));
    OK(mco_db_connect("kinds", &other));
    GIVES(MCO_E_INVALID_HANDLE, mco_iotx_db_stat(NULL, &stat));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_iotx_db_stat(db, NULL));
    OK(mco_iotx_db_stat(db, &stat));
    TRUE(stat.limit_bytes == 1 << 20 && stat.live_bytes > 0 && stat.live_bytes <= stat.map_bytes);
    TRUE(stat.file_bytes > 0 && stat.last_flush_ms == 0 && stat.oldest_reader_ms == 0);
    TRUE(stat.readers == 0 && stat.writers_waiting == 0);
    t = begin(other, MCO_READ_ONLY);
    do {
        OK(mco_iotx_db_stat(db, &stat));
    } while (stat.oldest_reader_ms == 0); /* time passes */
    TRUE(stat.readers == 1);
    OK(mco_trans_commit(t));
    OK(mco_db_disconnect(other));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("kinds"));
}

static unsigned kept(mco_db_h db) {
    mco_class_stat_t stat;
    mco_trans_h t = begin(db, MCO_READ_ONLY);
    OK(mco_class_stat_get(t, Kept_code, &stat));
    OK(mco_trans_commit(t));
    return (unsigned) stat.objects_num;
}

/* With every policy a file that was closed has all commits. */
static void policies(void) {
    const MCO_COMMIT_POLICY all[] = {MCO_COMMIT_SYNC_FLUSH, MCO_COMMIT_BUFFERED, MCO_COMMIT_DELAYED, MCO_COMMIT_NO_SYNC};
    mco_iotx_db_stat_t stat;
    mco_trans_h t;
    mco_db_h db;
    Kept row;
    uint4 n;
    int i;

    for (i = 0; i < 4; ++i) {
        OK(open_file("kinds", "policy.db", all[i], 0, 0));
        OK(mco_db_connect("kinds", &db));
        for (n = 0; n < 10; ++n) {
            t = begin(db, MCO_READ_WRITE);
            OK(Kept_new(t, &row));
            OK(Kept_n_put(&row, 10 * (uint4) i + n));
            OK(mco_trans_commit(t));
        }
        TRUE(mco_disk_transaction_policy(db, MCO_COMMIT_NO_SYNC) == all[i]);
        OK(mco_disk_flush(db));
        OK(mco_iotx_db_stat(db, &stat));
        TRUE(stat.last_flush_ms < 60000 && stat.limit_bytes == 0);
        OK(mco_db_disconnect(db));
        OK(mco_db_close("kinds"));
    }
    OK(open_file("kinds", "policy.db", MCO_COMMIT_SYNC_FLUSH, MCO_FILE_OPEN_EXISTING, MCO_DB_USE_CRC_CHECK));
    OK(mco_db_connect("kinds", &db));
    TRUE(kept(db) == 40);
    OK(mco_db_disconnect(db));
    OK(mco_db_close("kinds"));
}

int main(void) {
    OK(mco_runtime_start());
    copies();
    numbers();
    policies();
    OK(mco_runtime_stop());
    return 0;
}
