/* Sockets in the file system, and a stranger that speaks nonsense: closed and traced. */
#include "node.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile int traced, modules;

static void on_trace(int level, int module, const char *text) {
    TRUE(level >= 0 && level <= 6);
    if (strlen(text) > 0) {
        __sync_fetch_and_add(&traced, 1);
        if (module == MCO_TRACE_NETWORK || module == MCO_TRACE_IOT) __sync_fetch_and_add(&modules, 1);
    }
}

static void stranger(void) {
    struct sockaddr_in address;
    char answer[4096];
    int sock = socket(AF_INET, SOCK_STREAM, 0);

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((unsigned short) atoi(strchr(node_address, ':') + 1));
    TRUE(connect(sock, (struct sockaddr *) &address, sizeof address) == 0);
    TRUE(send(sock, "GET / HTTP/1.0\r\n\r\n and so on, for longer than a header", 52, MSG_NOSIGNAL) == 52);
    while (recv(sock, answer, sizeof answer, 0) > 0) {
    }
    close(sock);
}

int main(void) {
    char directory[] = "/tmp/mcoiot-XXXXXX";
    char path[64];
    node_t server, device;
    mco_sock_params_t local;

    TRUE(mkdtemp(directory) != NULL);
    mco_trace_set_handler(on_trace);
    mco_trace_set_level(6);
    OK(mco_runtime_start());
    OK(mco_iot_init());
    node_start(&server, "server", 0);
    OK(mco_iot_comm_unregister_callback(server.comm, &server)); /* it expects internet addresses */
    node_start(&device, "device", 1000);
    OK(mco_iot_comm_unregister_callback(device.comm, &device));

    mco_unix_socket_dir = directory;
    mco_socket_params_init(&local);
    local.domain = MCO_SOCK_LOCAL_DOMAIN;
    OK(mco_iot_comm_listen(server.comm, "7", &local));
    sprintf(path, "%s/mco7.sock", directory);
    TRUE(access(path, F_OK) == 0);
    OK(mco_iot_replicator_connect(device.repl, "7", 20000, &local));
    sensors_add(&device, 0, 3);
    OK(mco_iot_replicator_sync(device.repl, MCO_IOT_SERVER_AGENT_ID, SYNC_ALL));
    TRUE(rows(server.db, iotserver_Sensor_code) == 3);

    modules = 0;
    stranger();
    WAIT_FOR(traced > 0 && modules > 0);
    mco_trace_set_handler(NULL);
    node_stop(&device);
    node_stop(&server);
    TRUE(access(path, F_OK) != 0);
    TRUE(rmdir(directory) == 0);
    OK(mco_runtime_stop());
    return 0;
}
