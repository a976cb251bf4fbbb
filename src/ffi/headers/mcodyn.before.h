/*
 * For other languages and tools: the text of a schema becomes a dictionary at run time; objects, fields, indexes and cursors are
 * named by numbers, contents are tagged values. Works on every database, also with a dictionary of generated code. The conventions
 * stand in mco.h.
 *
 * Class codes count from 1, fields from 0 in their class, indexes from 0 over the database: numbers of the dictionary that the
 * database was opened with.
 */
#include "mco.h"
