/* Codes that take an effort to provoke: full and damaged files, long keys, peers that are silent, hostile or of the wrong kind. */
#include "node.h"

#include "kinds.h"
#include "mcogen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static MCO_RET open_file(const char *path, mco_db_params_t *params) {
    static char memory[64];
    mco_device_t devices[2];

    memset(devices, 0xEE, sizeof devices);
    devices[0].type = MCO_MEMORY_CONV;
    devices[0].assignment = MCO_MEMORY_ASSIGN_DATABASE;
    devices[0].size = 1 << 20;
    devices[0].dev.conv.ptr = memory;
    devices[1].type = MCO_MEMORY_FILE;
    devices[1].assignment = MCO_MEMORY_ASSIGN_PERSISTENT;
    devices[1].dev.file.flags = MCO_FILE_OPEN_DEFAULT;
    strcpy(devices[1].dev.file.name, path);
    return mco_db_open_dev("file", iotdevice_get_dictionary(), devices, 2, params);
}

static void full_and_damaged_files(void) {
    mco_db_params_t params;
    mco_db_h db;
    MCO_RET rc = MCO_S_OK;
    FILE *file;
    uint4 n, i;

    unlink("full.dbs");
    mco_db_params_init(&params);
    params.disk_max_database_size = 512 << 10;
    OK(open_file("full.dbs", &params));
    OK(mco_db_connect("file", &db));
    for (n = 0; rc == MCO_S_OK && n < 1000; ++n) {
        mco_trans_h t = begin(db, MCO_READ_WRITE);
        for (i = 0; rc == MCO_S_OK && i < 100; ++i) {
            iotdevice_Sensor sensor;
            rc = iotdevice_Sensor_new(t, &sensor);
            if (rc == MCO_S_OK) rc = iotdevice_Sensor_sensorId_put(&sensor, n * 100 + i);
            if (rc == MCO_S_OK) rc = iotdevice_Sensor_checkpoint(&sensor);
        }
        if (rc == MCO_S_OK) {
            rc = mco_trans_commit(t);
        } else {
            OK(mco_trans_rollback(t));
        }
    }
    TRUE(rc == MCO_E_DISK_SPACE_EXHAUSTED && n > 5 && n < 1000);
    OK(mco_db_clean(db)); /* deleting works at the limit */
    TRUE(rows(db, iotdevice_Sensor_code) == 0);
    OK(mco_db_disconnect(db));
    OK(mco_db_close("file"));

    file = fopen("full.dbs", "r+b");
    TRUE(file != NULL && fseek(file, 4096, SEEK_SET) == 0);
    for (i = 0; i < 40000; ++i) {
        fputc(0xA5, file);
    }
    fclose(file);
    params.mode_mask = MCO_DB_USE_CRC_CHECK;
    GIVES(MCO_E_DISK_CRC_MISMATCH, open_file("full.dbs", &params));
    unlink("full.dbs");
}

static void keys_and_dictionaries(void) {
    static const char *const lines[] = {"class {", "x"};
    static const struct mco_dictionary_t_ other = {MCO_GEN_MAGIC, MCO_GEN_INTERFACE + 1, 2, lines};
    static const struct mco_dictionary_t_ wrong = {MCO_GEN_MAGIC, MCO_GEN_INTERFACE, 2, lines};
    static char text[5000];
    mco_db_h db;
    mco_trans_h t;
    Item item;

    GIVES(MCO_E_DDL_MCOCOMP_INCOMPATIBILITY, open_memory("kinds", (mco_dictionary_h) &other, 1 << 20, NULL));
    GIVES(MCO_E_SCHEMA_ERROR, open_memory("kinds", (mco_dictionary_h) &wrong, 1 << 20, NULL));
    OK(open_memory("kinds", kinds_get_dictionary(), 4 << 20, NULL));
    OK(mco_db_connect("kinds", &db));
    t = begin(db, MCO_READ_WRITE);
    OK(Item_new(t, &item));
    memset(text, 'k', sizeof text);
    OK(Item_s_put(&item, text, sizeof text)); /* as a value it is fine */
    GIVES(MCO_E_KEY_TOO_LONG, Item_checkpoint(&item));
    GIVES(MCO_E_KEY_TOO_LONG, mco_trans_commit(t));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("kinds"));
}

