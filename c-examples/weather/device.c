/* A weather station: puts the readings of a file into its database, a day in one transaction, and brings them to the server.
 *
 *     device --agent 1000 --csv seattle-temps.csv --server-file address
 *            [--dir DIRECTORY] [--offline-days 30] [--exchange-days 28]
 *
 * --server-file   holds the address of the server; read again at each attempt, as the server may have moved
 * --dir           keeps the database in this directory; without it, in memory
 * --offline-days  so many days are collected before the first connection
 * --exchange-days so many days are collected between two exchanges with the server
 *
 * The server may be away, restart, or drop the connection at any time; the station keeps its readings and tries again. */
#include "weather.h"
#include "weatherdevice.h"

#include <string.h>

enum { HOURS = 3600, DAY = 24 * HOURS, RETRY_MS = 100, ATTEMPTS = 600, CONNECT_MS = 5000 };

typedef struct {
    mco_iot_agent_id_t agent;
    const char *server_file;
    weather_db_t db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    int connects;
} station_t;

/* The one Progress object, made when it is not there yet. */
static uint4 open_progress(mco_trans_h t, Progress *progress) {
    mco_cursor_t cursor;
    uint4 lines = 0;

    if (Progress_list_cursor(t, &cursor) == MCO_S_OK) {
        CHECK(Progress_from_cursor(t, &cursor, progress));
        CHECK(Progress_lines_get(progress, &lines));
    } else {
        CHECK(Progress_new(t, progress));
    }
    return lines;
}

