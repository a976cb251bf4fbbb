/* A thousand replicators, one after the other, each connected and with a communicator of its own, leave no memory behind. */
#include "node.h"

#include <malloc.h>
#include <unistd.h>

enum { FEW = 100, MANY = 1000, SMALLEST = 32 /* bytes that any piece of memory takes */ };

/* Bytes in use. */
static size_t used(void) {
#if defined __GLIBC__ && __GLIBC_PREREQ(2, 33)
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}

/* Starts the program anew without the memory that glibc keeps for each thread when it is freed, which would count as used. */
static void without_caches(char **argv) {
    if (getenv("GLIBC_TUNABLES") == NULL) {
        TRUE(setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 1) == 0);
        TRUE(setenv("MALLOC_ARENA_MAX", "1", 1) == 0); /* mallinfo2 looks at the first one */
        execv("/proc/self/exe", argv);
        FAIL("the program cannot be started anew");
    }
}

static void once(const node_t *server, node_t *device, int number) {
    iot_comm_callback_t callbacks = {node_connect, node_receive, node_ack, node_disconnect, node_destroy};
    MCO_RET rc;

    OK(mco_iot_comm_create(NULL, &device->comm));
    OK(mco_iot_replicator_create(device->db, device->comm, NULL, &device->repl));
    OK(mco_iot_comm_register_callback(device->comm, &callbacks, device));
    OK(mco_iot_replicator_connect(device->repl, node_address, MCO_TM_INFINITE, NULL));
    if (number < FEW / 2) sensors_add(device, (uint4) number, 1);
    rc = mco_iot_replicator_sync(device->repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL);
    TRUE(rc == MCO_S_OK || rc == MCO_S_IOT_NO_NEW_DATA);
    OK(mco_iot_replicator_clear(device->repl, MCO_IOT_SERVER_AGENT_ID));
    OK(mco_iot_comm_stop(device->comm)); /* the last callbacks, which look at the replicator */
    OK(mco_iot_replicator_destroy(device->repl));
    OK(mco_iot_comm_destroy(device->comm));
    WAIT_FOR(device->destroyed == number + 1 && server->destroyed == number + 1);
}

int main(int argc, char **argv) {
    static node_t server, device;
    size_t before = 0, after;
    int number;

    (void) argc;
    without_caches(argv);
    OK(mco_runtime_start());
    OK(mco_iot_init());
    node_start(&server, "server", 0);
    node_start(&device, "device", 1000);
    OK(mco_iot_replicator_destroy(device.repl));
    OK(mco_iot_comm_destroy(device.comm));
    for (number = 0; number < MANY; ++number) {
        if (number == FEW) before = used();
        once(&server, &device, number);
    }
    after = used();
    if (after > before + (size_t) (MANY - FEW) * SMALLEST / 2) {
        FAIL("%lu bytes are in use, %lu were", (unsigned long) after, (unsigned long) before);
    }
    OK(mco_db_disconnect(device.db));
    OK(mco_db_close("device"));
    node_stop(&server);
    OK(mco_runtime_stop());
    return 0;
}
