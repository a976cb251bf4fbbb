/* What the weather station and its server share: opening a database, reading the files, writing times. */
#ifndef WEATHER_H
#define WEATHER_H

#include "../common.h"
#include "mcoiot.h"

enum { CONFIG_REPORT_DAYS = 1, CONFIG_ALTITUDE = 2 }; /* param_id of the two settings */

/* A database, from open to close. */
typedef struct {
    const char *name;
    void *memory;
    mco_db_h connection;
} weather_db_t;

/* Opens it in memory, or with its file in the directory `dir` unless that is NULL, and connects to it. */
void weather_open(weather_db_t *db, const char *name, mco_dictionary_h dictionary, const char *dir, mco_iot_agent_id_t agent_id);
void weather_close(weather_db_t *db);

/* A reading as a line of a file has it. */
typedef struct {
    mco_datetime ts;
    double temperature;
} weather_line_t;

/* Reads all lines of a file with a header and the columns `date` and `temp`, in any order. Gives an array to be freed and its
 * length; ends the program with a message that names the line when there is something it cannot read. */
weather_line_t *weather_read_csv(const char *path, size_t *n);

/* "2010-03-14 02:00" for a time in seconds; the buffer must hold 17 bytes. */
enum { WEATHER_TIME_SIZE = 17 };
const char *weather_time(mco_datetime ts, char *buf);

/* A file that appears complete or not at all: written under another name, then renamed. */
void weather_write_file(const char *path, const char *text);

/* Command-line option that must be there. */
const char *weather_required(int argc, char **argv, const char *name);

/* Command-line option that is a number of at least `lowest`. */
unsigned weather_number(int argc, char **argv, const char *name, unsigned lowest, const char *otherwise);

#endif
