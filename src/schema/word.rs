//! Words with a meaning: keywords of the language and of C.

/// Keywords of the schema language.
const KEYWORDS: &[&str] = &[
    "OID",
    "asc",
    "auto_oid",
    "autoid",
    "autoid_t",
    "binary",
    "blob",
    "bool",
    "boolean",
    "char",
    "checkpoint",
    "class",
    "collate",
    "compact",
    "database",
    "date",
    "datetime",
    "decimal",
    "declare",
    "delete",
    "delete_all",
    "desc",
    "device",
    "direct",
    "double",
    "downtable",
    "enum",
    "event",
    "float",
    "hash",
    "inclusive",
    "iot",
    "kdtree",
    "list",
    "local",
    "nchar",
    "new",
    "nonatomic",
    "nonunique",
    "nstring",
    "nullable",
    "numeric",
    "oid",
    "optional",
    "patricia",
    "persistent",
    "rect",
    "ref",
    "router",
    "rtree",
    "sequence",
    "server",
    "signed",
    "string",
    "struct",
    "thick",
    "time",
    "transient",
    "tree",
    "trie",
    "trigram",
    "unique",
    "unsigned",
    "update",
    "uptable",
    "userdef",
    "varbinary",
    "vector",
    "voluntary",
    "wchar",
    "wstring",
];

/// Words of eXtremeDB's language that this project does not have.
const OUT_OF_SCOPE: &[&str] =
    &["collate", "kdtree", "patricia", "rect", "rtree", "sequence", "trie", "trigram", "userdef", "wchar", "wstring"];

/// Keywords of C99 and C11.
const C: &[&str] = &[
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float", "for",
    "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof", "static", "struct",
    "switch", "typedef", "union", "unsigned", "void", "volatile", "while",
];

/// Keywords of C++ that newer versions of C have, too.
const CPP_AND_C23: &[&str] =
    &["alignas", "alignof", "bool", "constexpr", "false", "nullptr", "static_assert", "thread_local", "true"];

/// Other keywords of C++, up to C++20.
const CPP: &[&str] = &[
    "and",
    "and_eq",
    "asm",
    "bitand",
    "bitor",
    "catch",
    "char16_t",
    "char32_t",
    "char8_t",
    "class",
    "co_await",
    "co_return",
    "co_yield",
    "compl",
    "concept",
    "const_cast",
    "consteval",
    "constinit",
    "decltype",
    "delete",
    "dynamic_cast",
    "explicit",
    "export",
    "friend",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "not",
    "not_eq",
    "operator",
    "or",
    "or_eq",
    "private",
    "protected",
    "public",
    "reinterpret_cast",
    "requires",
    "static_cast",
    "template",
    "this",
    "throw",
    "try",
    "typeid",
    "typename",
    "using",
    "virtual",
    "wchar_t",
    "xor",
    "xor_eq",
];

/// Where a name cannot be used in C code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reserved {
    /// Everywhere.
    C,
    /// In C++ and in C from C23 on.
    CppAndC23,
    /// In C++.
    Cpp,
}

/// Whether the word is a keyword of the schema language.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// Whether the word stands for something that is not in scope and will not be.
pub(super) fn is_out_of_scope(word: &str) -> bool {
    OUT_OF_SCOPE.contains(&word)
}

/// Whether and where C forbids the name.
pub(super) fn reserved(word: &str) -> Option<Reserved> {
    if C.contains(&word) {
        Some(Reserved::C)
    } else if CPP_AND_C23.contains(&word) {
        Some(Reserved::CppAndC23)
    } else if CPP.contains(&word) {
        Some(Reserved::Cpp)
    } else {
        None
    }
}

/// What people write for types of C, and what the language calls them.
pub(super) fn type_alias(word: &str) -> Option<&'static str> {
    Some(match word {
        "int1" | "int8_t" | "schar" => "signed<1>",
        "int2" | "int16_t" | "short" => "signed<2>",
        "int4" | "int32_t" | "int" => "signed<4>",
        "int8" | "int64_t" | "long" | "mco_int8" => "signed<8>",
        "uint1" | "uint8_t" | "byte" | "uchar" => "unsigned<1>",
        "uint2" | "uint16_t" | "ushort" => "unsigned<2>",
        "uint4" | "uint32_t" | "uint" => "unsigned<4>",
        "uint8" | "uint64_t" | "ulong" => "unsigned<8>",
        "mco_bool" | "_Bool" => "bool",
        "mco_datetime" | "timestamp" => "datetime",
        "real" => "double",
        "text" => "string",
        _ => return None,
    })
}

/// The candidate that is nearest to `word`, if one is near.
pub(super) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    /// Candidates that are looked at, so that a large schema with many mistakes stays cheap.
    const MAX_CANDIDATES: usize = 1000;
    let limit = (word.len() / 3).min(3);
    candidates
        .take(MAX_CANDIDATES)
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters differ; a change of case counts nothing.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut left = i.saturating_add(1);
        let mut next = vec![left];
        for ((y, diagonal), above) in b.bytes().zip(&row).zip(row.iter().skip(1)) {
            left = diagonal.saturating_add(usize::from(x != y)).min(above.saturating_add(1)).min(left.saturating_add(1));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
