/* Fatal errors: handlers in their order, the database that refuses further use, and the end without a handler. */
#include "check.h"
#include "kinds.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char calls[8];
static int last;

static void plain(MCO_RET rc) {
    strcat(calls, "p");
    last = (int) rc;
}

static void placed(MCO_RET rc, const char *file, int line) {
    strcat(calls, "x");
    TRUE(file[0] != 0 && line > 0);
    last = (int) rc;
}

static void expect(const char *order, int code) {
    TRUE(strcmp(calls, order) == 0);
    TRUE(last == code);
    calls[0] = 0;
}

static void without_handler(void) {
    const struct rlimit none = {0, 0};
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        (void) !freopen("/dev/null", "w", stderr);
        setrlimit(RLIMIT_CORE, &none);
        open_memory("seventeen_letters", kinds_get_dictionary(), 1 << 20, NULL);
        _exit(0);
    }
    TRUE(waitpid(child, &status, 0) == child);
    TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void) {
    mco_db_params_t params;
    mco_db_h db, second, third;
    mco_trans_h t, nested;
    Note note;

    OK(mco_runtime_start());
    without_handler();

    mco_error_set_handler(plain);
    GIVES(MCO_E_CORE, open_memory("seventeen_letters", kinds_get_dictionary(), 1 << 20, NULL));
    expect("p", MCO_ERR_DB_NAMELONG);
    mco_error_set_handler_ex(placed);
    GIVES(MCO_E_CORE, open_memory("seventeen_letters", kinds_get_dictionary(), 1 << 20, NULL));
    expect("xp", MCO_ERR_DB_NAMELONG);
    mco_error_set_handler(NULL);

    /* Disconnecting with an open transaction; the database refuses further use, and can be closed. */
    OK(open_memory("kinds", kinds_get_dictionary(), 1 << 20, NULL));
    OK(mco_db_connect("kinds", &db));
    OK(mco_db_connect("kinds", &second));
    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_CORE, mco_db_disconnect(db));
    expect("x", MCO_ERR_ACTIVE_TRANSACTION);
    GIVES(MCO_E_CORE, Note_new(t, &note));
    GIVES(MCO_E_CORE, mco_db_connect("kinds", &third));
    OK(mco_db_disconnect(second));
    OK(mco_db_disconnect(db));
    OK(mco_db_close("kinds"));

    /* A nested start where that is forbidden. */
    mco_db_params_init(&params);
    params.mode_mask = MCO_DB_DISABLE_NESTED_TRANSACTIONS;
    OK(open_memory("kinds", kinds_get_dictionary(), 1 << 20, &params));
    OK(mco_db_connect("kinds", &db));
    t = begin(db, MCO_READ_ONLY);
    GIVES(MCO_E_CORE, mco_trans_start(db, MCO_READ_ONLY, MCO_TRANS_FOREGROUND, &nested));
    expect("x", MCO_ERR_NESTED_TRANS_TRAP);
    OK(mco_db_disconnect(db));
    OK(mco_db_close("kinds"));
    OK(mco_runtime_stop());
    return 0;
}