static uint4 lines_stored(station_t *station) {
    mco_trans_h t;
    Progress progress;
    uint4 lines;

    CHECK(mco_trans_start(station->db.connection, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    lines = open_progress(t, &progress);
    CHECK(mco_trans_commit(t));
    return lines;
}

/* Inserts the readings of one day, beginning at line `from`, and gives the line after them. */
static uint4 insert_day(station_t *station, const weather_line_t *lines, size_t n, uint4 from) {
    mco_trans_h t;
    Reading reading;
    Progress progress;
    mco_datetime day = lines[from].ts / DAY;
    uint4 i;

    CHECK(mco_trans_start(station->db.connection, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    for (i = from; i < n && lines[i].ts / DAY == day; ++i) {
        CHECK(Reading_new(t, &reading));
        CHECK(Reading_ts_put(&reading, lines[i].ts));
        CHECK(Reading_temperature_put(&reading, lines[i].temperature));
    }
    open_progress(t, &progress);
    CHECK(Progress_lines_put(&progress, i));
    CHECK(mco_trans_commit(t));
    return i;
}

/* First line of the file with the address, or "" while the server is not there. */
static void read_address(const char *path, char *address, size_t size) {
    FILE *file = fopen(path, "r");
    address[0] = '\0';
    if (file == NULL) {
        return;
    }
    if (fgets(address, (int) size, file) == NULL) {
        address[0] = '\0';
    }
    fclose(file);
    address[strcspn(address, "\r\n")] = '\0';
}

/* Tries until the server answers. */
static void connect_to_server(station_t *station) {
    char address[128];
    MCO_RET rc = MCO_E_IOT_AGENT_NOT_FOUND;
    int attempt;

    for (attempt = 0; attempt < ATTEMPTS && !sample_interrupted(); ++attempt) {
        read_address(station->server_file, address, sizeof address);
        if (address[0] != '\0') {
            rc = mco_iot_replicator_connect(station->repl, address, CONNECT_MS, NULL);
            if (rc == MCO_S_OK) {
                station->connects += 1;
                return;
            }
        }
        sample_sleep(RETRY_MS);
    }
    fprintf(stderr, "%lu: the server in '%s' does not answer: %d %s\n", (unsigned long) station->agent, station->server_file, (int) rc,
            mco_strerror(rc));
    exit(EXIT_FAILURE);
}

/* Sends what is new, fetches what is new, then clears what the server has confirmed. A lost connection loses nothing: the rows
 * that are not confirmed are still here and go again. */
static void exchange(station_t *station) {
    const int flags = MCO_IOT_SYNC_PUSH | MCO_IOT_SYNC_PULL | MCO_IOT_SYNC_WAIT;
    MCO_RET rc = MCO_S_OK;
    int attempt;

    for (attempt = 0; attempt < ATTEMPTS; ++attempt) {
        rc = mco_iot_replicator_sync(station->repl, MCO_IOT_SERVER_AGENT_ID, flags);
        if (rc == MCO_S_OK || rc == MCO_S_IOT_NO_NEW_DATA) {
            CHECK(mco_iot_replicator_clear(station->repl, MCO_IOT_SERVER_AGENT_ID));
            return;
        }
        connect_to_server(station);
    }
    fprintf(stderr, "%lu: gave up sending: %d %s\n", (unsigned long) station->agent, (int) rc, mco_strerror(rc));
    exit(EXIT_FAILURE);
}

static unsigned long readings_left(station_t *station) {
    mco_trans_h t;
    mco_class_stat_t stat;

    CHECK(mco_trans_start(station->db.connection, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    CHECK(mco_class_stat_get(t, Reading_code, &stat));
    CHECK(mco_trans_commit(t));
    return (unsigned long) stat.objects_num;
}

static void print_configuration(station_t *station) {
    mco_trans_h t;
    mco_cursor_t cursor;
    Config config;
    MCO_RET rc;

    CHECK(mco_trans_start(station->db.connection, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    for (rc = Config_by_id_index_cursor(t, &cursor); rc == MCO_S_OK; rc = mco_cursor_next(t, &cursor)) {
        Config_fixed row;
        char name[64];
        uint2 length;
        CHECK(Config_from_cursor(t, &cursor, &config));
        CHECK(Config_fixed_get(&config, &row));
        CHECK(Config_name_get(&config, name, sizeof name, &length));
        printf("%lu: config %u %.*s = %g\n", (unsigned long) station->agent, (unsigned) row.param_id, (int) length, name, row.value);
    }
    CHECK(mco_trans_commit(t));
}

static void run(station_t *station, const weather_line_t *lines, size_t n, unsigned offline_days, unsigned exchange_days) {
    uint4 at = lines_stored(station);
    unsigned day;

    if (at > 0) {
        printf("%lu: goes on at line %u\n", (unsigned long) station->agent, (unsigned) at);
    }
    for (day = 0; at < n && day < offline_days; ++day) {
        at = insert_day(station, lines, n, at);
    }
    printf("%lu: %u readings before the first connection\n", (unsigned long) station->agent, (unsigned) at);
    fflush(stdout);

    connect_to_server(station);
    for (day = 0; at < n && !sample_interrupted(); ++day) {
        at = insert_day(station, lines, n, at);
        if ((day + 1) % exchange_days == 0) {
            exchange(station);
            printf("%lu: %u readings\n", (unsigned long) station->agent, (unsigned) at);
            fflush(stdout);
        }
    }
    exchange(station);
}

int main(int argc, char **argv) {
    station_t station;
    size_t n;
    weather_line_t *lines = weather_read_csv(weather_required(argc, argv, "--csv"), &n);
    const char *dir = sample_option(argc, argv, "--dir", NULL);
    unsigned offline_days = weather_number(argc, argv, "--offline-days", 0, "30");
    unsigned exchange_days = weather_number(argc, argv, "--exchange-days", 1, "28");

    memset(&station, 0, sizeof station);
    station.agent = strtoull(weather_required(argc, argv, "--agent"), NULL, 10);
    station.server_file = weather_required(argc, argv, "--server-file");
    sample_catch_interrupts();

    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    weather_open(&station.db, "weatherdevice", weatherdevice_get_dictionary(), dir, station.agent);
    CHECK(mco_iot_comm_create(NULL, &station.comm));
    CHECK(mco_iot_replicator_create(station.db.connection, station.comm, NULL, &station.repl));

    run(&station, lines, n, offline_days, exchange_days);
    print_configuration(&station);
    printf("%lu: sent all %lu readings over %d connection(s), %lu left here\n", (unsigned long) station.agent, (unsigned long) n,
           station.connects, readings_left(&station));

    CHECK(mco_iot_replicator_stop(station.repl));
    CHECK(mco_iot_comm_stop(station.comm));
    CHECK(mco_iot_replicator_destroy(station.repl));
    CHECK(mco_iot_comm_destroy(station.comm));
    weather_close(&station.db);
    CHECK(mco_runtime_stop());
    free(lines);
    return 0;
}
