/* Holding a header against what programs were written for: values, members in their order and of their types, functions of
 * their types. Most of it fails at compile time already. */
#ifndef TESTS_NAMES_H
#define TESTS_NAMES_H

#include "check.h"

#include <stddef.h>

#define NAMES_AT_(line) holds_##line
#define NAMES_AT(line) NAMES_AT_(line)

/* At file level, one in a line. */
#define HOLDS(condition) typedef char NAMES_AT(__LINE__)[(condition) ? 1 : -1]

/* A number of this size, with or without sign. */
#define UNSIGNED(type, size) HOLDS(sizeof(type) == (size) && (type) ~(type) 0 > (type) 0)
#define SIGNED(type, size) HOLDS(sizeof(type) == (size) && (type) ~(type) 0 < (type) 0)

/* LIST(M) names the members as M(type, member, dimensions): the structure has just these, in this order. */
#define NAMES_MEMBER(type, member, dimensions) type member dimensions;
#define NAMES_SAME(type, member, dimensions)                                                                     \
    {                                                                                                            \
        typedef type member_t dimensions;                                                                        \
        member_t *same_ = &is_->member;                                                                          \
        (void) same_;                                                                                            \
    }                                                                                                            \
    if (offsetof(is_t, member) != offsetof(expected_t, member)) FAIL("%s stands elsewhere", #member);
#define STRUCTURE(name, LIST)                                                                                    \
    static void structure_##name(void) {                                                                         \
        typedef name is_t;                                                                                       \
        typedef struct {                                                                                         \
            LIST(NAMES_MEMBER)                                                                                   \
        } expected_t;                                                                                            \
        static is_t value_;                                                                                      \
        is_t *is_ = &value_;                                                                                     \
        LIST(NAMES_SAME)                                                                                         \
        TRUE(sizeof(is_t) == sizeof(expected_t));                                                                \
    }

/* In a function: another function has just this type. */
#define FUNCTION(result, name, arguments)                                                                        \
    do {                                                                                                         \
        result(*function_) arguments = name;                                                                     \
        names_seen += function_ != NULL;                                                                         \
    } while (0)

static int names_seen;

#endif
