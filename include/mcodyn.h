/* Generated from src/ffi by build.rs; change it there. */
#ifndef MCO_DYN_H__
#define MCO_DYN_H__

/*
 * For other languages and tools: the text of a schema becomes a dictionary at run time; objects, fields, indexes and cursors are
 * named by numbers, contents are tagged values. Works on every database, also with a dictionary of generated code. The conventions
 * stand in mco.h.
 *
 * Class codes count from 1, fields from 0 in their class, indexes from 0 over the database: numbers of the dictionary that the
 * database was opened with.
 */
#include "mco.h"

/* mco_dyn_compile: classes are persistent unless they say otherwise. */
#define MCO_DYN_PERSISTENT 1
/* mco_dyn_compile: no warnings. */
#define MCO_DYN_NO_WARNINGS 2
/* mco_dyn_compile: warnings are errors. */
#define MCO_DYN_STRICT 4
/* mco_dyn_compile: include_dir is a list of names, each with its NUL, and another NUL behind the last; ':' separates nothing. */
#define MCO_DYN_INCLUDE_LIST 8
/* As index: all objects of a class, in order of creation. The class needs no 'list'. */
#define MCO_DYN_LIST 65535
/* As index, and as field of a column that is read: the autoid of a class. */
#define MCO_DYN_AUTOID 65534
/* As index, and as field of a column or of mco_dyn_copy: the oids of a class, in the order of their bytes with every number big endian. */
#define MCO_DYN_OID 65533
/* Kind of a value: NULL, in nullable fields; a blob that was never written, or was erased. */
#define MCO_DYN_NULL 0
/* Kind of a value: v.i; signed, enum, numeric (the scaled integer). */
#define MCO_DYN_SIGNED 1
/* Kind of a value: v.u; unsigned, bool (0 or 1), date, time, datetime, autoid_t. */
#define MCO_DYN_UNSIGNED 2
/* Kind of a value: v.d; float, double. */
#define MCO_DYN_DOUBLE 3
/* Kind of a value: v.s; char, string. Bytes as they are, without the padding of char. */
#define MCO_DYN_TEXT 4
/* Kind of a value: v.s; binary, varbinary, blob; ref and oid: the members one after another as in C, but without padding. */
#define MCO_DYN_BYTES 5
/* Kind of a value: v.s; nchar, nstring. Characters as nchar_t, their length in bytes. */
#define MCO_DYN_WIDE 6
/* Kind of a column: an array or vector. data is one mco_dyn_elements_t. */
#define MCO_DYN_ELEMENTS 7
/* Kind of a column: a struct. data are size columns (mco_dyn_column_t) of its members, with the numbers that these have in the struct. */
#define MCO_DYN_STRUCT 8

/* Bytes. */
typedef struct {
    /* First byte; may be NULL when len is 0. No NUL behind. */
    const void *ptr;
    /* Bytes. */
    mco_size_t len;
} mco_dyn_bytes_t;

/* Content of a value, by its kind. */
typedef union {
    /* MCO_DYN_SIGNED */
    mco_int8 i;
    /* MCO_DYN_UNSIGNED */
    uint8 u;
    /* MCO_DYN_DOUBLE */
    double d;
    /* MCO_DYN_TEXT, MCO_DYN_BYTES, MCO_DYN_WIDE */
    mco_dyn_bytes_t s;
} mco_dyn_content_t;

/* One value of a field or a key. */
typedef struct {
    /* MCO_DYN_NULL .. MCO_DYN_WIDE */
    int kind;
    /* What is in it. */
    mco_dyn_content_t v;
} mco_dyn_value_t;

/*
 * One column of many rows, in memory of the program. It is used during the call only.
 * Numbers: kind SIGNED or UNSIGNED with size 1, 2, 4, 8, DOUBLE with size 4, 8, in the byte order of the machine, need not
 * be aligned. Texts (TEXT, BYTES, WIDE) lie in places of size bytes each, or, with stride 0 and lengths, one behind the
 * other without a gap; size is then that of all the memory at data.
 */