/* A listener that is none of ours; gives its socket and writes its address. */
static int other_listener(char *address) {
    struct sockaddr_in any;
    socklen_t size = sizeof any;
    int sock = socket(AF_INET, SOCK_STREAM, 0);

    memset(&any, 0, sizeof any);
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    TRUE(bind(sock, (struct sockaddr *) &any, sizeof any) == 0 && listen(sock, 5) == 0);
    TRUE(getsockname(sock, (struct sockaddr *) &any, &size) == 0);
    sprintf(address, "127.0.0.1:%d", ntohs(any.sin_port));
    return sock;
}

static void *talk_nonsense(void *arg) {
    char bytes[4096];
    int sock = accept(*(int *) arg, NULL, NULL);
    TRUE(send(sock, "SSH-2.0-OpenSSH_9.2 and more than a frame's header takes", 56, MSG_NOSIGNAL) == 56);
    while (recv(sock, bytes, sizeof bytes, 0) > 0) {
    }
    close(sock);
    return NULL;
}

static void strange_peers(void) {
    node_t server, second, device, other;
    char address[32];
    pthread_t thread;
    int sock;

    node_start(&server, "server", 0);
    node_start(&second, "second", 0);
    node_start(&device, "device", 1000);
    node_start(&other, "other", 1001);
    GIVES(MCO_E_IOT_INCOMPATIBLE_MODE, mco_iot_replicator_connect(server.repl, node_address, 5000, NULL));
    OK(mco_iot_comm_listen(other.comm, "127.0.0.1:0", NULL));
    OK(mco_iotx_comm_get_listen_port(other.comm, "127.0.0.1:0", &sock));
    sprintf(address, "127.0.0.1:%d", sock);
    GIVES(MCO_E_IOT_INCOMPATIBLE_MODE, mco_iot_replicator_connect(device.repl, address, 5000, NULL));

    sock = other_listener(address);
    GIVES(MCO_E_NW_TIMEOUT, mco_iot_replicator_connect(device.repl, address, 100, NULL)); /* nobody accepts */
    close(sock);
    sock = other_listener(address);
    TRUE(pthread_create(&thread, NULL, talk_nonsense, &sock) == 0);
    GIVES(MCO_E_IOT_PROTOCOLERR, mco_iot_replicator_connect(device.repl, address, 5000, NULL));
    TRUE(pthread_join(thread, NULL) == 0);
    close(sock);
    node_stop(&other);
    node_stop(&device);
    node_stop(&second);
    node_stop(&server);
}

static void limits_of_waiting(void) {
    mco_iot_replicator_params_t params;
    mco_db_params_t db_params;
    node_t server;
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    mco_trans_h t, writer;
    iotdevice_Sensor sensor;

    node_start(&server, "server", 0);
    mco_db_params_init(&db_params);
    db_params.db_max_connections = 1;
    OK(open_memory("device", iotdevice_get_dictionary(), 1 << 20, &db_params));
    OK(mco_db_connect("device", &db));
    OK(mco_iot_comm_create(NULL, &comm));
    GIVES(MCO_E_SESLIMIT, mco_iot_replicator_create(db, comm, NULL, &repl));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("device"));

    OK(open_memory("device", iotdevice_get_dictionary(), 1 << 20, NULL));
    OK(mco_db_connect("device", &db));
    mco_iot_replicator_params_init(&params);
    params.wait_timeout = 100;
    OK(mco_iot_replicator_create(db, comm, &params, &repl));
    OK(mco_iot_replicator_connect(repl, node_address, 20000, NULL));
    t = begin(db, MCO_READ_WRITE);
    OK(iotdevice_Sensor_new(t, &sensor));
    OK(mco_trans_commit(t));
    writer = begin(server.db, MCO_READ_WRITE); /* the server cannot store */
    GIVES(MCO_E_IOT_TIMEOUT, mco_iot_replicator_sync(repl, MCO_IOT_SERVER_AGENT_ID, MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_WAIT));
    OK(mco_trans_commit(writer));
    WAIT_FOR(rows(server.db, iotserver_Sensor_code) == 1);
    OK(mco_iot_replicator_stop(repl));
    OK(mco_iot_comm_stop(comm));
    OK(mco_iot_replicator_destroy(repl));
    OK(mco_iot_comm_destroy(comm));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("device"));
    node_stop(&server);
}

int main(void) {
    OK(mco_runtime_start());
    OK(mco_iot_init());
    full_and_damaged_files();
    keys_and_dictionaries();
    strange_peers();
    limits_of_waiting();
    OK(mco_runtime_stop());
    return 0;
}
