/* What a careless program leaves open is given back: cursors, objects, connections that another thread made. */
#include "check.h"
#include "kinds.h"

int main(void) {
    mco_cursor_t cursors[20];
    mco_db_h db, reader;
    mco_trans_h t, r;
    int round, i;

    OK(mco_runtime_start());
    for (round = 0; round < 3; ++round) {
        OK(open_memory("kinds", kinds_get_dictionary(), 4 << 20, NULL));
        OK(mco_db_connect("kinds", &db));
        OK(mco_db_connect("kinds", &reader));
        t = begin(db, MCO_READ_WRITE);
        for (i = 0; i < 20; ++i) {
            Item item;
            OK(Item_new(t, &item));
            OK(Item_u4_put(&item, (uint4) i));
            OK(Item_u8_put(&item, (uint8) i));
            OK(Item_s_put(&item, "some text", 9));
        }
        OK(mco_trans_commit(t));
        r = begin(reader, MCO_READ_ONLY);
        for (i = 0; i < 20; ++i) {
            OK(Item_by_i4_index_cursor(r, &cursors[i])); /* never closed */
        }
        t = begin(db, MCO_READ_WRITE);
        OK(Item_delete_all(t));
        OK(mco_trans_rollback(t));
        for (i = 0; i < 20; ++i) {
            OK(mco_cursor_next(r, &cursors[i]));
        }
        OK(mco_trans_commit(r));
        OK(mco_db_disconnect(reader));
        OK(mco_db_disconnect(db));
        OK(mco_db_close("kinds"));
    }
    OK(mco_runtime_stop());
    return 0;
}
