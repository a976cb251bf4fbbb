/* Small helpers of the example programs: nothing here is needed to use the library. */
#ifndef EXAMPLES_COMMON_H
#define EXAMPLES_COMMON_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "mco.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Ends the program with a message unless the call gives MCO_S_OK. */
#define CHECK(call)                                                                                              \
    do {                                                                                                         \
        MCO_RET check_rc_ = (call);                                                                              \
        if (check_rc_ != MCO_S_OK) {                                                                             \
            fprintf(stderr, "%s:%d: %s\n    gave %d, %s\n", __FILE__, __LINE__, #call, (int) check_rc_,          \
                    mco_strerror(check_rc_));                                                                    \
            abort();                                                                                             \
        }                                                                                                        \
    } while (0)

/* Flags of sample_os_initialize. */
#define DEFAULT 0x0 /* sample_open_database makes databases in memory */
#define DISK 0x1    /* sample_open_database makes databases on file, in the current directory */

/* What sample_open_database has allocated; give it back with sample_close_database. */
typedef struct {
    void *db;
    void *cache;
} sample_memory_t;

/* A thread with an own database connection. */
typedef struct sample_task_ {
    pthread_t thread;
    const char *db_name;
    mco_db_h db;
    volatile int stopped; /* the function looks at this and returns when it is not 0 */
    void (*function)(struct sample_task_ *task);
    void *param;
} sample_task_t;

/* For mco_error_set_handler: prints the fatal code and ends the program. */
void sample_errhandler(MCO_RET rc);

/* Prints `msg` with the text of `rc` and gives 1 when `rc` is MCO_S_OK, else 0. */
int sample_rc_check(const char *msg, MCO_RET rc);

/* Text of a return code; *is_error tells a real error from a status. is_error may be NULL. */
const char *mco_ret_string(MCO_RET rc, int *is_error);

/* Waits for the Enter key, or goes on at once when the standard input is no terminal. */
void sample_pause(const char *prompt);
void sample_pause_end(const char *prompt);

/* Prints what the program is about. */
void sample_header(const char *text);

/* Milliseconds since an unspecified start. */
mco_int8 sample_msec(void);
void sample_sleep(unsigned ms);

void sample_os_initialize(int flags);
void sample_os_shutdown(void);

void sample_show_runtime_info(const char *lead_line);
void sample_show_device_info(const char *lead_line, const mco_device_t *devices, int n_devices);

/* Opens a database as sample_os_initialize was told: in memory, or with the files NAME.dbs and NAME.log. */
MCO_RET sample_open_database(const char *db_name, mco_dictionary_h dict, mco_size_t db_sz, mco_size_t cache_sz, uint2 mem_pg_sz,
                             uint4 pstorage_pg_sz, uint2 max_conn, sample_memory_t *memory);
MCO_RET sample_close_database(const char *db_name, sample_memory_t *memory);

/* Starts function(task) on a thread of its own, with task->db connected to the database. Gives 0, or an errno. */
int sample_start_task(sample_task_t *task, void (*function)(sample_task_t *), const char *db_name, void *param);
void sample_stop_task(sample_task_t *task); /* asks it to stop and waits */
void sample_join_task(sample_task_t *task); /* waits until it returns by itself */

/* Value behind `name` on the command line, as in `--dir /tmp`; `otherwise` when it is not there. */
const char *sample_option(int argc, char **argv, const char *name, const char *otherwise);

/* After this call sample_interrupted() turns from 0 to 1 on ctrl-C or SIGTERM. */
void sample_catch_interrupts(void);
int sample_interrupted(void);

#ifdef __cplusplus
}
#endif

#endif
