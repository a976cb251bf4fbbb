/* A program that knows no schema when it is compiled: it compiles one at run time, fills a database by columns, as another language
 * would hand over its arrays, searches it, and prints whatever fields there are. */
#include "common.h"
#include "mcodyn.h"
#include "mcoiotx.h"

#include <string.h>

#define SIZE (8 * 1024 * 1024)
#define ROWS 6

static const char *const schema =
    "declare database plant;\n"
    "enum Unit { CELSIUS, BAR, PERCENT };\n"
    "class Reading {\n"
    "    datetime     ts;\n"
    "    unsigned<4>  sensor;\n"
    "    double       value;\n"
    "    Unit         unit = CELSIUS;\n"
    "    string       note;\n"
    "\n"
    "    unique tree <sensor, ts> by_sensor;\n"
    "    list;\n"
    "};\n";

static mco_dictionary_h dict;
static uint2 reading; /* code of the class */

static uint2 field(const char *name) {
    uint2 number;
    CHECK(mco_dyn_field(dict, reading, name, &number));
    return number;
}

/* A schema with a mistake: the message says where, and what to write instead. */
static void show_mistake(void) {
    char messages[1000];
    mco_dictionary_h none;

    if (mco_dyn_compile("declare database plant;\nclass Reading {\n    datetim ts;\n    list;\n};\n", NULL, 0, &none, messages,
                        sizeof messages) == MCO_E_SCHEMA_ERROR) {
        printf("%s\n", messages);
    }
}

/* Six rows in one call. Each column is an array; the texts of one lie behind each other. */
static void insert(mco_db_h db) {
    static uint8 times[ROWS] = {1000, 1060, 1000, 1060, 1120, 1180};
    static uint4 sensors[ROWS] = {1, 1, 2, 2, 2, 2};
    static double values[ROWS] = {20.5, 21, 1.01, 1.02, 1.5, 1.04};
    static int1 units[ROWS] = {0, 0, 1, 1, 1, 1};
    static char notes[] = "valve opened";
    static uint4 note_lengths[ROWS] = {0, 0, 0, 0, 12, 0};
    mco_dyn_column_t columns[5];
    mco_trans_h t;
    uint4 done;

    memset(columns, 0, sizeof columns);
    columns[0].field = field("ts");
    columns[0].kind = MCO_DYN_UNSIGNED;
    columns[0].size = sizeof *times;
    columns[0].stride = sizeof *times;
    columns[0].data = times;
    columns[1].field = field("sensor");
    columns[1].kind = MCO_DYN_UNSIGNED;
    columns[1].size = sizeof *sensors;
    columns[1].stride = sizeof *sensors;
    columns[1].data = sensors;
    columns[2].field = field("value");
    columns[2].kind = MCO_DYN_DOUBLE;
    columns[2].size = sizeof *values;
    columns[2].stride = sizeof *values;
    columns[2].data = values;
    columns[3].field = field("unit");
    columns[3].kind = MCO_DYN_SIGNED;
    columns[3].size = sizeof *units;
    columns[3].stride = sizeof *units;
    columns[3].data = units;
    columns[4].field = field("note");
    columns[4].kind = MCO_DYN_TEXT;
    columns[4].size = sizeof notes - 1;
    columns[4].data = notes; /* stride 0 with lengths: no gaps */
    columns[4].lengths = note_lengths;

    CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    CHECK(mco_dyn_insert_many(t, reading, ROWS, 5, columns, &done));
    CHECK(mco_trans_commit(t));
    printf("inserted %u rows\n", (unsigned) done);
}

/* One row more, value by value; the constant of the enum by its name. */
static void insert_one(mco_db_h db) {
    mco_dyn_value_t value;
    mco_trans_h t;
    MCO_Hf object;

    CHECK(mco_trans_start(db, MCO_READ_WRITE, MCO_TRANS_FOREGROUND, &t));
    CHECK(mco_dyn_new(t, reading, NULL, &object));
    value.kind = MCO_DYN_UNSIGNED;
    value.v.u = 3;
    CHECK(mco_dyn_put(&object, field("sensor"), 0, &value));
    value.kind = MCO_DYN_TEXT;
    value.v.s.ptr = "PERCENT";
    value.v.s.len = strlen("PERCENT");
    CHECK(mco_dyn_put(&object, field("unit"), 0, &value));
    CHECK(mco_trans_commit(t));
}

