/* Dictionaries at run time: their text, their names and numbers, how long they live. */
#include "check.h"
#include "dyn.h"
#include "dyn_values.h"
#include "kinds.h"
#include "mcodyn.h"

#include <pthread.h>
#include <sys/stat.h>

static mco_dictionary_h dict;
static mco_db_h db;
static uint2 item, plain, maybe;

/* Values that other languages write down. */
static void constants(void) {
    TRUE(MCO_DYN_PERSISTENT == 1 && MCO_DYN_NO_WARNINGS == 2 && MCO_DYN_STRICT == 4 && MCO_DYN_INCLUDE_LIST == 8);
    TRUE(MCO_DYN_LIST == 0xFFFF && MCO_DYN_AUTOID == 0xFFFE);
    TRUE(MCO_DYN_NULL == 0 && MCO_DYN_SIGNED == 1 && MCO_DYN_UNSIGNED == 2 && MCO_DYN_DOUBLE == 3);
    TRUE(MCO_DYN_TEXT == 4 && MCO_DYN_BYTES == 5 && MCO_DYN_WIDE == 6);
}

static void compiling(void) {
    const char *const broken = "declare database d;\nclass X {\n    uint4 a;\n};\n";
    char messages[2000], small[10];
    mco_dictionary_h other;
    const void *json;
    mco_size_t length;
    FILE *file;

    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_compile(NULL, NULL, 0, &other, NULL, 0));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_compile(broken, NULL, 0, NULL, NULL, 0));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_compile(broken, NULL, 16, &other, NULL, 0));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_compile(broken, NULL, 0, &other, messages, 0));
    GIVES(MCO_E_SCHEMA_ERROR, mco_dyn_compile(broken, NULL, 0, &other, messages, sizeof messages));
    TRUE(strstr(messages, "<schema>:3:5: error: unknown type 'uint4'\n    uint4 a;\n    ^") != NULL);
    TRUE(strcmp(messages, mco_iotx_last_error()) == 0);
    GIVES(MCO_E_SCHEMA_ERROR, mco_dyn_compile(broken, NULL, 0, &other, small, sizeof small));
    TRUE(strcmp(small, "<schema>:") == 0 && strstr(mco_iotx_last_error(), "unknown type") != NULL);
    GIVES(MCO_E_SCHEMA_ERROR, mco_dyn_compile("", NULL, 0, &other, NULL, 0));
    GIVES(MCO_E_SCHEMA_ERROR, mco_dyn_compile("declare \xff", NULL, 0, &other, NULL, 0));

    /* Warnings: shown, left out, taken for errors. */
    OK(mco_dyn_compile("declare database d; class X { unsigned<4> a; };", NULL, 0, &other, messages, sizeof messages));
    TRUE(strstr(messages, "warning: class 'X' has no access statement") != NULL);
    OK(mco_dyn_free(other));
    OK(mco_dyn_compile("declare database d; class X { unsigned<4> a; };", NULL, MCO_DYN_NO_WARNINGS, &other, messages, sizeof messages));
    TRUE(messages[0] == 0);
    OK(mco_dyn_free(other));
    GIVES(MCO_E_SCHEMA_ERROR, mco_dyn_compile("declare database d; class X { unsigned<4> a; };", NULL, MCO_DYN_STRICT, &other, NULL, 0));

    OK(mco_dyn_compile("declare database d; class X { unsigned<4> a; list; };", NULL, MCO_DYN_PERSISTENT, &other, NULL, 0));
    OK(mco_dyn_describe(other, &json, &length));
    TRUE(strstr((const char *) json, "\"persistent\": true") != NULL);
    OK(mco_dyn_free(other));

    /* Include files, from several directories. */
    TRUE(mkdir("inc", 0700) == 0);
    file = fopen("inc/types.inc", "w");
    fputs("#define uint4 unsigned<4>\n", file);
    fclose(file);
    GIVES(MCO_E_SCHEMA_ERROR, mco_dyn_compile("#include \"absent.inc\"\n", "no/such:inc", 0, &other, messages, sizeof messages));
    TRUE(strstr(messages, "include file 'absent.inc' not found") != NULL && strstr(messages, "no/such") != NULL);
    OK(mco_dyn_compile("#include \"types.inc\"\ndeclare database d; class X { uint4 a; list; };", "no/such:inc", 0, &other, messages,
                       sizeof messages));
    TRUE(messages[0] == 0);
    OK(mco_dyn_free(other));
    TRUE(rename("inc", "in:c") == 0);
    OK(mco_dyn_compile("#include \"types.inc\"\ndeclare database d; class X { uint4 a; list; };", "no/such\0in:c\0", MCO_DYN_INCLUDE_LIST,
                       &other, messages, sizeof messages));
    TRUE(messages[0] == 0);
    OK(mco_dyn_free(other));
    GIVES(MCO_E_SCHEMA_ERROR, mco_dyn_compile("#include \"types.inc\"\n", "\0in:c\0", MCO_DYN_INCLUDE_LIST, &other, NULL, 0));
}

