/* Types of the platform. */
#ifndef MCO_SPEC_H__
#define MCO_SPEC_H__

#include <stddef.h>
#include <stdint.h>

typedef uint8_t uint1;   /* 8 bits */
typedef uint16_t uint2;  /* 16 bits */
typedef uint32_t uint4;  /* 32 bits */
typedef int8_t int1;     /* 8 bits */
typedef int16_t int2;    /* 16 bits */
typedef int32_t int4;    /* 32 bits */
typedef uint64_t uint8;  /* 64 bits */
typedef int64_t mco_int8; /* 64 bits; the name without prefix would be too common */
typedef uint8 mco_uquad;
typedef mco_int8 mco_iquad;

typedef int mco_bool;
#define MCO_YES 1
#define MCO_NO 0

typedef uint2 nchar_t; /* a character of 2 bytes */

typedef uint8 mco_datetime;
typedef uint4 mco_date;
typedef uint4 mco_time;

typedef uintptr_t mco_size_t;
typedef intptr_t mco_size_sig_t;
typedef uintptr_t mco_offs_t;
typedef uintptr_t mco_counter_t;
typedef uintptr_t mco_hash_counter_t;
typedef uint4 mco_size32_t;
typedef uint4 mco_offs32_t;
typedef uint4 mco_counter32_t;
typedef uint8 mco_trans_counter_t;

typedef uint8 autoid_t;

#endif /* MCO_SPEC_H__ */
