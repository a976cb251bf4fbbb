/*
 * Replication: communicator, replicator, connections. The conventions stand in mco.h.
 *
 * A communicator is sockets, threads and callbacks of a process; a replicator is the protocol plus one database, attached to
 * one communicator. Start in the order runtime, init, database, communicator, replicator, callbacks, listen and connect;
 * stop replicator and communicator before destroying them, then disconnect and close the database. Both belong to one
 * process and must not be used in a forked child.
 * Connection handles given to callbacks live for the duration of the callback and must not be released; those of find and
 * next are pinned until released.
 */
#include "mco.h"
#include "mconet.h"
#include "mcorest.h"

#if defined(_WIN32) && defined(MCOIOTCOMM_DLL)
#define MCOIOTCOMM_API __declspec(dllexport)
#elif defined(_WIN32) && defined(MCOIOTCOMM_USE_DLL)
#define MCOIOTCOMM_API __declspec(dllimport)
#else
#define MCOIOTCOMM_API
#endif

#if defined(_WIN32) && defined(MCOIOTREPL_DLL)
#define MCOIOTREPL_API __declspec(dllexport)
#elif defined(_WIN32) && defined(MCOIOTREPL_USE_DLL)
#define MCOIOTREPL_API __declspec(dllimport)
#else
#define MCOIOTREPL_API
#endif

#ifdef MCO_NO_FORWARDS
typedef void *mco_iot_comm_h;
typedef void *mco_iot_connection_h;
typedef void *mco_iot_replicator_h;
#else
typedef struct mco_iot_comm_t_ *mco_iot_comm_h;
typedef struct mco_iot_connection_t_ *mco_iot_connection_h;
typedef struct mco_iot_replicator_t_ *mco_iot_replicator_h;
#endif

/* Every connected node; as receiver of a downtable row: all devices. */
#define MCO_IOT_ALL_AGENTS ((uint8)0)
/* The server. */
#define MCO_IOT_SERVER_AGENT_ID ((uint8)1)
/* Highest usable id; the fifteen above are reserved. */
#define MCO_IOT_MAX_AGENT_ID ((uint8)0xFFFFFFFFFFFFFFF0u)
/* The own id; as target of sync or clear MCO_E_IOT_WRONG_AGENT_ID. */
#define MCO_IOT_THIS_AGENT_ID ((uint8)0xFFFFFFFFFFFFFFF1u)
/* All nodes of lower level, direct or behind others. */
#define MCO_IOT_ALL_UP_AGENTS ((uint8)0xFFFFFFFFFFFFFFF2u)
/* All nodes of higher level, direct or behind others. */
#define MCO_IOT_ALL_DOWN_AGENTS ((uint8)0xFFFFFFFFFFFFFFF3u)
/* None. */
#define MCO_IOT_INVALID_AGENT_ID ((uint8)0xFFFFFFFFFFFFFFFFu)
