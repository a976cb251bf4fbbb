/* Which devices and parameters make a database, and which are refused. */
#include "check.h"
#include "iotdevice.h"
#include "iotserver.h"
#include "kinds.h"

#include <unistd.h>

static char memory[1 << 16];
static mco_device_t devices[5];
static mco_db_params_t params;

static void conv(int i, unsigned assignment) {
    memset(&devices[i], 0xEE, sizeof devices[i]);
    devices[i].type = MCO_MEMORY_CONV;
    devices[i].assignment = assignment;
    devices[i].size = 1 << 20;
    devices[i].dev.conv.ptr = memory;
}

static void file(int i, unsigned assignment, const char *name, int flags) {
    memset(&devices[i], 0xEE, sizeof devices[i]);
    devices[i].type = MCO_MEMORY_FILE;
    devices[i].assignment = assignment;
    devices[i].dev.file.flags = flags;
    strcpy(devices[i].dev.file.name, name);
}

static void named(int i, unsigned assignment, const char *name) {
    memset(&devices[i], 0xEE, sizeof devices[i]);
    devices[i].type = MCO_MEMORY_NAMED;
    devices[i].assignment = assignment;
    devices[i].size = 1 << 20;
    strcpy(devices[i].dev.named.name, name);
}

static MCO_RET open_it(int n) {
    return mco_db_open_dev("kinds", kinds_get_dictionary(), devices, (mco_size_t) n, &params);
}

static void refused(MCO_RET code, int n) {
    GIVES(code, open_it(n));
    GIVES(MCO_E_NOINSTANCE, mco_db_close("kinds"));
}

static void combinations(void) {
    static const unsigned unknown[] = {MCO_MEMORY_NULL, 8, 0x80000000u};
    static const unsigned unsupported[] = {MCO_MEMORY_MULTIFILE, MCO_MEMORY_RAID, MCO_MEMORY_INT_DESC, MCO_MEMORY_CYCLIC_FILE_BUF};
    unsigned i;

    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_open_dev("kinds", kinds_get_dictionary(), NULL, 1, &params));
    refused(MCO_E_ILLEGAL_PARAM, 0);
    for (i = 0; i < 3; ++i) {
        conv(0, MCO_MEMORY_ASSIGN_DATABASE);
        devices[0].type = unknown[i];
        refused(MCO_E_ILLEGAL_PARAM, 1);
    }
    for (i = 0; i < 4; ++i) {
        conv(0, MCO_MEMORY_ASSIGN_DATABASE);
        devices[0].type = unsupported[i];
        refused(MCO_E_UNSUPPORTED, 1);
    }
    conv(0, MCO_MEMORY_ASSIGN_HA_ASYNC_BUF);
    refused(MCO_E_UNSUPPORTED, 1);
    conv(0, MCO_MEMORY_ASSIGN_PIPE_BUF);
    refused(MCO_E_UNSUPPORTED, 1);
    conv(0, 6);
    refused(MCO_E_ILLEGAL_PARAM, 1);
    conv(0, MCO_MEMORY_ASSIGN_CACHE); /* no DATABASE */
    refused(MCO_E_ILLEGAL_PARAM, 1);
    conv(0, MCO_MEMORY_ASSIGN_DATABASE);
    conv(1, MCO_MEMORY_ASSIGN_CACHE); /* CACHE without PERSISTENT */
    refused(MCO_E_ILLEGAL_PARAM, 2);
    file(1, MCO_MEMORY_ASSIGN_PERSISTENT, "a.dbs", 0);
    file(2, MCO_MEMORY_ASSIGN_PERSISTENT, "b.dbs", 0); /* two of them */
    refused(MCO_E_ILLEGAL_PARAM, 3);
    conv(1, MCO_MEMORY_ASSIGN_PERSISTENT); /* not a file */
    refused(MCO_E_ILLEGAL_PARAM, 2);
    file(0, MCO_MEMORY_ASSIGN_DATABASE, "a.dbs", 0); /* a file */
    refused(MCO_E_ILLEGAL_PARAM, 1);
    conv(0, MCO_MEMORY_ASSIGN_DATABASE);
    devices[0].dev.conv.ptr = NULL;
    refused(MCO_E_ILLEGAL_PARAM, 1);
    conv(0, MCO_MEMORY_ASSIGN_DATABASE);
    file(1, MCO_MEMORY_ASSIGN_PERSISTENT, "", 0);
    refused(MCO_E_DISK_INVALID_PARAM, 2);
    file(1, MCO_MEMORY_ASSIGN_PERSISTENT, "no/such/directory/a.dbs", 0);
    refused(MCO_E_DISK_OPEN, 2);
    file(1, MCO_MEMORY_ASSIGN_PERSISTENT, "missing.dbs", MCO_FILE_OPEN_EXISTING);
    refused(MCO_E_DISK_OPEN, 2);
    named(1, MCO_MEMORY_ASSIGN_DATABASE, "api_open"); /* conventional and named DATABASE together */
    refused(MCO_E_ILLEGAL_PARAM, 2);
    named(0, MCO_MEMORY_ASSIGN_DATABASE, "api_open_too"); /* two of them */
    refused(MCO_E_ILLEGAL_PARAM, 2);
    file(1, MCO_MEMORY_ASSIGN_PERSISTENT, "a.dbs", 0); /* with a file */
    refused(MCO_E_ILLEGAL_PARAM, 2);
    named(0, MCO_MEMORY_ASSIGN_CACHE, "api_open"); /* no DATABASE */
    refused(MCO_E_ILLEGAL_PARAM, 1);
    named(0, MCO_MEMORY_ASSIGN_DATABASE, "");
    refused(MCO_E_ILLEGAL_PARAM, 1);
    named(0, MCO_MEMORY_ASSIGN_DATABASE, "api_open");
    devices[0].size = 0;
    refused(MCO_E_ILLEGAL_PARAM, 1);
    named(0, MCO_MEMORY_ASSIGN_DATABASE, "not UTF-8: \xFF");
    refused(MCO_E_ILLEGAL_PARAM, 1);
    memset(devices[0].dev.named.name, 'n', MCO_MAX_MEMORY_NAME); /* no end */
    refused(MCO_E_ILLEGAL_PARAM, 1);
}

