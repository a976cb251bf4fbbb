/* The clock of the library. */
#ifndef MCO_TIME_H__
#define MCO_TIME_H__

#include "mcospec.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef uint8 timer_unit;

/* Stands for "no limit" wherever a time is asked for. */
#define MCO_TM_INFINITE (~(timer_unit)0)

/* Microseconds since 1970 as the clock of the system shows them. Thread: any. */
timer_unit mco_system_get_current_time(void);

/* The same in milliseconds. */
#define MCO_SYSTEM_GET_CURRENT_TIME_MSEC (mco_system_get_current_time() / 1000u)

#ifdef __cplusplus
}
#endif

#endif /* MCO_TIME_H__ */
