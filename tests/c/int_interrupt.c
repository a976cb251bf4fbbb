/* A program calls off its own calls that wait. */
#include "node.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

static node_t server, device;

typedef struct {
    int asked, wanted; /* how often it was asked; at which time it gives up */
    mco_db_h waiting;  /* the connection that waits in mco_trans_start */
    int inside;        /* it asks by itself */
} asked_t;

/* Nothing of the library is locked meanwhile: even the connection that waits may be looked at. */
static int interrupted(void *context) {
    asked_t *asked = (asked_t *) context;
    mco_trans_h t;

    if (asked->inside) {
        return 0;
    }
    asked->inside = 1;
    if (asked->waiting != NULL) {
        t = begin(asked->waiting, MCO_READ_ONLY);
        OK(mco_trans_rollback(t));
    }
    OK(mco_iot_replicator_clear(device.repl, 7));
    asked->inside = 0;
    return ++asked->asked == asked->wanted;
}

/* Nobody else can write to either database. */
static void *hold(void *arg) {
    volatile int *held = (volatile int *) arg;
    mco_db_h db[2];
    mco_trans_h t[2];
    int i;

    OK(mco_db_connect("server", &db[0]));
    OK(mco_db_connect("device", &db[1]));
    for (i = 0; i < 2; ++i) t[i] = begin(db[i], MCO_READ_WRITE);
    *held = 1;
    WAIT_FOR(*held == 2);
    for (i = 0; i < 2; ++i) {
        OK(mco_trans_rollback(t[i]));
        OK(mco_db_disconnect(db[i]));
    }
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
    asked_t asked = {0, 2, NULL, 0};
    volatile int held = 0;
    int listener;
    char address[32];
    pthread_t holder;
    mco_trans_h t;

    OK(mco_runtime_start());
    OK(mco_iot_init());
    extra_connections = 1;
    node_start(&server, "server", 0);
    node_start(&device, "device", 1000);
    OK(mco_iot_replicator_connect(device.repl, node_address, 20000, NULL));
    sensors_add(&device, 0, 1);
    OK(mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL)); /* for clear */
    sensors_add(&device, 1, 2);
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
    GIVES(MCO_E_INTERRUPTED, mco_iot_replicator_clear(device.repl, MCO_IOT_SERVER_AGENT_ID));
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