/* Prints an object of any class. */
static void print(MCO_Hf *object) {
    mco_dyn_value_t value;
    uint2 number;

    for (number = 0; mco_dyn_get(object, number, 0, &value) == MCO_S_OK; ++number) {
        switch (value.kind) {
            case MCO_DYN_SIGNED: printf(" %lld", (long long) value.v.i); break;
            case MCO_DYN_UNSIGNED: printf(" %llu", (unsigned long long) value.v.u); break;
            case MCO_DYN_DOUBLE: printf(" %g", value.v.d); break;
            case MCO_DYN_TEXT: printf(" '%.*s'", (int) value.v.s.len, (const char *) value.v.s.ptr); break;
            default: printf(" (%u bytes)", (unsigned) value.v.s.len);
        }
    }
    printf("\n");
}

/* All readings of a sensor from a time on: search, then go on as long as the sensor is the same. */
static void search(mco_db_h db, uint4 sensor, uint8 from) {
    mco_dyn_value_t keys[2], last[2];
    mco_trans_h t;
    mco_cursor_t cursor;
    uint2 by_sensor;
    int order;
    MCO_RET rc;

    keys[0].kind = keys[1].kind = last[0].kind = last[1].kind = MCO_DYN_UNSIGNED;
    keys[0].v.u = last[0].v.u = sensor;
    keys[1].v.u = from;
    last[1].v.u = ~(uint8) 0;
    printf("sensor %u from %u on:\n", (unsigned) sensor, (unsigned) from);
    CHECK(mco_dyn_index(dict, reading, "by_sensor", &by_sensor));
    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    CHECK(mco_dyn_cursor(t, reading, by_sensor, &cursor));
    for (rc = mco_dyn_search(t, &cursor, MCO_GE, keys, 2); rc == MCO_S_OK; rc = mco_cursor_next(t, &cursor)) {
        MCO_Hf object;
        CHECK(mco_dyn_compare(t, &cursor, last, 2, &order));
        if (order > 0) break;
        CHECK(mco_dyn_from_cursor(t, &cursor, &object));
        print(&object);
    }
    CHECK(mco_trans_commit(t));
}

/* One column of all rows, four at a time. */
static void sum(mco_db_h db) {
    double values[4], total = 0;
    mco_dyn_column_t column;
    mco_trans_h t;
    mco_cursor_t cursor;
    uint4 done, i, rows = 0;
    MCO_RET rc;

    memset(&column, 0, sizeof column);
    column.field = field("value");
    column.kind = MCO_DYN_DOUBLE;
    column.size = sizeof *values;
    column.stride = sizeof *values;
    column.data = values;
    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    CHECK(mco_dyn_cursor(t, reading, MCO_DYN_LIST, &cursor));
    do {
        rc = mco_dyn_read_many(t, &cursor, 4, 1, &column, &done);
        for (i = 0; i < done; ++i) total += values[i];
        rows += done;
    } while (rc == MCO_S_OK);
    CHECK(mco_trans_commit(t));
    printf("sum of %u values: %g\n", (unsigned) rows, total);
}

int main(void) {
    sample_memory_t memory;
    mco_db_h db;

    show_mistake();
    CHECK(mco_runtime_start());
    if (mco_dyn_compile(schema, NULL, 0, &dict, NULL, 0) != MCO_S_OK) {
        fprintf(stderr, "%s", mco_iotx_last_error());
        return 1;
    }
    CHECK(mco_dyn_class(dict, "Reading", &reading));
    CHECK(sample_open_database("plant", dict, SIZE, SIZE, 256, 4096, 10, &memory));
    CHECK(mco_db_connect("plant", &db));

    insert(db);
    insert_one(db);
    search(db, 2, 1060);
    search(db, 3, 0);
    sum(db);

    CHECK(mco_db_disconnect(db));
    CHECK(sample_close_database("plant", &memory));
    CHECK(mco_dyn_free(dict));
    CHECK(mco_runtime_stop());
    return 0;
}
