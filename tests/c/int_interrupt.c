/* A program calls off its own calls that wait. */
#include "node.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

static node_t server, device;

typedef struct {
    int asked, wanted; /* how often it was asked; at which time it gives up */
    mco_db_h waiting;  /* the connection that waits in mco_trans_start */
} asked_t;

/* Nothing of the library is locked meanwhile: even the connection that waits may be looked at. */
static int interrupted(void *context) {
    asked_t *asked = (asked_t *) context;
    mco_trans_h t;

    if (asked->waiting != NULL) {
        t = begin(asked->waiting, MCO_READ_ONLY);
        OK(mco_trans_rollback(t));
    }
    OK(mco_iot_replicator_clear(device.repl, 7));
    return ++asked->asked == asked->wanted;
}

static void *hold(void *arg) {
    volatile int *held = (volatile int *) arg;
    mco_db_h db;
    mco_trans_h t;

    OK(mco_db_connect("server", &db));
    t = begin(db, MCO_READ_WRITE);
    *held = 1;
    WAIT_FOR(*held == 2);
    OK(mco_trans_rollback(t));
    OK(mco_db_disconnect(db));
    return NULL;
}

/* An address at which nobody answers. */
static int silent(char *address) {
    struct sockaddr_in where;
    socklen_t size = sizeof where;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    memset(&where, 0, sizeof where);
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    TRUE(bind(listener, (struct sockaddr *) &where, size) == 0 && listen(listener, 5) == 0);
    TRUE(getsockname(listener, (struct sockaddr *) &where, &size) == 0);
    sprintf(address, "127.0.0.1:%d", ntohs(where.sin_port));
    return listener;
}

int main(void) {
    asked_t asked = {0, 2, NULL};
    volatile int held = 0;
    int listener;
    char address[32];
    pthread_t holder;
    mco_trans_h t;

    OK(mco_runtime_start());
    OK(mco_iot_init());
    node_start(&server, "server", 0);
    node_start(&device, "device", 1000);
    OK(mco_iot_replicator_connect(device.repl, node_address, 20000, NULL));
    sensors_add(&device, 0, 3);
    TRUE(pthread_create(&holder, NULL, hold, (void *) &held) == 0);
    WAIT_FOR(held == 1);

    OK(mco_iotx_interrupt_with(interrupted, &asked));
    asked.waiting = server.db;
    GIVES(MCO_E_INTERRUPTED, mco_trans_start(server.db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    TRUE(asked.asked == 2);
    asked.asked = 0;
    asked.waiting = NULL;
    GIVES(MCO_E_INTERRUPTED, mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL));
    TRUE(asked.asked == 2);
    asked.asked = 0;
    listener = silent(address);
    GIVES(MCO_E_INTERRUPTED, mco_iot_replicator_connect(device.repl, address, MCO_TM_INFINITE, NULL));
    TRUE(asked.asked == 2);
    close(listener);

    /* Nothing is left of them. */
    held = 2;
    TRUE(pthread_join(holder, NULL) == 0);
    t = begin(server.db, MCO_READ_WRITE);
    OK(mco_trans_rollback(t));
    OK(mco_iotx_interrupt_with(NULL, NULL));
    {
        MCO_RET rc = mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL);
        TRUE(rc == MCO_S_OK || rc == MCO_S_IOT_NO_NEW_DATA); /* the rows may have come meanwhile */
    }
    TRUE(rows(server.db, iotserver_Sensor_code) == 3);
    node_stop(&device);
    node_stop(&server);
    OK(mco_runtime_stop());
    return 0;
}