static void names(void) {
    const void *json, *again;
    mco_size_t size;
    mco_dictionary_h freed;
    uint2 number = 99;
    int on_stack = 0;

    OK(mco_dyn_class(dict, "Item", &item));
    OK(mco_dyn_class(dict, "Plain", &plain));
    OK(mco_dyn_class(dict, "Maybe", &maybe));
    TRUE(item == 1 && plain == 2 && maybe == 3);
    GIVES(MCO_E_UDA_STRUCT_NOTFOUND, mco_dyn_class(dict, "item", &number));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_class(dict, NULL, &number));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_class(dict, "Item", NULL));
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_class(NULL, "Item", &number));
    GIVES(MCO_E_UDA_NOT_DYNAMIC, mco_dyn_class(kinds_get_dictionary(), "Item", &number));
    OK(mco_dyn_field(dict, item, "i1", &number));
    TRUE(number == I1);
    OK(mco_dyn_field(dict, item, "other", &number));
    TRUE(number == OTHER);
    GIVES(MCO_E_UDA_FIELD_NOTFOUND, mco_dyn_field(dict, item, "nothing", &number));
    GIVES(MCO_E_UDA_WRONG_CLASS_CODE, mco_dyn_field(dict, 77, "i1", &number));
    GIVES(MCO_E_UDA_WRONG_CLASS_CODE, mco_dyn_field(dict, 0, "i1", &number));
    GIVES(MCO_E_UDA_NOT_DYNAMIC, mco_dyn_field(kinds_get_dictionary(), item, "i1", &number));
    OK(mco_dyn_index(dict, item, "by_real", &number));
    TRUE(number == BY_REAL);
    OK(mco_dyn_index(dict, plain, "by_n", &number));
    TRUE(number == BY_N);
    GIVES(MCO_E_UDA_INDEX_NOTFOUND, mco_dyn_index(dict, plain, "by_real", &number));
    GIVES(MCO_E_UDA_WRONG_CLASS_CODE, mco_dyn_index(dict, 77, "by_n", &number));
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_index(NULL, plain, "by_n", &number));

    OK(mco_dyn_describe(dict, &json, &size));
    TRUE(size == strlen((const char *) json));
    TRUE(strstr((const char *) json, "{\"name\": \"price\", \"no\": 20, \"type\": \"numeric<9,2>\", \"size\": 4") != NULL);
    TRUE(strstr((const char *) json, "{\"name\": \"by_n\", \"no\": 9, \"kind\": \"tree\", \"unique\": true") != NULL);
    OK(mco_dyn_describe(dict, &again, &size));
    TRUE(again == json);
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_describe(dict, NULL, &size));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_describe(dict, &json, NULL));
    GIVES(MCO_E_UDA_NOT_DYNAMIC, mco_dyn_describe(kinds_get_dictionary(), &json, &size));

    OK(mco_dyn_compile(DYN_SCHEMA, NULL, MCO_DYN_NO_WARNINGS, &freed, NULL, 0));
    OK(mco_dyn_free(freed));
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_free(freed));
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_describe(freed, &json, &size));
    GIVES(MCO_E_INVALID_HANDLE, open_memory("freed", freed, 1 << 20, NULL));
    GIVES(MCO_E_INVALID_HANDLE, mco_dyn_free(NULL));
    GIVES(MCO_E_UDA_NOT_DYNAMIC, mco_dyn_free(kinds_get_dictionary()));
    GIVES(MCO_E_UDA_NOT_DYNAMIC, mco_dyn_free((mco_dictionary_h) (void *) &on_stack));
}

/* A dictionary may go while its database is open, a database opened with generated code has the same functions. */
static void lifetimes(void) {
    mco_dictionary_h short_lived;
    mco_db_h other;
    mco_trans_h t;
    MCO_Hf h;
    mco_dyn_value_t key = dyn_u(5);

    OK(mco_dyn_compile(DYN_SCHEMA, NULL, MCO_DYN_NO_WARNINGS, &short_lived, NULL, 0));
    OK(open_memory("short", short_lived, 4 << 20, NULL));
    OK(mco_dyn_free(short_lived));
    OK(mco_db_connect("short", &other));
    t = begin(other, MCO_READ_WRITE);
    OK(mco_dyn_new(t, plain, NULL, &h));
    put(&h, 0, key);
    OK(mco_trans_commit(t));
    t = begin(other, MCO_READ_ONLY);
    OK(mco_dyn_find(t, plain, BY_N, &key, 1, &h));
    OK(mco_trans_commit(t));
    OK(mco_db_disconnect(other));
    OK(mco_db_close("short"));

    OK(open_memory("kinds", kinds_get_dictionary(), 4 << 20, NULL));
    OK(mco_db_connect("kinds", &other));
    t = begin(other, MCO_READ_WRITE);
    OK(mco_dyn_new(t, Note_code, NULL, &h));
    put(&h, 0, key);
    OK(mco_trans_checkpoint(t));
    OK(mco_dyn_find(t, Note_code, Note_idx_index_no, &key, 1, &h));
    OK(mco_trans_commit(t));
    OK(mco_db_disconnect(other));
    OK(mco_db_close("kinds"));
}

#define THREADS 4
#define ROUNDS 40

