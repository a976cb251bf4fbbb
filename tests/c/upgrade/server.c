/* Prints its port, answers until its input ends, prints what it has. */
#include "node.h"

int main(void) {
    sample_memory_t memory;
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    int port = 0;

    sample_os_initialize(DISK);
    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    CHECK(sample_open_database(NAME, upgraded_get_dictionary(), 8 << 20, 1 << 20, 256, 4096, 20, &memory));
    CHECK(mco_db_connect(NAME, &db));
    CHECK(mco_iot_comm_create(NULL, &comm));
    CHECK(mco_iot_replicator_create(db, comm, NULL, &repl));
    CHECK(mco_iot_comm_listen(comm, "127.0.0.1:0", 0));
    CHECK(mco_iotx_comm_get_listen_port(comm, "127.0.0.1:0", &port));
    printf("%d\n", port);
    fflush(stdout);
    while (getchar() != EOF) {
    }
    print_rows(db);
    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    CHECK(mco_db_disconnect(db));
    CHECK(sample_close_database(NAME, &memory));
    CHECK(mco_runtime_stop());
    return 0;
}
