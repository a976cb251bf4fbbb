/* The server of the weather stations. It offers each station its configuration and receives the readings; it never calls sync.
 *
 *     server --server-file address [--listen 127.0.0.1:0] [--dir DIRECTORY] [--export readings.csv]
 *
 * --server-file   is written with the address once the server listens; port 0 lets the system choose the port
 * --dir           keeps the database in this directory; without it, in memory
 * --export        writes all readings to this file at the end
 *
 * It shows how many readings it has while they come in; ctrl-C (or SIGTERM) ends it with a table of the stations. */
#include "weather.h"
#include "weatherserver.h"

#include "mcoiotx.h"

#include <string.h>

enum { LOOK_MS = 50 };

static void new_setting(mco_trans_h t, mco_iot_agent_id_t agent, uint4 id, const char *name, double value) {
    Config config;
    CHECK(Config_new(t, &config));
    CHECK(Config_agent_id_put(&config, agent));
    CHECK(Config_param_id_put(&config, id));
    CHECK(Config_name_put(&config, name, (uint2) strlen(name)));
    CHECK(Config_value_put(&config, value));
}

/* One setting for all stations, one for each alone; not again when the database has them from an earlier run. */
static void insert_configuration(mco_db_h db) {
    mco_trans_h t;
    mco_cursor_t cursor;

    CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    if (Config_by_id_index_cursor(t, &cursor) == MCO_S_CURSOR_EMPTY) {
        new_setting(t, MCO_IOT_ALL_AGENTS, CONFIG_REPORT_DAYS, "report every n days", 28);
        new_setting(t, 1000, CONFIG_ALTITUDE, "altitude of the station in feet", 433);
        new_setting(t, 1001, CONFIG_ALTITUDE, "altitude of the station in feet", 13);
    }
    CHECK(mco_trans_commit(t));
}

static unsigned long count_readings(mco_db_h db) {
    mco_trans_h t;
    mco_class_stat_t stat;

    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    CHECK(mco_class_stat_get(t, Reading_code, &stat));
    CHECK(mco_trans_commit(t));
    return (unsigned long) stat.objects_num;
}

/* Callbacks run on threads of the library, one at a time for each connection. */
static int on_connect(mco_iot_connection_h connection, void *context) {
    (void) context;
    printf("server: station %lu is here\n", (unsigned long) mco_iot_conn_get_agent_id(connection));
    fflush(stdout);
    return IOT_CALLBACK_OK;
}

static int on_disconnect(mco_iot_connection_h connection, void *context) {
    (void) context;
    printf("server: station %lu has gone\n", (unsigned long) mco_iot_conn_get_agent_id(connection));
    fflush(stdout);
    return IOT_CALLBACK_OK;
}

/* Prints the number of readings whenever it has changed, until somebody ends the program. */
static void watch(mco_db_h db) {
    unsigned long before = count_readings(db);
    mco_int8 before_ms = sample_msec();

    while (!sample_interrupted()) {
        unsigned long now;
        mco_int8 now_ms;
        sample_sleep(LOOK_MS);
        now = count_readings(db);
        now_ms = sample_msec();
        if (now != before) {
            printf("server: %6lu readings, %7.0f a second\n", now, (double) (now - before) * 1000.0 / (double) (now_ms - before_ms));
            fflush(stdout);
            before = now;
        }
        before_ms = now_ms;
    }
}

typedef struct {
    uint8 agent;
    unsigned long rows;
    mco_datetime first, last;
    double min, max, sum;
} summary_t;

static void print_summary(const summary_t *s) {
    char first[WEATHER_TIME_SIZE], last[WEATHER_TIME_SIZE];
    if (s->rows > 0) {
        printf("%8lu %7lu  %s  %s %7.1f %7.2f %7.1f\n", (unsigned long) s->agent, s->rows, weather_time(s->first, first),
               weather_time(s->last, last), s->min, s->sum / (double) s->rows, s->max);
    }
}

/* Walks over all readings in the order of the index: station by station, each by time. */
static void print_table(mco_db_h db, FILE *export_file) {
    mco_trans_h t;
    mco_cursor_t cursor;
    Reading reading;
    Reading_fixed row;
    summary_t s;
    MCO_RET rc;

    memset(&s, 0, sizeof s);
    printf("\n station    rows  first             last                 min    mean     max\n");
    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    for (rc = Reading_by_station_index_cursor(t, &cursor); rc == MCO_S_OK; rc = mco_cursor_next(t, &cursor)) {
        CHECK(Reading_from_cursor(t, &cursor, &reading));
        CHECK(Reading_fixed_get(&reading, &row));
        if (export_file != NULL) {
            fprintf(export_file, "%lu,%lu,%.17g\n", (unsigned long) row.agent_id, (unsigned long) row.ts, row.temperature);
        }
        if (s.rows == 0 || s.agent != row.agent_id) {
            print_summary(&s);
            memset(&s, 0, sizeof s);
            s.agent = row.agent_id;
            s.first = row.ts;
            s.min = s.max = row.temperature;
        }
        s.rows += 1;
        s.last = row.ts;
        s.sum += row.temperature;
        s.min = row.temperature < s.min ? row.temperature : s.min;
        s.max = row.temperature > s.max ? row.temperature : s.max;
    }
    CHECK(mco_trans_commit(t));
    print_summary(&s);
}

static void report(mco_db_h db, const char *export_path) {
    FILE *export_file = NULL;
    if (export_path != NULL) {
        export_file = fopen(export_path, "w");
        if (export_file == NULL) {
            perror(export_path);
            exit(EXIT_FAILURE);
        }
        fprintf(export_file, "agent,ts,temperature\n");
    }
    print_table(db, export_file);
    if (export_file != NULL && fclose(export_file) != 0) {
        perror(export_path);
        exit(EXIT_FAILURE);
    }
}

int main(int argc, char **argv) {
    const char *server_file = weather_required(argc, argv, "--server-file");
    const char *listen = sample_option(argc, argv, "--listen", "127.0.0.1:0");
    iot_comm_callback_t callbacks = {on_connect, NULL, NULL, on_disconnect, NULL};
    weather_db_t db;
    mco_iot_comm_h comm;
    mco_iot_replicator_h repl;
    char address[64];
    int port = 0;

    sample_catch_interrupts();
    CHECK(mco_runtime_start());
    CHECK(mco_iot_init());
    weather_open(&db, "weatherserver", weatherserver_get_dictionary(), sample_option(argc, argv, "--dir", NULL), 0);
    insert_configuration(db.connection);

    CHECK(mco_iot_comm_create(NULL, &comm));
    CHECK(mco_iot_replicator_create(db.connection, comm, NULL, &repl));
    CHECK(mco_iot_comm_register_callback(comm, &callbacks, NULL));
    CHECK(mco_iot_comm_listen(comm, listen, NULL));
    CHECK(mco_iotx_comm_get_listen_port(comm, listen, &port));
    snprintf(address, sizeof address, "127.0.0.1:%d\n", port);
    weather_write_file(server_file, address);
    printf("server: listening on %s", address);
    fflush(stdout);

    watch(db.connection);
    report(db.connection, sample_option(argc, argv, "--export", NULL));

    CHECK(mco_iot_replicator_stop(repl));
    CHECK(mco_iot_comm_stop(comm));
    CHECK(mco_iot_replicator_destroy(repl));
    CHECK(mco_iot_comm_destroy(comm));
    weather_close(&db);
    CHECK(mco_runtime_stop());
    return 0;
}
