/* The router of the tree: connects to the node above, listens for those below, and has nothing else to do. Rows pass by themselves.
 * Usage: tree-router [address of the server] [address to listen on], 15000 and 15001 unless given; ctrl-C ends it. */
#include "common.h"
#include "mcoiot.h"
#include "mcoiotx.h"
#include "treerouter.h"

#define SIZE (8 * 1024 * 1024)

/* Returns when the node above is there: who is below may then reach the server at once. */
static void wait_for_server(mco_iot_comm_h comm) {
    mco_iot_connection_h connection;

    while ((connection = mco_iot_comm_find_conn(comm, MCO_IOT_SERVER_AGENT_ID)) == NULL && !sample_interrupted()) {
        sample_sleep(10);
    }
    if (connection != NULL) {
        CHECK(mco_iot_conn_release(connection));
    }
}

int main(int argc, char **argv) {
    const char *server = argc > 1 ? argv[1] : "127.0.0.1:15000";
    const char *address = argc > 2 ? argv[2] : "15001";
    sample_memory_t memory;
    mco_db_h db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    int port = 0;

    sample_catch_interrupts();
    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    CHECK(sample_open_database("router", treerouter_get_dictionary(), SIZE, SIZE, 256, 4096, 20, &memory));
    CHECK(mco_db_connect("router", &db));

    CHECK(mco_iot_comm_create(NULL, &comm));
    CHECK(mco_iot_replicator_create(db, comm, NULL, &repl));
    CHECK(mco_iot_comm_connect_async(comm, server, 2000, 0, 500, NULL)); /* and again whenever the connection is lost */
    wait_for_server(comm);
    CHECK(mco_iot_comm_listen(comm, address, NULL));
    CHECK(mco_iotx_comm_get_listen_port(comm, address, &port));
    printf("router: the server is here, listening on port %d\n", port);
    fflush(stdout);

    while (!sample_interrupted()) {
        sample_sleep(100);
    }

    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    CHECK(mco_db_disconnect(db));
    CHECK(sample_close_database("router", &memory));
    CHECK(mco_runtime_stop());
    return 0;
}
