/* Many rows in one call: arrays, vectors and structs, whose elements and members are columns in their column. */
#include "check.h"
#include "dyn.h"

#define SCHEMA                                                                                                    \
    "declare database nested;\n"                                                                                  \
    "struct Point { double x = 1.5; double y; };\n"                                                               \
    "struct Track { string name; vector<signed<4>> marks; optional Point home; };\n"                              \
    "class Row {\n"                                                                                               \
    "    unsigned<4> n; vector<unsigned<2>> numbers; bool bits[3]; vector<string> words; blob b; list;\n"         \
    "};\n"                                                                                                        \
    "class Deep { unsigned<4> n; vector<Track> tracks; optional Point spot; list; };\n"

enum { N, NUMBERS, BITS, WORDS, B };
enum { TRACKS = 1, SPOT };
enum { NAME, MARKS, HOME };
enum { X, Y };
#define LEN(array) (sizeof(array) / sizeof *(array))

static mco_dictionary_h dict;
static mco_db_h db;
static const uint2 row = 1, deep = 2;

static mco_dyn_column_t column(uint2 field, int kind, mco_size_t size, mco_size_sig_t stride, void *data) {
    mco_dyn_column_t made;
    memset(&made, 0, sizeof made);
    made.field = field;
    made.kind = kind;
    made.size = size;
    made.stride = stride;
    made.data = data;
    return made;
}

static mco_dyn_column_t texts(uint2 field, int kind, mco_size_t size, char *data, uint4 *lengths, uint1 *indicators) {
    mco_dyn_column_t made = column(field, kind, size, 0, data);
    made.lengths = lengths;
    made.indicators = indicators;
    return made;
}

static mco_dyn_column_t parts(uint2 field, int kind, mco_size_t size, void *data, uint1 *indicators) {
    mco_dyn_column_t made = column(field, kind, size, 0, data);
    made.indicators = indicators;
    return made;
}

static mco_dyn_elements_t elements(uint4 *counts, uint4 room, mco_dyn_column_t column) {
    mco_dyn_elements_t made;
    made.counts = counts;
    made.room = room;
    made.column = column;
    return made;
}

