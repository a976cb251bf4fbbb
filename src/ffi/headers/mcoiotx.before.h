/* Extensions of this library. The conventions stand in mco.h. */
#include "mcoiot.h"

/* Version of this header: major * 10000 + minor * 100 + patch. */
#define MCO_IOTX_VERSION @VERSION@
