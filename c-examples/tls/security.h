/* What both programs of this example do for TLS. */
#ifndef EXAMPLE_SECURITY_H
#define EXAMPLE_SECURITY_H

#include "mcoiotx.h"
#include "mcossl.h"

/* Parameters of TLS, and the paths in them. */
typedef struct {
    mco_ssl_params_t ssl;
    char certificate[1024], key[1024], authority[1024];
} security_t;

/* Fills in `params` for a side that shows the certificate NAME.pem of a directory, and takes only peers of the CA in ca.pem. */
static void secure(mco_iot_comm_params_t *params, security_t *security, const char *directory, const char *name) {
    snprintf(security->authority, sizeof security->authority, "%s/ca.pem", directory);
    snprintf(security->certificate, sizeof security->certificate, "%s/%s.pem", directory, name);
    snprintf(security->key, sizeof security->key, "%s/%s.key", directory, name);

    CHECK(mco_ssl_init());
    CHECK(mco_ssl_load_verify_locations(security->authority, NULL));
    mco_ssl_params_init(&security->ssl);
    security->ssl.certificate_file = security->certificate;
    security->ssl.private_key_file = security->key;
    security->ssl.verify_mode = MCO_SSL_VERIFY_PEER | MCO_SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    params->ssl_params = &security->ssl;
}

#endif
