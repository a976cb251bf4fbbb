/* Blobs: put, append, get in parts, size, erase; large ones. */
#include "check.h"
#include "blobs.h"

static mco_db_h db;

static void empty_and_erased(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Picture row;
    char buf[8];
    uint4 len = 99;

    OK(Picture_new(t, &row));
    OK(Picture_id_put(&row, 1));
    /* Never written. */
    GIVES(MCO_E_EMPTYBLOB, Picture_image_get(&row, 0, buf, sizeof buf, &len));
    GIVES(MCO_E_EMPTYBLOB, Picture_image_size(&row, &len));
    TRUE(len == 99);
    OK(Picture_image_erase(&row));
    GIVES(MCO_E_EMPTYBLOB, Picture_image_size(&row, &len));
    /* Written with nothing. */
    OK(Picture_image_put(&row, NULL, 0));
    OK(Picture_image_size(&row, &len));
    TRUE(len == 0);
    len = 99;
    OK(Picture_image_get(&row, 0, buf, sizeof buf, &len));
    TRUE(len == 0);
    OK(Picture_image_erase(&row));
    GIVES(MCO_E_EMPTYBLOB, Picture_image_get(&row, 0, NULL, 0, &len));
    OK(Picture_thumbnail_append(&row, "", 0)); /* is written, too */
    OK(Picture_thumbnail_size(&row, &len));
    TRUE(len == 0);
    OK(mco_trans_commit(t)); /* asking for what is not there has spoilt nothing */

    t = begin(db, MCO_READ_ONLY);
    OK(Picture_by_id_find(t, 1, &row));
    GIVES(MCO_E_EMPTYBLOB, Picture_image_size(&row, &len));
    OK(Picture_thumbnail_size(&row, &len));
    GIVES(MCO_E_ILLEGAL_PARAM, Picture_thumbnail_size(&row, NULL));
    GIVES(MCO_E_ACCESS, Picture_image_erase(&row));
    OK(mco_trans_rollback(t));
    t = begin(db, MCO_READ_ONLY);
    OK(Picture_by_id_find(t, 1, &row));
    GIVES(MCO_E_ACCESS, Picture_image_append(&row, "x", 1));
    OK(mco_trans_rollback(t));
}

static void parts(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Picture row;
    char buf[8];
    uint4 len;

    OK(Picture_new(t, &row));
    OK(Picture_id_put(&row, 2));
    OK(Picture_image_append(&row, "abc", 3)); /* a blob that is not there begins with it */
    OK(Picture_image_append(&row, "\0de", 3));
    OK(Picture_image_append(&row, NULL, 0));
    OK(Picture_image_size(&row, &len));
    TRUE(len == 6);
    memset(buf, 'x', sizeof buf);
    OK(Picture_image_get(&row, 0, buf, sizeof buf, &len));
    TRUE(len == 6 && memcmp(buf, "abc\0dexx", 8) == 0);
    memset(buf, 'x', sizeof buf);
    OK(Picture_image_get(&row, 2, buf, 3, &len));
    TRUE(len == 3 && memcmp(buf, "c\0dx", 4) == 0);
    OK(Picture_image_get(&row, 5, buf, 3, &len));
    TRUE(len == 1 && buf[0] == 'e');
    OK(Picture_image_get(&row, 6, buf, 3, &len)); /* behind the end */
    TRUE(len == 0);
    OK(Picture_image_get(&row, 4294967295u, buf, 4, &len));
    TRUE(len == 0);
    OK(Picture_image_get(&row, 0, NULL, 0, &len));
    TRUE(len == 0);
    GIVES(MCO_E_ILLEGAL_PARAM, Picture_image_get(&row, 0, NULL, 1, &len));
    GIVES(MCO_E_ILLEGAL_PARAM, Picture_image_get(&row, 0, buf, 1, NULL));
    OK(Picture_title_put(&row, "hidden", 6));
    OK(Picture_title_indicator_put(&row, 1)); /* what lies below NULL is not taken for the blob's */
    OK(mco_trans_commit(t));

    t = begin(db, MCO_READ_WRITE);
    OK(Picture_by_id_find(t, 2, &row));
    GIVES(MCO_E_EMPTYBLOB, Picture_thumbnail_size(&row, &len));
    OK(Picture_image_append(&row, "f", 1)); /* to what is stored */
    OK(Picture_image_get(&row, 0, buf, sizeof buf, &len));
    TRUE(len == 7 && memcmp(buf, "abc\0def", 7) == 0);
    OK(mco_trans_rollback(t));

    t = begin(db, MCO_READ_WRITE);
    OK(Picture_by_id_find(t, 2, &row));
    OK(Picture_image_put(&row, "new", 3)); /* replaces */
    OK(mco_trans_commit(t));
    t = begin(db, MCO_READ_WRITE);
    OK(Picture_by_id_find(t, 2, &row));
    OK(Picture_image_get(&row, 0, buf, sizeof buf, &len));
    TRUE(len == 3 && memcmp(buf, "new", 3) == 0);
    {
        uint2 short_len;
        GIVES(MCO_S_NULL_VALUE, Picture_title_get(&row, buf, sizeof buf, &short_len));
        TRUE(short_len == 6);
    }
    GIVES(MCO_E_ILLEGAL_PARAM, Picture_image_put(&row, NULL, 1));
    OK(mco_trans_rollback(t));
}

