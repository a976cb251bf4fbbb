/* A process that does what it is told on its standard input: a word, a name, two numbers. It answers with a code and a number. */
#include "check.h"
#include "events.h"
#include "iotdevice.h"
#include "iotserver.h"

#include <pthread.h>

#define NAME "shared"
/* Rows of a transaction of `write`. */
#define ROWS 10

static mco_db_h db;
static mco_trans_h open_transaction;
static mco_iot_comm_h comm;
static mco_iot_replicator_h repl;
static long handled;

static MCO_RET open_shared(mco_dictionary_h dictionary, const char *name, long size, long agent) {
    mco_db_params_t params;
    mco_device_t device;
    MCO_RET rc;

    memset(&device, 0xEE, sizeof device);
    device.type = MCO_MEMORY_NAMED;
    device.assignment = MCO_MEMORY_ASSIGN_DATABASE;
    device.size = (mco_size_t) size;
    strcpy(device.dev.named.name, name);
    mco_db_params_init(&params);
    params.iot_agent_id = (uint8) agent;
    rc = mco_db_open_dev(NAME, dictionary, &device, 1, &params);
    return rc == MCO_S_OK ? mco_db_connect(NAME, &db) : rc;
}

/* So many rows of a writer, from this number on. */
static MCO_RET put(mco_trans_h t, long writer, long from, long n) {
    MCO_RET rc = MCO_S_OK;
    long i;
    for (i = from; i < from + n && rc == MCO_S_OK; ++i) {
        iotdevice_Sensor sensor;
        rc = iotdevice_Sensor_new(t, &sensor);
        if (rc == MCO_S_OK) rc = iotdevice_Sensor_ts_put(&sensor, (mco_datetime) writer);
        if (rc == MCO_S_OK) rc = iotdevice_Sensor_sensorId_put(&sensor, (uint4) i);
    }
    return rc;
}

/* One transaction of so many rows. */
static MCO_RET commit(long writer, long from, long n) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    MCO_RET rc = put(t, writer, from, n);
    MCO_RET end = mco_trans_commit(t);
    return rc == MCO_S_OK ? end : rc;
}

/* Rows of a writer, each with a number of its own below the count. */
static long count(long writer) {
    mco_trans_h t = begin(db, MCO_READ_ONLY);
    iotdevice_Sensor sensor;
    long n = 0;
    while (iotdevice_Sensor_idx_find(t, (mco_datetime) writer, (uint4) n, &sensor) == MCO_S_OK) ++n;
    OK(mco_trans_commit(t));
    return n;
}

static long rows(uint2 class_code) {
    mco_class_stat_t stat;
    mco_trans_h t = begin(db, MCO_READ_ONLY);
    OK(mco_class_stat_get(t, class_code, &stat));
    OK(mco_trans_commit(t));
    return (long) stat.objects_num;
}

/* Rows of a writer until there is no room. */
static long fill(long writer, MCO_RET *rc) {
    long n = 0;
    while ((*rc = commit(writer, n, ROWS)) == MCO_S_OK) n += ROWS;
    return n;
}

/* Replicates to the server at this address, and syncs by itself after commits. */
static MCO_RET replicate(const char *address) {
    mco_iotx_auto_sync_t params;
    MCO_RET rc;
    if (comm == NULL) OK(mco_iot_comm_create(NULL, &comm));
    rc = mco_iot_replicator_create(db, comm, NULL, &repl);
    if (rc != MCO_S_OK) return rc;
    OK(mco_iotx_auto_sync_init(&params));
    params.after_commit = 1;
    OK(mco_iotx_auto_sync(repl, &params));
    return mco_iot_replicator_connect(repl, address, 0, NULL);
}

/* A server on a port that the system chooses. */
static long serve(void) {
    mco_db_params_t params;
    int port = 0;
    mco_db_params_init(&params);
    OK(open_memory(NAME, iotserver_get_dictionary(), 64 << 20, &params));
    OK(mco_db_connect(NAME, &db));
    OK(mco_iot_comm_create(NULL, &comm));
    OK(mco_iot_replicator_create(db, comm, NULL, &repl));
    OK(mco_iot_comm_listen(comm, "127.0.0.1:0", 0));
    OK(mco_iotx_comm_get_listen_port(comm, "127.0.0.1:0", &port));
    return port;
}

static MCO_RET configure(long n) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    iotserver_Config config;
    OK(iotserver_Config_new(t, &config));
    OK(iotserver_Config_param_id_put(&config, (uint4) n));
    return mco_trans_commit(t);
}

static MCO_RET handle(mco_trans_h t, Entry *entry, MCO_EVENT_TYPE type, void *context) {
    (void) t, (void) entry, (void) type, (void) context;
    ++handled;
    return MCO_S_OK;
}

static void listen_to_events(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    OK(mco_register_entry_new_handler(t, handle, NULL));
    OK(mco_trans_commit(t));
}