typedef struct {
    /* Number of the field; or MCO_DYN_OID; in mco_dyn_read_many also MCO_DYN_AUTOID. */
    uint2 field;
    /* MCO_DYN_SIGNED .. MCO_DYN_STRUCT */
    int kind;
    /* Bytes of one number or of the place of one text; columns of a struct. */
    mco_size_t size;
    /* Bytes from one row to the next, may be negative; 0 when inserting: all rows get the first value. Not looked at for ELEMENTS and STRUCT. */
    mco_size_sig_t stride;
    /* The first row. Read by insert, written by read. */
    void *data;
    /* Texts: bytes of each row, one after the other. NULL: zeros at the end of a place do not count. */
    uint4 *lengths;
    /*
     * For each row 1 if it has a value, 0 if it is NULL; data is then not looked at, or written as 0 or empty. NULL: all have values.
     * Of structs, elements that are no numbers, and lists in a struct: 0 where there is none; what would be in it takes no place among
     * texts without gaps and elements.
     */
    uint1 *indicators;
} mco_dyn_column_t;

/* The elements of all rows of an array or vector, one behind the other: a column in which each of them is a row. */
typedef struct {
    /* For each row the number of its elements, at most 65535. Read by insert, written by read. NULL: an array, which has as many as it has. */
    uint4 *counts;
    /* Elements in memory: so many are there; for so many there is room, when reading. */
    uint4 room;
    /* The elements. field is not looked at. */
    mco_dyn_column_t column;
} mco_dyn_elements_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 * Compiles the text of a schema; the dictionary serves mco_db_open_dev like one of generated code.
 * include_dir: directories for include files, separated by ':', after the current one; NULL for none. flags: MCO_DYN_PERSISTENT,
 * MCO_DYN_NO_WARNINGS, MCO_DYN_STRICT, MCO_DYN_INCLUDE_LIST. messages: errors or warnings with their places, as mcocomp prints
 * them, cut to size bytes with their NUL, "" when there are none; NULL to do without. mco_iotx_last_error has all errors, uncut.
 * MCO_E_SCHEMA_ERROR: the text has errors. Free the dictionary with mco_dyn_free.
 * Thread: any.
 */
MCO_RET mco_dyn_compile(const char *text,
                        const char *include_dir,
                        int flags,
                        mco_dictionary_h *dict,
                        char *messages,
                        mco_size_t size);

/*
 * Frees a dictionary of mco_dyn_compile and its JSON. Databases that are open with it are not touched.
 * MCO_E_INVALID_HANDLE: freed already; MCO_E_UDA_NOT_DYNAMIC: of generated code.
 * Thread: any.
 */
MCO_RET mco_dyn_free(mco_dictionary_h dict);

/*
 * The whole schema as JSON (size bytes and a NUL), owned by the dictionary. MCO_E_INVALID_HANDLE, MCO_E_UDA_NOT_DYNAMIC.
 * Thread: any.
 */
MCO_RET mco_dyn_describe(mco_dictionary_h dict, const void **json, mco_size_t *size);

/*
 * Code of the class with this name. MCO_E_UDA_STRUCT_NOTFOUND, MCO_E_INVALID_HANDLE, MCO_E_UDA_NOT_DYNAMIC.
 * Thread: any.
 */
MCO_RET mco_dyn_class(mco_dictionary_h dict, const char *name, uint2 *code);

/*
 * Number of a field in its class, from 0. MCO_E_UDA_FIELD_NOTFOUND, MCO_E_UDA_WRONG_CLASS_CODE, codes of mco_dyn_class.
 * Thread: any.
 */
MCO_RET mco_dyn_field(mco_dictionary_h dict, uint2 code, const char *name, uint2 *no);

