/* The acknowledging server of `make bench`: `bench-server PLACE` prints its port and runs until its standard input ends. */
#define _POSIX_C_SOURCE 200809L

#include "common.h"
#include "iotserver.h"
#include "mcoiot.h"
#include "mcoiotx.h"

#include <string.h>
#include <unistd.h>

static const mco_size_t SIZE = (mco_size_t) 1 << 30; /* only a limit: it is not touched */

int main(int argc, char **argv) {
    sample_memory_t memory;
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    int port = 0;

    if (argc < 2) {
        fprintf(stderr, "see the head of benches/server.c\n");
        return 2;
    }
    if (strcmp(argv[1], "memory") != 0) {
        sample_os_initialize(DISK);
        if (chdir(argv[1]) != 0) {
            perror(argv[1]);
            return 1;
        }
    }
    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    CHECK(sample_open_database("server", iotserver_get_dictionary(), SIZE, SIZE, 256, 4096, 20, &memory));
    CHECK(mco_db_connect("server", &db));
    CHECK(mco_iot_comm_create(NULL, &comm));
    CHECK(mco_iot_replicator_create(db, comm, NULL, &repl));
    CHECK(mco_iot_comm_listen(comm, "127.0.0.1:0", NULL));
    CHECK(mco_iotx_comm_get_listen_port(comm, "127.0.0.1:0", &port));
    printf("%d\n", port);
    fflush(stdout);

    while (getchar() != EOF) {
    }

    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    CHECK(mco_db_disconnect(db));
    CHECK(sample_close_database("server", &memory));
    CHECK(mco_runtime_stop());
    return 0;
}
