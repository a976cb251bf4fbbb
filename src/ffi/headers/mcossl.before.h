/* Parameters of TLS. The conventions stand in mco.h. */
#include "mco.h"