/*
 * Number of an index, from 0 over the whole database. MCO_E_UDA_INDEX_NOTFOUND, MCO_E_UDA_WRONG_CLASS_CODE, codes of
 * mco_dyn_class.
 * Thread: any.
 */
MCO_RET mco_dyn_index(mco_dictionary_h dict, uint2 code, const char *name, uint2 *no);

/*
 * Number of an event, for mco_async_event_wait. MCO_E_UDA_EVENT_NOTFOUND, MCO_E_INVALID_HANDLE, MCO_E_UDA_NOT_DYNAMIC.
 * Thread: any.
 */
MCO_RET mco_dyn_event(mco_dictionary_h dict, const char *name, int *id);

/*
 * A new object with defaults. oid: MCO_DYN_BYTES for a class with oid, else NULL. MCO_S_DUPLICATE: an object of some class has this oid,
 * there is no new one; MCO_E_UDA_WRONG_CLASS_CODE; MCO_E_ILLEGAL_PARAM: an oid is missing, or the class has none; the codes of an oid as
 * mco_dyn_find; MCO_E_ACCESS: the transaction is read-only, or a downtable anywhere but on the server.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_new(mco_trans_h t,
                    uint2 code,
                    const mco_dyn_value_t *oid,
                    MCO_Hf *h);

/*
 * Deletes an object; it leaves all indexes at once. MCO_E_DELETED, MCO_E_INVALID_HANDLE, MCO_E_ACCESS.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_delete(MCO_Hf *h);

/*
 * Deletes all objects of a class. MCO_E_UDA_WRONG_CLASS_CODE, MCO_E_ACCESS.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_delete_all(mco_trans_h t, uint2 code);

/*
 * Puts the keys of an object into the indexes. MCO_S_DUPLICATE: a unique key of another object, nothing has changed.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_checkpoint(MCO_Hf *h);

/*
 * Content of a field. element: 0; of an array or vector the element. The kind is that of the field, see MCO_DYN_SIGNED and following,
 * or MCO_DYN_NULL; a text lies in the library, valid until the next call of this function on the transaction, at most until its end.
 * MCO_E_UDA_FIELD_NOTFOUND, MCO_E_INDEXLIMIT (element), MCO_E_DELETED, MCO_E_INVALID_HANDLE; MCO_E_EMPTYVECTOREL: an element that
 * was never written, where it is no number.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_get(MCO_Hf *h,
                    uint2 field,
                    uint4 element,
                    mco_dyn_value_t *value);

/*
 * As mco_dyn_get, but a text is copied to buf, which has room for size bytes: it does not matter what is called meanwhile, on the same
 * transaction too. field: also MCO_DYN_OID. MCO_S_OVERFLOW: it is longer, nothing was copied; v.s.ptr is NULL, v.s.len its length.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_copy(MCO_Hf *h,
                     uint2 field,
                     uint4 element,
                     mco_dyn_value_t *value,
                     void *buf,
                     mco_size_t size);

/*
 * Changes a field or an element, see mco_dyn_get. Numbers: any integer for integers, bool (0 is false), dates, numeric (scaled) and enum, whose
 * constants may also be named by MCO_DYN_TEXT; integers and MCO_DYN_DOUBLE for float and double. MCO_DYN_TEXT and MCO_DYN_BYTES
 * are the same for char, string, the binaries and blob. Texts are copied, never cut. MCO_DYN_NULL makes a nullable field NULL,
 * and erases a blob, an optional struct, and an element that is no number.
 * MCO_E_UDA_WRONG_VALUE_TYPE: the field takes no such kind; MCO_E_CONVERSION: the value does not fit; codes of mco_dyn_get;
 * MCO_E_ACCESS. Every MCO_E_ code puts the transaction into the error state.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_put(MCO_Hf *h,
                    uint2 field,
                    uint4 element,
                    const mco_dyn_value_t *value);

/*
 * Elements of an array or vector; bytes of a text, 0 for NULL; MCO_E_UDA_SCALAR for other fields, codes of mco_dyn_get.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_size(MCO_Hf *h, uint2 field, uint4 *size);

/*
 * Gives a vector so many new elements; what was in it goes. MCO_E_UDA_NOT_DYNAMIC: the field is an array; MCO_E_UDA_SCALAR: another
 * field; MCO_E_INDEXLIMIT: more than 65535; codes of mco_dyn_put.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_alloc(MCO_Hf *h,
                      uint2 field,
                      uint4 elements);

/*
 * The struct in a field or element, see mco_dyn_get, for reading (write 0) or for writing: then one that is absent is made, with its
 * defaults. The functions of fields take its handle like that of an object, with the numbers of the struct.
 * MCO_E_EMPTYOPTIONAL, MCO_E_EMPTYVECTOREL: absent, and not to be written; MCO_E_UDA_WRONG_VALUE_TYPE: no struct; codes of mco_dyn_get;
 * MCO_E_ACCESS: to be written in a read-only transaction or in a struct for reading.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_struct(MCO_Hf *h,
                       uint2 field,
                       uint4 element,
                       int write,
                       MCO_Hf *inner);

/*
 * Takes an optional struct, the content of a blob or that of an element away: a number then is 0. MCO_E_ILLEGAL_PARAM: the field is
 * none of these; codes of mco_dyn_put.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_erase(MCO_Hf *h,
                      uint2 field,
                      uint4 element);

/*
 * Autoid of an object. MCO_E_UDA_INDEX_NOTFOUND: its class has none.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_autoid(MCO_Hf *h, uint8 *id);

/*
 * Oid of an object: MCO_DYN_BYTES in the library, valid as long as a text of mco_dyn_get. MCO_E_UDA_INDEX_NOTFOUND: its class has none.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_oid(MCO_Hf *h,
                    mco_dyn_value_t *oid);

/*
 * Deletes the object of any class that has this oid. MCO_S_NOTFOUND; MCO_E_ILLEGAL_PARAM: the schema has no oid; the codes of an oid as
 * mco_dyn_find; MCO_E_ACCESS.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_oid_delete(mco_trans_h t,
                           const mco_dyn_value_t *oid);

/*
 * The object with these n keys in a unique index, or with this autoid or oid. MCO_S_NOTFOUND; MCO_E_UDA_INDEX_NOTFOUND: the class has no
 * such index; MCO_E_ILLEGAL_PARAM: it is not unique; MCO_E_UDA_WRONG_CLASS_CODE, MCO_E_UDA_WRONG_KEY_NUM; MCO_E_UDA_WRONG_KEY_TYPE:
 * the field takes no such kind (as mco_dyn_put); MCO_E_CONVERSION: its type cannot express this key.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_find(mco_trans_h t,
                     uint2 code,
                     uint2 index,
                     const mco_dyn_value_t *keys,
                     int n,
                     MCO_Hf *h);

/*
 * Makes a voluntary index of the objects that have been checkpointed; nothing to do if it is there. It lasts until mco_dyn_index_drop, in a
 * file as long as that. MCO_S_DUPLICATE: it is unique and two objects have the same key, there is no index; MCO_E_UDA_INDEX_NOTFOUND,
 * MCO_E_UDA_WRONG_CLASS_CODE; MCO_E_ILLEGAL_PARAM: it is not voluntary; MCO_E_ACCESS, MCO_E_NOMEM, with a file
 * MCO_E_DISK_SPACE_EXHAUSTED.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_index_create(mco_trans_h t,
                             uint2 code,
                             uint2 index);

/*
 * Takes a voluntary index away; nothing to do if it is absent. Codes of mco_dyn_index_create. What uses an absent index gets
 * MCO_E_VOLUNTARY_NOT_EXIST.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_index_drop(mco_trans_h t,
                           uint2 code,
                           uint2 index);

/*
 * Opens a cursor anew over an index, MCO_DYN_LIST, MCO_DYN_AUTOID or MCO_DYN_OID, at its first object. MCO_S_CURSOR_EMPTY: there is none,
 * the cursor is open. MCO_E_UDA_INDEX_NOTFOUND, MCO_E_UDA_WRONG_CLASS_CODE. The mco_cursor_ functions move and close it.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_cursor(mco_trans_h t,
                       uint2 code,
                       uint2 index,
                       mco_cursor_h c);

/*
 * Puts a cursor of mco_dyn_cursor at the object that op and the n keys name: MCO_LT, MCO_LE the last one below or not above, MCO_EQ the
 * first equal, MCO_GE, MCO_GT the first not below or above. A hash knows MCO_EQ only, and then runs through the equal objects.
 * MCO_S_NOTFOUND; MCO_E_ILLEGAL_PARAM: op; MCO_E_CURSOR_MISMATCH: over a list, autoid or oid; the codes of keys as mco_dyn_find.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_search(mco_trans_h t,
                       mco_cursor_h c,
                       MCO_OPCODE op,
                       const mco_dyn_value_t *keys,
                       int n);

/*
 * Compares the object at a cursor with the n keys, in the order of the index: result is below 0 when the object is before them, 0 when
 * equal, above 0 when behind. A hash: 0 or 1. MCO_E_CURSOR_MISMATCH: over a list, autoid or oid; MCO_E_CURSOR_INVALID: at no object; the
 * codes of keys as mco_dyn_find.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_compare(mco_trans_h t,
                        mco_cursor_h c,
                        const mco_dyn_value_t *keys,
                        int n,
                        int *result);

/*
 * The object at a cursor. MCO_E_CURSOR_INVALID: there is none, or it has been deleted.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_from_cursor(mco_trans_h t, mco_cursor_h c, MCO_Hf *h);

/*
 * Makes rows objects of a class; fields without a column get their defaults, a class with oid needs a column of MCO_DYN_OID. Every row
 * is as if by mco_dyn_new and mco_dyn_put, and their codes come back: those before the failing one have been made, done says how many,
 * whatever the code. A length beyond its place, or lengths that together go beyond size, or counts beyond room: MCO_E_ILLEGAL_PARAM; so
 * many elements cannot be: MCO_E_INDEXLIMIT. A list is put as a whole. Keys enter the indexes at checkpoint or commit.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_insert_many(mco_trans_h t,
                            uint2 code,
                            uint4 rows,
                            uint2 columns,
                            const mco_dyn_column_t *column,
                            uint4 *done);

/*
 * Reads the object at a cursor and those behind it into columns, at most rows; the cursor then stands on the next one.
 * MCO_S_CURSOR_END: there is no next one, done rows were the last, the cursor stands on the last. MCO_S_OVERFLOW: a text or list is longer
 * than its place, or than what is left of memory without gaps; MCO_S_NULL_VALUE: a value is NULL or absent and its column has no indicators;
 * done rows are whole, the cursor stands on the one that does not fit.
 * Lengths, where given, are written; places are filled up with zeros. Integers may go into columns of any width and sign that
 * express them, and into DOUBLE; a double into a float is rounded.
 * MCO_E_CONVERSION: a number does not fit its column, done and cursor as before; MCO_E_UDA_WRONG_VALUE_TYPE: a column of a kind that
 * its field does not give; MCO_E_UDA_FIELD_NOTFOUND; MCO_E_UDA_INDEX_NOTFOUND: MCO_DYN_AUTOID without autoid; MCO_E_CURSOR_INVALID: the
 * cursor is at no object.
 * Thread: the connection's.
 */
MCO_RET mco_dyn_read_many(mco_trans_h t,
                          mco_cursor_h c,
                          uint4 rows,
                          uint2 columns,
                          mco_dyn_column_t *column,
                          uint4 *done);

#ifdef __cplusplus
} // extern "C"
#endif

#endif /* MCO_DYN_H__ */
