#define _POSIX_C_SOURCE 200809L

#include "weather.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { DATABASE_BYTES = 64 * 1024 * 1024, LINE_BYTES = 128, CONNECTIONS = 20 };

#define DAY_SECONDS 86400

static void memory_device(mco_device_t *device, unsigned assignment, void *memory) {
    device->type = MCO_MEMORY_CONV;
    device->assignment = assignment;
    device->size = DATABASE_BYTES;
    device->dev.conv.ptr = memory;
    device->dev.conv.flags = 0;
}

static void file_device(mco_device_t *device, unsigned assignment, const char *dir, const char *name, const char *ending) {
    device->type = MCO_MEMORY_FILE;
    device->assignment = assignment;
    device->size = 0;
    device->dev.file.flags = MCO_FILE_OPEN_DEFAULT;
    if (snprintf(device->dev.file.name, sizeof device->dev.file.name, "%s/%s.%s", dir, name, ending) >=
        (int) sizeof device->dev.file.name) {
        fprintf(stderr, "the name of the directory '%s' is too long\n", dir);
        exit(EXIT_FAILURE);
    }
}

void weather_open(weather_db_t *db, const char *name, mco_dictionary_h dictionary, const char *dir, mco_iot_agent_id_t agent_id) {
    mco_device_t devices[4];
    mco_db_params_t params;

    db->name = name;
    db->memory = malloc(DATABASE_BYTES);
    if (db->memory == NULL) {
        fprintf(stderr, "not enough memory\n");
        exit(EXIT_FAILURE);
    }
    memory_device(&devices[0], MCO_MEMORY_ASSIGN_DATABASE, db->memory);
    if (dir != NULL) {
        memory_device(&devices[1], MCO_MEMORY_ASSIGN_CACHE, db->memory); /* accepted, not needed: see docs/c-api.md */
        file_device(&devices[2], MCO_MEMORY_ASSIGN_PERSISTENT, dir, name, "dbs");
        file_device(&devices[3], MCO_MEMORY_ASSIGN_LOG, dir, name, "log");
    }

    mco_db_params_init(&params);
    params.db_max_connections = CONNECTIONS;
    params.iot_agent_id = agent_id;
    CHECK(mco_db_open_dev(name, dictionary, devices, dir != NULL ? 4 : 1, &params));
    CHECK(mco_db_connect(name, &db->connection));
}

void weather_close(weather_db_t *db) {
    CHECK(mco_db_disconnect(db->connection));
    CHECK(mco_db_close(db->name));
    free(db->memory);
}

/* Days from 1970-01-01 to a day of our calendar; the year is counted from March, so that a leap day is its last. */
static long days_from_date(int year, int month, int day) {
    int y = month <= 2 ? year - 1 : year;
    int month_from_march = (month + 9) % 12;
    int day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    return 365L * y + y / 4 - y / 100 + y / 400 + day_of_year - 719468L;
}

/* "2010/01/31 23:00" or "2010/01/31 23:00:00" */
static int parse_time(const char *text, mco_datetime *ts) {
    int year, month, day, hour, minute, second = 0;
    int fields = sscanf(text, "%4d/%2d/%2d %2d:%2d:%2d", &year, &month, &day, &hour, &minute, &second);
    if (fields < 5 || year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) {
        return 0;
    }
    *ts = (mco_datetime) days_from_date(year, month, day) * DAY_SECONDS + (mco_datetime) (hour * 3600 + minute * 60 + second);
    return 1;
}

const char *weather_time(mco_datetime ts, char *buf) {
    time_t seconds = (time_t) ts;
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(buf, WEATHER_TIME_SIZE, "%Y-%m-%d %H:%M", &parts);
    return buf;
}

/* Cuts "a,b" in two. */
static int split(char *line, char **first, char **second) {
    char *comma = strchr(line, ',');
    if (comma == NULL) {
        return 0;
    }
    *comma = '\0';
    *first = line;
    *second = comma + 1;
    return 1;
}

weather_line_t *weather_read_csv(const char *path, size_t *n) {
    FILE *file = fopen(path, "r");
    weather_line_t *lines = NULL;
    size_t capacity = 0, line_no = 0;
    int date_first = 1;
    char text[LINE_BYTES], *first, *second, *end;

    *n = 0;
    if (file == NULL) {
        fprintf(stderr, "cannot open '%s': %s\n", path, strerror(errno));
        exit(EXIT_FAILURE);
    }
    while (fgets(text, sizeof text, file) != NULL) {
        line_no += 1;
        text[strcspn(text, "\r\n")] = '\0';
        if (!split(text, &first, &second)) {
            fprintf(stderr, "%s:%lu: no comma in '%s'\n", path, (unsigned long) line_no, text);
            exit(EXIT_FAILURE);
        }
        if (line_no == 1) {
            date_first = strcmp(first, "date") == 0;
            continue;
        }
        if (*n == capacity) {
            capacity = capacity == 0 ? 1024 : capacity * 2;
            lines = (weather_line_t *) realloc(lines, capacity * sizeof *lines);
            if (lines == NULL) {
                fprintf(stderr, "not enough memory for '%s'\n", path);
                exit(EXIT_FAILURE);
            }
        }
        lines[*n].temperature = strtod(date_first ? second : first, &end);
        if (*end != '\0' || !parse_time(date_first ? first : second, &lines[*n].ts)) {
            fprintf(stderr, "%s:%lu: expected a date and a temperature\n", path, (unsigned long) line_no);
            exit(EXIT_FAILURE);
        }
        *n += 1;
    }
    fclose(file);
    return lines;
}

void weather_write_file(const char *path, const char *text) {
    char temporary[512];
    FILE *file;
    snprintf(temporary, sizeof temporary, "%s.new", path);
    file = fopen(temporary, "w");
    if (file == NULL || fputs(text, file) == EOF || fclose(file) != 0 || rename(temporary, path) != 0) {
        fprintf(stderr, "cannot write '%s': %s\n", path, strerror(errno));
        exit(EXIT_FAILURE);
    }
}

const char *weather_required(int argc, char **argv, const char *name) {
    const char *value = sample_option(argc, argv, name, NULL);
    if (value == NULL) {
        fprintf(stderr, "%s: option %s is missing\n", argv[0], name);
        exit(2);
    }
    return value;
}

unsigned weather_number(int argc, char **argv, const char *name, unsigned lowest, const char *otherwise) {
    const char *text = sample_option(argc, argv, name, otherwise);
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || value < lowest || value > 1000000) {
        fprintf(stderr, "%s: option %s takes a number of at least %u, not '%s'\n", argv[0], name, lowest, text);
        exit(2);
    }
    return (unsigned) value;
}
