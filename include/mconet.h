/* Generated from src/ffi by build.rs; change it there. */
#ifndef MCO_NET_H__
#define MCO_NET_H__

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

/* mco_net_get_capabilities: TLS is built in. */
#define MCO_NET_CAP_SSL 1
/* mco_net_get_capabilities: IPv6 is built in. */
#define MCO_NET_CAP_IPV6 2
/* mco_net_get_capabilities: compression is built in. */
#define MCO_NET_CAP_ZLIB 4
/* Bytes that mco_net_ntoa needs. */
#define MCO_NET_INETADDR_STRING_LEN 48

/* Kind of address. */
typedef enum {
    /* IPv4 or IPv6. */
    MCO_SOCK_INET_DOMAIN = 0,
    MCO_SOCK_INETV4_DOMAIN = 1,
    MCO_SOCK_INETV6_DOMAIN = 2,
    MCO_SOCK_LOCAL_DOMAIN = 3,
    /* Not supported: MCO_E_NW_NOTSUPP. */
    MCO_SOCK_SDP_DOMAIN = 4,
} MCO_SOCK_DOMAIN;

/* Kind of socket; only MCO_SOCK_STREAM is supported, the others give MCO_E_NW_NOTSUPP. */
typedef enum {
    MCO_SOCK_STREAM = 0,
    MCO_SOCK_DGRAM = 1,
    MCO_SOCK_MCAST = 2,
} MCO_SOCK_TYPE;

/* Bits of mode in mco_sock_params_t. */
typedef enum {
    MCO_SOCK_NODELAY = 1,
    MCO_SOCK_DO_NOT_REUSE_ADDRESS = 2,
    MCO_SOCK_NON_BLOCKING = 4,
    MCO_SOCK_KEEP_ALIVE = 8,
    MCO_SOCK_DO_NOT_CLOEXEC = 16,
} MCO_SOCK_OPEN_MODE;

/* Parameters of one socket; fill with mco_socket_params_init first. */
typedef struct mco_sock_params_t_ {
    /* MCO_SOCK_OPEN_MODE bits. */
    int mode;
    /* Seconds, -1 = as the system does it. */
    int linger;
    /* Bytes, 0 = as the system does it. */
    int sndbuf;
    /* Bytes, 0 = as the system does it. */
    int rcvbuf;
    /* Compression of what this side sends: 0 none, 1 (fast) to 9 (short), -1 default of the library. */
    int compression_level;
    MCO_SOCK_DOMAIN domain;
    MCO_SOCK_TYPE type;
    const char *mcast_addr;
    /* NULL = plain, else a mco_ssl_params_t *. */
    void *ssl_params;
    /* Out: why opening failed. */
    MCO_RET last_error;
    /* Out: errno of that. */
    int last_errno;
} mco_sock_params_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 * Fills in the defaults: mode MCO_SOCK_NODELAY, everything else as the system does it, INET, STREAM, plain. NULL is ignored.
 * Thread: any.
 */
void mco_socket_params_init(mco_sock_params_t *params);

/*
 * Writes an address as text, IPv4 in its own form, into MCO_NET_INETADDR_STRING_LEN bytes. Returns the length without NUL,
 * negative on error.
 * Thread: any.
 */
int mco_net_ntoa(const mco_inetaddr_t *address,
                 char *text);

/*
 * As mco_net_ntoa; v4mapped_as_ip4 = MCO_NO shows IPv4 in its mapped form.
 * Thread: any.
 */
int mco_net_ntoa_ex(const mco_inetaddr_t *address, char *text, mco_bool v4mapped_as_ip4);

/*
 * Splits "15000", "host:15000" or "[::1]:15000" into host (empty when there is none) and port; endptr, which may be NULL,
 * gets the first character behind. MCO_E_NW_INVADDR: not an address; MCO_E_NW_NOMEM: the host does not fit.
 * Thread: any.
 */
MCO_RET mco_net_parse_address(const char *address,
                              char *hostname,
                              int hostname_len,
                              int *port,
                              const char **endptr);

/*
 * What the network part can do: MCO_NET_CAP_ bits.
 * Thread: any.
 */
unsigned long mco_net_get_capabilities(void);

#ifdef __cplusplus
} // extern "C"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Directory of the local sockets whose address is a number; "/tmp" unless set before the call. */
extern const char *mco_unix_socket_dir;

#ifdef __cplusplus
}
#endif

#endif /* MCO_NET_H__ */
