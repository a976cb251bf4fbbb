/* Generated from src/ffi by build.rs; change it there. */
#ifndef MCO_SSL_H__
#define MCO_SSL_H__

/* Parameters of TLS. The conventions stand in mco.h. */
#include "mco.h"

/* TLS knows no SSL any more: the bit has nothing to do. */
#define MCO_SSL_OPT_NO_SSLV2 1
/* As MCO_SSL_OPT_NO_SSLV2. */
#define MCO_SSL_OPT_NO_SSLV3 2
/* TLS 1.0 is never spoken: the bit has nothing to do. */
#define MCO_SSL_OPT_NO_TLSV1_0 4
/* TLS 1.1 is never spoken: the bit has nothing to do. */
#define MCO_SSL_OPT_NO_TLSV1_1 8
/* TLS 1.3 alone. */
#define MCO_SSL_OPT_NO_TLSV1_2 16
/* TLS never compresses: the bit has nothing to do. */
#define MCO_SSL_OPT_NO_COMPRESSION 32
/* Keys are always exchanged anew: the bit has nothing to do. */
#define MCO_SSL_OPT_SINGLE_DH_USE 64
/* Who connects takes any certificate, who listens asks for none. The connection is encrypted, but nobody knows with whom. */
#define MCO_SSL_VERIFY_NONE 0
/*
 * Who connects verifies that the certificate comes from a loaded CA and is for the host that it connects to (in the local
 * domain: localhost); who listens asks for a certificate and verifies the one that comes, if one comes.
 */
#define MCO_SSL_VERIFY_PEER 1
/* As MCO_SSL_VERIFY_PEER, and who listens refuses peers without a certificate. */
#define MCO_SSL_VERIFY_FAIL_IF_NO_PEER_CERT 2
/* There is one handshake in a connection: the bit has nothing to do. */
#define MCO_SSL_VERIFY_CLIENT_ONCE 4

/*
 * Parameters of TLS 1.2 and 1.3; fill with mco_ssl_params_init first. They are read, with the files that they name, in
 * mco_iot_comm_create, mco_iot_comm_listen, mco_iot_comm_connect_async and mco_iot_replicator_connect, and may be freed behind
 * these. What is wrong with them is MCO_E_NW_INVALID_PARAMETER with a text that says what; without TLS in the library they are
 * MCO_E_NW_NOTSUPP. Who listens needs a certificate. A connection that cannot be made secure ends with MCO_E_NW_HANDSHAKE.
 */
typedef struct {
    /*
     * Cipher suites of TLS 1.2 by their names in OpenSSL or the IANA registry, with ':' between them; unknown ones are skipped,
     * ALL stands for all, a '!' in front takes one away. NULL: all. Those of TLS 1.3 are always there.
     */
    const char *cipher_list;
    /* Bytes that the certificates of a peer may have together; 0: about 60,000. */
    long max_cert_list;
    /* MCO_SSL_OPT_ bits. */
    unsigned long options;
    /* No effect: keys are exchanged over elliptic curves. */
    const char *tmp_dh;
    /* MCO_SSL_VERIFY_ bits. */
    unsigned int verify_mode;
    /* Certificates between the one of the peer and a loaded CA at most. */
    int verify_depth;
    /* PEM text: the own certificate, then those between it and its CA. */
    const char *certificate;
    /* PEM text of its key, without a password; NULL, and no private_key_file: it stands behind the certificate. */
    const char *private_key;
    /* Path of a PEM file, in place of certificate. */
    const char *certificate_file;
    /* Path of a PEM file, in place of private_key. */
    const char *private_key_file;
} mco_ssl_params_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 * Prepares TLS, once before it is used; again is harmless. Not built in: MCO_E_NW_NOTSUPP, see mco_net_get_capabilities.
 * Thread: any.
 */
MCO_RET mco_ssl_init(void);

/*
 * Takes mco_ssl_init back: the loaded CAs are forgotten. Listeners, and connections, that are open stay as they are.
 * Thread: any.
 */
void mco_ssl_cleanup(void);

/*
 * Fills in the defaults: everything empty, MCO_SSL_VERIFY_NONE, depth 9. NULL is ignored.
 * Thread: any.
 */
void mco_ssl_params_init(mco_ssl_params_t *params);

/*
 * Adds CAs that peers are verified against, for the whole process: the PEM certificates in ca_file, and those in the files of
 * the directory ca_path; either may be NULL. Listeners go by what was loaded when they were opened, connectors by what is loaded
 * at each attempt. MCO_E_ILLEGAL_PARAM: both are NULL; MCO_E_NW_INVALID_PARAMETER: not to be read, or no certificate in it;
 * MCO_E_NW_NOTSUPP: TLS is not built in.
 * Thread: any.
 */
MCO_RET mco_ssl_load_verify_locations(const char *ca_file,
                                      const char *ca_path);

#ifdef __cplusplus
} // extern "C"
#endif

#endif /* MCO_SSL_H__ */
