/* A full disk: the commit that would outgrow what the file has is refused and rolled back, and the database stays of use. */
#include "check.h"
#include "kinds.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP (1 << 20)
#define ROOM (8 * STEP + STEP / 2)

static MCO_RET open_at(const char *path, mco_offs_t step, int mode) {
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
    strcpy(devices[1].dev.file.name, path);
    mco_db_params_init(&params);
    params.file_extension_quantum = step;
    params.log_params.default_commit_policy = MCO_COMMIT_NO_SYNC;
    params.mode_mask |= mode;
    return mco_db_open_dev("disk", kinds_get_dictionary(), devices, 2, &params);
}

static mco_db_h open_file(const char *path, mco_offs_t step, int mode) {
    mco_db_h db;
    OK(open_at(path, step, mode));
    OK(mco_db_connect("disk", &db));
    return db;
}

static void shut(mco_db_h db) {
    OK(mco_db_disconnect(db));
    OK(mco_db_close("disk"));
}

static long size_of(const char *path) {
    struct stat found;
    TRUE(stat(path, &found) == 0);
    TRUE(found.st_blocks * 512 >= found.st_size);
    return (long) found.st_size;
}

/* Files of this process may have so many bytes. */
static void room(rlim_t bytes) {
    struct rlimit limit;
    OK(getrlimit(RLIMIT_FSIZE, &limit));
    limit.rlim_cur = bytes;
    OK(setrlimit(RLIMIT_FSIZE, &limit));
}

/* Ten rows of 4000 bytes; gives what the commit gives. */
static MCO_RET add(mco_db_h db, unsigned *next) {
    static const char bytes[4000];
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    MCO_RET rc;
    unsigned n;
    Item item;
    for (n = *next; n < *next + 10; ++n) {
        OK(Item_new(t, &item));
        OK(Item_u4_put(&item, n));
        OK(Item_u8_put(&item, n));
        OK(Item_vb_put(&item, bytes, sizeof bytes));
    }
    rc = mco_trans_commit(t);
    if (rc == MCO_S_OK) *next = n;
    return rc;
}

static void drop(mco_db_h db, unsigned from, unsigned to) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Item item;
    for (; from < to; ++from) {
        OK(Item_by_u4_find(t, from, &item));
        OK(Item_delete(&item));
    }
    OK(mco_trans_commit(t));
}

/* Takes new pages of the file for a row before it gives back those of others. */
static void replace(mco_db_h db, unsigned from, unsigned rows, unsigned fresh) {
    static const char bytes[40000];
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Item item;
    unsigned n;
    OK(Item_new(t, &item));
    OK(Item_u4_put(&item, fresh));
    OK(Item_u8_put(&item, fresh));
    OK(Item_vb_put(&item, bytes, sizeof bytes));
    OK(mco_trans_checkpoint(t));
    for (n = from; n < from + rows; ++n) {
        OK(Item_by_u4_find(t, n, &item));
        OK(Item_delete(&item));
    }
    OK(mco_trans_commit(t));
}

static unsigned count(mco_db_h db) {
    mco_class_stat_t stat;
    mco_trans_h t = begin(db, MCO_READ_ONLY);
    OK(mco_class_stat_get(t, Item_code, &stat));
    OK(mco_trans_commit(t));
    return (unsigned) stat.objects_num;
}

static void full(mco_db_h db, unsigned *next) {
    const unsigned before = count(db);
    const unsigned first = *next;
    MCO_RET rc;
    do rc = add(db, next);
    while (rc == MCO_S_OK && *next < 10000);
    GIVES(MCO_E_DISK_SPACE_EXHAUSTED, rc);
    TRUE(strstr(mco_iotx_last_error(), "no room") != NULL);
    TRUE(count(db) == before + *next - first);
}

/* Fills the disk, and ends as a crash does. */
static void crash(void) {
    unsigned next = 0, first;
    mco_db_h db;

    OK(mco_runtime_start());
    room(ROOM);
    db = open_file("full.db", STEP, 0);
    TRUE(size_of("full.db") == STEP);
    full(db, &next);
    TRUE(next > 1500 && size_of("full.db") == 8 * STEP);

    /* Deletes go on, and make room. */
    drop(db, 0, 500);
    first = next;
    full(db, &next);
    TRUE(next - first > 400 && size_of("full.db") == 8 * STEP);

    /* So does what gives back more than it takes, even if that is elsewhere in the file. */
    replace(db, 1000, 20, 100000);
    TRUE(size_of("full.db") == 8 * STEP);
    _exit(0);
}

int main(void) {
    unsigned next = 0;
    int status = 0;
    mco_db_h db;
    pid_t child;

    signal(SIGXFSZ, SIG_IGN);
    child = fork();
    if (child == 0) crash();
    TRUE(waitpid(child, &status, 0) == child && status == 0);

    /* A file that is in use opens on a full disk. */
    OK(mco_runtime_start());
    room(ROOM);
    db = open_file("full.db", 2 * STEP, MCO_DB_USE_CRC_CHECK);
    TRUE(size_of("full.db") < ROOM);

    /* With room it goes on. */
    room(2 * ROOM);
    do OK(add(db, &next));
    while (size_of("full.db") < ROOM);
    TRUE(size_of("full.db") == 10 * STEP);
    shut(db);

    /* A new file that has no room for its first step. */
    GIVES(MCO_E_DISK_SPACE_EXHAUSTED, open_at("new.db", 4 * ROOM, 0));
    shut(open_file("new.db", 0, 0));
    TRUE(size_of("new.db") < STEP);
    OK(mco_runtime_stop());
    return 0;
}
