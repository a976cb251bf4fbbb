/* A program calls off its own stop and destroy, which wait for a callback, and calls them again. */
#include "node.h"

static node_t server, device;
static volatile int inside, released;
static int asked;

static int hang(mco_iot_connection_h iotc, void *context) {
    (void) iotc;
    (void) context;
    inside = 1;
    WAIT_FOR(released);
    return IOT_CALLBACK_OK;
}

/* May call everything, also what it was asked in. */
static int interrupted(void *context) {
    if (context != NULL) {
        OK(mco_iotx_interrupt_with(interrupted, NULL));
        GIVES(MCO_E_INTERRUPTED, mco_iot_comm_stop(server.comm));
    }
    ++asked;
    return 1;
}

/* Calls another end of the same while the main thread waits for it. */
static void *also(void *context) {
    (void) context;
    OK(mco_iot_comm_stop(server.comm));
    TRUE(released);
    return NULL;
}

int main(void) {
    iot_comm_callback_t callbacks;
    pthread_t other;

    OK(mco_runtime_start());
    OK(mco_iot_init());
    node_start(&server, "server", 0);
    node_start(&device, "device", 1000);
    memset(&callbacks, 0, sizeof callbacks);
    callbacks.onConnect = hang;
    OK(mco_iot_comm_register_callback(server.comm, &callbacks, &callbacks));
    OK(mco_iot_replicator_connect(device.repl, node_address, 20000, NULL));
    WAIT_FOR(inside);

    OK(mco_iotx_interrupt_with(interrupted, &server));
    GIVES(MCO_E_INTERRUPTED, mco_iot_comm_stop(server.comm));
    TRUE(asked == 2 && mco_iot_comm_is_stopped(server.comm));
    TRUE(strstr(mco_iotx_last_error(), "call again to wait for its end") != NULL);
    OK(mco_iot_replicator_stop(server.repl)); /* waits for no callback */
    GIVES(MCO_E_INTERRUPTED, mco_iot_comm_destroy(server.comm));
    GIVES(MCO_E_INTERRUPTED, mco_iot_comm_destroy(server.comm)); /* the handle is still there */
    TRUE(asked == 4);

    /* Once more for all, now to the end. */
    TRUE(pthread_create(&other, NULL, also, NULL) == 0);
    WAIT_FOR(device.disconnected);
    released = 1;
    OK(mco_iotx_interrupt_with(NULL, NULL));
    OK(mco_iot_comm_stop(server.comm));
    TRUE(pthread_join(other, NULL) == 0);
    TRUE(server.connected == 1 && server.disconnected == 1 && server.destroyed == 1);
    node_stop(&server);
    node_stop(&device);
    OK(mco_runtime_stop());
    return 0;
}
