/* Socket types and helpers. The conventions stand in mco.h. */
#include "mco.h"
#include "mcotime.h"

/* An IP address in network order; IPv4 is kept in mapped form. */
typedef struct mco_inetaddr_t_ {
#ifdef __GNUC__
    __extension__
#endif
    union {
        uint1 u1[16];
        uint2 u2[8];
        uint4 u4[4];
    };
    uint4 scope_id;
} mco_inetaddr_t;