/* What other processes have to do with it is in tests/c_shared.rs. */
static void shared(void) {
    mco_device_t extension;
    mco_db_h db;
    mco_trans_h t;
    mco_size32_t pages;
    Note note;
    char name[MCO_MAX_MEMORY_NAME];

    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    sprintf(name, "%ld", (long) getpid());
    name[strlen(name)] = 'n'; /* 63 bytes, which no other process has */
    named(0, MCO_MEMORY_ASSIGN_DATABASE, name);
    OK(open_it(1));
    GIVES(MCO_E_INSTANCE_DUPLICATE, mco_db_open_dev("other", kinds_get_dictionary(), devices, 1, &params));
    TRUE(strstr(mco_iotx_last_error(), "kinds") != NULL);
    conv(1, MCO_MEMORY_ASSIGN_DATABASE);
    extension = devices[1];
    GIVES(MCO_E_UNSUPPORTED, mco_db_extend_dev("kinds", &extension));
    GIVES(MCO_E_UNSUPPORTED, mco_db_extend_dev("kinds", &devices[0]));
    OK(mco_db_connect("kinds", &db));
    OK(mco_db_total_pages(db, &pages));
    TRUE(pages == (1 << 20) / 256);
    OK(mco_db_sniffer(db, NULL, 0));
    t = begin(db, MCO_READ_WRITE);
    OK(Note_new(t, &note));
    OK(Note_n_put(&note, 77));
    OK(mco_trans_commit(t));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("kinds"));

    OK(open_it(1));
    OK(mco_db_connect("kinds", &db));
    t = begin(db, MCO_READ_ONLY);
    GIVES(MCO_S_NOTFOUND, Note_idx_find(t, 77, &note)); /* nobody else had it open */
    OK(mco_trans_rollback(t));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("kinds"));
}

static void parameters(void) {
    conv(0, MCO_MEMORY_ASSIGN_DATABASE);
    params.mark = 0;
    refused(MCO_E_ILLEGAL_PARAM, 1);
    mco_db_params_init(&params);
    params.mem_page_size = 63;
    refused(MCO_E_ILLEGAL_PARAM, 1);
    params.mem_page_size = 32769;
    refused(MCO_E_ILLEGAL_PARAM, 1);
    mco_db_params_init(&params);
    params.cipher_key = memory;
    refused(MCO_E_ENCRYPTION_NOT_SUPPORTED, 1);
    mco_db_params_init(&params);
    params.log_params.default_commit_policy = (MCO_COMMIT_POLICY) 4;
    refused(MCO_E_ILLEGAL_PARAM, 1);
    mco_db_params_init(&params);
    params.disk_page_size = 1000;
    file(1, MCO_MEMORY_ASSIGN_PERSISTENT, "a.dbs", 0);
    refused(MCO_E_DISK_BAD_PAGE_SIZE, 2);
    params.disk_page_size = 1024; /* less than 8 * 256 */
    refused(MCO_E_DISK_BAD_PAGE_SIZE, 2);
    mco_db_params_init(&params);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_open_dev("kinds", NULL, devices, 1, &params));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_open_dev("kinds", (mco_dictionary_h) (void *) memory, devices, 1, &params));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_open_dev(NULL, kinds_get_dictionary(), devices, 1, &params));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_open_dev("", kinds_get_dictionary(), devices, 1, &params));
    OK(mco_db_open_dev("sixteen_letters_", kinds_get_dictionary(), devices, 1, &params));
    GIVES(MCO_E_INSTANCE_DUPLICATE, mco_db_open_dev("sixteen_letters_", kinds_get_dictionary(), devices, 1, &params));
    OK(mco_db_close("sixteen_letters_"));
    OK(mco_db_open_dev("kinds", kinds_get_dictionary(), devices, 1, NULL));
    OK(mco_db_close("kinds"));
    OK(mco_db_open("kinds", kinds_get_dictionary(), memory, 1 << 20, 256));
    OK(mco_db_close("kinds"));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_open("kinds", kinds_get_dictionary(), NULL, 1 << 20, 256));
}

