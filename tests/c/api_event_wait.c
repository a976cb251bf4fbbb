/* Threads that wait for an event: woken by a commit, released, called off. */
#include "check.h"
#include "events.h"
#include "mcodyn.h"

#include <pthread.h>

typedef struct {
    pthread_t thread;
    mco_db_h db;
    int id;
    volatile int ended;
    MCO_RET code;
} waiter_t;

static mco_db_h db;

static void *wait(void *param) {
    waiter_t *waiter = param;
    waiter->code = mco_async_event_wait(waiter->db, waiter->id);
    __sync_synchronize();
    waiter->ended = 1;
    return NULL;
}

static void start(waiter_t *waiter, int id) {
    memset(waiter, 0, sizeof *waiter);
    waiter->id = id;
    OK(mco_db_connect("events", &waiter->db));
    TRUE(pthread_create(&waiter->thread, NULL, wait, waiter) == 0);
}

static void join(waiter_t *waiter, MCO_RET code) {
    TRUE(pthread_join(waiter->thread, NULL) == 0);
    GIVES(code, waiter->code);
}

/* Repeats what should end the wait: nobody knows when it has begun. */
#define UNTIL_ENDED(waiter, step)                        \
    do {                                                 \
        int left_ = 20000;                               \
        while (!(waiter).ended && --left_ > 0) {         \
            step;                                        \
            test_pause();                                \
        }                                                \
        TRUE((waiter).ended);                            \
    } while (0)

static void add(uint4 id, int commit) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Tank tank;
    OK(Tank_new(t, &tank));
    OK(Tank_id_put(&tank, id));
    OK(mco_trans_checkpoint(t)); /* fires now, but who waits hears of commits only */
    OK(commit ? mco_trans_commit(t) : mco_trans_rollback(t));
}

static void touch(void) {
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    Tank tank;
    OK(Tank_by_id_find(t, 1, &tank));
    OK(Tank_level_put(&tank, 5));
    OK(mco_trans_commit(t));
}

static void codes(void) {
    mco_trans_h t;

    GIVES(MCO_E_ILLEGAL_PARAM, mco_async_event_wait(db, 0));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_async_event_wait(db, -1));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_async_event_wait(db, entry_new + 1));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_async_event_release(db, 0));
    GIVES(MCO_E_INVALID_HANDLE, mco_async_event_wait(NULL, tank_new));
    GIVES(MCO_E_INVALID_HANDLE, mco_async_event_release_all(NULL));
    OK(mco_async_event_release(db, tank_new)); /* nobody waits */
    OK(mco_async_event_release_all(db));
    add(1, 1); /* nor is it kept for who comes later */
    GIVES(MCO_E_IOT_TIMEOUT, mco_iotx_event_wait(db, tank_new, 0));
    GIVES(MCO_E_IOT_TIMEOUT, mco_iotx_event_wait(db, tank_new, 1));
    t = begin(db, MCO_READ_WRITE);
    GIVES(MCO_E_TRANS_NOT_CLOSED, mco_async_event_wait(db, tank_new));
    OK(mco_trans_rollback(t));
}

static void wakes(void) {
    waiter_t one, two, other;
    uint4 id = 2, i;

    start(&one, tank_new);
    start(&two, tank_new_too);
    start(&other, tank_level);
    add(1000000, 0);
    UNTIL_ENDED(one, add(id++, 1));
    join(&one, MCO_S_OK);
    UNTIL_ENDED(two, add(id++, 1));
    join(&two, MCO_S_OK);
    for (i = 0; i < 50; ++i) {
        add(id++, 1);
        test_pause();
    }
    TRUE(!other.ended); /* nothing was put to a level */
    UNTIL_ENDED(other, touch());
    join(&other, MCO_S_OK);
    OK(mco_db_disconnect(one.db));
    OK(mco_db_disconnect(two.db));
    OK(mco_db_disconnect(other.db));
}

typedef struct {
    int asked, wanted; /* how often it was asked; at which time it gives up */
    int commits;       /* at which time the event comes */
} asked_t;

static int interrupted(void *context) {
    asked_t *asked = context;
    ++asked->asked;
    add(2000000 + (uint4) asked->asked, asked->asked == asked->commits);
    return asked->asked == asked->wanted;
}