/* So many rows as few as the library makes one by one, and as it writes together. */
static void lists(uint4 rows) {
    static uint4 n[100], counts[100], word_counts[100], lengths[300], back_counts[100], back_word_counts[100], back_lengths[300];
    static uint2 numbers[300], back[300];
    static uint1 bits[300], back_bits[300], there[300], back_there[300];
    static char words[1200], back_words[1200];
    uint4 done, i, elements_used = 0, words_used = 0, bytes = 0;
    mco_trans_h t;
    mco_cursor_t c;

    for (i = 0; i < rows; ++i) {
        n[i] = i;
        counts[i] = i % 4;
        word_counts[i] = (i + 1) % 3;
        bits[3 * i + 1] = (uint1) (i % 2);
    }
    for (i = 0; i < rows; ++i) {
        uint4 k;
        for (k = 0; k < counts[i]; ++k) numbers[elements_used++] = (uint2) (100 * i + k);
        for (k = 0; k < word_counts[i]; ++k) {
            there[words_used] = (uint1) (k == 0); /* the second is empty, and takes no byte */
            lengths[words_used] = k == 0 ? 4 : 77;
            if (k == 0) bytes += (uint4) sprintf(words + bytes, "w%03u", (unsigned) i);
            ++words_used;
        }
    }
    {
        mco_dyn_elements_t of_numbers = elements(counts, elements_used, column(99, MCO_DYN_UNSIGNED, 2, 2, numbers));
        mco_dyn_elements_t of_bits = elements(NULL, 3 * rows, column(99, MCO_DYN_UNSIGNED, 1, 1, bits));
        mco_dyn_elements_t of_words = elements(word_counts, words_used, texts(99, MCO_DYN_TEXT, bytes, words, lengths, there));
        const mco_dyn_column_t columns[] = {column(N, MCO_DYN_UNSIGNED, 4, 4, n), column(NUMBERS, MCO_DYN_ELEMENTS, 0, 0, &of_numbers),
                                            column(BITS, MCO_DYN_ELEMENTS, 0, 0, &of_bits),
                                            column(WORDS, MCO_DYN_ELEMENTS, 0, 0, &of_words)};
        t = begin(db, MCO_READ_WRITE);
        OK(mco_dyn_insert_many(t, row, rows, LEN(columns), columns, &done));
        TRUE(done == rows);
        OK(mco_trans_commit(t));
    }
    {
        mco_dyn_elements_t of_numbers = elements(back_counts, elements_used, column(0, MCO_DYN_UNSIGNED, 2, 2, back));
        mco_dyn_elements_t of_bits = elements(NULL, 3 * rows, column(0, MCO_DYN_UNSIGNED, 1, 1, back_bits));
        mco_dyn_elements_t of_words =
            elements(back_word_counts, words_used, texts(0, MCO_DYN_TEXT, bytes, back_words, back_lengths, back_there));
        mco_dyn_column_t columns[] = {column(NUMBERS, MCO_DYN_ELEMENTS, 0, 0, &of_numbers), column(BITS, MCO_DYN_ELEMENTS, 0, 0, &of_bits),
                                      column(WORDS, MCO_DYN_ELEMENTS, 0, 0, &of_words)};
        t = begin(db, MCO_READ_WRITE);
        OK(mco_dyn_cursor(t, row, MCO_DYN_LIST, &c));
        GIVES(MCO_S_CURSOR_END, mco_dyn_read_many(t, &c, rows, LEN(columns), columns, &done));
        TRUE(done == rows);
        TRUE(memcmp(back_counts, counts, rows * sizeof *counts) == 0 && memcmp(back, numbers, elements_used * sizeof *back) == 0);
        TRUE(memcmp(back_bits, bits, 3 * rows) == 0 && memcmp(back_words, words, bytes) == 0);
        TRUE(memcmp(back_word_counts, word_counts, rows * sizeof *counts) == 0 && memcmp(back_there, there, words_used) == 0);
        TRUE(back_lengths[0] == 4 && (words_used < 3 || back_lengths[2] == 0));

        /* One element less: the row that has it waits. */
        of_numbers.room = elements_used - 1;
        OK(mco_dyn_cursor(t, row, MCO_DYN_LIST, &c));
        GIVES(MCO_S_OVERFLOW, mco_dyn_read_many(t, &c, rows, 1, columns, &done));
        TRUE(done < rows && counts[done] > 0);
        of_words.column.indicators = NULL;
        OK(mco_dyn_cursor(t, row, MCO_DYN_LIST, &c));
        GIVES(MCO_S_NULL_VALUE, mco_dyn_read_many(t, &c, rows, 1, &columns[2], &done));
        TRUE(done < rows && word_counts[done] == 2);
        OK(mco_dyn_delete_all(t, row));
        OK(mco_trans_commit(t));
    }
}

