/* Generated from src/ffi by build.rs; change it there. */
#ifndef MCO_SSL_H__
#define MCO_SSL_H__

/* Parameters of TLS. The conventions stand in mco.h. */
#include "mco.h"

#define MCO_SSL_OPT_NO_SSLV2 1
#define MCO_SSL_OPT_NO_SSLV3 2
#define MCO_SSL_OPT_NO_TLSV1_0 4
#define MCO_SSL_OPT_NO_TLSV1_1 8
#define MCO_SSL_OPT_NO_TLSV1_2 16
#define MCO_SSL_OPT_NO_COMPRESSION 32
#define MCO_SSL_OPT_SINGLE_DH_USE 64
#define MCO_SSL_VERIFY_NONE 0
#define MCO_SSL_VERIFY_PEER 1
#define MCO_SSL_VERIFY_FAIL_IF_NO_PEER_CERT 2
#define MCO_SSL_VERIFY_CLIENT_ONCE 4

/* Parameters of TLS; fill with mco_ssl_params_init first. */
typedef struct {
    const char *cipher_list;
    long max_cert_list;
    /* MCO_SSL_OPT_ bits. */
    unsigned long options;
    const char *tmp_dh;
    /* MCO_SSL_VERIFY_ bits. */
    unsigned int verify_mode;
    int verify_depth;
    /* PEM text. */
    const char *certificate;
    /* PEM text. */
    const char *private_key;
    /* Path of a PEM file. */
    const char *certificate_file;
    /* Path of a PEM file. */
    const char *private_key_file;
} mco_ssl_params_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 * Prepares TLS, once before it is used. Not built in: MCO_E_NW_NOTSUPP, see mco_net_get_capabilities.
 * Thread: any.
 */
MCO_RET mco_ssl_init(void);

/*
 * Takes mco_ssl_init back.
 * Thread: any.
 */
void mco_ssl_cleanup(void);

/*
 * Fills in the defaults: everything empty, MCO_SSL_VERIFY_NONE, depth 9. NULL is ignored.
 * Thread: any.
 */
void mco_ssl_params_init(mco_ssl_params_t *params);

/*
 * Certificates that peers are checked against, for the whole process. Not built in: MCO_E_NW_NOTSUPP.
 * Thread: any.
 */
MCO_RET mco_ssl_load_verify_locations(const char *ca_file, const char *ca_path);

#ifdef __cplusplus
} // extern "C"
#endif

#endif /* MCO_SSL_H__ */