typedef struct {
    unsigned calls;
    uint4 size; /* as the handler sees it; 99 while there is no content */
    MCO_RET answer;
} told_t;

static MCO_RET on_change(mco_trans_h t, Picture *row, MCO_EVENT_TYPE et, void *param) {
    told_t *told = (told_t *) param;
    (void) t;
    (void) et;
    told->calls++;
    if (Picture_image_size(row, &told->size) != MCO_S_OK) told->size = 99;
    return told->answer;
}

/* Each write is one update of the field; what a handler refuses does not happen. */
static void events(void) {
    told_t before = {0, 0, MCO_S_OK}, after = {0, 0, MCO_S_OK};
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Picture row;

    OK(mco_register_image_changed_handler(t, on_change, &before, MCO_BEFORE_UPDATE));
    OK(mco_register_image_changed_handler(t, on_change, &after, MCO_AFTER_UPDATE));
    OK(Picture_by_id_find(t, 2, &row));
    OK(Picture_image_put(&row, "ab", 2));
    TRUE(before.calls == 1 && before.size == 3 && after.calls == 1 && after.size == 2);
    OK(Picture_image_append(&row, "c", 1));
    TRUE(before.calls == 2 && before.size == 2 && after.calls == 2 && after.size == 3);
    OK(Picture_image_erase(&row));
    TRUE(before.calls == 3 && before.size == 3 && after.calls == 3 && after.size == 99);
    OK(Picture_image_erase(&row)); /* nothing changes */
    OK(Picture_thumbnail_append(&row, "x", 1));
    TRUE(before.calls == 3 && after.calls == 3);
    OK(mco_trans_rollback(t));

    t = begin(db, MCO_READ_WRITE);
    OK(Picture_by_id_find(t, 2, &row));
    before.answer = MCO_E_ACCESS;
    GIVES(MCO_E_ACCESS, Picture_image_append(&row, "d", 1));
    TRUE(before.calls == 4 && after.calls == 3);
    OK(mco_trans_rollback(t));
    t = begin(db, MCO_READ_WRITE);
    OK(mco_unregister_image_changed_handler(t, on_change));
    OK(mco_trans_rollback(t));
}

enum { PART = 1 << 20, PARTS = 20 };

static void fill(char *part, unsigned number) {
    unsigned i;
    for (i = 0; i < PART; ++i) part[i] = (char) (i * 31 + number);
}

/* More than any string, made and read in parts. */
static void large(void) {
    char *part = (char *) malloc(PART), *back = (char *) malloc(PART);
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Picture row;
    uint4 len;
    unsigned n;

    TRUE(part != NULL && back != NULL);
    OK(Picture_new(t, &row));
    OK(Picture_id_put(&row, 3));
    for (n = 0; n < PARTS; ++n) {
        fill(part, n);
        OK(Picture_image_append(&row, part, PART));
    }
    OK(mco_trans_commit(t));
    t = begin(db, MCO_READ_ONLY);
    OK(Picture_by_id_find(t, 3, &row));
    OK(Picture_image_size(&row, &len));
    TRUE(len == (uint4) PART * PARTS);
    for (n = PARTS; n-- > 0;) {
        fill(part, n);
        OK(Picture_image_get(&row, n * PART, back, PART, &len));
        TRUE(len == PART && memcmp(part, back, PART) == 0);
    }
    OK(mco_trans_commit(t));
    free(part);
    free(back);
}

/* A row that travels has to fit into a frame: told at commit. */
static void too_large_to_travel(void) {
    const uint4 limit = 16u << 20;
    char *content = (char *) calloc(1, limit);
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Report row;

    TRUE(content != NULL);
    OK(Report_new(t, &row));
    OK(Report_body_put(&row, content, limit));
    GIVES(MCO_E_UNSUPPORTED, mco_trans_commit(t));
    TRUE(strstr(mco_iotx_last_error(), "'Report' is larger than the 16777216 bytes that can travel") != NULL);
    t = begin(db, MCO_READ_WRITE);
    OK(Report_new(t, &row));
    OK(Report_body_put(&row, content, limit - 100));
    OK(mco_trans_commit(t));
    free(content);
}

int main(void) {
    OK(mco_runtime_start());
    OK(open_memory("blobs", blobs_get_dictionary(), 256 << 20, NULL));
    OK(mco_db_connect("blobs", &db));
    empty_and_erased();
    parts();
    events();
    large();
    too_large_to_travel();
    OK(mco_db_disconnect(db));
    OK(mco_db_close("blobs"));
    OK(mco_runtime_stop());
    return 0;
}