/* Three rows: two tracks, the second without marks and home; an empty vector; one that is not there, then one with a mark. */
static void structs(void) {
    uint4 counts[] = {2, 0, 2}, mark_counts[] = {2, 0, 9, 1}, lengths[] = {1, 1, 9, 1}, done, back_counts[3], back_marks[4], back_lengths[4];
    uint1 there[] = {1, 1, 0, 1}, home_there[] = {1, 0, 1, 0}, spot_there[] = {1, 0, 1}, back_there[4], back_home[4], back_spot[3];
    int4 marks[] = {7, 8, 9}, back[4];
    double y[] = {0.5, 1, 2, 3}, spot_y[] = {10, 20, 30}, back_x[4], back_y[4], spot_back[3];
    char names[] = "abc", back_names[8];
    mco_dyn_elements_t of_marks = elements(mark_counts, 3, column(0, MCO_DYN_SIGNED, 4, 4, marks));
    mco_dyn_column_t home = column(Y, MCO_DYN_DOUBLE, 8, 8, y), spot = column(Y, MCO_DYN_DOUBLE, 8, 8, spot_y), points[2];
    mco_dyn_column_t members[] = {texts(NAME, MCO_DYN_TEXT, 3, names, lengths, NULL), column(MARKS, MCO_DYN_ELEMENTS, 0, 0, &of_marks),
                                  parts(HOME, MCO_DYN_STRUCT, 1, &home, home_there)};
    mco_dyn_elements_t tracks = elements(counts, 4, parts(0, MCO_DYN_STRUCT, LEN(members), members, there));
    mco_dyn_column_t columns[] = {column(TRACKS, MCO_DYN_ELEMENTS, 0, 0, &tracks), parts(SPOT, MCO_DYN_STRUCT, 1, &spot, spot_there)};
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    mco_cursor_t c;

    OK(mco_dyn_insert_many(t, deep, 3, LEN(columns), columns, &done));
    TRUE(done == 3);
    OK(mco_trans_commit(t));

    of_marks = elements(back_marks, 4, column(0, MCO_DYN_SIGNED, 4, 4, back));
    points[0] = column(X, MCO_DYN_DOUBLE, 8, 8, back_x);
    points[1] = column(Y, MCO_DYN_DOUBLE, 8, 8, back_y);
    members[0] = texts(NAME, MCO_DYN_TEXT, sizeof back_names, back_names, back_lengths, NULL);
    members[2] = parts(HOME, MCO_DYN_STRUCT, 2, points, back_home);
    tracks = elements(back_counts, 4, parts(0, MCO_DYN_STRUCT, LEN(members), members, back_there));
    spot.data = spot_back;
    columns[1].indicators = back_spot;
    t = begin(db, MCO_READ_WRITE);
    OK(mco_dyn_cursor(t, deep, MCO_DYN_LIST, &c));
    GIVES(MCO_S_CURSOR_END, mco_dyn_read_many(t, &c, 3, LEN(columns), columns, &done));
    TRUE(done == 3 && memcmp(back_counts, counts, sizeof counts) == 0 && memcmp(back_there, there, sizeof there) == 0);
    TRUE(back_marks[0] == 2 && back_marks[1] == 0 && back_marks[2] == 0 && back_marks[3] == 1 && memcmp(back, marks, sizeof marks) == 0);
    TRUE(back_lengths[2] == 0 && memcmp(back_names, "abc", 3) == 0);
    TRUE(back_home[0] == 1 && back_home[1] == 0 && back_home[2] == 0 && back_home[3] == 0);
    TRUE(back_x[0] == 1.5 && back_y[0] == 0.5 && back_y[1] == 0);
    TRUE(memcmp(back_spot, spot_there, sizeof back_spot) == 0 && spot_back[0] == 10 && spot_back[1] == 0 && spot_back[2] == 30);
    OK(mco_dyn_delete_all(t, deep));
    OK(mco_trans_commit(t));
}

static char said[200]; /* the words of the last mistake */

static void refused(MCO_RET code, uint2 class_code, mco_dyn_column_t given, uint4 made) {
    uint4 done = 99;
    mco_trans_h t = begin(db, MCO_READ_WRITE);
    GIVES(code, mco_dyn_insert_many(t, class_code, 3, 1, &given, &done));
    TRUE(done == made);
    snprintf(said, sizeof said, "%s", mco_iotx_last_error());
    GIVES(code, mco_trans_commit(t));
}

/* A list of two elements and one of `second`. */
static void refused_list(MCO_RET code, uint2 field, uint4 second, uint4 room, mco_dyn_column_t of) {
    uint4 counts[3] = {2, 0, 0};
    mco_dyn_elements_t list = elements(counts, room, of);
    counts[1] = second;
    refused(code, row, column(field, MCO_DYN_ELEMENTS, 0, 0, &list), 1);
}

