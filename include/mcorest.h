/* There is no REST server here; only the type that mcoiot.h names. */
#ifndef MCO_REST_H__
#define MCO_REST_H__

#include "mco.h"

typedef void *mcorest_h;

#endif /* MCO_REST_H__ */
