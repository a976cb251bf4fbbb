/* Start and stop of the runtime, its options and description, heap, texts of codes, trace. */
#include "check.h"
#include "kinds.h"

static int traced_level;
static char traced_text[20];

static void trace(int level, int module, const char *text) {
    traced_level = 10 * module + level;
    strncpy(traced_text, text, sizeof traced_text - 1);
}

int main(void) {
    mco_runtime_info_t info;
    mco_db_params_t params;
    mco_db_h db;
    char names[64];
    void *memory;
    int *options;

    /* Nothing works before the start, but nothing breaks. */
    GIVES(MCO_E_NOTINIT, mco_runtime_stop());
    GIVES(MCO_E_NOTINIT, open_memory("kinds", kinds_get_dictionary(), 1 << 20, NULL));
    TRUE(strstr(mco_iotx_last_error(), "mco_runtime_start") != NULL);
    GIVES(MCO_E_NOINSTANCE, mco_db_connect("kinds", &db));
    GIVES(MCO_E_NOINSTANCE, mco_db_close("kinds"));

    /* Starts are counted. */
    OK(mco_runtime_start());
    OK(mco_runtime_start());
    OK(mco_runtime_stop());
    OK(open_memory("kinds", kinds_get_dictionary(), 1 << 20, NULL));
    TRUE(mco_trans_get_supported_isolation_levels() == 4);

    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_databases(NULL, 10, 0));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_db_databases(names, 0, 0));
    memset(names, 'x', sizeof names);
    OK(mco_db_databases(names, sizeof names, 0));
    TRUE(memcmp(names, "kinds\0\0x", 8) == 0);
    GIVES(MCO_S_OVERFLOW, mco_db_databases(names, 6, 0));
    TRUE(names[0] == 0);
    OK(mco_db_databases(names, sizeof names, 1));
    TRUE(names[0] == 0);

    GIVES(MCO_E_OPENED_SESSIONS, mco_runtime_stop());
    OK(mco_db_close("kinds"));
    OK(mco_runtime_stop());
    GIVES(MCO_E_NOTINIT, mco_runtime_stop());

    /* The other form of start. */
    OK(mco_runtime_start_ex(MCO_NO, MCO_YES, MCO_NO, NULL, NULL, NULL));
    TRUE(mco_trans_get_supported_isolation_levels() == 7);
    OK(mco_runtime_stop());

    /* Options. */
    TRUE(mco_runtime_getoption(MCO_RT_OPTION_DATETIME_PRECISION) == 1);
    mco_runtime_setoption(MCO_RT_OPTION_DATETIME_PRECISION, 1000);
    options = mco_runtime_get_options_arr();
    TRUE(options[MCO_RT_OPTION_DATETIME_PRECISION] == 1000);
    mco_runtime_setoption(-1, 7);
    mco_runtime_setoption(MCO_RT_OPTION_LAST, 7);
    TRUE(mco_runtime_getoption(-1) == 0 && mco_runtime_getoption(MCO_RT_OPTION_LAST) == 0);

    /* Description. */
    memset(&info, 0xEE, sizeof info);
    mco_get_runtime_info(&info);
    mco_get_runtime_info(NULL);
    TRUE(info.iot_supported == 1 && info.mco_disk_supported == 1 && info.cluster_supported == 0);
    TRUE(info.multiprocess_access_supported == 1 && info.mco_shm_supported == 1);
    TRUE(info.mco_size_t == sizeof(mco_size_t) && info.mco_wchar_supported == 0);
    TRUE(strcmp(info.mco_revision, mco_iotx_version()) == 0);
    TRUE(info.mco_version_major * 10000 + info.mco_version_minor * 100 + info.mco_build_number == MCO_IOTX_VERSION);

    /* Heap. */
    memory = mco_sys_malloc(10);
    TRUE(memory != NULL);
    memory = mco_sys_realloc(memory, 20);
    TRUE(memory != NULL);
    mco_sys_free(memory);
    memory = mco_sys_calloc(2, 8);
    TRUE(memory != NULL && ((char *) memory)[15] == 0);
    mco_sys_free(memory);
    mco_sys_free(NULL);

    /* Texts. */
    TRUE(strcmp(mco_strerror(MCO_S_OK), "success") == 0);
    TRUE(strcmp(mco_strerror((MCO_RET) 49), "unknown error") == 0);
    TRUE(MCO_E_LONG_TRANSACTON == 65 && MCO_E_IOT_NO_NEW_DATA == 1208 && MCO_BELONG == MCO_LE);

    /* Parameters. */
    mco_db_params_init(NULL);
    memset(&params, 0xEE, sizeof params);
    mco_db_params_init(&params);
    TRUE(params.mem_page_size == 256 && params.db_max_connections == 100 && params.compression_mask == 4099);
    TRUE(params.dynamic_hash == MCO_YES && params.iot_agent_id == 0 && params.log_params.redo_log_limit == 16 << 20);

    /* Levels may be anything. */
    mco_trace_set_level(-1);
    mco_trace_set_level(100);
    mco_trace_set_level(2);

    /* A program may use the trace, too. */
    mco_trace_set_handler(trace);
    mco_iotx_trace(3, "too much");
    mco_iotx_trace(2, NULL);
    TRUE(traced_level == 0);
    mco_iotx_trace(2, "look here");
    TRUE(traced_level == 2 && strcmp(traced_text, "look here") == 0);
    mco_trace_set_handler(NULL);
    OK(mco_runtime_start());
    OK(mco_iot_init());
    OK(mco_iot_init());
    OK(mco_runtime_stop());
    return 0;
}