static void refusals(void) {
    static uint4 numbers[70000];
    uint4 counts[] = {1, 1, 1}, lengths[] = {1, 1, 1};
    uint1 there[] = {0, 1, 1};
    char letters[] = "abc";
    const mco_dyn_column_t number = column(0, MCO_DYN_UNSIGNED, 4, 4, numbers), text = texts(0, MCO_DYN_TEXT, 3, letters, lengths, NULL);
    mco_dyn_elements_t list = elements(counts, 3, number);
    mco_dyn_column_t member = column(7, MCO_DYN_DOUBLE, 8, 8, numbers), name = texts(NAME, MCO_DYN_TEXT, 3, letters, lengths, there);
    const mco_dyn_column_t good = column(NUMBERS, MCO_DYN_ELEMENTS, 0, 0, &list);

    memset(numbers, 0, sizeof numbers);
    numbers[2] = 65536;
    refused_list(MCO_E_CONVERSION, NUMBERS, 1, 3, number);
    refused_list(MCO_E_ILLEGAL_PARAM, NUMBERS, 2, 3, number); /* behind the last */
    refused_list(MCO_E_INDEXLIMIT, NUMBERS, 65536, 70000, number);
    counts[1] = 2;
    refused(MCO_E_INDEXLIMIT, row, column(BITS, MCO_DYN_ELEMENTS, 0, 0, &list), 0); /* not 3 elements */

    refused(MCO_E_UDA_WRONG_VALUE_TYPE, row, column(NUMBERS, MCO_DYN_UNSIGNED, 4, 4, numbers), 0);
    TRUE(strstr(said, "MCO_DYN_ELEMENTS") != NULL);
    refused(MCO_E_UDA_WRONG_VALUE_TYPE, row, column(N, MCO_DYN_ELEMENTS, 0, 0, &list), 0);
    refused(MCO_E_UDA_WRONG_VALUE_TYPE, row, column(N, MCO_DYN_STRUCT, 1, 0, &member), 0);
    refused(MCO_E_ILLEGAL_PARAM, row, column(NUMBERS, MCO_DYN_ELEMENTS, 0, 0, NULL), 0);
    refused(MCO_E_ILLEGAL_PARAM, deep, column(SPOT, MCO_DYN_STRUCT, 1, 0, NULL), 0);
    refused(MCO_E_ILLEGAL_PARAM, deep, column(SPOT, MCO_DYN_STRUCT, 65536, 0, &member), 0);
    refused(MCO_E_UDA_FIELD_NOTFOUND, deep, column(SPOT, MCO_DYN_STRUCT, 1, 0, &member), 0);
    list.counts = NULL;
    refused(MCO_E_ILLEGAL_PARAM, row, good, 0); /* how long is a vector? */
    list = elements(counts, 3, text);
    refused(MCO_E_UDA_WRONG_VALUE_TYPE, row, good, 0);
    list = elements(counts, 3, number);
    list.column.indicators = there;
    refused(MCO_E_UDA_WRONG_VALUE_TYPE, row, good, 0); /* a number is never absent */
    list = elements(counts, 3, column(0, MCO_DYN_ELEMENTS, 0, 0, &list));
    refused(MCO_E_UDA_WRONG_VALUE_TYPE, row, good, 0);
    list = elements(counts, 3, column(0, MCO_DYN_STRUCT, 1, 0, &member));
    refused(MCO_E_UDA_WRONG_VALUE_TYPE, row, good, 0);
    list = elements(counts, 3, number);
    refused(MCO_E_UDA_WRONG_VALUE_TYPE, deep, column(TRACKS, MCO_DYN_ELEMENTS, 0, 0, &list), 0);
    TRUE(strstr(said, "MCO_DYN_STRUCT") != NULL);
    list = elements(counts, 3, column(0, MCO_DYN_STRUCT, 1, 0, &name));
    refused(MCO_E_ILLEGAL_PARAM, deep, column(TRACKS, MCO_DYN_ELEMENTS, 0, 0, &list), 0); /* a name is not nullable */
}

int main(void) {
    OK(mco_runtime_start());
    OK(mco_dyn_compile(SCHEMA, NULL, MCO_DYN_NO_WARNINGS, &dict, NULL, 0));
    OK(open_memory("nested", dict, 16 << 20, NULL));
    OK(mco_db_connect("nested", &db));
    TRUE(MCO_DYN_ELEMENTS == 7 && MCO_DYN_STRUCT == 8);
    lists(3);
    lists(100);
    structs();
    refusals();
    OK(mco_db_disconnect(db));
    OK(mco_db_close("nested"));
    OK(mco_dyn_free(dict));
    OK(mco_runtime_stop());
    return 0;
}