static void *work(void *number) {
    const int me = *(int *) number;
    mco_db_h own;
    int i;

    OK(mco_db_connect("dyn", &own));
    for (i = 0; i < ROUNDS; ++i) {
        char text[16];
        const int len = sprintf(text, "%d-%d", me, i);
        mco_dictionary_h mine;
        mco_dyn_value_t key = dyn_u((uint8) (me * ROUNDS + i));
        mco_trans_h t;
        uint2 code;
        MCO_Hf h;

        OK(mco_dyn_compile(DYN_SCHEMA, NULL, MCO_DYN_NO_WARNINGS, &mine, NULL, 0));
        OK(mco_dyn_class(mine, "Plain", &code));
        OK(mco_dyn_free(mine));
        t = begin(own, MCO_READ_WRITE);
        OK(mco_dyn_new(t, code, NULL, &h));
        put(&h, 0, key);
        put(&h, 1, dyn_s(MCO_DYN_TEXT, text, (mco_size_t) len));
        OK(mco_trans_commit(t));
        t = begin(own, MCO_READ_ONLY);
        OK(mco_dyn_find(t, code, BY_N, &key, 1, &h));
        bytes_are(&h, 1, MCO_DYN_TEXT, text, (mco_size_t) len);
        OK(mco_trans_commit(t));
    }
    OK(mco_db_disconnect(own));
    return NULL;
}

static void threads(void) {
    pthread_t thread[THREADS];
    int number[THREADS], i;
    mco_class_stat_t stat;
    mco_trans_h t;

    for (i = 0; i < THREADS; ++i) {
        number[i] = i;
        TRUE(pthread_create(&thread[i], NULL, work, &number[i]) == 0);
    }
    for (i = 0; i < THREADS; ++i) TRUE(pthread_join(thread[i], NULL) == 0);
    t = begin(db, MCO_READ_ONLY);
    OK(mco_class_stat_get(t, plain, &stat));
    TRUE(stat.objects_num == THREADS * ROUNDS);
    OK(mco_trans_commit(t));
}

/* The generated field of a server's uptable and of its downtable. */
static void agent_ids(void) {
    mco_dictionary_h server, device;
    mco_db_h other;
    mco_trans_h t;
    MCO_Hf h;
    uint2 config, agent, idx;
    mco_dyn_value_t keys[2] = {dyn_u(1000), dyn_u(7)};

    OK(mco_dyn_compile("declare database s; declare auto_oid[10]; iot server;"
                       "downtable class Config { unsigned<4> id; tree <agent_id, id> idx; };",
                       NULL, MCO_DYN_NO_WARNINGS, &server, NULL, 0));
    OK(mco_dyn_class(server, "Config", &config));
    OK(mco_dyn_field(server, config, "agent_id", &agent));
    OK(mco_dyn_index(server, config, "idx", &idx));
    OK(open_memory("s", server, 4 << 20, NULL));
    OK(mco_db_connect("s", &other));
    t = begin(other, MCO_READ_WRITE);
    OK(mco_dyn_new(t, config, NULL, &h));
    unsigned_is(&h, agent, 0);
    put(&h, agent, dyn_i(1000));
    put(&h, 0, keys[1]);
    OK(mco_trans_commit(t));
    t = begin(other, MCO_READ_ONLY);
    {
        mco_cursor_t c;
        OK(mco_dyn_cursor(t, config, idx, &c));
        OK(mco_dyn_search(t, &c, MCO_EQ, keys, 2));
        OK(mco_dyn_from_cursor(t, &c, &h));
        unsigned_is(&h, agent, 1000);
    }
    OK(mco_trans_commit(t));
    OK(mco_db_disconnect(other));
    OK(mco_db_close("s"));
    OK(mco_dyn_free(server));

    OK(mco_dyn_compile("declare database d; declare auto_oid[10]; iot device 5;"
                       "downtable class Config { unsigned<4> id; list; };",
                       NULL, MCO_DYN_NO_WARNINGS, &device, NULL, 0));
    GIVES(MCO_E_UDA_FIELD_NOTFOUND, mco_dyn_field(device, 1, "agent_id", &agent));
    OK(open_memory("d", device, 4 << 20, NULL));
    OK(mco_db_connect("d", &other));
    t = begin(other, MCO_READ_WRITE);
    GIVES(MCO_E_ACCESS, mco_dyn_new(t, config, NULL, &h)); /* the server makes these */
    OK(mco_trans_rollback(t));
    OK(mco_db_disconnect(other));
    OK(mco_db_close("d"));
    OK(mco_dyn_free(device));
}

int main(void) {
    constants();
    compiling();
    OK(mco_runtime_start());
    OK(mco_dyn_compile(DYN_SCHEMA, NULL, MCO_DYN_NO_WARNINGS, &dict, NULL, 0));
    OK(open_memory("dyn", dict, 16 << 20, NULL));
    OK(mco_db_connect("dyn", &db));
    names();
    threads();
    lifetimes();
    agent_ids();
    OK(mco_db_disconnect(db));
    OK(mco_db_close("dyn"));
    OK(mco_dyn_free(dict));
    OK(mco_runtime_stop());
    return 0;
}