static volatile int enough;

/* Wakes whoever waits, again and again. */
static void *disturb(void *param) {
    while (!enough) {
        OK(mco_async_event_release(db, entry_new));
    }
    return param;
}

static void called_off(void) {
    asked_t gives_up = {0, 2, 0}, commits = {0, 0, 2}, limited = {0, 0, 0};
    pthread_t disturber;

    OK(mco_iotx_interrupt_with(interrupted, &gives_up));
    GIVES(MCO_E_INTERRUPTED, mco_async_event_wait(db, tank_new));
    TRUE(gives_up.asked == 2);
    gives_up.asked = 0;
    TRUE(pthread_create(&disturber, NULL, disturb, NULL) == 0);
    GIVES(MCO_E_INTERRUPTED, mco_iotx_event_wait(db, tank_new, 60000));
    TRUE(gives_up.asked == 2);
    enough = 1;
    TRUE(pthread_join(disturber, NULL) == 0);
    OK(mco_iotx_interrupt_with(interrupted, &commits));
    OK(mco_async_event_wait(db, tank_new));
    TRUE(commits.asked == 2);
    OK(mco_iotx_interrupt_with(interrupted, &limited));
    GIVES(MCO_E_IOT_TIMEOUT, mco_iotx_event_wait(db, tank_new, 1));
    OK(mco_iotx_interrupt_with(NULL, NULL));
    GIVES(MCO_E_IOT_TIMEOUT, mco_iotx_event_wait(db, tank_new, 150));
    TRUE(limited.asked == 0);
}

static void rolled_back(void) {
    waiter_t waiter;
    uint4 i;

    start(&waiter, tank_new);
    for (i = 0; i < 50; ++i) {
        add(1000000, 0);
        test_pause();
    }
    TRUE(!waiter.ended);
    UNTIL_ENDED(waiter, OK(mco_async_event_release(db, tank_new)));
    join(&waiter, MCO_S_EVENT_RELEASED);
    OK(mco_db_disconnect(waiter.db));
}

static void released(void) {
    waiter_t one, two;
    int i;

    start(&one, tank_delete);
    start(&two, entry_new);
    UNTIL_ENDED(one, OK(mco_async_event_release(db, tank_delete)));
    TRUE(!two.ended);
    UNTIL_ENDED(two, OK(mco_async_event_release_all(db)));
    join(&one, MCO_S_EVENT_RELEASED);
    join(&two, MCO_S_EVENT_RELEASED);

    /* The connection ends under who waits. */
    OK(mco_db_disconnect(two.db));
    two.db = one.db;
    two.ended = 0;
    TRUE(pthread_create(&two.thread, NULL, wait, &two) == 0);
    for (i = 0; i < 50; ++i) test_pause(); /* either way it ends; more is seen when it has begun */
    OK(mco_db_disconnect(one.db));
    join(&two, MCO_E_INVALID_HANDLE);
}

int main(void) {
    waiter_t waiter;
    mco_dictionary_h dictionary;
    int id;

    OK(mco_runtime_start());
    OK(open_memory("events", events_get_dictionary(), 4 << 20, NULL));
    OK(mco_db_connect("events", &db));
    codes();
    wakes();
    rolled_back();
    called_off();
    released();

    start(&waiter, tank_new);
    OK(mco_db_kill("events"));
    join(&waiter, MCO_E_INVALID_HANDLE);
    OK(mco_runtime_stop());

    OK(mco_dyn_compile("declare database d; class A { bool b; event <new> a_new; list; event <b update> b_put; };", NULL, 0, &dictionary,
                       NULL, 0));
    OK(mco_dyn_event(dictionary, "b_put", &id));
    TRUE(id == 2);
    GIVES(MCO_E_UDA_EVENT_NOTFOUND, mco_dyn_event(dictionary, "c", &id));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_event(dictionary, NULL, &id));
    GIVES(MCO_E_ILLEGAL_PARAM, mco_dyn_event(dictionary, "b_put", NULL));
    OK(mco_dyn_free(dictionary));
    return 0;
}
