/* A node that is built with the former and with the present schema, on the same file. */
#ifndef TESTS_UPGRADE_NODE_H
#define TESTS_UPGRADE_NODE_H

#include "common.h"
#include "mcoiot.h"
#include "mcoiotx.h"
#include "upgraded.h"
#include "version.h" /* NEW_SCHEMA */

#define NAME "node"

/* Prints how many rows there are; those of the former schema have the default of the new field. */
static inline void print_rows(mco_db_h db) {
    mco_trans_h t;
    mco_cursor_t cursor;
    MCO_RET rc;
    int sensors = 0, alarms = 0;

    CHECK(mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &t));
    for (rc = Sensor_list_cursor(t, &cursor); rc == MCO_S_OK; rc = mco_cursor_next(t, &cursor)) {
#if NEW_SCHEMA
        Sensor sensor;
        Sensor_fixed row;
        CHECK(Sensor_from_cursor(t, &cursor, &sensor));
        CHECK(Sensor_fixed_get(&sensor, &row));
        if (row.unit != 7) abort();
#endif
        ++sensors;
    }
#if NEW_SCHEMA
    for (rc = Alarm_list_cursor(t, &cursor); rc == MCO_S_OK; rc = mco_cursor_next(t, &cursor)) ++alarms;
#endif
    CHECK(mco_trans_commit(t));
    printf("%d %d\n", sensors, alarms);
}

#endif