static void nodes(void) {
    conv(0, MCO_MEMORY_ASSIGN_DATABASE);
    params.iot_agent_id = 1; /* the server's */
    GIVES(MCO_E_IOT_WRONG_AGENT_ID, mco_db_open_dev("d", iotdevice_get_dictionary(), devices, 1, &params));
    params.iot_agent_id = MCO_IOT_MAX_AGENT_ID + 1;
    GIVES(MCO_E_IOT_WRONG_AGENT_ID, mco_db_open_dev("d", iotdevice_get_dictionary(), devices, 1, &params));
    params.iot_agent_id = 1000;
    GIVES(MCO_E_IOT_WRONG_AGENT_ID, mco_db_open_dev("s", iotserver_get_dictionary(), devices, 1, &params));
    params.iot_agent_id = 0;
    params.iot_level = 5;
    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_open_dev("s", iotserver_get_dictionary(), devices, 1, &params));
    params.iot_agent_id = 1; /* ignored without iot statement */
    OK(mco_db_open_dev("kinds", kinds_get_dictionary(), devices, 1, &params));
    OK(mco_db_close("kinds"));
    mco_db_params_init(&params);
}

static void files(void) {
    mco_db_h db;
    mco_trans_h t;
    Note note;
    uint4 n = 0;

    unlink("kept.dbs");
    conv(0, MCO_MEMORY_ASSIGN_DATABASE);
    conv(1, MCO_MEMORY_ASSIGN_CACHE);
    file(2, MCO_MEMORY_ASSIGN_PERSISTENT, "kept.dbs", MCO_FILE_OPEN_DEFAULT);
    file(3, MCO_MEMORY_ASSIGN_LOG, "kept.log", MCO_FILE_OPEN_DEFAULT);
    params.mode_mask = MCO_DB_OPEN_EXISTING;
    refused(MCO_E_DISK_OPEN, 4);
    params.mode_mask = 0;
    OK(open_it(4));
    GIVES(MCO_E_DISK_ALREADY_OPENED, mco_db_open_dev("other", kinds_get_dictionary(), devices, 4, &params));
    OK(mco_db_connect("kinds", &db));
    t = begin(db, MCO_READ_WRITE);
    OK(Note_new(t, &note));
    OK(Note_n_put(&note, 77));
    OK(mco_trans_commit(t));
    OK(mco_disk_flush(db));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("kinds"));

    /* `class Note` is transient, so it is empty after reopening; the file is there. */
    params.mode_mask = MCO_DB_OPEN_EXISTING | MCO_DB_USE_CRC_CHECK;
    OK(open_it(4));
    OK(mco_db_connect("kinds", &db));
    t = begin(db, MCO_READ_ONLY);
    GIVES(MCO_S_NOTFOUND, Note_idx_find(t, 77, &note));
    (void) n;
    OK(mco_trans_rollback(t));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("kinds"));

    params.mode_mask = MCO_DB_MODE_READ_ONLY;
    OK(open_it(4));
    OK(mco_db_connect("kinds", &db));
    GIVES(MCO_E_ACCESS, mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("kinds"));
    params.mode_mask = 0;
    GIVES(MCO_E_DISK_SCHEMA_CHANGED, mco_db_open_dev("d", iotdevice_get_dictionary(), devices, 4, &params));
    unlink("kept.dbs");

    file(2, MCO_MEMORY_ASSIGN_PERSISTENT, "short.dbs", MCO_FILE_OPEN_TEMPORARY);
    OK(open_it(3));
    OK(mco_db_close("kinds"));
    TRUE(access("short.dbs", F_OK) != 0);
}

int main(void) {
    mco_db_params_init(&params);
    OK(mco_runtime_start());
    combinations();
    shared();
    parameters();
    nodes();
    files();
    OK(mco_runtime_stop());

    /* A runtime without files and named memory. */
    OK(mco_runtime_start_ex(MCO_NO, MCO_NO, MCO_NO, NULL, NULL, NULL));
    conv(0, MCO_MEMORY_ASSIGN_DATABASE);
    file(1, MCO_MEMORY_ASSIGN_PERSISTENT, "a.dbs", 0);
    refused(MCO_E_INMEM_ONLY_RUNTIME, 2);
    named(0, MCO_MEMORY_ASSIGN_DATABASE, "api_open");
    refused(MCO_E_UNSUPPORTED, 1);
    OK(mco_runtime_stop());
    return 0;
}