static MCO_RET enter(long n) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Entry entry;
    OK(Entry_new(t, &entry));
    OK(Entry_n_put(&entry, (uint4) n));
    return mco_trans_commit(t);
}

static void *wait_for_event(void *result) {
    mco_db_h own;
    OK(mco_db_connect(NAME, &own));
    *(volatile int *) result = mco_async_event_wait(own, entry_new);
    OK(mco_db_disconnect(own));
    return NULL;
}

/* What ends a wait for an event, if nobody commits in this process: the release. */
static MCO_RET wait_until_released(void) {
    volatile int result = -1;
    pthread_t thread;
    TRUE(pthread_create(&thread, NULL, wait_for_event, (void *) &result) == 0);
    while (result < 0) {
        OK(mco_async_event_release(db, entry_new));
        test_pause();
    }
    TRUE(pthread_join(thread, NULL) == 0);
    return (MCO_RET) result;
}

static void close_all(void) {
    if (repl != NULL) OK(mco_iot_replicator_destroy(repl));
    if (comm != NULL) OK(mco_iot_comm_destroy(comm));
    if (db != NULL) OK(mco_db_disconnect(db));
    OK(mco_db_close(NAME));
    repl = NULL, comm = NULL, db = NULL;
}

static void answer(MCO_RET rc, long number) {
    printf("%d %ld\n", (int) rc, number);
    fflush(stdout);
}

int main(void) {
    char line[200], word[100], text[100];

    OK(mco_runtime_start_ex(MCO_YES, MCO_NO, MCO_YES, NULL, NULL, NULL));
    OK(mco_iot_init());
    while (fgets(line, sizeof line, stdin) != NULL) {
        MCO_RET rc = MCO_S_OK;
        long a = 0, b = 0, n = 0;
        TRUE(sscanf(line, "%99s %99s %ld %ld", word, text, &a, &b) == 4);
        if (strcmp(word, "open") == 0) {
            rc = open_shared(iotdevice_get_dictionary(), text, a, b);
        } else if (strcmp(word, "open_events") == 0) {
            rc = open_shared(events_get_dictionary(), text, a, b);
            if (rc == MCO_S_OK) listen_to_events();
        } else if (strcmp(word, "begin") == 0) {
            rc = mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &open_transaction);
        } else if (strcmp(word, "read") == 0) {
            mco_cursor_t cursor;
            rc = mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &open_transaction);
            if (rc == MCO_S_OK) n = iotdevice_Sensor_idx_index_cursor(open_transaction, &cursor);
        } else if (strcmp(word, "put") == 0) {
            rc = put(open_transaction, a, 0, b);
            if (rc == MCO_S_OK) rc = mco_trans_checkpoint(open_transaction);
        } else if (strcmp(word, "commit") == 0) {
            rc = mco_trans_commit(open_transaction);
        } else if (strcmp(word, "write") == 0) {
            /* An answer for each transaction. */
            for (n = 1; n < b && rc == MCO_S_OK; ++n) {
                rc = commit(a, (n - 1) * ROWS, ROWS);
                answer(rc, n);
            }
            if (rc == MCO_S_OK) rc = commit(a, (n - 1) * ROWS, ROWS);
        } else if (strcmp(word, "count") == 0) {
            n = count(a);
        } else if (strcmp(word, "rows") == 0) {
            n = rows(iotdevice_Sensor_code);
        } else if (strcmp(word, "configs") == 0) {
            n = rows(iotdevice_Config_code);
        } else if (strcmp(word, "fill") == 0) {
            n = fill(a, &rc);
        } else if (strcmp(word, "delete") == 0) {
            mco_trans_h t = begin(db, MCO_READ_WRITE);
            OK(iotdevice_Sensor_delete_all(t));
            rc = mco_trans_commit(t);
        } else if (strcmp(word, "replicate") == 0) {
            rc = replicate(text);
        } else if (strcmp(word, "sync") == 0) {
            rc = mco_iot_replicator_sync(repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_PULL | MCO_IOT_SYNC_WAIT);
        } else if (strcmp(word, "serve") == 0) {
            n = serve();
        } else if (strcmp(word, "served") == 0) {
            WAIT_FOR((n = rows(iotserver_Sensor_code)) >= a);
        } else if (strcmp(word, "configure") == 0) {
            rc = configure(a);
        } else if (strcmp(word, "enter") == 0) {
            rc = enter(a);
        } else if (strcmp(word, "handled") == 0) {
            n = handled;
        } else if (strcmp(word, "wait") == 0) {
            rc = wait_until_released();
        } else if (strcmp(word, "close") == 0) {
            close_all();
        } else {
            FAIL("unknown: %s", line);
        }
        answer(rc, n);
    }
    OK(mco_runtime_stop());
    return 0;
}
