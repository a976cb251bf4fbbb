#define _POSIX_C_SOURCE 200809L

#include "common.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int os_flags = DEFAULT;
static volatile sig_atomic_t interrupted = 0;

void sample_errhandler(MCO_RET rc) {
    fprintf(stderr, "fatal error %d: %s\n", (int) rc, mco_strerror(rc));
    exit(EXIT_FAILURE);
}

int sample_rc_check(const char *msg, MCO_RET rc) {
    printf("%s: %d %s\n", msg, (int) rc, mco_strerror(rc));
    return rc == MCO_S_OK;
}

const char *mco_ret_string(MCO_RET rc, int *is_error) {
    if (is_error != NULL) {
        *is_error = rc >= MCO_E_CORE && (int) rc != 1208; /* 1208: nothing new to replicate, a status */
    }
    return mco_strerror(rc);
}

void sample_pause(const char *prompt) {
    int key;
    if (!isatty(STDIN_FILENO)) {
        return;
    }
    printf("%s", prompt);
    fflush(stdout);
    do {
        key = getchar();
    } while (key != '\n' && key != EOF);
}

void sample_pause_end(const char *prompt) {
    sample_pause(prompt);
}

void sample_header(const char *text) {
    printf("%s\n\n", text);
}

mco_int8 sample_msec(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (mco_int8) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void sample_sleep(unsigned ms) {
    struct timespec pause;
    pause.tv_sec = (time_t) (ms / 1000);
    pause.tv_nsec = (long) (ms % 1000) * 1000000L;
    nanosleep(&pause, NULL); /* a signal may end it early, as ctrl-C should */
}

void sample_os_initialize(int flags) {
    os_flags = flags;
}

void sample_os_shutdown(void) {
}

void sample_show_runtime_info(const char *lead_line) {
    mco_runtime_info_t info;
    mco_get_runtime_info(&info);
    printf("%s\n", lead_line);
    printf("    version             %d.%d\n", info.mco_version_major, info.mco_version_minor);
    printf("    replication         %s\n", info.iot_supported ? "yes" : "no");
    printf("    databases on disk   %s\n", info.disk_supported ? "yes" : "no");
    printf("    events              %s\n", info.events_supported ? "yes" : "no");
}

void sample_show_device_info(const char *lead_line, const mco_device_t *devices, int n_devices) {
    int i;
    printf("%s\n", lead_line);
    for (i = 0; i < n_devices; ++i) {
        switch (devices[i].type) {
        case MCO_MEMORY_CONV:
            printf("    %d: memory, %lu bytes\n", i, (unsigned long) devices[i].size);
            break;
        case MCO_MEMORY_NAMED:
            printf("    %d: shared memory '%s', %lu bytes\n", i, devices[i].dev.named.name, (unsigned long) devices[i].size);
            break;
        case MCO_MEMORY_FILE:
            printf("    %d: file '%s'\n", i, devices[i].dev.file.name);
            break;
        default:
            printf("    %d: type %u\n", i, devices[i].type);
            break;
        }
    }
}

static void memory_device(mco_device_t *device, unsigned assignment, void *memory, mco_size_t size) {
    device->type = MCO_MEMORY_CONV;
    device->assignment = assignment;
    device->size = size;
    device->dev.conv.ptr = memory;
    device->dev.conv.flags = 0;
}

static void file_device(mco_device_t *device, unsigned assignment, const char *db_name, const char *ending) {
    device->type = MCO_MEMORY_FILE;
    device->assignment = assignment;
    device->size = 0;
    device->dev.file.flags = MCO_FILE_OPEN_DEFAULT;
    snprintf(device->dev.file.name, sizeof device->dev.file.name, "%s.%s", db_name, ending);
}

MCO_RET sample_open_database(const char *db_name, mco_dictionary_h dict, mco_size_t db_sz, mco_size_t cache_sz, uint2 mem_pg_sz,
                             uint4 pstorage_pg_sz, uint2 max_conn, sample_memory_t *memory) {
    mco_db_params_t params;
    mco_device_t devices[4];
    mco_size_t n_devices = 1;
    MCO_RET rc;

    memory->cache = NULL;
    memory->db = malloc(db_sz);
    if (memory->db == NULL) {
        return MCO_E_NOMEM;
    }
    memory_device(&devices[0], MCO_MEMORY_ASSIGN_DATABASE, memory->db, db_sz);

    if (os_flags & DISK) {
        memory->cache = malloc(cache_sz);
        if (memory->cache == NULL) {
            free(memory->db);
            memory->db = NULL;
            return MCO_E_NOMEM;
        }
        memory_device(&devices[1], MCO_MEMORY_ASSIGN_CACHE, memory->cache, cache_sz);
        file_device(&devices[2], MCO_MEMORY_ASSIGN_PERSISTENT, db_name, "dbs");
        file_device(&devices[3], MCO_MEMORY_ASSIGN_LOG, db_name, "log");
        n_devices = 4;
    }

    mco_db_params_init(&params);
    params.mem_page_size = mem_pg_sz;
    params.disk_page_size = (os_flags & DISK) ? pstorage_pg_sz : 0;
    params.db_max_connections = max_conn;
    rc = mco_db_open_dev(db_name, dict, devices, n_devices, &params);
    if (rc != MCO_S_OK) {
        free(memory->db);
        free(memory->cache);
        memory->db = memory->cache = NULL;
    }
    return rc;
}

MCO_RET sample_close_database(const char *db_name, sample_memory_t *memory) {
    MCO_RET rc = mco_db_close(db_name);
    if (rc == MCO_S_OK) {
        free(memory->db);
        free(memory->cache);
        memory->db = memory->cache = NULL;
    }
    return rc;
}

static void *run_task(void *param) {
    sample_task_t *task = (sample_task_t *) param;
    CHECK(mco_db_connect(task->db_name, &task->db));
    task->function(task);
    CHECK(mco_db_disconnect(task->db));
    return NULL;
}

int sample_start_task(sample_task_t *task, void (*function)(sample_task_t *), const char *db_name, void *param) {
    memset(task, 0, sizeof *task);
    task->function = function;
    task->db_name = db_name;
    task->param = param;
    return pthread_create(&task->thread, NULL, run_task, task);
}

void sample_stop_task(sample_task_t *task) {
    task->stopped = 1;
    sample_join_task(task);
}

void sample_join_task(sample_task_t *task) {
    pthread_join(task->thread, NULL);
}

const char *sample_option(int argc, char **argv, const char *name, const char *otherwise) {
    int i;
    for (i = 1; i + 1 < argc; ++i) {
        if (strcmp(argv[i], name) == 0) {
            return argv[i + 1];
        }
    }
    return otherwise;
}

static void note_interrupt(int signal_no) {
    (void) signal_no;
    interrupted = 1;
}

void sample_catch_interrupts(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note_interrupt;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int sample_interrupted(void) {
    return interrupted;
}
